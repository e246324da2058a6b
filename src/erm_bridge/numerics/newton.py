"""Minimise a smooth function within bounds by Newton steps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray

MOST_HALVINGS = 40
# A variable this near to a bound counts as at it: otherwise a step is cut to nothing by a bound next to it.
NEAR = 1e-3
# Share of the largest curvature that the smallest is raised to: flat directions get finite steps.
LEAST_CURVATURE = 1e-10


@dataclass(frozen=True, slots=True)
class Point:
    """Value, gradient (p) and symmetric Hessian (p x p), exact or nearly so, at one point."""

    value: float
    gradient: FloatArray
    hessian: FloatArray


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where the iteration ended.

    Attributes
    ----------
    x : array, p
    value : float
    projected_gradient : float
        Largest absolute element of x - clip(x - gradient): zero exactly at a stationary point.
    iterations : int
    """

    x: FloatArray
    value: float
    projected_gradient: float
    iterations: int


def minimise(
    function: Callable[[FloatArray], Point],
    start: FloatArray,
    bounds: tuple[float, float],
    tolerance: float = 1e-12,
    iterations: int = 500,
) -> Minimum:
    """Find a local minimum of a function of p variables that share a lower and an upper bound.

    Variables at or next to a bound that the gradient pushes against are moved along the gradient only;
    the others take a Newton step whose negative or vanishing curvatures are turned positive. The step is
    shortened along its projection onto the bounds until the function has decreased enough (Armijo's rule).

    Parameters
    ----------
    function : callable
        Returns the `Point` at an x within the bounds.
    start : array, p
        Clipped to the bounds.
    bounds : lower and upper bound
    tolerance : float
        Projected gradient that ends the iteration.
    iterations : int
        Most steps taken. The caller judges the projected gradient that was reached.

    References
    ----------
    Bertsekas, D. P. (1982). Projected Newton methods for optimization problems with simple constraints.
    SIAM Journal on Control and Optimization 20(2), 221-246.
    """
    x = np.clip(start, *bounds)
    at = function(x)
    reached = _projected_gradient(x, at, bounds)
    for iteration in range(iterations):
        if reached <= tolerance:
            return Minimum(x, at.value, reached, iteration)
        moved = _search(function, x, at, _step(x, at, bounds, reached), bounds, reached)
        if moved is None:
            return Minimum(x, at.value, reached, iteration)
        x, at = moved
        reached = _projected_gradient(x, at, bounds)
    return Minimum(x, at.value, reached, iterations)


def _projected_gradient(x: FloatArray, at: Point, bounds: tuple[float, float]) -> float:
    return float(np.abs(x - np.clip(x - at.gradient, *bounds)).max())


def _step(x: FloatArray, at: Point, bounds: tuple[float, float], reached: float) -> FloatArray:
    """Newton's direction for free variables, the negative gradient for those held at a bound."""
    lower, upper = bounds
    near = min(reached, NEAR)
    held = ((x <= lower + near) & (at.gradient > 0)) | ((x >= upper - near) & (at.gradient < 0))
    free = ~held
    step = -at.gradient
    if free.any():
        curvatures, directions = np.linalg.eigh(at.hessian[np.ix_(free, free)])
        curvatures = np.abs(curvatures)
        curvatures = np.maximum(curvatures, LEAST_CURVATURE * curvatures.max())
        if curvatures.min() > 0:
            step[free] = -directions @ ((directions.T @ at.gradient[free]) / curvatures)
    return step


def _search(
    function: Callable[[FloatArray], Point],
    x: FloatArray,
    at: Point,
    step: FloatArray,
    bounds: tuple[float, float],
    reached: float,
) -> tuple[FloatArray, Point] | None:
    """Halve the step until the function decreases; None if it does not.

    Next to the minimum the decrease drowns in rounding: there a smaller projected gradient decides.
    """
    rounding = 100 * np.finfo(float).eps * (1 + abs(at.value))
    length = 1.0
    for _ in range(MOST_HALVINGS):
        new = np.clip(x + length * step, *bounds)
        there = function(new)
        promised = float(at.gradient @ (x - new))
        if promised > 0 and there.value <= at.value - 1e-4 * promised:
            return new, there
        flat = promised < 10 * rounding and there.value <= at.value + rounding
        if flat and _projected_gradient(new, there, bounds) < reached:
            return new, there
        length /= 2
    return None
