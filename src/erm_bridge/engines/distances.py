"""Distances that a user gives in place of estimated ones, checked alike for both engines."""

import numpy as np
import numpy.typing as npt

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.study.matching_method import ON_A_SCORE, WITHOUT_SCORE
from erm_bridge.study.models import Matching
from erm_bridge.study.without_scores import refuse_beside


def checked_distance(values: npt.ArrayLike, treated: BoolArray, options: Matching) -> FloatArray:
    """Return scores, one for each of n rows, or a matrix of distances, treated x controls.

    Raises
    ------
    InputError
        They have another shape, or hold a missing, infinite or (in a matrix) negative value; or an option
        asks for a score or a model that is not there.
    """
    distance = np.array(values, dtype=np.float64)
    n, shape = len(treated), (int(treated.sum()), int((~treated).sum()))
    if distance.shape not in ((n,), shape):
        raise InputError(
            f"distance: needs one score for each of the {n} rows, or a matrix of {shape[0]} treated x "
            f"{shape[1]} controls; found shape {distance.shape}"
        )
    _refuse_unusable(distance)
    _refuse_unused(options, distance.ndim)
    if distance.ndim == 2:
        try:
            refuse_beside(options, "a matrix of distances")
        except ValueError as error:
            raise InputError(str(error)) from None
    return distance


def _refuse_unused(options: Matching, dimensions: int) -> None:
    method = options.method.method
    if method in WITHOUT_SCORE:
        raise InputError(f"distance: plays no part in {method}; remove it")
    if method in ON_A_SCORE and dimensions == 2:
        raise InputError(f"distance: {method} needs a score for each row, not a matrix of distances")
    for key, asked in {
        "link": options.distance.link != "logit",
        "linear": options.distance.linear,
        "reestimate": options.reestimate,
    }.items():
        if asked:
            raise InputError(f"{key}: there is no model where the distance is given; remove it")


def _refuse_unusable(distance: FloatArray) -> None:
    if not np.isfinite(distance).all():
        place = np.argwhere(~np.isfinite(distance))[0] + 1
        where = f"the score in row {place[0]}" if len(place) == 1 else f"row {place[0]}, column {place[1]}"
        raise InputError(f"distance: {where} is missing or infinite")
    if distance.ndim == 2 and (distance < 0).any():
        row, column = np.argwhere(distance < 0)[0] + 1
        raise InputError(f"distance: row {row}, column {column} is negative")
