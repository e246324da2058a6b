"""The bootstrap of matched sets."""

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.draws import uniforms
from erm_bridge.numerics.effects.sample import MatchedSample
from erm_bridge.numerics.resampling import drawn_rows, row_counts

# Cells of replicates x sets that are drawn at a time.
CELLS = 4_000_000


def bootstrap(sample: MatchedSample) -> float:
    """Return the variance of the effect over samples of whole sets, drawn with replacement.

    Parameters
    ----------
    sample : MatchedSample
        With `matches` or `subclass`; `replicates` and `seed`.

    Returns
    -------
    float
        Denominator replicates - 1; samples without one of the groups are left out. NaN with a single set.

    Notes
    -----
    The match is not repeated. Without replacement of partners this is valid (Abadie & Spiess
    2022); sets that share partners are not independent, and neither this bootstrap nor one that matches anew
    is then valid (Abadie & Imbens 2008). The draws are those of R: replicate r takes the sets
    floor(n u) + 1 with u from stream r of `numerics.draws`.

    References
    ----------
    Abadie, A. & Imbens, G. W. (2008). On the failure of the bootstrap for matching estimators. Econometrica
    76(6), 1537-1557.
    Abadie, A. & Spiess, J. (2022). Robust post-matching inference. Journal of the American Statistical
    Association 117(538), 983-995.
    """
    totals = _totals(sample)
    count = len(totals)
    if count < 2:
        return float("nan")
    estimates = []
    step = max(1, CELLS // count)
    for first in range(0, sample.replicates, step):
        size = min(step, sample.replicates - first)
        rows = drawn_rows(uniforms(sample.seed, "effect", size, count, first))
        weight_1, sum_1, weight_0, sum_0 = (row_counts(rows, count) @ totals).T
        with np.errstate(invalid="ignore", divide="ignore"):
            estimates.append(sum_1 / weight_1 - sum_0 / weight_0)
    found = np.concatenate(estimates)
    found = found[np.isfinite(found)]
    return float(found.var(ddof=1)) if len(found) > 1 else float("nan")


def _totals(sample: MatchedSample) -> FloatArray:
    """Sum of weights and weighted outcome of the treated, then of the controls: sets x 4, around the mean."""
    if sample.matches is not None:
        sets = sample.sets
        unit, weight, number = sets.unit, sets.weight, sets.number
    else:
        unit = np.flatnonzero(sample.weights != 0)
        weight = sample.weights[unit]
        number = np.unique(sample.set_of_unit[unit], return_inverse=True)[1]
    y = sample.outcome[unit] - sample.outcome[unit].mean()
    parts = []
    for group in (sample.treated[unit], ~sample.treated[unit]):
        parts += [
            np.bincount(number, weights=group * weight),
            np.bincount(number, weights=group * weight * y),
        ]
    return np.column_stack(parts)
