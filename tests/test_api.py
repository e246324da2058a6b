"""The Python calls: their defaults, what they accept, and what they refuse."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

import erm_bridge as eb
from erm_bridge.errors import InputError
from erm_bridge.study.base import Method
from erm_bridge.study.effect_section import EffectBootstrap
from erm_bridge.study.models import Caliper, Dimension, Distance, Effect, Index, Matching

ENGINES = ["python", pytest.param("r", marks=pytest.mark.r)]
# Of a study, not of a section: the seed.
NOT_OPTIONS = {"frame", "match", "engine", "outcome", "seed"}


def small_frame(n: int = 80) -> pd.DataFrame:
    random = np.random.default_rng(3)
    common = random.normal(size=n)
    frame = pd.DataFrame({f"i{j}": common + random.normal(size=n) for j in range(1, 7)})
    return frame.assign(treat=np.arange(n) % 4 == 0, age=random.integers(60, 80, n), score=common)


def arguments(call: Callable[..., object]) -> dict[str, Any]:
    """Options of a call with their defaults."""
    parameters = inspect.signature(call).parameters.values()
    return {p.name: p.default for p in parameters if p.name not in NOT_OPTIONS}


def defaults(model: type[BaseModel], **renamed: str) -> dict[str, Any]:
    """Keys of a model with their defaults, under the names that a call gives them."""
    fields = model.model_fields.items()
    return {
        renamed.get(name, name): inspect.Parameter.empty if field.is_required() else _bare(field.default)
        for name, field in fields
    }


def _bare(default: Any) -> Any:
    """A method without settings of its own is given by its name."""
    return default.method if isinstance(default, Method) else default


def test_defaults_of_factor_analysis_are_those_of_the_study_file() -> None:
    expected = defaults(Index, factors="n_factors")
    # The frame is the items, a call makes no index, and reliability has a call of its own.
    for key in ("items", "reverse", "composite", "sensitivity", "reliability"):
        del expected[key]
    assert arguments(eb.factor_analysis) == expected | {"n_obs": None}


def test_defaults_of_number_of_factors_are_those_of_the_study_file() -> None:
    expected = defaults(Dimension) | {"correlation": _bare(Index.model_fields["correlation"].default)}
    assert arguments(eb.number_of_factors) == expected


def test_defaults_of_match_are_those_of_the_study_file() -> None:
    expected = defaults(Matching) | defaults(Distance, method="distance")
    expected |= {"method": "nearest"}
    expected |= {"caliper_unit": Caliper.model_fields["unit"].default}
    # As in a study file without the key, it depends on the distance.
    expected["order"] = None
    # Asked for of the result: `Match.balance_table`.
    del expected["balance"]
    assert arguments(eb.match) == expected


def test_defaults_of_estimate_effect_are_those_of_the_study_file() -> None:
    expected = defaults(Effect)
    del expected["bootstrap"]  # its keys are arguments of their own
    expected |= defaults(EffectBootstrap)
    del expected["outcome"]  # a series, not the name of a column
    del expected["tie_envelope"], expected["tie_orders"]  # a match does not say how to match anew
    del expected["sensitivity"]  # a call of its own
    assert arguments(eb.estimate_effect) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_factor_analysis_takes_numpy_numbers_and_numbered_columns(engine: str) -> None:
    frame = small_frame()[[f"i{j}" for j in range(1, 7)]]
    named = eb.factor_analysis(frame, 2, engine=engine)
    numbered = eb.factor_analysis(pd.DataFrame(frame.to_numpy()), np.int64(2), engine=engine)
    assert named.loadings.index.tolist() == list(frame.columns)
    assert numbered.loadings.index.tolist() == [str(j) for j in range(6)]
    assert np.array_equal(named.loadings, numbered.loadings)


@pytest.mark.parametrize("engine", ENGINES)
def test_match_and_effect_take_numpy_numbers_and_single_names(engine: str) -> None:
    frame = small_frame()
    given = {"ratio": np.int64(2), "caliper": np.float32(0.5), "replace": np.bool_(True)}
    matched = eb.match(frame, treatment="treat", covariates="age", engine=engine, **given)
    assert matched.match_matrix.shape == (20, 2)
    effect = eb.estimate_effect(matched, outcome=frame["score"], std_error="psmatch2", engine=engine)
    assert effect.table.index.tolist() == ["unmatched", "matched"]
    assert np.isfinite(effect.table.loc["matched", "std_error"])


FRAME = small_frame()
PAIRS = pd.MultiIndex.from_product([range(8), range(10)])
MIXED = pd.Index([*range(78), "7", "x"], dtype=object)


def match_of(frame: Any = FRAME, **changed: Any) -> object:
    return eb.match(frame, **{"treatment": "treat", "covariates": ["age"], **changed})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: match_of(caliper=float("nan")), "match: caliper.value: .*other than 0, found nan"),
        (lambda: match_of(caliper=float("inf")), "match: caliper.value: .*other than 0, found inf"),
        (lambda: match_of(caliper=np.float64("nan")), "match: caliper.value"),
        (lambda: match_of(caliper_unit="sd"), "match: caliper_unit: 'sd' is given without a caliper"),
        (lambda: match_of(caliper=1.0, caliper_unit="logit"), "match: caliper.unit: .*'raw' or 'sd'"),
        (lambda: match_of(ratio=float("nan")), "match: ratio: must be a whole number"),
        (lambda: match_of(ratio=61), "match: ratio: 61 controls .* there are only 60"),
        (lambda: match_of(covariates=3), "match: covariates.0: must be text, found 3"),
        (lambda: match_of(covariates=object()), "match: a value of type object"),
        (lambda: match_of(treatment="treated"), "'treated'"),
        (lambda: match_of(FRAME.to_numpy()), "match: frame must be a pandas DataFrame, found ndarray"),
        (lambda: match_of(FRAME.set_axis(PAIRS)), "one label each, found 2; use frame.reset_index"),
        (lambda: match_of(FRAME.set_axis(MIXED)), "row label '7' occurs twice"),
        (lambda: match_of(distance="x"), "match: distance.method"),
        (lambda: match_of(distance=["a"] * 80), "distance must be the name of a method or an array"),
        (lambda: match_of(engine="stata"), "engine: 'stata'"),
        (lambda: eb.factor_analysis([[1, 2]], 1), "factor_analysis: frame must be a pandas DataFrame"),
        (lambda: eb.factor_analysis(FRAME, "2"), "factor_analysis: factors: must be a whole number"),
        (lambda: eb.factor_analysis(FRAME[["i1", "i2", "i3"]], 2), "at most 1 are"),
        (
            lambda: eb.factor_analysis(pd.DataFrame(np.ones((9, 3)), columns=[1, "1", 2]), 1),
            "'1' is listed twice",
        ),
        (lambda: eb.estimate_effect("x", outcome=FRAME["score"]), "must be a result of match.*, not str"),
        (lambda: eb.run(FRAME), "run: study: must be a path, found DataFrame"),
        (lambda: eb.run("studies/bfi", data=FRAME), "run: data: must be a path, found DataFrame"),
        (lambda: eb.run("studies/bfi", out=1), "run: out: must be a path"),
        (lambda: eb.run("studies/bfi", settings=["seed=1"]), "run: settings: must be a mapping"),
        (lambda: eb.run("studies/bfi", engines=3), "engine: 3 is not available"),
    ],
)
def test_wrong_arguments_are_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize("level", [float("nan"), np.float32("nan"), 1, "x"])
def test_a_wrong_conf_level_is_named(level: Any) -> None:
    matched = eb.match(FRAME, treatment="treat", covariates=["age"])
    with pytest.raises(InputError, match="estimate_effect: conf_level: must"):
        eb.estimate_effect(matched, outcome=FRAME["score"], conf_level=level)


def test_run_takes_paths_one_engine_and_plain_settings(tmp_path: Path) -> None:
    small_frame().to_csv(tmp_path / "mine.csv", index=False)
    (tmp_path / "study.yml").write_text(
        "study: small\n"
        "data: {source: absent.csv}\n"
        "outcome: score\n"
        "matching: {treatment: {column: treat}, covariates: [age], caliper: {value: 0.001}}\n"
    )
    settings = {"title": "2017", "matching.caliper": None, "matching.ratio": np.int64(2)}
    run = eb.run(tmp_path, data=tmp_path / "mine.csv", engines="python", settings=settings)
    assert run.study.title == "2017"
    assert run.study.matching is not None
    assert run.study.matching.caliper is None
    assert run.study.matching.ratio == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_text_columns_are_categories(engine: str) -> None:
    town = np.random.default_rng(8).choice(["south", "north", "Öst"], len(FRAME))
    as_text = eb.match(FRAME.assign(town=town), treatment="treat", covariates=["age", "town"], engine=engine)
    category = pd.Categorical(town, categories=["north", "south", "Öst"])
    as_category = eb.match(
        FRAME.assign(town=category), treatment="treat", covariates=["age", "town"], engine=engine
    )
    pd.testing.assert_frame_equal(as_text.match_matrix, as_category.match_matrix)
    assert list(as_text.balance.index) == ["age", "town[north]", "town[south]", "town[Öst]", "(distance)"]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_outcome_that_does_not_vary_is_refused(engine: str) -> None:
    matched = eb.match(FRAME, treatment="treat", covariates=["age"])
    with pytest.raises(InputError, match="same value in all 80 rows"):
        eb.estimate_effect(matched, outcome=FRAME["score"] * 0 + 0.1, engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_items_of_text_are_refused(engine: str) -> None:
    with pytest.raises(InputError, match=r"i2.*must be numbers|i2.*must hold numbers"):
        eb.factor_analysis(FRAME[["i1", "i2", "i3", "i4"]].astype({"i2": "str"}), 1, engine=engine)


def test_several_engines_for_one_call_are_refused() -> None:
    with pytest.raises(InputError, match="is not available; choose from: python, r"):
        match_of(engine=["python", "r"])


def test_the_index_is_the_weighted_sum_of_scores() -> None:
    frame = small_frame()[[f"i{j}" for j in range(1, 7)]]
    solution = eb.factor_analysis(frame, 2, extraction="pca")
    share = solution.variance["share"]
    plain = eb.composite_index(solution)
    pd.testing.assert_series_equal(plain.weights, share, check_names=False)
    expected = solution.scores["F1"] * share["F1"] + solution.scores["F2"] * share["F2"]
    pd.testing.assert_series_equal(plain.values, expected, check_names=False)
    assert plain.values.name == "index"
    divided = eb.composite_index(solution, divide=True, scale=100)
    np.testing.assert_allclose(divided.values, 100 * plain.values / share.sum(), rtol=1e-12)
    equal = eb.composite_index(solution, weights="equal", divide=True)
    np.testing.assert_allclose(equal.values, solution.scores.mean(axis="columns"), rtol=1e-12)
    initial = eb.composite_index(solution, weights="initial_variance").weights
    np.testing.assert_allclose(initial, solution.adequacy.eigenvalues[:2] / 6, rtol=1e-12)


def test_the_anchor_of_an_index_turns_its_factor() -> None:
    frame = small_frame()[[f"i{j}" for j in range(1, 7)]]
    solution = eb.factor_analysis(frame.assign(i3=-frame["i3"]), 1)
    assert solution.loadings.loc["i3", "F1"] < 0
    plain, turned = eb.composite_index(solution), eb.composite_index(solution, anchor="i3")
    np.testing.assert_allclose(turned.values, -plain.values, rtol=1e-14)
    assert (eb.composite_index(solution, anchor="i1").values == plain.values).all()
    with pytest.raises(InputError, match="composite_index: anchor: 'i9' is not among the items: i1, i2"):
        eb.composite_index(solution, anchor="i9")
    with pytest.raises(InputError, match=r"composite_index: scale: must be a number greater than 0"):
        eb.composite_index(solution, scale=0)
    with pytest.raises(InputError, match="must be a result of factor_analysis"):
        eb.composite_index(frame)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ENGINES)
def test_sensitivity_compares_with_the_first_of_each_list(engine: str) -> None:
    frame = small_frame(150)[[f"i{j}" for j in range(1, 7)]].rename(columns={"i6": "group"})
    given = {"extraction": ["minres", "pca"], "weights": ["equal", "variance"], "engine": engine}
    group = frame["i1"] > 0
    found = eb.index_sensitivity(frame, 1, group=group, anchor="i1", **given).table
    assert found.index.tolist() == [
        "minres/varimax/equal",
        "minres/varimax/variance",
        "pca/varimax/equal",
        "pca/varimax/variance",
    ]
    assert found["computed"].all()
    assert found.loc["minres/varimax/equal", "rank_correlation"] == pytest.approx(1)
    assert (found["difference"] > 0.5).all()
    without = eb.index_sensitivity(frame, 1, **given).table
    assert without["difference"].isna().all()
    ways = {"extraction": ["pca", "minres"], "engine": engine}
    failed = eb.index_sensitivity(frame, 5, **ways).table
    assert failed["computed"].tolist() == [True, False]
    assert "5 factors are not determined by 6 items" in failed.loc["minres/varimax/variance", "note"]


def test_wrong_arguments_of_sensitivity_are_refused() -> None:
    frame = small_frame()[[f"i{j}" for j in range(1, 7)]]
    with pytest.raises(InputError, match="index_sensitivity: weights: name at least one"):
        eb.index_sensitivity(frame, 1, weights=[])
    with pytest.raises(InputError, match=r"group: must hold one value for each of 80 rows, found \(3,\)"):
        eb.index_sensitivity(frame, 1, group=pd.Series([0, 1, 0]))
    with pytest.raises(InputError, match="group: must hold both 0 and 1 and nothing else, found 0, 1, 2"):
        eb.index_sensitivity(frame, 1, group=pd.Series(np.arange(80) % 3))
    with pytest.raises(
        InputError, match=r"index_sensitivity: sensitivity\.extraction\.1: \"magic\" is not available"
    ):
        eb.index_sensitivity(frame, 1, extraction=["pca", "magic"])
    with pytest.raises(InputError, match="index_sensitivity: seed: must be a whole number from 0, found -1"):
        eb.index_sensitivity(frame, 1, weights=["variance", "equal"], seed=-1)


@pytest.mark.parametrize(
    ("correlation", "message"),
    [
        ("spearman", "not spearman ones; leave it out, or ask for correlation: pearson"),
        ({"method": "pearson", "missing": "listwise"}, "not missing: listwise; drop incomplete rows first"),
    ],
)
def test_a_bootstrap_of_other_correlations_is_refused(correlation: object, message: str) -> None:
    frame = small_frame()[[f"i{j}" for j in range(1, 7)]]
    with pytest.raises(InputError, match=message):
        eb.factor_analysis(frame, 1, bootstrap=20, correlation=correlation)


@pytest.mark.r
def test_the_bootstrap_is_the_same_by_either_engine() -> None:
    frame = small_frame(120)[[f"i{j}" for j in range(1, 7)]]
    asked = {"replicates": 20, "conf_level": 0.8}
    python, r = (
        eb.factor_analysis(frame, 1, bootstrap=asked, seed=5, engine=e).bootstrap for e in ("python", "r")
    )
    assert python is not None
    assert r is not None
    for part in ("low", "high", "std_error"):
        mine, theirs = getattr(python.loadings, part), getattr(r.loadings, part)
        pd.testing.assert_frame_equal(mine, theirs, rtol=0, atol=1e-4)
    pd.testing.assert_frame_equal(python.variance, r.variance, rtol=0, atol=1e-4)
    assert (python.phi, python.replicates, python.conf_level) == (None, 20, 0.8)
    assert (r.phi, r.replicates, r.conf_level) == (None, 20, 0.8)


def test_bootstrap_takes_a_number_and_is_reproducible() -> None:
    frame = small_frame()[[f"i{j}" for j in range(1, 7)]]
    first, again, other = (
        eb.factor_analysis(frame, 1, bootstrap=np.int64(30), seed=seed).bootstrap for seed in (1, 1, 2)
    )
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.replicates == 30
    assert np.array_equal(first.loadings.low, again.loadings.low)
    assert not np.array_equal(first.loadings.low, other.loadings.low)
    assert (first.loadings.low < first.loadings.high).to_numpy().all()
    assert eb.factor_analysis(frame, 1).bootstrap is None


def test_a_wrong_bootstrap_is_refused() -> None:
    frame = small_frame()[[f"i{j}" for j in range(1, 7)]]
    with pytest.raises(InputError, match=r"factor_analysis: bootstrap\.replicates: .*10"):
        eb.factor_analysis(frame, 1, bootstrap=1)
    with pytest.raises(InputError, match=r"factor_analysis: bootstrap\.conf_level: must lie between 0 and 1"):
        eb.factor_analysis(frame, 1, bootstrap={"conf_level": 95})


def test_a_matrix_is_taken_as_it_is() -> None:
    matrix = pd.DataFrame(np.eye(3), list("abc"), list("abc"))
    with pytest.raises(InputError, match="'polychoric' needs rows"):
        eb.factor_analysis(matrix, 1, n_obs=50, correlation="polychoric")


def test_a_bootstrap_of_a_matrix_is_refused() -> None:
    frame = small_frame()[[f"i{j}" for j in range(1, 7)]]
    with pytest.raises(InputError, match="factor_analysis: bootstrap: needs rows to resample"):
        eb.factor_analysis(frame.corr(), 1, n_obs=80, bootstrap=20)


def test_a_solution_without_scores_makes_no_index() -> None:
    matrix = pd.DataFrame(np.full((4, 4), 0.5) + 0.5 * np.eye(4), list("abcd"), list("abcd"))
    solution = eb.factor_analysis(matrix, 1, n_obs=50)
    with pytest.raises(InputError, match="factor the rows themselves"):
        eb.composite_index(solution)
