"""Values of Python and pandas to nodes of the wire and back, on Python's side.

The other side of the wire is `vectors`. Doubles cross as memory; text and categories cross as
int32 codes with levels. Whatever else a frame holds is refused before anything is sent.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from erm_bridge.bridge.wire import NA, Buffer, Node
from erm_bridge.errors import EngineError, InputError

IntArray = npt.NDArray[np.integer[Any]]


def describe(value: Any, buffers: list[Buffer], place: str = "argument") -> Node:
    """Describe a value as a node; its memory is appended to `buffers`.

    None, bool, numbers, text, lists of text, float64 and integer arrays (of integers the smallest
    one of 32 bits is missing), frames, and mappings of these to named lists.

    Raises
    ------
    InputError
        The value, or one inside it, does not cross.
    """
    if value is None:
        return {"kind": "null"}
    if isinstance(value, pd.DataFrame):
        return _describe_frame(value, buffers)
    if isinstance(value, dict):
        values = [describe(item, buffers, str(name)) for name, item in value.items()]
        return {"kind": "list", "names": [_text_of(name, place) for name in value], "values": values}
    if isinstance(value, bool):
        return _describe_codes(np.array([value], "int32"), buffers, kind="logical")
    if isinstance(value, int | float):
        return _describe_numbers(np.array([value], "float64"), buffers)
    if isinstance(value, str):
        return _describe_text([value], buffers, place)
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.ndim in (1, 2):
        return _describe_numbers(value, buffers, place)
    if isinstance(value, list | tuple) and all(item is None or isinstance(item, str) for item in value):
        return _describe_text(value, buffers, place)
    raise InputError(f"{place}: a value of type {type(value).__name__} does not cross to R")


def _describe_numbers(values: npt.NDArray[Any], buffers: list[Buffer], place: str = "argument") -> Node:
    shape = list(values.shape) if values.ndim == 2 else None
    if values.dtype.kind in "iu":
        if values.size and (values.min() < NA or values.max() >= -NA):
            raise InputError(f"{place}: whole numbers beyond 32 bits do not cross to R; make them float64")
        kind, dtype = "integer", "int32"
    else:
        kind, dtype = "double", "float64"
    buffers.append(np.ascontiguousarray(values.ravel(order="F"), dtype=dtype).data)
    return {"kind": kind, "buffer": len(buffers) - 1, "dim": shape}


def _describe_codes(codes: IntArray, buffers: list[Buffer], **node: Any) -> Node:
    buffers.append(np.ascontiguousarray(codes, dtype="int32").data)
    return {"buffer": len(buffers) - 1, **node}


def _describe_text(values: Sequence[str | None], buffers: list[Buffer], place: str) -> Node:
    codes, levels = pd.factorize(np.array(values, dtype=object))
    return _describe_levels("text", codes, levels, buffers, place, names=None)


def _describe_levels(
    kind: str, codes: IntArray, levels: Iterable[Any], buffers: list[Buffer], place: str, **more: Any
) -> Node:
    """Describe text or a factor by 0-based codes, -1 for missing."""
    shifted = np.where(codes < 0, NA, codes.astype("int64") + 1)
    texts = [_text_of(level, place) for level in levels]
    return _describe_codes(shifted, buffers, kind=kind, levels=texts, **more)


def _describe_frame(frame: pd.DataFrame, buffers: list[Buffer]) -> Node:
    names = [_text_of(name, "column names") for name in frame.columns]
    columns = [_describe_column(name, frame.iloc[:, i], buffers) for i, name in enumerate(names)]
    return {"kind": "frame", "names": names, "rows": len(frame), "columns": columns}


def _describe_column(name: str, column: pd.Series, buffers: list[Buffer]) -> Node:
    place = f"column {name!r}"
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        levels = column.cat.categories
        ordered = bool(dtype.ordered)
        return _describe_levels(
            "factor", column.cat.codes.to_numpy(), levels, buffers, place, ordered=ordered
        )
    if isinstance(dtype, pd.StringDtype):
        codes, levels = pd.factorize(column)
        return _describe_levels("text", codes, levels, buffers, place, names=None)
    if dtype == "float64":
        return _describe_numbers(column.to_numpy(), buffers)
    raise InputError(
        f"{place}: values of type {dtype} do not cross to R; make them float64, text or a category of text"
    )


def _text_of(value: Any, place: str) -> str:
    """Check that R can hold a text: no zero bytes, nothing that UTF-8 has no form for."""
    if not isinstance(value, str):
        raise InputError(f"{place}: {value!r} is not text, so it does not cross to R")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise InputError(f"{place}: {value!r} holds a character that R cannot hold")
    return value


def rebuild(node: Node, buffers: Sequence[Buffer]) -> Any:
    """Make the Python value that a node describes.

    Numbers become float64 arrays (missing integers NaN; matrices keep their shape), logicals lists of
    bool or None, text lists of str or None, named text and named lists dictionaries, other lists
    lists, factors categoricals, data frames frames. A vector stays a vector also at length one.

    Raises
    ------
    EngineError
        A list from R has a name twice.
    """
    kind = node["kind"]
    if kind == "null":
        return None
    if kind in ("double", "integer"):
        return _numbers(node, buffers)
    if kind == "logical":
        return [None if code == NA else bool(code) for code in _codes(node, buffers).tolist()]
    if kind == "text":
        values = [node["levels"][code - 1] if code != NA else None for code in _codes(node, buffers).tolist()]
        return values if node["names"] is None else _named(node["names"], values)
    if kind == "factor":
        return _categorical(node, buffers)
    if kind == "frame":
        return _frame(node, buffers)
    values = [rebuild(value, buffers) for value in node["values"]]
    return values if node["names"] is None else _named(node["names"], values)


def _codes(node: Node, buffers: Sequence[Buffer]) -> npt.NDArray[np.int32]:
    return np.frombuffer(buffers[node["buffer"]], dtype="int32")


def _numbers(node: Node, buffers: Sequence[Buffer]) -> npt.NDArray[np.float64]:
    if node["kind"] == "double":
        values = np.frombuffer(buffers[node["buffer"]], dtype="float64")
    else:
        codes = _codes(node, buffers)
        values = np.where(codes == NA, np.nan, codes.astype("float64"))
    return values if node["dim"] is None else values.reshape(node["dim"], order="F")


def _named(names: list[str], values: list[Any]) -> dict[str, Any]:
    if len(set(names)) < len(names):
        raise EngineError(f"r: a list came back with a name twice: {names}")
    return dict(zip(names, values, strict=True))


def _categorical(node: Node, buffers: Sequence[Buffer]) -> pd.Categorical:
    codes = _codes(node, buffers)
    positions = np.where(codes == NA, -1, codes - 1)
    return pd.Categorical.from_codes(positions, categories=node["levels"], ordered=node["ordered"])


def _frame(node: Node, buffers: Sequence[Buffer]) -> pd.DataFrame:
    columns = [_column(column, buffers) for column in node["columns"]]
    frame = pd.DataFrame(dict(enumerate(columns)), index=pd.RangeIndex(node["rows"]))
    frame.columns = pd.Index(node["names"], dtype="str")
    return frame


def _column(node: Node, buffers: Sequence[Buffer]) -> Any:
    if node["kind"] == "logical":
        return pd.array(rebuild(node, buffers), dtype="boolean")
    if node["kind"] == "text":
        return pd.array(rebuild({**node, "names": None}, buffers), dtype="str")
    return rebuild(node, buffers)
