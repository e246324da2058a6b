"""The bootstrap of matched sets."""

from dataclasses import replace

import numpy as np
import pytest

from erm_bridge.numerics.effects import bootstrap
from erm_bridge.numerics.matching.weights import matching_weights
from erm_bridge.numerics.standard_errors import MatchedSample, matched


def pairs(n: int) -> MatchedSample:
    rng = np.random.default_rng(4)
    treated = np.arange(2 * n) < n
    matches = (n + np.arange(n))[:, None]
    return MatchedSample(rng.normal(size=2 * n), treated, matching_weights(matches, treated), matches, seed=1)


def test_pairs_come_near_the_error_of_paired_differences():
    sample = replace(pairs(200), replicates=4000)
    gain = sample.outcome[:200] - sample.outcome[200:]
    assert matched(sample, "bootstrap").std_error == pytest.approx(gain.std() / np.sqrt(200), rel=0.03)


def test_sets_by_subclass_are_those_of_pairs():
    sample = pairs(30)
    numbers = np.concatenate([np.arange(30), np.arange(30)])
    by_subclass = replace(sample, matches=None, subclass=numbers)
    assert matched(by_subclass, "bootstrap").std_error == pytest.approx(
        matched(sample, "bootstrap").std_error, rel=1e-12
    )


def test_parts_of_replicates_are_the_same_draws(monkeypatch):
    sample = replace(pairs(30), replicates=100)
    whole = matched(sample, "bootstrap").std_error
    monkeypatch.setattr(bootstrap, "CELLS", 210)
    assert matched(sample, "bootstrap").std_error == pytest.approx(whole, rel=1e-13)
    assert matched(replace(sample, seed=2), "bootstrap").std_error != whole


def test_a_single_set_has_no_error():
    assert np.isnan(matched(pairs(1), "bootstrap").std_error)
