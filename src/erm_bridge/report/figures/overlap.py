"""Overlap of the propensity scores: treated units above the line, controls below it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from erm_bridge.estimates import OWN
from erm_bridge.options import Estimand
from erm_bridge.report.figures.plot import Plot
from erm_bridge.report.model import Name

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from erm_bridge.report.figures.sheet import Sheet

_BINS = 30
Shares = tuple[float, ...]


@dataclass(frozen=True)
class Overlap(Plot):
    """Histograms of the propensity scores.

    Attributes
    ----------
    edges : tuple of float
        Limits of the bins.
    treated, controls, matched : tuple of float
        Share of each group in every bin; matched controls count with their matching weights (empty
        where nothing was matched).
    """

    name = "overlap"
    title = "Overlap of the propensity scores"
    stage = "matching"
    table = "matching_balance"
    edges: tuple[float, ...]
    treated: Shares
    controls: Shares
    matched: Shares

    @property
    def caption(self) -> str:
        """Say how to read it, and whose numbers they are."""
        matched = "; the outlined controls were matched and mirror the treated where matching worked"
        return (
            "Share of treated units (above) and of controls (below) at each propensity score"
            f"{matched if self.matched else ''}; {self.engines[0].label}'s scores."
        )

    @property
    def height(self) -> float:
        """The same for any sample."""
        return 240.0

    def draw(self, sheet: "Sheet") -> None:
        """Draw three mirrored histograms."""
        from erm_bridge.report.figures.palette import LIGHT

        axes = sheet.axes(44, 30, 10, 42)
        axes.stairs(self.treated, self.edges, fill=True, color=LIGHT["treated"], linewidth=0)
        axes.stairs([-v for v in self.controls], self.edges, fill=True, color=LIGHT["controls"], linewidth=0)
        shown = [("treated", "treated", False), ("controls", "controls", False)]
        if self.matched:
            axes.stairs(
                [-v for v in self.matched], self.edges, color=LIGHT["matched"], linewidth=1.4, baseline=None
            )
            shown.append(("matched", "matched controls", True))
        axes.axhline(0, color=LIGHT["rule"], linewidth=1)
        most = 1.06 * max(self.treated)
        least = 1.06 * max(self.controls + self.matched)
        axes.set(xlim=(self.edges[0], self.edges[-1]), ylim=(-least, most))
        sheet.scale(axes)
        sheet.scale(axes, "y", words=_percent)
        _legend(sheet, shown)
        sheet.note(44, sheet.height - 9, "propensity score")


def _percent(share: float) -> str:
    return f"{abs(100 * share):g} %"


def _legend(sheet: "Sheet", shown: list[tuple[str, str, bool]]) -> None:
    from matplotlib.patches import Rectangle

    from erm_bridge.report.figures.palette import LIGHT
    from erm_bridge.report.figures.sheet import COLUMN, WIDTH

    x = 44.0
    for role, words, outlined in shown:
        sheet.figure.add_artist(
            Rectangle(
                (x / WIDTH, 1 - 16 / sheet.height),
                10 / WIDTH,
                9 / sheet.height,
                facecolor="none" if outlined else LIGHT[role],
                edgecolor=LIGHT[role],
                linewidth=1.4 if outlined else 0,
            )
        )
        sheet.note(x + 15, 12, words)
        x += 15 + len(words) * (COLUMN - 1) + 12


def read(
    engine: Name, scores: "pd.DataFrame", pairs: "pd.DataFrame", estimand: Estimand = "ATT"
) -> Overlap | None:
    """Bin the scores of an engine; None where it has none, or where a group is empty.

    Parameters
    ----------
    engine : Name
    scores, pairs : pandas.DataFrame
        See `erm_bridge.artefact_tables`: every treated unit is among the pairs, matched or not; for the
        effect on the controls every control.
    estimand : {"ATT", "ATC", "ATE"}
    """
    import numpy as np

    if "propensity" not in scores or pairs.empty:
        return None
    own = scores[(scores["engine"] == engine.name) & (scores["input"] == OWN)]
    matched = pairs[(pairs["engine"] == engine.name) & (pairs["input"] == OWN)]
    value = own["propensity"].to_numpy(dtype=float, na_value=np.nan)
    listed = "control" if estimand == "ATC" else "treated"
    treated = own["id"].isin(matched[listed]).to_numpy() == (listed == "treated")
    weights = matched.dropna(subset=["control"]).drop_duplicates("control").set_index("control")["weight"]
    weight = own["id"].map(weights).to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(value).all() or treated.all() or not treated.any():
        return None
    edges = _edges(value)
    used = ~treated & np.isfinite(weight) & (weight > 0)
    return Overlap(
        (engine,),
        tuple(edges.tolist()),
        _shares(value[treated], edges),
        _shares(value[~treated], edges),
        _shares(value[used], edges, weight[used]) if used.any() else (),
    )


def _edges(value: "np.ndarray") -> "np.ndarray":
    import numpy as np

    low, high = float(value.min()), float(value.max())
    room = 0.0 if high > low else 0.5 * max(abs(low), 1e-6)
    return np.linspace(low - room, high + room, _BINS + 1)


def _shares(value: "np.ndarray", edges: "np.ndarray", weights: "np.ndarray | None" = None) -> Shares:
    import numpy as np

    counts, _ = np.histogram(value, edges, weights=weights)
    return tuple((counts / counts.sum()).tolist())
