"""Principal axis and alpha: printed one-pass loadings, where the passes end, what they end at, refusals."""

import numpy as np
import pytest

from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.extraction.iterated import alpha_factors, principal_axis
from erm_bridge.numerics.extraction.searched import minres
from erm_bridge.numerics.extraction.solution import Settings

CONVERGED = Settings(tolerance=1e-13, iterations=20_000)


def test_one_pass_over_harmans_census_tracts(printed):
    """SAS/STAT User's Guide, PROC FACTOR, example "Principal Factor Analysis": pattern and communalities.

    Signs are such that factors have positive sums.
    """
    pattern = [
        [0.62533, 0.76621],
        [0.71370, -0.55515],
        [0.71447, 0.67936],
        [0.87899, -0.15847],
        [0.74215, -0.57806],
    ]
    found = principal_axis(printed("census"), 2, Settings(iterations=1))

    np.testing.assert_allclose(canonical_form(found.loadings).loadings, pattern, rtol=0, atol=6e-6)
    np.testing.assert_allclose(
        1 - found.uniquenesses,
        [0.97811334, 0.81756387, 0.97199928, 0.79774304, 0.88494998],
        rtol=0,
        atol=6e-9,
    )
    assert (found.iterations, found.converged) == (1, False)


def test_principal_axis_run_on_arrives_at_minres(sample):
    correlation = sample(3, 12, 3, 300)
    found = principal_axis(correlation, 3, CONVERGED)

    assert found.converged
    np.testing.assert_allclose(found.uniquenesses, minres(correlation, 3).uniquenesses, atol=1e-10)
    assert found.objective == pytest.approx(minres(correlation, 3).objective, rel=1e-12)
    assert found.iterations > principal_axis(correlation, 3).iterations


def test_principal_axis_ends_by_the_change_of_the_sum(sample):
    correlation = sample(3, 12, 3, 300)
    steps = [principal_axis(correlation, 3, Settings(iterations=n)) for n in range(1, 12)]
    sums = [1 - 1 / np.diag(np.linalg.inv(correlation))] + [np.square(one.loadings).sum() for one in steps]
    changes = np.abs(np.diff([np.sum(one) for one in sums]))

    found = principal_axis(correlation, 3)

    assert found.converged
    assert found.iterations == np.flatnonzero(changes <= 0.001)[0] + 1
    np.testing.assert_allclose(found.projected_gradient, changes[found.iterations - 1], atol=1e-14)


def test_principal_axis_passes_one_in_a_heywood_case():
    correlation = np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
    found = principal_axis(correlation, 1, CONVERGED)

    np.testing.assert_allclose(1 - found.uniquenesses, [0.81 / 0.7, 0.7, 0.7], atol=1e-11)
    assert found.heywood.tolist() == [True, False, False]


@pytest.mark.parametrize("k", [1, 3])
def test_alpha_run_on_satisfies_its_equations(sample, k):
    """Kaiser and Caffrey (1965): H^-1 (R - U^2) H^-1 has the eigenvectors H^-1 L, and diag LL' = H^2."""
    correlation = sample(3, 12, k, 300)
    found = alpha_factors(correlation, k, CONVERGED)
    communalities = np.square(found.loadings).sum(axis=1)
    root = np.sqrt(communalities)
    common = (correlation - np.diag(1 - communalities)) / np.outer(root, root)
    vectors = found.loadings / root[:, None]
    values = np.square(vectors).sum(axis=0)

    assert found.converged
    np.testing.assert_allclose(common @ vectors, vectors * values, atol=1e-11)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(common)[::-1][:k], atol=1e-11)


def test_alpha_does_not_depend_on_the_scale_of_residuals(sample):
    """An exact structure is recovered by any extraction."""
    loadings = np.array([[0.8], [0.7], [0.6], [0.5]])
    correlation = loadings @ loadings.T
    np.fill_diagonal(correlation, 1)
    found = alpha_factors(correlation, 1, CONVERGED)

    np.testing.assert_allclose(np.abs(found.loadings), loadings, atol=1e-10)
    assert found.objective < 1e-18


@pytest.mark.parametrize("extract", [principal_axis, alpha_factors])
def test_permuted_items_permute_the_loadings(sample, extract):
    correlation, order = sample(9, 10, 2, 150), np.random.default_rng(0).permutation(10)
    plain, changed = extract(correlation, 2), extract(correlation[np.ix_(order, order)], 2)

    expected = plain.loadings[order]
    np.testing.assert_allclose(changed.loadings @ changed.loadings.T, expected @ expected.T, atol=1e-12)
    assert changed.iterations == plain.iterations


@pytest.mark.parametrize(("name", "extract"), [("pa", principal_axis), ("alpha", alpha_factors)])
def test_a_factor_that_explains_less_than_nothing_is_an_error(name, extract):
    correlation = np.eye(6) + 0.5 * (1 - np.eye(6))

    with pytest.raises(EngineError, match=rf"{name}: factor 2 of 3 would explain less than nothing.*fewer"):
        extract(correlation, 3)


@pytest.mark.parametrize("extract", [principal_axis, alpha_factors])
def test_too_many_factors_and_singular_matrices_are_refused(extract):
    with pytest.raises(InputError, match="5 items determine at most 2 factors, 3 are asked for"):
        extract(np.eye(5), 3)
    with pytest.raises(InputError, match="linear combinations"):
        extract(np.ones((4, 4)), 1)


def test_alpha_divides_by_no_communality_of_zero():
    correlation = np.eye(6)
    correlation[:5, :5] += 0.5 * (1 - np.eye(5))

    with pytest.raises(InputError, match=r"positions \[5\] share nothing with the factors"):
        alpha_factors(correlation, 1)
