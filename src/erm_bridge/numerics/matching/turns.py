"""Whose turn it is, how many partners each unit wants, and how often one may be used."""

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, IntArray
from erm_bridge.numerics.matching.line import Line
from erm_bridge.numerics.matching.problem import Problem
from erm_bridge.numerics.matching.shuffle import shuffled

# How often a partner may be used where there is no limit.
UNLIMITED = np.iinfo(np.int64).max


def turns(problem: Problem, line: Line) -> IntArray:
    """Put the focal units, numbered in data order, in the order in which they choose.

    Equal scores stay in data order. Matching R argument: `m.order` of `MatchIt::matchit()`; `random` is
    R's `sample()` of those who are not discarded and whose stratum has a partner.
    """
    if problem.order == "largest":
        return np.argsort(-line.scores, kind="stable")
    if problem.order == "smallest":
        return np.argsort(line.scores, kind="stable")
    if problem.order == "random":
        there = np.flatnonzero(_can_be_drawn(problem))
        return there[shuffled(len(there), problem.seed)]
    return np.arange(len(line.scores))


def wanted_partners(problem: Problem) -> IntArray:
    """Return how many partners each focal unit wants, in data order.

    With a variable ratio everyone wants `min_controls` or `max_controls` and one unit a number between, so
    that `ratio` is their average; those nearest to the other group want most.

    Raises
    ------
    InputError
        There are too few units for a variable ratio.

    Notes
    -----
    Matching R arguments: `ratio`, `min.controls`, `max.controls` of `MatchIt::matchit()`.

    References
    ----------
    Ming, K. & Rosenbaum, P. R. (2000). Substantial gains in bias reduction from matching with a variable
    number of controls. Biometrics 56(1), 118-124.
    """
    focal = problem.focal
    count = int(focal.sum())
    if problem.max_controls is None:
        return np.full(count, problem.ratio, dtype=np.int64)
    assert problem.scores is not None
    least, most = int(problem.min_controls or 1), problem.max_controls
    if count <= least:
        raise InputError(
            f"min_controls: a variable ratio needs more than {least} units that are given partners, "
            f"found {count}; choose a smaller one"
        )
    total = round(problem.ratio * count)
    n_most = (total - least * (count - 1)) // (most - least)
    n_least = count - n_most - 1
    sizes = np.repeat([least, total - least * n_least - most * n_most, most], [n_least, 1, n_most])
    own = problem.scores[focal]
    falling = own.mean() > problem.scores[~focal].mean()
    if sizes[n_least] == 0:
        # Nobody is left without a partner: the next one lends one.
        sizes[n_least : n_least + 2] += (1, -1)[: len(sizes) - n_least]
    numbers = np.empty(count, dtype=np.int64)
    numbers[np.argsort(-own if falling else own, kind="stable")] = sizes
    return numbers


def reuse_limit(problem: Problem) -> int:
    """Return how often a partner may be used."""
    if problem.reuse_max is not None:
        return problem.reuse_max
    return UNLIMITED if problem.replace else 1


def _can_be_drawn(problem: Problem) -> BoolArray:
    """Tell which focal units take part in the drawing of an order."""
    focal = problem.focal
    there = np.ones(len(focal), dtype=np.bool_) if problem.usable is None else problem.usable
    if problem.strata is not None:
        there = there & np.isin(problem.strata, problem.strata[~focal])
    return there[focal]
