"""How numbers are written for people; full digits stay in the tables of the run folder."""

import math
from collections.abc import Sequence
from typing import Literal

Style = Literal["count", "p", "percent", "fixed3", "fixed4", "statistic", "scaled", "significant"]

ABSENT = "–"
UNDEFINED = "undefined"

_DECIMALS = {"fixed3": 3, "fixed4": 4, "statistic": 3}
_SIGNIFICANT = 4
_MOST_DECIMALS = 7


def number(value: float | None, style: Style = "significant", scale: float | None = None) -> str:
    """Write one number.

    Parameters
    ----------
    value : float or None
        None: there is no such number; NaN: the number is not defined.
    style : str
        `count` whole, with thousands separated; `p` as `.023` and `< .001`; `percent` of a share;
        `fixed3`, `fixed4`, `statistic` with fixed decimals; `significant` to 4 significant digits;
        `scaled` to the decimals that give `scale` (a standard error or deviation) 4 significant digits.
    scale : float or None
        Used by `scaled` only; without it the style is `significant`.
    """
    if value is None:
        return ABSENT
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if style == "p":
        return p_value(value)
    if style == "percent":
        return f"{100 * value:.1f} %"
    if style == "count" and value.is_integer():
        return f"{value:,.0f}"
    if style in _DECIMALS and (abs(value) < 1e6):
        return _fixed(value, _DECIMALS[style])
    usable = style == "scaled" and scale is not None and math.isfinite(scale) and scale != 0
    return _to_scale(value, scale if usable and scale is not None else value)


def p_value(value: float) -> str:
    """Write a p value: three decimals without the zero, `< .001` below that."""
    if value < 0.001:
        return "< .001"
    text = f"{value:.3f}"
    return text[1:] if text.startswith("0.") else text


def p_sentence(value: float | None) -> str:
    """Write a p value with its letter, as in a sentence."""
    text = number(value, "p")
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def together(
    values: Sequence[float | None], style: Style, scale: float | None = None, differ: bool = False
) -> tuple[str, ...]:
    """Write the same number of several engines with as many digits as its verdict needs.

    Numbers that differ get enough digits to be told apart; numbers that agree, but fall on the two
    sides of a rounding, get enough to read the same.
    """
    texts = tuple(number(value, style, scale) for value in values)
    finite = {value for value in values if value is not None and math.isfinite(value)}
    if len(finite) < 2 or (len(set(texts)) > 1) == differ:
        return texts
    for digits in range(3, 18):
        tried = tuple(
            number(value, style, scale) if value not in finite else _significant(value, style, digits)
            for value in values
        )
        if (len(set(tried)) > 1) == differ:
            return tried
    return texts


def small(value: float | None) -> str:
    """Write a difference or a limit: two significant digits, `0` for none."""
    if value is None or math.isnan(value):
        return ABSENT
    if value == 0 or math.isinf(value):
        return "0" if value == 0 else "∞"
    magnitude = math.floor(math.log10(abs(value)))
    return f"{value:,.{max(1 - magnitude, 0)}f}" if -4 < magnitude < 6 else _scientific(value, 1)


def share(value: float | None) -> str:
    """Write a distance as a share of its tolerance, rounded away from a false 100 %."""
    if value is None:
        return ABSENT
    if value == 0:
        return "0 %"
    if value < 0.0001:
        return "under 0.01 %"
    if value < 0.1:
        return f"{100 * value:.2g} %"
    if value <= 1:
        return f"{math.floor(100 * value)} %"
    return "over 10,000 %" if value > 100 else f"{math.ceil(100 * value):,} %"


def full(value: float | None) -> str:
    """Write a number with all its digits, so that it reads back equal."""
    if value is None or math.isnan(value):
        return "" if value is None else "NaN"
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _significant(value: float | None, style: Style, digits: int) -> str:
    assert value is not None
    if style == "percent":
        return f"{_significant(100 * value, 'significant', digits)} %"
    mantissa, _, exponent = f"{value:#.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa.rstrip(".")


def _to_scale(value: float, scale: float) -> str:
    if value == 0 and scale == 0:
        return "0"
    decimals = _SIGNIFICANT - 1 - math.floor(math.log10(abs(scale)))
    if decimals > _MOST_DECIMALS or abs(value) >= 1e9:
        return _scientific(value, _SIGNIFICANT - 1)
    return _fixed(value, max(decimals, 0))


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text


def _scientific(value: float, decimals: int) -> str:
    mantissa, exponent = f"{value:.{decimals}e}".split("e")
    return f"{mantissa}e{int(exponent)}"
