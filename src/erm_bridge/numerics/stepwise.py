"""Stepwise selection of variables by the p value of their partial F test.

SPSS's method STEPWISE with whole variables: all dummies of a category enter and leave together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.scaling import COLLINEAR, scale_columns

# p values below this count as equal: they are near the smallest number, where digits are lost.
LEAST_P = 1e-300
# Numbers closer than this share of themselves are tied: rounding must not decide who enters.
TIED = 1e-9


@dataclass(frozen=True, slots=True)
class Step:
    """One variable enters or leaves: its position, and the p value of its partial F test."""

    variable: int
    enters: bool
    p_value: float


@dataclass(frozen=True, slots=True)
class Selection:
    """The path of a selection and the positions of the variables in the final model, in order."""

    steps: tuple[Step, ...]
    variables: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Test:
    variable: int
    f: float
    p_value: float


def select_by_p(
    blocks: Sequence[FloatArray],
    outcome: FloatArray,
    names: Sequence[str],
    keep: int = 0,
    enter: float = 0.05,
    remove: float = 0.10,
) -> Selection:
    """Let variables enter and leave a linear model until none may.

    Each step takes in, of the variables outside, the one with the smallest p value, if that is at most
    `enter`; then, as long as a variable inside has a p value of at least `remove`, the one with the
    largest leaves. p is that of the partial F test of all columns of a variable, given the model without
    it. Of p values that are equal or too small to be told apart, that with the larger F goes first (the
    smaller F, where one leaves), then the variable that is named first.

    Parameters
    ----------
    blocks : sequence of arrays, n x q_j
        The columns of each variable: one for a number, the dummies of a category; all of them together
        are of full rank with an intercept, and n exceeds their number by 2 or more.
    outcome : array, length n
        Not constant.
    names : sequence of text
        Names of the variables, for messages.
    keep : int
        The first so many variables are in the model from the start and never leave.
    enter, remove : float
        `enter` < `remove`.

    Returns
    -------
    Selection

    Raises
    ------
    InputError
        A column is constant or collinear, a model explains the outcome entirely, or the selection comes
        back to a model that it has left.

    Notes
    -----
    R has no equal; one step is `add1(fit, scope, test = "F")` or `drop1(fit, test = "F")`. The tests are
    computed from the triangle of one QR decomposition of all columns and the outcome, which holds their
    cross products without having squared them. Source: IBM SPSS Statistics Algorithms, REGRESSION,
    "Stepwise"; SPSS's test of tolerance has no part here.
    """
    tests = _PartialTests(blocks, outcome, names)
    inside: list[int] = list(range(keep))
    steps: list[Step] = []
    seen: set[frozenset[int]] = set()
    while frozenset(inside) not in seen:
        seen.add(frozenset(inside))
        best = _first([tests(inside, j) for j in range(len(blocks)) if j not in inside])
        if best is None or best.p_value > enter:
            return Selection(tuple(steps), tuple(sorted(inside)))
        inside.append(best.variable)
        steps.append(Step(best.variable, True, best.p_value))
        while (worst := _last([tests(inside, j) for j in inside if j >= keep])) and worst.p_value >= remove:
            inside.remove(worst.variable)
            steps.append(Step(worst.variable, False, worst.p_value))
    raise InputError(
        f"the selection goes round in circles: after {len(steps)} steps it is back at the model of "
        f"{', '.join(names[j] for j in sorted(inside)) or 'no variables'}; set enter and remove farther apart"
    )


class _PartialTests:
    """Partial F tests of one variable given others."""

    def __init__(self, blocks: Sequence[FloatArray], outcome: FloatArray, names: Sequence[str]) -> None:
        columns = np.column_stack(blocks)
        ends = np.cumsum([block.shape[1] for block in blocks])
        self._at = [np.arange(end - block.shape[1], end) for end, block in zip(ends, blocks, strict=True)]
        owners = [name for name, at in zip(names, self._at, strict=True) for _ in at]
        centred = outcome - outcome.mean()
        scaled = np.column_stack([scale_columns(columns, owners).values, centred])
        self._triangle = np.linalg.qr(scaled).R
        self._n, self._names = len(outcome), names
        self._total = float(centred @ centred)

    def __call__(self, inside: Sequence[int], variable: int) -> _Test:
        """Test a variable given those inside, itself left out."""
        from scipy.special import fdtrc

        others = [j for j in inside if j != variable]
        before = sum(len(self._at[j]) for j in others)
        added = len(self._at[variable])
        order = np.concatenate([*(self._at[j] for j in (*others, variable)), [-1]])
        # The outcome in coordinates of the columns one after the other: what each adds, and what is left.
        squares = np.linalg.qr(self._triangle[:, order]).R[:, -1] ** 2
        gained, left = squares[before : before + added].sum(), squares[before + added :].sum()
        if left < COLLINEAR * self._total:
            listed = ", ".join(self._names[j] for j in (*others, variable))
            raise InputError(
                f"the outcome is a linear combination of {listed}: nothing is left to test; remove what "
                "determines it"
            )
        df = self._n - 1 - before - added
        f = float((gained / added) / (left / df))
        return _Test(variable, f, float(fdtrc(added, df, f)))


def _first(tests: Sequence[_Test]) -> _Test | None:
    """Pick the smallest p; of tied ones the largest F, then the variable that is named first."""
    if not tests:
        return None
    smallest = max(min(test.p_value for test in tests), LEAST_P)
    tied = [test for test in tests if test.p_value <= smallest * (1 + TIED)]
    largest = max(test.f for test in tied)
    return min((t for t in tied if t.f >= largest * (1 - TIED)), key=lambda t: t.variable)


def _last(tests: Sequence[_Test]) -> _Test | None:
    """Pick the largest p; of tied ones the smallest F, then the variable that is named first."""
    if not tests:
        return None
    largest = max(test.p_value for test in tests)
    tied = [test for test in tests if test.p_value >= largest * (1 - TIED)]
    smallest = min(test.f for test in tied)
    return min((t for t in tied if t.f <= smallest * (1 + TIED)), key=lambda t: t.variable)
