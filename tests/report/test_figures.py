"""Figures: the right numbers at the right place; what has no data is left out."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from erm_bridge.artefact_tables import PAIR_COLUMNS
from erm_bridge.report import figures
from erm_bridge.report.figures import balance, overlap, palette, selection
from erm_bridge.report.figures.drawing import draw
from erm_bridge.report.figures.effect import Forest
from erm_bridge.report.figures.plot import MOST_ROWS
from erm_bridge.report.figures.scree import Scree
from erm_bridge.report.figures.sheet import Sheet, style
from erm_bridge.report.model import Name
from erm_bridge.report.sections import StageNumbers

PYTHON, R = Name("python", "Python"), Name("r", "R")


def numbers(rows, engines=(PYTHON, R)):
    """Numbers of a stage, the same in all engines: rows of quantity, term, component and value."""
    keys = ("quantity", "term", "component", "value")
    records = [
        {"input": "own", "engine": engine.name, **dict(zip(keys, row, strict=True))}
        for engine in engines
        for row in rows
    ]
    return StageNumbers(engines, records, [])


def plot(data, name):
    """The figure of a report by name."""
    return {figure.name: figure for figure in data.figures}[name]


def drawn(figure):
    """Draw a figure with matplotlib and keep its sheet."""
    with style():
        sheet = Sheet(figure.height)
        figure.draw(sheet)
        sheet.svg(figure.name)
    return sheet


def points(sheet):
    """Where the marks on the axes stand, by colour: one list of (x, y) for each series."""
    (axes,) = sheet.figure.axes
    return [
        (line.get_markeredgecolor(), [tuple(point) for point in line.get_xydata()])
        for line in axes.lines
        if line.get_marker() not in ("None", None)
    ]


def test_figures_come_in_the_order_of_the_page(agreeing):
    assert [(figure.stage, figure.name) for figure in agreeing.figures] == [
        ("index", "scree"),
        ("index", "loadings"),
        ("difference", "means"),
        ("regression", "coefficients"),
        ("matching", "love"),
        ("effect", "effect"),
    ]


def test_a_figure_without_data_is_left_out(example):
    found = {key: value for key, value in example.numbers().items() if key[1] not in ("loading", "smd")}
    found |= {key: float("nan") for key in found if key[1] in ("mean", "statistic", "estimate")}
    data = example.report({"python": found})
    assert data.figures == ()
    assert draw(data.figures) == ()


def test_scree_shows_every_engine_at_every_position(agreeing):
    scree = plot(agreeing, "scree")
    first, second = points(drawn(scree))
    assert first == (palette.LIGHT["engine1"], list(enumerate((2.41, 1.52, 0.71, 0.55, 0.45, 0.36), start=1)))
    assert second[0] == palette.LIGHT["engine2"]
    np.testing.assert_allclose(second[1], first[1], atol=2e-9)
    assert scree.kept == 2


@pytest.mark.parametrize("kaiser", [True, False])
def test_scree_draws_kaisers_limit_where_it_was_the_rule(kaiser):
    scree = Scree((PYTHON,), (1, 2), ((1.5,), (0.5,)), 1, kaiser)
    (axes,) = drawn(scree).figure.axes
    straight = [tuple(map(tuple, line.get_xydata())) for line in axes.lines if line.get_marker() == "None"]
    assert ((1.5, 0), (1.5, 1)) in straight, "the upright line after the factors that were kept"
    assert (((0, 1), (1, 1)) in straight) == kaiser
    assert ("eigenvalue above 1" in scree.caption) == kaiser


def test_loadings_are_written_in_cells_coloured_by_size(agreeing):
    sheet = drawn(plot(agreeing, "loadings"))
    texts = {text.get_text(): text for text in sheet.figure.artists if hasattr(text, "get_text")}
    assert {"trust", "F1", "F2", ".81", "-.31", ".05"} <= set(texts)
    assert {text: found.get_fontweight() for text, found in texts.items() if text in (".81", "-.31")} == {
        ".81": "bold",
        "-.31": "normal",
    }
    (cells,) = [artist for artist in sheet.figure.artists if hasattr(artist, "get_paths")]
    assert len(cells.get_paths()) == 12
    assert [round(255 * channel) for channel in cells.get_facecolor()[0][:3]] == list(
        bytes.fromhex(palette.LIGHT["plus4"][1:])
    )


def test_means_stand_at_their_groups_with_their_sizes(agreeing):
    figure = plot(agreeing, "means")
    assert [(row.heading, row.label, row.remark) for row in figure.rows] == [
        ("moved", "0 (controls)", "2,727"),
        ("moved", "1 (treated)", "606"),
        ("school", "none", "2,727"),
        ("school", "primary", "606"),
    ]
    first, _ = points(drawn(figure))
    np.testing.assert_allclose(first[1], [(-1.4381, 1), (6.4709, 2), (-1.4381, 4), (6.4709, 5)])


def test_coefficients_are_shown_in_their_standard_errors_without_the_intercept(agreeing):
    coefficients = plot(agreeing, "coefficients")
    assert [row.label for row in coefficients.rows] == ["moved", "age", "school[primary]"]
    sheet = drawn(coefficients)
    np.testing.assert_allclose([x for x, _ in points(sheet)[0][1]], [4.7902, -0.7369, 1.9831])
    bars = [segment for lines in sheet.figure.axes[0].collections for segment in lines.get_segments()]
    np.testing.assert_allclose(bars[0][:, 0], [3.7902, 5.7902])


def test_standardised_coefficients_are_preferred_where_there_are_any(example):
    found = example.numbers()
    found |= {("regression", "beta", "moved", ""): 0.21, ("regression", "beta", "age", ""): -0.03}
    coefficients = plot(example.report({"python": found, "r": found}), "coefficients")
    assert [row.values for row in coefficients.rows] == [(0.21, 0.21), (-0.03, -0.03)]
    assert coefficients.caption.startswith("Standardised coefficients")
    assert not drawn(coefficients).figure.axes[0].collections, "a bar would be a standard error"


def test_the_path_of_a_selection_keeps_the_order_of_its_steps():
    rows = [
        ("entered", "age", "1", 1e-40),
        ("entered", "sex", "2", 0.001),
        ("removed", "age", "10", 0.2),
        ("entered", "wealth", "9", 0.04),
    ]
    path = selection.read(numbers(rows))
    assert [row.label for row in path.rows] == ["1  + age", "2  + sex", "9  + wealth", "10  − age"]
    assert [row.remark for row in path.rows] == ["< .001", ".001", ".040", ".200"]
    places = [x for x, _ in points(drawn(path))[0][1]]
    np.testing.assert_allclose(places, [-12, -3, np.log10(0.04), np.log10(0.2)])
    assert selection.read(numbers([("estimate", "age", "", 1.0)])) is None


def test_love_plot_has_sizes_before_and_after_the_largest_first(agreeing):
    love = plot(agreeing, "love")
    assert [row.label for row in love.before] == [
        "propensity score",
        "age",
        "school[none]",
        "school[primary]",
    ]
    before, after, *_ = points(drawn(love))
    assert (before[0], after[0]) == (palette.LIGHT["before"], palette.LIGHT["engine1"])
    np.testing.assert_allclose([x for x, _ in before[1]], [abs(0.412 - n / 7) for n in range(4)])
    np.testing.assert_allclose([x for x, _ in after[1]], [abs(0.0123 - n / 90) for n in range(4)])


def test_the_forest_shows_each_engine_on_a_line_of_its_own(differing):
    forest = plot(differing, "effect")
    sheet = drawn(forest)
    (_, first), (_, second) = points(sheet)
    np.testing.assert_allclose([x for x, _ in first], [7.9091, 6.2034])
    np.testing.assert_allclose([x for x, _ in second], [7.9091, 7.4134])
    assert all(a != b for (_, a), (_, b) in zip(first, second, strict=True))
    segments = [s[:, 0].tolist() for lines in sheet.figure.axes[0].collections for s in lines.get_segments()]
    np.testing.assert_allclose(segments[:2], [[4.9953, 10.8229], [2.4552, 9.9516]])
    assert forest.ties is None


def test_the_forest_spans_other_choices_among_ties_by_a_band(example):
    found = example.numbers()
    found |= {("effect", "tie_low", "matched", ""): 5.5, ("effect", "tie_high", "matched", ""): 6.5}
    forest = plot(example.report({"python": found, "r": found}), "effect")
    assert forest.ties == (5.5, 6.5)
    assert "orders of rows that were tried" in forest.caption
    band = drawn(forest).figure.axes[0].collections[0].get_paths()[0].vertices
    assert (band[:, 0].min(), band[:, 0].max()) == (5.5, 6.5)
    assert band[:, 1].min() > 2, "only behind the matched rows"


def scores_and_pairs(ids=(1, 2, 3, 4, 5, 6)):
    """Two treated units, one of them without a match, and four controls of which two were used."""
    scores = pd.DataFrame(
        {"id": ids, "engine": "python", "input": "own", "propensity": [0.0, 1.0, 0.0, 0.31, 0.29, 0.3]}
    )
    other = scores.assign(engine="r", propensity=0.5)
    rows = [
        ("python", "own", ids[0], ids[2], 1, 1.5, 0.0, None),
        ("python", "own", ids[0], ids[3], 2, 0.5, 0.3, None),
        ("python", "own", ids[1], None, None, np.nan, np.nan, None),
        ("python", "r", ids[5], ids[4], 1, 9.0, 0.0, None),
    ]
    return pd.concat([scores, other], ignore_index=True), pd.DataFrame(rows, columns=list(PAIR_COLUMNS))


@pytest.mark.parametrize("ids", [(1, 2, 3, 4, 5, 6), tuple("abcdef")])
def test_overlap_counts_shares_and_weights(ids):
    found = overlap.read(PYTHON, *scores_and_pairs(ids))
    assert (found.edges[0], found.edges[-1], len(found.edges)) == (0.0, 1.0, 31)
    assert [(n, share) for n, share in enumerate(found.treated) if share] == [(0, 0.5), (29, 0.5)]
    assert sum(found.controls) == pytest.approx(1)
    assert found.controls[0] == 0.25
    assert [(n, share) for n, share in enumerate(found.matched) if share] == [(0, 0.75), (9, 0.25)]
    drawn(found)


def test_overlap_of_a_match_for_the_controls():
    # Every control is listed, and of the treated only those that are matched.
    scores, pairs = scores_and_pairs()
    turned = pairs.rename(columns={"treated": "control", "control": "treated"})
    found = overlap.read(PYTHON, scores, turned, "ATC")
    assert [(n, share) for n, share in enumerate(found.controls) if share] == [(0, 0.5), (29, 0.5)]
    assert sum(found.treated) == pytest.approx(1)
    assert found.treated[0] == 0.25


def test_overlap_needs_scores_and_both_groups():
    scores, pairs = scores_and_pairs()
    assert overlap.read(PYTHON, scores.drop(columns="propensity"), pairs) is None
    assert overlap.read(PYTHON, scores, pairs.iloc[:0]) is None
    assert overlap.read(R, scores, pairs) is None, "R has no pairs"
    assert overlap.read(PYTHON, scores.assign(propensity=np.nan), pairs) is None
    unmatched = overlap.read(PYTHON, scores, pairs.iloc[[2]])
    assert unmatched.matched == ()
    equal = overlap.read(PYTHON, scores.assign(propensity=0.4), pairs)
    assert equal.edges[0] < 0.4 < equal.edges[-1]
    drawn(equal)


def test_too_many_rows_are_left_to_the_table():
    rows = [("smd", f"x{n}", "before", n / 10) for n in range(MOST_ROWS + 1)]
    assert balance.read(numbers(rows)) is None
    assert balance.read(numbers(rows[1:])) is not None


def test_three_engines_have_three_marks(example):
    names = ("python", "r", "printed")
    data = example.report({name: example.numbers() for name in names})
    series = points(drawn(plot(data, "scree")))
    assert len({colour for colour, _ in series}) == 3
    marks = {
        (line.get_marker(), line.get_markersize(), line.get_markerfacecolor() == "none")
        for line in drawn(plot(data, "scree")).figure.axes[0].lines
        if line.get_marker() != "None"
    }
    assert len(marks) == 3


def test_figures_are_immutable(agreeing):
    with pytest.raises(dataclasses.FrozenInstanceError):
        agreeing.figures[0].kept = 3
    assert isinstance(hash(agreeing.figures), int)
    assert all(isinstance(figure, figures.Plot) for figure in agreeing.figures)
    assert not any(isinstance(figure, Forest) and figure.ties for figure in agreeing.figures)
