"""What a column is like in each group: means, variances, where it varies; before and after matching."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, ComplexArray, FloatArray, IntArray
from erm_bridge.options import Denominator

# MatchIt neither standardises a difference nor divides by a deviation below the root of the precision.
NEGLIGIBLE = float(np.sqrt(np.finfo(np.float64).eps))
# Values closer than this share of the largest are one value: equal units can get scores a last bit apart.
ONE_VALUE = 1e-12
# A column of whole numbers is counted where its range is at most this share of the rows.
_FEW = 1 / 16


@dataclass(frozen=True, slots=True)
class Moments:
    """A column among units with weight: mean, weighted mean of squared deviations, variance of `cov.wt`."""

    mean: float
    square: float
    variance: float
    varies: bool


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one group that have weight, before or after matching.

    Attributes
    ----------
    rows : array of int, length m
    shares : array, length m
        Weights divided by their sum.
    freedom : float
        1 - sum of squared shares.
    equal : bool
        Whether all weights are the same.
    """

    rows: IntArray
    shares: FloatArray
    freedom: float
    equal: bool

    @classmethod
    def of(cls, group: BoolArray, weights: FloatArray) -> "Units":
        """Take those of a group that have weight."""
        rows = np.flatnonzero(group & (weights != 0))
        own = weights.take(rows)
        shares = own / own.sum()
        equal = bool(len(own)) and float(own.min()) == float(own.max())
        return cls(rows, shares, 1 - float(shares @ shares), equal)

    def moments(self, values: FloatArray, shares: FloatArray, centre: float) -> Moments:
        """Describe values less a centre, of the units or of a few with these shares."""
        mean = float(shares @ values)
        deviations = values - mean
        deviations *= deviations
        square = float(shares @ deviations)
        variance = square / self.freedom if self.freedom > 0 else np.nan
        return Moments(mean, square, variance, _varies(values, centre))

    def counted(self, codes: IntArray, many: int) -> FloatArray:
        """Add up the shares of units with the same code."""
        own = codes.take(self.rows)
        shares = None if self.equal else self.shares
        counts: FloatArray = np.bincount(own, shares, many).astype(np.float64)
        return counts / len(own) if self.equal else counts


@dataclass(frozen=True, slots=True)
class Column:
    """One column in both groups, treated first; values are differences from `centre`.

    Attributes
    ----------
    before, after : pair of Moments
    centre : float
    binary : bool
        A column of zeros and ones.
    points : array, 2 x k, or None
        For columns of few values: share of the treated minus that of the controls at each value, before and
        after matching.
    sample : Sample
    """

    before: tuple[Moments, Moments]
    after: tuple[Moments, Moments]
    centre: float
    binary: bool
    points: FloatArray | None
    sample: "Sample"

    @property
    def varies(self) -> bool:
        """Whether the column varies in a group of the unmatched sample."""
        return self.before[0].varies or self.before[1].varies

    def spread(self, denominator: Denominator) -> float:
        """Return the deviation of the unmatched sample; the pooled one within groups where it is 0."""
        treated, controls = self.before
        one, other = (m.square if self.binary else m.variance for m in self.before)
        part = self.sample.part
        freedom = 1.0 if self.binary else self.sample.freedom
        within = part * treated.square + (1 - part) * controls.square
        between = part * (1 - part) * (treated.mean - controls.mean) ** 2
        variance = {
            "treated": one,
            "control": other,
            "pooled": (one + other) / 2,
            "all": (within + between) / freedom,
        }[denominator]
        spread = float(np.sqrt(variance))
        return spread if spread >= NEGLIGIBLE else float(np.sqrt(within / freedom))


@dataclass(frozen=True, slots=True)
class Sample:
    """The units of both groups and their weights.

    Attributes
    ----------
    before, after : pair of Units
        Treated, controls.
    signed : array of complex, length n
        Shares before matching and, as the imaginary part, after it; those of controls with a minus.
    part : float
        Share of the treated in the unmatched sample.
    freedom : float
        1 - sum of the squared shares of all units in the unmatched sample.
    """

    before: tuple[Units, Units]
    after: tuple[Units, Units]
    signed: ComplexArray
    part: float
    freedom: float

    def column(self, values: FloatArray) -> Column:
        """Describe a column of n values."""
        low, high = float(values.min()), float(values.max())
        binary = low >= 0 and high <= 1 and bool(np.all((values == 0) | (values == 1)))
        codes = _codes(values, low, high)
        units = *self.before, *self.after
        points = None
        if codes is None:
            centre = 0.0 if binary else float(values.mean())
            centred = values - centre
            moments = [u.moments(centred.take(u.rows), u.shares, centre) for u in units]
        else:
            held = np.flatnonzero(np.bincount(codes))
            centre = 0.0 if binary else low + float(held[len(held) // 2])
            at = held + (low - centre)
            shares = [u.counted(codes, int(held[-1]) + 1)[held] for u in units]
            there = [s != 0 for s in shares]
            moments = [u.moments(at[t], s[t], centre) for u, s, t in zip(units, shares, there, strict=True)]
            points = np.stack([shares[0] - shares[1], shares[2] - shares[3]])
        return Column((moments[0], moments[1]), (moments[2], moments[3]), centre, binary, points, self)


def sample_of(treated: BoolArray, weights: FloatArray, sampling: FloatArray | None) -> Sample:
    """Split a sample of n units into its groups; arguments as in `balance`."""
    own = np.ones(len(treated)) if sampling is None else sampling
    signed = np.zeros(len(treated), dtype=np.complex128)
    units = []
    for weighting, signs in ((own, signed.real), (weights * own, signed.imag)):
        pair = Units.of(treated, weighting), Units.of(~treated, weighting)
        signs[pair[0].rows], signs[pair[1].rows] = pair[0].shares, -pair[1].shares
        units.append(pair)
    total = float(own.sum())
    part = float(own[treated].sum()) / total
    return Sample(units[0], units[1], signed, part, 1 - float(own @ own) / total**2)


def _codes(values: FloatArray, low: float, high: float) -> IntArray | None:
    """Return how far each value lies above the lowest, where these are whole numbers and few; else None."""
    if not high - low <= _FEW * len(values):
        return None
    codes = (values - low).astype(np.int64)
    return codes if np.array_equal(codes + low, values) else None


def _varies(values: FloatArray, centre: float) -> bool:
    """Tell whether there is more than one value, before the centre was taken off."""
    if len(values) < 2:
        return False
    low, high = float(values.min()), float(values.max())
    return high - low > ONE_VALUE * max(abs(low + centre), abs(high + centre))
