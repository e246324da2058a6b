"""One full-size and one small simulated survey, and the study rules that the guide shows."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from erm_bridge.simulate import SimulatedSurvey, simulate
from erm_bridge.simulate.answers import ITEM_NAMES
from erm_bridge.study.expressions import parse

GUIDE = Path(__file__).parents[2] / "docs" / "simulated-data.md"


@pytest.fixture(scope="session")
def full() -> SimulatedSurvey:
    return simulate(169_989)


@pytest.fixture(scope="session")
def small() -> SimulatedSurvey:
    return simulate()


@pytest.fixture(scope="session")
def guide() -> dict:
    """The part of a study file that the guide shows."""
    text = GUIDE.read_text(encoding="utf-8")
    return YAML(typ="safe").load(text.split("```yaml\n")[1].split("```")[0])


@pytest.fixture(scope="session")
def select(guide: dict) -> Callable[[pd.DataFrame], tuple[pd.DataFrame, list[int]]]:
    """Derive columns and apply the guide's rules: the rows left, and how many after each step."""

    def apply(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[int]]:
        columns = {
            str(name): frame[name].astype("float64" if pd.api.types.is_numeric_dtype(frame[name]) else object)
            for name in frame
        }
        for name, text in guide["derive"].items():
            columns[name] = parse(text, "guide", name).evaluate(columns).astype("Float64").astype("float64")
        table, counts = pd.DataFrame(columns), [len(frame)]
        for rule in guide["cohort"]:
            kept = parse(rule["keep"], "guide", rule["name"]).evaluate(table)
            table = table[kept.fillna(False).astype(bool)]
            counts.append(len(table))
        table = table.dropna(subset=[*ITEM_NAMES, *guide["derive"]])
        return table, [*counts, len(table)]

    return apply


@pytest.fixture(scope="session")
def members(full: SimulatedSurvey, select: Callable) -> pd.DataFrame:
    """The cohort of the full-size survey, chosen by the guide's rules."""
    return select(full.frame)[0]
