"""Densities of the links are the derivatives of their probabilities."""

import numpy as np
import pytest

from erm_bridge.numerics.effects.links import density_of, probability_of


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog", "cauchit"])
def test_densities_are_derivatives(link):
    eta, step = np.linspace(-2.5, 1.2, 12), 1e-5
    slope = (probability_of(eta + step, link, True) - probability_of(eta - step, link, True)) / (2 * step)
    np.testing.assert_allclose(density_of(probability_of(eta, link, True), link), slope, rtol=1e-8)


def test_scores_rounded_to_0_or_1_stay_inside():
    p = probability_of(np.array([0.0, 0.5, 1.0]), "logit", False)
    assert np.isfinite(p / (1 - p)).all()
    assert p[1] == 0.5
