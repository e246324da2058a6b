"""Fit statistics and scores in the index stage of the Python engine."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.python.factors import fit
from erm_bridge.engines.python.index import factor_analysis
from erm_bridge.errors import InputError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics.factor_scores import SCORE_WEIGHTS
from erm_bridge.numerics.fit import model_fit
from erm_bridge.options import ScoreMethod
from erm_bridge.results import FactorFit, FactorSolution
from erm_bridge.study.models import Index

ITEMS = tuple(f"i{j}" for j in range(1, 9))


def make_frame(
    n: int = 250, loadings: tuple[float, ...] = (0.8, 0.7, 0.6, 0.5), seed: int = 3
) -> pd.DataFrame:
    """Two factors of as many items each as there are loadings."""
    rng = np.random.default_rng(seed)
    factors, size = rng.normal(size=(n, 2)), len(loadings)
    pattern = np.kron(np.eye(2), np.array(loadings)[:, None]) + 0.05
    noise = rng.normal(size=(n, 2 * size)) * np.sqrt(1 - np.square(pattern).sum(axis=1))
    values = 10 + 3 * (factors @ pattern.T + noise)
    return pd.DataFrame(values, columns=[f"i{j + 1}" for j in range(2 * size)])


def solve(frame: pd.DataFrame, **changes: object) -> FactorSolution:
    return factor_analysis(frame, Index(**({"items": tuple(frame.columns), "factors": 2} | changes)))


def quantities(fitted: FactorFit) -> dict[tuple[str, str, str], float]:
    found = StageRows()
    fit.rows(found, fitted)
    return {(quantity, term, part): value for quantity, term, part, value, _ in found.rows}


def test_the_fit_is_that_of_the_solution():
    frame = make_frame()
    solution = solve(frame)
    expected = model_fit(np.corrcoef(frame.to_numpy().T), solution.loadings.to_numpy(), None, len(frame))

    assert solution.fit.model_chi2 == pytest.approx(expected.chi2, rel=1e-12)
    assert (solution.fit.model_df, solution.fit.null_df) == (13, 28)
    assert solution.fit.rmsea_high == pytest.approx(expected.rmsea_high, rel=1e-12)
    assert solution.fit.complexity.index.tolist() == list(ITEMS)
    assert solution.fit.score_adequacy.index.tolist() == ["F1", "F2"]
    scores = solution.scores.var(ddof=1)
    np.testing.assert_allclose(solution.fit.score_adequacy["r_squared"], scores, rtol=1e-10)


def test_rows_are_the_fields():
    solution = solve(make_frame())
    found = quantities(solution.fit)

    assert found["rmsea", "all", ""] == solution.fit.rmsea
    assert found["complexity", "i3", ""] == solution.fit.complexity["i3"]
    assert found["score_r_squared", "all", "F2"] == solution.fit.score_adequacy.loc["F2", "r_squared"]
    assert len(found) == len(FactorFit.numbers()) + len(ITEMS) + 3 * 2


def test_without_degrees_of_freedom_rows_that_need_them_are_absent():
    found = {
        quantity for quantity, _, _ in quantities(solve(make_frame(loadings=(0.8, 0.6, 0.7)), factors=3).fit)
    }

    assert {"model_df", "model_chi2", "null_chi2", "rmsr", "empirical_chi2"} <= found
    assert not found & {"model_p", "rmsea", "rmsea_low", "tli", "cfi", "bic", "rmsr_corrected", "empirical_p"}


def test_components_have_no_test_of_a_model():
    solution = solve(make_frame(), extraction="pca")
    found = {quantity for quantity, _, _ in quantities(solution.fit)}

    of_residuals = {
        "rmsr",
        "rmsr_corrected",
        "fit_total",
        "fit_off_diagonal",
        "empirical_chi2",
        "empirical_p",
    }
    assert found == of_residuals | {"objective", "complexity"}
    assert solution.fit.score_adequacy is None


@pytest.mark.parametrize("method", ["bartlett", "anderson", "tenberge", "harman"])
def test_scores_of_components_are_exact(method):
    with pytest.raises(ValueError, match=rf"scores: '{method}' estimates factors, but components are exact"):
        Index(items=ITEMS, factors=2, extraction="pca", scores=method)


def test_the_registry_holds_what_a_study_can_ask_for():
    assert tuple(SCORE_WEIGHTS) == ScoreMethod.__args__


@pytest.mark.parametrize("method", SCORE_WEIGHTS)
def test_scores_have_the_moments_of_their_method(method):
    frame = make_frame()
    solution = solve(frame, scores=method)
    cov, regression = solution.scores.cov().to_numpy(), solve(frame).scores.var().to_numpy()

    assert abs(solution.scores.mean()).max() < 1e-12
    if method in ("anderson", "tenberge"):
        np.testing.assert_allclose(cov, np.eye(2), atol=1e-12)
    elif method == "bartlett":
        assert (np.diag(cov) > 1).all()
    else:
        np.testing.assert_allclose(np.diag(cov), regression, atol=0.05)


def heywood_frame() -> pd.DataFrame:
    """A sample in which the first item comes out with a uniqueness of -.02."""
    rng = np.random.default_rng(34)
    pattern = rng.normal(0, 0.1, (8, 2))
    pattern[:4, 0] += [0.9, 0.4, 0.4, 0.3]
    pattern[4:, 1] += 0.6
    pattern *= np.minimum(1, 0.98 / np.linalg.norm(pattern, axis=1))[:, None]
    noise = rng.normal(size=(110, 8)) * np.sqrt(1 - np.square(pattern).sum(axis=1))
    return pd.DataFrame(rng.normal(size=(110, 2)) @ pattern.T + noise, columns=list(ITEMS))


@pytest.mark.parametrize("method", ["bartlett", "anderson"])
def test_a_heywood_case_is_named(method):
    frame = heywood_frame()
    uniquenesses = solve(frame).uniquenesses
    assert uniquenesses[uniquenesses <= 0].index.tolist() == ["i1"]

    with pytest.raises(
        InputError, match=f"{method} divides by the uniqueness of each item; items 'i1' have none"
    ):
        solve(frame, scores=method)


@pytest.mark.parametrize("method", SCORE_WEIGHTS)
def test_the_factored_rows_have_the_same_scores_again(method):
    frame = make_frame()
    solution = solve(frame, scores=method, reverse=("i2", "i7"))

    np.testing.assert_allclose(solution.score(frame), solution.scores, rtol=0, atol=1e-13)


def test_new_rows_are_standardised_by_the_factored_sample():
    frame = make_frame()
    solution = solve(frame, reverse=("i2",))
    new = frame.iloc[[5, 17, 5]].set_axis(["x", "y", "z"]).assign(other="text")[["other", *reversed(ITEMS)]]
    found = solution.score(new)

    assert found.index.tolist() == ["x", "y", "z"]
    assert found.columns.tolist() == ["F1", "F2"]
    np.testing.assert_allclose(found, solution.scores.iloc[[5, 17, 5]], rtol=0, atol=1e-13)
    np.testing.assert_allclose(solution.score(new.head(1)), found.head(1), rtol=0, atol=1e-15)
    # A row at the means of the sample has scores of zero, one standard deviation up in an item its weight.
    means = frame.mean().to_frame().T
    up = means.assign(i2=frame["i2"].mean() + frame["i2"].std())
    np.testing.assert_allclose(solution.score(means), 0, atol=1e-13)
    np.testing.assert_allclose(solution.score(up), -solution.weights.loc[["i2"]], rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="i3"), "items: no column 'i3'"),
        (lambda frame: frame.assign(i3=np.nan), "item 'i3' has 4 missing or infinite values in 4 rows"),
        (lambda frame: frame.assign(i3="high"), "item 'i3' holds"),
    ],
)
def test_rows_that_cannot_be_scored_are_refused(change, message):
    frame = make_frame()
    with pytest.raises(InputError, match=message):
        solve(frame).score(change(frame.head(4)))


def test_without_rows_there_is_nothing_to_standardise_with():
    frame = make_frame()
    with pytest.raises(InputError, match="a matrix of correlations was factored"):
        replace(solve(frame), scorer=None).score(frame)
