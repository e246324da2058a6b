"""Errors of weighted regressions: by hand, special cases, properties and refusals."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.effects.regression import KINDS, Covariates
from erm_bridge.numerics.matching.weights import matching_weights
from erm_bridge.numerics.standard_errors import MatchedSample, adjusted, matched

TREATED = np.array([True, True, True, False, False, False, False])
OUTCOME = np.array([4.0, 6, 11, 1, 3, 5, 9])


def sample(weights: list[float]) -> MatchedSample:
    return MatchedSample(OUTCOME, TREATED, np.array(weights))


def made(n: int = 80, ratio: int = 2, replace: bool = True) -> MatchedSample:
    rng = np.random.default_rng(3)
    treated = np.arange(n) < n // 5
    controls = np.flatnonzero(~treated)
    rows = n // 5
    if replace:
        matches = np.array([rng.choice(controls[: n // 4], ratio, replace=False) for _ in range(rows)])
    else:
        matches = rng.permutation(controls)[: ratio * rows].reshape(rows, ratio)
    return MatchedSample(rng.normal(size=n) + treated, treated, matching_weights(matches, treated), matches)


def test_hc_by_hand():
    # Treated 4, 6 with mean 5; controls 1 and 3 with weights .5 and 1.5 have mean 2.5.
    weights = [1.0, 1, 0, 0.5, 1.5, 0, 0]
    share, residual = np.array([0.5, 0.5, 0.25, 0.75]), np.array([-1, 1, -1.5, 0.5])
    h = (share * residual) ** 2
    expected = {
        "HC0": h.sum(),
        "HC1": h.sum() * 4 / 2,
        "HC2": (h / (1 - share)).sum(),
        "HC3": (h / (1 - share) ** 2).sum(),
    }
    for kind, variance in expected.items():
        found = matched(sample(weights), kind)
        assert found.estimate == 2.5
        assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-13)


def test_hc1_of_equal_weights_in_groups_of_a_size_is_the_pooled_error():
    y = OUTCOME[:6]
    whole = MatchedSample(y, TREATED[:6], np.ones(6))
    pooled = np.sqrt((np.var(y[:3], ddof=1) + np.var(y[3:], ddof=1)) / 3)
    assert matched(whole, "HC1").std_error == pytest.approx(pooled, rel=1e-13)
    assert matched(whole, "HC2").std_error == pytest.approx(pooled, rel=1e-13)


def test_a_row_that_is_fitted_exactly_has_no_hc2_and_hc3():
    alone = sample([0.0, 0, 1, 1, 1, 0, 0])
    assert np.isnan([matched(alone, kind).std_error for kind in ("HC2", "HC3")]).all()
    assert matched(alone, "HC0").std_error == pytest.approx(np.sqrt(0.5), rel=1e-13)


def test_without_reuse_pairs_are_subclasses_and_units_are_rows():
    found = made(replace=False)
    errors = {kind: matched(found, kind).std_error for kind in KINDS}
    assert errors["pair"] == pytest.approx(errors["subclass"], rel=1e-12)
    assert errors["pair"] == pytest.approx(errors["pair_and_unit"], rel=1e-10)
    assert errors["unit"] == pytest.approx(errors["HC1"], rel=1e-12)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "subclass"])
def test_adjusting_for_what_does_not_matter_changes_little(kind):
    base = made(400)
    noise = np.random.default_rng(9).normal(size=(400, 1))
    plain, found = matched(base, kind), adjusted(base, kind, Covariates(1e6 + noise, ["x"]))
    assert found.estimate == pytest.approx(plain.estimate, abs=0.05)
    assert found.std_error == pytest.approx(plain.std_error, rel=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_adjustment_takes_out_a_linear_confounder_and_ignores_its_unit(kind):
    base = made(replace=kind != "subclass")
    x = np.random.default_rng(5).normal(size=(80, 2)) + base.treated[:, None]
    y = base.outcome + x @ [5, -2] + np.where(base.treated, x[:, 0], 0)
    shifted = MatchedSample(y, base.treated, base.weights, base.matches)
    found = adjusted(shifted, kind, Covariates(x, ["a", "b"]))
    # Those whom the effect is about: treated units, whose own slope adds their mean of x.
    without = adjusted(base, kind, Covariates(x, ["a", "b"]))
    assert found.estimate == pytest.approx(without.estimate + x[base.treated, 0].mean(), rel=1e-10)
    assert found.std_error == pytest.approx(without.std_error, rel=1e-9)
    other = adjusted(shifted, kind, Covariates(1e3 * x[:, ::-1] - 7, ["b", "a"]))
    assert (other.estimate, other.std_error) == pytest.approx((found.estimate, found.std_error), rel=1e-9)


def test_whom_the_effect_is_about_decides_where_groups_are_compared():
    base = made(replace=False)
    x = np.arange(80.0)[:, None] % 7
    y = np.where(base.treated, 2 * x[:, 0], 0.0)
    estimates = {}
    for name, focal in {"ATT": base.treated, "ATE": np.ones(80, dtype=bool)}.items():
        whole = MatchedSample(y, base.treated, np.ones(80), focal=focal)
        estimates[name] = adjusted(whole, "HC0", Covariates(x, ["x"])).estimate
    assert estimates["ATT"] == pytest.approx(2 * x[base.treated].mean(), rel=1e-12)
    assert estimates["ATE"] == pytest.approx(2 * x.mean(), rel=1e-12)


def test_columns_that_cannot_be_adjusted_for_are_refused():
    base = made()
    constant = np.where(base.treated, 1.0, np.arange(80.0))[:, None]
    with pytest.raises(InputError, match="adjust: among the matched treated rows the column 'x' is constant"):
        adjusted(base, "HC3", Covariates(constant, ["x"]))
    twice = np.random.default_rng(1).normal(size=(80, 1)) * [1, 2]
    with pytest.raises(InputError, match="'z' is a linear combination"):
        adjusted(base, "pair", Covariates(twice, ["x", "z"]))
    many = np.random.default_rng(1).normal(size=(7, 2))
    with pytest.raises(InputError, match="among the matched treated rows the column 'b' is a linear"):
        adjusted(sample([1.0, 1, 0, 0.5, 1.5, 0, 0]), "HC0", Covariates(many, ["a", "b"]))
