"""Forest of the effect: estimate and interval, unmatched and matched, by engine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from erm_bridge.report import wording
from erm_bridge.report.figures import rows as lines
from erm_bridge.report.figures.plot import MOST_ROWS, Plot, Row, Values, usable

if TYPE_CHECKING:
    from erm_bridge.report.figures.sheet import Sheet
    from erm_bridge.report.sections import StageNumbers

_ROW = 24.0


@dataclass(frozen=True)
class Forest(Plot):
    """Effects with their intervals.

    Attributes
    ----------
    rows : tuple of Row
        An estimate for each row of the effect (heading) and kind of standard error (label).
    low, high : tuple of tuples
        Ends of the intervals: for each row the value of every engine.
    ties : (low, high) or None
        Smallest and largest matched effect over the orders of rows that were tried.
    """

    name = "effect"
    title = "Effect and its interval"
    stage = "effect"
    table = "effect"
    rows: tuple[Row, ...]
    low: tuple[Values, ...]
    high: tuple[Values, ...]
    ties: tuple[float, float] | None
    outcome: str
    level: str

    @property
    def caption(self) -> str:
        """Say how to read it."""
        ties = " The band spans the matched effects over the orders of rows that were tried."
        apart = ", each engine on a line of its own" if len(self.engines) > 1 else ""
        return (
            f"Estimates with {self.level} intervals{apart}: an interval that "
            "crosses the line at 0 is compatible with no effect." + (ties if self.ties else "")
        )

    @property
    def height(self) -> float:
        """A line for each estimate and each heading."""
        return lines.height(self.rows, self.engines, _ROW)

    def draw(self, sheet: "Sheet") -> None:
        """Draw intervals and marks, one line an engine."""
        from erm_bridge.report.figures.palette import LIGHT, of_engine
        from erm_bridge.report.figures.sheet import limits, marks

        values = [v for row in (*self.low, *self.high, *(r.values for r in self.rows)) for v in row]
        found = limits(values, (0.0, *(self.ties or ())))
        axes, places, _ = lines.frame(
            sheet, self.rows, self.engines, found, f"effect on {self.outcome}", row=_ROW
        )
        axes.axvline(0, color=LIGHT["rule"], linewidth=1)
        matched = [y for row, y in zip(self.rows, places, strict=True) if row.heading == "matched"]
        if self.ties is not None and matched:
            top, bottom = min(matched) - 0.42, max(matched) + 0.42
            axes.fill_betweenx([top, bottom], *self.ties, color=LIGHT["band"], linewidth=0)
        step = 0.42 if len(self.engines) > 1 else 0.0
        for place in range(len(self.engines)):
            ys = [y + step * (place - (len(self.engines) - 1) / 2) for y in places]
            ends = [
                (y, low[place], high[place])
                for y, low, high in zip(ys, self.low, self.high, strict=True)
                if usable(low[place]) and usable(high[place])
            ]
            if ends:
                y, low, high = zip(*ends, strict=True)
                axes.hlines(y, low, high, color=LIGHT[of_engine(place)], linewidth=1.4)
            marks(axes, place, tuple(row.values[place] for row in self.rows), tuple(ys))


def read(
    found: "StageNumbers", outcome: str, level: str, kind: Callable[[str], str] = wording.component
) -> Forest | None:
    """Read effects and intervals; None where no estimate can be drawn."""
    none = (None,) * len(found.engines)
    low, high = found.values("conf_low"), found.values("conf_high")
    kept = [
        (key, values)
        for key, values in found.values("estimate").items()
        if any(usable(v) for v in values) and not key[0].startswith("placebo[")
    ]
    if not 0 < len(kept) <= MOST_ROWS:
        return None
    return Forest(
        found.engines,
        tuple(Row(kind(part), values, term) for (term, part), values in kept),
        tuple(low.get(key, none) for key, _ in kept),
        tuple(high.get(key, none) for key, _ in kept),
        _ties(found),
        outcome,
        level,
    )


def _ties(found: "StageNumbers") -> tuple[float, float] | None:
    ends = [
        next(
            (
                value
                for (term, _), values in found.values(quantity).items()
                for value in values
                if term == "matched" and value is not None and usable(value)
            ),
            None,
        )
        for quantity in ("tie_low", "tie_high")
    ]
    low, high = ends
    return None if low is None or high is None else (low, high)
