"""The table of estimates: one row per number, the same columns from every engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from erm_bridge.errors import ContractError
from erm_bridge.options import StageName
from erm_bridge.tabular import read_csv

if TYPE_CHECKING:
    import pandas as pd

KEY = ("engine", "input", "stage", "quantity", "term", "component")
COLUMNS = (*KEY, "value", "note")
OWN = "own"
# The one row, without value, of a stage that an engine could not compute; its note says why.
ABSENT = "rows"


@dataclass
class StageRows:
    """Rows that one stage of one engine emits, in the order they were added.

    `term` says which item, variable or model a number belongs to, `component` which factor, level
    or moment; both are empty where the glossary `quantities.csv` says so.
    """

    rows: list[tuple[str, str, str, float, str]] = field(default_factory=list)

    def add(self, quantity: str, value: float, term: str = "", component: str = "", note: str = "") -> None:
        """Add one number; NaN means that it is not defined."""
        self.rows.append((quantity, term, component, float(value), note))

    def add_absent(self, reason: str) -> None:
        """Say that the engine cannot compute what was asked for, and why."""
        self.add(ABSENT, float("nan"), note=reason)

    def add_terms(
        self, quantity: str, values: "Mapping[str, float] | pd.Series", component: str = ""
    ) -> None:
        """Add a number for each term."""
        for term, value in values.items():
            self.add(quantity, value, str(term), component)

    def add_components(self, quantity: str, values: "Mapping[str, float] | pd.Series", term: str) -> None:
        """Add a number for each component of one term."""
        for component, value in values.items():
            self.add(quantity, value, term, str(component))

    def add_matrix(self, quantity: str, frame: "pd.DataFrame") -> None:
        """Add a number for each cell: rows are terms, columns are components."""
        for component in frame.columns:
            self.add_terms(quantity, frame[component], str(component))


def table(engine: str, given: str, stage: StageName, rows: StageRows) -> "pd.DataFrame":
    """Make the table of one stage, with the engine's name and whose artefacts it had (`given`)."""
    import pandas as pd

    frame = pd.DataFrame(rows.rows, columns=["quantity", "term", "component", "value", "note"])
    frame = frame.astype({name: "float64" if name == "value" else "str" for name in frame})
    frame.insert(0, "stage", stage)
    frame.insert(0, "input", given)
    frame.insert(0, "engine", engine)
    return frame


def concat(tables: "list[pd.DataFrame]") -> "pd.DataFrame":
    """Put tables below each other and check the result: no key twice, every quantity in the glossary."""
    import pandas as pd

    whole = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))
    check(whole)
    return whole


def check(frame: "pd.DataFrame") -> None:
    """Refuse a table that breaks the contract.

    Raises
    ------
    ContractError
        A column is missing, a key occurs twice, or a quantity is not in the glossary.
    """
    from erm_bridge.quantities import glossary

    if tuple(frame.columns) != COLUMNS:
        raise ContractError(f"estimates: columns are {list(frame.columns)}, must be {list(COLUMNS)}")
    known = set(zip(glossary()["stage"], glossary()["quantity"], strict=True))
    numbers = frame[frame["quantity"] != ABSENT]
    found = set(zip(numbers["stage"], numbers["quantity"], strict=True))
    if found - known:
        raise ContractError(f"estimates: not in the glossary quantities.csv: {sorted(found - known)}")
    twice = frame[frame.duplicated(list(KEY))]
    if len(twice):
        raise ContractError(f"estimates: a key occurs twice: {twice.iloc[0][list(KEY)].to_dict()}")


def read(path: Path) -> "pd.DataFrame":
    """Read a table of estimates and check it."""
    frame = read_csv(path, numbers=("value",))
    check(frame)
    return frame
