"""The Python calls on factors: `factor_analysis`, `number_of_factors`.

Libraries are imported inside the calls, so that R starts first and loads its own at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING

from erm_bridge import arguments as args
from erm_bridge import engines as registry
from erm_bridge import options as opt
from erm_bridge.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from erm_bridge.results import Dimension, FactorSolution


def factor_analysis(
    frame: pd.DataFrame,
    n_factors: int | opt.FactorRule,
    *,
    extraction: opt.Extraction = "minres",
    rotation: opt.Rotation | Mapping[str, object] = "varimax",
    scores: opt.ScoreMethod = "regression",
    correlation: opt.Correlation | Mapping[str, object] = "pearson",
    convergence: Mapping[str, object] | None = None,
    dimension: opt.DimensionMethod | Sequence[str] | Mapping[str, object] | None = None,
    bootstrap: int | Mapping[str, object] | None = None,
    n_obs: int | None = None,
    seed: int | None = None,
    engine: opt.EngineName = "python",
) -> FactorSolution:
    """Factor-analyse the columns of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows x p numeric items. Items are named by their columns, as text. Missing values are refused,
        unless `correlation` says otherwise: `{"method": "pearson", "missing": "listwise"}` (only complete
        rows) or `"pairwise"` (each correlation of the rows that have both items). With `n_obs`: the
        correlation matrix of the items, p x p.
    n_factors : int, "kaiser", "parallel" or "map"
        "kaiser": as many as the correlations have eigenvalues above 1; "parallel" and "map": as
        `number_of_factors` suggests.
    extraction, scores : str
    rotation, correlation : str or mapping
        A method by name, or with its settings as in the study file: `{"method": "varimax"}`. See
        `erm_bridge.options` for the values.
    convergence : mapping or None
        Where the passes of `pa` and `alpha` end: `{"tolerance": 0.001, "iterations": 50}`, the default.
    dimension : str, sequence or mapping, optional
        Methods that look for the number of factors, or a mapping with their settings as in the study file:
        `{"methods": ["parallel"], "replicates": 500}`. They end up in `.dimension`.
    bootstrap : int or mapping, optional
        Number of resampled solutions for intervals and standard errors of loadings, shares of variance and
        correlations of factors, or `{"replicates": 1000, "conf_level": 0.95}`. As `n.iter` of `psych::fa`,
        but factors are aligned by order and sign alone, and limits are percentiles.
    n_obs : int, optional
        The frame is a correlation matrix of so many rows. There are no scores then, but weights.
    seed : int, optional
        Of random numbers, the same in both engines; None counts as 0.
    engine : {"python", "r"}
        "r" delegates to `psych::fa(frame, n_factors, fm=extraction, rotate=rotation, scores=scores)`, for
        components to `psych::principal(frame, n_factors, rotate=rotation)`.

    Returns
    -------
    FactorSolution
        In canonical form: factors by sum of squares, signs by column sum.

    Raises
    ------
    InputError
        An argument is not valid, an item is constant, not numeric or has missing values.
    """
    from erm_bridge.study.models import Index

    frame = args.frame_of("factor_analysis", frame)
    args.check_rows("factor_analysis", n_obs)
    if n_obs is not None and bootstrap is not None:
        raise InputError("factor_analysis: bootstrap: needs rows to resample, n_obs says that there are none")
    options = args.options_of(
        Index,
        "factor_analysis",
        items=list(frame.columns),
        factors=n_factors,
        extraction=extraction,
        rotation=rotation,
        scores=scores,
        correlation=correlation,
        dimension=dimension,
        convergence=convergence,
        bootstrap={"replicates": bootstrap} if isinstance(bootstrap, Integral) else bootstrap,
    )
    if n_obs is not None and options.correlation.method != "pearson":
        raise InputError(
            f"factor_analysis: correlation: {options.correlation.method!r} needs rows; with n_obs the matrix "
            "is taken as it is, whatever its correlations are; leave correlation out"
        )
    checked = args.seed_of("factor_analysis", seed)
    factor = registry.module_of(engine, "index").factor_analysis
    solution: FactorSolution = factor(frame, options, checked, n_obs)
    return solution


def number_of_factors(
    frame: pd.DataFrame,
    methods: opt.DimensionMethod | Sequence[str] = ("parallel", "map", "vss"),
    *,
    replicates: int = 100,
    quantile: float = 0.95,
    of: opt.EigenvalueKind | Sequence[str] = ("components", "factors"),
    most: int = 8,
    correlation: opt.Correlation | Mapping[str, object] = "pearson",
    seed: int | None = None,
    engine: opt.EngineName = "python",
) -> Dimension:
    """Look for the number of factors of the columns of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows x p numeric items; missing values are refused.
    methods : str or sequence of str
        "parallel" (Horn's parallel analysis), "map" (Velicer's average partials), "vss" (very simple
        structure). Kaiser's rule always comes with them.
    replicates, quantile : int, float
        Matrices of uncorrelated items that parallel analysis draws, and the quantile of their eigenvalues
        that an eigenvalue has to exceed.
    of : str or sequence of str
        Eigenvalues to compare: "components", of the correlations; "factors", with the communalities of one
        minres factor on the diagonal; "factors_smc", with squared multiple correlations there.
    most : int
        Largest number of components (map) or factors (vss) to try.
    correlation : str or mapping
    seed : int, optional
        Of the replicates; None counts as 0.
    engine : {"python", "r"}
        Both draw the same replicates. "r" takes `psych::fa()` and `psych::vss()`.

    Returns
    -------
    Dimension

    Raises
    ------
    InputError
        An argument is not valid, an item is constant, not numeric or has missing values.
    """
    from erm_bridge.study.models import Index

    frame = args.frame_of("number_of_factors", frame)
    settings = {"replicates": replicates, "quantile": quantile, "most": most}
    listed = {"methods": args.listed(methods), "of": args.listed(of)}
    # Nothing but the dimension is asked for; one component needs no iteration.
    options = args.options_of(
        Index,
        "number_of_factors",
        items=list(frame.columns),
        factors=1,
        extraction="pca",
        correlation=correlation,
        dimension={**settings, **listed},
    )
    checked = args.seed_of("number_of_factors", seed)
    found: Dimension = registry.module_of(engine, "index").number_of_factors(frame, options, checked)
    return found
