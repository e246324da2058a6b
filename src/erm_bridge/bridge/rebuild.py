"""Values of R, as nodes of the wire describe them, to values of Python; on Python's side.

Doubles stay in the memory into which they were received. See `transfer` for the types of columns.
"""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from erm_bridge.bridge.kinds import from_seconds
from erm_bridge.bridge.wire import NA, NA_DOUBLE_WORD, SIZES, Node
from erm_bridge.errors import EngineError

Array = npt.NDArray[Any]
_LARGEST_SECONDS = (2**63 - 1) // 1_000_000
_LARGEST_DAYS = 2**31


def allocate(format: str, length: int) -> tuple[Array, memoryview]:
    """Make an array to receive a block into."""
    array = np.empty(length, "uint8" if SIZES[format] == 1 else format)
    return array, array.data


def rebuild(node: Node, blocks: Sequence[Array], place: str = "value") -> Any:
    """Make the Python value that a node describes.

    Numbers become float64 arrays (missing integers NaN; matrices keep their shape), logicals lists of
    bool or None, text lists of str or None, named text and named lists dictionaries, other lists
    lists, factors categoricals, times arrays of pandas, data frames frames. A vector stays a vector
    also at length one.

    Raises
    ------
    EngineError
        R returned what has no form in Python: a name twice in a list, a time out of range.
    """
    kind = node["kind"]
    if kind == "null":
        return None
    if kind in ("double", "integer"):
        return _numbers(node, blocks)
    if kind == "logical":
        return [None if code == NA else bool(code) for code in blocks[node["block"]].tolist()]
    if kind == "text":
        levels = _levels(node, blocks)
        values = [None if code == NA else levels[code - 1] for code in blocks[node["block"]].tolist()]
        return values if node["names"] is None else _named(node["names"], values)
    if kind == "frame":
        return _frame(node, blocks, place)
    if kind == "list":
        names = node["names"] or [str(position) for position in range(1, len(node["values"]) + 1)]
        within = zip(node["values"], names, strict=True)
        values = [rebuild(value, blocks, f"{place}${name}") for value, name in within]
        return values if node["names"] is None else _named(node["names"], values)
    return _COLUMNS[kind](node, blocks, place)


def _numbers(node: Node, blocks: Sequence[Array]) -> Array:
    values = blocks[node["block"]]
    if node["kind"] == "integer":
        values = np.where(values == NA, np.nan, values.astype("float64"))
    return values if node["dim"] is None else values.reshape(node["dim"], order="F")


def _named(names: list[str], values: list[Any]) -> dict[str, Any]:
    if len(set(names)) < len(names):
        raise EngineError(f"r: a list came back with a name twice: {names}")
    return dict(zip(names, values, strict=True))


def _levels(node: Node, blocks: Sequence[Array]) -> list[str]:
    texts: list[str] = blocks[node["levels"]["block"]].tobytes().decode().split("\0")
    # Each text is ended by a zero byte, so that one too many is found.
    return texts[:-1]


def _frame(node: Node, blocks: Sequence[Array], place: str) -> pd.DataFrame:
    within = zip(node["columns"], node["names"], strict=True)
    columns = [_COLUMNS[column["kind"]](column, blocks, f"{place}${name}") for column, name in within]
    # Without a copy, each column stays in the memory that it was received into.
    frame = pd.DataFrame(dict(enumerate(columns)), index=_index(node, blocks, place), copy=False)
    frame.columns = pd.Index(node["names"], dtype="str")
    return frame


def _index(node: Node, blocks: Sequence[Array], place: str) -> pd.Index:
    labels = node["row_names"]
    if labels is None:
        return pd.RangeIndex(node["rows"])
    is_text = labels["kind"] == "text"
    index: pd.Index = pd.Index(
        _text(labels, blocks, place) if is_text else blocks[labels["block"]].astype("int64")
    )
    return index


def _double(node: Node, blocks: Sequence[Array], place: str) -> Any:
    """Keep the memory; where R's NA occurs, tell it from NaN."""
    values = blocks[node["block"]]
    with np.errstate(all="ignore"):
        surely_none = np.isfinite(values.sum())
    if surely_none:
        return values
    missing = np.isnan(values)
    missing[missing] = values[missing].view("uint64") & 0xFFFF_FFFF == NA_DOUBLE_WORD
    return pd.arrays.FloatingArray(values, missing) if missing.any() else values


def _integer(node: Node, blocks: Sequence[Array], place: str) -> Any:
    values = blocks[node["block"]]
    return pd.arrays.IntegerArray(values, values == NA)


def _logical(node: Node, blocks: Sequence[Array], place: str) -> Any:
    values = blocks[node["block"]]
    return pd.arrays.BooleanArray(values == 1, values == NA)


def _text(node: Node, blocks: Sequence[Array], place: str) -> Any:
    codes = blocks[node["block"]]
    texts = pa.DictionaryArray.from_arrays(
        pa.array(codes - 1, mask=codes == NA), pa.array(_levels(node, blocks), pa.large_string())
    )
    return pd.array(texts.cast(pa.large_string()), dtype="str")


def _factor(node: Node, blocks: Sequence[Array], place: str) -> pd.Categorical:
    codes = blocks[node["block"]]
    positions = np.where(codes == NA, -1, codes - 1)
    levels = pd.Index(_levels(node, blocks), dtype="str")
    if positions.size and (positions.max() >= len(levels) or not (codes[positions < 0] == NA).all()):
        raise EngineError(f"r: {place} is a factor with a code that is no level")
    return pd.Categorical.from_codes(positions, categories=levels, ordered=node["ordered"])


def _date(node: Node, blocks: Sequence[Array], place: str) -> Any:
    days, missing = _checked(node, blocks, place, _LARGEST_DAYS)
    if (days != np.floor(days)).any():
        row = int((days != np.floor(days)).argmax()) + 1
        raise EngineError(f"r: {place}, row {row}: a date came back with a part of a day")
    return pd.array(
        pa.array(days.astype("int32"), mask=missing).cast(pa.date32()), pd.ArrowDtype(pa.date32())
    )


def _time(node: Node, blocks: Sequence[Array], place: str) -> Any:
    ticks = _ticks(node, blocks, place).view("datetime64[us]")
    if node["zone"] is None:
        return pd.array(ticks)
    try:
        zone = ZoneInfo(node["zone"])
    except (KeyError, ValueError, OSError):
        raise EngineError(
            f"r: {place} came back in a time zone unknown to Python: {node['zone']!r}"
        ) from None
    return pd.DatetimeIndex(ticks).tz_localize("UTC").tz_convert("UTC" if zone.key == "UTC" else zone).array


def _difference(node: Node, blocks: Sequence[Array], place: str) -> Any:
    return pd.array(_ticks(node, blocks, place).view("timedelta64[us]"))


def _ticks(node: Node, blocks: Sequence[Array], place: str) -> Array:
    """Round seconds to microseconds; missing ones become NaT."""
    seconds, missing = _checked(node, blocks, place, _LARGEST_SECONDS)
    ticks = from_seconds(seconds)
    ticks[missing] = np.iinfo("int64").min
    return ticks


def _checked(node: Node, blocks: Sequence[Array], place: str, limit: int) -> tuple[Array, Array]:
    """Return the numbers of a time with 0 for missing ones, and which are missing."""
    values = blocks[node["block"]]
    missing = np.isnan(values)
    beyond = np.abs(values) >= limit
    if beyond.any():
        row = int(beyond.argmax()) + 1
        raise EngineError(
            f"r: {place}, row {row}: a {node['kind']} came back out of range: {values[row - 1]}"
        )
    return np.where(missing, 0.0, values), missing


_COLUMNS: dict[str, Callable[[Node, Sequence[Array], str], Any]] = {
    "double": _double,
    "integer": _integer,
    "logical": _logical,
    "text": _text,
    "factor": _factor,
    "date": _date,
    "time": _time,
    "difference": _difference,
}
