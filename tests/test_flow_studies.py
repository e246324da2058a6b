"""Studies that match by an optimum, through both engines, whatever packages R has."""

import json
import shutil
from pathlib import Path

import pytest

import erm_bridge as eb
from erm_bridge.crosscheck import Tables, summarise
from erm_bridge.pipeline import crosscheck_tables

pytestmark = pytest.mark.r

LALONDE = Path(__file__).parents[1] / "studies" / "lalonde" / "lalonde.csv"


def _run(folder: Path, method: object, engines: list[str] | None = None, **options: object) -> eb.Run:
    shutil.copy(LALONDE, folder)
    matching = {"treatment": {"column": "treat"}, "covariates": ["age", "educ"], "method": method, **options}
    study = {
        "study": "flows",
        "data": {"source": "lalonde.csv"},
        "outcome": "re78",
        "cohort": [{"name": "young", "keep": "age <= 22"}],
        "matching": matching,
        "effect": {},
    }
    file = folder / "study.yml"
    file.write_text(json.dumps(study))  # JSON is YAML
    return eb.run(file, out=folder / "run", engines=engines)


def test_what_r_cannot_do_is_missing_with_the_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    # MatchIt has no calipers in optimal matching, with optmatch or without.
    run = _run(tmp_path, "optimal", caliper={"value": 0.05})
    assert run.status == {"python": "ok", "r": "ok"}
    assert run.verdict == "missing"
    assert run.exit_code == 1
    found = run.crosscheck
    missing = found[found["verdict"] == "missing"]
    assert missing["note"].str.contains("r: (?:no match: )?MatchIt").all()
    assert set(missing["stage"]) == {"matching", "effect"}
    assert set(found.query("quantity == 'score_coefficient'")["verdict"]) == {"agree"}
    # On Python's match R has an effect; on R's there is nobody's.
    assert set(found.query("stage == 'effect' and input_b == 'python'")["verdict"]) == {"agree"}
    none = found.query("stage == 'effect' and input_a == 'r'")
    assert none[["quantity", "verdict"]].to_numpy().tolist() == [["rows", "undefined"]]
    assert "MatchIt" in (tmp_path / "run" / "report.md").read_text(encoding="utf-8")


def test_r_confirms_the_balance_of_a_match_that_it_cannot_make(tmp_path: Path) -> None:
    run = _run(tmp_path, "optimal", caliper={"value": 0.05})
    equal = run.crosscheck.query("stage == 'matching' and input_b == 'python'")
    assert set(equal["verdict"]) == {"agree"}
    assert {"total_distance", "rules_broken", "smd", "pair_distance", "ess"} <= set(equal["quantity"])
    reason = "R computed no matching and effect of its own: MatchIt "
    assert run.summary.culprit == "matching"
    for name in ("report.md", "report.html"):
        assert (tmp_path / "run" / name).read_text(encoding="utf-8").count(reason) == 1


def test_one_engine_alone_says_why_it_has_no_match(tmp_path: Path) -> None:
    run = _run(tmp_path, "optimal", engines=["r"], caliper={"value": 0.05})
    assert (run.verdict, run.exit_code) == ("not crosschecked", 0)
    assert "R computed no matching" in (tmp_path / "run" / "report.md").read_text(encoding="utf-8")


CHOICE = {"method": "cardinality", "tolerance": 0.1, "time_limit": 20}


def test_two_choices_of_one_size_are_explained(tmp_path: Path) -> None:
    run = _run(tmp_path, CHOICE)
    found = run.crosscheck
    assert (run.verdict, run.exit_code) == ("explained", 0)
    weights = found.query("quantity == 'unit_weight' and input_a == input_b")
    assert weights["verdict"].tolist() == ["explained"]
    size = found[found["quantity"].isin(["n_treated_matched", "n_controls_matched", "units_left_out"])]
    assert set(size["verdict"]) == {"agree"}
    after = run.estimates.query("quantity == 'smd' and component == 'after'")["value"]
    assert (after.abs() <= 0.1 + 1e-6).all()
    assert set(found.loc[found["input_a"] != found["input_b"], "verdict"]) == {"agree"}
    assert "the best match is not the only one" in (tmp_path / "run" / "report.md").read_text(
        encoding="utf-8"
    )
    # R's choice were smaller, or broke a rule: both engines say so of it.
    assert _verdict(run, "units_left_out", 2.0) == "differ"
    assert _verdict(run, "rules_broken", 1.0) == "differ"


def _verdict(run: eb.Run, quantity: str, more: float) -> str:
    """Compare once more, with a number of R's match changed in both engines."""
    whole = run.estimates.copy()
    of_r = (whole["engine"] == "r") & (whole["input"] == "own") | (whole["input"] == "r")
    whole.loc[of_r & (whole["quantity"] == quantity), "value"] += more
    again = crosscheck_tables(run.study, Tables(whole, run.pairs, run.scores), run.status)
    return summarise(again).verdict


def test_a_choice_that_only_one_set_of_units_meets_agrees(tmp_path: Path) -> None:
    # Everyone can be kept.
    run = _run(tmp_path, CHOICE | {"tolerance": 5.0, "free_ratio": True})
    assert run.verdict == "agree"
