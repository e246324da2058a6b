from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.columns import EFFECT_QUANTITIES
from erm_bridge.engines.python import effect, matching
from erm_bridge.engines.python.effect import estimate_effect
from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics.row_orders import row_orders
from erm_bridge.study.models import Caliper, Effect, Matching, Study, Treatment

LALONDE = Path(__file__).parents[3] / "studies" / "lalonde" / "lalonde.csv"
COVARIATES = ("age", "educ", "race", "married", "nodegree", "re74", "re75")


@pytest.fixture(scope="module")
def lalonde() -> pd.DataFrame:
    frame = pd.read_csv(LALONDE)
    return frame.assign(race=frame["race"].astype("category"))


def matched(frame: pd.DataFrame, **changes):
    return matching.match(
        frame, Matching(treatment=Treatment(column="treat"), covariates=COVARIATES, **changes)
    )


@pytest.mark.parametrize(
    ("changes", "printed"),
    [
        ({}, 894.367),
        ({"ratio": 4, "replace": True, "caliper": Caliper(value=0.02)}, 1587.4),
        ({"replace": True}, 1991.6),
    ],
)
def test_effects_that_matchit_4_7_1_gives_on_lalonde(lalonde, changes, printed):
    table = estimate_effect(matched(lalonde, **changes), lalonde["re78"], Effect()).table
    decimals = len(str(printed).partition(".")[2])
    assert round(table.loc["matched", "estimate"], decimals) == printed
    # lm(re78 ~ treat): -635.03, 657.14, -0.97.
    unmatched = table.loc["unmatched", ["estimate", "std_error", "statistic"]]
    assert [round(value, 2) for value in unmatched] == [-635.03, 657.14, -0.97]


def test_the_table_has_both_rows(lalonde):
    table = estimate_effect(matched(lalonde), lalonde["re78"], Effect(conf_level=0.9)).table
    assert table.index.tolist() == ["unmatched", "matched"]
    assert table["kind"].tolist() == ["pooled", "psmatch2"]
    assert table.columns.tolist() == ["kind", *EFFECT_QUANTITIES]
    np.testing.assert_allclose(table["statistic"], table["estimate"] / table["std_error"])
    np.testing.assert_allclose(table["conf_low"] + table["conf_high"], 2 * table["estimate"])


def test_the_outcome_is_aligned_by_label(lalonde):
    found = matched(lalonde)
    outcome = lalonde["re78"]
    shuffled = pd.concat([outcome.sample(frac=1, random_state=1), pd.Series([1e9], index=[9999])])
    one, other = (estimate_effect(found, series, Effect()).table for series in (outcome, shuffled))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: y.iloc[2:], "no value for the row label 0 and 1 more"),
        (lambda y: y.where(y.index != 7), "value of row 7 is missing or infinite"),
        (lambda y: y.astype("Int64").where(y.index != 7), "value of row 7 is missing or infinite"),
        (lambda y: pd.concat([y, y.iloc[:1]]), "row label 0 occurs twice"),
        (lambda y: y.astype(str), "must hold numbers, not str"),
        (lambda y: y.to_numpy(), "must be a pandas Series"),
    ],
)
def test_an_unusable_outcome_is_refused(lalonde, change, message):
    whole = lalonde.assign(re78=lalonde["re78"].round())
    with pytest.raises(InputError, match=message):
        estimate_effect(matched(whole), change(whole["re78"]), Effect())


def test_weights_of_a_survey_multiply_those_of_the_match(lalonde):
    frame = lalonde.assign(w=np.random.default_rng(1).uniform(0.5, 3, 614))
    found = matched(frame, ratio=2, replace=True, survey_weights="w", estimand="ATC")
    y, treated, w = frame["re78"], found.treated, found.weights * frame["w"]
    table = estimate_effect(found, y, Effect(std_error=("HC0", "pair"))).table

    def difference(weights: pd.Series) -> float:
        means = [np.average(y[group], weights=weights[group]) for group in (treated, ~treated)]
        return float(means[0] - means[1])

    assert table.loc["unmatched", "kind"] == "HC1"
    assert table.loc["unmatched", "estimate"] == pytest.approx(difference(frame["w"]), rel=1e-12)
    assert table.loc["matched", "estimate"].tolist() == pytest.approx([difference(w)] * 2, rel=1e-12)
    apart = [w[group] * (y[group] - np.average(y[group], weights=w[group])) for group in (treated, ~treated)]
    scaled = [part / w[part.index].sum() for part in apart]
    error = np.sqrt(sum((part**2).sum() for part in scaled))
    assert table.iloc[1]["std_error"] == pytest.approx(error, rel=1e-12)
    # Three times the weights are the same weights.
    again = matched(frame.assign(w=3 * frame["w"]), ratio=2, replace=True, survey_weights="w", estimand="ATC")
    thrice = estimate_effect(again, y, Effect(std_error=("HC0", "pair"))).table
    pd.testing.assert_frame_equal(thrice, table, check_exact=False, rtol=1e-10)


def test_pairs_within_strata_about_everyone_are_rows_of_the_treated(lalonde):
    # MatchIt gives such pairs the weight 1 on both sides, a row of the match matrix to each treated unit.
    method = {"method": "coarsened_exact", "k2k": True}
    found = matched(lalonde, method=method, estimand="ATE")
    same = matched(lalonde, method=method)
    asked = Effect(std_error=("pair", "subclass", "psmatch2"))
    table, other = (estimate_effect(one, lalonde["re78"], asked).table for one in (found, same))
    pd.testing.assert_frame_equal(table, other)
    assert table.iloc[1]["std_error"] == pytest.approx(table.iloc[2]["std_error"], rel=1e-12)


def study(outcome: str | None = "re78") -> Study:
    index = {"items": ("age", "educ", "re74"), "factors": 1} if outcome is None else None
    return Study.model_validate(
        {
            "study": "s",
            "data": {"source": "lalonde.csv"},
            "index": index,
            "difference": {"outcome": "re78"},
            "matching": {"treatment": {"column": "treat"}, "covariates": COVARIATES},
            "effect": {"outcome": outcome},
        }
    )


def test_the_stage_takes_weights_and_outcome_from_upstream(lalonde):
    handed = matching.run(study(), lalonde, Artefacts()).artefacts
    expected = estimate_effect(matched(lalonde), lalonde["re78"], Effect()).table
    rows = effect.run(study(), lalonde, handed).rows.rows
    assert len(rows) == 24
    found = {(quantity, term, component): value for quantity, term, component, value, _ in rows}
    for sample, kind in (("unmatched", "pooled"), ("matched", "psmatch2")):
        for quantity in EFFECT_QUANTITIES:
            assert found[quantity, sample, kind] == expected.loc[sample, quantity]
    doubled = handed.with_(index=2 * lalonde["re78"].to_numpy())
    index_rows = effect.run(study(None), lalonde, doubled).rows.rows
    assert index_rows[0][3] == pytest.approx(2 * rows[0][3], rel=1e-12)


def test_weights_are_needed(lalonde):
    with pytest.raises(EngineError, match="stage effect needs"):
        effect.run(study(), lalonde, Artefacts())


def ties(study_: Study, frame: pd.DataFrame) -> dict[str, float]:
    handed = matching.run(study_, frame, Artefacts()).artefacts
    rows = effect.run(study_, frame, handed).rows.rows
    return {row[0]: row[3] for row in rows if row[1:3] == ("matched", "")}


def with_orders(count: int, **matching_options: object) -> Study:
    asked = study()
    changes = {
        "matching": asked.matching.model_copy(update=matching_options),
        "effect": asked.effect.model_copy(update={"tie_orders": count}),
    }
    return asked.model_copy(update=changes)


def test_the_envelope_of_tied_scores_holds_the_effect_and_grows(lalonde):
    few, many = (ties(with_orders(count, replace=True), lalonde) for count in (5, 40))
    # Any choice among ties gives 1,669 to 2,264.
    assert 1669 <= many["tie_low"] <= few["tie_low"] <= 1991.6
    assert 1991.6 < few["tie_high"] <= many["tie_high"] <= 2264
    assert many["tie_low"] < many["tie_mean"] < many["tie_high"]


def test_the_envelope_is_that_of_matching_shuffled_frames(lalonde):
    asked = with_orders(3, replace=True, ratio=2)
    found = ties(asked, lalonde)
    scores = matching.run(asked, lalonde, Artefacts()).artefacts.propensity
    estimates = []
    for order in (np.arange(614), *row_orders(614, 3)):
        frame = lalonde.iloc[order]
        again = matching.match(frame, asked.matching, scores=scores[order])
        estimates.append(estimate_effect(again, frame["re78"], Effect()).table.loc["matched", "estimate"])
    assert found["tie_low"] == pytest.approx(min(estimates), rel=1e-12)
    assert found["tie_high"] == pytest.approx(max(estimates), rel=1e-12)


def test_scores_without_ties_have_an_envelope_of_no_width(lalonde):
    asked = with_orders(5, replace=True)
    scores = np.random.default_rng(1).permutation(614) / 614
    handed = matching.run(asked, lalonde, Artefacts(propensity=scores)).artefacts
    found = {row[0]: row[3] for row in effect.run(asked, lalonde, handed).rows.rows if row[2] == ""}
    assert found["tie_high"] == pytest.approx(found["tie_low"], rel=1e-12)


def test_no_orders_no_envelope(lalonde):
    assert ties(with_orders(0), lalonde) == {}
