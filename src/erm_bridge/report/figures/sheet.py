"""The sheet that figures are drawn on: matplotlib with a style of its own, saved as SVG.

Only matplotlib's figure and its SVG canvas are used, never pyplot, which keeps figures in a global
list. Text stays text; places are given in units of which a figure is `WIDTH` wide.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, Transform

from erm_bridge.report.figures import labels
from erm_bridge.report.figures.palette import LIGHT, of_engine
from erm_bridge.report.figures.plot import Values, usable
from erm_bridge.report.model import Name

WIDTH = 360
TEXT, SMALL = 12, 11
# How far the base line lies below the middle of a line, in sizes of the text.
_BASE = 0.36
# How wide a column of text is; browsers choose the font, so this is generous.
COLUMN = 7.3
_NOT_WRITTEN = ("Creator", "Date", "Format", "Type")
_STEPS = (1, 2, 2.5, 5, 10)
# A dot fits into a ring: where two engines agree, both are seen.
_MARKS = (("o", 5.2, True), ("o", 9.6, False), ("D", 6.5, False), ("s", 11.0, False))

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT,
    "path.simplify": False,
    "savefig.dpi": "figure",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw by our style alone, whatever the user's settings."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


class Words(Text):
    """One line of text that is placed, not measured: a browser chooses the font.

    `y` is the base line. matplotlib would look up glyphs, warn of those that its own font lacks, and
    take half of the time that drawing takes.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Hand the text to the renderer."""
        x, y = self.get_transform().transform(self.get_unitless_position())
        context = renderer.new_gc()
        context.set_foreground(self.get_color())
        height = renderer.get_canvas_width_height()[1]
        renderer.draw_text(
            context, x, height - y, self.get_text(), self.get_fontproperties(), 0, False, mtext=self
        )
        context.restore()


class Sheet:
    """One figure while it is drawn.

    Parameters
    ----------
    height : float
    """

    def __init__(self, height: float) -> None:
        self.height = height
        self.figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72, facecolor=LIGHT["paper"])

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Make bare axes with these margins; `scale` writes what belongs beside them."""
        width, height = WIDTH - left - right, self.height - top - bottom
        axes = self.figure.add_axes((left / WIDTH, bottom / self.height, width / WIDTH, height / self.height))
        axes.set_axis_off()
        return axes

    def scale(
        self,
        axes: Axes,
        which: Literal["x", "y"] = "x",
        *,
        places: Sequence[float] | None = None,
        words: Callable[[float], str] = labels.tick,
        whole: bool = False,
        grid: bool = True,
    ) -> None:
        """Write numbers along axes whose limits are set, each with a faint line.

        Parameters
        ----------
        axes : Axes
        which : {"x", "y"}
        places : sequence of float, optional
            Where; None: about four round numbers, `whole` ones if asked for.
        words : callable
            How a number is written.
        whole, grid : bool
        """
        low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
        if places is None:
            finder = MaxNLocator(8 if whole else 5, steps=_STEPS, integer=whole, min_n_ticks=1)
            places = [place for place in finder.tick_values(low, high) if low <= place <= high]
        (left, bottom), (right, top) = axes.transAxes.transform([(0, 0), (1, 1)])
        lines = []
        for place in places:
            x, y = axes.transData.transform((place, place))
            if which == "x":
                self.note(x, self.height - bottom + 12, words(place), "center")
                lines.append([(x, self.height - top), (x, self.height - bottom)])
            else:
                self.note(left - 6, self.height - y, words(place), "right")
                lines.append([(left, self.height - y), (right, self.height - y)])
        if grid:
            faint = LineCollection(lines, colors=LIGHT["grid"], linewidths=0.8, zorder=-1)
            faint.set_transform(self._units())
            self.figure.add_artist(faint)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        colour: str = "ink",
        align: Literal["left", "center", "right"] = "left",
        size: float = TEXT,
        bold: bool = False,
    ) -> None:
        """Write text at a place counted from the left upper corner; `y` is the middle of the line."""
        words = Words(
            x / WIDTH,
            1 - (y + _BASE * size) / self.height,
            labels.plain(text),
            color=LIGHT[colour],
            horizontalalignment=align,
            fontsize=size,
            fontweight="bold" if bold else "normal",
        )
        words.set_transform(self.figure.transFigure)
        self.figure.add_artist(words)

    def note(self, x: float, y: float, text: str, align: Literal["left", "center", "right"] = "left") -> None:
        """Write small text that takes second place: what an axis shows, numbers at its end."""
        self.text(x, y, text, "soft", align, SMALL)

    def legend(self, engines: Sequence[Name], left: float, y: float = 12) -> None:
        """Show the mark of each engine, where there are several."""
        if len(engines) < 2:
            return
        x = left + 5
        for place, engine in enumerate(engines):
            name = labels.short(engine.label, 16)
            line = _mark_line([x / WIDTH], [1 - y / self.height], place)
            line.set_transform(self.figure.transFigure)
            self.figure.add_artist(line)
            self.note(x + 9, y, name)
            x += 9 + labels.width(name) * COLUMN + 18

    def rectangles(
        self, corners: Sequence[tuple[float, float, float, float]], colours: Sequence[str]
    ) -> None:
        """Fill rectangles given by left, upper, right and lower end, in the colours of these roles."""
        paths = [[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in corners]
        filled = PolyCollection(paths, facecolors=[LIGHT[role] for role in colours], linewidths=0)
        filled.set_transform(self._units())
        self.figure.add_artist(filled)

    def svg(self, salt: str) -> str:
        """Write the figure as SVG, without a date; `salt` makes ids differ between figures."""
        mpl.rcParams["svg.hashsalt"] = salt
        stream = io.StringIO()
        self.figure.savefig(stream, format="svg", metadata=dict.fromkeys(_NOT_WRITTEN))
        return stream.getvalue()

    def _units(self) -> Transform:
        """Turn places counted from the left upper corner into those of matplotlib."""
        return Affine2D().scale(1, -1).translate(0, self.height)


def _mark_line(x: Sequence[float], y: Sequence[float], place: int, colour: str | None = None) -> Line2D:
    marker, size, filled = _MARKS[place % len(_MARKS)]
    shade = LIGHT[colour or of_engine(place)]
    return Line2D(
        x,
        y,
        linestyle="none",
        marker=marker,
        markersize=size,
        markerfacecolor=shade if filled else "none",
        markeredgecolor=shade,
        markeredgewidth=0 if filled else 1.5,
        zorder=3,
        clip_on=False,
    )


def marks(axes: Axes, place: int, x: Values, y: Values, colour: str | None = None, size: float = 1.0) -> None:
    """Draw the marks of the engine at a place; what cannot be drawn is left out."""
    points = [(a, b) for a, b in zip(x, y, strict=True) if usable(a) and usable(b)]
    if points:
        across, down = zip(*points, strict=True)
        axes.add_line(_mark_line(across, down, place, colour))


def limits(values: Sequence[float | None], include: Sequence[float] = ()) -> tuple[float, float]:
    """Find limits of an axis that leave room for marks at both ends."""
    found = [value for value in values if value is not None and usable(value)] + list(include)
    low, high = min(found), max(found)
    room = max(0.06 * (high - low), 1e-6 * max(abs(low), abs(high)), 1e-9)
    return low - room, high + room
