"""Every payload as column, level, label, title, note, id and step: it goes through as the text that it is."""

import csv
import io
import itertools
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge import run_folder
from erm_bridge.printable import printable

KINDS = ["R", "Python", "shell", "template", "markup", "formula", "control", "name"]
# Their text is the report's own.
OWN = {"script", "style"}
STEERING = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
N_ITEMS, N_LEVELS = 5, 4


class Names:
    """The places of a study: each has one of the texts, in turn, with a mark that makes it unique."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        turns = itertools.cycle(texts)
        self.items = [f"{next(turns)}{n}" for n in range(N_ITEMS)]
        self.treatment, self.outcome, self.group, self.covariate, self.derived = (
            f"{next(turns)}{mark}" for mark in "TOGCD"
        )
        self.levels = [f"{next(turns)}*{n}" for n in range(N_LEVELS)]


def write(folder: Path, names: Names) -> None:
    random = np.random.default_rng(11)
    n = 240
    common = random.normal(size=n)
    data = pd.DataFrame({name: np.round(common + random.normal(size=n), 3) for name in names.items})
    data[names.covariate] = random.integers(60, 90, n)
    data[names.group] = random.choice(names.levels, n)
    data[names.treatment] = (random.random(n) < 0.3).astype(int)
    data[names.outcome] = np.round(random.normal(size=n), 3)
    data["age"] = random.integers(60, 90, n)
    data["unit"] = [f"{names.texts[row % len(names.texts)]} {row}" for row in range(n)]
    data.to_csv(folder / "data.csv", index=False, quoting=csv.QUOTE_ALL, lineterminator="\n")
    labels = {level: f"label {level}" for level in names.levels}
    study = {
        "study": "hostile",
        "title": " ".join(names.texts),
        "notes": names.texts,
        "data": {"source": "data.csv"},
        "id": "unit",
        "variables": {names.group: {"type": "category", "levels": names.levels, "labels": labels}},
        "derive": {names.derived: "age > 75"},
        "cohort": [{"name": text, "keep": f"unit != {text!a}"} for text in names.texts],
        "index": {"items": names.items, "reverse": names.items[:1], "factors": 2},
        "difference": {"by": [names.group, names.derived]},
        "regression": {
            "keep": [names.treatment],
            "candidates": [names.covariate, names.group],
            "selection": {"rule": "p", "enter": 0.98, "remove": 0.99},
            "std_error": ["classical", "HC3"],
        },
        "matching": {
            "treatment": {"column": names.treatment},
            "covariates": [names.covariate, names.group],
            "replace": True,
        },
        "effect": {"outcome": names.outcome},
    }
    # JSON is YAML, but for characters that YAML wants escaped.
    text = STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(study, ensure_ascii=False))
    (folder / "study.yml").write_text(text, encoding="utf-8")


@pytest.fixture(params=KINDS)
def names(payloads: ModuleType, request: pytest.FixtureRequest, canary: Path) -> Names:
    return Names([text.replace("CANARY", str(canary)) for text in payloads.KINDS[request.param].values()])


class Tags(HTMLParser):
    """Collects the names of elements, their attributes but for text, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: set[tuple[str, tuple[str, ...]]] = set()
        self.links: set[str] = set()
        self.texts: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.found.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.links |= {value or "" for name, value in attrs if name.endswith(("href", "src"))}

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in OWN:
            self.texts.append(data)


@pytest.fixture(scope="session")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tags, list[str]]:
    """The report of the same study with names that are words: its elements, and its headings as Markdown."""
    folder = tmp_path_factory.mktemp("harmless")
    write(folder, Names(["plain", "other"]))
    eb.run(folder, out=folder / "out", engines="python")
    text = (folder / "out/report.md").read_text(encoding="utf-8")
    headings = [line for line in text.split("\n") if re.match("#{1,6} ", line)]
    return Tags((folder / "out/report.html").read_text(encoding="utf-8")), headings


def terms_of(names: Names) -> set[str]:
    levels = {f"{names.group}[{level}]" for level in names.levels}
    return {*names.items, names.treatment, names.covariate, names.derived, names.group} | levels


def test_names_go_through_as_names(names: Names, harmless: tuple[Tags, list[str]]) -> None:
    page, headings = harmless
    write(Path.cwd(), names)
    run = eb.run(Path.cwd(), out=Path("out"), engines="python")
    assert {*names.items, names.treatment, names.group, names.derived} <= set(run.estimates["term"])
    back = run_folder.read(Path("out"))
    pd.testing.assert_frame_equal(back.estimates, run.estimates)
    assert back.study == run.study
    assert back.study.title == " ".join(names.texts)
    check_html(Path("out/report.html"), names, page)
    check_markdown(Path("out/report.md"), headings)
    check_spreadsheets(Path("out/tables"))
    for figure in Path("out/figures").iterdir():
        tags = {element.tag.rpartition("}")[2] for element in ET.parse(figure).iter()}
        assert tags.isdisjoint({"script", "a", "image", "foreignObject"})


def check_html(path: Path, names: Names, harmless: Tags) -> None:
    source = path.read_bytes().decode("utf-8")
    page = Tags(source)
    assert page.found <= harmless.found
    assert all(link.startswith("#") for link in page.links)
    assert STEERING.search(source) is None
    text = "".join(page.texts)
    for name in [*names.texts, *names.levels, *names.items]:
        assert printable(name) in text


def check_markdown(path: Path, headings: list[str]) -> None:
    source = path.read_bytes().decode("utf-8")
    assert STEERING.search(source) is None
    lines = source.split("\n")
    assert [line for line in lines if re.match("#{1,6} ", line)][1:] == headings[1:], (
        "the title is the study's"
    )
    entries = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    assert not [entry for entry in entries if re.match(r"#{1,6} |>|[-+] |\d+[.)] ", entry)]
    own = re.sub(r"!\[[^]]*\]\(figures/\w+\.svg\)|`[\w./]+`", "", source)
    unescaped = re.sub(r"\\[^\w\s]", "", own)
    assert re.search(r"[<`]|\]\(|\]:|\w://|www\.\w|\w@\w", unescaped) is None


def check_spreadsheets(folder: Path) -> None:
    """No cell of text begins a formula; numbers are as they were."""
    cells = [
        cell
        for file in folder.iterdir()
        for row in csv.reader(io.StringIO(file.read_bytes().decode("utf-8"), newline=""), strict=True)
        for cell in row
    ]
    signs = [cell for cell in cells if cell[:1] in set("=+-@\t\r\n＝＋－＠")]
    assert all(re.fullmatch(r"-(\d+\.?\d*(e[+-]\d+)?|inf)", cell) for cell in signs)


@pytest.mark.r
def test_r_takes_names_as_names(names: Names) -> None:
    write(Path.cwd(), names)
    run = eb.run(Path.cwd())
    assert run.verdict == "agree"
    for _, rows in run.estimates.groupby("engine"):
        assert terms_of(names) <= set(rows["term"])
