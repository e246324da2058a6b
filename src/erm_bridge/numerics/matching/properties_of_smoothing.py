"""Properties that every match by the weights of everyone nearby must have, whichever engine made it."""

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.matching.problem import Pairing, Problem

WEIGHT_TOLERANCE = 1e-9


def check_smoothing(problem: Problem, pairing: Pairing, *, reach: float, signed: bool, engine: str) -> None:
    """Raise if a match by weights breaks one of its promises.

    Checked: focal units weigh 1 or 0; partners average 1 over those that count; nobody counts who is beyond
    the reach of every matched unit of the own stratum; a weight is negative by local lines only.

    Parameters
    ----------
    problem : Problem
        With `scores`.
    pairing : Pairing
        With `weights`.
    reach : float
        Largest distance at which a partner counts, in units of the score.
    signed : bool
        Whether weights may be negative.
    engine : str
        Name for the message, with the version where there is one.

    Raises
    ------
    EngineError
        Naming the engine, the broken promise and the first row that shows it.
    """
    assert problem.scores is not None
    weights, focal = pairing.weights, problem.focal

    def refuse(broken: "np.ndarray", what: str) -> None:
        if broken.any():
            row = int(np.argmax(broken)) + 1
            raise EngineError(f"{engine}: matching went wrong: row {row} {what}")

    refuse(focal & ~np.isin(weights, (0, 1)), "is given partners and weighs neither 0 nor 1")
    refuse(~focal & (weights < 0) & (not signed), "has a negative weight")
    used = ~focal & (weights != 0)
    mean = float(weights[used].mean()) if used.any() else 1.0
    scale = float(np.abs(weights[used]).max(initial=1))
    refuse(
        used & (abs(mean - 1) > WEIGHT_TOLERANCE * scale), f"is one of partners whose weights average {mean}"
    )
    strata = np.zeros(len(weights), dtype=np.int64) if problem.strata is None else problem.strata
    for stratum in np.unique(strata[used]):
        inside = strata == stratum
        nearest = _nearest(problem.scores, problem.scores[inside & focal & (weights == 1)])
        refuse(inside & used & (nearest > reach), f"has a weight beyond {reach:g} of every matched score")


def _nearest(scores: FloatArray, units: FloatArray) -> FloatArray:
    """Return the distance of each score to the nearest of some units; infinite if there is none."""
    fenced = np.concatenate([[-np.inf], np.sort(units), [np.inf]])
    place = np.searchsorted(fenced[1:-1], scores)
    nearest: FloatArray = np.minimum(scores - fenced[place], fenced[place + 1] - scores)
    return nearest
