"""What R and its process print: kept in memory up to a bound, newest last."""

import os
import select
import threading

KEPT = 2**20

_PIECE = 2**16
_CONSOLE_MARK = "R callback write-console: "


class Output:
    """Reads a pipe as fast as R fills it, and keeps the last `KEPT` bytes.

    R that prints without end can fill neither a disk nor the memory, nor is it held up.

    Parameters
    ----------
    reading : int
        Descriptor of the pipe's reading end; closed once nobody can write any more.
    """

    def __init__(self, reading: int) -> None:
        os.set_blocking(reading, False)
        self._reading, self._ended = reading, False
        self._kept = bytearray()
        self._lost = False
        self._lock = threading.Lock()
        threading.Thread(target=self._follow, args=(reading,), daemon=True, name="output of R").start()

    def text(self) -> str:
        """Return the last `KEPT` bytes of what has been printed, marked where that is not all."""
        with self._lock:
            self._drain()
            kept = self._kept.decode("utf-8", "replace").replace(_CONSOLE_MARK, "")
            return f"[earlier output left out]\n{kept}" if self._lost else kept

    def add(self, text: str) -> None:
        """Add lines of our own to what R has printed."""
        with self._lock:
            self._drain()
            self._keep(text.encode("utf-8", "replace") + b"\n")

    def clear(self) -> None:
        """Forget what has been printed so far."""
        with self._lock:
            self._drain()
            self._kept.clear()
            self._lost = False

    def _follow(self, reading: int) -> None:
        poll = select.poll()
        poll.register(reading, select.POLLIN)
        while not self._ended:
            poll.poll()
            with self._lock:
                self._drain(pieces=1)
        os.close(reading)

    def _drain(self, pieces: int = KEPT // _PIECE) -> None:
        """Take what is in the pipe; the lock is held. Bounded, since R may go on printing."""
        for _ in range(pieces):
            if self._ended:
                return
            try:
                piece = os.read(self._reading, _PIECE)
            except BlockingIOError:
                return
            if not piece:
                # The thread that follows closes the pipe: nobody else may while it waits for it.
                self._ended = True
                return
            self._keep(piece)

    def _keep(self, piece: bytes) -> None:
        self._kept += piece
        excess = len(self._kept) - KEPT
        if excess > 0:
            del self._kept[:excess]
            self._lost = True
