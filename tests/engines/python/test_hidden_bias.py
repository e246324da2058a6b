import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

import erm_bridge as eb
from erm_bridge.engines.python import hidden_bias
from erm_bridge.errors import InputError
from erm_bridge.numerics.e_value import e_value

ENGINES = ["python", pytest.param("r", marks=pytest.mark.r)]
# Exposed, control, exposed, control, ...: ten pairs of Morton et al. (1982).
LEAD = [38, 16, 23, 18, 41, 18, 18, 24, 37, 19, 36, 11, 23, 10, 62, 15, 31, 16, 34, 18]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Ten pairs of equal scores; the label of a treated unit is 1000 above that of its control."""
    pair = np.repeat(np.arange(10), 2)
    random = np.random.default_rng(4)
    treat = np.tile([1, 0], 10)
    columns = {"treat": treat, "x": pair, "lead": LEAD, "before": random.normal(size=20).round(3)}
    return pd.DataFrame(columns, index=pair + 1000 * treat).assign(high=lambda f: f["lead"] > 20)


@pytest.fixture(scope="module")
def pairs(frame):
    return eb.match(frame, treatment="treat", covariates=["x"], distance=frame["x"] / 20)


def test_pairs_of_the_match_are_those_of_the_data(frame, pairs):
    differences = hidden_bias.pair_differences(
        frame["lead"].to_numpy(float), frame["treat"].to_numpy() == 1, pairs.positions
    )
    assert differences.tolist() == [a - b for a, b in zip(LEAD[::2], LEAD[1::2], strict=True)]


@pytest.mark.parametrize("engine", ENGINES)
def test_bounds_by_hand(frame, pairs, engine):
    found = eb.effect_sensitivity(
        pairs, outcome=frame["lead"], rosenbaum=(1, 3), e_value=False, engine=engine
    )
    assert (found.test, found.against, found.e_value, found.placebo) == (
        "signed_rank",
        "positive",
        None,
        None,
    )
    # Differences 22 5 23 -6 18 25 13 47 15 16: ranks sum to 55, the negative one has rank 2.
    z = (53 - 0.75 * 55) / np.sqrt(0.75 * 0.25 * 385)
    assert found.bounds.loc[3, "p_high"] == pytest.approx(norm.sf(z), rel=1e-12)
    assert found.bounds.loc[1, "p_low"] == found.bounds.loc[1, "p_high"]
    # Means of two differences: the middle of 55.
    differences = np.subtract(LEAD[::2], LEAD[1::2])
    means = np.add.outer(differences, differences)[np.triu_indices(10)] / 2
    assert found.bounds.loc[1, "effect_low"] == found.bounds.loc[1, "effect_high"] == np.median(means)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_outcome_of_0_and_1_has_mcnemar_and_a_ratio_of_risks(frame, pairs, engine):
    found = eb.effect_sensitivity(pairs, outcome=frame["high"] * 1.0, rosenbaum=2, engine=engine)
    assert found.test == "mcnemar"
    treated, control = frame["high"].to_numpy()[::2], frame["high"].to_numpy()[1::2]
    rises, falls = np.sum(treated & ~control), np.sum(~treated & control)
    assert found.bounds.loc[2, "p_high"] == pytest.approx(binom.sf(rises - 1, rises + falls, 2 / 3))
    assert found.bounds[["effect_low", "effect_high"]].isna().all(axis=None)
    assert found.e_value["point"] == pytest.approx(e_value(treated.mean() / control.mean()), rel=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_e_value_and_placebo_are_those_of_the_effect(frame, pairs, engine):
    kinds = ("psmatch2", "pair_and_unit")
    found = eb.effect_sensitivity(
        pairs, outcome=frame["lead"], placebo=frame[["before"]], std_error=kinds, engine=engine
    )
    effect = eb.estimate_effect(pairs, outcome=frame["lead"]).table.loc["matched"]
    groups = frame.groupby("treat")["lead"]
    deviation = np.sqrt(groups.var().mean())
    d, s = effect["estimate"] / deviation, effect["std_error"] / deviation
    assert found.e_value["point"] == pytest.approx(e_value(np.exp(0.91 * d)), rel=1e-9)
    assert found.e_value["limit"] == pytest.approx(e_value(np.exp(0.91 * d - 1.78 * s)), rel=1e-9)
    expected = eb.estimate_effect(pairs, outcome=frame["before"], std_error=kinds).table.loc["matched"]
    assert found.placebo.index.tolist() == [("before", kind) for kind in kinds]
    for column in found.placebo.columns:
        np.testing.assert_allclose(found.placebo[column], expected[column], rtol=1e-9)


@pytest.mark.r
def test_engines_agree_on_random_pairs():
    rng = np.random.default_rng(2)
    n = 300
    frame = pd.DataFrame({"treat": rng.random(n) < 0.3, "x": rng.normal(size=n)})
    match = eb.match(frame, treatment="treat", covariates=["x"])
    for digits in (0, 8):
        outcome = (frame["x"] + 0.4 * frame["treat"] + rng.normal(size=n)).round(digits)
        ours, theirs = (
            eb.effect_sensitivity(match, outcome=outcome, rosenbaum=(1, 1.2, 2, 4), engine=engine)
            for engine in ("python", "r")
        )
        pd.testing.assert_frame_equal(ours.bounds, theirs.bounds, rtol=1e-10, atol=1e-13)
        pd.testing.assert_series_equal(ours.e_value, theirs.e_value, rtol=1e-9)


def test_what_is_not_defined_has_no_row(frame, pairs):
    same = pd.Series(np.repeat(np.arange(10.0), 2), frame.index)
    found = eb.effect_sensitivity(pairs, outcome=same, rosenbaum=(1, 2))
    quantities = {quantity for quantity, *_ in hidden_bias.rows(found).rows}
    assert quantities == {"hodges_lehmann_low", "hodges_lehmann_high", "e_value"}


@pytest.mark.parametrize("changes", [{"ratio": 2}, {"replace": True}])
def test_bounds_need_pairs(frame, changes):
    scores = np.zeros(20)
    treat = np.arange(20) < 5
    match = eb.match(
        frame.assign(treat=treat), treatment="treat", covariates=["x"], distance=scores, **changes
    )
    with pytest.raises(InputError, match=r"rosenbaum: bounds are those of pairs.*ratio: 1, replace: false"):
        eb.effect_sensitivity(match, outcome=frame["lead"], rosenbaum=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rosenbaum": 0.5}, r"must lie between 1 \(no hidden bias\)"),
        ({"rosenbaum": (2, 2.0)}, "rosenbaum.*twice"),
        ({"e_value": False}, "asks for nothing"),
        ({"placebo": pd.Series([1.0], ["nobody"], name="z")}, "no value for the row label"),
    ],
)
def test_arguments_are_checked(frame, pairs, arguments, message):
    with pytest.raises(InputError, match=message):
        eb.effect_sensitivity(pairs, outcome=frame["lead"], **arguments)
