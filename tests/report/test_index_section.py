"""The section of the index: a table for every number that a factor analysis can have, and its figures."""

from types import SimpleNamespace

import pytest

from erm_bridge.report import ReportData, as_html, as_markdown, summary
from erm_bridge.report.figures import loading_intervals, scree
from erm_bridge.report.figures.plot import MOST_ROWS
from erm_bridge.report.layouts import LAYOUTS
from erm_bridge.report.layouts.layout import Layout
from erm_bridge.report.wording import quantity, style

ITEMS = ("trust", "belonging", "friends", "language", "customs", "food")
Numbers = dict[tuple[str, str, str, str], float]


def put(quantity: str, *rows: tuple[str, str, float]) -> Numbers:
    return {("index", quantity, term, part): value for term, part, value in rows}


def whole_index() -> Numbers:
    """Numbers of every part of the stage but the usual ones."""
    found: Numbers = put("log_det", ("all", "", -4.4)) | put("bartlett_log10_p", ("all", "", -350.2))
    found |= put("rotation_criterion", ("all", "", -0.3123))
    rules = ("kaiser", "", 2.0), ("parallel_components", "mean", 2.0), ("map", "squared", 1.0)
    found |= put("suggested_factors", *rules)
    for kind, values in {"mean": (1.12, 1.05, 1.0), "quantile": (1.18, 1.09, 1.03)}.items():
        found |= put("parallel_components", *((kind, str(n + 1), v) for n, v in enumerate(values)))
    found |= put("map", *(("squared", str(n), 0.05 + n / 100) for n in range(3)))
    found |= put("vss", *(("complexity_1", str(n), 0.7 + n / 100) for n in range(1, 3)))
    found |= put("phi", ("F2", "F1", 0.31))
    found |= put("structure", *((item, f, 0.5) for item in ITEMS for f in ("F1", "F2")))
    found |= put("complexity", *((item, "", 1.2) for item in ITEMS))
    found |= put("score_r_squared", ("all", "F1", 0.8), ("all", "F2", 0.7)) | put(
        "phi_low", ("F2", "F1", 0.2)
    )
    found |= put("correlation", ("belonging", "trust", 0.6)) | put("threshold", ("trust", "1", -0.4))
    found |= put("start_criterion", ("all", "0", -0.3123), ("all", "1", -0.31))
    found |= put("index_weight", ("all", "F1", 0.3), ("all", "F2", 0.23))
    for name, value in {"model_chi2": 12.3, "model_df": 4.0, "model_p": 0.0152, "rmsea": 0.025}.items():
        found |= put(name, ("all", "", value))
    for name, value in {"alpha": 0.71, "omega_total": 0.75, "omega_h": 0.52}.items():
        found |= put(name, ("all", "", value))
    found |= put("alpha_low", ("all", "feldt", 0.69)) | put("alpha_high", ("all", "feldt", 0.73))
    found |= put("item_total", *((item, "r_drop", 0.4) for item in ITEMS))
    found |= put("sensitivity_rank_correlation", ("ml/varimax/variance", "", 0.987))
    found |= put("sensitivity_difference", ("ml/varimax/variance", "moved[1]", 0.241))
    for name, shift in {"loading_low": -0.1, "loading_high": 0.1}.items():
        found |= put(name, *((item, f, 0.4 + shift) for item in ITEMS for f in ("F1", "F2")))
    return found | put("variance_share_low", ("all", "F1", 0.27), ("all", "F2", 0.2))


@pytest.fixture
def data(example: SimpleNamespace) -> ReportData:
    numbers = example.numbers() | whole_index()
    return example.report({"python": numbers, "r": numbers})


def test_every_number_stands_in_a_table_of_its_own(data: ReportData) -> None:
    index = next(stage for stage in data.stages if stage.name == "index")
    names = [table.name for table in index.tables]
    assert "index_other" not in names
    assert names == [layout.name for layout in LAYOUTS["index"] if layout.name in names]
    assert {"index_suggested", "index_phi", "index_fit", "index_reliability", "index_sensitivity"} <= set(
        names
    )
    cells = sum(n is not None for table in index.tables for row in table.rows for n in row.numbers)
    usual = len([key for key in data_keys(data) if key[0] == "index"])
    assert cells == usual


def data_keys(data: ReportData) -> set[tuple[str, str, str, str]]:
    return {
        (row.stage, row.quantity, row.term, row.component)
        for row in data.comparisons
        if row.inputs == ("own", "own") and row.quantity not in ("congruence", "sets_equal")
    }


def test_factors_have_their_weights_and_items_their_complexity(data: ReportData) -> None:
    tables = {table.name: table for table in data.tables}
    assert tables["index_factors"].groups[-1] == "weight in the index"
    assert tables["index_items"].groups == (
        "KMO (sampling adequacy)",
        *("communality", "uniqueness", "complexity"),
    )
    assert tables["index_phi"].rows[0].labels == ("F2",)
    assert ("Cronbach's alpha: interval from", "Feldt") not in [
        row.labels for row in tables["index_reliability"].rows
    ]
    assert ("alpha: interval from", "Feldt") in [row.labels for row in tables["index_reliability"].rows]
    assert tables["index_sensitivity"].rows[0].labels == ("ml/varimax/variance",)


def test_a_name_with_a_star_takes_all_that_begin_so() -> None:
    layout = Layout("x", "X", ("map", "chi2_*"), ("quantity",), (), ("Measure",), only="all")
    assert layout.takes("chi2_p", "all", "")
    assert not layout.takes("chi2", "all", "")
    assert not layout.takes("chi2_p", "trust", "")
    assert [layout.place(name) for name in ("map", "chi2_p", "other")] == [0, 1, 2]


def test_every_quantity_of_a_table_has_a_wording() -> None:
    named = [name for layout in LAYOUTS["index"] for name in layout.quantities if not name.endswith("*")]
    # One that has none is written to four significant digits, with blanks for underscores.
    without = [n for n in named if style(n) == "significant" and quantity(n) == n.replace("_", " ")]
    assert without == []


def test_the_scree_plot_shows_the_eigenvalues_of_random_data(data: ReportData) -> None:
    plot = next(figure for figure in data.figures if isinstance(figure, scree.Scree))
    assert plot.random == (1.18, 1.09, 1.03, None, None, None)
    assert "random data of the same size" in plot.caption


def test_without_parallel_analysis_the_scree_plot_has_no_such_line(example: SimpleNamespace) -> None:
    plot = example.report({"python": example.numbers()}).figures[0]
    assert isinstance(plot, scree.Scree)
    assert plot.random == ()
    assert "random" not in plot.caption


def test_loadings_stand_under_their_factor_with_their_intervals(data: ReportData) -> None:
    plot = next(f for f in data.figures if isinstance(f, loading_intervals.LoadingIntervals))
    assert [row.heading for row in plot.rows] == ["F1"] * 6 + ["F2"] * 6
    assert plot.low[0] == (pytest.approx(0.3), pytest.approx(0.3))
    assert not plot.main


def test_of_too_many_loadings_each_items_largest_is_shown(example: SimpleNamespace) -> None:
    items = tuple(f"x{n}" for n in range(MOST_ROWS // 2 + 5))
    numbers = example.numbers(items)
    for name in ("loading_low", "loading_high"):
        numbers |= put(name, *((item, f, 0.4) for item in items for f in ("F1", "F2")))
    found = example.report({"python": numbers}, study=example.study(items)).figures
    plot = next(f for f in found if isinstance(f, loading_intervals.LoadingIntervals))
    assert plot.main
    assert len(plot.rows) == len(items)
    assert all(abs(row.values[0] or 0) >= 0.5 for row in plot.rows)
    assert "under the factor on which it loads most" in plot.caption


def explained_run(example: SimpleNamespace) -> ReportData:
    """R stopped short of the minimum: a loading, and the effect that comes of it, differ."""
    left, right = example.numbers(), example.numbers()
    right["index", "objective", "all", ""] += 0.0002
    right["index", "loading", "trust", "F1"] += 0.002
    right["effect", "estimate", "matched", "psmatch2"] += 0.002
    table = example.crosscheck({"python": left, "r": right})
    own = (table["input_a"] == "own") & (table["input_b"] == "own")
    differs = table["verdict"] == "differ"
    table.loc[differs & ~own, ["value_a", "value_b", "abs_diff", "verdict"]] = [1.0, 1.0, 0.0, "agree"]
    table.loc[differs & own, "verdict"] = "explained"
    table.loc[differs & own, "note"] = "python is nearer to the minimum of the extraction"
    table.loc[table["quantity"] == "objective", "note"] = "python is nearer to the minimum"
    return example.build(left, right, table)


@pytest.fixture
def explained(example: SimpleNamespace) -> ReportData:
    return explained_run(example)


def test_what_is_explained_stands_with_its_reason_everywhere(explained: ReportData) -> None:
    assert explained.headline == (
        "Python and R agree on 295 of 298 numbers; 3 differ because Python found the better optimum"
    )
    assert explained.explanation[-2:] == (
        "Python is nearer to the minimum that the extraction of the factors seeks "
        "(Python 0.01235, R 0.01255).",
        "For that reason alone 3 numbers differ; from each other's solution both compute the same.",
    )
    assert (explained.verdict, explained.exit_code) == ("explained", 0)
    assert [row.quantity for row in explained.ordered[:3]] == ["objective", "loading", "estimate"]
    text = as_markdown(explained)
    assert "### Rows that are explained (3)" in text
    assert "| trust | **0.810** | **0.812** | 0.110 | 0.110 | 0.0020 ≠ (explained) |" in text
    assert "59 of 61 numbers agree, 2 are explained" in text


def test_a_worse_engine_is_never_said_to_be_the_better_one(example: SimpleNamespace) -> None:
    numbers = example.numbers()
    numbers["index", "objective", "all", ""] += 1.0
    data = example.report({"python": numbers, "r": example.numbers()})
    assert data.verdict == "differ"
    assert not any("nearer" in sentence for sentence in data.explanation)


def test_page_summary_and_json_say_what_is_explained(explained: ReportData) -> None:
    page = as_html(explained)
    assert "3 differ because Python found the better optimum" in page
    assert "3 rows are explained; their note says why." in page
    assert page.count("<tr><td>explained</td>") == 3
    lines = summary.lines(explained, None)
    assert any("59/61 agree, 2 explained" in line for line in lines)
    assert any("Python is nearer to the minimum" in line for line in lines)
    found = summary.as_json(explained)
    assert [row["quantity"] for row in found["explained"]] == ["objective", "loading", "estimate"]
    assert found["explained"][1]["note"] == "python is nearer to the minimum of the extraction"
    assert found["failing"] == []
    assert found["explanation"] == list(explained.explanation)
