"""Messages between Python and the process that holds R: a JSON header, then raw memory.

A message is 8 bytes with the length of the header, the header, and the blocks of memory one after
another; the header's `blocks` names the format and the length of each, so that the receiver can put
it where it stays. Both sides use this file; it knows neither pandas nor R.

Values travel as nodes, dictionaries with a `kind`; blocks are named by their number:

========== =====================================================================================
null       nothing else
double     `block` of doubles; `dim`: shape of a matrix (column by column)
integer    `block` of 32-bit integers where `NA` is missing; `dim` likewise
logical    `block` of 32-bit integers: 0, 1 or `NA`
text       `block` of 1-based positions in the `levels`, `NA` missing; `names` or None
factor     as text, with `ordered`
date       `block` of doubles: days since 1970-01-01
time       `block` of doubles: seconds since 1970-01-01 UTC; `zone` or None
difference `block` of doubles: seconds
list       `names` or None, and `values`: nodes
frame      `names`, `rows`, `columns`: nodes; `row_names`: a node of integers or text, or None
========== =====================================================================================

`levels` are a `block` of UTF-8 in which a zero byte ends each text, and their `count`.
"""

import json
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]
Memory = bytes | bytearray | memoryview

NA = -(2**31)
# The lower half of the bits of R's missing double, by which R tells it from other NaN.
NA_DOUBLE_WORD = 1954
NA_DOUBLE_BITS = 0x7FF0_0000_0000_0000 | NA_DOUBLE_WORD
SIZES = {"d": 8, "i": 4, "B": 1}

_LENGTH = struct.Struct("<Q")
_SOCKET_BUFFER = 2**20


@dataclass(frozen=True)
class Block:
    """Memory to send, made while it is sent.

    Attributes
    ----------
    format : str
        Of one element: `d` double, `i` 32-bit integer, `B` byte.
    length : int
        Number of elements.
    pieces : callable
        Returns the contiguous parts in order; each is sent before the next is made.
    """

    format: str
    length: int
    pieces: Callable[[], Iterable[Any]]


# Given the format and the length of a block, makes the object that will hold it and its memory.
Allocate = Callable[[str, int], tuple[Any, Memory]]


def plain_memory(format: str, length: int) -> tuple[bytearray, bytearray]:
    """Hold a block as bytes."""
    data = bytearray(length * SIZES[format])
    return data, data


class Channel:
    """One end of the connection; `deadline` is a moment of `time.monotonic()`, None for never.

    Both directions raise TimeoutError at the deadline and EOFError (or another OSError) when the
    other end is gone.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        # The two processes take turns less often: half the time of a large block.
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            connection.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BUFFER)

    def send(self, header: Node, blocks: Sequence[Block] = (), deadline: float | None = None) -> None:
        """Send one message; the header must not hold a key `blocks` of its own."""
        formats = [[block.format, block.length] for block in blocks]
        text = json.dumps({**header, "blocks": formats}).encode("ascii")
        self._send_all(_LENGTH.pack(len(text)) + text, deadline)
        for block in blocks:
            sent = 0
            for piece in block.pieces():
                sent += self._send_all(piece, deadline)
            if sent != block.length * SIZES[block.format]:
                raise RuntimeError(f"a block of {block.length} {block.format} had {sent} bytes")

    def receive(
        self, deadline: float | None = None, allocate: Allocate = plain_memory
    ) -> tuple[Node, list[Any]]:
        """Wait for one message; return its header and what `allocate` made to hold each block."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size, deadline))
        header = json.loads(self._exactly(length, deadline))
        held = []
        for format, count in header["blocks"]:
            holder, memory = allocate(format, count)
            self._fill(memory, deadline)
            held.append(holder)
        return header, held

    def close(self) -> None:
        """Close this end."""
        self.connection.close()

    def _send_all(self, data: Any, deadline: float | None) -> int:
        view = _as_bytes(data)
        self._limit(deadline)
        self.connection.sendall(view)
        return len(view)

    def _exactly(self, size: int, deadline: float | None) -> bytearray:
        data = bytearray(size)
        self._fill(data, deadline)
        return data

    def _fill(self, memory: Memory, deadline: float | None) -> None:
        view = _as_bytes(memory)
        while view:
            self._limit(deadline)
            got = self.connection.recv_into(view)
            if got == 0:
                raise EOFError("the other end closed the connection")
            view = view[got:]

    def _limit(self, deadline: float | None) -> None:
        if deadline is None:
            self.connection.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connection.settimeout(left)


def _as_bytes(memory: Memory) -> memoryview:
    view = memoryview(memory)
    # An empty view cannot be cast.
    return view.cast("B") if view.nbytes else memoryview(b"")
