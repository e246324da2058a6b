"""Correlations of continuous, ordinal and binary items, each kind of pair by its own estimator."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.correlation.categories import (
    MOST_CATEGORIES,
    categorise,
    distinct,
    margins,
    thresholds_of,
)
from erm_bridge.numerics.correlation.pairwise import counts_of_pairs, pearson_pairwise
from erm_bridge.numerics.correlation.polychoric import Polychoric, polychoric, tetrachoric

BINARY = 2


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which items are continuous (more than 8 distinct values), ordinal (3 to 8) and binary (2); p each."""

    continuous: BoolArray
    ordinal: BoolArray
    binary: BoolArray


def kinds(values: FloatArray) -> Kinds:
    """Tell the kinds of items by their number of distinct values, as `psych::mixedCor(ncat = 8)` does."""
    count = distinct(values)
    return Kinds(count > MOST_CATEGORIES, (count > BINARY) & (count <= MOST_CATEGORIES), count == BINARY)


def mixed(values: FloatArray, *, local: bool = False, correct: float = 0.5) -> Polychoric:
    """Correlate items of different kinds.

    Two continuous items: Pearson. Continuous and ordinal: polyserial; continuous and binary: biserial. Two
    ordinal items, or an ordinal and a binary one: polychoric; two binary items: tetrachoric. Matching R call:
    `psych::mixedCor(x, smooth = FALSE, correct = correct, global = !local, ncat = 8)`.

    Parameters
    ----------
    values : array, n x p
        NaN where missing; correlations are then pairwise.
    local, correct
        As for `polychoric` and `tetrachoric`; with global thresholds only tables of two binary items are
        corrected.

    Returns
    -------
    Polychoric
        Continuous items have no thresholds.
    """
    kind = kinds(values)
    pearson = pearson_pairwise(values)
    correlation = pearson.correlation.copy()
    thresholds: list[FloatArray] = [np.empty(0)] * values.shape[1]
    discrete = np.flatnonzero(~kind.continuous)
    if discrete.size:
        found = polychoric(categorise(values[:, discrete]), local=local, correct=correct if local else 0.0)
        correlation[np.ix_(discrete, discrete)] = found.correlation
        for position, of_item in zip(discrete, found.thresholds, strict=True):
            thresholds[position] = of_item
    binary = np.flatnonzero(kind.binary)
    if binary.size > 1:
        of_binary = tetrachoric(categorise(values[:, binary]), local=local, correct=correct)
        correlation[np.ix_(binary, binary)] = of_binary.correlation
    continuous = np.flatnonzero(kind.continuous)
    for estimate, items in ((polyserial, np.flatnonzero(kind.ordinal)), (biserial, binary)):
        if continuous.size and items.size:
            across = estimate(values[:, continuous], values[:, items])
            correlation[np.ix_(continuous, items)] = across
            correlation[np.ix_(items, continuous)] = across.T
    return Polychoric(correlation, tuple(thresholds), counts_of_pairs(values))


def polyserial(continuous: FloatArray, ordinal: FloatArray) -> FloatArray:
    """Estimate polyserial correlations by the ad hoc estimator: no search, and no normality of the items.

    The Pearson correlation with the codes 1, 2, ... of the ordinal item, times their standard deviation
    (denominator n), by the sum of the normal densities at the thresholds; held within -1 and 1. Matching R
    call: `psych::polyserial(x, y)`, of an item without gaps between its values.

    Parameters
    ----------
    continuous : array, n x p
    ordinal : array, n x q
        NaN where missing in both.

    Returns
    -------
    array, p x q

    References
    ----------
    Olsson, U., Drasgow, F. and Dorans, N. J. (1982). The polyserial correlation coefficient. Psychometrika
    47, 337-347, equation 28 (the ad hoc estimator).
    """
    items = categorise(ordinal)
    codes = np.where(items.codes < 0, np.nan, items.codes.astype(float))
    heights = _density(thresholds_of(margins(items))).sum(axis=1)
    n = len(ordinal)
    spread = np.nanstd(codes, axis=0, ddof=1) * np.sqrt((n - 1) / n)
    found: FloatArray = np.clip(_across(continuous, codes) * spread / heights, -1, 1)
    return found


def biserial(continuous: FloatArray, binary: FloatArray) -> FloatArray:
    """Estimate biserial correlations: difference of means x p q / (density at the threshold x SD).

    From the rows that have both items; held within -1 and 1. Matching R call: `psych::biserial(x, y)`.

    Parameters
    ----------
    continuous : array, n x p
    binary : array, n x q
        NaN where missing in both.

    Returns
    -------
    array, p x q

    References
    ----------
    Pearson, K. (1909). On a new method of determining correlation. Biometrika 7, 96-105.
    """
    items = categorise(binary).codes
    found = np.empty((continuous.shape[1], binary.shape[1]))
    for j in range(binary.shape[1]):
        for i in range(continuous.shape[1]):
            both = (items[:, j] >= 0) & ~np.isnan(continuous[:, i])
            high, x = items[both, j] == 1, continuous[both, i]
            share = high.mean()
            height = _density(thresholds_of(np.array([1 - share, share])))[0]
            difference = x[high].mean() - x[~high].mean()
            found[i, j] = difference * share * (1 - share) / (height * x.std(ddof=1))
    return np.clip(found, -1, 1)


def _density(x: FloatArray) -> FloatArray:
    density: FloatArray = np.exp(-np.square(x) / 2) / np.sqrt(2 * np.pi)
    return density


def _across(left: FloatArray, right: FloatArray) -> FloatArray:
    of: IntArray = np.arange(left.shape[1])
    whole = pearson_pairwise(np.concatenate([left, right], axis=1)).correlation
    return whole[of][:, left.shape[1] :]
