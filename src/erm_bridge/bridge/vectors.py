"""Values of R to nodes of the wire and back, inside the process that holds R.

The other side of the wire is `transfer`. Numbers cross as memory; this file needs neither pandas
nor numpy, so that R is ready sooner.
"""

from collections.abc import Sequence
from typing import Any

from rpy2 import rinterface as ri

from erm_bridge.bridge.wire import NA, Buffer, Node

# rpy2 is typed, but its module does not declare which names it offers.
# mypy: disable-error-code="attr-defined"


class NotTransferable(Exception):
    """R returned something that does not cross."""


def to_r(node: Node, buffers: Sequence[Buffer]) -> Any:
    """Make the R value that a node describes."""
    return _MAKERS[node["kind"]](node, buffers)


def _number(node: Node, buffers: Sequence[Buffer]) -> Any:
    memory = memoryview(buffers[node["buffer"]])
    if node["kind"] == "double":
        vector = ri.FloatSexpVector.from_memoryview(memory.cast("d"))
    else:
        vector = ri.IntSexpVector.from_memoryview(memory.cast("i"))
    if node.get("dim"):
        vector.do_slot_assign("dim", ri.IntSexpVector(node["dim"]))
    return vector


def _codes(node: Node, buffers: Sequence[Buffer]) -> Any:
    return ri.IntSexpVector.from_memoryview(memoryview(buffers[node["buffer"]]).cast("i"))


def _logical(node: Node, buffers: Sequence[Buffer]) -> Any:
    return ri.baseenv["as.logical"](_codes(node, buffers))


def _text(node: Node, buffers: Sequence[Buffer]) -> Any:
    return ri.baseenv["["](ri.StrSexpVector(node["levels"]), _codes(node, buffers))


def _factor(node: Node, buffers: Sequence[Buffer]) -> Any:
    vector = _codes(node, buffers)
    vector.do_slot_assign("levels", ri.StrSexpVector(node["levels"]))
    vector.rclass = ri.StrSexpVector(["ordered", "factor"] if node["ordered"] else ["factor"])
    return vector


def _list(node: Node, buffers: Sequence[Buffer]) -> Any:
    values = ri.ListSexpVector([to_r(value, buffers) for value in node["values"]])
    if node["names"] is not None:
        values.do_slot_assign("names", ri.StrSexpVector(node["names"]))
    return values


def _frame(node: Node, buffers: Sequence[Buffer]) -> Any:
    frame = ri.ListSexpVector([to_r(column, buffers) for column in node["columns"]])
    frame.do_slot_assign("names", ri.StrSexpVector(node["names"]))
    # R's own short form of the row names 1..n: NA and -n.
    frame.do_slot_assign("row.names", ri.IntSexpVector([NA, -node["rows"]]))
    frame.rclass = ri.StrSexpVector(["data.frame"])
    return frame


_MAKERS = {
    "null": lambda node, buffers: ri.NULL,
    "double": _number,
    "integer": _number,
    "logical": _logical,
    "text": _text,
    "factor": _factor,
    "list": _list,
    "frame": _frame,
}


def from_r(value: Any, buffers: list[Any], place: str = "value") -> Node:
    """Describe an R value as a node; its memory is appended to `buffers`.

    The buffers look into R's memory: `value` must stay referenced until they are sent.

    Raises
    ------
    NotTransferable
        The value, or one inside it, is of a class or type that does not cross; `place` says where.
    """
    classes = _strings(ri.baseenv["oldClass"](value))
    if classes[-1:] == ["factor"]:
        return _describe_factor(value, buffers, "ordered" in classes)
    if "data.frame" in classes:
        return _describe_frame(value, buffers, place)
    if classes:
        raise NotTransferable(
            f"R returned {place} of class {', '.join(map(str, classes))}, which does not cross"
        )
    if isinstance(value, ri.ListSexpVector):
        return _describe_list(value, buffers, place)
    for vector_class, kind in _KINDS:
        if isinstance(value, vector_class):
            return _describe_memory(value, buffers, kind)
    if isinstance(value, ri.StrSexpVector):
        return _describe_text(value, buffers)
    if value.typeof == ri.RTYPES.NILSXP:
        return {"kind": "null"}
    raise NotTransferable(f"R returned {place} of type {value.typeof.name}, which does not cross")


_KINDS = (
    (ri.FloatSexpVector, "double"),
    (ri.IntSexpVector, "integer"),
    (ri.BoolSexpVector, "logical"),
)


def _describe_memory(value: Any, buffers: list[Any], kind: str) -> Node:
    dim = ri.baseenv["dim"](value)
    # What `value.memoryview()` does, without its import of numpy.
    pointer = type(value)._R_GET_PTR(value.__sexp__._cdata)
    size = len(value) * type(value)._R_SIZEOF_ELT
    buffers.append(ri.openrlib.ffi.buffer(pointer, size))
    shape = None if dim.typeof == ri.RTYPES.NILSXP else list(dim)
    return {"kind": kind, "buffer": len(buffers) - 1, "dim": shape}


def _describe_text(value: Any, buffers: list[Any]) -> Node:
    levels = ri.baseenv["unique"](ri.baseenv["enc2utf8"](ri.baseenv["as.vector"](value)))
    codes = ri.baseenv["match"](value, levels)
    names = ri.baseenv["names"](value)
    return {
        **_describe_memory(codes, buffers, "text"),
        "levels": _strings(levels),
        "names": None if names.typeof == ri.RTYPES.NILSXP else _strings(names),
    }


def _describe_factor(value: Any, buffers: list[Any], ordered: bool) -> Node:
    node = _describe_memory(value, buffers, "factor")
    return {**node, "levels": _strings(ri.baseenv["levels"](value)), "ordered": ordered}


def _describe_list(value: Any, buffers: list[Any], place: str) -> Node:
    names = _strings(ri.baseenv["names"](value))
    labels = names or [str(position + 1) for position in range(len(value))]
    values = [from_r(item, buffers, f"{place}${label}") for label, item in zip(labels, value, strict=True)]
    return {"kind": "list", "names": names or None, "values": values}


def _describe_frame(value: Any, buffers: list[Any], place: str) -> Node:
    names = _strings(ri.baseenv["names"](value))
    columns = [from_r(item, buffers, f"{place}${name}") for name, item in zip(names, value, strict=True)]
    (rows,) = ri.baseenv[".row_names_info"](value, ri.IntSexpVector([2]))
    return {"kind": "frame", "names": names, "rows": rows, "columns": columns}


def _strings(value: Any) -> list[str | None]:
    """Read a character vector (or NULL, as none); missing strings become None."""
    if value.typeof == ri.RTYPES.NILSXP:
        return []
    return [None if text is ri.NA_Character else str(text) for text in value]
