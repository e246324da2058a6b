import numpy as np
import pytest
from scipy import stats

from erm_bridge.numerics.links import LINKS

ETA = np.array([-30.0, -8, -3, -0.5, 0, 0.5, 1, 3, 5])
# Distributions whose cumulative distribution function the response is; cloglog's is a smallest extreme value.
DISTRIBUTIONS = {
    "logit": stats.logistic,
    "probit": stats.norm,
    "cloglog": stats.gumbel_l,
    "cauchit": stats.cauchy,
}


def test_every_link_has_its_distribution():
    assert set(LINKS) == set(DISTRIBUTIONS)


@pytest.mark.parametrize("link", LINKS)
def test_the_response_is_a_distribution_function_to_the_last_digits(link: str):
    distribution, found = DISTRIBUTIONS[link], LINKS[link].response(ETA)
    np.testing.assert_allclose(found.probability, distribution.cdf(ETA), rtol=1e-14)
    np.testing.assert_allclose(found.complement, distribution.sf(ETA), rtol=1e-13)
    np.testing.assert_allclose(found.slope, distribution.pdf(ETA), rtol=1e-13)
    step = 1e-6
    bend = (distribution.pdf(ETA + step) - distribution.pdf(ETA - step)) / (2 * step)
    np.testing.assert_allclose(found.bend, bend, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("link", LINKS)
def test_the_predictor_turns_the_response_around(link: str):
    eta = np.array([-4.0, -1, 0, 0.3, 1.2])
    np.testing.assert_allclose(
        LINKS[link].predictor(LINKS[link].response(eta).probability), eta, rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("link", LINKS)
def test_nothing_overflows_or_is_lost_to_zero_far_out(link: str):
    found = LINKS[link].response(np.array([-1e4, 1e4]))
    assert np.isfinite(found).all()
    assert (found.probability > 0).all()
    assert (found.complement > 0).all()
