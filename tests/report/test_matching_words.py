"""The stage matching in words: every method, distance and restriction says what it does and nothing else."""

from typing import get_args

import pytest

from erm_bridge import options as opt
from erm_bridge.report import settings
from erm_bridge.report.settings_matchit import matchit_call

PLAIN = {"treatment": {"column": "moved"}, "covariates": ("age", "school")}
NEEDED = {"radius": {"radius": 0.05}}
NEAREST = "nearest control"


def studied(example, effect=None, **keys):
    effect = effect or {"std_error": ("psmatch2",)}
    return example.study(matching={**PLAIN, **keys}, effect=effect)


def words(example, **keys):
    return " ".join(settings.stage(studied(example, **keys), "matching"))


def limits(example, effect=None, **keys):
    return " ".join(settings.limits(studied(example, effect, **keys), crosschecked=True))


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("nearest", "Each treated unit gets its nearest control on the propensity score"),
        ("exact", "where they are equal in age and school"),
        ("coarsened_exact", "in the same stratum of age and school after coarsening"),
        ("subclassification", "6 subclasses between quantiles of the propensity score of the treated"),
        ("optimal", "Each treated unit gets 1 control of its own"),
        ("full", "sets of one treated unit with controls or one control with treated units"),
        ("generalised_full", "four times the best possible"),
        ("cardinality", "differ by at most 0.05 standard deviations in every covariate"),
        ("radius", "the mean of all controls whose propensity score differs by at most 0.05"),
        ("kernel", "the more it weighs (Epanechnikov's kernel, bandwidth 0.06)"),
        ("local_linear", "a straight line through the controls nearby (the tricube kernel"),
    ],
)
def test_every_method_says_what_it_does(example, method, told):
    said = words(example, method={"method": method, **NEEDED.get(method, {})})
    assert told in said
    assert (NEAREST in said) == (method == "nearest")
    assert ("MatchIt::matchit" in said) == (method == "nearest")
    unscored = method in ("exact", "coarsened_exact", "cardinality")
    assert ("probability of treatment" in said) != unscored
    unpaired = ("radius", "kernel", "local_linear", "cardinality")
    assert ("the distance within pairs is" in said) == (method not in unpaired)
    assert ("There are no pairs" in said) == (method in ("radius", "kernel", "local_linear"))


def test_no_method_is_without_words(example):
    for method in get_args(opt.MatchingMethod):
        assert len(words(example, method={"method": method, **NEEDED.get(method, {})})) > 200


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("mahalanobis", "Mahalanobis distance"),
        ("robust_mahalanobis", "Mahalanobis distance of ranks"),
        ("euclidean", "Euclidean distance"),
        ("scaled_euclidean", "Euclidean distance in standard deviations"),
    ],
)
@pytest.mark.parametrize("matched", ["nearest", "optimal", "full", "generalised_full"])
def test_partners_are_near_by_the_distance_that_was_asked_for(example, method, name, matched):
    keys = {"distance": {"method": method}, "method": matched}
    said = words(example, **keys)
    assert f"by {name} in age and school" in said
    assert "propensity" not in said
    assert "propensity" not in limits(example, **keys)


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("logit", "logistic regression"),
        ("probit", "probit regression"),
        ("cloglog", "complementary log-log"),
        ("cauchit", "Cauchy"),
    ],
)
def test_the_link_is_named(example, link, name):
    assert name in words(example, distance={"link": link})
    assert "nearest control on the linear predictor of treatment" in words(
        example, distance={"link": link, "linear": True}
    )


def test_a_score_beside_mahalanobis_distance_serves_the_caliper(example):
    said = words(example, mahvars=("age",), caliper={"value": 0.2, "unit": "sd"})
    assert f"its {NEAREST} by Mahalanobis distance in age." in said
    assert "0.2 standard deviations of the propensity score (of all units)" in said
    assert "mahvars = ~ age" in said


@pytest.mark.parametrize(
    ("keys", "told", "call"),
    [
        ({"estimand": "ATC"}, "Each control gets its nearest treated unit", 'estimand = "ATC"'),
        ({"ratio": 2}, "Everybody gets a first control before anybody gets a second", "ratio = 2"),
        (
            {"ratio": 2, "max_controls": 4},
            "1 to 4 nearest controls, about 2 on average, on the",
            "max.controls = 4",
        ),
        (
            {"replace": True, "reuse_max": 3},
            "may serve up to 3 treated units; treated units choose, those with the largest",
            'reuse.max = 3, replace = TRUE, m.order = "largest"',
        ),
        ({"order": "random"}, "in a random order that the study's seed determines", 'm.order = "random"'),
        ({"order": "closest"}, "whoever has the nearest partner first", 'm.order = "closest"'),
        ({"order": "farthest"}, "whoever has the farthest partner first", 'm.order = "farthest"'),
        ({"order": "smallest"}, "those with the smallest propensity score first", 'm.order = "smallest"'),
        (
            {"caliper": ({"value": 5, "on": "age"}, {"value": -0.1})},
            "differ by at most 5 in age (caliper). Controls no farther away than 0.1 on the propensity score",
            None,
        ),
        (
            {"caliper": ({"value": -2, "on": "age", "unit": "sd"},)},
            "differ by more than 2 standard deviations of age (caliper). The nearest such control is taken",
            "caliper = c(age = -2), std.caliper = c(age = TRUE)",
        ),
        ({"exact": ("my school",)}, "units of a pair agree in my school", "exact = ~ `my school`"),
        ({"antiexact": ("town",)}, "The units of a pair differ in town", "antiexact = ~ town"),
        ({"unit_id": "house"}, "Rows with the same house are one unit", "unit.id = ~ house"),
        (
            {"discard": "treated"},
            "Left out before matching are treated units whose score lies outside",
            'discard = "treated"',
        ),
        (
            {"discard": "both", "reestimate": True},
            "The propensity model is then fitted once more without them",
            "discard = left_out",
        ),
        ({"discard": "hull_control"}, "controls whose covariates lie outside", "discard = left_out"),
        ({"distance": {"method": "mahalanobis"}}, "in the order of the data", 'distance = "mahalanobis"'),
    ],
)
def test_options_of_nearest_neighbours_are_told_in_words_and_as_a_call(example, keys, told, call):
    said = words(example, **keys)
    assert told in said
    if call is not None:
        assert call in said


def test_a_call_has_only_what_was_asked_for(example):
    assert matchit_call(studied(example, replace=True, ratio=2).matching) == (
        'MatchIt::matchit(method = "nearest", distance = scores, estimand = "ATT", ratio = 2, replace = TRUE)'
    )


@pytest.mark.parametrize(("ties", "told"), [("first", "come first in the data"), ("all", "all weigh alike")])
def test_rules_for_ties_that_matchit_lacks_are_no_call_of_it(example, ties, told):
    said = words(example, ties=ties, replace=True)
    assert told in said
    assert "MatchIt::matchit" not in said
    assert ("order of the data decides" in limits(example, ties=ties, replace=True)) == (ties == "first")


def test_limits_of_sizes_and_restrictions_bind_within_sets(example):
    method = {"method": "full", "omit_fraction": 0.2}
    said = words(
        example, method=method, min_controls=0.25, max_controls=3, exact=("town",), caliper={"value": 0.1}
    )
    for part in (
        "at most 4 treated units share a control",
        "at most 3 controls for each treated unit",
        "up to 20 % of the controls stay out",
        "The units of a set agree in town.",
        "Controls farther away than 0.1 on the propensity score",
        "both groups of a set stand for",
    ):
        assert part in said
    assert "at least 2 controls for each treated unit" in words(example, method="full", min_controls=2)


def test_pairs_of_optimal_matching_follow_estimand_and_ratio(example):
    keys = {"method": "optimal", "max_controls": 4, "ratio": 2, "estimand": "ATC"}
    assert "Each control gets 1 to 4 treated units, 2 on average, of its own" in words(example, **keys)
    assert "the same smallest total distance" in limits(example, **keys)


def test_cardinality_says_whose_means_are_compared(example):
    free = {"method": {"method": "cardinality", "free_ratio": True, "tolerance": 0.1}}
    assert "All treated units are kept, and as many controls" in words(example, **free)
    assert "All controls are kept, and as many treated units" in words(example, **free, estimand="ATC")
    everyone = words(example, method="cardinality", estimand="ATE", exact=("town",))
    assert "within half of 0.05 standard deviations of the means of all units" in everyone
    assert "within each level of town" in everyone


def test_pairs_within_strata_have_a_distance_and_an_order(example):
    pairs = {"method": "coarsened_exact", "k2k": True}
    assert "nearest by Mahalanobis distance, in the order of the data" in words(example, method=pairs)
    ranked = {**pairs, "pair_distance": "canberra", "pair_order": "closest"}
    assert "nearest by canberra distance, the closest pair first" in words(example, method=ranked)
    assert "paired one to one, in the order of" in words(example, method={**pairs, "pair_distance": "none"})
    assert "that are equally near" in limits(example, method=pairs)


@pytest.mark.parametrize("kernel", get_args(opt.Kernel))
def test_every_kernel_has_words(example, kernel):
    said = words(example, method={"method": "kernel", "kernel": kernel, "bandwidth": 0.1}, estimand="ATC")
    assert "Each control is compared with" in said
    assert f"{kernel.title() if kernel == 'epanechnikov' else kernel}" in said
    assert ("the more it weighs" in said) == (kernel != "uniform")


def test_survey_weights_are_said_to_count_where_they_do(example):
    said = words(example, survey_weights="w", mahvars=("age",))
    assert "weights w count in the propensity model, in the spread of the columns" in said
    assert "s.weights = ~ w" in said
    assert "in the match as its section says and nowhere else" in limits(example, survey_weights="w")
    assert "Survey weights are not used" in limits(example)
    flat = words(example, survey_weights="w", distance={"method": "euclidean"})
    assert "weights w count in the balance." in flat


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        ({}, True),
        ({"method": "exact"}, False),
        ({"mahvars": ("age",)}, False),
        ({"discard": "both"}, False),
        ({"method": {"method": "coarsened_exact", "k2k": True}}, False),
    ],
)
def test_orders_of_the_rows_are_proposed_where_they_can_be_tried(example, keys, asked):
    assert ("effect.tie_orders" in limits(example, **keys)) == asked
    tried = {"tie_orders": 5}
    assert not asked or "effect.tie_orders" not in limits(example, tried, **keys)


def test_a_standard_error_knows_of_no_score_where_there_is_none(example):
    assert "as known" in limits(example)
    assert "as known" not in limits(example, distance={"method": "mahalanobis"})
    assert "as known" not in limits(example, method="exact")


def test_exact_bounds_over_ties_are_told(example):
    study = studied(example, {"tie_envelope": True}, replace=True)
    assert "every choice among equally near partners" in " ".join(settings.stage(study, "effect"))
