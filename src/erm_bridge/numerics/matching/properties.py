"""Properties that every match must have, whichever engine made it."""

from typing import NoReturn

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.weights import matching_weights

WEIGHT_TOLERANCE = 1e-10


def check_match(
    scores: FloatArray,
    treated: BoolArray,
    matches: IntArray,
    weights: FloatArray,
    *,
    ratio: int,
    replace: bool,
    caliper: float | None,
    engine: str,
) -> None:
    """Raise if a nearest-neighbour match on scores breaks one of its promises.

    Checked: controls are controls; no control twice for one treated unit; without replacement no
    control twice at all; at most `ratio` matches; every distance, recomputed, within the caliper; with
    replacement the distances are the smallest there are; without, nobody who lacks a match could still
    have had a control that nobody took; weights follow from the pairs.

    Parameters
    ----------
    scores : array, length n
    treated : array of bool, length n
    matches : array of int, treated x ratio
        Rows of controls, treated units in data order; -1 where there is none.
    weights : array, length n
    ratio, replace, caliper
        What was asked for; see `nearest`.
    engine : str
        Name for the message, with the version where there is one.

    Raises
    ------
    EngineError
        Naming the engine, the broken promise and the first treated row that shows it.
    """
    rows = np.flatnonzero(treated)
    if matches.shape != (len(rows), ratio):
        raise EngineError(f"{engine}: the matches are {matches.shape}, must be {(len(rows), ratio)}")
    report = _Report(engine, rows)
    limit = float(np.finfo(np.float64).max) if caliper is None else caliper
    paired = matches >= 0
    report.refuse(matches >= len(treated), "is matched with a row that does not exist")
    report.refuse(paired & treated[matches], "is matched with a treated unit")
    ordered = np.sort(matches, axis=1)
    report.refuse((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0), "has the same control twice")
    distances = np.abs(scores[treated][:, None] - scores[matches])
    distances[~paired] = np.inf
    report.refuse(paired & (distances > limit), f"has a match beyond the caliper {caliper}")
    if replace:
        smallest = _smallest_distances(scores, treated, ratio, limit)
        differs = np.sort(distances, axis=1)[:, : smallest.shape[1]] != smallest
        report.refuse(differs, "does not have the nearest controls")
    else:
        _check_shared_supply(scores, treated, matches, limit, report)
    _check_weights(weights, matching_weights(matches, treated), engine)


class _Report:
    """Turns the first true cell of a check into an error."""

    def __init__(self, engine: str, rows: IntArray) -> None:
        self._engine, self._rows = engine, rows

    def refuse(self, broken: BoolArray, what: str) -> None:
        if broken.any():
            self._fail(int(np.argmax(broken if broken.ndim == 1 else broken.any(axis=1))), what)

    def _fail(self, unit: int, what: str) -> NoReturn:
        raise EngineError(f"{self._engine}: matching went wrong: treated row {self._rows[unit] + 1} {what}")


def _check_shared_supply(
    scores: FloatArray, treated: BoolArray, matches: IntArray, limit: float, report: _Report
) -> None:
    """Refuse a control used twice, and a free control that somebody lacked."""
    paired = matches >= 0
    times = np.bincount(matches[paired], minlength=len(treated))
    report.refuse(paired & (times[matches] > 1), "shares a control with another treated unit")
    free = np.sort(scores[~treated & (times == 0)])
    spare = _nearest_distance(scores[treated], free) <= limit
    report.refuse(spare & ~paired.all(axis=1), "lacks a match although a control was free")


def _check_weights(weights: FloatArray, expected: FloatArray, engine: str) -> None:
    wrong = ~(np.abs(weights - expected) <= WEIGHT_TOLERANCE * np.maximum(expected, 1))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise EngineError(
            f"{engine}: the weight of row {row + 1} is {weights[row]}, its matches give {expected[row]}"
        )


def _smallest_distances(scores: FloatArray, treated: BoolArray, ratio: int, limit: float) -> FloatArray:
    """Return the smallest distances to controls, treated x min(ratio, controls), infinite beyond the limit.

    The nearest `width` controls of a score lie among the `width` below it and the `width` above.
    """
    controls = np.sort(scores[~treated])
    width = min(ratio, len(controls))
    padding = np.full(width, np.inf)
    padded = np.concatenate([padding, controls, padding])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * width)
    own = scores[treated]
    distances = np.abs(windows[np.searchsorted(controls, own)] - own[:, None])
    distances[distances > limit] = np.inf
    return np.sort(distances, axis=1)[:, :width]


def _nearest_distance(own: FloatArray, ascending: FloatArray) -> FloatArray:
    """Return the distance of each score to the nearest of some ascending ones; infinite if there is none."""
    fenced = np.concatenate([[np.inf], ascending, [np.inf]])
    gap = np.searchsorted(ascending, own)
    nearest: FloatArray = np.minimum(np.abs(own - fenced[gap]), np.abs(own - fenced[gap + 1]))
    return nearest
