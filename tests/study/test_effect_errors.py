"""Which standard errors a study may ask for, and which one it is advised to take."""

import pytest

from erm_bridge.errors import InputError
from erm_bridge.study.effect_errors import NO_SETS, SETS, STRATA, check_effect, notes_on, recommended
from erm_bridge.study.effect_section import OF_REGRESSION
from erm_bridge.study.models import Effect, Matching, Study, Treatment


def matching(method: str = "nearest", **options: object) -> Matching:
    found = Matching(treatment=Treatment(column="t"), covariates=("x",), **options)
    # Whether or not the method is among those that a study may name here.
    return found.model_copy(update={"method": method})


def refusal(kind: str, given: Matching, fitted: bool = True) -> str:
    with pytest.raises(ValueError, match=f"std_error: {kind} is not defined") as caught:
        check_effect(Effect(std_error=(kind,)), given, fitted)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["pair", "unit", "pair_and_unit", "abadie_imbens", "abadie_imbens_score"])
@pytest.mark.parametrize("method", [*SETS, *STRATA, *NO_SETS])
def test_errors_of_pairs_need_pairs(kind, method):
    text = refusal(kind, matching(method))
    assert f"method {method} makes no pairs; {recommended(matching(method)).kind} is" in text
    check_effect(Effect(std_error=(kind,)), matching(replace=True))


@pytest.mark.parametrize("method", NO_SETS)
def test_sets_are_needed_to_cluster_by_and_to_draw(method):
    assert "puts no unit into one set" in refusal("subclass", matching(method))
    assert "no sets to draw from" in refusal("bootstrap", matching(method))


def test_with_replacement_no_unit_is_in_one_set():
    assert "nearest with replacement puts no unit into one set" in refusal("subclass", matching(replace=True))
    check_effect(Effect(std_error=("subclass",)), matching())


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_no_regression_takes_negative_weights(kind):
    assert "can be negative; psmatch2 is" in refusal(kind, matching("local_linear"))
    check_effect(Effect(std_error=(kind,)), matching("kernel"))


def test_pairs_within_strata_are_pairs_but_not_on_a_score():
    pairs = Matching(
        treatment=Treatment(column="t"), covariates=("x",), method={"method": "coarsened_exact", "k2k": True}
    )
    assert recommended(pairs).kind == "pair"
    check_effect(Effect(std_error=("pair", "unit", "pair_and_unit")), pairs)
    for kind in ("abadie_imbens", "abadie_imbens_score"):
        assert "not matched on a score; pair is" in refusal(kind, pairs)


@pytest.mark.parametrize("options", [{}, {"replace": True, "reuse_max": 2}])
def test_an_estimated_score_has_an_error_where_partners_serve_without_limit(options):
    assert "any number of units" in refusal("abadie_imbens_score", matching(**options))
    check_effect(Effect(std_error=("abadie_imbens",)), matching(**options))


def test_weights_of_a_survey_leave_errors_of_regressions():
    weighted = matching(replace=True, survey_weights="w")
    assert recommended(weighted).kind == "pair_and_unit"
    for kind in ("abadie_imbens", "abadie_imbens_score"):
        assert "has no form for survey_weights; pair_and_unit is" in refusal(kind, weighted)


def test_a_score_that_was_given_was_not_estimated():
    assert "the scores were given" in refusal("abadie_imbens_score", matching(replace=True), fitted=False)


@pytest.mark.parametrize(
    ("given", "adjusted", "fitted", "kind"),
    [
        (matching(), False, True, "pair"),
        (matching(), True, True, "pair"),
        (matching(replace=True), False, True, "abadie_imbens_score"),
        (matching(replace=True), False, False, "abadie_imbens"),
        (matching(replace=True), True, True, "pair_and_unit"),
        (matching(replace=True, reuse_max=2), False, True, "abadie_imbens"),
        (matching("full"), False, True, "subclass"),
        (matching("subclassification"), False, True, "HC3"),
        (matching("kernel"), False, True, "HC3"),
        (matching("local_linear"), False, True, "psmatch2"),
    ],
)
def test_what_is_recommended_is_defined_and_has_a_source(given, adjusted, fitted, kind):
    advice = recommended(given, adjusted, fitted)
    assert advice.kind == kind
    assert "(20" in advice.source or "MatchIt" in advice.source
    assert advice.reason.endswith(".")
    check_effect(Effect(std_error=(advice.kind,)), given, fitted)
    assert not adjusted or advice.kind in OF_REGRESSION


def test_the_bootstrap_is_noted_where_it_is_not_valid():
    asked = Effect(std_error=("psmatch2", "bootstrap"))
    assert notes_on(asked, matching()) == {}
    assert list(notes_on(asked, matching(replace=True))) == ["bootstrap"]


def study(**effect: object) -> Study:
    return Study.model_validate(
        {
            "study": "s",
            "data": {"source": "x.csv"},
            "difference": {"outcome": "y"},
            "matching": {"treatment": {"column": "t"}, "covariates": ("x",), "replace": True},
            "effect": {"outcome": "y", **effect},
        }
    )


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        ({"std_error": ("subclass",)}, r"effect\.std_error: subclass is not defined"),
        ({"adjust": ("x",)}, "adjust: std_error has psmatch2, which no regression has; add one of HC0"),
        ({"adjust": ("x", "t"), "std_error": ("HC3",)}, r"effect\.adjust: 't' is the treatment"),
        ({"adjust": ("x", "x"), "std_error": ("HC3",)}, "adjust: 'x' is listed twice"),
        ({"neighbours": 0}, "neighbours"),
        ({"bootstrap": {"replicates": 1}}, "replicates"),
    ],
)
def test_a_study_is_refused_with_the_key(effect, message):
    with pytest.raises(ValueError, match=message):
        study(**effect)
    assert study(adjust=("x", "z"), std_error=("HC3",)).effect.adjusted_errors == ("HC3",)


def test_columns_to_adjust_for_are_columns_of_the_analysis():
    from erm_bridge.study.roles import roles_of

    assert roles_of(study(adjust=("x", "z"), std_error=("HC3",))).of("z") == "effect.adjust"


def test_the_python_call_refuses_alike():
    import numpy as np
    import pandas as pd

    import erm_bridge as eb

    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"t": np.arange(40) % 3 == 0, "x": rng.normal(size=40), "y": rng.normal(size=40)})
    given = eb.match(frame, treatment="t", covariates="x", distance=frame["x"], replace=True)
    for kind in ("subclass", "abadie_imbens_score"):
        with pytest.raises(InputError, match=f"estimate_effect: std_error: {kind} is not defined"):
            eb.estimate_effect(given, outcome=frame["y"], std_error=kind)
    with pytest.raises(InputError, match="there is no column 'z'"):
        eb.estimate_effect(given, outcome=frame["y"], std_error="HC3", adjust="z")
    found = eb.estimate_effect(given, outcome=frame["y"], std_error=["HC3", "abadie_imbens"], adjust="x")
    assert found.table.index.tolist() == ["unmatched", "matched", "matched", "adjusted"]
    assert found.in_sd.loc["unmatched", "cohen_d"] == pytest.approx(
        found.table.loc["unmatched", "statistic"] * np.sqrt(1 / 14 + 1 / 26), rel=1e-12
    )
    assert found.recommended.kind == "pair_and_unit"


def test_calls_refuse_alike_what_has_no_pairs_or_no_score():
    import numpy as np
    import pandas as pd

    import erm_bridge as eb

    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"t": np.arange(40) % 3 == 0, "x": rng.normal(size=40), "y": rng.normal(size=40)})
    distances = np.abs(frame.loc[frame["t"], ["x"]].to_numpy() - frame.loc[~frame["t"], "x"].to_numpy())
    by_matrix = eb.match(frame, treatment="t", covariates="x", distance=distances, replace=True)
    everyone = eb.match(frame, treatment="t", covariates="x", method="full")
    for call in (eb.estimate_effect, eb.effect_sensitivity):
        with pytest.raises(InputError, match=f"{call.__name__}: std_error: pair is not defined"):
            call(everyone, outcome=frame["y"], std_error="pair")
        with pytest.raises(InputError, match="were not matched on a score; pair_and_unit is"):
            call(by_matrix, outcome=frame["y"], std_error="abadie_imbens")
    assert eb.estimate_effect(by_matrix, outcome=frame["y"]).recommended.kind == "pair_and_unit"
