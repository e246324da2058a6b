"""Row labels on a match that is made of positions."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from erm_bridge.engines.python.design import Variables
from erm_bridge.engines.python.matches.balance import balance_table, sizes_table
from erm_bridge.engines.python.matches.distance import Measured
from erm_bridge.numerics import IntArray
from erm_bridge.numerics.matching import Pairing, Problem
from erm_bridge.results import Match
from erm_bridge.results.matching import MatchedFrom
from erm_bridge.study.models import Matching


def labelled(
    frame: pd.DataFrame,
    options: Matching,
    variables: Variables | None,
    measured: Measured,
    problem: Problem,
    pairing: Pairing,
) -> Match:
    """Put row labels on a match."""
    index = frame.index
    # A snapshot: the frame may be changed before anyone asks for the balance or an effect.
    kept = frame.copy(deep=False)
    sets = pairing.subclass
    weights, usable = measured.survey_weights, problem.usable
    return Match(
        distance=None if problem.scores is None else pd.Series(problem.scores, index=index, name="distance"),
        treated=pd.Series(problem.treated, index=index, name="treated"),
        match_matrix=_match_matrix(index, problem, pairing.matches),
        weights=pd.Series(pairing.weights, index=index, name="weights"),
        subclass=None if sets is None else pd.Series(_nullable(sets), index=index, name="subclass"),
        score_coefficients=measured.coefficients,
        balance_of=partial(balance_table, kept, options, problem, pairing, weights),
        sizes_of=partial(sizes_table, problem, pairing, weights),
        made_from=MatchedFrom(kept, options, variables or {}),
        survey_weights=None if weights is None else pd.Series(weights, index=index, name="survey_weights"),
        discarded=None if usable is None else pd.Series(~usable, index=index, name="discarded"),
    )


def _nullable(numbers: IntArray) -> pd.arrays.IntegerArray:
    """Turn -1 into a missing value."""
    return pd.arrays.IntegerArray(numbers, numbers < 0)


def _labels(index: pd.Index) -> npt.NDArray[Any]:
    """Return row labels as the match matrix holds them: whole numbers or text, as a plain array."""
    if pd.api.types.is_integer_dtype(index.dtype):
        return index.to_numpy(dtype=np.int64)
    return np.array([str(label) for label in index], dtype=object)


def _match_matrix(index: pd.Index, problem: Problem, matches: IntArray | None) -> pd.DataFrame:
    if matches is None:
        return pd.DataFrame(index=index[problem.focal])
    labels = _labels(index)
    none = matches < 0
    numbered = index.equals(pd.RangeIndex(len(index)))
    columns = {}
    for j in range(matches.shape[1]):
        values = matches[:, j].copy() if numbered else labels[matches[:, j]]
        if labels.dtype == np.int64:
            columns[j + 1] = pd.arrays.IntegerArray(values, none[:, j])
        else:
            columns[j + 1] = pd.Series(values, dtype="string").mask(none[:, j]).array
    return pd.DataFrame(columns, index=index[problem.focal])
