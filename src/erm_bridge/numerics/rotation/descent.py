"""Gradient projection and Newton steps: rotate a stack of loadings to a minimum of a criterion.

The first steps are those of gradient projection, so that a descent ends in the minimum in which
GPArotation's ends that starts from the same place; the last ones are Newton's, which reach it to rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.rotation.criteria import Criterion
from erm_bridge.numerics.rotation.geometry import Geometry
from erm_bridge.numerics.rotation.stacks import transposed

# Size of the projected gradient from which Newton steps are taken, and at which they end.
NEAR, TIGHT = 1e-2, 1e-13
PROJECTIONS, NEWTON_STEPS = 2000, 200
# Halvings of a step, and the share of the decrease promised by the slope that is asked of it.
HALVINGS, NEWTON_HALVINGS = 10, 40
DECREASE, NEWTON_DECREASE = 0.5, 1e-4
# Share of the largest curvature that the smallest is raised to: flat directions get finite steps.
LEAST_CURVATURE = 1e-10
# A stationary point that curves down by more than this share of its largest curvature is no minimum.
SADDLE = 1e-7
NUDGE = 0.05


@dataclass(frozen=True, slots=True)
class Point:
    """B places of a descent.

    Attributes
    ----------
    t, m : array, B x k x k
        The rotation as the geometry holds it, and what unrotated loadings are multiplied by.
    loadings, gradient : array, B x p x k
        Rotated loadings and derivatives of the criterion by them.
    value : array, B
    s, projected : array, B x k x k
        loadings' gradient; gradient by `t`, tangent to the family.
    size : array, B
        Length of `projected`: 0 at a stationary point.
    """

    t: FloatArray
    m: FloatArray
    loadings: FloatArray
    gradient: FloatArray
    value: FloatArray
    s: FloatArray
    projected: FloatArray
    size: FloatArray

    def take(self, which: IntArray | BoolArray) -> "Point":
        """Return a copy of some of the places."""
        return Point(*(getattr(self, name)[which] for name in self.__slots__))

    def put(self, which: IntArray | BoolArray, other: "Point") -> None:
        """Overwrite some of the places by all of another point, in order."""
        for name in self.__slots__:
            getattr(self, name)[which] = getattr(other, name)


@dataclass(frozen=True, slots=True)
class Task:
    """What is minimised over which family.

    Attributes
    ----------
    unrotated : array, B x p x k
    criterion : Criterion
    geometry : Geometry
    """

    unrotated: FloatArray
    criterion: Criterion
    geometry: Geometry

    def at(self, t: FloatArray) -> Point:
        """Evaluate everything at `t` (B x k x k)."""
        m = self.geometry.matrix(t)
        loadings = self.unrotated @ m
        value, gradient = self.criterion.value_and_gradient(loadings)
        s = transposed(loadings) @ gradient
        projected = self.geometry.projected(t, m, s)
        size = np.sqrt((projected * projected).sum(axis=(-2, -1)))
        return Point(t, m, loadings, gradient, value, s, projected, size)

    def take(self, which: IntArray | BoolArray) -> "Task":
        """Return the task for some of the loadings."""
        return Task(self.unrotated[which], self.criterion, self.geometry)


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps to try: what new `t` the lengths lead to, and which of the places there are accepted.

    Both functions get the places before, (places there), lengths, and the positions of those places in
    the search.
    """

    path: Callable[[Point, FloatArray, IntArray], FloatArray]
    accepts: Callable[[Point, Point, FloatArray, IntArray], BoolArray]
    halvings: int


def descend(task: Task, start: FloatArray) -> Point:
    """Descend from `start` (B x k x k, a member of the family each) to a minimum of the criterion.

    Returns
    -------
    Point
        Where each of the B descents ended; its `size` says how near to stationary.
    """
    with np.errstate(all="ignore"):
        return _newton(task, _project(task, task.at(start)))


def _project(task: Task, start: Point) -> Point:
    """Take projected gradient steps until each gradient is smaller than `NEAR`.

    The length of a step doubles each time and is halved until the criterion has decreased enough.
    """
    everywhere = np.arange(len(start.value))
    place, now, end = everywhere, start, start.take(everywhere)
    length = np.full(len(everywhere), 1.0)
    steps = Steps(
        lambda before, length, _: task.geometry.retracted(
            before.t - length[:, None, None] * before.projected
        ),
        lambda before, there, length, _: there.value < before.value - DECREASE * length * before.size**2,
        HALVINGS,
    )
    for _ in range(PROJECTIONS):
        now, length, moved = _search(task, now, 2 * length, steps)
        going = moved & (now.size > NEAR)
        if not going.all():
            end.put(place[~going], now.take(~going))
            place, now, length, task = place[going], now.take(going), length[going], task.take(going)
            if not len(place):
                return end
    end.put(place, now)
    return end


def _newton(task: Task, start: Point) -> Point:
    """Take Newton steps until no gradient is left but rounding; a saddle is left, once."""
    everywhere = np.arange(len(start.value))
    place, now, end = everywhere, start, start.take(everywhere)
    fresh = np.ones(len(everywhere), dtype=bool)
    for _ in range(NEWTON_STEPS):
        gradient, curvatures, axes = _quadratic(task, now)
        done = now.size <= TIGHT * (1 + np.sqrt((now.s * now.s).sum(axis=(-2, -1))))
        forced = done & fresh & (curvatures[:, 0] < -SADDLE * curvatures[:, -1])
        step = _newton_step(gradient, curvatures, axes)
        step[forced] = NUDGE * axes[forced, :, 0]
        moved = ~done | forced
        if moved.all():
            slope = (gradient * step).sum(axis=-1)
            now, _, moved = _search(task, now, np.ones(len(place)), _newton_path(task, step, slope, forced))
            fresh = fresh & ~forced
        if not moved.all():
            end.put(place[~moved], now.take(~moved))
            place, now, fresh, task = place[moved], now.take(moved), fresh[moved], task.take(moved)
            if not len(place):
                return end
    end.put(place, now)
    return end


def _newton_step(gradient: FloatArray, curvatures: FloatArray, axes: FloatArray) -> FloatArray:
    """Return Newton's step (B x d), negative or vanishing curvatures turned positive."""
    size = np.abs(curvatures)
    along = (transposed(axes) @ gradient[..., None])[..., 0]
    along /= np.maximum(size, LEAST_CURVATURE * size.max(axis=-1, keepdims=True))
    step: FloatArray = -(axes @ along[..., None])[..., 0]
    return step


def _newton_path(task: Task, step: FloatArray, slope: FloatArray, forced: BoolArray) -> Steps:
    """Return the steps along Newton's; a forced one is taken as it is.

    Next to the minimum the decrease drowns in rounding: there a smaller gradient decides.
    """
    k = task.unrotated.shape[-1]
    directions = task.geometry.directions(k)

    def path(before: Point, length: FloatArray, which: IntArray) -> FloatArray:
        x = np.tensordot(length[:, None] * step[which], directions, axes=1)
        return task.geometry.retracted(before.t + before.t @ x)

    def accepts(before: Point, there: Point, length: FloatArray, which: IntArray) -> BoolArray:
        promised = -length * slope[which]
        rounding = 1e-14 * (1 + np.abs(before.value))
        good = (promised > rounding) & (there.value <= before.value - NEWTON_DECREASE * promised)
        flat = (promised < 1e4 * rounding) & (there.value <= before.value + rounding)
        accepted: BoolArray = good | (flat & (there.size < before.size)) | forced[which]
        return accepted

    return Steps(path, accepts, NEWTON_HALVINGS)


def _search(task: Task, now: Point, length: FloatArray, steps: Steps) -> tuple[Point, FloatArray, BoolArray]:
    """Halve each length until the step is accepted; return where all are, lengths, and which have moved."""
    pending, before = np.arange(len(length)), now
    reached, moved = now, np.zeros(len(length), dtype=bool)
    for _ in range(steps.halvings + 1):
        there = task.at(steps.path(before, length[pending], pending))
        good = steps.accepts(before, there, length[pending], pending)
        if good.all() and not moved.any():
            return there, length, good
        if good.any():
            reached = reached if moved.any() else now.take(np.arange(len(length)))
            reached.put(pending[good], there.take(good))
            moved[pending[good]] = True
            if moved.all():
                break
            before, pending, task = before.take(~good), pending[~good], task.take(~good)
        length[pending] /= 2
    return reached, length, moved


def _quadratic(task: Task, now: Point) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return gradient (B x d) in local coordinates, curvatures (B x d) and their axes (B x d x d)."""
    geometry, k = task.geometry, now.t.shape[-1]
    rows, columns = geometry.pairs(k)
    phi = (transposed(now.t) @ now.t)[:, None]
    x, s = geometry.directions(k), now.s[:, None]
    loadings, gradient = now.loadings[:, None], now.gradient[:, None]
    dl = loadings @ geometry.loadings_change(x, phi)
    dg = task.criterion.curvature(loadings, dl)
    ds = transposed(dl) @ gradient + transposed(loadings) @ dg
    changes = geometry.changes(s, ds, phi, geometry.phi_change(x, phi))
    hessian = changes[..., rows, columns]
    # What is not finite gets no curvature, hence no step.
    usable = np.isfinite(hessian).all(axis=(-2, -1), keepdims=True)
    curvatures, axes = np.linalg.eigh(np.where(usable, 0.5 * (hessian + transposed(hessian)), 0.0))
    return geometry.slopes(now.s, phi[:, 0])[:, rows, columns], curvatures, axes
