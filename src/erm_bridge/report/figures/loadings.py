"""Heat map of the loadings: items down, factors across, the numbers in the cells."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from erm_bridge.report.figures import labels
from erm_bridge.report.figures.plot import MOST_ROWS, Plot, usable

if TYPE_CHECKING:
    from erm_bridge.report.figures.sheet import Sheet
    from erm_bridge.report.sections import StageNumbers

_MOST_FACTORS = 20
_ROW, _TOP, _BELOW = 18, 24, 4
# Columns of text for an item; with many factors the cells need the room.
_COLUMNS, _NARROW, _MANY = 18, 14, 6
_HIGH = 0.4


@dataclass(frozen=True)
class Loadings(Plot):
    """Loadings of one engine: a row for each item, a number for each factor."""

    name = "loadings"
    title = "Heat map of the loadings"
    stage = "index"
    table = "index_loadings"
    items: tuple[str, ...]
    factors: tuple[str, ...]
    cells: tuple[tuple[float | None, ...], ...]

    @property
    def caption(self) -> str:
        """Say how to read it, and whose numbers they are."""
        return (
            "The stronger the colour, the more an item goes with a factor (blue) or against it (orange); "
            f"loadings of .4 and more are bold; {self.engines[0].label}'s numbers."
        )

    @property
    def height(self) -> float:
        """A line for each item."""
        return _TOP + _ROW * len(self.items) + _BELOW

    def draw(self, sheet: "Sheet") -> None:
        """Draw coloured cells with their numbers."""
        from erm_bridge.report.figures.palette import of_text, of_value
        from erm_bridge.report.figures.sheet import COLUMN, WIDTH

        room = _COLUMNS if len(self.factors) <= _MANY else _NARROW
        shown = [labels.short(item, room) for item in self.items]
        left = COLUMN * max(labels.width(text) for text in shown) + 10
        step = min((WIDTH - left) / len(self.factors), 80.0)
        size = min(11.0, step / 2.6)
        cells = [
            (left + step * column, _TOP + _ROW * row, value)
            for row, values in enumerate(self.cells)
            for column, value in enumerate(values)
            if value is not None and usable(value)
        ]
        sheet.rectangles(
            [(x, y, x + step - 1, y + _ROW - 1) for x, y, _ in cells], [of_value(v) for *_, v in cells]
        )
        for row, item in enumerate(shown):
            sheet.text(2, _TOP + _ROW * (row + 0.5), item)
        for column, factor in enumerate(self.factors):
            sheet.text(
                left + step * (column + 0.5), _TOP / 2, labels.short(factor, 6), "soft", "center", size
            )
        for x, y, value in cells:
            middle, bold = (x + step / 2, y + _ROW / 2), abs(value) >= _HIGH
            sheet.text(*middle, labels.loading(value), of_text(value), "center", size, bold)


def read(found: "StageNumbers") -> Loadings | None:
    """Read the loadings of the first engine; None where there are none or too many to be read."""
    values = found.values("loading")
    items = tuple(dict.fromkeys(item for item, _ in values))
    factors = tuple(dict.fromkeys(factor for _, factor in values))
    cells = tuple(tuple(values.get((item, f), (None,))[0] for f in factors) for item in items)
    few = len(items) <= MOST_ROWS and len(factors) <= _MOST_FACTORS
    if not few or not any(usable(value) for row in cells for value in row):
        return None
    return Loadings(found.engines[:1], items, factors, cells)
