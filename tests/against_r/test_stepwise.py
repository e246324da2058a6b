"""The stage regression of both engines against a plain loop over `anova` in R, on real and random data."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.bridge.pool import process_pool
from erm_bridge.engines import Running
from erm_bridge.engines.base import Engine
from erm_bridge.engines.python import PythonEngine
from erm_bridge.engines.r import REngine
from erm_bridge.pipeline import Run, execute
from erm_bridge.study.reader import read_study

pytestmark = pytest.mark.r

STUDIES = Path(__file__).parents[2] / "studies"
RANDOM_DESIGNS = 50
# Quantity and component of the estimates, column of the plain R script.
COLUMNS = {
    ("estimate", ""): "estimate",
    ("std_error", ""): "std_error",
    ("std_error", "HC3"): "hc3",
    ("beta", ""): "beta",
    ("vif", ""): "vif",
}
LEVELS = [(0.05, 0.10), (0.15, 0.20), (0.01, 0.05)]


@dataclass(frozen=True)
class Design:
    """One study: data with the outcome `y`, categories as text."""

    name: str
    data: pd.DataFrame
    keep: tuple[str, ...]
    candidates: tuple[str, ...]
    enter: float = 0.05
    remove: float = 0.10

    def run(self, folder: Path, engines: dict[str, Engine]) -> Run:
        """Run the study with both engines."""
        self.data.to_csv(folder / f"{self.name}.csv", index=False)
        study = {
            "study": self.name,
            "data": {"source": f"{self.name}.csv"},
            "outcome": "y",
            "regression": {
                "keep": self.keep,
                "candidates": self.candidates,
                "selection": {"rule": "p", "enter": self.enter, "remove": self.remove},
                "std_error": ["classical", "HC3"],
            },
        }
        file = folder / f"{self.name}.yml"
        file.write_text(json.dumps(study), encoding="utf-8")  # JSON is YAML
        return execute(read_study(file), Running(engines, {}))


def lalonde() -> Design:
    data = pd.read_csv(STUDIES / "lalonde/lalonde.csv").rename(columns={"re78": "y"})
    return Design(
        "lalonde", data, (), ("treat", "age", "educ", "race", "married", "nodegree", "re74", "re75")
    )


def bfi() -> Design:
    """Neuroticism by education, as a category, and the other items."""
    data = pd.read_csv(STUDIES / "bfi/bfi.csv").dropna()
    items = tuple(f"{trait}{number}" for trait in "ACEO" for number in range(1, 6))
    data = data.assign(
        y=data[["N1", "N2", "N3", "N4", "N5"]].sum(axis=1), education="e" + data["education"].astype(str)
    )
    return Design(
        "bfi", data[[*items, "age", "gender", "education", "y"]], ("gender",), ("age", "education", *items)
    )


def model_study() -> Design:
    """The model study: its index as the Python engine makes it, and its covariates as text."""
    run = eb.run(STUDIES / "erm2017", engines="python", settings={"effect": None})
    regression = run.study.regression
    data = run.cohort.frame[list(regression.terms)].assign(y=run.artefacts["python"]["own"].index)
    categories = data.select_dtypes("category").astype(str)
    return Design("erm2017", data.assign(**categories), regression.keep, regression.candidates)


def random_design(number: int) -> Design:
    """Correlated numbers and categories, 40 to 2,000 rows; every other one has a proxy of two causes."""
    rng = np.random.default_rng([20171, number])
    n = int(np.exp(rng.uniform(np.log(40), np.log(2000))))
    common = rng.normal(size=n)
    k = int(rng.integers(3, 9))
    numbers = rng.uniform(0, 0.8, k) * common[:, None] + rng.normal(size=(n, k))
    effects = rng.normal(size=k) * (rng.random(k) < 0.5) * 3 / np.sqrt(n)
    data = pd.DataFrame(numbers, columns=[f"x{j}" for j in range(1, k + 1)])
    y = numbers @ effects + rng.normal(size=n)
    for j in range(1, int(rng.integers(0, 4)) + 1):
        level = np.argsort(np.argsort(rng.uniform(0, 1) * common + rng.normal(size=n)))
        level = level * int(rng.integers(2, 6)) // n
        data[f"g{j}"] = np.array(list("abcde"))[level]
        y += rng.normal(size=5)[level] * rng.choice([0, 4]) / np.sqrt(n)
    if number % 2:
        strength = rng.uniform(6, 12) / np.sqrt(n)
        y += strength * (numbers[:, 0] + numbers[:, 1])
        data["proxy"] = numbers[:, 0] + numbers[:, 1] + rng.uniform(0.2, 0.6) * rng.normal(size=n)
    names = tuple(data.columns[rng.permutation(data.shape[1])])
    kept = int(rng.integers(0, 3))
    if number % 2 and "proxy" in names[:kept]:
        kept = 0
    scale = 10.0 ** rng.integers(-3, 4)
    data = data.assign(x1=scale * (data["x1"] + rng.choice([0, 20])), y=scale * (y + rng.choice([0, 20])))
    return Design(f"d{number}", data, names[:kept], names[kept:], *LEVELS[number % 3])


@pytest.fixture(scope="module")
def designs() -> list[Design]:
    return [lalonde(), bfi(), model_study(), *(random_design(number) for number in range(RANDOM_DESIGNS))]


@pytest.fixture(scope="module")
def plain(designs, rscript) -> dict[str, pd.DataFrame]:
    """What the plain loop makes of all designs, in one call."""
    options = pd.DataFrame(
        {
            "design": [design.name for design in designs],
            "keep": [" ".join(design.keep) or None for design in designs],
            "candidates": [" ".join(design.candidates) for design in designs],
            "enter": [design.enter for design in designs],
            "remove": [design.remove for design in designs],
        }
    )
    return rscript(
        "stepwise.R", data={"designs": options, **{design.name: design.data for design in designs}}
    )


@pytest.fixture(scope="module")
def runs(designs, tmp_path_factory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("stepwise")
    with process_pool().lend() as worker:
        engines: dict[str, Engine] = {"python": PythonEngine(), "r": REngine(worker=worker)}
        return {design.name: design.run(folder, engines) for design in designs}


def of(run: Run, engine: str, *quantities: str) -> pd.DataFrame:
    rows = run.estimates.query("engine == @engine and stage == 'regression'")
    return rows[rows["quantity"].isin(quantities)]


def test_designs_are_varied(designs, plain):
    steps = plain["steps"]
    removed = steps.loc[steps["quantity"] == "removed", "design"]
    assert removed.nunique() >= 5
    assert steps["design"].nunique() > 40
    assert sum(design.keep == () for design in designs) > 10
    assert sum(any(c.startswith("g") for c in design.candidates) for design in designs) > 25
    assert sum(len(design.data) < 100 for design in designs) >= 5
    assert sum(len(design.data) > 1000 for design in designs) >= 5
    entered_blocks = steps.query("quantity == 'entered'")["variable"].str.startswith("g")
    assert entered_blocks.sum() > 5


def test_the_engines_agree_on_every_design(runs):
    assert {name: run.verdict for name, run in runs.items() if run.verdict != "agree"} == {}


@pytest.mark.parametrize("engine", ["python", "r"])
def test_the_path_is_that_of_the_plain_loop(designs, runs, plain, engine):
    for design in designs:
        expected = plain["steps"].query("design == @design.name")
        found = of(runs[design.name], engine, "entered", "removed")
        assert found["term"].tolist() == expected["variable"].tolist(), design.name
        assert found["quantity"].tolist() == expected["quantity"].tolist()
        assert found["component"].tolist() == [str(step) for step in range(1, len(expected) + 1)]
        np.testing.assert_allclose(found["value"], expected["p"], rtol=1e-8, err_msg=design.name)


@pytest.mark.parametrize("engine", ["python", "r"])
def test_the_final_model_is_that_of_lm_and_vcov_hc3(designs, runs, plain, engine):
    for design in designs:
        expected = plain["coefficients"].query("design == @design.name")
        found = of(runs[design.name], engine, "estimate", "std_error", "beta", "vif")
        for (quantity, component), column in COLUMNS.items():
            rows = found[(found["quantity"] == quantity) & (found["component"] == component)]
            wanted = expected[["term", column]].dropna()
            # R writes the level right after the column.
            assert rows["term"].str.replace(r"[\[\]]", "", regex=True).tolist() == wanted["term"].tolist()
            np.testing.assert_allclose(
                rows["value"].to_numpy(),
                wanted[column].to_numpy(),
                rtol=1e-9,
                err_msg=f"{design.name} {column}",
            )


def test_spss_s_rule_drops_the_treatment_of_lalonde(runs):
    """Known from the rule applied by hand: earnings before, schooling, and nothing of the training."""
    path = of(runs["lalonde"], "python", "entered", "removed")
    assert path["term"].tolist() == ["re74", "educ", "re75"]


def test_columns_far_from_zero_and_nearly_collinear_agree(tmp_path):
    """What sandwich and lm would lose on columns as they are; correlation of a and again 1 - 5e-7."""
    rng = np.random.default_rng(7)
    a, b, c, error = rng.normal(size=(4, 300))
    data = pd.DataFrame(
        {
            "a": 1.5e9 + 1e6 * a,
            "again": a + 1e-3 * b,
            "c": np.exp(8 * c),
            "g": rng.choice(["p", "q", "r"], 300, p=[0.9, 0.07, 0.03]),
            "y": 1e5 + 1e-2 * (a + b + 0.3 * error),
        }
    )
    with process_pool().lend() as worker:
        engines: dict[str, Engine] = {"python": PythonEngine(), "r": REngine(worker=worker)}
        run = Design("hard", data, (), ("a", "again", "c", "g")).run(tmp_path, engines)
    assert run.verdict == "agree"
    assert of(run, "python", "entered")["term"].tolist()[-2:] == ["again", "a"]
