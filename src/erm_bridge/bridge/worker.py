"""The process that holds R: `python -m erm_bridge.bridge.worker SOCKET PARENT CODE FOLDER MEMORY`.

It leaves a guard behind, starts R through rpy2, reads the files of R code and then answers calls
until the connection is closed. R stays in the main thread. Standard output and error, R's console
included, go where Python sent them; they carry no messages of the protocol.
"""

import contextlib
import os
import resource
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from erm_bridge.bridge import guard
from erm_bridge.bridge.wire import Allocate, Block, Channel, Node

# rpy2 is typed, but its module does not declare which names it offers.
# mypy: disable-error-code="attr-defined"

Call = Callable[[str, Node, list[Any]], tuple[Node, list[Block]]]

_OPTIONS = ("rpy2", "--vanilla", "--quiet", "--no-echo")
_EMPTY_LIST: Node = {"kind": "list", "names": [], "values": []}


def main(arguments: list[str]) -> int:
    """Serve one parent; return the exit code of the process."""
    descriptor, parent, code, folder, memory = arguments
    connection = socket.socket(fileno=int(descriptor))
    guard.split(connection, int(parent), folder)
    _limit_memory(int(memory))
    channel = Channel(connection)
    try:
        call, allocate = _start_r(Path(code))
    except Exception as error:
        traceback.print_exc()
        channel.send({"failure": f"{type(error).__name__}: {error}"})
        return 1
    channel.send({"ready": os.getpid()})
    _warm_up(call)
    with contextlib.suppress(EOFError, ConnectionError):
        _serve(channel, call, allocate)
    return 0


def _limit_memory(size: int) -> None:
    """Let no more than that many bytes be allocated, 0 for no limit.

    The limit is on data and not on addresses: libraries, which are mapped, are not counted, and R says
    which vector it could not allocate.
    """
    if size:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        size = size if most == resource.RLIM_INFINITY else min(size, most)
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def _start_r(code: Path) -> tuple[Call, Allocate]:
    """Start R and read its code; return what answers calls and what makes memory of R to receive into."""
    _spare_other_starts_of_r()
    from rpy2 import rinterface as ri

    ri.embedded.set_initoptions(_OPTIONS)
    ri.initr(interactive=False)
    from erm_bridge.bridge.vectors import NotTransferable, allocate, from_r, to_r

    environment = ri.baseenv["new.env"](parent=ri.globalenv)
    for file in sorted(code.glob("*.R")):
        ri.baseenv["sys.source"](str(file), environment)
    worker_call = environment["worker_call"]
    own = os.getpid()

    def call(name: str, arguments: Node, received: list[Any]) -> tuple[Node, list[Block]]:
        result = worker_call(name, to_r(arguments, received))
        if os.getpid() != own:
            # A fork that R code has made, and forgotten to end, must not answer in R's place.
            os._exit(0)
        blocks: list[Block] = []
        try:
            return {"value": from_r(result, blocks)}, blocks
        except NotTransferable as error:
            return {"refused": str(error)}, []

    return call, allocate


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
