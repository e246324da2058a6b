"""Stage `index` on other correlations than Pearson's, on missing values, and on a matrix with its n."""

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.engines.python import index as engine
from erm_bridge.engines.python.factors.composite import composite_index
from erm_bridge.errors import InputError
from erm_bridge.study.models import Correlation, Index

NAMES = [f"x{i}" for i in range(1, 9)]


def graded(seed: int = 1, n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    pattern = np.kron(np.eye(2), np.full((4, 1), 0.8))
    latent = rng.normal(size=(n, 2)) @ pattern.T + rng.normal(size=(n, 8)) * 0.6
    return pd.DataFrame(np.clip(np.round(latent + 3), 1, 5), columns=NAMES)


@pytest.fixture(scope="module")
def items() -> pd.DataFrame:
    return graded()


def test_weights_and_scores_come_from_the_correlations_that_were_factored(items):
    found = eb.factor_analysis(items, 2, correlation="polychoric")
    matrix = found.correlations.matrix

    assert (matrix.to_numpy() > items.corr().to_numpy())[np.triu_indices(4, 1)].all()
    np.testing.assert_allclose(matrix @ found.weights, found.loadings, atol=1e-12)
    standardised = (items - items.mean()) / items.std()
    np.testing.assert_allclose(found.scores, standardised @ found.weights, atol=1e-12)


def test_rows_hold_the_lower_triangle_and_thresholds_but_for_pearson(items):
    def keys(method: object) -> set[tuple[str, str, str]]:
        options = Index(items=tuple(NAMES), factors=2, correlation=method)
        solution = engine.factor_analysis(items, options)
        index = composite_index(solution, options.composite)
        return {row[:3] for row in engine.rows(solution, index, options).rows}

    plain, of_ranks, latent = keys("pearson"), keys("spearman"), keys("polychoric")
    assert {key for key in of_ranks - plain} == {
        ("correlation", NAMES[i], NAMES[j]) for i in range(8) for j in range(i)
    }
    assert latent - of_ranks == {("threshold", name, str(i)) for name in NAMES for i in range(1, 5)}
    assert len(keys({"method": "pearson", "smooth": True}) - plain) == 56


def test_listwise_is_the_analysis_of_complete_rows(items):
    gaps = items.mask(np.random.default_rng(3).random(items.shape) < 0.02)
    found = eb.factor_analysis(gaps, 2, correlation={"method": "spearman", "missing": "listwise"})
    complete = eb.factor_analysis(gaps.dropna(), 2, correlation="spearman")

    pd.testing.assert_frame_equal(found.loadings, complete.loadings)
    pd.testing.assert_frame_equal(found.scores.dropna(), complete.scores)
    assert found.scores.index.equals(items.index)
    assert found.correlations.n == len(gaps.dropna())
    assert found.correlations.counts is None


def test_pairwise_has_a_count_for_each_pair_and_tests_take_the_smallest(items):
    gaps = items.mask(np.random.default_rng(4).random(items.shape) < 0.05)
    found = eb.factor_analysis(gaps, 2, correlation={"method": "pearson", "missing": "pairwise"})

    np.testing.assert_allclose(found.correlations.matrix, gaps.corr(), atol=1e-13)
    there = gaps.notna().astype(int)
    assert (found.correlations.counts == there.T @ there).all(axis=None)
    assert found.correlations.n == (there.T @ there).min(axis=None)
    assert found.scores.isna().any(axis=1).equals(gaps.isna().any(axis=1))


def test_reversed_items_with_gaps_keep_their_range(items):
    gaps = items.mask(np.random.default_rng(5).random(items.shape) < 0.05)
    how = Correlation(method="polychoric", missing="pairwise")
    plain = Index(items=tuple(NAMES), factors=2, correlation=how)
    turned = plain.model_copy(update={"reverse": ("x2",)})

    a = engine.factor_analysis(gaps, plain).correlations.matrix
    b = engine.factor_analysis(gaps.assign(x2=6 - gaps["x2"]), turned).correlations.matrix
    np.testing.assert_allclose(a, b, atol=1e-12)


def test_a_matrix_with_n_is_factored_like_its_data(items):
    of_data = eb.factor_analysis(items, 2)
    of_matrix = eb.factor_analysis(items.corr(), 2, n_obs=len(items))

    np.testing.assert_allclose(of_matrix.loadings, of_data.loadings, atol=1e-9)
    np.testing.assert_allclose(of_matrix.weights, of_data.weights, atol=1e-9)
    assert of_matrix.adequacy.bartlett_chi2 == pytest.approx(of_data.adequacy.bartlett_chi2, rel=1e-12)
    assert of_matrix.scores.shape == (0, 2)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda r: r.iloc[:7], "square, found 7 rows x 8 columns"),
        (lambda r: r.rename(index={"x1": "y1"}), "must be the same"),
        (lambda r: r.replace(1.0, 0.9), "row 'x1', column 'x1' stands on the diagonal and is not 1"),
        (lambda r: r.assign(x3=np.nan), "row 'x1', column 'x3' is missing"),
        (lambda r: r + np.triu(np.full((8, 8), 0.1), 1), "differs from its mirror image"),
    ],
)
def test_a_frame_that_is_no_correlation_matrix_is_refused(items, change, text):
    with pytest.raises(InputError, match=text):
        eb.factor_analysis(change(items.corr()), 2, n_obs=400)


@pytest.mark.parametrize("n_obs", [1, 2.5, True, "400"])
def test_n_obs_is_a_whole_number(items, n_obs):
    with pytest.raises(InputError, match="n_obs: must be a whole number from 2"):
        eb.factor_analysis(items.corr(), 2, n_obs=n_obs)


def test_n_obs_may_be_a_whole_number_of_numpy(items):
    rows = len(items)
    of_numpy = eb.factor_analysis(items.corr(), 2, n_obs=np.int64(rows))

    assert of_numpy.fit.model_chi2 == eb.factor_analysis(items.corr(), 2, n_obs=rows).fit.model_chi2


def test_contradicting_correlations_are_refused_by_name_or_smoothed():
    matrix = pd.DataFrame([[1, 0.9, 0.2], [0.9, 1, 0.9], [0.2, 0.9, 1]], list("abc"), list("abc"))
    with pytest.raises(InputError, match=r"'a', 'b', 'c' contradict each other.*smooth: true"):
        eb.factor_analysis(matrix, 1, n_obs=100)

    found = eb.factor_analysis(matrix, 1, n_obs=100, correlation={"method": "pearson", "smooth": True})
    assert found.correlations.unsmoothed is not None
    np.testing.assert_array_equal(found.correlations.unsmoothed, matrix)
    assert np.linalg.eigvalsh(found.correlations.matrix)[0] > 0


@pytest.mark.parametrize(
    ("change", "method", "text"),
    [
        ({"x4": np.arange(400.0)}, "polychoric", "item 'x4' has more than 8 distinct values"),
        ({}, "tetrachoric", "item 'x1' has more than 2 distinct values"),
        (
            {"x4": graded()["x1"] * 2},
            "polychoric",
            "items 'x1' and 'x4' is 1: cells of their table are empty",
        ),
    ],
)
def test_items_that_a_method_cannot_correlate_are_refused_by_name(items, change, method, text):
    with pytest.raises(InputError, match=text):
        eb.factor_analysis(items.assign(**change), 2, correlation=method)


def test_a_pair_without_common_rows_is_refused_by_name(items):
    gaps = items.copy()
    gaps.loc[:199, "x2"] = np.nan
    gaps.loc[200:, "x5"] = np.nan
    with pytest.raises(InputError, match="items 'x2' and 'x5' have no correlation: 0 rows have both"):
        eb.factor_analysis(gaps, 2, correlation={"method": "polychoric", "missing": "pairwise"})


def test_settings_are_filled_in_by_method():
    assert Correlation().model_dump() == {
        "method": "pearson",
        "thresholds": None,
        "correct": None,
        "smooth": False,
        "missing": "refuse",
    }
    filled = [Correlation(method=name) for name in ("polychoric", "tetrachoric", "mixed")]
    assert [(of.thresholds, of.correct) for of in filled] == [("global", 0), ("global", 0.5), ("global", 0.5)]
    assert Correlation(method="polychoric", thresholds="local").correct == 0.5


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"method": "polychoric", "correct": 0.5}, "takes no notice of it; ask for thresholds: local"),
        ({"method": "spearman", "thresholds": "local"}, "thresholds: is a setting of polychoric"),
        ({"method": "kendall"}, "kendall"),
    ],
)
def test_settings_that_a_method_has_not_are_refused(items, settings, text):
    with pytest.raises(InputError, match=text):
        eb.factor_analysis(items, 2, correlation=settings)
