"""The Python calls that make an index of a factor analysis: `composite_index`, `index_sensitivity`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from erm_bridge import arguments as args
from erm_bridge import engines as registry
from erm_bridge import options as opt
from erm_bridge.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from erm_bridge.results import CompositeIndex, FactorSolution, IndexSensitivity


def composite_index(
    solution: FactorSolution,
    *,
    weights: opt.CompositeWeights = "variance",
    divide: bool = False,
    scale: float = 1.0,
    anchor: str | None = None,
) -> CompositeIndex:
    """Add up the factor scores of a solution to an index, `scale * sum(weight_j * F_j)`.

    Matching R call: `scale * drop(scores %*% weights)`. Rows without scores have no index (NaN).

    Parameters
    ----------
    solution : FactorSolution
        Of either engine, of n rows and k factors.
    weights : str
        "variance": shares of variance after rotation; "initial_variance": shares of the first eigenvalues;
        "equal": 1.
    divide : bool
        Divide the weights by their sum.
    scale : float
    anchor : str, optional
        An item: the factor on which it loads most is turned so that the loading is positive.

    Raises
    ------
    InputError
        An argument is not valid, the anchor is not an item, or there are no scores: a correlation matrix was
        factored.
    """
    from erm_bridge.engines.python.factors import composite
    from erm_bridge.results import CompositeIndex, FactorSolution
    from erm_bridge.study.models import Composite

    if not isinstance(solution, FactorSolution):
        raise InputError(
            f"composite_index: must be a result of factor_analysis(), not {type(solution).__name__}"
        )
    if solution.scores.empty:
        raise InputError(
            "composite_index: a matrix of correlations was factored, which has no scores to add up; "
            "factor the rows themselves"
        )
    asked = {"weights": weights, "divide": divide, "scale": scale, "anchor": anchor}
    options = args.options_of(Composite, "composite_index", **asked)
    if options.anchor is not None and options.anchor not in solution.loadings.index:
        items = ", ".join(solution.loadings.index)
        raise InputError(f"composite_index: anchor: {options.anchor!r} is not among the items: {items}")
    used = composite.composite_weights(solution, options) * composite.turns(solution, options.anchor)
    return CompositeIndex(options.scale * (solution.scores @ used).rename("index"), used)


def index_sensitivity(
    frame: pd.DataFrame,
    n_factors: int | opt.FactorRule,
    *,
    extraction: opt.Extraction | Sequence[opt.Extraction] = "minres",
    rotation: opt.Rotation | Mapping[str, object] | Sequence[opt.Rotation | Mapping[str, object]] = "varimax",
    weights: opt.CompositeWeights | Sequence[opt.CompositeWeights] = "variance",
    group: pd.Series | None = None,
    anchor: str | None = None,
    scores: opt.ScoreMethod = "regression",
    correlation: opt.Correlation | Mapping[str, object] = "pearson",
    seed: int | None = None,
    engine: opt.EngineName = "python",
) -> IndexSensitivity:
    """Make the index by all combinations and compare each with the one of the first names.

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows x p numeric items; missing values are refused.
    n_factors : int, "kaiser", "parallel" or "map"
        Of all ways; a rule is applied once, for the first extraction.
    extraction, rotation, weights : str (or, for rotation, mapping), or a sequence of them
    group : pandas.Series, optional
        Boolean or 0/1, by row position: between which rows the index is compared. 1 comes first.
    anchor : str, optional
        An item that fixes a sign, as in `composite_index`.
    scores, correlation, seed, engine : see `factor_analysis`

    Raises
    ------
    InputError
        An argument is not valid, or the first way has no solution.
    """
    from erm_bridge.results import IndexSensitivity
    from erm_bridge.study.models import Index

    frame = args.frame_of("index_sensitivity", frame)
    tried = {
        "extraction": args.listed(extraction),
        "rotation": [rotation] if isinstance(rotation, Mapping) else args.listed(rotation),
        "weights": args.listed(weights),
    }
    for name, values in tried.items():
        if not values:
            raise InputError(f"index_sensitivity: {name}: name at least one")
    options = args.options_of(
        Index,
        "index_sensitivity",
        items=list(frame.columns),
        factors=n_factors,
        extraction=tried["extraction"][0],
        rotation=tried["rotation"][0],
        scores=scores,
        correlation=correlation,
        composite={"weights": tried["weights"][0], "anchor": anchor},
        sensitivity=tried,
    )
    registry.check_names((engine,))
    module, _ = registry.ENGINES[engine]
    groups = None if group is None else args.two_groups("index_sensitivity", group, len(frame))
    checked = args.seed_of("index_sensitivity", seed)
    rows = import_module(f"{module}.index").index_sensitivity(frame, options, groups, checked)
    return IndexSensitivity.of_rows(rows)
