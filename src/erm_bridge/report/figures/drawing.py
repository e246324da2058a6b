"""Figures as SVG: inline for the page, whose colours they take, and as files with colours of their own."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from importlib import import_module
from pathlib import Path
from threading import Thread

from erm_bridge.report.figures import palette
from erm_bridge.report.figures.plot import Plot

# Tags only: `<` and `>` within text and attributes are escaped, so labels are never touched.
_TAG = re.compile(r"<[^<>]+>")
_LONG = re.compile(r"(?<=[ \"(,.-])-?\d+\.\d{3,}")
# What a page does not need: ids of groups, fonts, turns by nothing, and clips, as nothing lies outside.
_NEEDLESS = re.compile(
    r"(?<=<g) id=\"[\w.]+\"|font-family: [^;\"]*;? ?| transform=\"rotate\(-?0 [^\"]*\"| clip-path=\"[^\"]*\""
)
_CLIPS = re.compile(r"<defs><clipPath.*?</defs>")
_EMPTY = re.compile(r"<g ?/>|<g></g>")
_FAMILY = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Drawing:
    """A figure that is drawn.

    Attributes
    ----------
    plot : Plot
    body : str
        What stands inside the `svg` element, in the colours on white.
    width, height : float
        Of the view box.
    """

    plot: Plot
    body: str
    width: float
    height: float

    @property
    def inline(self) -> str:
        """The figure for a page that declares the colours as CSS variables."""
        body = _TAG.sub(lambda tag: palette.with_variables(tag[0]), self.body)
        name = escape(f"{self.plot.title}. {self.plot.caption}")
        return (
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" role="img" aria-label="{name}">{body}</svg>'
        )

    @property
    def file(self) -> str:
        """The figure as a file of its own."""
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'width="{self.width * 4 / 3:g}" height="{self.height * 4 / 3:g}" '
            f'viewBox="0 0 {self.width:g} {self.height:g}" role="img" font-family="{_FAMILY}" '
            'stroke-linejoin="round">\n'
            f"<title>{escape(self.plot.title)}</title>\n<desc>{escape(self.plot.caption)}</desc>\n"
            f"{self.body}\n</svg>\n"
        )


def prepare() -> None:
    """Start to load matplotlib in the background, so that it is there when figures are drawn."""
    Thread(target=_import_sheet).start()


def _import_sheet() -> None:
    # What fails here fails again, and is told, where it is used.
    with suppress(Exception):
        import_module("erm_bridge.report.figures.sheet")


def draw(plots: Sequence[Plot]) -> tuple[Drawing, ...]:
    """Draw figures; equal data give equal text."""
    if not plots:
        return ()
    from erm_bridge.report.figures.sheet import WIDTH, Sheet, style

    drawn = []
    with style():
        for plot in plots:
            sheet = Sheet(plot.height)
            plot.draw(sheet)
            drawn.append(Drawing(plot, _body(sheet.svg(plot.name)), WIDTH, plot.height))
    return tuple(drawn)


def write(drawings: Sequence[Drawing], folder: Path) -> None:
    """Write figures into a folder, which is made if need be, as `<name>.svg`."""
    folder.mkdir(parents=True, exist_ok=True)
    for drawing in drawings:
        (folder / f"{drawing.plot.name}.svg").write_text(drawing.file, encoding="utf-8")


def _body(svg: str) -> str:
    """Take out of matplotlib's file what is drawn: no style sheet, no ids of groups, short numbers."""
    body = svg[svg.index("<g ") : svg.rindex("</svg>")].strip()
    body = re.sub(r">\s+<", "><", _TAG.sub(lambda tag: _lean(tag[0]), body))
    return _EMPTY.sub("", _CLIPS.sub("", body))


def _lean(tag: str) -> str:
    tag = _NEEDLESS.sub("", " ".join(tag.split()))
    return _LONG.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), tag)
