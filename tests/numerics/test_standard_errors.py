import numpy as np
import pytest
from scipy import stats

from erm_bridge.numerics.standard_errors import MATCHED, psmatch2, unmatched

TREATED = np.array([True, True, True, False, False, False, False])
OUTCOME = np.array([4.0, 6, 11, 1, 3, 5, 9])


def test_unmatched_is_the_t_test_with_pooled_variance():
    found = unmatched(OUTCOME, TREATED, 0.9)
    known = stats.ttest_ind(OUTCOME[TREATED], OUTCOME[~TREATED])
    interval = known.confidence_interval(0.9)
    # Squares 26 and 35 over 5 degrees of freedom, times 1/3 + 1/4.
    assert found.estimate == 2.5
    assert found.std_error == pytest.approx(np.sqrt(61 / 5 * 7 / 12), rel=1e-15)
    assert (found.statistic, found.p_value) == pytest.approx((known.statistic, known.pvalue), rel=1e-12)
    assert (found.conf_low, found.conf_high) == pytest.approx((interval.low, interval.high), rel=1e-12)


def test_psmatch2_by_hand():
    # The first two treated are matched: the first with rows 3 and 4, the second with row 4.
    weights = np.array([1.0, 1, 0, 0.5, 1.5, 0, 0])
    found = psmatch2(OUTCOME, TREATED, weights)
    # w = .5 and 1.5 sum to N1 = 2; s1^2 = 2, s0^2 = 2: 2/2 + 2 * 2.5/4 = 2.25.
    assert found.estimate == pytest.approx(5 - (0.5 * 1 + 1.5 * 3) / 2, rel=1e-15)
    assert found.std_error == pytest.approx(1.5, rel=1e-15)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(2.5 / 1.5), rel=1e-12)
    margin = stats.norm.ppf(0.975) * 1.5
    assert (found.conf_low, found.conf_high) == pytest.approx((2.5 - margin, 2.5 + margin), rel=1e-12)
    assert MATCHED["psmatch2"] is psmatch2


def test_a_single_unit_has_no_standard_error():
    weights = np.array([1.0, 0, 0, 1, 1, 0, 0])
    found = psmatch2(OUTCOME, TREATED, weights)
    assert found.estimate == 2.0
    assert np.isnan([found.std_error, found.statistic, found.p_value, found.conf_low]).all()
    assert np.isnan(unmatched(OUTCOME[2:4], TREATED[2:4]).std_error)


def test_constant_outcomes_have_an_infinite_statistic():
    found = unmatched(np.where(TREATED, 2.0, 1.0), TREATED)
    assert (found.estimate, found.std_error, found.statistic, found.p_value) == (1, 0, np.inf, 0)


@pytest.mark.parametrize("scale", [-2.0, 1e4])
def test_the_outcome_unit_scales_estimate_and_error(scale: float):
    weights = np.array([1.0, 1, 1, 1.5, 0.5, 0, 1])
    for one, other in (
        (psmatch2(OUTCOME, TREATED, weights), psmatch2(scale * OUTCOME + 7, TREATED, weights)),
        (unmatched(OUTCOME, TREATED), unmatched(scale * OUTCOME + 7, TREATED)),
    ):
        assert other.estimate == pytest.approx(scale * one.estimate, rel=1e-12)
        assert other.std_error == pytest.approx(abs(scale) * one.std_error, rel=1e-12)
        assert other.p_value == pytest.approx(one.p_value, rel=1e-10)
