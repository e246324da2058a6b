import numpy as np
import pytest
from scipy import stats

from erm_bridge.numerics.hidden_bias import hodges_lehmann_bounds, mcnemar_bounds, signed_rank_bounds

# Lead in the blood of 33 children of exposed workers and of their matched controls, micrograms per decilitre:
# Morton et al. (1982), as in Rosenbaum (2002), Observational Studies, 2nd ed., section 4.3.
EXPOSED = """38 23 41 18 37 36 23 62 31 34 24 14 21 17 16 20 15
             10 45 39 22 35 49 48 44 35 43 39 34 13 73 25 27"""
CONTROLS = """16 18 18 24 19 11 10 15 16 18 18 13 19 10 16 16 24
              13 9 14 21 19 7 18 19 12 11 22 25 16 13 11 13"""
LEAD = np.array(EXPOSED.split(), dtype=float) - np.array(CONTROLS.split(), dtype=float)


def test_signed_rank_of_lead_as_printed():
    # Rosenbaum (2002), section 4.3: upper bounds; lower ones are all below .0001.
    found = signed_rank_bounds(LEAD, (1, 2, 3, 4, 4.25, 5))
    assert np.round(found.high, 4).tolist() == [0, 0.0018, 0.0136, 0.0388, 0.0468, 0.0740]
    assert (found.low < 1e-4).all()
    assert found.high[0] == found.low[0]
    assert found.above


def test_hodges_lehmann_of_lead_as_printed():
    # Rosenbaum (2002), section 4.3.
    found = hodges_lehmann_bounds(LEAD, (1, 2, 3, 4, 4.25, 5))
    assert found.low.tolist() == [15, 10.25, 8, 6.5, 6, 5]
    assert found.high.tolist() == [15, 19.5, 23, 25, 25, 26.5]


def test_smoking_and_lung_cancer_as_printed():
    # Hammond (1964) in Rosenbaum (2002), section 4.3: of 36,975 pairs, in 110 the smoker alone died
    # of lung cancer, in 12 the control alone.
    found = mcnemar_bounds(np.repeat([1.0, -1.0, 0.0], [110, 12, 36_853]), (1, 2, 3, 4, 5, 6))
    assert (found.high[:3] < 1e-4).all()
    assert found.high[5] == pytest.approx(0.1, abs=0.005)
    chance = np.array([4, 5, 6]) / np.array([5, 6, 7])
    assert found.high[3:] == pytest.approx(stats.binom.sf(109, 122, chance), rel=1e-12)
    assert found.low[3:] == pytest.approx(stats.binom.sf(109, 122, 1 - chance), rel=1e-10)


def test_without_bias_they_are_the_usual_tests():
    differences = np.random.default_rng(1).normal(0.3, 1, 40)
    expected = stats.wilcoxon(differences, alternative="greater", method="approx").pvalue
    found = signed_rank_bounds(differences, (1,))
    assert found.low == found.high == pytest.approx(expected, rel=1e-12)
    means = np.add.outer(differences, differences)[np.triu_indices(40)] / 2
    assert hodges_lehmann_bounds(differences, (1,)).low == pytest.approx(np.median(means), rel=1e-14)


@pytest.mark.parametrize("digits", [0, 1, 8])
def test_hodges_lehmann_by_all_means_of_two(digits):
    differences = np.round(np.random.default_rng(digits).normal(0.4, 2, 60), digits)
    means = np.sort(np.add.outer(differences, differences)[np.triu_indices(60)] / 2)
    for gamma in (1.1, 1.5, 2, 4, 30):
        found = hodges_lehmann_bounds(differences, (gamma,))
        statistic = len(means) / (1 + gamma)
        upper = means[int(np.ceil(len(means) - statistic)) - 1]
        lower = means[int(np.ceil(statistic)) - 1]
        if statistic == round(statistic):
            lower, upper = (
                (lower + means[int(statistic)]) / 2,
                (upper + means[len(means) - int(statistic)]) / 2,
            )
        assert found.low[0] == pytest.approx(lower, abs=1e-14)
        assert found.high[0] == pytest.approx(upper, abs=1e-14)


def test_turning_the_sign_turns_the_direction():
    gammas = (1, 1.7, 3)
    for bounds in (signed_rank_bounds, mcnemar_bounds):
        differences = np.sign(LEAD) if bounds is mcnemar_bounds else LEAD
        there, back = bounds(differences, gammas), bounds(-differences, gammas)
        assert (there.high == back.high).all()
        assert (there.low == back.low).all()
        assert (there.above, back.above) == (True, False)
    there, back = hodges_lehmann_bounds(LEAD, gammas), hodges_lehmann_bounds(-LEAD, gammas)
    assert (there.low == -back.high).all()


def test_bounds_widen_and_shift_with_the_outcome():
    found = hodges_lehmann_bounds(LEAD, (1, 1.2, 2, 5, 50))
    assert (np.diff(found.low) <= 0).all()
    assert (np.diff(found.high) >= 0).all()
    moved = hodges_lehmann_bounds(3 - 2 * LEAD, (1, 1.2, 2, 5, 50))
    np.testing.assert_allclose(moved.low, 3 - 2 * found.high, rtol=1e-14)
    assert (np.diff(signed_rank_bounds(LEAD, (1, 1.2, 2, 5, 50)).high) > 0).all()


def test_pairs_that_do_not_differ():
    assert np.isnan(signed_rank_bounds(np.zeros(5), (1, 2)).high).all()
    assert mcnemar_bounds(np.zeros(5), (1, 2)).high.tolist() == [1, 1]
    assert hodges_lehmann_bounds(np.zeros(5), (1, 2)).low.tolist() == [0, 0]


def test_many_pairs_need_no_table_of_all_means():
    differences = np.random.default_rng(3).normal(1, 1, 20_000)
    found = hodges_lehmann_bounds(differences, (1, 2))
    assert found.low[0] == pytest.approx(1, abs=0.03)
    # The mean of two is normal with half the variance: its quantile at 1/3.
    assert found.low[1] == pytest.approx(1 + stats.norm.ppf(1 / 3) / np.sqrt(2), abs=0.03)
