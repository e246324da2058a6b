"""The distance that is matched on: estimated from the covariates, or as given; and who is left out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from erm_bridge.engines.columns import usable_column
from erm_bridge.engines.distances import checked_distance
from erm_bridge.engines.python.design import Variables, design_matrix, indicator_columns, number_column
from erm_bridge.engines.python.matches.support import usable_rows
from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.distances import coordinates
from erm_bridge.numerics.propensity import fit_propensity
from erm_bridge.study.labels import INTERCEPT
from erm_bridge.study.models import Matching


@dataclass(frozen=True, slots=True)
class Measured:
    """What the distance of a pair is made of, by row of the frame (n rows).

    Attributes
    ----------
    scores : array, length n, or None
        A distance of one dimension.
    coefficients : Series or None
        Of the propensity model, by term.
    coordinates : array, n x q, or None
        The distance of a pair is their Euclidean distance; `scores` then serve calipers and order.
    matrix : array, treated x controls, or None
        Distances of the user.
    usable : array of bool, length n, or None
        False for discarded units; None: nobody is discarded.
    survey_weights : array, length n, or None
    """

    scores: FloatArray | None = None
    coefficients: pd.Series | None = None
    coordinates: FloatArray | None = None
    matrix: FloatArray | None = None
    usable: BoolArray | None = None
    survey_weights: FloatArray | None = None


def measure(
    frame: pd.DataFrame,
    options: Matching,
    variables: Variables | None,
    treated: BoolArray,
    given: FloatArray | None = None,
) -> Measured:
    """Estimate the distance as the options say, and discard units.

    Parameters
    ----------
    frame, options, variables
        As in `engines.python.matching.match`.
    treated : array of bool, length n
    given : array, length n, optional
        Scores of another engine that are matched on in place of the own ones; coefficients are the own
        ones. With `reestimate` the own first model says who is discarded, since the scores of another
        engine are those of its second.

    Raises
    ------
    InputError
        A column cannot be used, the propensity model has no solution, or everyone is discarded.
    """
    if not options.on_scores:
        return Measured()
    weights = survey_weights(frame, options)
    if options.distance.method == "glm":
        found = _propensity(frame, options, variables, treated, given, weights)
    else:
        found = Measured(usable=usable_rows(frame, options, treated, None), survey_weights=weights)
    return _with_coordinates(found, frame, options, treated)


def _propensity(
    frame: pd.DataFrame,
    options: Matching,
    variables: Variables | None,
    treated: BoolArray,
    given: FloatArray | None,
    weights: FloatArray | None,
) -> Measured:
    scores, coefficients = _fitted(frame, options, variables, treated, weights)
    first = scores if given is None or options.reestimate else given
    usable = usable_rows(frame, options, treated, first)
    if options.reestimate and usable is not None and not usable.all():
        of_kept = None if weights is None else weights[usable]
        scores[usable], coefficients = _fitted(frame[usable], options, variables, treated[usable], of_kept)
    return Measured(
        scores=scores if given is None else given,
        coefficients=coefficients,
        usable=usable,
        survey_weights=weights,
    )


def _fitted(
    frame: pd.DataFrame,
    options: Matching,
    variables: Variables | None,
    treated: BoolArray,
    weights: FloatArray | None,
) -> tuple[FloatArray, pd.Series]:
    """Fit the propensity model; returns what is matched on, and the coefficients by term."""
    distance = options.distance
    design = design_matrix(frame, options.covariates, variables)
    fit = fit_propensity(design.values, treated, design.terms, distance.link, weights)
    coefficients = pd.Series([fit.intercept, *fit.coefficients], index=[INTERCEPT, *design.terms])
    return _rounded(fit.linear if distance.linear else fit.fitted, distance.digits), coefficients


def _rounded(values: FloatArray, digits: int | None) -> FloatArray:
    return values if digits is None else np.round(values, digits)


def _with_coordinates(
    found: Measured, frame: pd.DataFrame, options: Matching, treated: BoolArray
) -> Measured:
    """Add the coordinates of several covariates, where the pairs are to be near in those."""
    distance = options.distance
    columns = options.mahvars if distance.method == "glm" else options.covariates
    if not columns:
        return found
    method = "mahalanobis" if distance.method == "glm" else distance.method
    placed = coordinates(
        distance_columns(frame, columns), treated, method, found.usable, found.survey_weights
    )
    # Columns as they are need no rounding.
    digits = None if method == "euclidean" else distance.digits
    return replace(found, coordinates=_rounded(placed, digits))


def distance_columns(frame: pd.DataFrame, names: Iterable[str]) -> FloatArray:
    """Return covariates as numbers between which distances are taken, n x p.

    A category gives an indicator of every level, divided by the root of 2: two levels are 1 apart, as with
    a column of zeros and ones. Errors as in `engines.python.design.design_matrix`.
    """
    parts = []
    for name in names:
        values = indicator_columns(frame, [name]).values
        category = isinstance(usable_column(frame, name).dtype, pd.CategoricalDtype)
        parts.append(values / np.sqrt(2) if category else values)
    return np.column_stack(parts)


def survey_weights(frame: pd.DataFrame, options: Matching) -> FloatArray | None:
    """Return the survey weights, length n, if the options name a column of them.

    Raises
    ------
    InputError
        The column cannot be used, or a weight is zero or negative.
    """
    if options.survey_weights is None:
        return None
    weights = number_column(frame, options.survey_weights)
    if (weights <= 0).any():
        row = int(np.argmax(weights <= 0))
        raise InputError(
            f"survey_weights: {options.survey_weights!r} holds {weights[row]:g} in row {row + 1}; weights "
            "must be above zero"
        )
    return weights


def given_distance(
    values: npt.ArrayLike, frame: pd.DataFrame, options: Matching, treated: BoolArray
) -> Measured:
    """Take a distance of the user: a score for each of n rows, or a matrix, treated x controls.

    Raises
    ------
    InputError
        See `checked_distance`; or a group is discarded as a whole.
    """
    distance = checked_distance(values, treated, options)
    weights = survey_weights(frame, options)
    if distance.ndim == 2:
        usable = usable_rows(frame, options, treated, None)
        return Measured(matrix=distance, usable=usable, survey_weights=weights)
    usable = usable_rows(frame, options, treated, distance)
    found = Measured(scores=distance, usable=usable, survey_weights=weights)
    return _with_coordinates(found, frame, options, treated)
