"""Tails and noncentrality of the chi-square distribution."""

import math

import numpy as np
import pytest
from scipy.special import chdtrc, chndtr

from erm_bridge.numerics.chi_square import chi2_tail, log_chi2_tail, noncentrality


@pytest.mark.parametrize("statistic", [0.0, 0.3, 2.0, 4.1, 80.0, 1500.0, 1e5])
def test_two_degrees_of_freedom_are_an_exponential(statistic):
    assert log_chi2_tail(statistic, 2) == pytest.approx(-statistic / 2, rel=1e-14)


@pytest.mark.parametrize("statistic", [10.0, 1e3, 1e6])
def test_four_degrees_of_freedom_in_closed_form(statistic):
    x = statistic / 2
    assert log_chi2_tail(statistic, 4) == pytest.approx(math.log1p(x) - x, rel=1e-13)


@pytest.mark.parametrize("df", [1, 10, 190, 1770])
@pytest.mark.parametrize("share", [0.2, 0.9, 0.999, 1.001, 1.1, 1.6])
def test_it_is_the_logarithm_of_the_tail_where_that_is_a_number(df, share):
    assert log_chi2_tail(df * share, df) == pytest.approx(math.log(chdtrc(df, df * share)), rel=1e-11)


def test_a_probability_of_nearly_one_keeps_its_digits():
    # 1 - p is here a probability of its own, 1e-160 and less.
    assert 0 > log_chi2_tail(10.0, 300) > -1e-159


@pytest.mark.parametrize("chi2", [0.5, 30, 600, 5_000, 1e6])
def test_two_degrees_of_freedom_have_an_exponential_tail(chi2):
    p, log10_p = chi2_tail(chi2, 2)

    assert p == pytest.approx(np.exp(-chi2 / 2), rel=1e-12)
    assert log10_p == pytest.approx(-chi2 / 2 / np.log(10), rel=1e-14)


@pytest.mark.parametrize(("df", "chi2"), [(4, 3_000.0), (10, 20_000.0), (200, 4_000.0)])
def test_even_degrees_of_freedom_have_a_sum_of_poisson_terms(df, chi2):
    """The tail is that of a Poisson count: exp(-x/2) sum over i < df/2 of (x/2)^i / i!."""
    i = np.arange(df // 2)
    terms = i * np.log(chi2 / 2) - np.concatenate([[0.0], np.cumsum(np.log(i[1:]))])
    expected = -chi2 / 2 + terms.max() + np.log(np.exp(terms - terms.max()).sum())

    assert chi2_tail(chi2, df)[1] == pytest.approx(expected / np.log(10), rel=1e-13)


def test_the_logarithm_has_no_step_where_the_probability_underflows():
    """On both sides of 1e-290 the slope of log p is that of the density."""
    chi2 = np.linspace(1_340, 1_440, 401)
    logs = np.array([chi2_tail(x, 20)[1] for x in chi2])

    assert logs[0] > -290 > logs[-1]
    assert np.abs(np.diff(logs, 2)).max() < 1e-5


@pytest.mark.parametrize(("chi2", "df"), [(12.0, 10), (40.0, 10), (5_000.0, 170), (1e6, 170)])
@pytest.mark.parametrize("probability", [0.05, 0.95])
def test_noncentrality_is_the_root(chi2, df, probability):
    found = noncentrality(chi2, df, probability)

    if found > 0:
        assert chndtr(chi2, df, found) == pytest.approx(probability, rel=1e-10)
    else:
        assert chndtr(chi2, df, 0) <= probability


def test_a_small_chi_square_has_no_noncentrality():
    assert noncentrality(8.0, 10, 0.95) == 0
