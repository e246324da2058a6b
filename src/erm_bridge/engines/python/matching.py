"""Stage `matching`: propensity scores, nearest-neighbour matching, weights and balance."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.columns import BALANCE_QUANTITIES, check_labels
from erm_bridge.engines.python.design import Variables, design_matrix, indicator_columns, number_column
from erm_bridge.errors import EngineError, InputError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.balance import balance
from erm_bridge.numerics.logit import fit_logit
from erm_bridge.numerics.match_properties import check_match
from erm_bridge.numerics.nearest import METHODS
from erm_bridge.numerics.weights import matching_weights, subclasses
from erm_bridge.one_thread import one_thread
from erm_bridge.results import Match
from erm_bridge.study.labels import INTERCEPT
from erm_bridge.study.models import Matching, Study

ENGINE = "python"
DISTANCE = "(distance)"


@one_thread()
def match(
    frame: pd.DataFrame,
    options: Matching,
    variables: Variables | None = None,
    scores: npt.ArrayLike | None = None,
) -> Match:
    """Match the treated rows of a frame with controls.

    Parameters
    ----------
    frame : DataFrame, n rows
        Complete in the treatment (0/1 or boolean) and the covariates (numbers, booleans, categories);
        row labels unique.
    options : Matching
    variables : mapping of name to Variable or None, optional
        Reference levels of categories.
    scores : array-like, length n, optional
        Scores to match on as they are, by position; without them the propensity is estimated by logit
        and rounded to `options.distance.digits`.

    Returns
    -------
    Match

    Raises
    ------
    InputError
        Row labels occur twice; the treatment is not 0/1 or has one value only; a column or the scores
        cannot be used; the propensity model has no solution; nobody can be matched.

    Notes
    -----
    Matching R call: `MatchIt::matchit(treatment ~ covariates, data, method = "nearest", distance =
    round(fitted, digits), ratio =, replace =, m.order =, caliper =, std.caliper =)`.
    """
    treated = _treated(frame, options.treatment.column)
    if scores is None:
        model = _propensity(frame, options, variables, treated)
        used, coefficients = model.scores, model.coefficients
    else:
        used, coefficients = _given_scores(scores, len(frame)), None
    return _labelled(frame, options, _pair(used, treated, options), coefficients)


def run(study: Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Match the analysis frame; on handed-on scores if there are any.

    The coefficients of the engine's own propensity model are reported in either case. Hands on the
    scores, the matches and the weights.
    """
    if study.matching is None:
        raise EngineError(f"{ENGINE}: the study has no section matching")
    options = study.matching
    treated = _treated(frame, options.treatment.column)
    model = _propensity(frame, options, study.variables, treated)
    scores = model.scores if given.propensity is None else given.propensity
    pairs = _pair(scores, treated, options)
    matched = _labelled(frame, options, pairs, model.coefficients)
    artefacts = Artefacts(propensity=pairs.scores, match_matrix=pairs.matches, weights=pairs.weights)
    return StageResult(rows(matched, caliper_width(pairs.scores, options)), artefacts)


def rows(matched: Match, caliper: float | None = None) -> StageRows:
    """Write a match as rows of the table of estimates, with the caliper in units of the score.

    A number of the balance that is not defined (see `numerics.balance.balance`) has no row.
    """
    table = StageRows()
    if matched.score_coefficients is not None:
        table.add_terms("score_coefficient", matched.score_coefficients)
    used = matched.weights > 0
    table.add("n_treated_matched", int((used & matched.treated).sum()))
    table.add("n_controls_matched", int((used & ~matched.treated).sum()))
    table.add("n_pairs", int(matched.match_matrix.notna().to_numpy().sum()))
    table.add("pair_distance_max", _largest_distance(matched))
    if caliper is not None:
        table.add("caliper", caliper)
    shown = matched.balance
    for quantity in BALANCE_QUANTITIES:
        for moment in ("before", "after"):
            table.add_terms(quantity, shown[f"{quantity}_{moment}"].dropna(), moment)
    return table


@dataclass(frozen=True, slots=True)
class _Propensity:
    scores: FloatArray
    coefficients: pd.Series


@dataclass(frozen=True, slots=True)
class _Pairs:
    """A match in arrays: n scores, n treated, treated x ratio row positions, n weights."""

    scores: FloatArray
    treated: BoolArray
    matches: IntArray
    weights: FloatArray


def _treated(frame: pd.DataFrame, name: str) -> BoolArray:
    """Return who is treated, after checking labels and treatment."""
    check_labels(frame.index)
    values = number_column(frame, name)
    found = np.unique(values)
    if not np.array_equal(found, [0, 1]):
        listed = ", ".join(f"{value:g}" for value in found[:5]) + (", ..." if len(found) > 5 else "")
        raise InputError(
            f"the treatment {name!r} must hold 0 and 1 (or booleans), both; found {listed or 'no rows'}"
        )
    treated: BoolArray = values == 1
    return treated


def _propensity(
    frame: pd.DataFrame, options: Matching, variables: Variables | None, treated: BoolArray
) -> _Propensity:
    design = design_matrix(frame, options.covariates, variables)
    fit = fit_logit(design.values, treated, design.terms)
    digits = options.distance.digits
    scores = fit.fitted if digits is None else np.round(fit.fitted, digits)
    coefficients = pd.Series([fit.intercept, *fit.coefficients], index=[INTERCEPT, *design.terms])
    return _Propensity(scores, coefficients)


def _given_scores(scores: npt.ArrayLike, n: int) -> FloatArray:
    values = np.array(scores, dtype=np.float64)
    if values.shape != (n,):
        raise InputError(f"distance: needs one score for each of the {n} rows, found shape {values.shape}")
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        raise InputError(f"distance: the score in row {row + 1} is missing or infinite")
    return values


def find_pairs(scores: FloatArray, treated: BoolArray, options: Matching) -> IntArray:
    """Match on scores: rows of controls, treated units x ratio, -1 for none; nothing is checked."""
    caliper = caliper_width(scores, options)
    return METHODS[options.method](scores, treated, options.ratio, options.replace, options.order, caliper)


def _pair(scores: FloatArray, treated: BoolArray, options: Matching) -> _Pairs:
    caliper = caliper_width(scores, options)
    ratio, reuse = options.ratio, options.replace
    matches = find_pairs(scores, treated, options)
    if not (matches >= 0).any():
        raise InputError(f"no treated row has a control within the caliper of {caliper}; widen it")
    weights = matching_weights(matches, treated)
    check_match(scores, treated, matches, weights, ratio=ratio, replace=reuse, caliper=caliper, engine=ENGINE)
    return _Pairs(scores, treated, matches, weights)


def caliper_width(scores: FloatArray, options: Matching) -> float | None:
    """Return the largest distance allowed in a pair, in units of the score (n scores); None for any.

    The standard deviation is that of all scores, treated and controls, with denominator n - 1. Matching R
    argument: `std.caliper = TRUE` of `MatchIt::matchit()`.
    """
    caliper = options.caliper
    if caliper is None or caliper.unit == "raw":
        return None if caliper is None else caliper.value
    return caliper.value * float(scores.std(ddof=1))


def _labelled(frame: pd.DataFrame, options: Matching, pairs: _Pairs, coefficients: pd.Series | None) -> Match:
    """Put row labels on a match."""
    index = frame.index
    sets = None if options.replace else subclasses(pairs.matches, pairs.treated)

    return Match(
        distance=pd.Series(pairs.scores, index=index, name="distance"),
        treated=pd.Series(pairs.treated, index=index, name="treated"),
        match_matrix=_match_matrix(index, pairs),
        weights=pd.Series(pairs.weights, index=index, name="weights"),
        subclass=None if sets is None else pd.Series(_nullable(sets), index=index, name="subclass"),
        score_coefficients=coefficients,
        # A snapshot: the frame may be changed before anyone asks for the balance.
        balance_of=partial(_balance, frame.copy(deep=False), options.covariates, pairs),
    )


def _nullable(numbers: IntArray) -> pd.arrays.IntegerArray:
    """Turn -1 into a missing value."""
    return pd.arrays.IntegerArray(numbers, numbers < 0)


def _labels(index: pd.Index) -> npt.NDArray[Any]:
    """Return row labels as the match matrix holds them: whole numbers or text, as a plain array."""
    if pd.api.types.is_integer_dtype(index.dtype):
        return index.to_numpy(dtype=np.int64)
    return np.array([str(label) for label in index], dtype=object)


def _match_matrix(index: pd.Index, pairs: _Pairs) -> pd.DataFrame:
    labels = _labels(index)
    none = pairs.matches < 0
    columns = {}
    for j in range(pairs.matches.shape[1]):
        values = labels[pairs.matches[:, j]]
        if labels.dtype == np.int64:
            columns[j + 1] = pd.arrays.IntegerArray(values, none[:, j])
        else:
            columns[j + 1] = pd.Series(values, dtype="string").mask(none[:, j]).array
    return pd.DataFrame(columns, index=index[pairs.treated])


def _largest_distance(matched: Match) -> float:
    scores, positions = matched.distance.to_numpy(), matched.positions
    distances = np.abs(scores[matched.treated.to_numpy(), None] - scores[positions])
    return float(np.max(distances, initial=0.0, where=positions >= 0))


@one_thread()
def _balance(frame: pd.DataFrame, covariates: tuple[str, ...], pairs: _Pairs) -> pd.DataFrame:
    """Compare the groups in every covariate, every level of a category, and the score."""
    design = indicator_columns(frame, covariates)
    columns = np.column_stack([design.values, pairs.scores])
    result = balance(columns, pairs.treated, pairs.weights)
    return pd.DataFrame(
        {
            "smd_before": result.smd_before,
            "smd_after": result.smd_after,
            "variance_ratio_before": result.variance_ratio_before,
            "variance_ratio_after": result.variance_ratio_after,
            "ks_before": result.ks_before,
            "ks_after": result.ks_after,
        },
        index=pd.Index([*design.terms, DISTANCE], name="term"),
    )
