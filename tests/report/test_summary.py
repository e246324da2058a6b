"""The summary for the terminal and the JSON object (stored summaries: see test_markdown)."""

import json
from pathlib import Path

import pytest

from erm_bridge.report import summary


@pytest.mark.parametrize("run", ["agreeing", "differing", "alone"])
def test_summary_is_as_stored(run, request, snapshot):
    found = summary.lines(request.getfixturevalue(run), Path("runs/town"))
    snapshot(f"{run}.txt", "\n".join(found) + "\n")


def test_summary_never_exceeds_25_lines_and_ends_with_the_report(example):
    many = example.numbers()
    for n in range(30):
        many["effect", "estimate", f"row {n}", "kind"] = float(n)
    given = {"python": many, "r": {key: value + 1 for key, value in many.items()}}
    found = summary.lines(example.report(given), Path("x"))
    assert len(found) <= 25
    assert found[-1] == "Report: x/report.html"


def test_summary_of_a_run_in_memory_names_no_file(agreeing):
    found = summary.lines(agreeing, None)
    assert found[-1].startswith("Effect on the index, matched")


def test_titles_stay_on_one_line(example):
    data = example.report({"python": example.numbers()}, study=example.study(title="a\nb" * 200))
    found = summary.lines(data, None)
    assert all("\n" not in line and len(line) <= 220 for line in found)


def test_a_study_without_title_is_named_once(example):
    data = example.report({"python": example.numbers()}, study=example.study(title=None))
    assert summary.lines(data, None)[0] == "town: town.csv, 3,333 rows"


def test_engines_that_read_the_same_share_a_line(agreeing, differing):
    assert sum(line.startswith("Effect") for line in summary.lines(agreeing, None)) == 2
    assert sum(line.startswith("Effect") for line in summary.lines(differing, None)) == 3


@pytest.mark.parametrize("run", ["agreeing", "differing", "alone"])
def test_json_has_plain_types_only(run, request):
    found = summary.as_json(request.getfixturevalue(run))
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_json_says_what_the_report_says(differing):
    found = summary.as_json(differing)
    assert (found["verdict"], found["exit_code"], found["n"]) == ("differ", 1, 3333)
    assert found["first_diverging_stage"] == "matching"
    assert found["stages"]["matching"]["equal_input"]["differ"] == 4
    assert len(found["failing"]) == 18
    assert found["failing"][0]["share_of_limit"] == pytest.approx(2.1)
    matched = [row for row in found["effects"] if row["row"] == "matched"]
    assert [(row["engine"], row["estimate"]) for row in matched] == [("python", 6.2034), ("r", 6.2034 + 1.21)]


def test_usual_effects_are_not_cut(example):
    given = {key: 1234.5678 * value for key, value in example.numbers().items()}
    effects = [n for n in summary.lines(example.report({"python": given, "r": given}), None) if "CI" in n]
    assert len(effects) == 2
    assert all(len(line) <= 130 and line.endswith(" [Python, R]") for line in effects)


def test_a_long_place_of_the_data_gets_a_line_of_its_own(example):
    place = f"/{'deep/' * 30}town.csv"
    data = example.report({"python": example.numbers()}, provenance={"data": {"source": place}})
    assert summary.lines(data, None)[:2] == [
        "Neighbours and integration (town)",
        f"Data: {place}, 3,333 rows",
    ]


def test_a_long_message_is_short_in_the_summary_only(example):
    message = "failed: MatchIt\nbroke " + "x" * 400
    data = example.report({"python": example.numbers()}, {"python": "ok", "r": message})
    engines = summary.lines(data, None)[1]
    assert engines.startswith("Engines: Python ok; R failed: MatchIt broke x")
    assert len(engines) < 140
    assert dict(data.status)["r"] == summary.as_json(data)["status"]["r"] == message
