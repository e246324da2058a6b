"""The colours of the figures by what they stand for, on white and on a dark page.

Figures are drawn in the colours on white; inline they become CSS variables, so that a page in dark
mode or on paper shows its own. Every colour on white occurs once: it tells which role was meant.
"""

import re

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1b2230",
    "soft": "#566074",
    "grid": "#e3e7ee",
    "rule": "#8f99a9",
    "engine1": "#1f5fa8",
    "engine2": "#bf5a0b",
    "engine3": "#2c7a4b",
    "engine4": "#7a4fa3",
    "before": "#97a1b1",
    "band": "#e2daf1",
    "treated": "#0f766e",
    "controls": "#cfd6e0",
    "matched": "#5b4b8a",
    "zero": "#f3f5f8",
    "plus1": "#d6e4f3",
    "plus2": "#a6c6e7",
    "plus3": "#6a9fd4",
    "plus4": "#1f5fa9",
    "minus1": "#f7e1cf",
    "minus2": "#efbf95",
    "minus3": "#db8f50",
    "minus4": "#a14d0e",
    "strong": "#fffffe",
}
DARK = {
    "paper": "#1a202a",
    "ink": "#e5e9f0",
    "soft": "#9aa6b8",
    "grid": "#2c3542",
    "rule": "#667287",
    "engine1": "#7fb3ee",
    "engine2": "#f2a25c",
    "engine3": "#74d69a",
    "engine4": "#c3a1ea",
    "before": "#6b778a",
    "band": "#3b3357",
    "treated": "#54bdb2",
    "controls": "#465266",
    "matched": "#b3a1e6",
    "zero": "#222a36",
    "plus1": "#1f3349",
    "plus2": "#294d75",
    "plus3": "#35639a",
    "plus4": "#9cc8f5",
    "minus1": "#3d2d20",
    "minus2": "#674222",
    "minus3": "#935b27",
    "minus4": "#f5b678",
    "strong": "#11151c",
}
_ROLES = {colour: role for role, colour in LIGHT.items()}
_COLOUR = re.compile("#[0-9a-f]{6}")


def of_engine(place: int) -> str:
    """Name the role of the engine at a place in the order of the columns."""
    return f"engine{place % 4 + 1}"


def of_value(value: float) -> str:
    """Name the role of a cell that holds a number between -1 and 1: nine steps, centred on zero."""
    step = min(int(abs(value) / 0.2), 4)
    return f"{'plus' if value > 0 else 'minus'}{step}" if step else "zero"


def of_text(value: float) -> str:
    """Name the role of the text in such a cell, which must be read on its colour."""
    step = of_value(value)[-1]
    return {"o": "soft", "4": "strong"}.get(step, "ink")


def as_variables(dark: bool) -> str:
    """Declare the colours as CSS variables."""
    return " ".join(f"--f-{role}: {colour};" for role, colour in (DARK if dark else LIGHT).items())


def with_variables(text: str) -> str:
    """Put CSS variables in the place of the colours of a drawing."""
    return _COLOUR.sub(lambda found: f"var(--f-{_ROLES[found[0]]})" if found[0] in _ROLES else found[0], text)
