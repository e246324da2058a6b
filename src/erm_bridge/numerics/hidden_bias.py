"""How strong hidden bias must be to explain a matched difference: Rosenbaum's bounds for pairs.

Two units of a pair with the same covariates may still differ in their odds of treatment by a factor of at
most gamma, through something that was not observed. In each pair the treated unit then has the larger
outcome, if treatment does nothing, with a probability between 1 / (1 + gamma) and gamma / (1 + gamma).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.places import settle

# Rounds of halving that leave nothing between two numbers: more than a double has digits.
HALVINGS = 64


@dataclass(frozen=True, slots=True)
class Bounds:
    """Smallest and largest value of a number under hidden bias, a gamma each.

    Attributes
    ----------
    low, high : array
    above : bool
        Of p values: whether they are of no effect against a positive one, or against a negative one.
    """

    low: FloatArray
    high: FloatArray
    above: bool


def signed_rank_bounds(differences: FloatArray, gammas: Sequence[float]) -> Bounds:
    """Bound the one-sided p value of Wilcoxon's signed rank statistic.

    Parameters
    ----------
    differences : array, a pair each
        Outcome of the treated unit minus that of its control.
    gammas : sequence of float
        Each at least 1.

    Returns
    -------
    Bounds
        Of the p value against an effect in the direction that the pairs show; NaN where none differs.

    Notes
    -----
    Absolute differences are ranked, equal ones by the mean of their ranks. T is the sum of the ranks of
    positive ones. Pairs without a difference keep their rank and add nothing. With p = gamma / (1 + gamma)
    T is at most, and with 1 / (1 + gamma) at least, distributed with mean `p sum(d)` and variance
    `p (1 - p) sum(d^2)`, the sums over the ranks d of pairs that differ; large-sample normal, without a
    correction for continuity. Source: Rosenbaum, P. R. (2002). Observational Studies, 2nd ed., section
    4.3. The package rbounds ranks after leaving pairs without a difference out.
    """
    # scipy.stats would cost half a second of import for this function.
    from scipy.special import ndtr

    ranks = _mean_ranks(np.abs(differences))[differences != 0]
    positive = differences[differences != 0] > 0
    total, squares = ranks.sum(), np.sum(ranks**2)
    statistic = ranks[positive].sum()
    above = bool(2 * statistic >= total)
    if not above:
        statistic = total - statistic
    chance = _chance(gammas)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt(chance * (1 - chance) * squares)
        low, high = ((share * total - statistic) / scale for share in (1 - chance, chance))
    return Bounds(ndtr(low), ndtr(high), above)


def mcnemar_bounds(differences: FloatArray, gammas: Sequence[float]) -> Bounds:
    """Bound the one-sided p value of McNemar's test for an outcome of 0 and 1.

    Parameters
    ----------
    differences, gammas
        As in `signed_rank_bounds`; differences are -1, 0 and 1.

    Returns
    -------
    Bounds
        1 where no pair differs.

    Notes
    -----
    Of the D pairs that differ, T have the 1 on the side that has more of them: the p value is the exact
    binomial probability of T or more of D, with probability gamma / (1 + gamma) and 1 / (1 + gamma).
    Source: Rosenbaum (2002), section 4.3; the package rbounds has it as `binarysens`.
    """
    from scipy.special import betainc

    rises, falls = np.count_nonzero(differences > 0), np.count_nonzero(differences < 0)
    more, chance = max(rises, falls), _chance(gammas)
    if not more:
        return Bounds(np.ones(len(chance)), np.ones(len(chance)), True)
    fewer = rises + falls - more
    low, high = (betainc(more, fewer + 1, share) for share in (1 - chance, chance))
    return Bounds(low, high, bool(rises >= falls))


def hodges_lehmann_bounds(differences: FloatArray, gammas: Sequence[float]) -> Bounds:
    """Bound the Hodges-Lehmann estimate of an effect that is the same for everyone.

    Parameters
    ----------
    differences, gammas
        As in `signed_rank_bounds`; at least one difference.

    Returns
    -------
    Bounds
        Of the effect, in units of the outcome; equal for gamma = 1.

    Notes
    -----
    The estimate is the effect that, taken off the differences, leaves the signed rank statistic at its mean
    `p S (S + 1) / 2` of S pairs: a quantile of the S (S + 1) / 2 means of two differences (a pair with
    itself included), the middle of both where it falls between two. It is exact; the package rbounds
    (`hlsens`) goes in steps. Source: Rosenbaum (2002), section 4.3.
    """
    pairs = len(differences) * (len(differences) + 1) // 2
    up, down = (_Means(*np.unique(side, return_counts=True)) for side in (differences, -differences))
    low = [up.quantile(pairs / (1 + gamma)) for gamma in gammas]
    high = [-down.quantile(pairs / (1 + gamma)) for gamma in gammas]
    return Bounds(np.array(low), np.array(high), bool(np.median(differences) >= 0))


def _chance(gammas: Sequence[float]) -> FloatArray:
    gamma = np.asarray(gammas, dtype=np.float64)
    chance: FloatArray = gamma / (1 + gamma)
    return chance


def _mean_ranks(values: FloatArray) -> FloatArray:
    """Rank values from 1; equal ones get the mean of their ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: FloatArray = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks


@dataclass(frozen=True, slots=True)
class _Means:
    """The means of any two of some numbers, one with itself included, never listed.

    Attributes
    ----------
    values, counts : array
        The different numbers, ascending, and how often each occurs.
    """

    values: FloatArray
    counts: IntArray

    def quantile(self, place: float) -> float:
        """Return the mean at a place from 1, or the middle of both around it where that is a whole number."""
        nearest = round(place)
        # A gamma such as 1.1 makes places that are whole numbers but for rounding.
        if abs(place - nearest) <= 1e-12 * place:
            return (self._at(nearest) + self._at(nearest + 1)) / 2
        return self._at(int(np.ceil(place)))

    def _at(self, place: int) -> float:
        """Return the smallest mean with at least `place` means at or below it."""
        values = self.values
        low, high = values[0], values[-1]
        if self._up_to(low) >= place:
            return float(low)
        for _ in range(HALVINGS):
            middle = low + (high - low) / 2
            if self._up_to(middle) >= place:
                high = middle
            else:
                low = middle
        # Of the means above low the smallest: one that occurs.
        partner = self._partners(low)
        inside = partner < len(values)
        return float(np.min(values[inside] + values[partner[inside]]) / 2)

    def _up_to(self, limit: float) -> int:
        """Count the means that are at most a limit."""
        below = np.concatenate([[0], np.cumsum(self.counts)])
        ordered = int(self.counts @ below[self._partners(limit)])
        with_itself = int(self.counts[self.values <= limit].sum())
        return (ordered + with_itself) // 2

    def _partners(self, limit: float) -> IntArray:
        """Count, for each different number, with how many of them its mean is at most a limit."""
        fenced = np.concatenate([[-np.inf], self.values, [np.inf]])
        partners = np.searchsorted(self.values, 2 * limit - self.values, side="right")
        settle(partners, lambda place: self.values + fenced[place] <= 2 * limit)
        return partners
