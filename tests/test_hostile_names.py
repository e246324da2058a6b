"""Column names, levels and labels are text: whatever they hold, nothing of it is executed or lost."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

import erm_bridge as eb
from erm_bridge import run_folder

CANARY = "touched"
ITEMS = [
    'say "hi"',
    "it's; q()",
    f'x); system("touch {CANARY}") #',
    "幸福感 指数",
    f"`; file.create('{CANARY}')",
    "a\\b%s{cli::cli_abort()}",
]
TREATMENT, AGE, GROUP = f"!expr file.create('{CANARY}')", "=1+1", "<script>alert(1)</script>"
LEVELS = ["a;b", f"$(touch {CANARY})", "北京 {1+1}"]
OUTCOME = "T"


def hostile_data() -> pd.DataFrame:
    random = np.random.default_rng(11)
    n = 240
    common = random.normal(size=n)
    data = pd.DataFrame({name: np.round(common + random.normal(size=n), 3) for name in ITEMS})
    data[AGE] = random.integers(60, 90, n)
    data[GROUP] = random.choice(LEVELS, n)
    data[TREATMENT] = (random.random(n) < 0.3).astype(int)
    data[OUTCOME] = np.round(random.normal(size=n), 3)
    return data


def write_study(folder: Path) -> None:
    hostile_data().to_csv(folder / "data.csv", index=False)
    study = {
        "study": "hostile",
        "title": f"<img src=x onerror=alert(1)> {{{{ 7*7 }}}} `r file.create('{CANARY}')`",
        "data": {"source": "data.csv"},
        "variables": {GROUP: {"type": "category", "levels": LEVELS}},
        "derive": {"1st": f"`{AGE}` > 75"},
        "index": {"items": ITEMS, "reverse": ITEMS[:1], "factors": 2},
        "difference": {"by": [GROUP, "1st"]},
        "regression": {
            "keep": [TREATMENT],
            "candidates": [AGE, GROUP],
            "selection": {"rule": "p", "enter": 0.98, "remove": 0.99},
            "std_error": ["classical", "HC3"],
        },
        "matching": {
            "treatment": {"column": TREATMENT},
            "covariates": [AGE, GROUP],
            "replace": True,
            "ratio": 2,
        },
        "effect": {"outcome": OUTCOME},
    }
    with (folder / "study.yml").open("w", encoding="utf-8") as file:
        YAML().dump(study, file)


@pytest.mark.r
def test_hostile_names_go_through_as_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path)
    run = eb.run(tmp_path, out=tmp_path / "out")
    assert run.verdict == "agree"
    assert set(run.estimates.query("quantity == 'entered'")["term"]) == {AGE, GROUP}
    terms = set(run.estimates["term"])
    assert terms >= {*ITEMS, TREATMENT, AGE, GROUP, "1st", *(f"{GROUP}[{level}]" for level in LEVELS)}
    assert not [path for path, _, files in os.walk(tmp_path) if CANARY in files]
    content = run_folder.read(tmp_path / "out")
    assert set(content.estimates["term"]) == terms
    html = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "7*7" in html
