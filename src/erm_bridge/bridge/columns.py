"""Columns of pandas and Arrow to nodes: which kind each type is, by one entry each.

What the kinds do is in `kinds`. A type that has no entry is refused by the name of its column.
"""

import datetime
from collections.abc import Callable
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from erm_bridge.bridge import kinds
from erm_bridge.bridge.kinds import Missing, Source, Values
from erm_bridge.bridge.text import encoded
from erm_bridge.bridge.wire import Block, Node
from erm_bridge.errors import InputError

Describe = Callable[[Any, list[Block], str], Node]


def describe_column(column: Any, blocks: list[Block], place: str) -> Node:
    """Describe a column as a node; its memory is appended to `blocks`.

    Parameters
    ----------
    column : pandas.Series, pandas.Index, pyarrow.ChunkedArray or pyarrow.Array
    blocks : list
    place : str
        How a message names the column.

    Raises
    ------
    InputError
        The type of the column, or one of its values, does not cross.
    """
    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    is_arrow = isinstance(column, pa.ChunkedArray)
    found = column.type if is_arrow else column.dtype
    for matches, describe in _ARROW if is_arrow else _PANDAS:
        if matches(found):
            return describe(column, blocks, place)
    raise InputError(
        f"{place}: values of type {found} do not cross to R; "
        "make them numbers, truth values, text, times or a category of text"
    )


def _numpy_source(column: Any, place: str) -> Source:
    values = column.to_numpy()
    return Source(place, len(values), lambda start, stop: (values[start:stop], None))


def _masked_source(column: Any, place: str) -> Source:
    array = column.array

    def window(start: int, stop: int) -> tuple[Values, Missing]:
        part = array[start:stop]
        return part.to_numpy(part.dtype.numpy_dtype, na_value=0), np.asarray(part.isna())

    return Source(place, len(array), window)


def _arrow_source(column: Any, place: str, stored: Any = None) -> Source:
    """Look at the values as they are, or as the integers that a type such as a date is stored in."""

    def window(start: int, stop: int) -> tuple[Values, Missing]:
        part = column.slice(start, stop - start)
        part = part if stored is None else part.cast(stored)
        return part.fill_null(pa.scalar(0).cast(part.type)).to_numpy(), part.is_null().to_numpy()

    return Source(place, len(column), window)


def _plain(kind: Callable[[Source, list[Block]], Node], source: Callable[[Any, str], Source]) -> Describe:
    return lambda column, blocks, place: kind(source(column, place), blocks)


def _ticks(column: Any, place: str) -> Source:
    """Look at times as ticks; a time with a zone is one of UTC."""
    zoned = isinstance(column.dtype, pd.DatetimeTZDtype)

    def window(start: int, stop: int) -> tuple[Values, Missing]:
        part = column[start:stop] if isinstance(column, pd.Index) else column.iloc[start:stop]
        utc = pd.DatetimeIndex(part).tz_convert(None) if zoned else part
        ticks = utc.to_numpy().view("int64")
        return ticks, ticks == np.iinfo("int64").min

    return Source(place, len(column), window)


def _unit(dtype: np.dtype[Any]) -> kinds.Unit:
    return cast(kinds.Unit, np.datetime_data(dtype)[0])


def _datetime(column: Any, blocks: list[Block], place: str) -> Node:
    return kinds.times(_ticks(column, place), _unit(column.dtype), blocks)


def _zoned(column: Any, blocks: list[Block], place: str) -> Node:
    zone = _zone_name(column.dtype.tz, place)
    return kinds.times(_ticks(column, place), column.dtype.unit, blocks, zone)


def _timedelta(column: Any, blocks: list[Block], place: str) -> Node:
    return kinds.differences(_ticks(column, place), _unit(column.dtype), blocks)


def _zone_name(zone: Any, place: str) -> str:
    """Name a time zone as both Python and R know it."""
    if zone is datetime.UTC:
        return "UTC"
    # zoneinfo, pytz and the names that Arrow keeps.
    name = getattr(zone, "key", None) or getattr(zone, "zone", None) or str(zone)
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise InputError(
            f"{place}: R knows no time zone {name!r}; convert to a named one, such as 'UTC' or 'Europe/Rome'"
        ) from None


def _category(column: Any, blocks: list[Block], place: str) -> Node:
    values = column.array
    source = Source(place, len(values), lambda start, stop: (values.codes[start:stop], None))
    texts = values.categories.tolist()
    return kinds.coded(source, "factor", texts, blocks, ordered=bool(values.ordered))


def _as_arrow(column: Any) -> Any:
    found = column.array.__arrow_array__()
    return found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])


def _text(column: Any, blocks: list[Block], place: str) -> Node:
    return _arrow_text(_as_arrow(column), blocks, place)


def _arrow_text(column: Any, blocks: list[Block], place: str) -> Node:
    codes, texts = encoded(column, place)
    source = Source(place, len(codes), lambda start, stop: (codes[start:stop], None))
    return kinds.coded(source, "text", texts, blocks, names=None)


def _objects(column: Any, blocks: list[Block], place: str) -> Node:
    values = column.to_numpy()
    if pd.api.types.infer_dtype(values, skipna=True) not in ("string", "empty"):
        for row, value in enumerate(values, 1):
            if not (isinstance(value, str) or _is_missing(value)):
                raise InputError(
                    f"{place}, row {row}: {value!r} is not text; a column of objects crosses to R "
                    "when all are text or missing"
                )
    try:
        texts = pa.array(values, pa.large_string(), from_pandas=True)
    except UnicodeEncodeError:
        for row, value in enumerate(values, 1):
            if isinstance(value, str):
                kinds.text_of(value, f"{place}, row {row}")
        raise
    return _arrow_text(pa.chunked_array([texts]), blocks, place)


def _is_missing(value: Any) -> bool:
    return (
        value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))
    )


def _arrow_category(column: Any, blocks: list[Block], place: str) -> Node:
    ordered = column.type.ordered
    # The chunks' dictionaries become one, for which narrower positions may not do.
    parts = [
        pa.DictionaryArray.from_arrays(part.indices.cast(pa.int32()), part.dictionary)
        for part in column.chunks
    ]
    type_ = pa.dictionary(pa.int32(), column.type.value_type)
    joined = pa.chunked_array(parts, type_).combine_chunks()
    chunk = joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
    texts = chunk.dictionary.to_pylist()
    if None in texts or len(set(texts)) < len(texts):
        raise InputError(f"{place}: its dictionary holds a text twice or a missing one, so it is no factor")
    codes = chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    source = Source(place, len(codes), lambda start, stop: (codes[start:stop], None))
    return kinds.coded(source, "factor", texts, blocks, ordered=ordered)


def _arrow_timestamp(column: Any, blocks: list[Block], place: str) -> Node:
    zone = None if column.type.tz is None else _zone_name(column.type.tz, place)
    return kinds.times(_arrow_source(column, place, pa.int64()), column.type.unit, blocks, zone)


def _arrow_duration(column: Any, blocks: list[Block], place: str) -> Node:
    return kinds.differences(_arrow_source(column, place, pa.int64()), column.type.unit, blocks)


def _arrow_date(column: Any, blocks: list[Block], place: str) -> Node:
    return kinds.dates(_arrow_source(column, place, pa.int32()), blocks)


def _arrow_null(column: Any, blocks: list[Block], place: str) -> Node:
    """Describe a column of nothing but missing values, as R does: logical."""

    def window(start: int, stop: int) -> tuple[Values, Missing]:
        return np.zeros(stop - start, "bool"), np.ones(stop - start, "bool")

    return kinds.logicals(Source(place, len(column), window), blocks)


def _within(column: Any, blocks: list[Block], place: str) -> Node:
    return describe_column(_as_arrow(column), blocks, place)


def _numpy(letters: str) -> Callable[[Any], bool]:
    # Of floats, those wider than R's doubles are left out.
    return lambda dtype: isinstance(dtype, np.dtype) and dtype.kind in letters and dtype.itemsize <= 8


def _of_class(*classes: type) -> Callable[[Any], bool]:
    return lambda dtype: isinstance(dtype, classes)


_PANDAS: tuple[tuple[Callable[[Any], bool], Describe], ...] = (
    (_numpy("f"), _plain(kinds.doubles, _numpy_source)),
    (_numpy("iu"), _plain(kinds.integers, _numpy_source)),
    (_numpy("b"), _plain(kinds.logicals, _numpy_source)),
    (_numpy("M"), _datetime),
    (_numpy("m"), _timedelta),
    (_numpy("O"), _objects),
    (_of_class(pd.CategoricalDtype), _category),
    (_of_class(pd.StringDtype), _text),
    (_of_class(pd.Float32Dtype, pd.Float64Dtype), _plain(kinds.doubles, _masked_source)),
    (
        _of_class(pd.Int8Dtype, pd.Int16Dtype, pd.Int32Dtype, pd.Int64Dtype),
        _plain(kinds.integers, _masked_source),
    ),
    (
        _of_class(pd.UInt8Dtype, pd.UInt16Dtype, pd.UInt32Dtype, pd.UInt64Dtype),
        _plain(kinds.integers, _masked_source),
    ),
    (_of_class(pd.BooleanDtype), _plain(kinds.logicals, _masked_source)),
    (_of_class(pd.DatetimeTZDtype), _zoned),
    (_of_class(pd.ArrowDtype), _within),
)


def _is_arrow_text(type_: Any) -> bool:
    return bool(
        pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_)
    )


_ARROW: tuple[tuple[Callable[[Any], bool], Describe], ...] = (
    (pa.types.is_floating, _plain(kinds.doubles, _arrow_source)),
    (pa.types.is_integer, _plain(kinds.integers, _arrow_source)),
    (pa.types.is_boolean, _plain(kinds.logicals, _arrow_source)),
    (_is_arrow_text, _arrow_text),
    (lambda type_: pa.types.is_dictionary(type_) and _is_arrow_text(type_.value_type), _arrow_category),
    (pa.types.is_timestamp, _arrow_timestamp),
    (pa.types.is_duration, _arrow_duration),
    (pa.types.is_date32, _arrow_date),
    (pa.types.is_null, _arrow_null),
)
