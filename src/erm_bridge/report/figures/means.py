"""Group means of the outcome, a row for each group."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from erm_bridge.report import numbers
from erm_bridge.report.figures import rows as lines
from erm_bridge.report.figures.plot import Plot, Row, drawn

if TYPE_CHECKING:
    from erm_bridge.report.figures.sheet import Sheet
    from erm_bridge.report.sections import StageNumbers


@dataclass(frozen=True)
class Means(Plot):
    """Means by group, under the variable that makes the groups; the remark is the size of the group."""

    name = "means"
    title = "Group means"
    stage = "difference"
    table = "difference_groups"
    rows: tuple[Row, ...]
    outcome: str

    @property
    def caption(self) -> str:
        """Say how to read it."""
        return (
            f"Mean of {self.outcome} in each group, with the size of the group; the axis covers the means, "
            f"not the people, whose spread (SD) is in the table."
        )

    @property
    def height(self) -> float:
        """A line for each group and each variable."""
        return lines.height(self.rows, self.engines)

    def draw(self, sheet: "Sheet") -> None:
        """Draw marks of every engine."""
        from erm_bridge.report.figures.sheet import limits, marks

        found = limits([value for row in self.rows for value in row.values])
        axes, places, middles = lines.frame(
            sheet, self.rows, self.engines, found, f"mean of {self.outcome}", right=52
        )
        for place in range(len(self.engines)):
            marks(axes, place, tuple(row.values[place] for row in self.rows), places)
        for row, middle in zip(self.rows, middles, strict=True):
            sheet.note(358, middle, row.remark, "right")
        sheet.note(358, sheet.height - 9, "n", "right")


def read(found: "StageNumbers", outcome: str, label: Callable[[str, str], str]) -> Means | None:
    """Read means and sizes; `label` words a group by variable and level."""
    sizes = found.values("n")
    rows = drawn(
        [
            Row(label(variable, level), values, variable, _size(sizes.get((variable, level), ())))
            for (variable, level), values in found.values("mean").items()
        ]
    )
    return Means(found.engines, rows, outcome) if rows else None


def _size(values: tuple[float | None, ...]) -> str:
    return next((numbers.number(value, "count") for value in values if value is not None), "")
