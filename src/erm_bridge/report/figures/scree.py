"""Scree plot: the eigenvalues of the items' correlations by position."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from erm_bridge.report.figures.plot import Plot, Values, any_usable
from erm_bridge.report.wording import plural

if TYPE_CHECKING:
    from erm_bridge.report.figures.sheet import Sheet
    from erm_bridge.report.sections import StageNumbers


@dataclass(frozen=True)
class Scree(Plot):
    """Eigenvalues by position, for each the value of every engine; `kept` factors were kept.

    `kaiser` says that they were chosen by Kaiser's rule, whose limit of 1 is then drawn. `random` holds the
    first engine's eigenvalues of random data by position, empty where there was no parallel analysis of
    components.
    """

    name = "scree"
    title = "Scree plot"
    stage = "index"
    table = "index_loadings"
    positions: tuple[int, ...]
    values: tuple[Values, ...]
    kept: int
    kaiser: bool
    random: Values = ()

    @property
    def caption(self) -> str:
        """Say how to read it."""
        rule = ", those with an eigenvalue above 1" if self.kaiser else ""
        random = (
            " The broken line joins the eigenvalues that random data of the same size reach (parallel "
            "analysis): factors below it are no more than chance."
            if self.random
            else ""
        )
        return (
            f"Eigenvalues of the correlations: {plural(self.kept, 'factor')}, left of the upright line, "
            f"{'was' if self.kept == 1 else 'were'} kept{rule}; the values after it should lie on a "
            f"gentle slope.{random}"
        )

    @property
    def height(self) -> float:
        """The same for any number of items."""
        return 186.0 + self._top

    @property
    def _top(self) -> float:
        return 30.0 if len(self.engines) > 1 else 10.0

    def draw(self, sheet: "Sheet") -> None:
        """Draw marks of every engine, joined by a line for the first."""
        from erm_bridge.report.figures.palette import LIGHT
        from erm_bridge.report.figures.sheet import limits, marks

        axes = sheet.axes(36, self._top, 10, 42)
        shown = [value for row in (*self.values, self.random) for value in row]
        _, high = limits(shown, (0.0, 1.0))
        axes.set(xlim=(min(self.positions) - 0.6, max(self.positions) + 0.6), ylim=(0, high))
        sheet.scale(axes, whole=True, grid=False)
        sheet.scale(axes, "y")
        axes.axvline(self.kept + 0.5, color=LIGHT["rule"], linewidth=1)
        if self.kaiser:
            axes.axhline(1, color=LIGHT["rule"], linewidth=1, linestyle=(0, (4, 3)))
        if self.random:
            axes.plot(
                self.positions,
                [float("nan") if value is None else value for value in self.random],
                color=LIGHT["soft"],
                linewidth=1.2,
                linestyle=(0, (4, 3)),
            )
        for place in range(len(self.engines)):
            found = tuple(row[place] for row in self.values)
            if place == 0:
                axes.plot(
                    self.positions,
                    [float("nan") if v is None else v for v in found],
                    color=LIGHT["engine1"],
                    linewidth=1,
                )
            marks(axes, place, tuple(map(float, self.positions)), found)
        sheet.legend(self.engines, 36)
        sheet.note(36, sheet.height - 9, "position of the eigenvalue")


def read(found: "StageNumbers", kaiser: bool) -> Scree | None:
    """Read the eigenvalues; None where there are none, or no loadings that tell how many were kept."""
    rows = sorted(
        (int(position), values)
        for (_, position), values in found.values("eigenvalue").items()
        if position.isdecimal() and any_usable(values)
    )
    kept = len({factor for _, factor in found.values("loading")})
    if not rows or not kept:
        return None
    positions, values = zip(*rows, strict=True)
    return Scree(found.engines, positions, values, kept, kaiser, _random(found, positions))


def _random(found: "StageNumbers", positions: tuple[int, ...]) -> Values:
    """Read the first engine's eigenvalues of random data: the quantile, the mean where there is none."""
    by_place = {key: values[0] for key, values in found.values("parallel_components").items()}
    for kind in ("quantile", "mean"):
        values = tuple(by_place.get((kind, str(position))) for position in positions)
        if any_usable(values):
            return values
    return ()
