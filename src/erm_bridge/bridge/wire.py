"""Messages between Python and the process that holds R: a JSON header, then raw memory.

A message is 8 bytes with the length of the header, the header, and the buffers one after another;
the header's `sizes` are their lengths in bytes. Both sides use this file; it knows neither pandas
nor R.

Values travel as nodes, dictionaries with a `kind`:

========= ======================================================================================
null      nothing else
double    `buffer`: number of a buffer of float64; `dim`: shape of a matrix (column by column)
integer   `buffer` of int32 where `NA` is missing; `dim` likewise
logical   `buffer` of int32: 0, 1 or `NA`
text      `buffer` of int32: 1-based positions in `levels`, `NA` missing; `names` or None
factor    as text, with `ordered`
list      `names` or None, and `values`: nodes
frame     `names`, `rows` and `columns`: nodes
========= ======================================================================================
"""

import json
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

Node = dict[str, Any]
Buffer = bytes | bytearray | memoryview

NA = -(2**31)
_LENGTH = struct.Struct("<Q")


class Channel:
    """One end of the connection; `deadline` is a moment of `time.monotonic()`, None for never.

    Both directions raise TimeoutError at the deadline and EOFError (or another OSError) when the
    other end is gone.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(self, header: Node, buffers: Sequence[Buffer] = (), deadline: float | None = None) -> None:
        """Send one message; the header must not hold a key `sizes` of its own."""
        views = [_as_bytes(buffer) for buffer in buffers]
        text = json.dumps({**header, "sizes": [len(view) for view in views]}).encode("ascii")
        parts: list[Buffer] = [_LENGTH.pack(len(text)), text, *views]
        for part in parts:
            self._limit(deadline)
            self.connection.sendall(part)

    def receive(self, deadline: float | None = None) -> tuple[Node, list[bytearray]]:
        """Wait for one message and return its header and buffers."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size, deadline))
        header = json.loads(self._exactly(length, deadline))
        return header, [self._exactly(size, deadline) for size in header["sizes"]]

    def close(self) -> None:
        """Close this end."""
        self.connection.close()

    def _exactly(self, size: int, deadline: float | None) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            self._limit(deadline)
            got = self.connection.recv_into(view)
            if got == 0:
                raise EOFError("the other end closed the connection")
            view = view[got:]
        return data

    def _limit(self, deadline: float | None) -> None:
        if deadline is None:
            self.connection.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connection.settimeout(left)


def _as_bytes(buffer: Buffer) -> memoryview:
    view = memoryview(buffer)
    # An empty view cannot be cast.
    return view.cast("B") if view.nbytes else memoryview(b"")
