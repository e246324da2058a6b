"""Minimise smooth functions within bounds by Newton steps, many at a time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray

MOST_HALVINGS = 40
# A variable this near to a bound counts as at it: otherwise a step is cut to nothing by a bound next to it.
NEAR = 1e-3
# Share of the largest curvature that the smallest is raised to: flat directions get finite steps.
LEAST_CURVATURE = 1e-10


@dataclass(frozen=True, slots=True)
class Points:
    """Values (b), gradients (b x p), symmetric Hessians (b x p x p), exact or nearly so, of b functions."""

    value: FloatArray
    gradient: FloatArray
    hessian: FloatArray

    def take(self, rows: IntArray) -> "Points":
        """Return the points of some functions."""
        return Points(self.value[rows], self.gradient[rows], self.hessian[rows])

    def put(self, rows: IntArray, points: "Points") -> None:
        """Replace the points of some functions, in place."""
        self.value[rows], self.gradient[rows], self.hessian[rows] = (
            points.value,
            points.gradient,
            points.hessian,
        )


Function = Callable[[FloatArray, IntArray], Points]


@dataclass(frozen=True, slots=True)
class Minima:
    """Where the iterations ended.

    Attributes
    ----------
    x : array, b x p
    value : array, b
    projected_gradient : array, b
        Largest absolute element of x - clip(x - gradient): zero exactly at a stationary point.
    iterations : array of int, b
    """

    x: FloatArray
    value: FloatArray
    projected_gradient: FloatArray
    iterations: IntArray


@dataclass(slots=True)
class _State:
    x: FloatArray
    at: Points
    reached: FloatArray

    def take(self, rows: IntArray) -> "_State":
        return _State(self.x[rows], self.at.take(rows), self.reached[rows])

    def put(self, rows: IntArray, other: "_State") -> None:
        self.x[rows], self.reached[rows] = other.x, other.reached
        self.at.put(rows, other.at)


def minimise(
    function: Function,
    start: FloatArray,
    bounds: tuple[float, float],
    tolerance: float = 1e-12,
    iterations: int = 500,
) -> Minima:
    """Find a local minimum of each of b functions of p variables that share a lower and an upper bound.

    Variables at or next to a bound that the gradient pushes against are moved along the gradient only;
    the others take a Newton step whose negative or vanishing curvatures are turned positive. The step is
    shortened along its projection onto the bounds until the function has decreased enough (Armijo's rule).
    The functions do not know of each other: each ends where it would end alone.

    Parameters
    ----------
    function : callable
        Of x (c x p, within the bounds) and the positions (c) of the functions that are asked for; returns
        their `Points`.
    start : array, b x p
        Clipped to the bounds.
    bounds : lower and upper bound
    tolerance : float
        Projected gradient that ends an iteration.
    iterations : int
        Most steps taken. The caller judges the projected gradients that were reached.

    References
    ----------
    Bertsekas, D. P. (1982). Projected Newton methods for optimization problems with simple constraints.
    SIAM Journal on Control and Optimization 20(2), 221-246.
    """
    x = np.clip(start, *bounds)
    at = function(x, np.arange(len(x)))
    state = _State(x, at, _projected_gradient(x, at, bounds))
    taken = np.zeros(len(x), dtype=np.int64)
    going = np.flatnonzero(state.reached > tolerance)
    for _ in range(iterations):
        if not going.size:
            break
        before = state.take(going)
        after, moved = _search(function, going, before, _steps(before, bounds), bounds)
        going = going[moved]
        state.put(going, after.take(np.flatnonzero(moved)))
        taken[going] += 1
        going = going[state.reached[going] > tolerance]
    return Minima(state.x, state.at.value, state.reached, taken)


def _projected_gradient(x: FloatArray, at: Points, bounds: tuple[float, float]) -> FloatArray:
    largest: FloatArray = np.abs(x - np.clip(x - at.gradient, *bounds)).max(axis=1)
    return largest


def _steps(state: _State, bounds: tuple[float, float]) -> FloatArray:
    """Newton's directions for free variables, the negative gradient for those held at a bound."""
    lower, upper = bounds
    gradient = state.at.gradient
    near = np.minimum(state.reached, NEAR)[:, None]
    held = (state.x <= lower + near) & (gradient > 0)
    held |= (state.x >= upper - near) & (gradient < 0)
    hessian = state.at.hessian
    if held.any():
        hessian = _without(hessian, held)
    curvatures, directions = np.linalg.eigh(hessian)
    curvatures = np.abs(curvatures)
    largest = curvatures.max(axis=1, keepdims=True)
    curvatures = np.maximum(curvatures, LEAST_CURVATURE * largest)
    along = np.matmul(np.where(held, 0.0, gradient)[:, None, :], directions)[:, 0]
    newton = -np.matmul(directions, (along / np.where(largest > 0, curvatures, 1.0))[:, :, None])[:, :, 0]
    return np.where(held | (largest == 0), -gradient, newton)


def _without(hessian: FloatArray, held: BoolArray) -> FloatArray:
    """Put the held variables apart: no curvature together with others, and the largest of their own."""
    largest = np.abs(hessian).sum(axis=2).max(axis=1)
    free = np.where(held[:, :, None] | held[:, None, :], 0.0, hessian)
    i = np.arange(held.shape[1])
    free[:, i, i] += np.where(held, largest[:, None], 0.0)
    return free


def _search(
    function: Function, which: IntArray, before: _State, step: FloatArray, bounds: tuple[float, float]
) -> tuple[_State, BoolArray]:
    """Halve steps until the functions decrease; return where they led and which functions did decrease.

    Next to the minimum the decrease drowns in rounding: there a smaller projected gradient decides.
    """
    rounding = 100 * np.finfo(float).eps * (1 + np.abs(before.at.value))
    after, moved = before.take(np.arange(len(which))), np.zeros(len(which), dtype=bool)
    pending, length = np.arange(len(which)), 1.0
    for _ in range(MOST_HALVINGS):
        start = before.x[pending]
        x = np.clip(start + length * step[pending], *bounds)
        there = function(x, which[pending])
        new = _State(x, there, _projected_gradient(x, there, bounds))
        promised = (before.at.gradient[pending] * (start - x)).sum(axis=1)
        value, slack = before.at.value[pending], rounding[pending]
        lower = (promised > 0) & (there.value <= value - 1e-4 * promised)
        flat = (promised < 10 * slack) & (there.value <= value + slack)
        good = lower | (flat & (new.reached < before.reached[pending]))
        taken = np.flatnonzero(good)
        after.put(pending[taken], new.take(taken))
        moved[pending[taken]] = True
        pending, length = pending[~good], length / 2
        if not pending.size:
            break
    return after, moved
