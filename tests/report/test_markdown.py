"""Markdown: stored reports, and labels that stay text.

Regenerate the stored reports with ERM_BRIDGE_SNAPSHOTS=write, then read the difference.
"""

import re

import pytest

from erm_bridge.report import markdown


@pytest.mark.parametrize("run", ["agreeing", "differing", "alone"])
def test_markdown_is_as_stored(run, request, snapshot):
    snapshot(f"{run}.md", markdown.render(request.getfixturevalue(run)))


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("host_insurance", "host_insurance"),
        ("_hidden_", "\\_hidden\\_"),
        ("a|b", "a\\|b"),
        ("two\nlines\tand  more", "two lines and more"),
        ("*bold* `code` <b>", "\\*bold\\* \\`code\\` \\<b>"),
        ("[text](target)", "[text\\](target)"),
        ("race[hispan]", "race[hispan]"),
        ("~~gone~~", "\\~~gone\\~~"),
        ("R&D &amp; more", "R&D \\&amp; more"),
        ("back\\slash", "back\\\\slash"),
        ("教育程度", "教育程度"),
    ],
)
def test_labels_stay_text(label, text):
    assert markdown.text(label) == text


def test_every_row_of_a_table_has_as_many_cells_as_its_head(example):
    items = ("a|b", "c\nd", "`e`", "f\\", "教育|程度", "=g")
    given = {"python": example.numbers(items, "x|y"), "r": example.numbers(items, "x|y")}
    text = markdown.render(example.report(given, study=example.study(items, "x|y")))
    blocks = re.findall(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE)
    assert len(blocks) > 10
    for block in blocks:
        cells = [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in block.splitlines()]
        assert len(set(cells)) == 1, block


def test_only_the_first_failing_rows_are_listed(example):
    right = {key: value + 1 for key, value in example.numbers().items()}
    data = example.report({"python": example.numbers(), "r": right})
    text = markdown.render(data)
    listed = text.split("### Rows that do not agree")[1].split("These are the first 50")[0]
    assert len(re.findall(r"^\| (?!Stage|---)", listed, flags=re.MULTILINE)) == 50
    assert len(data.failing) > 50


def test_a_folded_table_that_fails_is_shown(example):
    right = example.numbers()
    right["matching", "score_coefficient", "age", ""] += 1
    text = markdown.render(example.report({"python": example.numbers(), "r": right}))
    assert "### Model of the propensity score" in text
    assert "### Eigenvalues" not in text


def test_notes_on_the_study_are_shown_as_text(example):
    notes = ("Weights are not used.", "Items *1* to <3>.")
    text = markdown.render(example.report({"python": example.numbers()}, study=example.study(notes=notes)))
    assert "## Notes on this study\n\n- Weights are not used.\n- Items \\*1\\* to \\<3>.\n" in text
