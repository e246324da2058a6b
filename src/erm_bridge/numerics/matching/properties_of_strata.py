"""Properties that every division into subclasses must have, whichever engine made it."""

from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.problem import Pairing, Problem

WEIGHT_TOLERANCE = 1e-10


def check_subclasses(problem: Problem, pairing: Pairing, engine: str) -> None:
    """Raise if subclasses break one of their promises.

    Checked: whoever has a weight is in a subclass and nobody else; every subclass holds both groups; in
    strata, the units of a subclass are of one stratum and those of a stratum with both groups are in one
    subclass (in pairs: as many as there can be); by scores, nobody of a group is in a lower subclass than
    someone of the same group with a lower score; in every subclass both groups weigh as much as the share
    of the units that the effect is meant for, each group's units alike.

    Parameters
    ----------
    problem : Problem
        With `strata`, or else with `scores`.
    pairing : Pairing
        With `subclass`; `matches` are pairs within strata.
    engine : str
        Name for the message, with the version where there is one.

    Raises
    ------
    EngineError
        Naming the engine, the broken promise and the first row that shows it.
    """
    report = _Report(engine)
    sets = _Sets.of(problem, pairing, report)
    if problem.strata is not None:
        _check_strata(problem.strata, problem.treated, pairing, sets, report)
    elif problem.scores is not None:
        _check_order(problem.scores, sets, report)
    _check_weights(problem, pairing, sets, report)


@dataclass(frozen=True, slots=True)
class _Sets:
    """The m units that are in sets.

    Attributes
    ----------
    rows : array of int, length m
    numbers : array of int, length m
        Set of each, from 0.
    treated : array of bool, length m
    counts : tuple of arrays
        Controls and treated of each set.
    """

    rows: IntArray
    numbers: IntArray
    treated: BoolArray
    counts: tuple[IntArray, IntArray]

    @classmethod
    def of(cls, problem: Problem, pairing: Pairing, report: "_Report") -> "_Sets":
        subclass = np.full(len(problem.treated), -1) if pairing.subclass is None else pairing.subclass
        stray = (subclass >= 0) != (pairing.weights > 0)
        report.refuse(stray, "has a weight and no set, or no weight in a set")
        rows = np.flatnonzero(subclass >= 0)
        found, numbers = np.unique(subclass[rows], return_inverse=True)
        treated = problem.treated[rows]
        counts = tuple(np.bincount(numbers[group], minlength=len(found)) for group in (~treated, treated))
        for count in counts:
            report.refuse_of(rows, count[numbers] == 0, "is in a set without the other group")
        return cls(rows, numbers, treated, (counts[0], counts[1]))


def _check_strata(
    strata: IntArray, treated: BoolArray, pairing: Pairing, sets: _Sets, report: "_Report"
) -> None:
    """Hold sets against strata: all of a stratum in one set or, in pairs, as many pairs as there can be."""
    size = int(strata.max()) + 1
    t, c = (np.bincount(strata[group], minlength=size) for group in (treated, ~treated))
    own = strata[sets.rows]
    of_set = np.zeros(len(sets.counts[0]), dtype=np.int64)
    of_set[sets.numbers] = own
    report.refuse_of(sets.rows, of_set[sets.numbers] != own, "is in a set with units of another stratum")
    if pairing.matches is None:
        of_stratum = np.full(size, -1, dtype=np.int64)
        of_stratum[own] = sets.numbers
        report.refuse_of(sets.rows, of_stratum[own] != sets.numbers, "is parted from units of its stratum")
        count = np.bincount(own, minlength=size)
        report.refuse(
            ((t > 0) & (c > 0) & (count < t + c))[strata], "is of a stratum that is not all in a set"
        )
        return
    alone = (sets.counts[0] != 1) | (sets.counts[1] != 1)
    report.refuse_of(sets.rows, alone[sets.numbers], "is in a pair of more or fewer than two")
    pairs = np.bincount(own[sets.treated], minlength=size)
    report.refuse((pairs < np.minimum(t, c))[strata], "is of a stratum in which more pairs could be made")


def _check_order(scores: FloatArray, sets: _Sets, report: "_Report") -> None:
    """Hold sets against scores: within a group higher scores are in no lower set."""
    for group in (sets.treated, ~sets.treated):
        order = np.lexsort((sets.numbers[group], scores[sets.rows[group]]))
        rows, numbers = sets.rows[group][order], sets.numbers[group][order]
        falls = (np.diff(numbers) < 0) & (np.diff(scores[rows]) > 0)
        report.refuse_of(rows[1:], falls, "is in a lower set than a unit with a lower score")


def _check_weights(problem: Problem, pairing: Pairing, sets: _Sets, report: "_Report") -> None:
    """In each set both groups weigh like the units that the effect is meant for, each group's units alike."""
    controls, treated = sets.counts
    focal = {"ATT": treated, "ATC": controls, "ATE": controls + treated}[problem.estimand]
    for group, count in ((sets.treated, treated), (~sets.treated, controls)):
        together = focal / focal.sum() * count.sum()
        expected = (together / count)[sets.numbers[group]]
        wrong = ~(
            np.abs(pairing.weights[sets.rows[group]] - expected) <= WEIGHT_TOLERANCE * np.maximum(expected, 1)
        )
        report.refuse_of(sets.rows[group], wrong, "has a weight that does not follow from its set")


class _Report:
    """Turns the first true cell of a check into an error."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def refuse(self, broken: BoolArray, what: str) -> None:
        self.refuse_of(np.arange(len(broken)), broken, what)

    def refuse_of(self, rows: IntArray, broken: BoolArray, what: str) -> None:
        if broken.any():
            self._fail(int(rows[np.argmax(broken)]), what)

    def _fail(self, row: int, what: str) -> NoReturn:
        raise EngineError(f"{self._engine}: matching went wrong: row {row + 1} {what}")
