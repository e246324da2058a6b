"""Every rotation: what it keeps, what does not matter to it, what it reaches."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.rotation import (
    ROTATIONS,
    Rotated,
    Settings,
    as_rotated,
    random_rotations,
    rotate,
    rotate_stack,
)

P, K = 15, 3
PATTERN = np.random.default_rng(10).normal(0, 0.05, (P, K))
PATTERN[np.arange(P), np.arange(P) % K] += np.random.default_rng(11).uniform(0.4, 0.8, P)
PHI = 0.3 + 0.7 * np.eye(K)
TARGET = np.where(PATTERN > 0.3, PATTERN, 0.0)
PARTIAL = np.where(PATTERN > 0.3, np.nan, 0.0)
OBLIQUE = [name for name, method in ROTATIONS.items() if method.oblique]
MINIMISED = [name for name, method in ROTATIONS.items() if method.criterion is not None and name != "varimax"]
TARGETED = [name for name in MINIMISED if "target" in ROTATIONS[name].keys]
UNTARGETED = [name for name, method in ROTATIONS.items() if "target" not in method.keys]


def settings(name: str, **changes: object) -> Settings:
    target = {"procrustes": TARGET}.get(name, PARTIAL if name in TARGETED else None)
    return Settings(name, **({"target": target, "zeros": P * (K - 1)} | changes))


@pytest.fixture
def loadings() -> np.ndarray:
    """Principal axes of correlated factors."""
    left, values, _ = np.linalg.svd(PATTERN @ np.linalg.cholesky(PHI), full_matrices=False)
    return left * values * np.where(left.sum(axis=0) < 0, -1, 1)


def canonical(found: Rotated) -> np.ndarray:
    return canonical_form(found.loadings, None, found.phi).loadings


@pytest.mark.parametrize("name", ROTATIONS)
def test_the_reproduced_correlations_stay(name, loadings):
    found = rotate(loadings, settings(name))
    phi = np.eye(K) if found.phi is None else found.phi

    assert (found.phi is not None) == ROTATIONS[name].oblique
    np.testing.assert_allclose(found.loadings, loadings @ found.rotation, atol=1e-14)
    np.testing.assert_allclose(found.loadings @ phi @ found.loadings.T, loadings @ loadings.T, atol=1e-12)
    np.testing.assert_allclose(np.diag(phi), 1, atol=1e-12)
    structure = found.loadings if found.structure is None else found.structure
    np.testing.assert_allclose(structure, found.loadings @ phi, atol=1e-14)


@pytest.mark.parametrize("name", MINIMISED)
def test_the_end_is_stationary_and_the_criterion_is_its_value(name, loadings):
    found = rotate(loadings, settings(name))
    value, _ = ROTATIONS[name].criterion(settings(name), P, K).value_and_gradient(found.loadings)

    assert found.gradient < 1e-11
    assert found.criterion == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("name", [name for name in UNTARGETED if name != "none"])
def test_order_and_sign_of_items_and_factors_do_not_matter(name, loadings):
    expected = rotate(loadings, settings(name))
    items = np.random.default_rng(12).permutation(P)
    moved = rotate(loadings[items], settings(name))
    flips = np.where(np.arange(P) % 4 == 0, -1, 1)[:, None]
    turned = rotate(loadings * flips, settings(name))
    mirrored = rotate(loadings * [1, -1, -1], settings(name))

    np.testing.assert_allclose(moved.loadings, expected.loadings[items], atol=1e-9)
    np.testing.assert_allclose(turned.loadings, expected.loadings * flips, atol=1e-9)
    np.testing.assert_allclose(canonical(mirrored), canonical(expected), atol=1e-9)


@pytest.mark.parametrize("name", ["procrustes", *TARGETED])
def test_a_target_is_reached_from_wherever_the_loadings_are_turned_to(name, loadings):
    partial = np.where(TARGET == 0, 0, np.where(PATTERN > 0.5, 0.7, np.nan))
    target = TARGET if name == "procrustes" else partial
    asked = settings(name, target=target)
    expected = rotate(loadings, asked).loadings
    for turn in random_rotations(1, 5, K):
        np.testing.assert_allclose(rotate(loadings @ turn, asked).loadings, expected, atol=1e-9)
    items = np.random.default_rng(12).permutation(P)
    moved = settings(name, target=target[items])
    np.testing.assert_allclose(rotate(loadings[items], moved).loadings, expected[items], atol=1e-9)


@pytest.mark.parametrize("name", [name for name in ROTATIONS if ROTATIONS[name].normalize is not None])
def test_with_normalisation_the_size_of_items_does_not_matter(name, loadings):
    sizes = np.random.default_rng(13).uniform(0.3, 2, (P, 1))
    normalised = settings(name, normalize=True)
    found = rotate(loadings * sizes, normalised)

    np.testing.assert_allclose(found.loadings / sizes, rotate(loadings, normalised).loadings, atol=1e-9)
    raw = rotate(loadings, settings(name, normalize=False)).loadings
    assert np.abs(raw - rotate(loadings, normalised).loadings).max() > 1e-4


@pytest.mark.parametrize("name", ["quartimin", "oblimin", "geominQ", "bentlerQ", "simplimax", "targetQ"])
def test_a_simple_oblique_structure_is_recovered(name):
    simple = np.where(PATTERN > 0.3, PATTERN, 0.0)
    found = rotate(simple @ np.linalg.cholesky(PHI), settings(name, delta=1e-6))

    form = canonical_form(found.loadings, None, found.phi)
    expected = canonical_form(simple, None, PHI)
    np.testing.assert_allclose(form.loadings, expected.loadings, atol=2e-3)
    np.testing.assert_allclose(form.phi, expected.phi, atol=5e-3)


def test_known_relations_between_the_criteria(loadings):
    def of(name: str, **changes: object) -> np.ndarray:
        return canonical(rotate(loadings, Settings(name, **changes)))

    np.testing.assert_array_equal(of("oblimin"), of("quartimin"))
    assert np.abs(of("oblimin", gamma=-1) - of("oblimin")).max() > 1e-3
    np.testing.assert_array_equal(of("promax", normalize=False), of("Promax"))
    np.testing.assert_array_equal(of("Promax", normalize=True), of("promax"))
    # Converged, the two varimaxes are one; the rule of R is coarse.
    np.testing.assert_allclose(of("Varimax", normalize=True), of("varimax"), atol=1e-2)
    # For two factors equamax and parsimax have a kappa of 1 / p: they are varimax.
    two = loadings[:, :2]
    varimax = canonical(rotate(two, "Varimax"))
    np.testing.assert_allclose(canonical(rotate(two, "equamax")), varimax, atol=1e-10)
    np.testing.assert_allclose(canonical(rotate(two, "parsimax")), varimax, atol=1e-10)


@pytest.mark.parametrize("name", UNTARGETED)
def test_one_factor_is_not_rotated(name):
    one = np.array([[0.8], [-0.5], [0.3]])
    found = rotate(one, name)

    np.testing.assert_array_equal(found.loadings, one)
    assert found.phi is None
    assert found.criterion is None


def test_an_item_without_loadings_stays_zero(loadings):
    loadings[5] = 0
    for name in ("oblimin", "promax", "varimax", "quartimax"):
        found = rotate(loadings, Settings(name, normalize=True)).loadings
        assert not found[5].any()
        assert np.isfinite(found).all()


@pytest.mark.parametrize("name", ROTATIONS)
def test_a_stack_is_rotated_one_by_one(name, loadings):
    stack = loadings + np.random.default_rng(14).normal(0, 0.03, (5, P, K))
    together = rotate_stack(stack, settings(name))

    for i, one in enumerate(stack):
        alone = rotate(one, settings(name))
        np.testing.assert_allclose(together.loadings[i], alone.loadings, atol=1e-10)
        if alone.phi is not None:
            np.testing.assert_allclose(together.phi[i], alone.phi, atol=1e-10)


@pytest.mark.parametrize("name", ["quartimax", "geominT", "oblimin", "geominQ", "varimax"])
def test_more_starts_never_make_it_worse(name):
    hard = np.random.default_rng(15).normal(0, 0.4, (12, 4))
    alone = rotate(hard, name)
    found = rotate(hard, Settings(name, starts=random_rotations(3, 30, 4)))

    assert found.start_criteria.shape == (31,)
    assert found.start_criteria[0] == alone.criterion
    assert found.criterion <= alone.criterion
    assert found.criterion == pytest.approx(found.start_criteria.min(), rel=1e-11)
    assert 1 <= found.optima <= 31
    assert alone.optima is None


def test_random_loadings_have_more_than_one_optimum():
    hard = np.random.default_rng(29).normal(0, 0.4, (12, 4))
    found = rotate(hard, Settings("geominQ", starts=random_rotations(3, 30, 4)))

    assert found.optima > 1
    assert found.criterion < found.start_criteria[0] - 1e-3


def test_factors_that_collapse_are_refused():
    hard = np.random.default_rng(15).normal(0, 0.4, (12, 4))
    with pytest.raises(InputError, match="rotation oblimin: the criterion has no minimum"):
        rotate(hard, Settings("oblimin", gamma=1.0))


@pytest.mark.parametrize("method", ["bentlerT", "bentlerQ"])
def test_a_criterion_that_is_not_finite_is_refused(method):
    """Squared loadings of factors without any are linearly dependent: Bentler's criterion is infinite."""
    loadings = np.zeros((6, 3))
    loadings[:, 0] = 0.7
    with pytest.raises(InputError, match=f"rotation {method}: the criterion has no minimum"):
        rotate(loadings, method)


def test_random_rotations_are_orthogonal_uniform_and_the_same_again():
    drawn = random_rotations(7, 4000, 3)
    products = drawn @ drawn.swapaxes(1, 2)

    np.testing.assert_allclose(products, np.broadcast_to(np.eye(3), drawn.shape), atol=1e-13)
    np.testing.assert_array_equal(drawn[:10], random_rotations(7, 10, 3))
    # Every element has mean 0 and variance 1 / k; both determinants occur.
    np.testing.assert_allclose(drawn.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose(np.square(drawn).mean(axis=0), 1 / 3, atol=0.02)
    assert 0.45 < (np.linalg.det(drawn) > 0).mean() < 0.55


def test_option_names_are_those_of_the_registry():
    from typing import get_args

    from erm_bridge.options import Rotation

    assert get_args(Rotation) == tuple(ROTATIONS)


@pytest.mark.parametrize("name", ROTATIONS)
@pytest.mark.parametrize("normalize", [False, True])
def test_the_criterion_is_found_again_from_the_canonical_form(name, normalize, loadings):
    """Order and signs are what the criterion does not see; where it does, they are kept."""
    asked = settings(name, normalize=normalize)
    found = rotate(loadings, asked)
    form = canonical_form(found.loadings, None, found.phi, found.named, found.general)
    again = as_rotated(form.loadings, form.phi, asked)

    assert (again.criterion is None) == (ROTATIONS[name].criterion is None)
    if again.criterion is not None:
        assert again.criterion == pytest.approx(found.criterion, rel=1e-11)
    assert (found.named is not None) == (name in ("procrustes", *TARGETED))
    assert found.general == (name in ("bifactor", "biquartimin"))
