"""The true effect: zero without effect, monotone, as large as asked for, and found by adjusting."""

import numpy as np
import pytest

from erm_bridge.numerics.matching import Caliper, Problem
from erm_bridge.numerics.matching.nearest import nearest
from erm_bridge.simulate import simulate
from erm_bridge.simulate.calibration import figures
from erm_bridge.simulate.confounders import CONFOUNDERS, insurance_log_odds, levels
from erm_bridge.simulate.constants import CALIBRATED
from erm_bridge.simulate.insurance import choose_host
from erm_bridge.simulate.persons import Persons, cohort
from erm_bridge.simulate.seeds import streams

PERSONS = 60_000
TREATED = round(PERSONS * 606 / 3333)


def large(effect: float, seed: int = 11) -> Persons:
    return cohort(streams(seed).cohort, PERSONS, TREATED, effect, CALIBRATED)


def test_realised_effect_is_what_was_asked_for_and_grows_with_it() -> None:
    asked = (-5.0, 0.0, 2.0, 5.0, 10.0)
    found = [figures(large(effect)).realised for effect in asked]
    assert found[1] == pytest.approx(0, abs=1e-12)
    assert found == sorted(found)
    assert found == pytest.approx(asked, rel=0.04, abs=1e-9)


def test_raw_difference_is_confounded_by_about_three_points() -> None:
    figure = figures(large(5.0))
    assert 2.2 < figure.difference - figure.realised < 3.6


@pytest.mark.parametrize("effect", [0.0, 5.0])
def test_matching_on_the_confounders_recovers_the_effect(effect: float) -> None:
    persons = large(effect)
    figure = figures(persons)
    index = figure.rule(persons.answers.observed)
    score = 1 / (1 + np.exp(-insurance_log_odds(levels(persons.columns)))).round(10)
    matches = nearest(Problem(persons.host, score, ratio=4, replace=True, calipers=(Caliper(0.02),)))
    assert (matches[:, 0] >= 0).mean() > 0.99
    treated = np.flatnonzero(persons.host)
    matched = (matches >= 0).all(axis=1)
    estimate = (index[treated[matched]] - index[matches[matched]].mean(axis=1)).mean()
    # The standard error is about 0.4 here.
    assert estimate == pytest.approx(figure.realised, abs=1.2)


def test_chance_of_host_insurance_follows_the_logit_model() -> None:
    persons = large(0.0)
    log_odds = insurance_log_odds(levels(persons.columns))
    low, high = log_odds < np.quantile(log_odds, 0.25), log_odds > np.quantile(log_odds, 0.75)

    def logit(rows: np.ndarray) -> float:
        share = persons.host[rows].mean()
        return float(np.log(share / (1 - share)))

    wanted = log_odds[high].mean() - log_odds[low].mean()
    assert logit(high) - logit(low) == pytest.approx(wanted, abs=0.1)


def test_exactly_the_wanted_number_is_chosen() -> None:
    rng = np.random.default_rng(1)
    for wanted in (0, 3, 10):
        assert choose_host(rng, np.zeros(10), wanted).sum() == wanted


def test_metadata_of_small_surveys() -> None:
    small = simulate(20_000, effect=0.0).metadata["effect"]
    assert small["requested"] == 0.0
    assert small["realised"] == pytest.approx(0, abs=1e-12)
    tiny = simulate(40).metadata["effect"]
    assert tiny["realised"] is None
    assert tiny["raw_difference"] is None


def test_levels_have_one_coefficient_each() -> None:
    for confounder in CONFOUNDERS:
        assert len(confounder.insurance) == len(confounder.integration) == len(confounder.levels) - 1
