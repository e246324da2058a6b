"""The report in a browser, offline: nothing overflows or is fetched, the filter works, labels stay text."""

import dataclasses
import re
import shutil
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from erm_bridge.report import ReportData, as_html

pytestmark = pytest.mark.browser
WIDTHS = (360, 768, 1024, 1440)
HOSTILE = (
    "<script>window.harmed = 1</script>",
    '"><img src=x onerror="window.harmed = 1">',
    "<svg onload='window.harmed = 1'>",
    "长" * 120,
    "a_very_long_column_name_" * 8,
    "$x$ & y",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture
def visit(browser, tmp_path):
    """Open a report from its file; collects what the page asks for and complains of."""
    contexts = []

    def call(data: ReportData, width: int = 1024, **options: Any) -> SimpleNamespace:
        context = browser.new_context(viewport={"width": width, "height": 800}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        path = tmp_path / "report.html"
        path.write_text(as_html(data), encoding="utf-8")
        page.goto(path.as_uri())
        return SimpleNamespace(page=page, asked=asked, complaints=complaints, url=path.as_uri())

    yield call
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def hostile():
    """A run whose labels are long or do harm, and in which a number differs."""

    def make(example: SimpleNamespace) -> ReportData:
        given = {name: example.numbers(HOSTILE, HOSTILE[0]) for name in ("python", "r")}
        given["r"]["index", "loading", HOSTILE[1], "F1"] += 1
        study = example.study(HOSTILE, HOSTILE[0], title=HOSTILE[1])
        flow = example.flow().assign(step=HOSTILE[4], reason=HOSTILE[0])
        return example.report(given, study=study, note=HOSTILE[2], flow=flow)

    return make


def shown(page) -> int:
    """Count the rows of the crosscheck that are there."""
    return page.locator("#rows tbody tr").count()


def settle(page, count: str) -> None:
    """Wait until the filter says how many rows it shows."""
    from playwright.sync_api import expect

    expect(page.locator("#filter-count")).to_have_text(count)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("run", ["agreeing", "differing", "alone", "hostile"])
def test_nothing_overflows_and_nothing_is_fetched(run, width, request, visit, hostile, example):
    data = hostile(example) if run == "hostile" else request.getfixturevalue(run)
    visited = visit(data, width)
    scrolled = visited.page.evaluate("[document.scrollingElement.scrollWidth, window.innerWidth]")
    assert scrolled[0] <= scrolled[1]
    assert visited.asked == [visited.url]
    assert visited.complaints == []


def test_labels_stay_text_and_nothing_runs(visit, hostile, example):
    data = hostile(example)
    visited = visit(data)
    page = visited.page
    assert page.evaluate("window.harmed") is None
    assert page.locator("h1").inner_text() == HOSTILE[1]
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1
    assert page.locator("#rows th[scope=row]", has_text=HOSTILE[0]).count() > 0
    page.fill("#filter-text", HOSTILE[0])
    found = [row for row in data.comparisons if HOSTILE[0] in row.term]
    settle(page, f"{len(found)} of {len(data.comparisons)} rows")
    assert found
    assert visited.complaints == []


def test_a_script_that_is_not_the_reports_own_does_not_run(visit, agreeing):
    visited = visit(agreeing)
    visited.page.evaluate(
        """const script = document.createElement("script");
        script.textContent = "window.harmed = 1";
        document.body.append(script);"""
    )
    assert visited.page.evaluate("window.harmed") is None
    assert any("Content Security Policy" in complaint for complaint in visited.complaints)


def test_the_filter_finds_chooses_and_clears(visit, differing):
    page = visit(differing).page
    total = len(differing.comparisons)
    settle(page, f"{total} of {total} rows")
    assert shown(page) == total
    assert page.locator("#filter-clear").is_disabled()

    page.fill("#filter-text", "SMD age")
    expected = [row for row in differing.comparisons if row.quantity == "smd" and row.term == "age"]
    settle(page, f"{len(expected)} of {total} rows")
    assert shown(page) == len(expected) > 0

    page.select_option("#filter-verdict", "differ")
    failing = [row for row in expected if row.verdict == "differ"]
    settle(page, f"{len(failing)} of {total} rows")
    assert 0 < shown(page) == len(failing) < len(expected)

    page.click("#filter-clear")
    settle(page, f"{total} of {total} rows")
    assert page.evaluate("document.activeElement.id") == "filter-text"
    assert page.input_value("#filter-text") == page.input_value("#filter-verdict") == ""


@pytest.mark.parametrize("choice", ["stage", "verdict", "given"])
def test_every_choice_of_the_filter_shows_its_rows(choice, visit, differing):
    page = visit(differing).page
    total = len(differing.comparisons)
    values = sorted({getattr(row, choice) for row in differing.comparisons})
    assert sorted(page.locator(f"#filter-{choice} option").all_inner_texts()) == sorted(["all", *values])
    for value in values:
        page.select_option(f"#filter-{choice}", value)
        settle(page, f"{sum(getattr(row, choice) == value for row in differing.comparisons)} of {total} rows")


def test_the_filter_works_by_keyboard(visit, differing):
    page = visit(differing).page
    page.focus("#filter-text")
    page.keyboard.type("matching")
    total = len(differing.comparisons)
    settle(page, f"{sum(row.stage == 'matching' for row in differing.comparisons)} of {total} rows")
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert reached == ["filter-stage", "filter-verdict", "filter-given", "filter-clear"]
    page.keyboard.press("Enter")
    settle(page, f"{total} of {total} rows")


def test_rows_that_fail_come_first(visit, differing):
    classes = visit(differing).page.eval_on_selector_all(
        "#rows tbody tr", "rows => rows.map(row => row.className)"
    )
    failing = len(differing.failing)
    assert classes[:failing] == ["fails"] * failing
    assert not any(classes[failing:])


def test_the_report_is_whole_without_its_script(visit, differing):
    page = visit(differing, java_script_enabled=False).page
    assert shown(page) == len(differing.comparisons)
    assert not page.locator("#filter").is_visible()
    assert page.locator(".drawing svg").count() == len(differing.figures)


def test_of_ten_thousand_rows_the_first_are_shown_and_all_are_found(visit, agreeing):
    row = agreeing.comparisons[0]
    rows = tuple(dataclasses.replace(row, term=f"x{n}") for n in range(10_000))
    page = visit(dataclasses.replace(agreeing, comparisons=rows)).page
    settle(page, "10,000 of 10,000 rows, the first 1,000 shown")
    assert shown(page) == 1000
    page.fill("#filter-text", "x999")
    settle(page, "11 of 10,000 rows")
    assert not page.locator("#filter-all").is_visible()
    page.click("#filter-clear")
    page.click("#filter-all")
    settle(page, "10,000 of 10,000 rows")
    assert shown(page) == 10_000


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("run", ["agreeing", "hostile"])
def test_figures_are_seen_and_their_texts_lie_apart(run, width, visit, agreeing, hostile, example):
    data = hostile(example) if run == "hostile" else agreeing
    page = visit(data, width).page
    names = [f"figure-{figure.name}" for figure in data.figures]
    for name in names:
        box = page.locator(f"#{name} svg").bounding_box()
        assert box["width"] > 250
        assert box["height"] > 60
        assert page.locator(f"#{name} figcaption").is_visible()
        assert page.locator(f"#{name} svg").get_attribute("role") == "img"
    overlaps = page.evaluate(
        """names => names.flatMap(name => {
          const texts = [...document.querySelectorAll(`#${name} svg text`)].filter(t => t.textContent.trim());
          const boxes = texts.map(t => t.getBoundingClientRect());
          const outer = document.querySelector(`#${name} svg`).getBoundingClientRect();
          const outside = box => box.left < outer.left - 1 || box.right > outer.right + 1;
          const found = texts.filter((t, i) => outside(boxes[i]));
          boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b, j) => {
            const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            const touch = wide > 2 && high > 0.35 * Math.min(a.height, b.height);
            if (touch) found.push(texts[i], texts[i + 1 + j]);
          }));
          return found.map(t => `${name}: ${t.textContent}`);
        })""",
        names,
    )
    assert overlaps == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_take_the_colours_of_the_page(scheme, visit, agreeing):
    from erm_bridge.report.figures.palette import DARK, LIGHT

    page = visit(agreeing, color_scheme=scheme).page
    ink = page.locator("#figure-means svg text", has_text="moved").evaluate("t => getComputedStyle(t).fill")
    wanted = (DARK if scheme == "dark" else LIGHT)["ink"]
    assert [int(part) for part in re.findall(r"\d+", ink)] == list(bytes.fromhex(wanted[1:]))


def test_on_paper_the_page_is_light_and_lists_what_fails(visit, differing):
    from erm_bridge.report.figures.palette import LIGHT

    page = visit(differing, 794, color_scheme="dark").page
    page.fill("#filter-text", "nothing has this name")
    settle(page, f"0 of {len(differing.comparisons)} rows")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    ink = page.locator("#figure-means svg text", has_text="moved").evaluate("t => getComputedStyle(t).fill")
    assert [int(part) for part in re.findall(r"\d+", ink)] == list(bytes.fromhex(LIGHT["ink"][1:]))
    rows = page.locator("#rows tbody tr")
    assert sum(rows.nth(n).is_visible() for n in range(40)) == len(differing.failing)
    assert not page.locator("#filter").is_visible()
    assert page.locator(".paper").is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
