"""The confounders: what makes both insurance in the host city and integration more or less likely.

Each confounder is a category with few levels, so that propensity scores tie in blocks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.simulate.living import OWN_HOME
from erm_bridge.simulate.people import YEAR, Columns, ages, married


@dataclass(frozen=True)
class Confounder:
    """A category made from survey columns, and what its levels do.

    Attributes
    ----------
    name : str
    expression : str
        How a study file derives the level from survey columns.
    columns : tuple of str
        Those survey columns.
    levels : tuple of str
        Meaning of the levels; the first has no effect on anything.
    level : callable
        Position of the level of each person.
    insurance : tuple of float
        Log odds of host-city insurance, one for each level but the first.
    integration : tuple of tuples of float
        What each level but the first adds to participation, belonging, closeness and ties, in
        standard deviations of the dimension and before the common factor `confounding`.
    """

    name: str
    expression: str
    columns: tuple[str, ...]
    levels: tuple[str, ...]
    level: Callable[[Columns], IntArray]
    insurance: tuple[float, ...]
    integration: tuple[tuple[float, float, float, float], ...]


def _steps(values: IntArray, *limits: int) -> IntArray:
    return np.digitize(values, limits).astype(np.int64)


CONFOUNDERS = (
    Confounder(
        "age_group",
        "(2017 - q101c1y >= 65) + (2017 - q101c1y >= 70)",
        ("q101c1y",),
        ("60-64", "65-69", "70 and over"),
        lambda known: _steps(ages(known), 65, 70),
        (-0.10, -0.30),
        ((-0.05, 0.0, 0.0, -0.10), (-0.20, 0.05, 0.0, -0.25)),
    ),
    Confounder(
        "female",
        "q101b1 == 2",
        ("q101b1",),
        ("man", "woman"),
        lambda known: known["q101b1"] - 1,
        (-0.10,),
        ((-0.15, 0.0, 0.0, -0.15),),
    ),
    Confounder(
        "education",
        "(q101e1 >= 2) + (q101e1 >= 3)",
        ("q101e1",),
        ("none", "primary", "junior high or more"),
        lambda known: _steps(known["q101e1"], 2, 3),
        (0.15, 0.45),
        ((0.15, 0.05, 0.10, 0.15), (0.50, 0.10, 0.20, 0.45)),
    ),
    Confounder(
        "married",
        "q101h1 in [2, 3]",
        ("q101h1",),
        ("not married", "married"),
        lambda known: married(known).astype(np.int64),
        (0.15,),
        ((0.05, 0.05, 0.0, 0.05),),
    ),
    Confounder(
        "migration_range",
        "q101l1",
        ("q101l1",),
        ("between provinces", "between prefectures", "between counties"),
        lambda known: known["q101l1"] - 1,
        (-0.10, -0.35),
        ((0.10, 0.15, 0.20, 0.05), (0.20, 0.30, 0.40, 0.05)),
    ),
    Confounder(
        "stay_group",
        "(2017 - q101m1y >= 5) + (2017 - q101m1y >= 10)",
        ("q101m1y",),
        ("0-4 years", "5-9 years", "10 years and more"),
        lambda known: _steps(YEAR - known["q101m1y"], 5, 10),
        (0.25, 0.60),
        ((0.05, 0.15, 0.10, 0.05), (0.15, 0.35, 0.20, 0.10)),
    ),
    Confounder(
        "income_group",
        "(Q105 >= 4000) + (Q105 >= 8000)",
        ("Q105",),
        ("below 4,000", "4,000-7,999", "8,000 and more"),
        lambda known: _steps(known["Q105"], 4000, 8000),
        (0.25, 0.50),
        ((0.05, 0.05, 0.05, 0.05), (0.15, 0.10, 0.10, 0.10)),
    ),
    Confounder(
        "own_home",
        "Q308 in [4, 5, 6, 9]",
        ("Q308",),
        ("no", "yes"),
        lambda known: np.isin(known["Q308"], OWN_HOME).astype(np.int64),
        (0.40,),
        ((0.10, 0.35, 0.20, 0.05),),
    ),
    Confounder(
        "unhealthy",
        "Q401 >= 3",
        ("Q401",),
        ("healthy or basically healthy", "unhealthy"),
        lambda known: _steps(known["Q401"], 3),
        (-0.25,),
        ((-0.30, -0.10, -0.05, -0.25),),
    ),
)


def levels(known: Columns) -> IntArray:
    """Return the level of each confounder (n x number of confounders)."""
    return np.column_stack([confounder.level(known) for confounder in CONFOUNDERS])


def insurance_log_odds(level: IntArray) -> FloatArray:
    """Return what the levels add to the log odds of host-city insurance (n)."""
    total = np.zeros(len(level))
    for position, confounder in enumerate(CONFOUNDERS):
        total += np.array([0.0, *confounder.insurance])[level[:, position]]
    return total


def integration(level: IntArray) -> FloatArray:
    """Return what the levels add to the four dimensions of integration (n x 4)."""
    total = np.zeros((len(level), 4))
    for position, confounder in enumerate(CONFOUNDERS):
        total += np.array([(0.0, 0.0, 0.0, 0.0), *confounder.integration])[level[:, position]]
    return total
