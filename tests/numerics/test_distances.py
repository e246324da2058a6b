import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import rankdata

from erm_bridge.errors import InputError
from erm_bridge.numerics.distances import METHODS, coordinates

TREATED = np.arange(40) % 3 == 0


def sample(seed: int = 1, p: int = 3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(40, p)) @ rng.normal(size=(p, p)) + rng.normal(size=p) * 10


def distances(columns, method, **more):
    found = coordinates(columns, TREATED, method, **more)
    return cdist(found[TREATED], found[~TREATED])


def test_euclidean_distance_is_that_of_the_columns():
    columns = sample()
    np.testing.assert_array_equal(coordinates(columns, TREATED, "euclidean"), columns)


def test_mahalanobis_distance_is_that_of_the_pooled_covariance():
    columns = sample()
    groups = [np.cov(columns[group].T) * (group.sum() - 1) for group in (TREATED, ~TREATED)]
    inverse = np.linalg.inv(sum(groups) / (len(columns) - 2))
    expected = cdist(columns[TREATED], columns[~TREATED], "mahalanobis", VI=inverse)
    np.testing.assert_allclose(distances(columns, "mahalanobis"), expected, rtol=1e-12)


def test_mahalanobis_distance_does_not_depend_on_units_or_on_how_levels_are_coded():
    columns = sample(2, 4)
    mixed = columns @ np.random.default_rng(3).normal(size=(4, 4)) * [1e-3, 1, 50, 1e4] + 1e3
    np.testing.assert_allclose(distances(mixed, "mahalanobis"), distances(columns, "mahalanobis"), rtol=1e-9)
    level = np.random.default_rng(4).integers(0, 3, 40)
    every = np.column_stack([columns, *(level == k for k in range(3))])
    np.testing.assert_allclose(
        distances(every, "mahalanobis"), distances(every[:, :-1], "mahalanobis"), rtol=1e-10
    )


def test_collinear_columns_add_nothing_to_the_mahalanobis_distance():
    columns = sample(5)
    more = np.column_stack([columns, columns @ [1, -2, 0.5], columns[:, 0] + columns[:, 1], np.full(40, 7)])
    np.testing.assert_allclose(distances(more, "mahalanobis"), distances(columns, "mahalanobis"), rtol=1e-9)


def test_scaled_euclidean_distance_divides_by_pooled_deviations():
    columns = np.column_stack([sample(6), TREATED ^ (np.arange(40) % 2 == 0)]).astype(float)
    groups = [columns[TREATED], columns[~TREATED]]
    variances = sum(((group - group.mean(axis=0)) ** 2).sum(axis=0) for group in groups) / 38
    shares = [group[:, 3].mean() for group in groups]
    variances[3] = sum(len(group) * p * (1 - p) for group, p in zip(groups, shares, strict=True)) / 40
    expected = cdist(columns[TREATED], columns[~TREATED], "seuclidean", V=variances)
    np.testing.assert_allclose(distances(columns, "scaled_euclidean"), expected, rtol=1e-12)


def test_robust_mahalanobis_distance_is_that_of_ranks_with_untied_variance():
    columns = np.round(sample(7))
    ranks = rankdata(columns, axis=0)
    correlation = np.corrcoef(ranks.T)
    inverse = np.linalg.inv(correlation * 40 * 41 / 12)
    expected = cdist(ranks[TREATED], ranks[~TREATED], "mahalanobis", VI=inverse)
    np.testing.assert_allclose(distances(columns, "robust_mahalanobis"), expected, rtol=1e-11)
    bent = np.column_stack([np.exp(columns[:, 0] / 10), columns[:, 1] ** 3, columns[:, 2]])
    np.testing.assert_allclose(
        distances(bent, "robust_mahalanobis"), distances(columns, "robust_mahalanobis"), rtol=1e-11
    )


@pytest.mark.parametrize("method", METHODS)
def test_coordinates_follow_the_rows(method: str):
    columns, order = np.round(sample(8), 1), np.random.default_rng(1).permutation(40)
    weights = np.random.default_rng(2).uniform(0.5, 2, 40)
    found = coordinates(columns, TREATED, method, weights=weights)
    shuffled = coordinates(columns[order], TREATED[order], method, weights=weights[order])
    np.testing.assert_allclose(shuffled, found[order], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("method", ["mahalanobis", "scaled_euclidean", "robust_mahalanobis"])
def test_discarded_units_do_not_count(method: str):
    columns, usable = sample(9), np.arange(40) < 30
    found = coordinates(columns, TREATED, method, usable)
    alone = coordinates(columns[:30], TREATED[:30], method)
    # Only Mahalanobis is scaled by everyone first, which changes nothing but digits.
    a, b = (cdist(x[:30][TREATED[:30]], x[:30][~TREATED[:30]]) for x in (found, alone))
    np.testing.assert_allclose(a, b, rtol=1e-10)


def test_without_any_variance_all_distances_are_zero():
    assert not distances(np.full((40, 2), 3.0), "mahalanobis").any()


def test_a_column_that_varies_between_the_groups_only_has_no_scale():
    with pytest.raises(InputError, match="does not vary within the groups"):
        distances(np.column_stack([sample(), TREATED * 2.5]), "scaled_euclidean")
