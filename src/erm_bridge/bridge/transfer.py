"""Values of Python, pandas and Arrow to nodes of the wire, on Python's side; `rebuild` is the way back.

The other side of the wire is `vectors`. Numbers cross as memory; text and categories cross as
positions in levels. A column comes back by what it is in R:

================================================= ================================= =====================
pandas or Arrow                                   R                                 comes back as
================================================= ================================= =====================
float64, float32, float16                         double, every bit kept            float64 [1]_
Float64, Float32, Arrow floats                    double, NA apart from NaN         float64 [1]_
whole numbers that fit 32 bits, of any width      integer                           Int32
whole numbers up to 2^53                          double, exact                     float64 [1]_
bool, boolean, Arrow bool                         logical                           boolean
str, string, objects that are text, Arrow strings character, UTF-8                  str
category of text, Arrow dictionary of text        factor, ordered or not            category
datetime64, Arrow timestamp                       POSIXct without zone              datetime64[us]
the same with a named time zone                   POSIXct with `tzone`              datetime64[us, zone]
Arrow date32                                      Date                              date32[pyarrow]
timedelta64, Arrow duration                       difftime in seconds               timedelta64[us]
default index                                     automatic row names               default index
index of distinct text, or of integers of 32 bits row names                         index of str, int64
================================================= ================================= =====================

.. [1] Float64 where the column holds R's NA: NA is masked, NaN stays NaN.

Missing is NA in every kind; NaN and NaT of times are missing too, NaN of floats is not. R's times are
doubles of seconds: one that would not come back equal, because it has digits below the microsecond or
lies after 2242 with digits that such doubles do not hold, is refused. So are whole numbers beyond 2^53
and everything that the table does not list, by name of the column and row, before anything is sent.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from erm_bridge.bridge import kinds
from erm_bridge.bridge.columns import describe_column
from erm_bridge.bridge.kinds import LARGEST_EXACT, add, text_of
from erm_bridge.bridge.wire import NA, Block, Node
from erm_bridge.errors import InputError

_CURE = "reset_index() makes it a column, reset_index(drop=True) drops it"


def describe(value: Any, blocks: list[Block], place: str = "argument") -> Node:
    """Describe a value as a node; its memory is appended to `blocks`.

    None, bool, numbers, text, lists of text, float and integer arrays (of integers the smallest one
    of 32 bits is missing), frames and Arrow tables, series, indexes and Arrow arrays (their values
    alone), and mappings of these to named lists. The memory is looked at again while it is sent: it
    must not change until then.

    Raises
    ------
    InputError
        The value, or one inside it, does not cross.
    """
    for types, describe_value in _VALUES:
        if isinstance(value, types):
            return describe_value(value, blocks, place)
    raise InputError(f"{place}: a value of type {type(value).__name__} does not cross to R")


def _none(value: None, blocks: list[Block], place: str) -> Node:
    return {"kind": "null"}


def _bool(value: bool, blocks: list[Block], place: str) -> Node:
    data = np.array([value], "int32").data
    return {"kind": "logical", "block": add(blocks, Block("i", 1, lambda: [data]))}


def _number(value: float, blocks: list[Block], place: str) -> Node:
    if isinstance(value, int) and abs(value) > LARGEST_EXACT:
        raise InputError(f"{place}: a whole number beyond 2^53, which R cannot hold exactly")
    return _array(np.array([value], "float64"), blocks, place)


def _array(value: npt.NDArray[Any], blocks: list[Block], place: str) -> Node:
    if isinstance(value, np.ma.MaskedArray):
        raise InputError(f"{place}: a masked array does not cross to R; make it a pandas array or fill it")
    if value.dtype.kind not in "iuf" or value.dtype.itemsize > 8 or value.ndim not in (1, 2):
        raise InputError(
            f"{place}: an array of {value.dtype} with {value.ndim} dimensions does not cross to R; "
            "make it a vector or matrix of numbers"
        )
    kind, format, dtype = "double", "d", "float64"
    if value.dtype.kind in "iu":
        if value.size and (value.min() < NA or value.max() >= -NA):
            raise InputError(f"{place}: whole numbers beyond 32 bits do not cross to R; make them float64")
        kind, format, dtype = "integer", "i", "int32"
    shape = list(value.shape) if value.ndim == 2 else None
    block = Block(
        format, value.size, lambda: [np.ascontiguousarray(value.ravel(order="F"), dtype=dtype).data]
    )
    return {"kind": kind, "block": add(blocks, block), "dim": shape}


def _text(value: str, blocks: list[Block], place: str) -> Node:
    return _texts([value], blocks, place)


def _texts(value: list[str | None] | tuple[str | None, ...], blocks: list[Block], place: str) -> Node:
    if not all(item is None or isinstance(item, str) for item in value):
        raise InputError(f"{place}: a {type(value).__name__} crosses to R when all of it is text or None")
    positions: dict[str | None, int] = {None: -1}
    for text in value:
        positions.setdefault(text, len(positions) - 1)
    codes = np.array([positions[text] for text in value], "int32")
    source = kinds.Source(place, len(codes), lambda start, stop: (codes[start:stop], None))
    return kinds.coded(source, "text", list(positions)[1:], blocks, names=None)


def _mapping(value: dict[str, Any], blocks: list[Block], place: str) -> Node:
    names = [text_of(name, place) for name in value]
    return {
        "kind": "list",
        "names": names,
        "values": [describe(item, blocks, name) for name, item in value.items()],
    }


def _frame(frame: pd.DataFrame, blocks: list[Block], place: str) -> Node:
    if frame.columns.name is not None:
        raise InputError(
            f"{place}: the name {frame.columns.name!r} of the column names does not cross to R; "
            "rename_axis(columns=None) drops it"
        )
    names = [text_of(name, "column names") for name in frame.columns]
    row_names = _row_names(frame.index, blocks, place)
    columns = [describe_column(frame.iloc[:, i], blocks, f"column {n!r}") for i, n in enumerate(names)]
    return {"kind": "frame", "names": names, "rows": len(frame), "row_names": row_names, "columns": columns}


def _row_names(index: pd.Index, blocks: list[Block], place: str) -> Node | None:
    """Describe row labels; R has no more than one name for a row, text or an integer."""
    if isinstance(index, pd.MultiIndex) or index.name is not None:
        raise InputError(f"{place}: an index with levels or a name does not cross to R; {_CURE}")
    if isinstance(index, pd.RangeIndex) and (index.start, index.step) == (0, 1):
        return None
    if isinstance(index.dtype, pd.StringDtype) or index.dtype == object:
        node = describe_column(index, blocks, f"{place}, row labels")
    elif isinstance(index.dtype, np.dtype) and index.dtype.kind in "iu":
        node = describe_column(index, blocks, f"{place}, row labels")
        if node["kind"] != "integer":
            raise InputError(f"{place}: row labels beyond 32 bits do not cross to R; {_CURE}")
    else:
        raise InputError(f"{place}: an index of {index.dtype} does not cross to R; {_CURE}")
    if index.hasnans or not index.is_unique:
        label = None if index.hasnans else index[index.duplicated()].tolist()[0]
        what = "is missing" if index.hasnans else "occurs twice"
        raise InputError(f"{place}: the row label {label!r} {what}, which R does not allow; {_CURE}")
    return node


def _table(table: pa.Table, blocks: list[Block], place: str) -> Node:
    names = [text_of(name, "column names") for name in table.column_names]
    columns = [describe_column(table.column(i), blocks, f"column {n!r}") for i, n in enumerate(names)]
    return {"kind": "frame", "names": names, "rows": len(table), "row_names": None, "columns": columns}


# The first that fits: a bool is an int.
_VALUES: tuple[tuple[Any, Callable[[Any, list[Block], str], Node]], ...] = (
    (type(None), _none),
    (pd.DataFrame, _frame),
    (pa.Table, _table),
    (dict, _mapping),
    (bool, _bool),
    (int | float, _number),
    (str, _text),
    (np.ndarray, _array),
    ((pd.Series, pd.Index, pa.ChunkedArray, pa.Array), describe_column),
    (list | tuple, _texts),
)
