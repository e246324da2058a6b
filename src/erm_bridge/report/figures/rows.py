"""Figures of rows: labels on the left, one line a row, an axis below."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from erm_bridge.report.figures import labels
from erm_bridge.report.figures.plot import Row
from erm_bridge.report.model import Name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from erm_bridge.report.figures.sheet import Sheet

ROW = 20.0
_TOP, _LEGEND, _BELOW, _RIGHT = 6, 22, 40, 12
# Columns of text that fit: the label of a row, a heading, what the axis shows.
_LABEL, _LEAST, _HEADING, _AXIS = 24, 5, 40, 44


def height(rows: Sequence[Row], engines: Sequence[Name], row: float = ROW) -> float:
    """Height of a figure of these rows, each `row` high; a new heading takes a line of its own."""
    return _top(engines) + row * len(_lines(rows)) + _BELOW


def frame(
    sheet: "Sheet",
    rows: Sequence[Row],
    engines: Sequence[Name],
    limits: tuple[float, float],
    below: str,
    right: float = _RIGHT,
    row: float = ROW,
    ticks: Sequence[float] | None = None,
    tick: Callable[[float], str] = labels.tick,
) -> tuple["Axes", tuple[float, ...], tuple[float, ...]]:
    """Draw legend, labels and axis.

    Parameters
    ----------
    sheet : Sheet
    rows : sequence of Row
    engines : sequence of Name
    limits : (low, high)
        Of the axis.
    below : str
        What the axis shows.
    right, row : float
        Margin on the right, for numbers that the figure adds; height of a row.
    ticks, tick
        Where numbers stand at the axis (None: at round ones), and how they are written.

    Returns
    -------
    axes, places, middles
        For each row its place on the axes, and its middle from the upper end of the sheet.
    """
    from erm_bridge.report.figures.sheet import COLUMN, WIDTH

    lines = _lines(rows)
    indent = 10 if any(line.heading for line in rows) else 0
    left = indent + COLUMN * max(_LEAST, *(labels.width(labels.short(r.label, _LABEL)) for r in rows)) + 14
    axes = sheet.axes(left, _top(engines), right, _BELOW)
    axes.set(xlim=limits, ylim=(len(lines) - 0.5, -0.5))
    sheet.scale(axes, places=ticks, words=tick)
    sheet.legend(engines, left)
    middles = [_top(engines) + row * (place + 0.5) for place in range(len(lines))]
    for line, middle in zip(lines, middles, strict=True):
        if isinstance(line, str):
            sheet.text(2, middle, labels.short(line, _HEADING), bold=True)
        else:
            sheet.text(2 + indent, middle, labels.short(line.label, _LABEL))
    words = labels.short(below, _AXIS)
    fits = left + COLUMN * labels.width(words) < WIDTH
    sheet.note(left if fits else WIDTH - 2, sheet.height - 9, words, "left" if fits else "right")
    places = [place for place, line in enumerate(lines) if isinstance(line, Row)]
    return axes, tuple(map(float, places)), tuple(middles[place] for place in places)


def _top(engines: Sequence[Name]) -> float:
    return _TOP + (_LEGEND if len(engines) > 1 else 0)


def _lines(rows: Sequence[Row]) -> list[Row | str]:
    lines: list[Row | str] = []
    heading = ""
    for row in rows:
        if row.heading != heading:
            heading = row.heading
            lines.append(heading)
        lines.append(row)
    return lines
