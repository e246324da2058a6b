"""Strata of a frame, and methods of matching with the settings that the options give them."""

from functools import partial

import numpy as np
import pandas as pd

from erm_bridge.engines.columns import level_label, usable_column
from erm_bridge.engines.python.design import indicator_columns
from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray, IntArray, distances
from erm_bridge.numerics.matching import METHODS, MatchingMethod
from erm_bridge.numerics.matching.coarsened import coarsen, regroup
from erm_bridge.numerics.matching.exact import joint_codes
from erm_bridge.numerics.matching.k2k import turned_as_matchit
from erm_bridge.numerics.matching.subclassification import equal_shares
from erm_bridge.study.matching_method import SMOOTHING
from erm_bridge.study.models import Matching

DEFAULT_CUTS = "sturges"


def strata_of(frame: pd.DataFrame, options: Matching) -> IntArray | None:
    """Give each row the code of its stratum (length n); None where the method has none.

    Raises
    ------
    InputError
        A category is to be cut, a number to be grouped, or a level to be grouped does not occur.
    """
    method = options.method.method
    if method == "exact":
        return joint_codes([_values(frame, name) for name in options.covariates])
    if method == "coarsened_exact":
        return joint_codes([_coarse(frame, name, options) for name in options.covariates])
    return None


def pair_coordinates(frame: pd.DataFrame, options: Matching, treated: BoolArray) -> FloatArray | None:
    """Place the rows so that pairs within strata can be told apart by distance (n x q)."""
    distance = options.method.pair_distance
    if not options.method.k2k or distance == "none":
        return None
    columns = np.column_stack([_numbers(frame, name) for name in options.covariates])
    if distance not in distances.METHODS or not np.ptp(columns, axis=0).any():
        return columns
    found = distances.coordinates(columns, treated, distance)
    return turned_as_matchit(columns, found, distance) if distance.endswith("mahalanobis") else found


def with_settings(options: Matching) -> MatchingMethod:
    """Bind the settings of the method."""
    asked = options.method
    if asked.method == "subclassification":
        assert asked.subclasses is not None
        cuts = asked.subclasses
        shares = equal_shares(cuts) if isinstance(cuts, int) else np.array([0.0, *cuts, 1.0])
        return partial(METHODS["subclassification"], shares=shares, least=asked.min_n)
    if asked.method == "radius":
        return partial(METHODS["radius"], radius=asked.radius)
    if asked.method in SMOOTHING:
        return partial(METHODS[asked.method], kernel=asked.kernel, bandwidth=asked.bandwidth)
    if asked.k2k:
        return partial(
            METHODS["coarsened_exact"],
            pair_distance=asked.pair_distance,
            pair_order=asked.pair_order,
            power=asked.power,
        )
    return METHODS[asked.method]


def _values(frame: pd.DataFrame, name: str) -> IntArray:
    column = usable_column(frame, name)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.int64)
    return coarsen(column.to_numpy(dtype=np.float64), 0)


def _coarse(frame: pd.DataFrame, name: str, options: Matching) -> IntArray:
    column = usable_column(frame, name)
    cutpoints, grouping = options.method.cutpoints or {}, options.method.grouping or {}
    if not isinstance(column.dtype, pd.CategoricalDtype):
        if name in grouping:
            raise InputError(f"matching.method.grouping: {name!r} is a number; use cutpoints")
        return coarsen(column.to_numpy(dtype=np.float64), cutpoints.get(name, DEFAULT_CUTS))
    if name in cutpoints:
        raise InputError(f"matching.method.cutpoints: {name!r} is a category; use grouping")
    levels = [level_label(level) for level in column.cat.categories]
    for level in (level for group in grouping.get(name, ()) for level in group):
        if level not in levels:
            raise InputError(
                f"matching.method.grouping: {name!r} has no level {level!r}; levels are {', '.join(levels)}"
            )
    return regroup(levels, grouping.get(name, ()))[column.cat.codes.to_numpy()]


def _numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    """Return a number as it is, a category as indicators such that two levels are 1 apart."""
    values = indicator_columns(frame, [name]).values
    category = isinstance(usable_column(frame, name).dtype, pd.CategoricalDtype)
    scaled: FloatArray = values / np.sqrt(2) if category else values
    return scaled
