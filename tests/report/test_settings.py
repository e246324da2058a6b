"""The study in words."""

from typing import get_args

import pytest

from erm_bridge import options
from erm_bridge.options import STAGES, StandardError
from erm_bridge.report import settings, wording


def words(study, stage):
    return " ".join(settings.stage(study, stage))


@pytest.mark.parametrize("stage", STAGES)
def test_a_skipped_stage_has_no_words(example, stage):
    skipped = example.study(
        index=None, difference={"outcome": "y"}, regression=None, matching=None, effect=None
    )
    assert bool(words(example.study(), stage))
    assert bool(words(skipped, stage)) == (stage == "difference")


def test_the_outcome_is_named(example):
    assert "the index" in words(example.study(), "regression")
    other = example.study(regression={"keep": ("moved",), "outcome": "income"})
    assert "of income on moved;" in words(other, "regression")


@pytest.mark.parametrize("extraction", get_args(options.Extraction))
def test_every_extraction_has_words(example, extraction):
    plain = {"items": ("a", "b", "c"), "factors": 1, "extraction": extraction}
    said = words(example.study(index=plain), "index")
    assert f"extracted by {extraction}," not in said
    assert ("until the communalities move by no more than 0.001, in at most 50 iterations" in said) == (
        extraction in ("pa", "alpha")
    )


def test_index_words_follow_the_study(example):
    said = words(example.study(), "index")
    for part in (
        "6 items",
        "food is reverse-keyed",
        "2 factors",
        "minres",
        "multiplied by 100",
        "trust loads most",
    ):
        assert part in said
    plain = {"items": ("a", "b", "c"), "factors": 1, "rotation": "none"}
    said = words(example.study(index=plain), "index")
    assert "1 factor extracted" in said
    assert "not rotated" in said
    for part in ("reverse", "multiplied", "turned"):
        assert part not in said


def test_matching_words_follow_the_study(example):
    said = words(example.study(), "matching")
    for part in ("up to 4 nearest controls", "with replacement", "0.02", "moved = 1", "school against none"):
        assert part in said
    plain = {
        "treatment": {"column": "moved"},
        "covariates": ("age",),
        "order": "data",
        "distance": {"digits": None},
    }
    said = words(example.study(matching=plain), "matching")
    for part in ("gets its nearest control", "without replacement", "in the order of the data", "No caliper"):
        assert part in said
    assert "rounded" not in said


def test_effect_words_follow_the_study(example):
    assert "Intervals at 90 %" in words(example.study(effect={"conf_level": 0.9}), "effect")


def test_weights_of_a_survey_are_told(example):
    matching = {"treatment": {"column": "t"}, "covariates": ("age",), "survey_weights": "w"}
    said = words(example.study(matching=matching), "effect")
    assert "Unmatched: all units, weighted by w, standard error robust to unequal variances (HC1)" in said
    assert "pooled" not in said


def test_the_effect_is_told_with_its_units_and_the_error_that_suits_it(example):
    asked = {"adjust": ("age",), "std_error": ("HC3", "bootstrap")}
    said = words(example.study(effect=asked), "effect")
    for part in ("Adjusted: a regression", "None of them is a percentage", "(Glass)"):
        assert part in said
    assert "percentage points" not in said
    assert "Were y 0 or 1" in words(example.study(effect={"outcome": "y"}), "effect")
    assert "recommended for this match: clustered by pair and by unit" in said
    assert "Austin and Cafri (2020)" in said
    assert "not among those asked for" in said
    limits = " ".join(settings.limits(example.study(effect=asked), crosschecked=True))
    assert "The bootstrap is not valid where partners serve several units" in limits


def test_every_standard_error_has_words(example):
    for kind in get_args(StandardError):
        if kind != "subclass":
            study = example.study(effect={"std_error": (kind,)})
            assert "standard error" in words(study, "effect")
            assert len(settings.limits(study, crosschecked=True)) > 3
        assert wording.component(kind) != kind


def test_limits_belong_to_the_stages_that_ran(example):
    everything = settings.limits(example.study(), crosschecked=True)
    own = {"difference": {"outcome": "y"}, "regression": {"keep": ("age",), "outcome": "y"}}
    little = settings.limits(example.study(index=None, matching=None, effect=None, **own), crosschecked=True)
    assert set(little) < set(everything)
    assert len(everything) - len(little) == 3


@pytest.mark.parametrize("kinds", [("psmatch2",), ("pair_and_unit",), ("psmatch2", "pair_and_unit")])
def test_limits_speak_of_the_standard_errors_that_are_shown(example, kinds):
    said = [
        text
        for text in settings.limits(example.study(effect={"std_error": kinds}), crosschecked=True)
        if "as known" in text
    ]
    assert [("psmatch2" in text, "by pair and unit" in text) for text in said] == [
        (kind == "psmatch2", kind == "pair_and_unit") for kind in kinds
    ]


def test_limits_of_one_program_speak_of_one(example):
    alone = " ".join(settings.limits(example.study(), crosschecked=False))
    assert alone.startswith("One program computed these numbers.")
    assert "both engines" not in alone
    assert "Two programs" not in alone
