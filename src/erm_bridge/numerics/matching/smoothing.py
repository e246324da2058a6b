"""Radius, kernel and local linear matching of a problem: everyone nearby is a partner, by weight."""

from collections.abc import Callable

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.kernel import kernel_weights
from erm_bridge.numerics.matching.local_linear import local_linear_weights
from erm_bridge.numerics.matching.problem import Pairing, Problem
from erm_bridge.options import Kernel

Smoother = Callable[[FloatArray, FloatArray, Kernel, float], tuple[FloatArray, BoolArray]]


def radius_matching(problem: Problem, radius: float) -> Pairing:
    """Give every focal unit all partners within a radius, weighing alike; see `smooth` and `kernel_weights`.

    Option of psmatch2: `radius caliper(radius)`; MatchIt has none. `radius` is in units of the scores.
    """
    return smooth(problem, kernel_weights, "uniform", radius)


def kernel_matching(problem: Problem, kernel: Kernel, bandwidth: float) -> Pairing:
    """Give every focal unit the partners nearby, nearer ones more weight; see `smooth`, `kernel_weights`.

    Options of psmatch2: `kernel kerneltype(kernel) bwidth(bandwidth)`; MatchIt has none.
    """
    return smooth(problem, kernel_weights, kernel, bandwidth)


def local_linear_matching(problem: Problem, kernel: Kernel, bandwidth: float) -> Pairing:
    """Give every focal unit the partners that draw its local line; see `smooth` and `local_linear_weights`.

    Options of psmatch2: `llr kerneltype(kernel) bwidth(bandwidth)`, save `epan`; MatchIt has none.
    """
    return smooth(problem, local_linear_weights, kernel, bandwidth)


def smooth(problem: Problem, smoother: Smoother, kernel: Kernel, bandwidth: float) -> Pairing:
    """Give every focal unit the weighted partners within its reach, in its own stratum.

    Parameters
    ----------
    problem : Problem
        With `scores`; `usable` and `strata` are kept to. No pairs are made, so ratio, replacement and order
        have no meaning.
    smoother : function
        `kernel_weights` or `local_linear_weights`.
    kernel, bandwidth
        See `kernel_weights`.

    Returns
    -------
    Pairing
        Weights only: 1 for a matched focal unit; of partners the sum of what focal units give them, scaled
        to average 1 over the partners that count. They can be negative by local linear matching.
    """
    scores = problem.scores
    assert scores is not None
    usable = np.ones(len(problem.treated), dtype=bool) if problem.usable is None else problem.usable
    weights = np.zeros(len(usable))
    for rows in _strata(problem.strata, usable):
        focal = problem.focal[rows]
        units, partners = _ascending(rows[focal], scores), _ascending(rows[~focal], scores)
        if len(units) and len(partners):
            given, matched = smoother(scores[partners], scores[units], kernel, bandwidth)
            weights[partners], weights[units] = given, matched
    return Pairing(_scaled(weights, problem.focal))


def _scaled(weights: FloatArray, focal: BoolArray) -> FloatArray:
    used = np.flatnonzero(~focal & (weights != 0))
    n_matched = int(np.count_nonzero(weights[focal]))
    if n_matched:
        weights[used] *= len(used) / n_matched
    return weights


def _ascending(rows: IntArray, scores: FloatArray) -> IntArray:
    return rows[np.argsort(scores[rows], kind="stable")]


def _strata(strata: IntArray | None, usable: BoolArray) -> list[IntArray]:
    """Return the rows of each stratum that can be used."""
    rows = np.flatnonzero(usable)
    if strata is None:
        return [rows]
    rows = rows[np.argsort(strata[rows], kind="stable")]
    return np.split(rows, np.flatnonzero(np.diff(strata[rows])) + 1)
