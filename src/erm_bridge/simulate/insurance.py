"""Social medical insurance: who is insured where, and the ten columns that say so."""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.simulate.draws import pick
from erm_bridge.simulate.people import Columns, ages
from erm_bridge.simulate.strata import Stratum

SCHEMES = "ABCDE"
YES, NO, UNCLEAR = 1, 2, 3
HOST, HOMETOWN, ELSEWHERE, NOT_SAID = 1, 2, 3, 0

# Log odds of host-city insurance outside the cohort, where nobody counts: younger, older.
_LEVEL = (-1.75, -2.45)
# Shares of the schemes A-E by rural hukou and location.
_SCHEMES: dict[tuple[bool, bool], tuple[float, ...]] = {
    (True, False): (80.0, 17.0, 2.0, 1.0, 0.0),
    (True, True): (31.0, 30.0, 10.0, 28.0, 1.0),
    (False, False): (2.0, 15.0, 36.0, 43.0, 4.0),
    (False, True): (1.0, 9.0, 15.0, 71.0, 4.0),
}
_YOUNG_RURAL_HOST = (12.0, 8.0, 5.0, 74.0, 1.0)
_SECOND_SCHEME = 0.02
_UNCLEAR = 0.004


def choose_host(rng: np.random.Generator, log_odds: FloatArray, n_host: int) -> BoolArray:
    """Insure exactly `n_host` persons in the host city: those with the largest log odds plus logistic noise.

    That is a logit model whose intercept is the one that gives this number.
    """
    leaning = log_odds + rng.logistic(size=len(log_odds))
    host = np.zeros(len(leaning), dtype=np.bool_)
    host[np.argsort(-leaning, kind="stable")[:n_host]] = True
    return host


def locations(
    rng: np.random.Generator, stratum: IntArray, log_odds: FloatArray
) -> tuple[BoolArray, IntArray]:
    """Draw outside the cohort who is insured and where."""
    n = len(stratum)
    insured = rng.random(n) < np.where(stratum == Stratum.YOUNGER, 0.918, 0.925)
    insured[np.isin(stratum, (Stratum.ANSWER_MISSING, Stratum.LOCATION_UNKNOWN))] = True
    insured[stratum == Stratum.UNINSURED] = False
    level = np.where(stratum == Stratum.YOUNGER, *_LEVEL)
    place = np.where(rng.logistic(size=n) < level + log_odds, HOST, HOMETOWN)
    unknown = np.where(rng.random(n) < 0.5, ELSEWHERE, NOT_SAID)
    elsewhere = (rng.random(n) < 0.03) & np.isin(
        stratum, (Stratum.YOUNGER, Stratum.CONVERTED, Stratum.NOT_RURAL)
    )
    place = np.where((stratum == Stratum.LOCATION_UNKNOWN) | elsewhere, unknown, place)
    return insured, np.where(insured, place, NOT_SAID)


def insurance_columns(
    rng: np.random.Generator, known: Columns, insured: BoolArray, place: IntArray
) -> Columns:
    """Draw schemes; `Q504<scheme>1` says whether, `Q504<scheme>2` where (0: skipped or not said).

    A few hold two schemes: those insured in the host city a second one at home, the others a second one
    at home or elsewhere. The location of the first scheme decides the group.
    """
    n = len(place)
    scheme = _first_scheme(rng, known, place == HOST)
    holds = np.full((n, 5), NO, dtype=np.int64)
    where = np.zeros((n, 5), dtype=np.int64)
    holds[rng.random((n, 5)) < _UNCLEAR] = UNCLEAR
    rows = np.flatnonzero(insured)
    holds[rows, scheme[rows]] = YES
    where[rows, scheme[rows]] = place[rows]
    second = (scheme + rng.integers(1, 5, n)) % 5
    second_place = np.where((place == HOST) | (rng.random(n) < 0.7), HOMETOWN, ELSEWHERE)
    rows = np.flatnonzero((rng.random(n) < _SECOND_SCHEME) & np.isin(place, (HOST, HOMETOWN)))
    holds[rows, second[rows]] = YES
    where[rows, second[rows]] = second_place[rows]
    columns = {f"Q504{letter}1": holds[:, i] for i, letter in enumerate(SCHEMES)}
    return columns | {f"Q504{letter}2": where[:, i] for i, letter in enumerate(SCHEMES)}


def _first_scheme(rng: np.random.Generator, known: Columns, host: BoolArray) -> IntArray:
    rural = known["q101f1"] == 1
    found = np.empty(len(host), dtype=np.int64)
    for (is_rural, is_host), shares in _SCHEMES.items():
        rows = (rural == is_rural) & (host == is_host)
        found[rows] = pick(rng, np.array(shares), int(rows.sum()))
    rows = rural & host & (ages(known) < 60)
    found[rows] = pick(rng, np.array(_YOUNG_RURAL_HOST), int(rows.sum()))
    return found
