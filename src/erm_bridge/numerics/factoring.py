"""A factor analysis as a whole: extraction, rotation, canonical form, weights of the scores."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics import extraction as extracting
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.extraction import DEFAULTS, EXTRACTIONS, Extraction
from erm_bridge.numerics.factor_scores import SCORE_WEIGHTS, structure
from erm_bridge.numerics.rotation import Rotated, Settings, rotate


@dataclass(frozen=True, slots=True)
class Factoring:
    """How to factor: names of `EXTRACTIONS`, `ROTATIONS` (or settings), `SCORE_WEIGHTS`; the anchor item.

    `settings` are those of the extraction.
    """

    extraction: str
    rotation: Settings | str
    scores: str
    anchor: int | None = None
    settings: extracting.Settings = DEFAULTS


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution in canonical form.

    Attributes
    ----------
    loadings : array, p x k
        The pattern.
    phi : array, k x k, or None
        Correlations of the factors; None if they are uncorrelated.
    weights : array, p x k
        Standardised items times weights are the scores.
    extraction : Extraction
    rotated : Rotated
        Before it was brought to canonical form.
    """

    loadings: FloatArray
    phi: FloatArray | None
    weights: FloatArray
    extraction: Extraction
    rotated: Rotated

    @property
    def structure(self) -> FloatArray:
        """Correlations of items and factors (p x k)."""
        return structure(self.loadings, self.phi)

    @property
    def communalities(self) -> FloatArray:
        """Variance of each item that the factors explain (p)."""
        communalities: FloatArray = (self.loadings * self.structure).sum(axis=1)
        return communalities

    @property
    def ss_loadings(self) -> FloatArray:
        """Variance that each factor explains (k): the diagonal of phi L'L, which adds up to all of it."""
        explained: FloatArray = (self.loadings * self.structure).sum(axis=0)
        return explained


def solve(correlation: FloatArray, factors: int, method: Factoring) -> Solution:
    """Factor a correlation matrix.

    Parameters
    ----------
    correlation : array, p x p
    factors : int
        k.
    method : Factoring

    Raises
    ------
    InputError
        The matrix is singular, or does not determine so many factors.
    EngineError
        No minimum was found.
    """
    extraction = EXTRACTIONS[method.extraction].extract(correlation, factors, method.settings)
    rotated = rotate(extraction.loadings, method.rotation)
    form = canonical_form(rotated.loadings, method.anchor, rotated.phi, rotated.named, rotated.general)
    uniquenesses = 1 - np.square(extraction.loadings).sum(axis=1)
    weights = SCORE_WEIGHTS[method.scores](correlation, form.loadings, form.phi, uniquenesses)
    return Solution(form.loadings, form.phi, weights, extraction, rotated)
