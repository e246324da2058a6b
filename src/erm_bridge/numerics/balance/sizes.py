"""How many units a match uses, and how many unweighted ones they are worth."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class SampleSizes:
    """Sizes of one group before and after matching.

    Attributes
    ----------
    all, matched, unmatched, discarded : int
        Units; those discarded are not among the unmatched.
    all_effective, matched_effective : float
        Effective sample sizes under the sampling weights, and under these times the matching weights;
        NaN where no unit has weight.
    """

    all: int
    matched: int
    unmatched: int
    discarded: int
    all_effective: float
    matched_effective: float


def effective_size(weights: FloatArray) -> float:
    """Return the size of an unweighted sample as precise as this weighted one: (sum w)^2 / sum w^2.

    Source: Kish (1965), Survey Sampling, section 8.2.
    """
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0 else np.nan


def sample_sizes(
    group: BoolArray, weights: FloatArray, usable: BoolArray | None = None, sampling: FloatArray | None = None
) -> SampleSizes:
    """Count the units of one group.

    Parameters
    ----------
    group : array of bool, length n
        Who belongs to the group.
    weights : array, length n
        Weights of the match, 0 for units that are not matched; without the sampling weights.
    usable : array of bool, length n, optional
        False for units that were discarded before matching.
    sampling : array, length n, optional
        Sampling weights; None for 1.

    Notes
    -----
    Matching R result: `summary(matchit(...))$nn` (MatchIt 4.7.1).
    """
    own = np.ones(int(group.sum())) if sampling is None else sampling[group]
    matching = weights[group]
    kept = np.ones(len(own), dtype=np.bool_) if usable is None else usable[group]
    matched = matching * own != 0
    return SampleSizes(
        all=len(own),
        matched=int(matched.sum()),
        unmatched=int((~matched & kept).sum()),
        discarded=int((~kept).sum()),
        all_effective=effective_size(own),
        matched_effective=effective_size(matching * own),
    )
