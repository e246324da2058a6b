"""Loadings with their bootstrap intervals, factor by factor."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from erm_bridge.report.figures import rows as lines
from erm_bridge.report.figures.plot import MOST_ROWS, Plot, Row, Values, usable

if TYPE_CHECKING:
    from erm_bridge.report.figures.sheet import Sheet
    from erm_bridge.report.sections import StageNumbers

_ROW = 24.0


@dataclass(frozen=True)
class LoadingIntervals(Plot):
    """Loadings under the heading of their factor; `low` and `high` by row and engine.

    `main` says that every item stands only under the factor on which it loads most.
    """

    name = "loading_intervals"
    title = "Loadings with their intervals"
    stage = "index"
    table = "index_loading_intervals"
    rows: tuple[Row, ...]
    low: tuple[Values, ...]
    high: tuple[Values, ...]
    main: bool

    @property
    def caption(self) -> str:
        """Say how to read it."""
        left_out = " Each item stands under the factor on which it loads most." if self.main else ""
        return (
            "Loadings with bootstrap intervals, each engine on a line of its own: how far a loading would "
            f"move in another sample of this size.{left_out}"
        )

    @property
    def height(self) -> float:
        """A line for each loading and each factor."""
        return lines.height(self.rows, self.engines, _ROW)

    def draw(self, sheet: "Sheet") -> None:
        """Draw marks and bars of every engine about a line at zero."""
        from erm_bridge.report.figures.palette import LIGHT, of_engine
        from erm_bridge.report.figures.sheet import limits, marks

        values = [v for row in (*self.low, *self.high, *(r.values for r in self.rows)) for v in row]
        axes, places, _ = lines.frame(
            sheet, self.rows, self.engines, limits(values, (0.0,)), "loading", row=_ROW
        )
        axes.axvline(0, color=LIGHT["rule"], linewidth=1)
        step = 0.36 if len(self.engines) > 1 else 0.0
        for place in range(len(self.engines)):
            ys = [y + step * (place - (len(self.engines) - 1) / 2) for y in places]
            bars = [
                (y, low[place], high[place])
                for y, low, high in zip(ys, self.low, self.high, strict=True)
                if usable(low[place]) and usable(high[place])
            ]
            if bars:
                y, low, high = zip(*bars, strict=True)
                axes.hlines(y, low, high, color=LIGHT[of_engine(place)], linewidth=1.4)
            marks(axes, place, tuple(row.values[place] for row in self.rows), tuple(ys))


def read(found: "StageNumbers") -> LoadingIntervals | None:
    """Read loadings that have intervals; None where there are none or too many items.

    Where all of them are too many for a figure, each item's largest one is taken.
    """
    low, high = found.values("loading_low"), found.values("loading_high")
    loadings = {
        key: values
        for key, values in found.values("loading").items()
        if key in low and key in high and any(usable(value) for value in values)
    }
    factors = list(dict.fromkeys(factor for _, factor in loadings))
    main = len(loadings) > MOST_ROWS
    if main:
        largest: dict[str, tuple[str, str]] = {}
        for key in sorted(loadings, key=lambda key: _size(loadings[key])):
            largest[key[0]] = key
        loadings = {key: values for key, values in loadings.items() if largest[key[0]] == key}
    if not 0 < len(loadings) <= MOST_ROWS:
        return None
    keys = sorted(loadings, key=lambda key: factors.index(key[1]))
    return LoadingIntervals(
        found.engines,
        tuple(Row(item, loadings[item, factor], factor) for item, factor in keys),
        tuple(low[key] for key in keys),
        tuple(high[key] for key in keys),
        main,
    )


def _size(values: Values) -> float:
    return max(abs(value) for value in values if value is not None and usable(value))
