from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.python import matching
from erm_bridge.engines.python.matches import balance
from erm_bridge.engines.python.matching import match
from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics.matching import METHODS, Pairing
from erm_bridge.study.models import Caliper, Distance, Matching, Study, Treatment, Variable

LALONDE = Path(__file__).parents[3] / "studies" / "lalonde" / "lalonde.csv"
COVARIATES = ("age", "educ", "race", "married", "nodegree", "re74", "re75")


def lalonde() -> pd.DataFrame:
    frame = pd.read_csv(LALONDE)
    return frame.assign(race=frame["race"].astype("category"))


def options(treatment="treat", covariates=COVARIATES, **changes) -> Matching:
    return Matching(treatment=Treatment(column=treatment), covariates=covariates, **changes)


def small(index=None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "t": [1, 0, 0, 1, 0, 0],
            "x": [1.0, 2, 3, 4, 5, 0],
            "g": pd.Categorical(["a", "a", "b", "b", "a", "b"]),
        },
        index=index,
    )


SCORES = [0.5, 0.52, 0.9, 0.8, 0.1, 0.45]


def small_match(index=None, frame=None, scores=SCORES, **changes):
    frame = small(index) if frame is None else frame
    return match(frame, options("t", ("x", "g"), **changes), scores=scores)


def test_given_scores_by_hand():
    found = small_match()
    # .8 takes .9, then .5 takes .52.
    assert found.match_matrix.to_dict() == {1: {0: 1, 3: 2}}
    assert found.match_matrix[1].dtype == "Int64"
    assert found.weights.tolist() == [1, 1, 1, 1, 0, 0]
    assert found.subclass.tolist() == [1, 1, 2, 2, pd.NA, pd.NA]
    assert found.distance.tolist() == SCORES
    assert found.treated.tolist() == [True, False, False, True, False, False]
    assert found.score_coefficients is None


def test_labels_are_text_or_whole_numbers():
    text = small_match(list("uvwxyz"), ratio=2, replace=True, caliper=Caliper(value=0.06))
    assert text.match_matrix.columns.tolist() == [1, 2]
    assert text.match_matrix.index.tolist() == ["u", "x"]
    assert (text.match_matrix.dtypes == "string").all()
    assert text.match_matrix.loc["u"].tolist() == ["v", "z"]
    assert text.match_matrix.loc["x"].isna().all()
    assert text.subclass is None
    assert text.weights.tolist() == [1, 1, 0, 0, 0, 1]
    numbers = small_match([10, 9, 8, 7, 6, 5], ratio=3)
    assert numbers.match_matrix.loc[10].tolist() == [9, 6, pd.NA]
    assert numbers.match_matrix.loc[7].tolist() == [8, 5, pd.NA]


def test_balance_is_computed_when_asked_for_and_once(monkeypatch):
    calls = []
    real = balance.numerics.balance
    monkeypatch.setattr(
        balance.numerics, "balance", lambda *args, **named: calls.append(1) or real(*args, **named)
    )
    found = small_match()
    assert not calls
    assert found.balance.index.tolist() == ["x", "g[a]", "g[b]", "(distance)"]
    assert found.balance is found.balance
    assert calls == [1]
    # Treated 1 and 4: mean 2.5, variance 4.5; controls 2, 3, 5, 0: mean 2.5.
    assert found.balance.loc["x", "smd_before"] == 0
    assert found.balance.loc["x", "variance_ratio_after"] == pytest.approx(9, rel=1e-14)
    assert found.balance["variance_ratio_before"].isna().tolist() == [False, True, True, False]


def test_balance_is_that_of_the_frame_that_was_matched():
    frame = small()
    found = small_match(frame=frame)
    frame.loc[0, "x"] = 1000.0
    pd.testing.assert_frame_equal(found.balance, small_match().balance)


def test_scores_are_the_fitted_probabilities_rounded():
    frame = lalonde()
    rounded, full = match(frame, options()), match(frame, options(distance=Distance(digits=None)))
    np.testing.assert_array_equal(rounded.distance, np.round(full.distance, 10))
    assert rounded.score_coefficients.index.tolist() == [
        "(Intercept)",
        "age",
        "educ",
        "race[hispan]",
        "race[white]",
        "married",
        "nodegree",
        "re74",
        "re75",
    ]
    # The mean of the fitted probabilities of a logit model is the share of the treated.
    assert full.distance.mean() == pytest.approx(185 / 614, rel=1e-13)


def test_the_reference_level_changes_coefficients_but_not_matches():
    white = {"race": Variable(type="category", levels=("black", "hispan", "white"), reference="white")}
    one, other = match(lalonde(), options()), match(lalonde(), options(), white)
    assert other.score_coefficients.index[3] == "race[black]"
    assert other.score_coefficients["race[black]"] == pytest.approx(-one.score_coefficients["race[white]"])
    pd.testing.assert_frame_equal(other.match_matrix, one.match_matrix)


@pytest.mark.parametrize("column", [[True, False, False, True, False, False], [1.0, 0, 0, 1, 0, 0]])
def test_treatment_as_boolean_or_double(column):
    found = small_match(frame=small().assign(t=column))
    pd.testing.assert_frame_equal(found.match_matrix, small_match().match_matrix)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"index": [1, 2, 3, 3, 4, 5]}, "row label 3 occurs twice"),
        ({"frame": small().assign(t=[1, 2, 0, 1, 0, 0])}, "'t' must hold 0 and 1 .*; found 0, 1, 2$"),
        ({"frame": small().assign(t=1)}, "'t' must hold 0 and 1 .*, both; found 1$"),
        ({"frame": small().assign(t=range(6))}, "found 0, 1, 2, 3, 4, ...$"),
        ({"frame": small().assign(t=list("abcdef"))}, "column 't' holds text .*frame\\['t'\\] == 'f'"),
        ({"frame": small().assign(t=pd.Categorical(list("010101")))}, "column 't' holds text or categories"),
        ({"frame": small().drop(columns="t")}, "no column 't'"),
        ({"frame": small().iloc[:0], "scores": []}, "'t' must hold 0 and 1 .*; found no rows$"),
        (
            {"scores": SCORES[:5]},
            r"score for each of the 6 rows, .* 2 treated x 4 controls; found shape \(5,\)",
        ),
        ({"scores": [*SCORES[:5], np.nan]}, "score in row 6 is missing"),
        ({"caliper": Caliper(value=1e-9)}, "no treated row has a control within the caliper of 1e-09"),
        ({"scores": None, "frame": small().assign(x=np.nan)}, "column 'x' has a missing value in row 1"),
        ({"scores": None, "frame": small().assign(x=[9, 1, 2, 8, 3, 4])}, "perfect separation: .*'x'"),
        ({"scores": None, "frame": small().assign(x=2.0)}, "column 'x' is constant"),
    ],
)
def test_unusable_input_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        small_match(**changes)


def study(**changes) -> Study:
    return Study.model_validate(
        {
            "study": "s",
            "data": {"source": "lalonde.csv"},
            "difference": {"outcome": "re78"},
            "matching": {"treatment": {"column": "treat"}, "covariates": COVARIATES, **changes},
        }
    )


def by_key(rows) -> dict[tuple[str, str, str], float]:
    return {(quantity, term, component): value for quantity, term, component, value, _ in rows.rows}


def test_the_stage_emits_rows_and_hands_on_positions():
    frame = lalonde()
    frame.index = [f"unit {i}" for i in range(len(frame))]
    result = matching.run(study(), frame, Artefacts())
    found = by_key(result.rows)
    assert len(found) == len(result.rows.rows)
    assert found["n_treated_matched", "", ""] == 185
    assert found["n_controls_matched", "", ""] == 185
    assert found["n_pairs", "", ""] == 185
    handed = result.artefacts
    assert handed.match_matrix.shape == (185, 1)
    scores = handed.propensity
    gaps = np.abs(scores[frame["treat"] == 1][:, None] - scores[handed.match_matrix])
    assert found["pair_distance_max", "", ""] == gaps.max()
    assert handed.weights.sum() == pytest.approx(370)
    assert {term for quantity, term, _ in found if quantity == "score_coefficient"} >= {"race[white]"}
    smd = {term for quantity, term, component in found if (quantity, component) == ("smd", "after")}
    assert smd == {*COVARIATES, "race[black]", "race[hispan]", "race[white]", "(distance)"} - {"race"}
    ratios = {(term, component) for quantity, term, component in found if quantity == "variance_ratio"}
    terms = ("age", "educ", "re74", "re75", "(distance)")
    assert ratios == {(term, moment) for term in terms for moment in ("before", "after")}


def test_a_number_that_is_not_defined_has_no_row():
    found = small_match(caliper=Caliper(value=0.03))
    rows = by_key(matching.rows(found))
    assert rows["n_pairs", "", ""] == 1
    balance = {key for key in rows if key[0] in ("smd", "variance_ratio")}
    terms = ("x", "g[a]", "g[b]", "(distance)")
    assert balance == {("smd", term, "before") for term in terms} | {
        ("variance_ratio", term, "before") for term in ("x", "(distance)")
    }
    assert found.balance[["smd_after", "variance_ratio_after"]].isna().all(axis=None)
    assert found.balance["ks_after"].isna().tolist() == [True, False, False, True]


def test_scores_of_zero_and_one_have_no_variance_ratio_and_equal_scores_no_balance():
    by_moment = by_key(matching.rows(small_match(scores=[1, 0, 1, 0, 1, 0])))
    assert ("smd", "(distance)", "after") in by_moment
    assert ("variance_ratio", "(distance)", "before") not in by_moment
    assert not [key for key in by_key(matching.rows(small_match(scores=[0.5] * 6))) if key[1] == "(distance)"]


def test_handed_on_scores_are_matched_on_and_own_coefficients_reported():
    frame = lalonde()
    own = matching.run(study(ratio=2, replace=True), frame, Artefacts())
    other = np.round(np.random.default_rng(1).random(614), 1)
    handed = matching.run(study(ratio=2, replace=True), frame, Artefacts(propensity=other))
    np.testing.assert_array_equal(handed.artefacts.propensity, other)
    assert (handed.artefacts.match_matrix != own.artefacts.match_matrix).any()
    same, rows = by_key(own.rows), by_key(handed.rows)
    for key, value in same.items():
        if key[0] == "score_coefficient":
            assert rows[key] == value
    assert rows["pair_distance_max", "", ""] == 0


def test_a_match_that_breaks_its_promise_is_an_error(monkeypatch):
    matches = np.array([[1], [1]])
    monkeypatch.setitem(METHODS, "nearest", lambda problem: Pairing(np.ones(4), matches))
    with pytest.raises(EngineError, match=r"^python: .* shares a partner"):
        small_match()


def test_a_study_without_matching_is_an_error():
    with pytest.raises(EngineError, match="no section matching"):
        matching.run(study().model_copy(update={"matching": None}), lalonde(), Artefacts())


def test_a_caliper_in_standard_deviations_is_one_of_all_scores():
    frame = lalonde()
    in_sd = matching.match(frame, options(replace=True, caliper=Caliper(value=0.02, unit="sd")))
    width = 0.02 * in_sd.distance.std()
    raw = matching.match(frame, options(replace=True, caliper=Caliper(value=width)))
    # 162 of 185 treated, where 0.02 on the score itself keeps 181.
    assert (in_sd.weights[in_sd.treated] > 0).sum() == 162
    pd.testing.assert_frame_equal(in_sd.match_matrix, raw.match_matrix)


def test_the_caliper_has_a_row_in_units_of_the_score():
    rows = by_key(matching.run(study(caliper={"value": 0.02, "unit": "sd"}), lalonde(), Artefacts()).rows)
    assert rows["caliper", "", ""] == pytest.approx(0.0058062674, rel=1e-8)
    assert ("caliper", "", "") not in by_key(matching.run(study(), lalonde(), Artefacts()).rows)


def test_positions_lead_back_to_the_labels():
    for labels in (range(10, 16), list("uvwxyz")):
        found = small_match(labels, ratio=2, replace=True, caliper=Caliper(value=0.06))
        matrix = found.match_matrix.to_numpy(dtype=object, na_value=None)
        places = found.positions
        assert ((places < 0) == (matrix == None)).all()  # noqa: E711
        shown = np.array(found.weights.index)[places]
        assert (shown[places >= 0] == matrix[places >= 0]).all()
