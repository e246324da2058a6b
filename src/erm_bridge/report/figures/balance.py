"""Love plot: how different treated units and controls are on every covariate, before and after."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from erm_bridge.report import wording
from erm_bridge.report.figures import rows as lines
from erm_bridge.report.figures.plot import Plot, Row, Values, drawn, usable

if TYPE_CHECKING:
    from erm_bridge.report.figures.sheet import Sheet
    from erm_bridge.report.sections import StageNumbers

LIMIT = 0.1


@dataclass(frozen=True)
class Love(Plot):
    """Standardised differences without their sign, before and after matching; the largest first."""

    name = "love"
    title = "Love plot of the balance"
    stage = "matching"
    table = "matching_balance"
    before: tuple[Row, ...]
    after: tuple[Row, ...]

    @property
    def caption(self) -> str:
        """Say how to read it."""
        return (
            "Standardised differences between treated units and controls, without their sign: grey before "
            "matching, coloured after; left of the broken line at 0.1 groups are usually called balanced."
        )

    @property
    def height(self) -> float:
        """A line for each covariate."""
        return lines.height(self.before, self.engines)

    def draw(self, sheet: "Sheet") -> None:
        """Draw a line from before to after, and the marks of every engine at both ends."""
        from erm_bridge.report.figures.palette import LIGHT
        from erm_bridge.report.figures.sheet import limits, marks

        values = [value for row in (*self.before, *self.after) for value in row.values]
        _, high = limits(values, (0.0, LIMIT))
        below = "absolute standardised difference"
        axes, places, _ = lines.frame(sheet, self.before, self.engines, (-0.02 * high, high), below)
        axes.axvline(0, color=LIGHT["rule"], linewidth=1)
        axes.axvline(LIMIT, color=LIGHT["rule"], linewidth=1, linestyle=(0, (4, 3)))
        for before, after, y in zip(self.before, self.after, places, strict=True):
            ends = before.values[0], after.values[0]
            if usable(ends[0]) and usable(ends[1]):
                axes.hlines(y, *ends, color=LIGHT["before"], linewidth=1.2)  # type: ignore[arg-type]
        for place in range(len(self.engines)):
            marks(axes, place, tuple(row.values[place] for row in self.before), places, "before")
            marks(axes, place, tuple(row.values[place] for row in self.after), places)


def read(found: "StageNumbers") -> Love | None:
    """Read standardised differences; None where there are none."""
    values = {key: _sizes(row) for key, row in found.values("smd").items()}
    terms = dict.fromkeys(term for term, _ in values)
    none = (None,) * len(found.engines)
    rows = drawn([Row(wording.term(term), values.get((term, "before"), none)) for term in terms])
    names = {wording.term(term): term for term in terms}
    ordered = tuple(sorted(rows, key=lambda row: -max(v for v in row.values if v is not None)))
    after = tuple(Row(row.label, values.get((names[row.label], "after"), none)) for row in ordered)
    return Love(found.engines, ordered, after) if ordered else None


def _sizes(values: Values) -> Values:
    return tuple(None if value is None else abs(value) for value in values)
