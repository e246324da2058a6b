"""The index as the published study seems to have made it; the simulator states its true effect in it.

Pearson correlations, principal components with eigenvalue above 1, varimax with Kaiser normalisation,
regression scores, 100 x sum of (share of total variance x score).
"""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.correlation import moments
from erm_bridge.numerics.factor_scores import regression_weights
from erm_bridge.numerics.rotation import rotate
from erm_bridge.simulate.answers import ITEMS

_FALLING = np.array([item.codes[0] > item.codes[-1] for item in ITEMS])


@dataclass(frozen=True)
class IndexRule:
    """How answers become index points, fitted to one sample.

    Attributes
    ----------
    means, points : array, items
        The index is the sum of (answer - mean) x points, answers reverse-keyed.
    eigenvalues : array, items
    loadings : array, items x factors
    shares : array, factors
        Of the total variance, after rotation.
    """

    means: FloatArray
    points: FloatArray
    eigenvalues: FloatArray
    loadings: FloatArray
    shares: FloatArray

    def __call__(self, codes: IntArray) -> FloatArray:
        """Return the index of each row of answers."""
        index: FloatArray = (keyed(codes) - self.means) @ self.points
        return index


def fit_index(codes: IntArray) -> IndexRule:
    """Fit the index to the answers of a sample (n x items).

    Raises
    ------
    InputError
        An item is constant or the items depend on each other.
    """
    of = moments(keyed(codes))
    values, vectors = np.linalg.eigh(of.correlation)
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = values > 1
    loadings = canonical_form(rotate(vectors[:, kept] * np.sqrt(values[kept]), "varimax").loadings).loadings
    shares = np.square(loadings).sum(axis=0) / len(of.means)
    points = 100 * (regression_weights(of.correlation, loadings) @ shares) / of.sds
    return IndexRule(of.means, points, values, loadings, shares)


def keyed(codes: IntArray) -> FloatArray:
    """Turn reverse-keyed items round, so that more is more integration: the sum of both ends minus code."""
    ends = np.array([item.codes[0] + item.codes[-1] for item in ITEMS])
    return np.where(_FALLING, ends - codes, codes).astype(np.float64)
