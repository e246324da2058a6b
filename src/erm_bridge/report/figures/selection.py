"""The path of a stepwise selection: which variable entered or left at which step, and its p value."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from erm_bridge.report import numbers
from erm_bridge.report.figures import rows as lines
from erm_bridge.report.figures.plot import Plot, Row, Values, drawn

if TYPE_CHECKING:
    from erm_bridge.report.figures.sheet import Sheet
    from erm_bridge.report.sections import StageNumbers

# The left end of the axis: smaller p values are drawn there.
LEAST = 1e-12
_TICKS = (-12.0, -9.0, -6.0, -3.0, 0.0)


@dataclass(frozen=True)
class Path(Plot):
    """Steps in order, each with the p value on which it was taken."""

    name = "selection"
    title = "p at each step of the selection"
    stage = "regression"
    table = "regression_coefficients"
    rows: tuple[Row, ...]

    @property
    def caption(self) -> str:
        """Say how to read it."""
        return (
            "Variables as they entered (+) and left (−), step by step, with the p value on which that was "
            "decided, on a logarithmic axis that ends at 1e-12."
        )

    @property
    def height(self) -> float:
        """A line for each step."""
        return lines.height(self.rows, self.engines)

    def draw(self, sheet: "Sheet") -> None:
        """Draw marks of every engine."""
        from erm_bridge.report.figures.sheet import marks

        limits = (math.log10(LEAST) - 0.4, 0.4)
        axes, places, middles = lines.frame(
            sheet, self.rows, self.engines, limits, "p value", right=52, ticks=_TICKS, tick=_power
        )
        for place in range(len(self.engines)):
            marks(axes, place, tuple(_exponent(row.values[place]) for row in self.rows), places)
        for row, middle in zip(self.rows, middles, strict=True):
            sheet.note(358, middle, row.remark, "right")


def _power(exponent: float) -> str:
    return f"{10.0**exponent:g}" if exponent > -4 else f"1e{exponent:.0f}"


def _exponent(p: float | None) -> float | None:
    return None if p is None else math.log10(max(p, LEAST)) if p >= 0 else p


def read(found: "StageNumbers") -> Path | None:
    """Read the steps; None where nothing was selected."""
    steps: list[tuple[int, str, str, Values]] = []
    for quantity, sign in (("removed", "−"), ("entered", "+")):
        steps += [
            (int(step), sign, term, values)
            for (term, step), values in found.values(quantity).items()
            if step.isdecimal()
        ]
    rows = drawn(
        [
            Row(f"{step}  {sign} {term}", values, remark=_p(values))
            for step, sign, term, values in sorted(steps, key=lambda step: step[0])
        ]
    )
    return Path(found.engines, rows) if rows else None


def _p(values: Values) -> str:
    return next((numbers.number(value, "p") for value in values if value is not None), "")
