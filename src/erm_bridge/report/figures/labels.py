"""Labels within figures: one line of text that XML can hold, short enough for its place."""

import re
import unicodedata

# What XML 1.0 cannot hold, and marks that turn the direction of the text after them.
_REFUSED = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u007f-\u009f\u202a-\u202e\u2066-\u2069]"
)
_LEVEL = re.compile(r"\[[^\[\]]+\]$")
_LEAST_NAME = 3


def plain(text: str) -> str:
    """Put text on one line, without characters that an SVG file cannot hold."""
    return " ".join(_REFUSED.sub("", text).split())


def short(text: str, most: int) -> str:
    """Shorten text to `most` columns by an ellipsis.

    Of a level, such as `education[primary]`, the name of the variable is cut as far as it must be: levels
    tell the terms of a variable apart. Else the middle is left out: both ends tell names apart. A wide
    character (Chinese, Japanese, Korean) takes two columns.
    """
    text = plain(text)
    if width(text) <= most:
        return text
    level = _LEVEL.search(text)
    if level is not None and most - width(level[0]) >= _LEAST_NAME:
        return f"{_first(text, most - 1 - width(level[0]))}…{level[0]}"
    tail = (most - 1) // 3
    return f"{_first(text, most - 1 - tail)}…{_first(text[::-1], tail)[::-1]}"


def _first(text: str, most: int) -> str:
    while width(text) > most:
        text = text[:-1]
    return text


def width(text: str) -> int:
    """Count the columns that text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def tick(value: float) -> str:
    """Write a number at an axis; zero without a sign."""
    return f"{value + 0.0:,.6g}"


def loading(value: float) -> str:
    """Write a number between -1 and 1 with two decimals and no leading zero."""
    text = f"{value:.2f}"
    return text.replace("-0.00", ".00").replace("0.", ".", 1) if abs(value) < 0.995 else text
