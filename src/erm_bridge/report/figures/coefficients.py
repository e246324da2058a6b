"""Coefficients of the regression in a unit that all of them share."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from erm_bridge.report import wording
from erm_bridge.report.figures import rows as lines
from erm_bridge.report.figures.plot import Plot, Row, drawn, usable
from erm_bridge.study.labels import INTERCEPT

if TYPE_CHECKING:
    from erm_bridge.report.figures.sheet import Sheet
    from erm_bridge.report.sections import StageNumbers

_BELOW = {
    "beta": "standardised coefficient (beta)",
    "statistic": "coefficient in its standard errors (t)",
}
_CAPTIONS = {
    "beta": "Standardised coefficients: by how many standard deviations the outcome changes with one "
    "standard deviation of the variable, the others held equal.",
    "statistic": "Each coefficient divided by its standard error, which puts all on one scale; the bar is "
    "one standard error long to either side, and one far from 0 is an association hard to ascribe to chance.",
}


@dataclass(frozen=True)
class Coefficients(Plot):
    """Terms of the model but the intercept; `quantity` is `beta` or, without such rows, `statistic`."""

    name = "coefficients"
    title = "Coefficients on one scale"
    stage = "regression"
    table = "regression_coefficients"
    rows: tuple[Row, ...]
    quantity: str

    @property
    def caption(self) -> str:
        """Say how to read it."""
        return _CAPTIONS[self.quantity]

    @property
    def height(self) -> float:
        """A line for each term."""
        return lines.height(self.rows, self.engines)

    def draw(self, sheet: "Sheet") -> None:
        """Draw marks of every engine about a line at zero."""
        from erm_bridge.report.figures.palette import LIGHT
        from erm_bridge.report.figures.sheet import limits, marks

        bar = 1.0 if self.quantity == "statistic" else 0.0
        values = [value for row in self.rows for value in row.values if value is not None and usable(value)]
        ends = [value + side for value in values for side in (-bar, bar)]
        axes, places, _ = lines.frame(
            sheet, self.rows, self.engines, limits(ends, (0.0,)), _BELOW[self.quantity]
        )
        axes.axvline(0, color=LIGHT["rule"], linewidth=1)
        for row, y in zip(self.rows, places, strict=True):
            first = row.values[0]
            if bar and first is not None and usable(first):
                axes.hlines(y, first - bar, first + bar, color=LIGHT["engine1"], linewidth=1.2)
        for place in range(len(self.engines)):
            marks(axes, place, tuple(row.values[place] for row in self.rows), places)


def read(found: "StageNumbers") -> Coefficients | None:
    """Read standardised coefficients, else test statistics, of every term but the intercept."""
    for quantity in ("beta", "statistic"):
        rows = drawn(
            [
                Row(wording.term(term), values)
                for (term, _), values in found.values(quantity).items()
                if term != INTERCEPT
            ]
        )
        if rows:
            return Coefficients(found.engines, rows, quantity)
    return None
