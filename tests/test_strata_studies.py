"""Studies that match in strata, through both engines and the whole command."""

import json
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest

import erm_bridge as eb

pytestmark = pytest.mark.r

LALONDE = Path(__file__).parents[1] / "studies" / "lalonde" / "lalonde.csv"
COVARIATES = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]
CUTS = {"age": 4, "re74": "q3", "re75": "q2", "educ": [8, 12], "married": 0}
METHODS: dict[str, tuple[list[str], Any]] = {
    "exact": (["race", "married", "nodegree"], "exact"),
    "coarsened": (
        COVARIATES,
        {"method": "coarsened_exact", "cutpoints": CUTS, "grouping": {"race": [["white", "hispan"]]}},
    ),
    "pairs": (
        COVARIATES,
        {"method": "coarsened_exact", "cutpoints": CUTS, "k2k": True, "pair_distance": "none"},
    ),
    "subclasses": (COVARIATES, {"method": "subclassification", "subclasses": 5}),
}


@cache
def both(name: str) -> tuple[eb.Run, dict[str, Any], str]:
    """Run a study; its pairs as written and its report."""
    covariates, method = METHODS[name]
    study = {
        "study": name,
        "data": {"source": "lalonde.csv"},
        "variables": {"race": {"type": "category", "levels": ["black", "hispan", "white"]}},
        "outcome": "re78",
        "matching": {"treatment": {"column": "treat"}, "covariates": covariates, "method": method},
        "effect": {},
    }
    with TemporaryDirectory() as folder:
        shutil.copy(LALONDE, folder)
        file = Path(folder) / "study.yml"
        file.write_text(json.dumps(study))  # JSON is YAML
        run = eb.run(file, out=Path(folder) / "run")
        matched = pd.read_csv(Path(folder) / "run" / "matched.csv.gz")
        return run, matched, (Path(folder) / "run" / "report.md").read_text()


@pytest.mark.parametrize("name", METHODS)
def test_every_number_agrees(name):
    run, _, _ = both(name)
    failing = run.crosscheck[run.crosscheck["verdict"] != "agree"]
    assert failing.to_dict("records") == []
    assert run.verdict == "agree"
    assert set(run.estimates["stage"]) == {"difference", "matching", "effect"}


@pytest.mark.parametrize("name", ["exact", "coarsened", "subclasses"])
def test_members_of_subclasses_are_equal(name):
    run, matched, report = both(name)
    rows = run.crosscheck.query("quantity == 'sets_equal'")
    own = matched.query("engine == 'r' and input == 'own'")
    inside = own["subclass"].notna()
    assert (rows["component"] == "subclass").all()
    assert (rows[["value_a", "value_b"]] == inside.sum()).all(axis=None)
    assert len(own) == 614
    assert (own["weight"] > 0).equals(inside)
    assert "Units with the same subclass in both engines" in report
    counts = run.estimates.query("engine == 'r' and input == 'own'").set_index("quantity")["value"]
    assert counts["n_subclasses"] == own["subclass"].nunique()
    assert counts["n_treated_matched"] == (own["treated"].notna() & inside).sum()
    assert "n_pairs" not in counts


def test_pairs_within_strata_are_equal():
    run, matched, report = both("pairs")
    rows = run.crosscheck.query("quantity == 'sets_equal'")
    assert (rows["value_a"] == rows["value_b"]).all()
    pairs = matched.query("engine == 'python' and input == 'own'").dropna(subset="control")
    counts = run.estimates.query("engine == 'r' and input == 'own'").set_index("quantity")["value"]
    assert counts["n_pairs"] == len(pairs) == pairs["control"].nunique()
    assert "units are paired one to one, in the order of the data" in report


def test_strata_take_nothing_from_the_other_engine():
    """Only the effect is computed once more, on the other engine's weights."""
    given = both("exact")[0].estimates.groupby("stage")["input"].unique()
    assert list(given["matching"]) == ["own"]
    assert set(given["effect"]) == {"own", "python", "r"}
    assert set(both("subclasses")[0].estimates.query("stage == 'matching'")["input"]) == {
        "own",
        "python",
        "r",
    }
