"""Read damaged copies of a file: `python reading.py FILE SEEDS`. Prints what came of them as JSON.

A process of its own, with limited memory: a reader that crashes or hangs is found by its parent.
"""

import json
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from erm_bridge.errors import InputError
from erm_bridge.study.models import DataSource
from erm_bridge.study.sources import Wanted, read_source

MEMORY = 2 * 2**30


def damaged(data: bytes, seed: int) -> bytes:
    """Cut, flip, overwrite or repeat bytes."""
    draw = random.Random(seed)
    spoilt, place = bytearray(data), draw.randrange(len(data))
    if seed % 4 == 0:
        return data[: max(1, place)]
    if seed % 4 == 1:
        for _ in range(draw.choice([1, 2, 8])):
            spoilt[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    elif seed % 4 == 2:
        width = draw.choice([1, 2, 4, 8])
        spoilt[place : place + width] = draw.choice([b"\xff", b"\x00", b"\x7f"]) * width
    else:
        other = draw.randrange(len(data))
        spoilt[place : place + 16] = data[other : other + 16]
    return bytes(spoilt)


def main(path: Path, seeds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    good = path.read_bytes()
    target = path.with_stem("damaged")
    wanted = Wanted(dict.fromkeys(("score", "code", "town"), "key"), {})
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for seed in range(seeds):
        target.write_bytes(damaged(good, seed))
        # The last line of a crash says which one it was.
        sys.stderr.write(f"{seed}\n")
        sys.stderr.flush()
        start = time.monotonic()
        try:
            read_source(DataSource(source=target.name), None, path.parent, wanted, load_dataset=_none)
            outcomes["read"] += 1
        except InputError as error:
            outcomes["refused"] += 1
            outcomes["without a name"] += target.name not in str(error)
        slowest = max(slowest, time.monotonic() - start)
    sys.stdout.write(json.dumps({"outcomes": +outcomes, "slowest": slowest}))


def _none(package: str, name: str) -> None:
    raise AssertionError


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
