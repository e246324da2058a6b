"""What optimal, full and cardinality matching need besides the distance."""

from dataclasses import replace

import numpy as np
import pandas as pd

from erm_bridge.engines.python.design import indicator_columns
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.matching import Problem
from erm_bridge.numerics.matching.problem import MeanBalance
from erm_bridge.study.models import Matching

# A column that varies less is not brought to standard deviations.
CONSTANT = 1e-10


def with_flow_settings(problem: Problem, frame: pd.DataFrame, options: Matching) -> Problem:
    """Put the settings of the method into the problem, where it is one of those."""
    asked = options.method
    if asked.method == "full":
        return replace(problem, omit_fraction=asked.omit_fraction or 0.0)
    if asked.method == "cardinality":
        return replace(problem, balance=_mean_balance(problem, frame, options))
    return problem


def _mean_balance(problem: Problem, frame: pd.DataFrame, options: Matching) -> MeanBalance:
    """Bring the covariates, every level of a category a column, into the units of the tolerance."""
    asked = options.method
    assert asked.tolerance is not None
    assert asked.time_limit is not None
    columns = indicator_columns(frame, options.covariates).values
    if asked.standardised:
        spread = _spread(columns, problem)
        columns = columns / np.where(spread < CONSTANT, 1.0, spread)
    tolerances = np.full(columns.shape[1], asked.tolerance)
    return MeanBalance(columns, tolerances, bool(asked.free_ratio), asked.time_limit)


def _spread(columns: FloatArray, problem: Problem) -> FloatArray:
    """Return the standard deviation of each column: of the focal group, for ATE pooled over both."""

    def variance(group: BoolArray) -> FloatArray:
        found: FloatArray = columns[group].var(axis=0, ddof=1)
        return found

    if problem.estimand == "ATE":
        pooled: FloatArray = np.sqrt((variance(problem.treated) + variance(~problem.treated)) / 2)
        return pooled
    return np.sqrt(variance(problem.focal))
