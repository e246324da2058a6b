"""All matchings of a few units, tried one by one."""

import numpy as np
import pytest


def smallest_total(distances, *, focal=(1, np.inf), other=(0, 1), covered=0):
    """Return the smallest total distance of stars and how many pairs there are, over all sets of pairs.

    `focal` and `other`: fewest and most partners of the units in the rows and the columns; `covered`: how
    many columns have a partner at least. Infinite distances are forbidden pairs. (inf, 0) if there is none.
    """
    m, k = distances.shape
    allowed = np.flatnonzero(np.isfinite(distances).ravel())
    chosen = (np.arange(2 ** len(allowed))[:, None] >> np.arange(len(allowed))) & 1
    pairs = np.zeros((len(chosen), m * k), dtype=np.int8)
    pairs[:, allowed] = chosen
    pairs = pairs.reshape(-1, m, k)
    rows, columns = pairs.sum(axis=2), pairs.sum(axis=1)
    fits = ((rows >= focal[0]) & (rows <= focal[1])).all(axis=1)
    fits &= ((columns >= other[0]) & (columns <= other[1])).all(axis=1)
    fits &= (columns > 0).sum(axis=1) >= covered
    fits &= ~(pairs * (rows > 1)[:, :, None] * (columns > 1)[:, None, :]).any(axis=(1, 2))
    totals = np.where(fits, chosen @ distances.ravel()[allowed], np.inf)
    best = int(np.argmin(totals))
    return float(totals[best]), int(pairs[best].sum()) if fits[best] else 0


def star_total(problem, subclass):
    """Return the total distance between treated units and controls of one set."""
    total = 0.0
    for number in np.unique(subclass[subclass >= 0]):
        treated = np.flatnonzero((subclass == number) & problem.treated)
        controls = np.flatnonzero((subclass == number) & ~problem.treated)
        assert min(len(treated), len(controls)) == 1
        total += float(_matrix(problem)[np.ix_(treated, controls)].sum())
    return total


def _matrix(problem):
    points = problem.scores[:, None] if problem.coordinates is None else problem.coordinates
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def between_groups(problem):
    """Return all distances between focal units and others."""
    return _matrix(problem)[np.ix_(problem.focal, ~problem.focal)]


@pytest.fixture
def tried():
    """Return `smallest_total`."""
    return smallest_total


@pytest.fixture
def total_of_stars():
    """Return `star_total`."""
    return star_total


@pytest.fixture
def distances_of():
    """Return `between_groups`."""
    return between_groups
