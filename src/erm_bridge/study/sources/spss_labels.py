"""Value labels of texts in an SPSS file, read before ReadStat does so: one it cannot decode ends the process.

Where the value of such a label is not in the file's encoding, ReadStat gives up on the set but hands it on,
and pyreadstat 1.3.7 follows a null pointer. Layout of the records as in PSPP's "System File Format".
"""

import codecs
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_HEADER, _LAYOUT, _VARIABLE, _DOCUMENT_LINE = 176, 64, 28, 80
_MAGIC = (b"$FL2", b"$FL3")
_MACHINE, _ENCODING = 3, 20
_UTF_8 = 65001
# Every byte is a character of it.
_ANY = "latin-1"


class _Records:
    """The records before the values; what is cut off ends them by an error of `struct`."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.size = file, file.seek(0, 2)
        file.seek(0)
        head = self.bytes(_HEADER)
        if head[:4] not in _MAGIC:
            raise struct.error("not an SPSS file")
        self.order = "<" if head[_LAYOUT : _LAYOUT + 4] in (b"\2\0\0\0", b"\3\0\0\0") else ">"

    def integers(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"{self.order}{count}i", self.bytes(4 * count))

    def bytes(self, count: int) -> bytes:
        if not 0 <= count <= self.size - self.file.tell():
            raise struct.error("cut off")
        return self.file.read(count)


def undecodable(path: Path, encoding: str | None) -> bytes | None:
    """Return the first value of a text's value label that is not in the encoding; None if there is none.

    Parameters
    ----------
    path : Path
    encoding : str or None
        None: the one that the file states.
    """
    labelled: list[bytes] = []
    stated = _ANY
    with path.open("rb") as file, suppress(struct.error):
        for kind, found in _dictionary(_Records(file)):
            if kind == "labels":
                labelled += found
            else:
                stated = found[0].decode("ascii", "replace").strip("\0 ")
    return next((value for value in labelled if not _fits(value, encoding or stated)), None)


def _dictionary(records: _Records) -> Iterator[tuple[str, list[bytes]]]:
    """Go through the records; give the values of each set of labels of texts, and the stated encoding."""
    texts: dict[int, bool] = {}
    position = 0
    while True:
        (kind,) = records.integers(1)
        if kind == 2:
            position += 1
            width = _skip_variable(records)
            if width >= 0:
                texts[position] = width > 0
        elif kind == 3:
            values = _label_values(records)
            _, count = records.integers(2)
            named = [texts[index] for index in records.integers(count) if index in texts]
            # As ReadStat decides: the last variable that it knows, and text where it knows none.
            if not named or named[-1]:
                yield "labels", values
        elif kind == 6:
            records.bytes(records.integers(1)[0] * _DOCUMENT_LINE)
        elif kind == 7:
            subtype, size, count = records.integers(3)
            content = records.bytes(size * count)
            if subtype == _ENCODING:
                yield "encoding", [content]
            elif subtype == _MACHINE and len(content) >= 32:
                (page,) = struct.unpack(f"{records.order}i", content[28:32])
                yield "encoding", [{_UTF_8: b"utf-8"}.get(page, b"cp%d" % page)]
        else:
            return


def _skip_variable(records: _Records) -> int:
    """Pass a variable; returns 0 for numbers, the width of a text, or -1 for the continuation of one."""
    width, has_label, missing = records.integers(3)
    records.bytes(_VARIABLE - 12)
    if has_label:
        (length,) = records.integers(1)
        records.bytes((length + 3) // 4 * 4)
    records.bytes(8 * abs(missing))
    return width


def _label_values(records: _Records) -> list[bytes]:
    (count,) = records.integers(1)
    values = []
    for _ in range(count):
        values.append(records.bytes(8))
        # The length and the label fill a multiple of eight bytes.
        length = records.bytes(1)[0]
        records.bytes((length + 8) // 8 * 8 - 1)
    return values


def _fits(value: bytes, encoding: str) -> bool:
    """Tell whether a value can be decoded; ReadStat leaves out a character that the eighth byte cuts."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(value.rstrip(b" \0"), final=False)
    except LookupError:
        return True
    except UnicodeError:
        return False
    return True
