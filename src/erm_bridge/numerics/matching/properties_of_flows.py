"""Properties that every optimal, full, generalised full or cardinality match must have."""

from collections.abc import Callable
from typing import NoReturn

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import BoolArray, IntArray
from erm_bridge.numerics.matching.allowed import AllowedDistances
from erm_bridge.numerics.matching.cardinality import keeps_focal
from erm_bridge.numerics.matching.problem import Pairing, Problem
from erm_bridge.numerics.matching.subclass_weights import subclass_weights
from erm_bridge.numerics.matching.weights import matching_weights

_Refuse = Callable[[BoolArray, str], None]

WEIGHT_TOLERANCE = 1e-10
# How closely a solver keeps a mean within its tolerance.
MEAN_TOLERANCE = 1e-6


def check_sets(problem: Problem, pairing: Pairing, engine: str, *, stars: bool) -> None:
    """Raise if sets break one of their promises.

    Checked: whoever has a weight is in a set, nobody else, and nobody who is discarded; every set holds both
    groups and is of one stratum; no allowed distance is exceeded, recomputed; weights follow from the sets.
    Of stars (optimal and full matching) also: one group has a single unit in each set.

    Raises
    ------
    EngineError
        Naming the engine, the broken promise and the first row that shows it.
    """
    assert pairing.subclass is not None
    sets = pairing.subclass
    refuse = _Report(engine).refuse
    refuse((sets > 0) != (pairing.weights > 0), "has a weight and no set, or no weight in a set")
    if problem.usable is not None:
        refuse((sets > 0) & ~problem.usable, "is matched although it is discarded")
    size = int(sets.max(initial=0)) + 1
    counts = [
        np.bincount(sets[(sets > 0) & group], minlength=size) for group in (problem.focal, ~problem.focal)
    ]
    smaller = np.minimum(*counts)
    refuse((sets > 0) & (smaller[sets] == 0), "is in a set without the other group")
    if stars:
        refuse((sets > 0) & (smaller[sets] > 1), "is in a set with several units of both groups")
    _check_pairs(problem, sets, refuse)
    if pairing.matches is None:
        expected = subclass_weights(sets, problem.treated, problem.estimand)
    else:
        expected = matching_weights(pairing.matches, problem.focal)
    wrong = ~(np.abs(pairing.weights - expected) <= WEIGHT_TOLERANCE * np.maximum(expected, 1))
    refuse(wrong, "has a weight that does not follow from its set")


def _check_pairs(problem: Problem, sets: IntArray, refuse: _Refuse) -> None:
    """Recompute the distances within sets, and hold their units against strata."""
    everyone = np.arange(len(sets))
    if problem.strata is None and AllowedDistances(problem, everyone, everyone).line is not None:
        return
    order = np.argsort(sets, kind="stable")
    order = order[sets[order] > 0]
    parts = np.split(order, np.flatnonzero(np.diff(sets[order])) + 1)
    broken = np.zeros(len(sets), dtype=bool)
    for members in parts if len(order) else []:
        focal = problem.focal[members]
        allowed = AllowedDistances(problem, members[focal], members[~focal])
        if problem.strata is not None and len(np.unique(problem.strata[members])) > 1:
            broken[members] = True
        elif allowed.line is None:
            broken[members] = not np.isfinite(allowed.block(slice(len(members)))).all()
    refuse(broken, "is in a set with a unit that it must not be matched with")


def check_choice(problem: Problem, pairing: Pairing, engine: str) -> None:
    """Raise if a cardinality match breaks one of its promises: means, sizes, nobody who is discarded.

    A group that all are to stand for (the focal one of a profile, for ATE everyone) is kept or held against
    as a whole.
    """
    assert problem.balance is not None
    balance, kept = problem.balance, pairing.weights > 0
    refuse = _Report(engine).refuse
    if problem.usable is not None:
        refuse(kept & ~problem.usable, "is kept although it is discarded")
    strata = np.zeros(len(kept), dtype=np.int64) if problem.strata is None else problem.strata
    for code in np.unique(strata[kept]):
        inside = kept & (strata == code)
        groups = [inside & problem.focal, inside & ~problem.focal]
        numbers = [int(group.sum()) for group in groups]
        refuse(inside & (0 in numbers), "is kept without the other group")
        uneven = not balance.free_ratio and numbers[1] != problem.ratio * numbers[0]
        refuse(inside & uneven, "is kept in groups that are not in the ratio asked for")
        means = [balance.columns[group].mean(axis=0) for group in groups]
        allowed = balance.tolerances
        if problem.estimand == "ATE":
            everyone = balance.columns[strata == code].mean(axis=0)
            apart = np.maximum(*(np.abs(mean - everyone) for mean in means))
            allowed = allowed / 2
        else:
            apart = np.abs(means[0] - means[1])
            left_out = keeps_focal(problem, balance) & (strata == code) & problem.focal & ~kept
            refuse(left_out, "is left out although its whole group is to be kept")
        wide = bool((apart > allowed + MEAN_TOLERANCE).any())
        refuse(inside & wide, "is kept in groups whose means are farther apart than the tolerance")


class _Report:
    """Turns the first true cell of a check into an error."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def refuse(self, broken: BoolArray, what: str) -> None:
        if broken.any():
            self._fail(int(np.argmax(broken)), what)

    def _fail(self, row: int, what: str) -> NoReturn:
        raise EngineError(f"{self._engine}: matching went wrong: row {row + 1} {what}")
