"""What every figure is: frozen data with a name, a caption and a way to be drawn."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from erm_bridge.options import StageName
from erm_bridge.report.model import Name

if TYPE_CHECKING:
    from erm_bridge.report.figures.sheet import Sheet

# Longer figures would be taller than a page; their numbers are in the tables.
MOST_ROWS = 60
Values = tuple[float | None, ...]


@dataclass(frozen=True)
class Plot(ABC):
    """A figure of one stage.

    Attributes
    ----------
    name, title : str
        Name of the SVG file, without suffix; heading.
    stage : str
    table : str
        The side-by-side table in front of which the figure stands.
    engines : tuple of Name
        Engines whose numbers are drawn; values come in their order.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    stage: ClassVar[StageName]
    table: ClassVar[str]
    engines: tuple[Name, ...]

    @property
    @abstractmethod
    def caption(self) -> str:
        """Say in a sentence how to read the figure."""

    @property
    @abstractmethod
    def height(self) -> float:
        """Height in units of which the width has `erm_bridge.report.figures.sheet.WIDTH`."""

    @abstractmethod
    def draw(self, sheet: "Sheet") -> None:
        """Draw on a sheet of that height."""


@dataclass(frozen=True)
class Row:
    """A row of a figure: its label, the heading it stands under (may be empty), a value per engine."""

    label: str
    values: Values
    heading: str = ""
    remark: str = ""


def usable(value: float | None) -> bool:
    """Tell whether a value can be drawn."""
    return value is not None and math.isfinite(value) and abs(value) < 1e100


def any_usable(values: Sequence[float | None]) -> bool:
    """Tell whether a value of several can be drawn."""
    return any(usable(value) for value in values)


def drawn(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Keep the rows that have something to draw; none where they are too many for a figure."""
    kept = tuple(row for row in rows if any_usable(row.values))
    return kept if len(kept) <= MOST_ROWS else ()
