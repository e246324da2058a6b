"""Stage `index`: factor analysis of the items and the composite index of its scores."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.errors import EngineError, InputError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics import adequacy as adequacy_of
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.correlation import Moments, constant_columns, dependent_items, moments
from erm_bridge.numerics.dimension import FACTOR_RULES
from erm_bridge.numerics.extraction import EXTRACTIONS, UNIQUENESS_BOUNDS
from erm_bridge.numerics.factor_scores import SCORE_WEIGHTS, factor_scores
from erm_bridge.numerics.rotation import ROTATIONS
from erm_bridge.one_thread import one_thread
from erm_bridge.results import Adequacy, FactorFit, FactorSolution
from erm_bridge.study.models import Composite, Index, Study

ALL = "all"
HEYWOOD = (
    "Heywood case: the factors explain (almost) all or more than all of the item; do not trust the solution"
)


def run(study: Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Analyse the items and hand on factor scores and index; nothing is taken from `given`."""
    if study.index is None:
        raise EngineError("python: the study has no section index")
    solution = factor_analysis(frame, study.index)
    index = composite_index(solution, study.index.composite)
    artefacts = Artefacts(factor_scores=solution.scores.to_numpy(), index=index)
    return StageResult(rows(solution, index, study.index), artefacts)


@one_thread()
def factor_analysis(frame: pd.DataFrame, options: Index) -> FactorSolution:
    """Extract, rotate and score factors of the items of a frame.

    Matching R calls, of reverse-keyed items and put into canonical form: `psych::fa(x, k, fm = "minres",
    rotate = "varimax", scores = "regression")`, `psych::principal(x, k, rotate = "varimax")`.

    Parameters
    ----------
    frame : DataFrame, n rows
        Holds the items as numbers without missing values; other columns are ignored.
    options : Index
        Items, how to analyse them, and the anchor (in `composite`) that fixes a sign. Reversed items
        become the sum of their observed minimum and maximum minus themselves.

    Returns
    -------
    FactorSolution
        In canonical form; scores are indexed like the frame.

    Raises
    ------
    InputError
        An item is not a column, not numeric, incomplete or constant; items depend on each other; there
        are too few rows or too many factors. The message names the items.
    """
    values = item_values(frame, options.items, options.reverse)
    _check_size(len(frame), options)
    _check_spread(values, options.items)
    of = moments(values)
    _check_independence(of, options.items)
    adequacy = _adequacy(of, pd.Index(options.items))
    k = _number_of_factors(options, adequacy.eigenvalues.to_numpy())
    extraction = EXTRACTIONS[options.extraction].extract(of.correlation, k)
    rotated = ROTATIONS[options.rotation](extraction.loadings)
    anchor = None if options.composite.anchor is None else options.items.index(options.composite.anchor)
    loadings = canonical_form(rotated.loadings, anchor).loadings
    weights = SCORE_WEIGHTS[options.scores](of.correlation, loadings)
    items = pd.Index(options.items)
    factors = pd.Index([f"F{i + 1}" for i in range(k)])
    squared = np.square(loadings)
    communalities, ss_loadings = squared.sum(axis=1), squared.sum(axis=0)
    return FactorSolution(
        loadings=pd.DataFrame(loadings, items, factors),
        communalities=pd.Series(communalities, items),
        uniquenesses=pd.Series(1 - communalities, items),
        scores=pd.DataFrame(factor_scores(values, of, weights), frame.index, factors),
        weights=pd.DataFrame(weights, items, factors),
        variance=pd.DataFrame({"ss_loadings": ss_loadings, "share": ss_loadings / len(items)}, factors),
        phi=None,
        fit=FactorFit(extraction.objective),
        adequacy=adequacy,
    )


def composite_index(solution: FactorSolution, composite: Composite) -> FloatArray:
    """Return the index of each row (n): `scale * sum_j share_j F_j`, shares of the total variance."""
    shares = solution.variance["share"].to_numpy()
    index: FloatArray = composite.scale * (solution.scores.to_numpy() @ shares)
    return index


def rows(solution: FactorSolution, index: FloatArray, options: Index) -> StageRows:
    """List the numbers of the stage for the table of estimates."""
    found = StageRows()
    adequacy, variance = solution.adequacy, solution.variance
    found.add_terms("kmo", adequacy.kmo_items)
    found.add("kmo", adequacy.kmo, ALL)
    found.add("bartlett_chi2", adequacy.bartlett_chi2, ALL)
    found.add("bartlett_df", adequacy.bartlett_df, ALL)
    found.add("bartlett_p", adequacy.bartlett_p, ALL)
    found.add_components("eigenvalue", adequacy.eigenvalues, ALL)
    found.add("n_factors", len(variance), ALL)
    found.add("objective", solution.fit.objective, ALL)
    found.add_matrix("loading", solution.loadings)
    found.add_terms("communality", solution.communalities)
    for item, uniqueness in solution.uniquenesses.items():
        found.add("uniqueness", uniqueness, str(item), note=_heywood_note(uniqueness, options))
    found.add_components("ss_loadings", variance["ss_loadings"], ALL)
    found.add_components("variance_share", variance["share"], ALL)
    found.add_matrix("score_weight", solution.weights)
    found.add("index_mean", float(index.mean()), ALL)
    found.add("index_sd", float(index.std(ddof=1)), ALL)
    return found


def item_values(frame: pd.DataFrame, items: Sequence[str], reverse: Sequence[str] = ()) -> FloatArray:
    """Return the items as a fresh array (n x p), reverse-keyed.

    A reversed item becomes its observed minimum plus its observed maximum minus itself. Matching R
    call: `psych::reverse.code`.

    Raises
    ------
    InputError
        An item is not exactly one column of the frame, or holds text, missing or infinite values.
    """
    absent = [name for name in items if name not in frame.columns]
    if absent:
        raise InputError(f"items: no column {absent[0]!r}; columns are {_some(frame.columns)}")
    twice = frame.columns[frame.columns.duplicated()].intersection(list(items))
    if len(twice):
        raise InputError(f"items: more than one column is named {twice[0]!r}")
    values = np.empty((len(frame), len(items)), order="F")
    for position, name in enumerate(items):
        values[:, position] = _numbers(frame[name])
    for name in reverse:
        column = values[:, items.index(name)]
        column[:] = (column.min() + column.max()) - column
    return values


def _numbers(column: pd.Series) -> FloatArray:
    name = column.name
    if isinstance(column.dtype, pd.CategoricalDtype):
        raise InputError(f"item {name!r} holds categories; items must be numbers")
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
        raise InputError(f"item {name!r} holds {column.dtype} values; items must be numbers")
    numbers: FloatArray = column.to_numpy("float64", na_value=np.nan)
    unusable = int((~np.isfinite(numbers)).sum())
    if unusable:
        raise InputError(
            f"item {name!r} has {unusable} missing or infinite values in {len(numbers)} rows;"
            " leave out incomplete rows first"
        )
    return numbers


def _check_size(n: int, options: Index) -> None:
    p = len(options.items)
    if n <= p:
        raise InputError(f"{n} rows are too few for {p} items; at least {p + 1} are needed")


def _check_spread(values: FloatArray, items: Sequence[str]) -> None:
    constant = constant_columns(values)
    if constant:
        raise InputError(f"item {items[constant[0]]!r} has the same value in all {len(values)} rows")


def _check_independence(of: Moments, items: Sequence[str]) -> None:
    dependent = dependent_items(of.correlation)
    if dependent:
        names = ", ".join(repr(items[position]) for position in dependent)
        raise InputError(f"items {names} are linear combinations of each other; remove one of them")


def _number_of_factors(options: Index, eigenvalues: FloatArray) -> int:
    if isinstance(options.factors, int):
        return options.factors
    k = FACTOR_RULES[options.factors](eigenvalues)
    try:
        options.check_number_of_factors(k)
    except ValueError as error:
        raise InputError(f"by the rule {options.factors!r}, {error}") from None
    return k


def _adequacy(of: Moments, items: pd.Index) -> Adequacy:
    kmo = adequacy_of.kmo(of.correlation)
    sphericity = adequacy_of.bartlett(of.correlation, of.n)
    positions = pd.Index([str(i + 1) for i in range(len(items))])
    return Adequacy(
        kmo=kmo.overall,
        kmo_items=pd.Series(kmo.items, items),
        bartlett_chi2=sphericity.chi2,
        bartlett_df=sphericity.df,
        bartlett_p=sphericity.p,
        eigenvalues=pd.Series(adequacy_of.eigenvalues(of.correlation), positions),
    )


def _heywood_note(uniqueness: float, options: Index) -> str:
    """Note an item whose uniqueness was held at the lower bound; components have no such bound."""
    improper = options.extraction != "pca" and uniqueness <= UNIQUENESS_BOUNDS[0] * (1 + 1e-6)
    return HEYWOOD if improper else ""


def _some(names: pd.Index, most: int = 10) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
