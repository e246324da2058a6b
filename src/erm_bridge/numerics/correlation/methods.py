"""The kinds of correlation by name, behind one signature."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.correlation.categories import categorise
from erm_bridge.numerics.correlation.mixed import mixed
from erm_bridge.numerics.correlation.pairwise import Pairwise, pearson_pairwise, spearman_pairwise
from erm_bridge.numerics.correlation.polychoric import Polychoric, polychoric, tetrachoric
from erm_bridge.numerics.correlation.ranks import spearman
from erm_bridge.numerics.correlation.sample_moments import moments


@dataclass(frozen=True, slots=True)
class Estimated:
    """Correlations as estimated, before anything is done about a matrix that is not positive definite.

    Attributes
    ----------
    matrix : array, p x p
        NaN where a pair of items has no correlation.
    n : array of int, p x p
        Rows that each correlation rests on.
    thresholds : tuple of arrays
        One array an item; empty arrays where the method has none.
    """

    matrix: FloatArray
    n: IntArray
    thresholds: tuple[FloatArray, ...]


def correlate(values: FloatArray, method: str, *, local: bool = False, correct: float = 0.0) -> Estimated:
    """Correlate items by one of `CORRELATIONS`.

    Parameters
    ----------
    values : array, n x p
        NaN where missing: then each correlation is of the rows that have both items.
    method : str
    local : bool
        Whether thresholds come from the table of each pair instead of all rows.
    correct : float
        What an empty cell counts; see `polychoric`, `tetrachoric` and `mixed`.
    """
    return CORRELATIONS[method](values, local, correct)


def _pearson(values: FloatArray, local: bool, correct: float) -> Estimated:
    return _plain(values, lambda whole: moments(whole).correlation, pearson_pairwise)


def _spearman(values: FloatArray, local: bool, correct: float) -> Estimated:
    return _plain(values, spearman, spearman_pairwise)


def _plain(
    values: FloatArray, whole: Callable[[FloatArray], FloatArray], pairwise: Callable[[FloatArray], Pairwise]
) -> Estimated:
    n, p = values.shape
    none = (np.empty(0),) * p
    if np.isnan(values).any():
        found = pairwise(values)
        return Estimated(found.correlation, found.n, none)
    return Estimated(whole(values), np.full((p, p), n), none)


def _latent(found: Polychoric) -> Estimated:
    return Estimated(found.correlation, found.n, found.thresholds)


CORRELATIONS: dict[str, Callable[[FloatArray, bool, float], Estimated]] = {
    "pearson": _pearson,
    "spearman": _spearman,
    "polychoric": lambda values, local, correct: _latent(
        polychoric(categorise(values), local=local, correct=correct)
    ),
    "tetrachoric": lambda values, local, correct: _latent(
        tetrachoric(categorise(values), local=local, correct=correct)
    ),
    "mixed": lambda values, local, correct: _latent(mixed(values, local=local, correct=correct)),
}
