"""HTML: well formed, offline, and labels that stay text."""

import base64
import hashlib
import re
from html import escape
from html.parser import HTMLParser

import pytest

from erm_bridge.report import html

VOID = {"meta", "br", "link", "img", "hr", "input"}
HARM = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "</td></table></style>",
    "'; DROP TABLE--",
    "流动老人 & 'x' " + "长" * 200,
)


class Document(HTMLParser):
    """Collects tags, attributes and text; notes tags that close what is not open."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.tags, self.attributes, self.texts = [], [], [], [], []
        self.tables = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append(0)
        if tag in ("td", "th"):
            self.tables[-1][-1] += int(dict(attrs).get("colspan", 1))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append((tag, self.getpos()))

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.texts.append(data)


@pytest.fixture(scope="module", params=["agreeing", "differing", "alone"])
def source(request):
    return html.render(request.getfixturevalue(request.param))


def test_the_document_is_well_formed(source):
    document = Document(source)
    assert document.faults == []
    assert document.open == []
    assert source.startswith("<!DOCTYPE html>")
    assert source.count("<h1>") == 1


def test_ids_are_unique_and_every_link_has_its_target(source):
    attributes = Document(source).attributes
    ids = [value for _, name, value in attributes if name == "id"]
    links = [value for _, name, value in attributes if name == "href"]
    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_nothing_is_loaded_and_nothing_runs(source):
    document = Document(source)
    assert not {"link", "iframe", "img", "object", "embed", "base", "form", "image"} & set(document.tags)
    assert not [a for a in document.attributes if a[1].startswith("on") or a[1] == "src"]
    assert {tag for tag, name, _ in document.attributes if name == "style"} <= {"path", "text", "use"}
    assert not re.search(r"https?://|url\(|@import|//[a-z]", source)
    assert "default-src 'none'" in source


def test_the_policy_allows_the_one_script_and_no_other(source):
    scripts = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)
    allowed = re.findall(r"script-src '(.*?)'", source)
    assert len(scripts) == source.count("<script") == ("Every number compared" in source)
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert allowed == [f"sha256-{digest}"]


def test_figures_stand_in_their_sections_with_a_name_for_those_who_do_not_see_them(agreeing):
    source = html.render(agreeing)
    places = [source.index(f'<figure class="drawing" id="figure-{plot.name}">') for plot in agreeing.figures]
    assert places == sorted(places)
    assert len(places) == 6, "all but the overlap, which needs scores, and the path of a selection"
    for plot in agreeing.figures:
        assert source.index(f'<section id="{plot.stage}">') < source.index(f'id="figure-{plot.name}"')
        assert f'role="img" aria-label="{escape(plot.title)}. {escape(plot.caption)}"' in source


def test_every_table_has_a_box_of_its_own_to_scroll_in(source):
    assert source.count("<table") == len(re.findall(r'<div class="box"[^>]*>\s*<table', source)) > 0


def test_rows_of_a_table_are_equally_wide(source):
    for rows in Document(source).tables:
        body = rows[-1]
        heads = [row for row in rows if row != body]
        assert len(heads) <= 2, "only the two rows of a heading may share their cells out"
        if len(heads) == 2:
            assert heads[0] == body, rows


def test_verdict_comes_first(differing):
    document = Document(html.render(differing))
    text = " ".join("".join(document.texts).split())
    assert text.index("Python and R differ: first at stage matching") < text.index("What was run")
    assert 'class="verdict bad"' in html.render(differing)


@pytest.mark.parametrize(
    ("run", "tone"), [("agreeing", "good"), ("differing", "bad"), ("alone", "open"), ("failed", "fair")]
)
def test_the_verdict_has_the_colour_of_the_run(run, tone, request, example):
    if run == "failed":
        data = example.report({"python": example.numbers()}, {"python": "ok", "r": "failed: no memory"})
    else:
        data = request.getfixturevalue(run)
    assert f'class="verdict {tone}"' in html.render(data)


def test_labels_that_do_harm_stay_text(example):
    study = example.study(HARM, HARM[0], title=HARM[0], study="town")
    given = {name: example.numbers(HARM, HARM[0]) for name in ("python", HARM[1])}
    given[HARM[1]]["index", "loading", HARM[2], "F1"] += 1
    data = example.report(
        given,
        {"python": "ok", HARM[1]: f"failed: {HARM[0]}"},
        study=study,
        note=HARM[3],
        provenance={"created": HARM[0], HARM[1]: {HARM[2]: HARM[3]}},
        flow=example.flow().assign(reason=HARM[0], step=HARM[1]),
    )
    source = html.render(data)
    document = Document(source)
    assert (document.faults, document.open) == ([], [])
    assert "img" not in document.tags
    assert document.tags.count("script") == 1
    assert not [name for _, name, _ in document.attributes if name.startswith("on")]
    assert source.count("</style>") == 1
    assert "{{ 7 * 7 }}{% raw %}" in "".join(document.texts)
    for label in HARM:
        assert any(label in text for text in document.texts), label


def test_full_digits_are_at_hand(agreeing):
    source = html.render(agreeing)
    assert 'title="0.7412345678"' in source
    assert "<td>0.7412345678</td>" in source, "the complete crosscheck carries all digits"


def test_all_failing_rows_are_listed(example):
    right = {key: value + 1 for key, value in example.numbers().items()}
    data = example.report({"python": example.numbers(), "r": right})
    listed = html.render(data).split('id="failing"')[1].split("</table>")[0]
    rows = re.findall(r"<tr( class=\"fails\")?><td>", listed)
    assert len(rows) == len(data.comparisons)
    assert [bool(fails) for fails in rows].index(False) == len(data.failing) > 200, "they come first"


def test_one_engine_has_no_columns_of_differences(alone):
    source = html.render(alone)
    assert "difference</th>" not in source
    assert "diff." not in source
    assert "nothing confirms them" in source


def test_a_folded_table_that_fails_is_open(example):
    right = example.numbers()
    right["matching", "score_coefficient", "age", ""] += 1
    source = html.render(example.report({"python": example.numbers(), "r": right}))
    assert re.findall(r'<details class="folded" open><summary>(\w+)', source) == ["Model"]


def test_forty_items_and_eight_factors_are_marked_as_wide(example):
    items = tuple(f"item {n}" for n in range(40))
    found = example.numbers(items)
    for n in range(3, 9):
        found.update({("index", "loading", item, f"F{n}"): 0.1 for item in items})
    source = html.render(example.report({"python": found, "r": found}, study=example.study(items)))
    assert '<figure class="wide">' in source
    assert Document(source).faults == []


def test_three_engines_stand_side_by_side(example):
    source = html.render(example.report({name: example.numbers() for name in ("python", "r", "printed")}))
    assert Document(source).faults == []
    assert "Python, R and printed" in source


def test_notes_on_the_study_are_shown_as_text(example):
    data = example.report({"python": example.numbers()}, study=example.study(notes=HARM))
    document = Document(html.render(data))
    assert document.faults == []
    assert "script" not in document.tags
    for note in HARM:
        assert note in document.texts
    assert "Notes on this study" not in html.render(example.report({"python": example.numbers()}))
