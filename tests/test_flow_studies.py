"""Studies that match by an optimum, through both engines, whatever packages R has."""

import json
import shutil
from pathlib import Path

import pytest

import erm_bridge as eb

pytestmark = pytest.mark.r

LALONDE = Path(__file__).parents[1] / "studies" / "lalonde" / "lalonde.csv"


def _run(folder: Path, method: object, **options: object) -> eb.Run:
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
    return eb.run(file, out=folder / "run")


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


def test_cardinality_matching_keeps_as_many_in_both_engines(tmp_path: Path) -> None:
    run = _run(tmp_path, {"method": "cardinality", "tolerance": 0.1, "time_limit": 20})
    counts = run.crosscheck[run.crosscheck["quantity"].isin(["n_treated_matched", "n_controls_matched"])]
    assert counts["verdict"].tolist() == ["agree"] * 2
    after = run.estimates.query("quantity == 'smd' and component == 'after'")["value"]
    assert (after.abs() <= 0.1 + 1e-6).all()
    equal = run.crosscheck.query("stage == 'effect' and input_b == 'python'")
    assert set(equal["verdict"]) == {"agree"}
