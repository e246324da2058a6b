"""Characteristics of a Stata data set (`_dta[name]`), which pandas neither writes nor reads.

Layout of format 118 (Stata 14 and later), from Stata's `help dta_118`: named sections, a `<map>` of 14
offsets of sections, and for each characteristic `<ch>`, its length, two names of 129 bytes, its
zero-terminated text, `</ch>`.
"""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from erm_bridge.errors import InputError

_NAME_BYTES = 129
_OPEN, _CLOSE = b"<characteristics>", b"</characteristics>"
_MAP = b"<map>"
_MAP_ENTRIES = 14
_DATA_ENTRY = 9
_HEADER = b"<stata_dta><header><release>118</release><byteorder>"


def add_characteristics(path: Path, texts: Mapping[str, str]) -> None:
    """Add characteristics of the data set to a file of format 118 that has none."""
    content = path.read_bytes()
    order = _byte_order(content, path)
    at = content.index(_OPEN) + len(_OPEN)
    new = b"".join(_entry(name, text, order) for name, text in texts.items())
    map_at = content.index(_MAP) + len(_MAP)
    layout = f"{order}{_MAP_ENTRIES}Q"
    offsets = list(struct.unpack_from(layout, content, map_at))
    offsets[_DATA_ENTRY:] = [offset + len(new) for offset in offsets[_DATA_ENTRY:]]
    with path.open("wb") as file:
        file.write(content[:map_at])
        file.write(struct.pack(layout, *offsets))
        file.write(content[map_at + struct.calcsize(layout) : at])
        file.write(new)
        file.write(content[at:])


def read_characteristics(path: Path) -> dict[str, str]:
    """Return the characteristics of the data set; none for files of other formats."""
    with path.open("rb") as file:
        head = file.read(len(_HEADER) + 1024)
        if not head.startswith(_HEADER):
            return {}
        order = _byte_order(head, path)
        layout = f"{order}{_MAP_ENTRIES}Q"
        offsets = struct.unpack_from(layout, head, head.index(_MAP) + len(_MAP))
        start, end = offsets[_DATA_ENTRY - 1], offsets[_DATA_ENTRY]
        file.seek(start)
        section = file.read(end - start)
    return dict(_entries(section[len(_OPEN) : -len(_CLOSE)], order))


def _byte_order(content: bytes, path: Path) -> str:
    if not content.startswith(_HEADER):
        raise InputError(f"{path}: not a Stata file of format 118")
    return "<" if content[len(_HEADER) : len(_HEADER) + 3] == b"LSF" else ">"


def _entry(name: str, text: str, order: str) -> bytes:
    names = b"_dta".ljust(_NAME_BYTES, b"\0") + name.encode().ljust(_NAME_BYTES, b"\0")
    body = names + text.encode("utf-8") + b"\0"
    return b"<ch>" + struct.pack(f"{order}I", len(body)) + body + b"</ch>"


def _entries(section: bytes, order: str) -> Iterator[tuple[str, str]]:
    at = 0
    while section[at : at + 4] == b"<ch>":
        (length,) = struct.unpack_from(f"{order}I", section, at + 4)
        body = section[at + 8 : at + 8 + length]
        about, name = body[:_NAME_BYTES], body[_NAME_BYTES : 2 * _NAME_BYTES]
        if about.rstrip(b"\0") == b"_dta":
            yield name.rstrip(b"\0").decode("utf-8"), body[2 * _NAME_BYTES :].rstrip(b"\0").decode("utf-8")
        at += 8 + length + len(b"</ch>")
