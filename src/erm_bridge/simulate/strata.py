"""Who is in a simulated survey: strata of fixed size, so that the flow of the cohort is known exactly.

The sizes are those of a survey with 169,989 rows; with other numbers of rows every size is the same
share, rounded to whole persons (halves upward), so that strata stay nested.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from erm_bridge.numerics import IntArray

SURVEY_ROWS = 169_989

# Of the 169,989: published are the rows, the cohort and the host-city insured; the number of people
# aged 60 and over is the largest of the published ones; what lies between is invented.
AGED_60 = 6_187
AGRICULTURAL = 3_723
CONVERTED = 258
INSURED = 3_478
LOCATION_KNOWN = 3_391
COHORT = 3_333
HOST_CITY = 606


class Stratum(IntEnum):
    """Where a person stands with respect to the rules of the cohort."""

    COHORT = 0
    ANSWER_MISSING = 1
    LOCATION_UNKNOWN = 2
    UNINSURED = 3
    CONVERTED = 4
    NOT_RURAL = 5
    YOUNGER = 6


@dataclass(frozen=True)
class Flow:
    """Number of persons left after each rule of the cohort, and how many are insured in the host city."""

    rows: int
    aged_60: int
    agricultural: int
    insured: int
    location_known: int
    cohort: int
    host_city: int


def flow(rows: int) -> Flow:
    """Return the flow of a survey with so many rows."""
    return Flow(
        rows,
        _share(rows, AGED_60),
        _share(rows, AGRICULTURAL),
        _share(rows, INSURED),
        _share(rows, LOCATION_KNOWN),
        _share(rows, COHORT),
        _share(rows, HOST_CITY),
    )


def strata_outside_cohort(rows: int) -> IntArray:
    """Return the stratum of everybody who is not a member of the cohort, sorted."""
    left = flow(rows)
    converted = min(_share(rows, CONVERTED), left.aged_60 - left.agricultural)
    sizes = {
        Stratum.ANSWER_MISSING: left.location_known - left.cohort,
        Stratum.LOCATION_UNKNOWN: left.insured - left.location_known,
        Stratum.UNINSURED: left.agricultural - left.insured,
        Stratum.CONVERTED: converted,
        Stratum.NOT_RURAL: left.aged_60 - left.agricultural - converted,
        Stratum.YOUNGER: left.rows - left.aged_60,
    }
    return np.repeat(np.array(list(sizes), dtype=np.int64), list(sizes.values()))


def _share(rows: int, persons: int) -> int:
    return (2 * rows * persons + SURVEY_ROWS) // (2 * SURVEY_ROWS)
