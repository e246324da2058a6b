"""Bootstrap of a factor analysis: standard errors and percentile intervals of loadings, shares and phi."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.alignment import align
from erm_bridge.numerics.composite import variance_shares
from erm_bridge.numerics.correlation import SMALLEST_EIGENVALUE
from erm_bridge.numerics.resampling import drawn_rows, row_counts

# Numbers held at a time by each thread: counts of a chunk of replicates. The chunks, and with them every
# sum, are the same however many threads there are.
CHUNK_CELLS, LARGEST_CHUNK = 2**21, 64


@dataclass(frozen=True, slots=True)
class Solutions:
    """Rotated solutions of a stack of correlation matrices.

    Attributes
    ----------
    loadings : array, b x p x k
        Pattern; anything where `solved` is false.
    phi : array, b x k x k, or None
    solved, improper : array of bool, b
        Whether there is a solution, and whether it is a Heywood case.
    """

    loadings: FloatArray
    phi: FloatArray | None
    solved: BoolArray
    improper: BoolArray


@dataclass(frozen=True, slots=True)
class Interval:
    """Limits and standard error of each number of an array, in its shape."""

    low: FloatArray
    high: FloatArray
    std_error: FloatArray


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """What the replicates say.

    Attributes
    ----------
    loadings : Interval of p x k
    shares : Interval of k
    phi : Interval of k x k, or None
    replicates : int
        Those with a solution, on which all else rests.
    failed : int
        Those without: an item was constant, items depended on each other, or no solution was found.
    improper : int
        Heywood cases among the solutions; they count like any other.
    """

    loadings: Interval
    shares: Interval
    phi: Interval | None
    replicates: int
    failed: int
    improper: int


def bootstrap(
    draw: Callable[[int, int], FloatArray],
    correlate: Callable[[IntArray], tuple[FloatArray, BoolArray]],
    solve: Callable[[FloatArray], Solutions],
    target: FloatArray,
    *,
    rows: int,
    replicates: int,
    conf_level: float,
) -> Bootstrap:
    """Resample rows, solve each replicate, align it to the target, and take quantiles.

    Chunks of replicates are shared between threads; the numbers do not depend on how many there are. The
    limits are quantiles of type 7 (R's default) of the replicates, the standard error is their standard
    deviation (n - 1).

    Parameters
    ----------
    draw : function of a first and a last (exclusive) replicate
        Uniform numbers, one row of length `rows` for each replicate.
    correlate : function of counts (b x n)
        Correlations (b x p x p) and which replicates have them; see `resampling.PearsonStack`.
    solve : function of correlations (b x p x p)
    target : array, p x k
        The solution of the whole sample.
    rows, replicates : int
    conf_level : float

    Raises
    ------
    InputError
        Fewer than two replicates have a solution.

    References
    ----------
    Efron, B. & Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall, section 13.3.
    Zhang, G., Preacher, K. J. & Luo, S. (2010). Bootstrap confidence intervals for ordinary least squares
    factor loadings and correlations in exploratory factor analysis. Multivariate Behavioral Research 45(1),
    104-134.
    """

    def chunk(first: int) -> Solutions:
        uniforms = draw(first, min(first + size, replicates))
        correlations, defined = correlate(row_counts(drawn_rows(uniforms), rows))
        return _aligned(_solved(solve, correlations, defined), target)

    size = max(1, min(LARGEST_CHUNK, CHUNK_CELLS // rows))
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = _joined(list(threads.map(chunk, range(0, replicates, size))))
    solved = found.solved
    if solved.sum() < 2:
        raise InputError(
            f"bootstrap: {replicates - int(solved.sum())} of {replicates} replicates have no solution;"
            " extract fewer factors or leave out rare items"
        )
    loadings = found.loadings[solved]
    phi = None if found.phi is None else found.phi[solved]
    return Bootstrap(
        loadings=interval(loadings, conf_level),
        shares=interval(variance_shares(loadings, phi), conf_level),
        phi=None if phi is None else interval(phi, conf_level),
        replicates=int(solved.sum()),
        failed=int((~solved).sum()),
        improper=int((found.improper & solved).sum()),
    )


def interval(replicates: FloatArray, conf_level: float) -> Interval:
    """Return percentile limits and standard errors over the first axis."""
    tail = (1 - conf_level) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail], axis=0)
    return Interval(low, high, replicates.std(axis=0, ddof=1))


def _solved(
    solve: Callable[[FloatArray], Solutions], correlations: FloatArray, defined: BoolArray
) -> Solutions:
    """Solve the replicates whose correlations are defined and can be inverted."""
    smallest = np.linalg.eigvalsh(correlations)[:, 0]
    sound = defined & (smallest >= SMALLEST_EIGENVALUE)
    # The others are solved as unrelated items and not used.
    usable = np.where(sound[:, None, None], correlations, np.eye(correlations.shape[1]))
    found = solve(usable)
    return replace(found, solved=found.solved & sound)


def _aligned(found: Solutions, target: FloatArray) -> Solutions:
    alignment = align(found.loadings, target)
    phi = None if found.phi is None else alignment.of_correlations(found.phi)
    return replace(found, loadings=alignment.of_factors(found.loadings), phi=phi)


def _joined(parts: list[Solutions]) -> Solutions:
    phi = None if parts[0].phi is None else np.concatenate([p.phi for p in parts if p.phi is not None])
    return Solutions(
        np.concatenate([p.loadings for p in parts]),
        phi,
        np.concatenate([p.solved for p in parts]),
        np.concatenate([p.improper for p in parts]),
    )
