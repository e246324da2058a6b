from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from erm_bridge.numerics.matching.weights import matching_weights
from erm_bridge.numerics.propensity import fit_propensity
from erm_bridge.numerics.standard_errors import (
    Contrast,
    MatchedSample,
    control_sd,
    matched,
    pooled_sd,
    unmatched,
    weighted_difference,
)

LALONDE = Path(__file__).parents[2] / "studies" / "lalonde" / "lalonde.csv"
TREATED = np.array([True, True, True, False, False, False, False])
OUTCOME = np.array([4.0, 6, 11, 1, 3, 5, 9])


def sample(weights: np.ndarray | list[float], outcome: np.ndarray = OUTCOME) -> MatchedSample:
    return MatchedSample(outcome, TREATED, np.array(weights), np.full((3, 1), -1))


def sample_of(matches: list[list[int]], outcome: np.ndarray = OUTCOME) -> MatchedSample:
    pairs = np.array(matches)
    return MatchedSample(outcome, TREATED, matching_weights(pairs, TREATED), pairs)


def psmatch2(sample: MatchedSample) -> Contrast:
    return matched(sample, "psmatch2")


def pair_and_unit(sample: MatchedSample) -> Contrast:
    return matched(sample, "pair_and_unit")


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
    found = psmatch2(sample(weights))
    # w = .5 and 1.5 sum to N1 = 2; s1^2 = 2, s0^2 = 2: 2/2 + 2 * 2.5/4 = 2.25.
    assert found.estimate == pytest.approx(5 - (0.5 * 1 + 1.5 * 3) / 2, rel=1e-15)
    assert found.std_error == pytest.approx(1.5, rel=1e-15)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(2.5 / 1.5), rel=1e-12)
    margin = stats.norm.ppf(0.975) * 1.5
    assert (found.conf_low, found.conf_high) == pytest.approx((2.5 - margin, 2.5 + margin), rel=1e-12)


@pytest.mark.parametrize(
    ("columns", "estimate", "std_error"),
    [
        (["age", "educ", "black", "hispan", "married", "nodegree"], 691.966832135, 1248.398639539),
        (
            ["age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"],
            1967.93965850,
            1056.48676175,
        ),
    ],
)
def test_what_psmatch2_gives_in_stata(columns, estimate, std_error):
    # Stata 18, psmatch2 4.0.12, `psmatch2 treat ..., outcome(re78) logit` on lalonde, as recorded in the
    # tests of the Python package StatsPAI; it stores scores in single precision and takes the first of ties.
    frame = pd.read_csv(LALONDE)
    frame = frame.assign(black=frame["race"] == "black", hispan=frame["race"] == "hispan")
    treated = frame["treat"].to_numpy() == 1
    score = np.float32(fit_propensity(frame[columns].to_numpy("float64"), treated, columns).fitted)
    controls = np.flatnonzero(~treated)
    apart = np.abs(score[treated, None].astype(float) - score[controls].astype(float))
    matches = controls[apart.argmin(axis=1)][:, None]
    y = frame["re78"].to_numpy("float64")
    found = psmatch2(MatchedSample(y, treated, matching_weights(matches, treated), matches))
    assert (found.estimate, found.std_error) == pytest.approx((estimate, std_error), rel=2e-7)


def test_a_single_unit_has_no_standard_error():
    weights = np.array([1.0, 0, 0, 1, 1, 0, 0])
    found = psmatch2(sample(weights))
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
        (psmatch2(sample(weights)), psmatch2(sample(weights, scale * OUTCOME + 7))),
        (unmatched(OUTCOME, TREATED), unmatched(scale * OUTCOME + 7, TREATED)),
    ):
        assert other.estimate == pytest.approx(scale * one.estimate, rel=1e-12)
        assert other.std_error == pytest.approx(abs(scale) * one.std_error, rel=1e-12)
        assert other.p_value == pytest.approx(one.p_value, rel=1e-10)


def test_pair_and_unit_by_hand():
    # Row 0 has the controls 3 and 4, row 1 has 4, row 2 none: two sets, three rows of units 3, 4, 4.
    found = pair_and_unit(sample_of([[3, 4], [4, -1], [-1, -1]]))
    # Treated 4 and 6 (mean 5), shares 1/2: h = -.5, .5. Controls 1, 3, 3 with shares 1/4, 1/4, 1/2
    # (mean 2.5), h with the sign turned: .375, -.125, -.25.
    by_set = ((-0.5 + 0.375 - 0.125) ** 2 + (0.5 - 0.25) ** 2) * 2 / 1
    by_unit = (0.25 + 0.25 + 0.375**2 + 0.375**2) * 4 / 3
    by_row = (0.25 + 0.25 + 0.375**2 + 0.125**2 + 0.25**2) * 5 / 4
    assert found.estimate == pytest.approx(2.5, rel=1e-15)
    assert found.std_error == pytest.approx(np.sqrt(4 / 3 * (by_set + by_unit - by_row)), rel=1e-14)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(2.5 / found.std_error), rel=1e-12)


def test_without_replacement_only_the_sets_count():
    found = pair_and_unit(sample_of([[3], [4], [6]]))
    # Pairs differ by 3, 3, 2: h sums to a third of the deviations from 8/3; 3/2 for sets, 5/4 for six rows.
    squares = (1 / 9) * ((1 / 3) ** 2 + (1 / 3) ** 2 + (2 / 3) ** 2)
    assert found.std_error == pytest.approx(np.sqrt(5 / 4 * 3 / 2 * squares), rel=1e-13)


def test_pair_and_unit_of_a_single_pair_is_not_defined():
    found = pair_and_unit(sample_of([[3], [-1], [-1]]))
    assert found.estimate == 3
    assert np.isnan([found.std_error, found.statistic, found.p_value, found.conf_low]).all()


@pytest.mark.parametrize("scale", [-2.0, 1e4])
def test_pair_and_unit_scales_with_the_outcome_and_ignores_the_order_in_a_set(scale: float):
    matches = [[3, 4, 5], [4, 6, -1], [5, 6, 3]]
    one = pair_and_unit(sample_of(matches))
    other = pair_and_unit(sample_of([[5, 3, 4], [6, 4, -1], [3, 5, 6]], scale * OUTCOME + 7))
    assert other.estimate == pytest.approx(scale * one.estimate, rel=1e-12)
    assert other.std_error == pytest.approx(abs(scale) * one.std_error, rel=1e-12)


def test_the_weighted_difference_does_not_depend_on_the_scale_of_the_weights():
    weights = np.array([1.0, 1, 0, 0.5, 1.5, 0, 0])
    doubled = np.where(TREATED, weights, 2 * weights)
    assert weighted_difference(OUTCOME, TREATED, weights) == 2.5
    assert weighted_difference(OUTCOME, TREATED, doubled) == 2.5


@pytest.mark.parametrize("error", [psmatch2, pair_and_unit])
def test_groups_that_do_not_vary_have_an_error_of_zero(error):
    # Tenths have no exact binary form: their mean is off by a last bit.
    found = error(sample_of([[3], [4], [6]], np.where(TREATED, 0.7, 0.1)))
    assert (found.std_error, found.p_value) == (0, 0)
    assert found.statistic == np.inf


def test_pairs_that_all_differ_alike_have_an_error_of_zero():
    outcome = np.array([0.4, 0.9, 2.3, 0.1, 0.6, 9.0, 2.0])
    found = pair_and_unit(sample_of([[3], [4], [6]], outcome))
    assert found.estimate == pytest.approx(0.3, rel=1e-14)
    assert (found.std_error, found.statistic) == (0, np.inf)
    assert psmatch2(sample_of([[3], [4], [6]], outcome)).std_error > 0.5


def test_small_errors_far_from_zero_are_no_rounding():
    far = pair_and_unit(sample_of([[3, 4], [4, 6], [5, 3]], 1e8 + OUTCOME / 1e3))
    near = pair_and_unit(sample_of([[3, 4], [4, 6], [5, 3]]))
    assert far.std_error == pytest.approx(near.std_error / 1e3, rel=1e-4)


def test_standard_deviations_are_those_before_matching():
    assert control_sd(OUTCOME, TREATED) == pytest.approx(np.std(OUTCOME[3:], ddof=1), rel=1e-15)
    assert pooled_sd(OUTCOME, TREATED) == pytest.approx(np.sqrt(61 / 5), rel=1e-15)
    assert np.isnan(control_sd(OUTCOME[:4], TREATED[:4]))


def test_weights_on_either_side_and_negative_ones_count():
    weights = np.array([1.0, 3, 0, 2, -1, 0, 0])
    assert weighted_difference(OUTCOME, TREATED, weights) == pytest.approx(22 / 4 - (2 - 3) / 1, rel=1e-15)
    found = psmatch2(sample(weights))
    assert found.std_error == pytest.approx(np.sqrt(2 * (1 + 9) / 16 + 2 * (4 + 1)), rel=1e-14)
