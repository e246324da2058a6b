"""The kinds of a column on their way to R: each takes the values of a window of rows and makes a node.

A source gives values and which of them are missing for any window of rows, so that a column is
converted piece by piece while it is sent; what does not cross is found before anything is sent.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from erm_bridge.bridge.wire import NA, NA_DOUBLE_BITS, Block, Node
from erm_bridge.errors import InputError

Values = npt.NDArray[Any]
Missing = npt.NDArray[np.bool_] | None
Unit = Literal["s", "ms", "us", "ns"]

WINDOW = 2**16
NA_DOUBLE = np.array([NA_DOUBLE_BITS], "uint64").view("float64")
_LARGEST_INTEGER = 2**31 - 1
LARGEST_EXACT = 2**53
# Up to here a double of seconds lies nearer than half a microsecond: the year 2242.
_SECONDS_WITH_MICROSECONDS = 2**33
_MICROSECONDS = 1_000_000
_LARGEST_TICK = 2**63 - 1
_TICKS_PER_SECOND: dict[Unit, int] = {"s": 1, "ms": 1_000, "us": _MICROSECONDS, "ns": 1_000_000_000}


@dataclass(frozen=True)
class Source:
    """A column as the kinds see it.

    Attributes
    ----------
    place : str
        How a message names the column.
    length : int
        Number of rows.
    window : callable
        Given the first row and the one after the last, returns the values and a mask of the missing
        ones, None where none can be missing; a missing value's own value means nothing.
    """

    place: str
    length: int
    window: Callable[[int, int], tuple[Values, Missing]]

    def windows(self) -> Iterator[tuple[int, Values, Missing]]:
        """Go through the rows: the first row of each window, its values and what is missing."""
        for start in range(0, self.length, WINDOW):
            yield start, *self.window(start, min(start + WINDOW, self.length))

    def refuse(
        self, wrong: Callable[[Values], Values], reason: str, show: Callable[[int], Any] = int
    ) -> None:
        """Refuse the first row, counted from 1, whose value is wrong and not missing."""
        for start, values, missing in self.windows():
            bad = wrong(values) if missing is None else wrong(values) & ~missing
            if bad.any():
                at = int(bad.argmax())
                raise InputError(f"{self.place}, row {start + at + 1}: {show(values[at])} {reason}")


def add(blocks: list[Block], block: Block) -> int:
    """Append a block; return its number."""
    blocks.append(block)
    return len(blocks) - 1


def _converted(source: Source, format: str, convert: Callable[[Values], Values], fill: Any) -> Block:
    def pieces() -> Iterator[Any]:
        for _, values, missing in source.windows():
            piece = np.ascontiguousarray(convert(values), dtype=format)
            if missing is not None and missing.any():
                piece = np.where(missing, np.asarray(fill, format), piece)
            yield piece.data

    return Block(format, source.length, pieces)


def _same(values: Values) -> Values:
    return values


def doubles(source: Source, blocks: list[Block]) -> Node:
    """Describe floating-point numbers; every bit of a double is kept, missing is R's NA."""
    block = _converted(source, "d", _same, NA_DOUBLE[0])
    return {"kind": "double", "block": add(blocks, block), "dim": None}


def integers(source: Source, blocks: list[Block]) -> Node:
    """Describe whole numbers: integers of R where all fit, else doubles.

    Raises
    ------
    InputError
        A value lies beyond 2^53, where doubles leave out whole numbers.
    """
    extremes = [0, 0]
    for _, values, missing in source.windows():
        found = values if missing is None else values[~missing]
        if found.size:
            extremes = [min(extremes[0], int(found.min())), max(extremes[1], int(found.max()))]
    if extremes[0] >= -_LARGEST_INTEGER and extremes[1] <= _LARGEST_INTEGER:
        block = _converted(source, "i", lambda values: values.astype("int32"), NA)
        return {"kind": "integer", "block": add(blocks, block), "dim": None}
    if extremes[0] < -LARGEST_EXACT or extremes[1] > LARGEST_EXACT:
        source.refuse(
            lambda values: (values < -LARGEST_EXACT) | (values > LARGEST_EXACT),
            "lies beyond 2^53, so R cannot hold it exactly; make the column text or float64",
        )
    return doubles(source, blocks)


def logicals(source: Source, blocks: list[Block]) -> Node:
    """Describe truth values."""
    return {"kind": "logical", "block": add(blocks, _converted(source, "i", _same, NA))}


def dates(source: Source, blocks: list[Block]) -> Node:
    """Describe days since 1970-01-01."""
    return {"kind": "date", "block": add(blocks, _converted(source, "d", _same, NA_DOUBLE[0]))}


def times(source: Source, unit: Unit, blocks: list[Block], zone: str | None = None) -> Node:
    """Describe moments: ticks of a unit since 1970-01-01 UTC become doubles of seconds.

    Raises
    ------
    InputError
        As `_check_ticks` says.
    """
    _check_ticks(source, unit, lambda ticks: np.datetime64(int(ticks), unit))
    return {"kind": "time", "block": _seconds(source, unit, blocks), "zone": zone}


def differences(source: Source, unit: Unit, blocks: list[Block]) -> Node:
    """Describe differences of time: ticks of a unit become doubles of seconds.

    Raises
    ------
    InputError
        As `_check_ticks` says.
    """
    _check_ticks(source, unit, lambda ticks: np.timedelta64(int(ticks), unit))
    return {"kind": "difference", "block": _seconds(source, unit, blocks)}


def _check_ticks(source: Source, unit: Unit, show: Callable[[int], Any]) -> None:
    """Refuse times that R's doubles of seconds do not keep to the microsecond.

    Up to 2^33 seconds each microsecond has a double of its own; beyond, only some times, such as
    whole seconds, come back as they were.
    """
    per_second = _TICKS_PER_SECOND[unit]
    finer = max(1, per_second // _MICROSECONDS)
    if finer > 1:
        reason = "has digits below the microsecond, which R's times do not keep; round it"
        source.refuse(lambda ticks: ticks % finer != 0, reason, show)
    surely = _SECONDS_WITH_MICROSECONDS * per_second
    # Such times come back in microseconds, of which 64 bits hold so many.
    largest = min(_LARGEST_TICK, _LARGEST_TICK // _MICROSECONDS * per_second)

    def lost(ticks: Values) -> Values:
        beyond = (ticks > largest) | (ticks < -largest)
        doubtful = ((ticks >= surely) | (ticks <= -surely)) & ~beyond
        held = ticks[doubtful] // finer
        beyond[doubtful] = from_seconds(_to_seconds(ticks[doubtful], per_second), per_second // finer) != held
        return beyond

    source.refuse(lost, "lies so far off that R's times do not keep its last digits", show)


def _seconds(source: Source, unit: Unit, blocks: list[Block]) -> int:
    per_second = _TICKS_PER_SECOND[unit]
    return add(blocks, _converted(source, "d", lambda ticks: _to_seconds(ticks, per_second), NA_DOUBLE[0]))


def _to_seconds(ticks: Values, per_second: int) -> Values:
    if per_second > _MICROSECONDS:
        ticks, per_second = ticks // (per_second // _MICROSECONDS), _MICROSECONDS
    # One correctly rounded division, where the ticks themselves are exact as doubles.
    seconds: Values = ticks.astype("float64") / per_second
    far = (ticks > LARGEST_EXACT) | (ticks < -LARGEST_EXACT)
    if far.any():
        whole, part = np.divmod(ticks[far], per_second)
        seconds[far] = whole + part / per_second
    return seconds


def from_seconds(seconds: Values, per_second: int = _MICROSECONDS) -> Values:
    """Round doubles of seconds, all finite and below 2^63 ticks, to ticks; exact in whole seconds."""
    whole = np.floor(seconds)
    fraction = np.rint((seconds - whole) * per_second)
    ticks: Values = whole.astype("int64") * per_second + fraction.astype("int64")
    return ticks


def levels(texts: Sequence[Any], blocks: list[Block], place: str) -> Node:
    """Describe distinct texts.

    Raises
    ------
    InputError
        One is not text, or holds what R cannot hold: a zero byte, half of a surrogate pair.
    """
    try:
        data = "".join([text + "\0" for text in texts]).encode()
    except (TypeError, UnicodeEncodeError):
        data = b""
    if data.count(b"\0") != len(texts):
        for text in texts:
            text_of(text, place)
    return {"block": add(blocks, Block("B", len(data), lambda: [data])), "count": len(texts)}


def text_of(value: Any, place: str) -> str:
    """Check that R can hold a text: no zero bytes, nothing that UTF-8 has no form for."""
    if not isinstance(value, str):
        raise InputError(f"{place}: {value!r} is not text, so it does not cross to R")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise InputError(f"{place}: {value!r} holds a character that R cannot hold")
    return value


def coded(source: Source, kind: str, texts: Sequence[Any], blocks: list[Block], **more: Any) -> Node:
    """Describe text or a factor by 0-based positions in its levels, -1 for missing."""

    def shifted(codes: Values) -> Values:
        positions = np.add(codes, 1, dtype="int32")
        if codes.size and codes.min() < 0:
            positions[positions == 0] = NA
        return positions

    described = levels(texts, blocks, source.place)
    block = _converted(source, "i", shifted, NA)
    return {"kind": kind, "block": add(blocks, block), "levels": described, **more}
