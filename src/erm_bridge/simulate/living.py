"""Household, housing, plans to stay, and health."""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.simulate.draws import happens, pick
from erm_bridge.simulate.people import YEAR, Columns, ages

OWN_HOME = (4, 5, 6, 9)
# Codes of Q308 in the order of the shares below: first the kinds of own home, then the others.
_OWN_CODES = np.array([4, 5, 6, 9])
_OTHER_CODES = np.array([1, 21, 22, 3, 7, 8, 10])

# Log odds by age: doctor-diagnosed hypertension or diabetes; not feeling healthy.
_ILL_AGES = ((20, 30, 40, 50, 60, 70, 80), (-5.2, -4.25, -3.0, -1.85, -1.2, -0.75, -0.6))
_HEALTH_AGES = ((20, 40, 60, 80), (-2.3, -1.5, -0.05, 0.75))
# Log odds of having had health education on topic Q404A to Q404I.
_TOPICS = dict(zip("ABCDEFGHI", (-0.9, -0.5, -0.7, -1.3, -1.1, -0.9, -0.8, -1.2, -1.4), strict=True))


def household(rng: np.random.Generator, known: Columns) -> Columns:
    """Draw money and housing; amounts are yuan per month, rounded as people round them."""
    n = len(known["Q100"])
    older = ages(known) >= 60
    education, size = known["q101e1"], known["Q100"]
    log_income = (
        np.where(older, 8.15, 8.35)
        + 0.11 * (education - 2)
        + 0.16 * (np.minimum(size, 5) - 2)
        + 0.13 * (known["q101l1"] == 1)
        + 0.55 * rng.standard_normal(n)
    )
    income = _round_off(np.exp(log_income))
    income[rng.random(n) < 0.0005] = 0
    spending = np.exp(0.7 * np.log(np.maximum(income, 800)) + 1.95 + 0.3 * rng.standard_normal(n))
    kind = _housing(rng, known, income, older)
    rent = np.where(np.isin(kind, (21, 22, 3, 4, 5, 6)), 0.16, 0.03) * spending
    free_lodging = np.isin(kind, (1, 7, 8))
    return {
        "Q102A": _round_off(np.where(rng.random(n) < 0.18, rng.exponential(420.0, n), 0.0)),
        "Q102B": _round_off(np.where(free_lodging, rng.exponential(450.0, n), 0.0)),
        "Q103": _round_off(rent * np.exp(0.5 * rng.standard_normal(n))),
        "Q104": _round_off(spending),
        "Q105": income,
        "Q308": kind,
    }


def stay(rng: np.random.Generator, known: Columns) -> Columns:
    """Draw contacts, first destination year, number of cities, and plans; 0 where a question is skipped."""
    n = len(known["Q100"])
    settled = np.isin(known["Q308"], OWN_HOME)
    long = YEAR - known["q101m1y"] >= 5
    leaving = np.exp(-0.9 * settled - 0.35 * long)
    shares = np.column_stack([np.full(n, 79.5), 3.1 * leaving, 18.5 * leaving])
    plan = 1 + pick(rng, shares)
    length = 1 + pick(rng, np.array([7.69, 13.76, 5.33, 8.92, 38.83, 25.47]), n)
    leave_to = 1 + pick(rng, np.array([69.7, 15.1, 15.2]), n)
    when = 1 + pick(rng, np.array([40.0, 12.0, 10.0, 6.0, 4.0, 28.0]), n)
    hukou = 1 + pick(rng, np.array([39.0, 35.0, 26.0]), n)
    return {
        "Q305": 1 + pick(rng, np.array([22.0, 20.0, 6.0, 29.0, 8.0, 15.0]), n),
        "Q307": np.minimum(1 + rng.poisson(0.75, n), 20),
        "Q313": hukou,
        "Q314": plan,
        "Q315": np.where(plan == 1, length, 0),
        "Q317": np.where(plan == 2, leave_to, 0),
        "Q318": np.where((plan == 2) & (leave_to == 1), when, 0),
    }


def health(rng: np.random.Generator, known: Columns) -> Columns:
    """Draw self-rated health and diagnosed disease."""
    age = ages(known).astype(np.float64)
    schooling = known["q101e1"] - 3
    ill = happens(rng, np.interp(age, *_ILL_AGES))
    feels = np.interp(age, *_HEALTH_AGES) - 0.12 * schooling + 1.1 * ill + rng.logistic(size=len(age))
    rating = 1 + (feels > 0) + (feels > 2.15) + (feels > 4.6)
    kind = np.where(ill, 1 + pick(rng, np.array([76.0, 15.0, 9.0]), len(age)), 4)
    never_visited = ~ill & (rng.random(len(age)) < 0.12)
    return {"Q401": rating.astype(np.int64), "Q408": np.where(never_visited, 5, kind)}


def public_services(rng: np.random.Generator, known: Columns, host: BoolArray) -> Columns:
    """Draw use of public health services; insurance in the host city makes a health record likelier."""
    n = len(host)
    interest = 0.5 * rng.standard_normal(n) + 0.06 * (known["q101e1"] - 3)
    columns: Columns = {
        "Q403": _yes(rng, 0.47 + interest),
        # 0.385 is the logarithm of the published odds ratio 1.47.
        "Q406": _yes(rng, -1.02 + interest + 0.385 * host),
    }
    for letter, level in zip(
        "ABCDEFGHI", (-0.9, -0.5, -0.7, -1.3, -1.1, -0.9, -0.8, -1.2, -1.4), strict=True
    ):
        columns[f"Q404{letter}"] = _yes(rng, level + 1.6 * interest)
    return columns


def _housing(rng: np.random.Generator, known: Columns, income: IntArray, older: BoolArray) -> IntArray:
    n = len(income)
    log_odds = (
        -2.15
        + 0.35 * older
        + 0.14 * (known["q101e1"] - 2)
        + 0.30 * (known["q101l1"] - 1)
        + 0.06 * np.minimum(YEAR - known["q101m1y"], 20)
        + 0.35 * (income >= 8000)
    )
    own = happens(rng, log_odds)
    own_kind = _OWN_CODES[pick(rng, np.array([76.0, 9.0, 4.0, 11.0]), n)]
    other_kind = _OTHER_CODES[pick(rng, np.array([11.0, 62.0, 13.0, 3.0, 4.0, 4.0, 3.0]), n)]
    return np.where(own, own_kind, other_kind)


def _yes(rng: np.random.Generator, log_odds: FloatArray) -> IntArray:
    return np.where(happens(rng, log_odds), 1, 2)


def _round_off(amount: FloatArray) -> IntArray:
    """Round to 50 below 2,000, to 100 below 5,000, to 500 above."""
    step = np.where(amount < 2000, 50, np.where(amount < 5000, 100, 500))
    return (np.floor(amount / step + 0.5) * step).astype(np.int64)
