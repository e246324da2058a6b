"""The canonical form of factors: one order and one sign for solutions that are otherwise equal."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray

# Below this share of the sum of absolute loadings a column sum has no trustworthy sign.
BALANCED = 1e-3


@dataclass(frozen=True, slots=True)
class CanonicalForm:
    """Loadings in canonical form and how they were reached.

    Attributes
    ----------
    loadings : array, p x k
        `given[:, order] * signs`.
    order : array of int, k
        Positions in the given matrix of the factors, first factor first.
    signs : array, k
        1 or -1 for each factor, after ordering.
    phi : array, k x k, or None
        Correlations of the factors in this order and with these signs.
    """

    loadings: FloatArray
    order: IntArray
    signs: FloatArray
    phi: FloatArray | None = None


def canonical_form(
    loadings: FloatArray,
    anchor: int | None = None,
    phi: FloatArray | None = None,
    named: BoolArray | None = None,
    general: bool = False,
) -> CanonicalForm:
    """Order factors by decreasing variance explained and give each its sign.

    That is the sum of squared loadings, of correlated factors the diagonal of phi L'L.

    The sum of a factor's loadings becomes positive. Where it is at most 1e-3 of the sum of the absolute
    loadings, rounding would decide: there the largest absolute loading becomes positive instead. Finally
    the factor on which the anchor item has its largest absolute loading gets the sign that makes that
    loading positive. Equal sums of squares keep their order. `psych::fa` orders and signs by the first
    two rules without the exception.

    Parameters
    ----------
    loadings : array, p x k
    anchor : int or None
        Position of the anchor item.
    phi : array, k x k, or None
        Correlations of the factors; None if they are uncorrelated.
    named : array of bool, k, or None
        Given where the rotation itself says which factor is which: their order stays, and the sign of
        those that are true.
    general : bool
        The first factor stays the first: the general one of a bi-factor rotation.
    """
    explained = np.square(loadings) if phi is None else loadings * (loadings @ phi)
    ranks = -explained.sum(axis=0) if named is None else np.zeros(loadings.shape[1])
    if general:
        ranks[0] = -np.inf
    order = np.argsort(ranks, kind="stable").astype(np.int64)
    ordered = loadings[:, order]
    sums = ordered.sum(axis=0)
    largest = ordered[np.abs(ordered).argmax(axis=0), np.arange(ordered.shape[1])]
    balanced = np.abs(sums) <= BALANCED * np.abs(ordered).sum(axis=0)
    signs = np.where(np.where(balanced, largest, sums) < 0, -1.0, 1.0)
    if anchor is not None:
        factor = np.abs(ordered[anchor]).argmax()
        signs[factor] = -1.0 if ordered[anchor, factor] < 0 else 1.0
    if named is not None:
        signs[named] = 1.0
    turned = None if phi is None else phi[np.ix_(order, order)] * np.outer(signs, signs)
    return CanonicalForm(ordered * signs, order, signs, turned)
