"""Roster and background of the respondents: age, sex, hukou, education, marriage, move.

Everybody is described by a dict of integer columns named as in the survey.
"""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.simulate.draws import happens, pick, whole
from erm_bridge.simulate.strata import Stratum

YEAR = 2017
Columns = dict[str, IntArray]

# First age of each band and its share; the bands of the younger are invented, those of the older are
# published for older migrants of 2015.
_YOUNGER = ((15, 20, 25, 30, 35, 40, 45, 50, 55, 60), (2.5, 9.5, 20.0, 19.5, 14.0, 13.0, 10.5, 6.0, 2.4))
_OLDER = ((60, 65, 70, 75, 80, 97), (54.0, 24.0, 12.0, 6.0, 4.0))

# Rows: age below 30, 30-44, 45-59, 60-69, 70 and over. Columns: education 1-7.
_EDUCATION = np.array(
    [
        [0.4, 3.5, 36.0, 28.0, 18.0, 13.0, 1.1],
        [1.2, 11.0, 48.0, 21.0, 11.0, 7.0, 0.8],
        [5.5, 29.0, 46.0, 14.0, 3.5, 1.9, 0.1],
        [22.0, 46.0, 25.0, 6.0, 0.7, 0.3, 0.0],
        [39.0, 45.0, 12.0, 3.2, 0.6, 0.2, 0.0],
    ]
)
# Rows: age below 25, 25-29, 30-44, 45-59, 60-69, 70 and over. Columns: marital status 1-6.
_MARRIAGE = np.array(
    [
        [73.0, 24.5, 0.2, 0.3, 0.0, 2.0],
        [24.0, 72.5, 0.8, 1.2, 0.1, 1.4],
        [4.2, 88.9, 2.2, 3.3, 0.5, 0.9],
        [1.2, 90.0, 2.8, 3.2, 2.3, 0.5],
        [1.0, 84.0, 2.5, 1.0, 11.3, 0.2],
        [1.0, 68.0, 2.0, 0.5, 28.4, 0.1],
    ]
)
# Columns: reasons 1-13 in the order of the codebook; rows: below 60, 60 and over.
_REASON = np.array(
    [
        [60.0, 22.0, 9.0, 2.5, 0.7, 1.5, 1.0, 0.1, 0.5, 0.1, 0.4, 0.9, 1.3],
        [21.0, 5.0, 21.0, 1.0, 1.5, 9.0, 0.1, 0.0, 0.3, 7.0, 0.6, 31.0, 2.5],
    ]
)


def people(rng: np.random.Generator, stratum: IntArray) -> Columns:
    """Draw the roster block, one person per entry of `stratum`."""
    n = len(stratum)
    older = stratum != Stratum.YOUNGER
    age = _ages(rng, older)
    female = happens(rng, np.where(older, 0.04, -0.072))
    columns: Columns = {
        "q101a1": np.ones(n, dtype=np.int64),
        "q101b1": 1 + female.astype(np.int64),
        "q101c1y": YEAR - age,
        "q101c1m": rng.integers(1, 13, n),
        "q101d1": np.where(rng.random(n) < 0.915, 1, 2),
        "q101e1": _education(rng, age, female),
        "q101f1": _hukou(rng, stratum),
        "q101h1": _marriage(rng, age, female),
        "q101i1": np.full(n, 2, dtype=np.int64),
        "q101k1": np.ones(n, dtype=np.int64),
        "q101l1": 1 + _by_age(rng, older, ((0.50, 0.33, 0.17), (0.34, 0.24, 0.42))),
        "q101n1": 1 + _by_age(rng, older, _REASON),
    }
    columns |= _arrival(rng, age, older)
    columns["Q100"] = _family(rng, columns["q101h1"], older)
    return columns


def ages(columns: Columns) -> IntArray:
    """Return the year of the survey minus the year of birth."""
    return YEAR - columns["q101c1y"]


def married(columns: Columns) -> BoolArray:
    """Tell who is in a first or later marriage."""
    return np.isin(columns["q101h1"], (2, 3))


def _by_age(
    rng: np.random.Generator, older: BoolArray, shares: FloatArray | tuple[tuple[float, ...], ...]
) -> IntArray:
    """Draw categories with one row of shares for the younger and one for the older."""
    younger_shares, older_shares = np.asarray(shares)
    n = len(older)
    return np.where(older, pick(rng, older_shares, n), pick(rng, younger_shares, n))


def _ages(rng: np.random.Generator, older: BoolArray) -> IntArray:
    found = np.empty(len(older), dtype=np.int64)
    for who, (starts, shares) in ((~older, _YOUNGER), (older, _OLDER)):
        n = int(who.sum())
        band = pick(rng, np.array(shares), n)
        low, high = np.array(starts)[band], np.array(starts)[band + 1]
        # Above 80 the numbers fall with age; elsewhere a band is flat.
        within = np.where(low == 80, rng.random(n) ** 3, rng.random(n))
        found[who] = low + whole(within * (high - low))
    return found


def _hukou(rng: np.random.Generator, stratum: IntArray) -> IntArray:
    n = len(stratum)
    found = np.ones(n, dtype=np.int64)
    found[stratum == Stratum.CONVERTED] = 3
    urban = np.array([2, 4, 5, 6])[pick(rng, np.array([78.0, 12.0, 9.6, 0.4]), n)]
    anyone = 1 + pick(rng, np.array([78.0, 13.9, 4.6, 2.0, 1.4, 0.1]), n)
    found = np.where(stratum == Stratum.NOT_RURAL, urban, found)
    return np.where(stratum == Stratum.YOUNGER, anyone, found)


def _education(rng: np.random.Generator, age: IntArray, female: BoolArray) -> IntArray:
    shares = _EDUCATION[np.digitize(age, (30, 45, 60, 70))]
    # Older women had less schooling; among the young the difference is gone.
    tilt = np.where(female, 1.0, -1.0) * np.clip((age - 30) / 30, 0.0, 1.3) * 0.32
    levels = np.arange(7)
    return 1 + pick(rng, shares * np.exp(-tilt[:, None] * levels))


def _marriage(rng: np.random.Generator, age: IntArray, female: BoolArray) -> IntArray:
    shares = _MARRIAGE[np.digitize(age, (25, 30, 45, 60, 70))].copy()
    shares[:, 0] *= np.where(female, 0.83, 1.19)
    shares[:, 4] *= np.where(female, 1.5, 0.55)
    return 1 + pick(rng, shares)


def _arrival(rng: np.random.Generator, age: IntArray, older: BoolArray) -> Columns:
    """Draw the first departure and the current move; nobody moves before birth or in the survey's month."""
    n = len(age)
    years = np.minimum(rng.exponential(np.where(older, 6.6, 6.0)), np.minimum(age - 1, 45))
    earlier = np.where(rng.random(n) < 0.45, 0.0, rng.exponential(np.where(older, 5.0, 3.0)))
    first = np.minimum(years + earlier, age)
    month = rng.integers(1, 13, n)
    arrived_year = YEAR - whole(years)
    month = np.where(arrived_year == YEAR, 1 + (month - 1) % 4, month)
    same = YEAR - whole(first) == arrived_year
    return {
        "q101m1y": arrived_year,
        "q101m1m": month,
        "Q302Y": YEAR - whole(first),
        "Q302M": np.where(same, np.minimum(month, rng.integers(1, 13, n)), rng.integers(1, 13, n)),
    }


def _family(rng: np.random.Generator, marital: IntArray, older: BoolArray) -> IntArray:
    with_spouse = np.isin(marital, (2, 3, 6))
    mean = np.where(older, 0.9, np.where(with_spouse, 1.35, 0.35))
    size: IntArray = np.minimum(1 + with_spouse + rng.poisson(mean), 10)
    return size
