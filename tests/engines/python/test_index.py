"""The index stage of the Python engine: solution, index, rows, refusals."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from erm_bridge import estimates
from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.python.factors.composite import composite_index
from erm_bridge.engines.python.factors.items import item_values
from erm_bridge.engines.python.index import factor_analysis, rows, run
from erm_bridge.errors import EngineError, InputError
from erm_bridge.options import Extraction
from erm_bridge.quantities import glossary
from erm_bridge.results import FactorFit, FactorSolution
from erm_bridge.study.index_section import Convergence
from erm_bridge.study.models import Composite, DataSource, Index, Study

ODD = 'x); system("id") #'
ITEMS = ("a1", "a2", "喜欢城市", "a4", "b1", ODD, "b 3", "b4", "b5")


def make_frame(n: int = 300, seed: int = 1) -> pd.DataFrame:
    """Two factors behind nine items with six answers each, `b4` keyed the other way round."""
    rng = np.random.default_rng(seed)
    loadings = np.full((9, 2), 0.1)
    loadings[:4, 0], loadings[4:, 1] = [0.8, 0.7, 0.6, 0.5], [0.8, 0.75, 0.65, -0.6, 0.5]
    noise = rng.normal(size=(n, 9)) * np.sqrt(1 - np.square(loadings).sum(1))
    answers = np.clip(np.round(3.5 + 1.2 * (rng.normal(size=(n, 2)) @ loadings.T + noise)), 1, 6)
    return pd.DataFrame(answers, columns=list(ITEMS), index=[f"p{i}" for i in range(n)])


def options(**changes) -> Index:
    return Index(**({"items": ITEMS, "factors": 2} | changes))


@pytest.fixture
def frame() -> pd.DataFrame:
    return make_frame()


@pytest.fixture
def solution(frame) -> FactorSolution:
    return factor_analysis(frame, options())


def test_everything_is_labelled(frame, solution):
    factors = ["F1", "F2"]
    for part in (solution.loadings, solution.weights):
        assert part.index.tolist() == list(ITEMS)
        assert part.columns.tolist() == factors
    assert solution.scores.index.equals(frame.index)
    assert solution.scores.columns.tolist() == factors
    assert solution.variance.index.tolist() == factors
    assert solution.communalities.index.tolist() == solution.uniquenesses.index.tolist() == list(ITEMS)
    assert solution.adequacy.eigenvalues.index.tolist() == [str(i) for i in range(1, 10)]
    assert solution.phi is None


def test_the_parts_fit_together(frame, solution):
    loadings, correlation = solution.loadings.to_numpy(), np.corrcoef(frame.to_numpy().T)
    standardised = (frame - frame.mean()) / frame.std()

    np.testing.assert_allclose(solution.communalities, np.square(loadings).sum(1), rtol=1e-14)
    np.testing.assert_allclose(solution.communalities + solution.uniquenesses, 1, rtol=1e-14)
    np.testing.assert_allclose(solution.variance["ss_loadings"], np.square(loadings).sum(0), rtol=1e-14)
    np.testing.assert_allclose(solution.variance["share"], np.square(loadings).sum(0) / 9, rtol=1e-14)
    np.testing.assert_allclose(correlation @ solution.weights, loadings, atol=1e-13)
    np.testing.assert_allclose(solution.scores, standardised @ solution.weights, atol=1e-12)
    residuals = np.tril(correlation - loadings @ loadings.T, -1)
    assert solution.fit.objective == pytest.approx(np.square(residuals).sum(), rel=1e-12)
    assert solution.adequacy.eigenvalues.sum() == pytest.approx(9, rel=1e-13)
    assert solution.adequacy.bartlett_df == 36


def test_the_simulated_structure_is_found(solution):
    loadings = solution.loadings

    # The factor of five items explains more and comes first; its reversed item loads negatively.
    assert loadings.loc["b1":, "F1"].abs().min() > 0.4 > loadings.loc["b1":, "F2"].abs().max()
    assert loadings.loc[:"a4", "F2"].min() > 0.4 > loadings.loc[:"a4", "F1"].abs().max()
    assert loadings.loc["b4", "F1"] < 0


def test_reversed_items_become_minimum_plus_maximum_minus_themselves(frame):
    frame["b4"] = frame["b4"].replace(6, 5)
    turned = frame.assign(b4=1 + 5 - frame["b4"], a1=1 + 6 - frame["a1"])
    before = frame.copy()

    by_key = factor_analysis(frame, options(reverse=("b4", "a1")))
    by_hand = factor_analysis(turned, options())

    pd.testing.assert_frame_equal(by_key.scores, by_hand.scores, check_exact=True)
    pd.testing.assert_frame_equal(by_key.loadings, by_hand.loadings, check_exact=True)
    pd.testing.assert_frame_equal(frame, before, check_exact=True)
    assert by_key.loadings.loc["b4", "F1"] > 0


def test_turning_one_item_turns_its_loadings_only(frame, solution):
    turned = factor_analysis(frame, options(reverse=("b4",)))
    expected = solution.loadings.copy()
    expected.loc["b4"] *= -1

    np.testing.assert_allclose(turned.loadings, expected, atol=1e-11)
    np.testing.assert_allclose(turned.scores, solution.scores, atol=1e-11)


def test_row_order_units_and_item_order_do_not_matter(frame, solution):
    order = np.random.default_rng(2).permutation(len(frame))
    rescaled = frame.iloc[order] * 2.5 - 7
    items = ITEMS[::-1]
    found = factor_analysis(rescaled, options(items=items))

    np.testing.assert_allclose(found.loadings.loc[list(ITEMS)], solution.loadings, atol=1e-11)
    np.testing.assert_allclose(found.scores.loc[frame.index], solution.scores, atol=1e-11)
    np.testing.assert_allclose(found.adequacy.kmo_items[list(ITEMS)], solution.adequacy.kmo_items, rtol=1e-11)


def test_other_columns_are_ignored_and_memory_layout_does_not_matter(frame, solution):
    wide = pd.concat([frame, pd.Series("text", frame.index, name="note")], axis=1)
    by_row = pd.DataFrame(np.ascontiguousarray(frame.to_numpy()), frame.index, frame.columns)

    for other in (wide, by_row):
        again = factor_analysis(other, options())
        pd.testing.assert_frame_equal(again.scores, solution.scores, check_exact=True)
    whole_numbers = factor_analysis(frame.astype("int64"), options())
    pd.testing.assert_frame_equal(whole_numbers.loadings, solution.loadings, check_exact=True)


def test_no_rotation_gives_orthogonal_columns(frame, solution):
    plain = factor_analysis(frame, options(rotation="none")).loadings.to_numpy()

    assert abs(plain[:, 0] @ plain[:, 1]) < 1e-12
    np.testing.assert_allclose(np.square(plain).sum(1), solution.communalities, rtol=1e-12)
    assert np.abs(plain - solution.loadings.to_numpy()).max() > 0.05


def test_the_anchor_makes_its_own_loading_positive(frame, solution):
    anchored = factor_analysis(frame, options(composite=Composite(anchor="b4")))

    assert anchored.loadings.loc["b4", "F1"] > 0
    np.testing.assert_array_equal(anchored.loadings["F1"], -solution.loadings["F1"])
    np.testing.assert_array_equal(anchored.loadings["F2"], solution.loadings["F2"])
    np.testing.assert_array_equal(anchored.scores["F1"], -solution.scores["F1"])


def test_the_index_weighs_scores_by_undivided_variance_shares(solution):
    index = composite_index(solution, Composite(scale=100))
    scores, share = solution.scores, solution.variance["share"]

    expected = 100 * (share["F1"] * scores["F1"] + share["F2"] * scores["F2"])
    np.testing.assert_allclose(index, expected, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(composite_index(solution, Composite()), index / 100, rtol=1e-14)
    assert abs(index.mean()) < 1e-12


def test_rows_hold_every_quantity_of_the_glossary_once(frame):
    asked = options(dimension={"of": ("components", "factors", "factors_smc"), "most": 4})
    solution = factor_analysis(frame, asked)
    index = composite_index(solution, Composite())
    table = estimates.table("python", "own", "index", rows(solution, index, asked))
    estimates.check(table)

    wanted = glossary()
    assert set(table["quantity"]) <= set(wanted.loc[wanted["stage"] == "index", "quantity"])
    p, k = 9, 2
    assert table["quantity"].value_counts().to_dict() == {
        "kmo": p + 1,
        "bartlett_chi2": 1,
        "bartlett_df": 1,
        "bartlett_p": 1,
        "bartlett_log10_p": 1,
        "log_det": 1,
        "condition": 1,
        "eigenvalue": p,
        "eigenvalue_factors": p,
        "eigenvalue_factors_smc": p,
        "parallel_components": 2 * p,
        "parallel_factors": 2 * p,
        "parallel_factors_smc": 2 * p,
        "map": 2 * 5,
        "vss": 4 + 3,
        "suggested_factors": 1 + 2 * 3 + 2 + 2,
        "n_factors": 1,
        "rotation_criterion": 1,
        "loading": p * k,
        "communality": p,
        "uniqueness": p,
        "ss_loadings": k,
        "variance_share": k,
        "score_weight": p * k,
        "complexity": p,
        **dict.fromkeys(("score_r_squared", "score_max_correlation", "score_min_correlation"), k),
        **dict.fromkeys(FactorFit.numbers(), 1),
        "index_weight": k,
        "index_mean": 1,
        "index_sd": 1,
    }
    assert table["value"].notna().all()
    assert set(table["note"]) == {""}


def test_rows_say_which_item_and_factor(solution):
    index = composite_index(solution, Composite(scale=10))
    found = {
        (quantity, term, part): value
        for quantity, term, part, value, _ in rows(solution, index, options()).rows
    }

    assert found["loading", ODD, "F2"] == solution.loadings.loc[ODD, "F2"]
    assert found["score_weight", "喜欢城市", "F1"] == solution.weights.loc["喜欢城市", "F1"]
    assert found["kmo", "a1", ""] == solution.adequacy.kmo_items["a1"]
    assert found["kmo", "all", ""] == solution.adequacy.kmo
    assert found["eigenvalue", "all", "9"] == solution.adequacy.eigenvalues["9"]
    assert found["variance_share", "all", "F2"] == solution.variance.loc["F2", "share"]
    assert found["uniqueness", "b5", ""] == solution.uniquenesses["b5"]
    assert found["index_sd", "all", ""] == np.std(index, ddof=1)
    assert found["objective", "all", ""] == solution.fit.objective


def test_run_hands_on_scores_and_index(frame, solution):
    study = Study(
        study="s", data=DataSource(source="s.csv"), index=options(composite=Composite(scale=100, anchor="a1"))
    )
    result = run(study, frame, Artefacts())

    np.testing.assert_array_equal(result.artefacts.factor_scores, solution.scores)
    np.testing.assert_array_equal(result.artefacts.index, composite_index(solution, Composite(scale=100)))
    assert result.artefacts.propensity is None
    assert result.rows.rows == rows(solution, result.artefacts.index, options()).rows


def test_run_without_the_section_is_refused(frame):
    study = Study(study="s", data=DataSource(source="s.csv"), index=options()).model_copy(
        update={"index": None}
    )

    with pytest.raises(EngineError, match="no section index"):
        run(study, frame, Artefacts())


def test_a_heywood_case_is_noted_at_its_item():
    # Correlations of exactly .9, .9 and .7: one factor would need .9 x .9 / .7 = 1.157 of the first item.
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(200, 3))
    noise -= noise.mean(0)
    noise, _ = np.linalg.qr(noise)
    values = noise @ np.linalg.cholesky([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]]).T
    one_factor = Index(items=tuple("abc"), factors=1)
    solution = factor_analysis(pd.DataFrame(values, columns=list("abc")), one_factor)

    notes = {
        term: note for quantity, term, _, _, note in rows(solution, np.zeros(3), one_factor).rows if note
    }

    assert solution.heywood == ("a",)
    assert solution.uniquenesses["a"] < 0.005 < solution.uniquenesses["b"]
    assert list(notes) == ["a"]
    assert notes["a"].startswith("Heywood case")


@pytest.mark.parametrize("extraction", get_args(Extraction))
def test_every_extraction_gives_every_row(frame, extraction):
    options_ = options(extraction=extraction)
    solution = factor_analysis(frame, options_)
    found = rows(solution, composite_index(solution, options_.composite), options_)

    plain = rows(factor_analysis(frame, options()), np.zeros(300), options())
    # Components are no model of the correlations: they have no fit statistics.
    if extraction != "pca":
        assert [row[:3] for row in found.rows] == [row[:3] for row in plain.rows]
    assert solution.converged
    assert np.isfinite([row[3] for row in found.rows]).all()


def test_an_iteration_that_ran_out_is_noted(frame):
    options_ = options(extraction="pa", convergence=Convergence(iterations=2))
    solution = factor_analysis(frame, options_)
    notes = {quantity: note for quantity, *_, note in rows(solution, np.zeros(300), options_).rows if note}

    assert not solution.converged
    assert notes == {"n_factors": "maximum iteration exceeded"}
    assert factor_analysis(frame, options(extraction="pa")).converged


def test_convergence_is_written_out_where_it_is_used_and_refused_elsewhere():
    assert options(extraction="alpha").convergence == Convergence(tolerance=0.001, iterations=50)
    assert options().convergence is None
    with pytest.raises(ValueError, match="only pa and alpha end by a rule, ml by its minimum; leave it out"):
        options(extraction="ml", convergence=Convergence())
    for wrong in ({"tolerance": 0.0}, {"iterations": 0}, {"steps": 1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Convergence(**wrong)


def test_missing_column_is_named_with_those_that_exist(frame):
    with pytest.raises(InputError, match=r"no column 'a5'; columns are 'a1', 'a2', .*'b5'$"):
        factor_analysis(frame, options(items=(*ITEMS, "a5")))
    wide = frame.assign(**{f"c{i}": 1.0 for i in range(9)})
    with pytest.raises(InputError, match=r"no column 'a5'; columns are .*'c0' and 8 more$"):
        factor_analysis(wide, options(items=(*ITEMS, "a5")))


def test_repeated_column_is_named(frame):
    with pytest.raises(InputError, match="more than one column is named 'a2'"):
        factor_analysis(pd.concat([frame, frame[["a2"]]], axis=1), options())


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pd.Series(["low", "high"] * 150), "item 'a2' holds (str|object) values; items must be numbers"),
        (pd.Series(["1", "2"] * 150, dtype="category"), "item 'a2' holds categories; items must be numbers"),
        (pd.Series([1.0, np.nan, 3.0] * 100), "item 'a2' has 100 missing or infinite values in 300 rows"),
        (
            pd.Series([1, pd.NA, 3] * 100, dtype="Int64"),
            "item 'a2' has 100 missing or infinite values in 300",
        ),
        (pd.Series([1.0, 2.0, np.inf] * 100), "item 'a2' has 100 missing or infinite values in 300 rows"),
        (pd.Series([np.nan] * 300), "item 'a2' has 300 missing or infinite values in 300 rows"),
        (pd.Series([0.1] * 300), "item 'a2' has the same value in all 300 rows"),
    ],
    ids=["text", "category", "missing", "NA", "infinite", "all missing", "constant"],
)
def test_unusable_items_are_named(frame, column, message):
    with pytest.raises(InputError, match=message):
        factor_analysis(
            frame.assign(a2=column.to_numpy() if column.dtype == float else column.array), options()
        )


def test_dependent_items_are_named(frame):
    with pytest.raises(InputError, match="items 'a1', 'b 3', 'sum' are linear combinations of each other"):
        factor_analysis(frame.assign(sum=frame["a1"] + frame["b 3"]), options(items=(*ITEMS, "sum")))


def test_too_few_rows_are_refused(frame):
    with pytest.raises(InputError, match="9 rows are too few for 9 items; at least 10 are needed"):
        factor_analysis(frame.head(9), options())


def test_item_values_are_a_fresh_array_with_reversed_items_within_their_range(frame):
    frame["b4"] = frame["b4"].replace(6, 5)
    values = item_values(frame, ITEMS, reverse=("b4",))

    # Observed from 1 to 5: reversing keeps that range.
    np.testing.assert_array_equal(values[:, ITEMS.index("b4")], 6 - frame["b4"])
    np.testing.assert_array_equal(np.delete(values, ITEMS.index("b4"), axis=1), frame.drop(columns="b4"))
    values[:] = 0
    assert frame.to_numpy().min() == 1
