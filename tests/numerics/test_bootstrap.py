"""The bootstrap against the same done slowly, its coverage on a known model, and its failures."""

import os

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics import bootstrap as module
from erm_bridge.numerics.alignment import align
from erm_bridge.numerics.bootstrap import Bootstrap, Solutions, bootstrap, interval
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.extraction import principal_components
from erm_bridge.numerics.resampling import PearsonStack
from erm_bridge.numerics.rotation import rotate


def components(k: int):
    """Solve every matrix by components and varimax."""

    def solve(correlations: np.ndarray) -> Solutions:
        loadings = np.array([varimax(r, k) for r in correlations])
        solved = np.ones(len(loadings), dtype=bool)
        return Solutions(loadings, None, solved, ~solved)

    return solve


def draws(seed: int, replicates: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).random((replicates, n))


def run(values: np.ndarray, uniforms: np.ndarray, k: int, solve=None, conf_level: float = 0.9) -> Bootstrap:
    target = solve_full(values, k)
    return bootstrap(
        lambda first, last: uniforms[first:last],
        PearsonStack(values),
        solve or components(k),
        target,
        rows=len(values),
        replicates=len(uniforms),
        conf_level=conf_level,
    )


def solve_full(values: np.ndarray, k: int) -> np.ndarray:
    return canonical_form(varimax(np.corrcoef(values.T), k)).loadings


def varimax(correlation: np.ndarray, k: int) -> np.ndarray:
    return rotate(principal_components(correlation, k).loadings, "varimax").loadings


def two_factors(n: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    loadings = np.kron(np.eye(2), np.full((4, 1), 0.7))
    return rng.normal(size=(n, 2)) @ loadings.T + 0.7 * rng.normal(size=(n, 8))


def test_the_same_done_slowly():
    values, uniforms = two_factors(120), draws(2, 70, 120)
    target = solve_full(values, 2)
    slow = []
    for u in uniforms:
        sample = values[np.floor(u * 120).astype(int)]
        one = solve_full(sample, 2)[None]
        slow.append(align(one, target).of_factors(one)[0])
    slow = np.array(slow)

    found = run(values, uniforms, 2)

    # Quantiles of type 7: the 5 % one of 70 numbers is at position 1 + .05 x 69 = 4.45.
    ordered = np.sort(slow, axis=0)
    np.testing.assert_allclose(found.loadings.low, 0.55 * ordered[3] + 0.45 * ordered[4], atol=1e-12)
    np.testing.assert_allclose(found.loadings.high, 0.45 * ordered[65] + 0.55 * ordered[66], atol=1e-12)
    np.testing.assert_allclose(found.loadings.std_error, slow.std(axis=0, ddof=1), atol=1e-12)
    shares = np.square(slow).sum(axis=1) / 8
    np.testing.assert_allclose(found.shares.std_error, shares.std(axis=0, ddof=1), atol=1e-12)
    assert (found.replicates, found.failed, found.improper, found.phi) == (70, 0, 0, None)


@pytest.mark.parametrize("cpus", [1, 2, 5, None])
def test_the_number_of_threads_does_not_matter(monkeypatch, cpus):
    values, uniforms = two_factors(100), draws(3, 150, 100)
    plain = run(values, uniforms, 2)
    monkeypatch.setattr(os, "cpu_count", lambda: cpus)

    again = run(values, uniforms, 2)

    for one, other in ((plain.loadings, again.loadings), (plain.shares, again.shares)):
        np.testing.assert_array_equal(one.low, other.low)
        np.testing.assert_array_equal(one.std_error, other.std_error)


def test_the_size_of_chunks_does_not_matter(monkeypatch):
    values, uniforms = two_factors(100), draws(3, 40, 100)
    plain = run(values, uniforms, 2)
    monkeypatch.setattr(module, "CHUNK_CELLS", 700)

    again = run(values, uniforms, 2)

    np.testing.assert_allclose(again.loadings.low, plain.loadings.low, atol=1e-12)


def test_the_interval_covers_as_often_as_it_says():
    """Four items correlated .5: the loadings of the first component are the root of 2.5 / 4."""
    rng, inside = np.random.default_rng(8), []
    for dataset in range(200):
        values = rng.normal(size=(150, 1)) + rng.normal(size=(150, 4))
        found = run(values, draws(dataset, 200, 150), 1, conf_level=0.95)
        inside.append((found.loadings.low <= np.sqrt(2.5 / 4)) & (np.sqrt(2.5 / 4) <= found.loadings.high))

    # 800 loadings of 200 samples; the percentile interval is known to be a little short at this size.
    assert 0.91 < np.mean(inside) < 0.98


def test_correlated_factors_take_their_correlations_along():
    values, uniforms = two_factors(100), draws(4, 30, 100)
    target, rng = solve_full(values, 2), np.random.default_rng(0)

    def scrambled(correlations: np.ndarray) -> Solutions:
        """Solutions in which the factors correlate .3 as the target has them, in random order and signs."""
        found = components(2)(correlations)
        loadings = align(found.loadings, target).of_factors(found.loadings)
        order = rng.permuted(np.tile([0, 1], (len(loadings), 1)), axis=1)
        signs = rng.choice([-1.0, 1.0], (len(loadings), 2))
        loadings = np.take_along_axis(loadings, order[:, None], axis=2) * signs[:, None]
        phi = np.where(np.eye(2, dtype=bool), 1.0, 0.3 * signs.prod(axis=1)[:, None, None])
        return Solutions(loadings, phi, found.solved, found.improper)

    found = run(values, uniforms, 2, scrambled)

    np.testing.assert_allclose(found.phi.low, [[1, 0.3], [0.3, 1]], rtol=1e-15)
    np.testing.assert_allclose(found.phi.std_error, 0, atol=1e-15)
    plain = run(values, uniforms, 2)
    np.testing.assert_array_equal(found.loadings.low, plain.loadings.low)


def test_failures_are_counted_and_left_out():
    values, uniforms = two_factors(100), draws(5, 64, 100)

    def every_other(correlations: np.ndarray) -> Solutions:
        found = components(2)(correlations)
        found.loadings[::2] = np.nan
        return Solutions(np.nan_to_num(found.loadings), None, np.arange(64) % 2 == 1, np.ones(64, bool))

    found = run(values, uniforms, 2, every_other)

    assert (found.replicates, found.failed, found.improper) == (32, 32, 32)
    np.testing.assert_allclose(found.loadings.low, run(values, uniforms[1::2], 2).loadings.low, atol=1e-12)


def test_replicates_without_correlations_fail():
    """One person in twenty answers otherwise: often nobody of them is drawn, or only they differ."""
    values = two_factors(20)
    values[:, 7] = [1.0] + 19 * [0.0]
    uniforms = draws(6, 200, 20)
    absent = (np.floor(20 * uniforms) != 0).all(axis=1)

    found = run(values, uniforms, 1)

    assert 50 < absent.sum() < 100
    assert found.failed == absent.sum()


def test_without_solutions_there_is_an_error():
    def never(correlations: np.ndarray) -> Solutions:
        found = components(2)(correlations)
        return Solutions(found.loadings, None, found.solved & False, found.solved & False)

    with pytest.raises(InputError, match="30 of 30 replicates have no solution; extract fewer factors"):
        run(two_factors(100), draws(7, 30, 100), 2, never)


def test_an_interval_of_worked_numbers():
    # 1 .. 5: the 10 % quantile of type 7 is 1 + .1 x 4, the standard deviation the root of 2.5.
    found = interval(np.array([3.0, 1.0, 5.0, 2.0, 4.0])[:, None], 0.8)

    assert found.low[0] == pytest.approx(1.4)
    assert found.high[0] == pytest.approx(4.6)
    assert found.std_error[0] == pytest.approx(np.sqrt(2.5))
