"""The studies of the repository agree between the engines, from end to end."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pandas as pd
import pytest
from click.testing import CliRunner

import erm_bridge as eb
from erm_bridge import options as opt
from erm_bridge import run_folder
from erm_bridge.cli import main
from erm_bridge.estimates import KEY, read
from erm_bridge.quantities import glossary

ROOT = Path(__file__).parents[1]
STUDIES = {
    "lalonde": ROOT / "studies/lalonde/study.yml",
    "lalonde-nearest4": ROOT / "studies/lalonde/nearest4.yml",
    "bfi": ROOT / "studies/bfi/study.yml",
    "bfi-nearest4": ROOT / "studies/bfi/nearest4.yml",
}
# MatchIt 4.7.1 and psmatch2's formula in plain R; made by tests/reference/lalonde_effects.R.
REFERENCE = pd.read_csv(ROOT / "tests/reference/lalonde_effects.csv", index_col="design")
CEMENT = ["tricalcium_aluminate", "tricalcium_silicate", "aluminoferrite", "dicalcium_silicate"]
DESIGNS = {"lalonde": "one", "lalonde-nearest4": "four-replace-caliper"}


@cache
def both(name: str) -> eb.Run:
    return eb.run(STUDIES[name])


@pytest.mark.r
@pytest.mark.parametrize("name", list(STUDIES))
def test_every_number_agrees(name: str) -> None:
    run = both(name)
    assert run.verdict == "agree"
    assert run.exit_code == 0
    assert set(run.crosscheck["verdict"]) == {"agree"}
    assert run.estimates["value"].notna().all()


@pytest.mark.r
@pytest.mark.parametrize(
    ("name", "treated"), [*[(n, 185) for n in list(STUDIES)[:2]], ("bfi", 710), ("bfi-nearest4", 710)]
)
def test_match_sets_are_equal_for_every_treated_unit(name: str, treated: int) -> None:
    rows = both(name).crosscheck.query("quantity == 'sets_equal'")
    assert list(zip(rows["input_a"], rows["input_b"], strict=True)) == [
        ("own", "own"),
        ("own", "python"),
        ("r", "own"),
    ]
    assert (rows["value_a"] == treated).all()
    assert (rows["value_b"] == treated).all()


@pytest.mark.r
@pytest.mark.parametrize(("name", "design"), DESIGNS.items())
def test_effects_are_those_of_the_reference(name: str, design: str) -> None:
    rows = both(name).estimates.query("term == 'matched' and component == 'psmatch2'")
    for quantity in ("estimate", "std_error"):
        values = rows.loc[rows["quantity"] == quantity, "value"]
        assert len(values) == 4
        assert values.to_numpy() == pytest.approx(REFERENCE.loc[design, quantity], rel=1e-9)


YOUNG = {"name": "young", "keep": "age <= 22"}


@pytest.mark.r
def test_the_unmatched_row_is_the_one_of_stata() -> None:
    rows = both("lalonde").estimates.query("term == 'unmatched' and engine == 'r' and input == 'own'")
    values = rows.set_index("quantity")["value"]
    assert values[["estimate", "std_error", "statistic"]].round(2).tolist() == [-635.03, 657.14, -0.97]


@cache
def cement() -> eb.Run:
    """A selection in which a column leaves again, on the data of tests/reference/hald.csv."""
    study = {
        "study": "cement",
        "data": {"source": "hald.csv"},
        "outcome": "heat",
        "regression": {
            "candidates": CEMENT,
            "selection": {"rule": "p", "enter": 0.10, "remove": 0.15},
            "std_error": ["classical", "HC3"],
        },
    }
    with TemporaryDirectory() as folder:
        shutil.copy(ROOT / "tests/reference/hald.csv", folder)
        file = Path(folder) / "study.yml"
        file.write_text(json.dumps(study))  # JSON is YAML
        return eb.run(file)


@pytest.mark.r
def test_a_column_that_enters_and_leaves_agrees() -> None:
    assert cement().verdict == "agree"
    path = cement().estimates.query("engine == 'r' and quantity in ('entered', 'removed')")
    assert path["term"].tolist() == [CEMENT[position] for position in (3, 0, 1, 3)]
    assert path["quantity"].tolist() == ["entered", "entered", "entered", "removed"]
    assert path["component"].tolist() == ["1", "2", "3", "4"]


@cache
def number_of_factors() -> eb.Run:
    """The factors of bfi with every method that looks for their number."""
    asked = {"of": ["components", "factors", "factors_smc"], "replicates": 20}
    changes = {"index.dimension": asked, "index.factors": "map", "seed": 1}
    return eb.run(STUDIES["bfi"], settings={**changes, "regression": None, "effect": None, "matching": None})


@pytest.mark.r
def test_every_method_suggests_the_same_number_of_factors_in_both_engines() -> None:
    run = number_of_factors()
    compared = run.crosscheck[run.crosscheck["quantity"].isin(["suggested_factors", "map", "vss"])]
    assert len(compared) == 11 + 2 * 9 + 8 + 7
    assert set(compared["verdict"]) == {"agree"}
    assert run.verdict == "agree"


@cache
def graded() -> eb.Run:
    """Two scales of bfi by polychoric correlations, with reliability and random starts of the rotation."""
    changes = {
        "index.items": [f"{scale}{number}" for scale in "AC" for number in range(1, 6)],
        "index.reverse": ["A1", "C4", "C5"],
        "index.factors": 2,
        "index.correlation": {"method": "polychoric", "smooth": True},
        "index.rotation": {"method": "quartimin", "starts": 3},
        "index.reliability": {},
        "regression": None,
        "effect": None,
        "matching": None,
    }
    return eb.run(STUDIES["bfi"], settings=changes)


# Settings of lalonde that ask for what its own study does not.
MATCHES: dict[str, dict[str, object]] = {
    "pairs": {
        "matching.discard": "both",
        "matching.balance": {"statistics": list(get_args(opt.BalanceStatistic)), "interactions": True},
        "effect.std_error": ["pair", "HC3", "bootstrap"],
        "effect.adjust": ["age", "educ"],
        "effect.sensitivity": {"rosenbaum": [1, 1.5], "e_value": True},
    },
    "ties": {
        "matching.replace": True,
        "effect.tie_envelope": True,
        "effect.std_error": ["abadie_imbens_score"],
    },
    "subclasses": {
        "matching.method": "subclassification",
        "matching.estimand": "ATE",
        "effect.std_error": ["HC1"],
    },
    "kernel": {"matching.method": "kernel", "effect.std_error": ["psmatch2"]},
}


@cache
def matched(name: str) -> eb.Run:
    """The study lalonde with other settings, one match to a name."""
    return eb.run(STUDIES["lalonde"], settings=MATCHES[name])


@pytest.mark.r
@pytest.mark.parametrize("name", list(MATCHES))
def test_other_matches_of_lalonde_agree(name: str) -> None:
    assert matched(name).verdict == "agree"


def judged(method: str) -> eb.Run:
    """A match that is the best by a criterion; R judges Python's also where it cannot make its own."""
    changes = {"matching.covariates": ["age", "educ"], "matching.method": method, "cohort": [YOUNG]}
    return eb.run(STUDIES["lalonde"], settings=changes)


def resampled() -> eb.Run:
    """The index of bfi with a bootstrap and a sensitivity table."""
    changes = {
        "index.bootstrap": {"replicates": 20},
        "index.rotation": "oblimin",
        "index.sensitivity": {"extraction": ["minres", "pca"], "weights": ["variance", "equal"]},
        "seed": 1,
    }
    return eb.run(STUDIES["bfi"], settings={**changes, "regression": None, "effect": None})


@pytest.mark.r
def test_bootstrap_and_sensitivity_agree() -> None:
    run = resampled()
    assert run.verdict == "agree"
    compared = run.crosscheck["quantity"].value_counts()
    assert compared["loading_low"] == 25 * 5
    assert compared["sensitivity_difference"] == 4
    assert set(run.crosscheck.query("quantity == 'sensitivity_difference'")["component"]) == {"graduate"}


@pytest.mark.r
def test_every_quantity_of_the_glossary_comes_from_both_engines() -> None:
    emitted = pd.concat(
        [
            *(both(name).estimates for name in STUDIES),
            cement().estimates,
            number_of_factors().estimates,
            resampled().estimates,
            graded().estimates,
            *(matched(name).estimates for name in MATCHES),
            *(judged(method).estimates for method in ("cardinality", "optimal")),
        ]
    )
    wanted = set(zip(glossary()["stage"], glossary()["quantity"], strict=True))
    for engine in ("python", "r"):
        rows = emitted[(emitted["engine"] == engine) & emitted["value"].notna()]
        assert set(zip(rows["stage"], rows["quantity"], strict=True)) == wanted


@pytest.mark.r
@pytest.mark.parametrize(("name", "source"), [("lalonde", "r:MatchIt::lalonde"), ("bfi", "r:psych::bfi")])
def test_the_data_sets_of_the_packages_give_the_same_tables(name: str, source: str) -> None:
    from_package = eb.run(STUDIES[name], data=source)
    pd.testing.assert_frame_equal(from_package.cohort.frame, both(name).cohort.frame)
    pd.testing.assert_frame_equal(from_package.estimates, both(name).estimates)


@pytest.mark.r
@pytest.mark.parametrize("name", ["lalonde-nearest4", "bfi"])
def test_stages_without_matching_do_not_depend_on_the_order_of_rows(name: str, tmp_path: Path) -> None:
    source = pd.read_csv(
        STUDIES[name].with_name(f"{name.split('-')[0]}.csv"), dtype=str, keep_default_na=False
    )
    source.iloc[::-1].to_csv(tmp_path / "turned.csv", index=False)
    turned = eb.run(STUDIES[name], data=str(tmp_path / "turned.csv"))
    assert turned.verdict == "agree"
    stages = turned.estimates["stage"].isin(["index", "difference", "regression"])
    merged = turned.estimates[stages].merge(both(name).estimates, on=list(KEY), suffixes=("", "_before"))
    assert len(merged) == stages.sum()
    near = merged["quantity"] != "p_value"
    assert merged.loc[near, "value"].to_numpy() == pytest.approx(
        merged.loc[near, "value_before"].to_numpy(), rel=1e-6, abs=1e-7
    )


ITEMS = "index: {items: [A1, A2, A3, A4, A5], factors: 1}"
SECTIONS = {
    "index": ITEMS,
    "difference": "outcome: re78\ndifference: {by: [race]}",
    "regression": "outcome: re78\nregression: {candidates: [treat, race, re74], selection: {rule: p}, "
    "std_error: [HC3]}",
    "matching": "outcome: re78\nmatching: {treatment: {column: treat}, covariates: [age, educ]}",
    "index and regression": f"{ITEMS}\nregression: {{keep: [age]}}",
}


@pytest.mark.r
@pytest.mark.parametrize("name", list(SECTIONS))
def test_a_study_of_one_section_runs_with_both_engines(name: str, tmp_path: Path) -> None:
    study = tmp_path / "study.yml"
    data = "bfi" if "index" in name else "lalonde"
    study.write_text(f"study: one\ndata: {{source: {data}.csv}}\n{SECTIONS[name]}\n")
    shutil.copy(ROOT / f"studies/{data}/{data}.csv", tmp_path)
    run = eb.run(study, out=tmp_path / "out")
    assert run.verdict == "agree"
    stages = set(run.crosscheck["stage"])
    assert stages == set(name.split(" and ")) | ({"difference"} if name == "matching" else set())
    again = run_folder.read(tmp_path / "out").crosschecked().crosscheck
    pd.testing.assert_frame_equal(again, run.crosscheck, check_dtype=False)


@pytest.mark.r
def test_columns_of_very_different_size_agree(tmp_path: Path) -> None:
    data = pd.read_csv(ROOT / "studies/lalonde/lalonde.csv")
    data.assign(age=data["re75"] ** 2, educ=1.5e9 + 1000 * data["educ"]).to_csv(
        tmp_path / "d.csv", index=False
    )
    assert eb.run(STUDIES["lalonde"], data=str(tmp_path / "d.csv")).verdict == "agree"


def python_alone(folder: Path, *, hide_r: bool) -> bytes:
    """Run the Python engine in a process of its own and return the bytes of its table."""
    environment = dict(os.environ)
    if hide_r:
        blocker = folder / "blocker"
        blocker.mkdir()
        (blocker / "sitecustomize.py").write_text(
            "import sys\n"
            "class Absent:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name.split('.')[0] == 'rpy2':\n"
            "            raise ModuleNotFoundError(name)\n"
            "sys.meta_path.insert(0, Absent())\n"
        )
        environment |= {"PATH": "/nonexistent", "PYTHONPATH": str(blocker)}
        environment.pop("R_HOME", None)
    out = folder / "out"
    command = [sys.executable, "-m", "erm_bridge", "run", str(STUDIES["bfi"]), "--out", str(out), "--quiet"]
    done = subprocess.run(
        [*command, *([] if hide_r else ["--engine", "python"])],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    content = run_folder.read(out)
    assert content.crosscheck.empty
    return (out / "estimates.csv").read_bytes()


def test_python_alone_gives_the_same_bytes_where_r_and_rpy2_are_absent(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert python_alone(tmp_path / "a", hide_r=False) == python_alone(tmp_path / "b", hide_r=True)


@pytest.mark.r
def test_python_own_rows_are_the_same_beside_r(tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    python_alone(tmp_path / "alone", hide_r=True)
    alone = read(tmp_path / "alone/out/estimates.csv")
    beside = both("bfi").estimates.query("engine == 'python' and input == 'own'").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, beside, check_exact=True)


@pytest.mark.r
def test_a_run_folder_reads_back_and_its_crosscheck_is_reproduced(tmp_path: Path) -> None:
    out = tmp_path / "run"
    result = CliRunner().invoke(main, ["run", str(STUDIES["lalonde"]), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) <= 25
    content = run_folder.read(out)
    pd.testing.assert_frame_equal(content.crosschecked().crosscheck, content.crosscheck)
    before = {
        path.name: path.read_bytes() for path in out.iterdir() if path.suffix in (".csv", ".md", ".html")
    }
    assert CliRunner().invoke(main, ["crosscheck", str(out)]).exit_code == 0
    assert CliRunner().invoke(main, ["report", str(out)]).exit_code == 0
    assert before == {name: (out / name).read_bytes() for name in before}
    assert not list(tmp_path.glob("*.partial*"))
    estimates = read(out / "estimates.csv")
    estimates.loc[estimates["engine"] == "r", "value"] *= 1.5
    estimates.to_csv(out / "estimates.csv", index=False)
    assert CliRunner().invoke(main, ["crosscheck", str(out)]).exit_code == 1
