"""Rotate loadings, one matrix or a stack of them, by any of `ROTATIONS`."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.rotation.criteria import Quartic
from erm_bridge.numerics.rotation.descent import Point, Task, descend
from erm_bridge.numerics.rotation.geometry import Oblique, Orthogonal
from erm_bridge.numerics.rotation.methods import ROTATIONS, Method
from erm_bridge.numerics.rotation.procrustes import (
    factor_correlations,
    procrustes_rotations,
    promax_rotations,
)
from erm_bridge.numerics.rotation.result import Rotated, RotatedStack, Settings
from erm_bridge.numerics.rotation.stacks import inverses, transposed
from erm_bridge.numerics.rotation.varimax import varimax_rotations

# Their first factor is the general one.
BIFACTOR = ("bifactor", "biquartimin")


@dataclass(frozen=True, slots=True)
class _Solved:
    """Rotations of a stack (B x k x k) with phi, criterion (B) and gradient (B) where there are such."""

    rotation: FloatArray
    phi: FloatArray | None = None
    criterion: FloatArray | None = None
    gradient: FloatArray | None = None


def rotate(loadings: FloatArray, settings: Settings | str) -> Rotated:
    """Rotate a matrix of loadings.

    A criterion is minimised from the loadings as they are (targets: also from the closed-form rotation to
    the specified cells) and from each further start; the end with the smallest criterion is taken. The
    descent takes the steps of gradient projection, so that it ends in the minimum in which GPArotation's
    ends, and then goes on to rounding, where GPArotation stops at a gradient of `eps` (1e-5). Varimax
    keeps the stopping rule of R instead. An item without any loading stays so.

    Parameters
    ----------
    loadings : array, p x k
        Unrotated. A single factor is returned as it is, without phi and criterion.
    settings : Settings or str
        A name alone stands for the method with its usual settings.

    Returns
    -------
    Rotated

    Raises
    ------
    InputError
        There is no minimum: factors collapse into one another.

    References
    ----------
    Bernaards, C. A., Jennrich, R. I. (2005). Gradient projection algorithms and software for arbitrary
    rotation criteria in factor analysis. Educational and Psychological Measurement 65(5), 676-696.
    Browne, M. W. (2001). An overview of analytic rotation in exploratory factor analysis. Multivariate
    Behavioral Research 36(1), 111-150.
    """
    k = loadings.shape[1]
    settings = _settings(settings)
    further = settings.starts
    if k < 2 or further is None or not len(further):
        return _single(settings, rotate_stack(loadings[None], settings), 0)
    usual = rotate_stack(loadings[None], settings)
    random = rotate_stack(np.broadcast_to(loadings, (len(further), *loadings.shape)), settings, further)
    assert usual.criterion is not None
    assert random.criterion is not None
    criteria = np.concatenate([usual.criterion, random.criterion])
    values = np.where(np.isfinite(criteria), criteria, np.inf)
    # Among starts that end alike the first counts, not the one that rounding favours.
    best = int(np.argmax(values <= values.min() + 1e-12 * (1 + abs(values.min()))))
    stack, place = (random, best - 1) if best else (usual, 0)
    return _single(settings, stack, place, criteria)


def rotate_stack(
    loadings: FloatArray, settings: Settings | str, start: FloatArray | None = None
) -> RotatedStack:
    """Rotate each of a stack of loadings by itself, all at once.

    Parameters
    ----------
    loadings : array, B x p x k
    settings : Settings or str
        `starts` is not looked at.
    start : array, B x k x k, or None
        Orthogonal matrix by which each is turned before the descent; None: as they are.
    """
    settings = _settings(settings)
    method = ROTATIONS[settings.method]
    count, _, k = loadings.shape
    eye = np.broadcast_to(np.eye(k), (count, k, k))
    if k < 2 or settings.method == "none":
        phi = eye.copy() if method.oblique and k > 1 else None
        return RotatedStack(loadings.copy(), eye.copy(), phi)
    x = _normalised(loadings) if _normalises(method, settings) else loadings
    solved = _solve(x, method, settings, eye if start is None else start, start is None)
    return RotatedStack(
        loadings @ solved.rotation, solved.rotation, solved.phi, solved.criterion, solved.gradient
    )


def as_rotated(loadings: FloatArray, phi: FloatArray | None, settings: Settings | str) -> Rotated:
    """Take loadings (p x k) and phi for the end of a rotation, and evaluate its criterion there.

    Items are normalised by their communalities where the settings say so.
    """
    settings = _settings(settings)
    method, (p, k) = ROTATIONS[settings.method], loadings.shape
    criterion = None
    if method.criterion is not None and k > 1:
        structure = loadings if phi is None else loadings @ phi
        communalities = (loadings * structure).sum(axis=1, keepdims=True)
        x = loadings
        if _normalises(method, settings):
            x = loadings / np.sqrt(np.where(communalities > 0, communalities, 1.0))
        criterion = float(method.criterion(settings, p, k).value_and_gradient(x)[0])
    return Rotated(loadings, np.eye(k), phi, criterion)


def _settings(given: Settings | str) -> Settings:
    return Settings(given) if isinstance(given, str) else given


def _normalises(method: Method, settings: Settings) -> bool:
    if method.normalize is None:
        return False
    return method.normalize if settings.normalize is None else settings.normalize


def _normalised(loadings: FloatArray) -> FloatArray:
    """Scale items to length 1; those without loadings stay zero."""
    lengths = np.sqrt(np.square(loadings).sum(axis=-1, keepdims=True))
    scaled: FloatArray = loadings / np.where(lengths > 0, lengths, 1.0)
    return scaled


def _solve(x: FloatArray, method: Method, settings: Settings, start: FloatArray, usual: bool) -> _Solved:
    p, k = x.shape[1:]
    match settings.method:
        case "varimax":
            return _varimax(x, method, settings, start)
        case "promax" | "Promax":
            return _promax(x, settings.power, start)
        case "procrustes":
            return _Solved(procrustes_rotations(x, _target(settings)))
    assert method.criterion is not None
    geometry = Oblique() if method.oblique else Orthogonal()
    task = Task(x, method.criterion(settings, p, k), geometry)
    ends = _best_of(task, [start, *_more_starts(x, settings)] if usual else [start])
    phi = transposed(ends.t) @ ends.t if method.oblique else None
    return _Solved(ends.m, phi, ends.value, ends.size)


def _best_of(task: Task, starts: list[FloatArray]) -> Point:
    """Descend from each of several stacks of places at once; for each of the loadings take the lowest end.

    Among ends that are equally low the first counts, not the one that rounding favours.
    """
    count, each = len(starts), len(task.unrotated)
    everything = Task(np.concatenate([task.unrotated] * count), task.criterion, task.geometry)
    ends = descend(everything, np.concatenate(starts))
    values = np.where(np.isfinite(ends.value), ends.value, np.inf).reshape(count, each)
    lowest = values.min(axis=0)
    equal = values <= lowest + 1e-10 * (1 + np.abs(lowest))
    return ends.take(equal.argmax(axis=0) * each + np.arange(each))


def _more_starts(x: FloatArray, settings: Settings) -> list[FloatArray]:
    """List stacks of places to start from besides the loadings as they are.

    A target: the orthogonal rotation nearest to it, free loadings taken for zero. Simplimax, which has
    many local minima: varimax, promax and quartimin. A bi-factor rotation: each other factor in turn as
    the general one.
    """
    count, _, k = x.shape
    if settings.method in ("targetT", "targetQ"):
        return [procrustes_rotations(x, np.nan_to_num(_target(settings), nan=0.0))]
    if settings.method in BIFACTOR:
        orders = [[j, *(i for i in range(k) if i != j)] for j in range(1, k)]
        return [np.broadcast_to(np.eye(k)[:, order], (count, k, k)) for order in orders]
    if settings.method != "simplimax":
        return []
    first = varimax_rotations(_normalised(x), np.broadcast_to(np.eye(k), (count, k, k)))
    second = transposed(inverses(first @ promax_rotations(x @ first, 4.0)))
    third = descend(Task(x, Quartic(row=1.0), Oblique()), first).t
    return [first, second, third]


def _varimax(x: FloatArray, method: Method, settings: Settings, start: FloatArray) -> _Solved:
    assert method.criterion is not None
    rotation = varimax_rotations(x, start)
    value, _ = method.criterion(settings, *x.shape[1:]).value_and_gradient(x @ rotation)
    return _Solved(rotation, criterion=value)


def _promax(x: FloatArray, power: float, start: FloatArray) -> _Solved:
    first = varimax_rotations(_normalised(x), start)
    rotation = first @ promax_rotations(x @ first, power)
    return _Solved(rotation, factor_correlations(rotation))


def _target(settings: Settings) -> FloatArray:
    if settings.target is None:
        raise ValueError(f"{settings.method} needs a target")
    return np.asarray(settings.target, dtype=np.float64)


def _single(settings: Settings, stack: RotatedStack, at: int, criteria: FloatArray | None = None) -> Rotated:
    if not stack.converged[at]:
        raise InputError(
            f"rotation {settings.method}: the criterion has no minimum for these loadings, factors collapse "
            "into one another; try fewer factors, a smaller gamma or power, or another rotation"
        )
    return Rotated(
        stack.loadings[at],
        stack.rotation[at],
        None if stack.phi is None else stack.phi[at],
        None if stack.criterion is None else float(stack.criterion[at]),
        None if stack.gradient is None else float(stack.gradient[at]),
        criteria,
        _named(settings),
        settings.method in BIFACTOR,
    )


def _named(settings: Settings) -> BoolArray | None:
    if "target" in ROTATIONS[settings.method].keys:
        signed: BoolArray = (np.nan_to_num(_target(settings), nan=0.0) != 0).any(axis=0)
        return signed
    return None
