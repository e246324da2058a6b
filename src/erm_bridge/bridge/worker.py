"""The process that holds R: `python -m erm_bridge.bridge.worker SOCKET PARENT CODE`.

It starts R through rpy2, reads the files of R code and then answers calls until its parent closes
the connection or ends. Its standard output and error, R's console included, go where the parent
sent them; they carry no messages of the protocol.
"""

import contextlib
import os
import select
import shutil
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from erm_bridge.bridge.wire import Allocate, Block, Channel, Node

# rpy2 is typed, but its module does not declare which names it offers.
# mypy: disable-error-code="attr-defined"

Call = Callable[[str, Node, list[Any]], tuple[Node, list[Block]]]

_OPTIONS = ("rpy2", "--vanilla", "--quiet", "--no-echo")
_EMPTY_LIST: Node = {"kind": "list", "names": [], "values": []}
_SECONDS_BETWEEN_LOOKS = 0.5


def main(arguments: list[str]) -> int:
    """Serve one parent; return the exit code of the process."""
    descriptor, parent, code = int(arguments[0]), int(arguments[1]), Path(arguments[2])
    channel = Channel(socket.socket(fileno=descriptor))
    folders: list[str] = []
    _end_with_parent(channel.connection, parent, folders)
    try:
        call, allocate, folder = _start_r(code)
    except Exception as error:
        traceback.print_exc()
        channel.send({"failure": f"{type(error).__name__}: {error}"})
        return 1
    folders.append(folder)
    channel.send({"ready": os.getpid(), "folder": folder})
    _warm_up(call)
    with contextlib.suppress(EOFError, ConnectionError):
        _serve(channel, call, allocate)
    return 0


def _end_with_parent(connection: socket.socket, parent: int, folders: list[str]) -> None:
    """End this process when the parent is gone, even while R computes."""

    def watch() -> None:
        poll = select.poll()
        poll.register(connection, getattr(select, "POLLRDHUP", 0) | select.POLLHUP)
        while os.getppid() == parent and not poll.poll(_SECONDS_BETWEEN_LOOKS * 1000):
            pass
        # An idle main thread sees the closed connection by itself and lets R tidy up.
        time.sleep(_SECONDS_BETWEEN_LOOKS)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="end-with-parent").start()


def _start_r(code: Path) -> tuple[Call, Allocate, str]:
    """Start R and read its code.

    Returns the function that answers calls, the one that makes R's memory for what is received, and
    R's temporary folder.
    """
    _spare_other_starts_of_r()
    from rpy2 import rinterface as ri

    ri.embedded.set_initoptions(_OPTIONS)
    ri.initr(interactive=False)
    from erm_bridge.bridge.vectors import allocate, from_r, to_r

    environment = ri.baseenv["new.env"](parent=ri.globalenv)
    for file in sorted(code.glob("*.R")):
        ri.baseenv["sys.source"](str(file), environment)
    worker_call = environment["worker_call"]

    def call(name: str, arguments: Node, received: list[Any]) -> tuple[Node, list[Block]]:
        blocks: list[Block] = []
        node = from_r(worker_call(name, to_r(arguments, received)), blocks)
        return {"value": node}, blocks

    return call, allocate, str(ri.baseenv["tempdir"]()[0])


def _spare_other_starts_of_r() -> None:
    """Keep rpy2 from starting R twice more to learn variables that the parent has set already."""
    import rpy2.situation

    known = os.environ.get("LD_LIBRARY_PATH", "")
    rpy2.situation.r_ld_library_path_from_subprocess = lambda r_home: known
    from rpy2 import rinterface as ri

    ri._getrenvvars = lambda *given, **named: ()


def _warm_up(call: Call) -> None:
    """Load R's packages before the first call; what fails here fails again, and is told, where it is used."""
    try:
        call("warm_up", _EMPTY_LIST, [])
    except Exception:
        traceback.print_exc()


def _serve(channel: Channel, call: Call, allocate: Allocate) -> None:
    while True:
        header, received = channel.receive(None, allocate)
        blocks: list[Block] = []
        try:
            answer, blocks = call(header["call"], header["arguments"], received)
        except Exception as error:
            traceback.print_exc()
            answer = {"failure": f"{type(error).__name__}: {error}"}
        del received
        channel.send(answer, blocks)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
