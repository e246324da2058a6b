"""Values of R to nodes of the wire and back, inside the process that holds R.

The other side of the wire is `transfer` and `rebuild`. Numbers are received into R's memory and sent
from it; this file needs neither pandas nor numpy, so that R is ready sooner.
"""

import ctypes
import mmap
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from rpy2 import rinterface as ri

from erm_bridge.bridge.wire import NA, SIZES, Block, Node

# rpy2 is typed, but its module does not declare which names it offers.
# mypy: disable-error-code="attr-defined"


class NotTransferable(Exception):
    """R returned something that does not cross."""


# From this size on numpy asks the system for large pages too.
_LARGE = 2**22
_FORMATS = {"d": ri.FloatSexpVector, "i": ri.IntSexpVector, "B": ri.ByteSexpVector}


@cache
def _base(name: str) -> Any:
    """Look a function of R's base package up, once."""
    return ri.baseenv[name]


def allocate(format: str, length: int) -> tuple[Any, memoryview]:
    """Make a vector of R to receive a block into."""
    # The length alone is looked at; the vector is not filled.
    vector = _FORMATS[format].from_iterable(range(length), populate_func=lambda *_: None)
    memory = _memory(vector, format, length)
    if memory.nbytes >= _LARGE:
        _ask_for_large_pages(memory)
    return vector, memory


def _ask_for_large_pages(memory: memoryview) -> None:
    """Ask for fresh memory in large pages (Linux); in small ones receiving takes nearly twice as long."""
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is None:
        return
    first = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    start = -(-first // mmap.PAGESIZE) * mmap.PAGESIZE
    # It may be refused, and then is done without.
    ctypes.CDLL(None).madvise(ctypes.c_void_p(start), ctypes.c_size_t(first + memory.nbytes - start), advice)


def _memory(vector: Any, format: str, length: int) -> memoryview:
    # What `vector.memoryview()` does, without its import of numpy.
    pointer = type(vector)._R_GET_PTR(vector.__sexp__._cdata)
    return memoryview(ri.openrlib.ffi.buffer(pointer, length * SIZES[format]))


def to_r(node: Node, blocks: Sequence[Any]) -> Any:
    """Make the R value that a node describes; numbers are the vectors that they were received into."""
    return _MAKERS[node["kind"]](node, blocks)


def _number(node: Node, blocks: Sequence[Any]) -> Any:
    vector = blocks[node["block"]]
    if node.get("dim"):
        vector.do_slot_assign("dim", ri.IntSexpVector(node["dim"]))
    return vector


def _logical(node: Node, blocks: Sequence[Any]) -> Any:
    return _base("as.logical")(blocks[node["block"]])


def _levels(node: Node, blocks: Sequence[Any]) -> Any:
    """Make the levels; R reads texts that a zero byte ends by itself, many times faster than one by one."""
    count = ri.IntSexpVector([node["levels"]["count"]])
    texts = _base("readBin")(blocks[node["levels"]["block"]], "character", count)
    return _base("Encoding<-")(texts, "UTF-8")


def _text(node: Node, blocks: Sequence[Any]) -> Any:
    return _base("[")(_levels(node, blocks), blocks[node["block"]])


def _factor(node: Node, blocks: Sequence[Any]) -> Any:
    vector = blocks[node["block"]]
    vector.do_slot_assign("levels", _levels(node, blocks))
    vector.rclass = ri.StrSexpVector(["ordered", "factor"] if node["ordered"] else ["factor"])
    return vector


def _date(node: Node, blocks: Sequence[Any]) -> Any:
    vector = blocks[node["block"]]
    vector.rclass = ri.StrSexpVector(["Date"])
    return vector


def _time(node: Node, blocks: Sequence[Any]) -> Any:
    vector = blocks[node["block"]]
    vector.rclass = ri.StrSexpVector(["POSIXct", "POSIXt"])
    if node["zone"] is not None:
        vector.do_slot_assign("tzone", ri.StrSexpVector([node["zone"]]))
    return vector


def _difference(node: Node, blocks: Sequence[Any]) -> Any:
    vector = blocks[node["block"]]
    vector.rclass = ri.StrSexpVector(["difftime"])
    vector.do_slot_assign("units", ri.StrSexpVector(["secs"]))
    return vector


def _list(node: Node, blocks: Sequence[Any]) -> Any:
    values = ri.ListSexpVector([to_r(value, blocks) for value in node["values"]])
    if node["names"] is not None:
        values.do_slot_assign("names", ri.StrSexpVector(node["names"]))
    return values


def _frame(node: Node, blocks: Sequence[Any]) -> Any:
    frame = ri.ListSexpVector([to_r(column, blocks) for column in node["columns"]])
    frame.do_slot_assign("names", ri.StrSexpVector(node["names"]))
    labels = node["row_names"]
    # R's own short form of the row names 1..n is NA and -n.
    automatic = ri.IntSexpVector([NA, -node["rows"]])
    frame.do_slot_assign("row.names", automatic if labels is None else to_r(labels, blocks))
    frame.rclass = ri.StrSexpVector(["data.frame"])
    return frame


_MAKERS: dict[str, Callable[[Node, Sequence[Any]], Any]] = {
    "null": lambda node, blocks: ri.NULL,
    "double": _number,
    "integer": _number,
    "logical": _logical,
    "text": _text,
    "factor": _factor,
    "date": _date,
    "time": _time,
    "difference": _difference,
    "list": _list,
    "frame": _frame,
}


def from_r(value: Any, blocks: list[Block], place: str = "value") -> Node:
    """Describe an R value as a node; blocks that look into R's memory are appended to `blocks`.

    Raises
    ------
    NotTransferable
        The value, or one inside it, is of a class or type that does not cross; `place` says where.
    """
    # First: R would evaluate code that it is asked about.
    if value.typeof not in _TYPES:
        raise NotTransferable(f"R returned {place} of type {value.typeof.name}, which does not cross")
    classes = tuple(_strings(_base("oldClass")(value)))
    if "data.frame" in classes:
        return _describe_frame(value, blocks, place)
    if classes in _CLASSES:
        return _CLASSES[classes](value, blocks, place)
    if classes:
        raise NotTransferable(
            f"R returned {place} of class {', '.join(map(str, classes))}, which does not cross"
        )
    return _TYPES[value.typeof](value, blocks, place)


def _block(vector: Any, format: str, blocks: list[Block]) -> int:
    length = len(vector)
    # The function keeps the vector, whose memory it looks into.
    blocks.append(Block(format, length, lambda: [_memory(vector, format, length)]))
    return len(blocks) - 1


def _shape(value: Any) -> list[int] | None:
    dim = _base("dim")(value)
    return None if dim.typeof == ri.RTYPES.NILSXP else list(dim)


def _describe_number(kind: str, format: str) -> Callable[[Any, list[Block], str], Node]:
    def described(value: Any, blocks: list[Block], place: str) -> Node:
        return {"kind": kind, "block": _block(value, format, blocks), "dim": _shape(value)}

    return described


def _describe_logical(value: Any, blocks: list[Block], place: str) -> Node:
    _refuse_shape(value, "truth values", place)
    return {"kind": "logical", "block": _block(value, "i", blocks)}


def _refuse_shape(value: Any, what: str, place: str) -> None:
    if len(_shape(value) or ()) > 1:
        raise NotTransferable(f"R returned {place}, a matrix of {what}, which does not cross")


def _describe_levels(levels: Any, blocks: list[Block], place: str) -> Node:
    # Looked at before the conversion, which would write an invalid byte as <ff>.
    valid = _base("all")(_base("validEnc")(levels))[0]
    if not valid or _base("%in%")("bytes", _base("Encoding")(levels))[0]:
        raise NotTransferable(f"R returned {place} with bytes that are not text in UTF-8")
    text = _base("enc2utf8")(levels)
    if _base("anyNA")(text)[0]:
        raise NotTransferable(f"R returned {place} with a missing level, which does not cross")
    data = _base("writeBin")(text, ri.ByteSexpVector([]))
    return {"block": _block(data, "B", blocks), "count": len(text)}


def _describe_text(value: Any, blocks: list[Block], place: str) -> Node:
    _refuse_shape(value, "text", place)
    plain = value if _shape(value) is None else _base("as.vector")(value)
    levels = _base("unique")(plain)
    if _base("anyNA")(levels)[0]:
        levels = _base("[")(levels, _base("!")(_base("is.na")(levels)))
    described = _describe_levels(levels, blocks, place)
    codes = _base("match")(value, levels)
    names = _base("names")(value)
    return {
        "kind": "text",
        "block": _block(codes, "i", blocks),
        "levels": described,
        "names": None if names.typeof == ri.RTYPES.NILSXP else _strings(names),
    }


def _describe_factor(value: Any, blocks: list[Block], place: str) -> Node:
    levels = _describe_levels(_base("levels")(value), blocks, place)
    ordered = "ordered" in _strings(value.rclass)
    return {"kind": "factor", "block": _block(value, "i", blocks), "levels": levels, "ordered": ordered}


def _describe_date(value: Any, blocks: list[Block], place: str) -> Node:
    return {"kind": "date", "block": _block(_as_double(value), "d", blocks)}


def _describe_time(value: Any, blocks: list[Block], place: str) -> Node:
    zone = [text for text in _strings(_base("attr")(value, "tzone")) if text]
    block = _block(_as_double(value), "d", blocks)
    return {"kind": "time", "block": block, "zone": zone[0] if zone else None}


def _describe_difference(value: Any, blocks: list[Block], place: str) -> Node:
    return {"kind": "difference", "block": _block(_as_double(value, units="secs"), "d", blocks)}


def _as_double(value: Any, **named: str) -> Any:
    return _base("as.double")(value, **named)


def _describe_list(value: Any, blocks: list[Block], place: str) -> Node:
    names = _strings(_base("names")(value))
    labels = names or [str(position + 1) for position in range(len(value))]
    values = [from_r(item, blocks, f"{place}${label}") for label, item in zip(labels, value, strict=True)]
    return {"kind": "list", "names": names or None, "values": values}


def _describe_frame(value: Any, blocks: list[Block], place: str) -> Node:
    names = _strings(_base("names")(value))
    if None in names:
        raise NotTransferable(f"R returned {place} with a column whose name is missing")
    (rows,) = _base(".row_names_info")(value, ri.IntSexpVector([2]))
    within = zip(names, value, strict=True)
    columns = [_describe_column(item, rows, blocks, f"{place}${name}") for name, item in within]
    row_names = _describe_row_names(value, blocks, place)
    return {"kind": "frame", "names": names, "rows": rows, "row_names": row_names, "columns": columns}


def _describe_column(column: Any, rows: int, blocks: list[Block], place: str) -> Node:
    node = from_r(column, blocks, place)
    if node["kind"] in ("list", "frame", "null") or node.get("dim"):
        inside = "a matrix" if node.get("dim") else f"a {node['kind']}"
        raise NotTransferable(f"R returned {place}, a column that is {inside}, which does not cross")
    if len(column) != rows:
        raise NotTransferable(f"R returned {place}, a column of {len(column)} values for {rows} rows")
    return node


def _describe_row_names(frame: Any, blocks: list[Block], place: str) -> Node | None:
    """Describe row names that were given; R counts its own as a negative number."""
    (rows,) = _base(".row_names_info")(frame, ri.IntSexpVector([1]))
    labels = _base("attr")(frame, "row.names")
    if rows < 0 or (rows == 0 and labels.typeof == ri.RTYPES.INTSXP):
        return None
    return from_r(labels, blocks, f"row names of {place}")


Describe = Callable[[Any, list[Block], str], Node]

_CLASSES: dict[tuple[str | None, ...], Describe] = {
    ("factor",): _describe_factor,
    ("ordered", "factor"): _describe_factor,
    ("Date",): _describe_date,
    ("POSIXct", "POSIXt"): _describe_time,
    ("difftime",): _describe_difference,
}

_TYPES: dict[Any, Describe] = {
    ri.RTYPES.NILSXP: lambda value, blocks, place: {"kind": "null"},
    ri.RTYPES.REALSXP: _describe_number("double", "d"),
    ri.RTYPES.INTSXP: _describe_number("integer", "i"),
    ri.RTYPES.LGLSXP: _describe_logical,
    ri.RTYPES.STRSXP: _describe_text,
    ri.RTYPES.VECSXP: _describe_list,
}


def _strings(value: Any) -> list[str | None]:
    """Read a character vector (or NULL, as none); missing strings become None."""
    if value.typeof == ri.RTYPES.NILSXP:
        return []
    return [None if text is ri.NA_Character else str(text) for text in value]
