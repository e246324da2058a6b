"""Seconds that rpy2's pandas2ri takes for the frames of the benchmark, once each; needs R's environment."""

import json
from time import perf_counter

import rpy2.robjects as ro
from _frames import FRAMES
from rpy2.robjects import pandas2ri


def main() -> None:
    found = {}
    with (ro.default_converter + pandas2ri.converter).context() as converter:
        for name, make in FRAMES.items():
            frame = make()
            started = perf_counter()
            converter.py2rpy(frame)
            found[name] = perf_counter() - started
    print(json.dumps(found))


if __name__ == "__main__":
    main()
