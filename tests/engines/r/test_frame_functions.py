from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from erm_bridge.engines.python import effect as python_effect
from erm_bridge.engines.python import index as python_index
from erm_bridge.engines.python import matching as python_matching
from erm_bridge.engines.r import dataset
from erm_bridge.engines.r.effect import estimate_effect
from erm_bridge.engines.r.index import factor_analysis
from erm_bridge.engines.r.matching import match
from erm_bridge.errors import DefectError, InputError
from erm_bridge.options import StandardError
from erm_bridge.results import FactorFit
from erm_bridge.study.effect_section import EffectBootstrap
from erm_bridge.study.index_section import Convergence
from erm_bridge.study.models import Caliper, Effect, Index, Matching, Treatment, Variable

pytestmark = pytest.mark.r

COVARIATES = ("age", "educ", "race", "married", "nodegree", "re74", "re75")


def nearest(**options: object) -> Matching:
    return Matching(treatment=Treatment(column="treat"), covariates=COVARIATES, **options)


@pytest.mark.parametrize(
    "options",
    [
        nearest(),
        nearest(ratio=4, replace=True, caliper=Caliper(value=0.02)),
        nearest(ratio=2, caliper=Caliper(value=0.1, unit="sd")),
    ],
    ids=["1:1", "1:4", "caliper in SD"],
)
@pytest.mark.parametrize("labels", ["numbers", "text"])
def test_match_has_the_form_and_the_pairs_of_the_python_engine(
    lalonde: pd.DataFrame, options: Matching, labels: str
) -> None:
    frame = lalonde if labels == "numbers" else lalonde.set_axis([f"unit {i}" for i in lalonde.index])
    found, expected = match(frame, options), python_matching.match(frame, options)
    pd.testing.assert_frame_equal(found.match_matrix, expected.match_matrix)
    pd.testing.assert_series_equal(found.treated, expected.treated)
    pd.testing.assert_series_equal(found.distance, expected.distance)
    pd.testing.assert_series_equal(found.weights, expected.weights)
    pd.testing.assert_series_equal(found.score_coefficients, expected.score_coefficients)
    pd.testing.assert_frame_equal(found.balance, expected.balance)
    assert (found.subclass is None) == options.replace
    if found.subclass is not None:
        pd.testing.assert_series_equal(found.subclass, expected.subclass)


def test_effect_has_the_form_and_the_numbers_of_the_python_engine(lalonde: pd.DataFrame) -> None:
    options = Effect(conf_level=0.9, std_error=("psmatch2", "pair_and_unit"))
    outcome = lalonde["re78"].sample(frac=1, random_state=1)
    for matching_options, estimate in ((nearest(), 894.37), (nearest(ratio=4, replace=True), 1299.9)):
        matched = match(lalonde, matching_options)
        found = estimate_effect(matched, outcome, options).table
        pd.testing.assert_frame_equal(found, python_effect.estimate_effect(matched, outcome, options).table)
        assert found.loc["matched", "estimate"].tolist() == pytest.approx([estimate] * 2, abs=0.1)


@pytest.mark.parametrize("replace", [True, False])
def test_every_error_of_an_effect_is_that_of_the_python_engine(lalonde: pd.DataFrame, replace: bool) -> None:
    undefined = "subclass" if replace else "abadie_imbens_score"
    kinds = [kind for kind in get_args(StandardError) if kind != undefined]
    options = Effect(
        std_error=tuple(kinds),
        adjust=("age", "race", "re74"),
        neighbours=2,
        bootstrap=EffectBootstrap(replicates=20),
    )
    matched = match(lalonde, nearest(ratio=2, replace=replace))
    found = estimate_effect(matched, lalonde["re78"], options, seed=5)
    expected = python_effect.estimate_effect(matched, lalonde["re78"], options, seed=5)
    assert found.table.index.value_counts().to_dict() == {
        "unmatched": 1,
        "matched": len(kinds),
        "adjusted": len(options.adjusted_errors),
    }
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-10)
    pd.testing.assert_frame_equal(found.in_sd, expected.in_sd, rtol=1e-10)
    assert found.recommended == expected.recommended
    assert found.recommended.kind == ("pair_and_unit" if replace else "pair")
    assert found.notes == expected.notes


def test_factor_solution_has_the_form_and_the_numbers_of_the_python_engine() -> None:
    frame = dataset("psych", "bfi").dropna()
    options = Index(items=tuple(frame.columns[:25]), factors=5, reverse=("A1", "C4"))
    found, expected = factor_analysis(frame, options), python_index.factor_analysis(frame, options)
    for name in ("loadings", "weights", "scores", "variance"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name), rtol=0, atol=5e-4)
    for name in ("communalities", "uniquenesses"):
        pd.testing.assert_series_equal(getattr(found, name), getattr(expected, name), rtol=0, atol=1e-4)
    assert found.fit.objective == pytest.approx(expected.fit.objective, rel=1e-5)
    here, there = found.adequacy, expected.adequacy
    pd.testing.assert_series_equal(here.kmo_items, there.kmo_items, check_names=False)
    pd.testing.assert_series_equal(here.eigenvalues, there.eigenvalues, check_names=False)
    one, other = ([a.kmo, a.bartlett_chi2, a.bartlett_df] for a in (here, there))
    assert_allclose(one, other, rtol=1e-10)


@pytest.mark.parametrize("scores", ["regression", "bartlett", "anderson", "tenberge", "harman"])
@pytest.mark.parametrize("factors", [1, 3])
def test_fit_and_scores_of_new_rows_are_those_of_the_python_engine(factors: int, scores: str) -> None:
    frame = dataset("psych", "bfi").dropna()
    options = Index(items=tuple(frame.columns[:15]), factors=factors, reverse=("A1", "C4"), scores=scores)
    found, expected = factor_analysis(frame, options), python_index.factor_analysis(frame, options)
    new = frame.tail(7)

    pd.testing.assert_frame_equal(found.weights, expected.weights, rtol=0, atol=5e-4)
    pd.testing.assert_frame_equal(found.score(new), found.scores.tail(7), rtol=0, atol=1e-12)
    pd.testing.assert_frame_equal(found.score(new), expected.score(new), rtol=0, atol=5e-4)
    for name in FactorFit.numbers():
        ours, theirs = getattr(expected.fit, name), getattr(found.fit, name)
        assert ours == pytest.approx(theirs, rel=1e-3, abs=1e-4), name
    pd.testing.assert_series_equal(found.fit.complexity, expected.fit.complexity, rtol=0, atol=5e-4)
    pd.testing.assert_frame_equal(found.fit.score_adequacy, expected.fit.score_adequacy, rtol=0, atol=4e-4)


def test_what_the_fit_lacks_it_lacks_in_both_engines() -> None:
    """Without degrees of freedom (three items) and of components."""
    frame = dataset("psych", "bfi").dropna()
    for options in (
        Index(items=("A2", "A3", "A5"), factors=1),
        Index(items=tuple(frame.columns[:10]), factors=2, extraction="pca"),
    ):
        found, expected = (
            factor_analysis(frame, options).fit,
            python_index.factor_analysis(frame, options).fit,
        )
        for name in FactorFit.numbers():
            assert np.isnan(getattr(found, name)) == np.isnan(getattr(expected, name)), name
        assert (found.score_adequacy is None) == (expected.score_adequacy is None)


@pytest.mark.parametrize("extraction", ["minres", "ml", "pa"])
def test_heywood_cases_and_iterations_that_ran_out_are_those_of_the_python_engine(extraction: str) -> None:
    # Correlations of exactly .9, .9 and .7: one factor would need .9 x .9 / .7 = 1.157 of the second item.
    noise = np.random.default_rng(3).normal(size=(200, 3))
    noise, _ = np.linalg.qr(noise - noise.mean(0))
    values = noise @ np.linalg.cholesky([[1, 0.9, 0.7], [0.9, 1, 0.9], [0.7, 0.9, 1]]).T
    frame = pd.DataFrame(values, columns=list("abc"))
    stop = Convergence(tolerance=1e-9, iterations=20) if extraction == "pa" else None
    options = Index(items=tuple("abc"), factors=1, extraction=extraction, convergence=stop)
    for engine in (python_index.factor_analysis, factor_analysis):
        found = engine(frame, options)
        assert found.heywood == ("b",)
        assert found.converged == (extraction != "pa")


@pytest.mark.parametrize("extraction", ["uls", "ols", "pa", "alpha"])
def test_other_extractions_agree_with_the_python_engine(extraction: str) -> None:
    loadings = np.array([[0.8, 0.7, 0.6, 0, 0, 0], [0, 0, 0, 0.7, 0.6, 0.8]]).T
    rng = np.random.default_rng(7)
    values = rng.normal(size=(400, 2)) @ loadings.T + rng.normal(size=(400, 6)) * 0.7
    frame = pd.DataFrame(values, columns=list("abcdef"))
    for factors in (1, 2):
        options = Index(items=tuple("abcdef"), factors=factors, extraction=extraction)
        found, expected = factor_analysis(frame, options), python_index.factor_analysis(frame, options)
        close = 1e-10 if extraction in ("pa", "alpha") and expected.converged else 1e-4
        assert_allclose(found.loadings, expected.loadings, atol=close)
        assert_allclose(found.fit.objective, expected.fit.objective, rtol=1e-5)
        assert found.heywood == expected.heywood
        assert found.converged == expected.converged


def test_given_scores_are_matched_on_and_not_fitted(lalonde: pd.DataFrame) -> None:
    scores = np.linspace(0, 1, len(lalonde))
    found = match(lalonde, nearest(), scores=scores)
    assert found.score_coefficients is None
    assert np.array_equal(found.distance, scores)


def test_the_reference_of_a_category_is_taken_from_the_variables(lalonde: pd.DataFrame) -> None:
    race = Variable(type="category", levels=("black", "hispan", "white"), reference="white")
    found = match(lalonde, nearest(), {"race": race, "age": None}).score_coefficients
    assert found is not None
    assert {"race[black]", "race[hispan]"} <= set(found.index)
    assert "race[white]" not in found.index


def test_whole_numbers_booleans_and_categories_of_numbers_are_taken(lalonde: pd.DataFrame) -> None:
    plain = match(lalonde, nearest())
    other = lalonde.astype({"treat": bool, "age": "int64", "educ": "Int64", "married": "boolean"})
    pd.testing.assert_frame_equal(match(other, nearest()).match_matrix, plain.match_matrix)
    coded = lalonde.assign(race=lalonde["race"].cat.codes.astype("category"))
    assert "race[2]" in match(coded, nearest()).balance.index


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="age"), "no column 'age'"),
        (lambda frame: frame.assign(age=pd.Timestamp("2017-05-01")), "'age' is of type"),
        (lambda frame: pd.concat([frame, frame["age"]], axis=1), "2 columns named 'age'"),
        (lambda frame: frame.set_axis([1] * len(frame)), "row label 1 occurs twice"),
        (lambda frame: frame.assign(age=frame["age"].where(frame["age"] != 37)), "age.*row 1"),
        (lambda frame: frame.assign(treat=1.0), "treat"),
    ],
)
def test_a_frame_that_cannot_be_matched_is_refused(
    lalonde: pd.DataFrame, change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        match(change(lalonde), nearest())


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (lambda frame: frame["re78"].iloc[1:], "no value for the row label 1"),
        (lambda frame: frame["race"], "numbers"),
        (lambda frame: pd.concat([frame["re78"], frame["re78"]]), "occurs twice"),
        (lambda frame: frame["re78"].where(frame.index != 5), "outcome"),
    ],
)
def test_an_outcome_that_does_not_fit_is_refused(
    lalonde: pd.DataFrame, outcome: Callable[[pd.DataFrame], pd.Series], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        estimate_effect(match(lalonde, nearest()), outcome(lalonde), Effect())


def test_a_known_defect_stops_a_match(
    lalonde: pd.DataFrame, library_with: Callable[[str, str], Path]
) -> None:
    library_with("MatchIt", "4.5.2")
    with pytest.raises(DefectError, match=r"MatchIt-163(?s:.*)MatchIt-159"):
        match(lalonde, nearest(ratio=2, replace=True))


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
@pytest.mark.parametrize("method", ["pearson", "spearman", "polychoric"])
def test_factor_analysis_takes_missing_values_as_the_python_engine_does(method: str, missing: str) -> None:
    items = dataset("psych", "bfi").iloc[:, :10].astype("float64")
    options = Index(items=tuple(items.columns), factors=2, correlation={"method": method, "missing": missing})
    found, expected = factor_analysis(items, options), python_index.factor_analysis(items, options)
    assert_allclose(found.correlations.matrix, expected.correlations.matrix, rtol=0, atol=1e-4)
    assert found.correlations.n == expected.correlations.n
    assert (found.correlations.counts is None) == (missing == "listwise")
    assert found.scores.isna().equals(expected.scores.isna())
    assert_allclose(found.scores.dropna(), expected.scores.dropna(), atol=2e-3)
    if method == "polychoric":
        assert_allclose(found.correlations.thresholds, expected.correlations.thresholds, atol=1e-12)


def test_factor_analysis_takes_a_matrix_with_its_n() -> None:
    matrix = dataset("psych", "bfi").iloc[:, :10].astype("float64").corr()
    options = Index(items=tuple(matrix.columns), factors=2)
    found, expected = (
        factor_analysis(matrix, options, n_obs=2436),
        python_index.factor_analysis(matrix, options, n_obs=2436),
    )
    assert_allclose(found.loadings, expected.loadings, atol=1e-4)
    assert_allclose(found.weights, expected.weights, atol=5e-4)
    assert found.scores.shape == expected.scores.shape == (0, 2)
    assert found.correlations.n == 2436
