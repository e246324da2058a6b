"""Nearest units of a group, all ties at the last distance included, and what their values sum to.

Units at the same place are one site. A neighbourhood is a list of sites, so that a group of which all are
tied costs no more than one without ties.
"""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray

# Coordinates whose distances differ by less than this share are equally far: rounding decides no tie.
SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Moments:
    """Values of the units in m neighbourhoods.

    Attributes
    ----------
    count : array, length m
    mean : array, length m
        Of the outcome; NaN without units.
    variance : array, length m
        Of the outcome, denominator count - 1; NaN below two units.
    covariance : array, m x p
        Of each column with the outcome, denominator count - 1; NaN below two units.
    """

    count: FloatArray
    mean: FloatArray
    variance: FloatArray
    covariance: FloatArray


class Group:
    """Units of one group, by place.

    Parameters
    ----------
    places : array, length n or n x q
        Numbers, or coordinates between which the distance is Euclidean.
    outcome : array, length n
    columns : array, n x p, optional
        What the outcome's covariance is wanted with.
    """

    def __init__(self, places: FloatArray, outcome: FloatArray, columns: FloatArray | None = None) -> None:
        x = np.empty((len(outcome), 0)) if columns is None else columns
        self.sites, self.site = np.unique(places, axis=0, return_inverse=True)
        self.site = self.site.ravel()
        self._count = self._sum(np.ones(len(outcome)))
        self._outcome = self._sum(outcome) / self._count
        self._columns = np.column_stack([self._sum(c) for c in x.T] or [self._count[:, None][:, :0]])
        self._columns /= self._count[:, None]
        y, apart = outcome - self._outcome[self.site], x - self._columns[self.site]
        self._squares = self._sum(y**2)
        self._products = np.column_stack([self._sum(y * c) for c in apart.T] or [self._count[:, None][:, :0]])

    def nearest(self, places: FloatArray, count: int, own: IntArray | None = None) -> IntArray:
        """Find the sites that hold the nearest units of m places.

        Parameters
        ----------
        places : array, length m or m x q
        count : int
            How many units are wanted; a group that has fewer gives all.
        own : array of int, length m, optional
            Sites of the places, one unit of which is the place itself and is not counted.

        Returns
        -------
        array of int, m x any number
            Sites in any order, -1 where there is none.
        """
        if self.sites.ndim == 1:
            return self._nearest_on_a_line(places, count, own)
        return self._nearest_in_space(places, count, own)

    def moments(self, sites: IntArray) -> Moments:
        """Summarise the units of neighbourhoods, m x any number of sites (-1: none)."""
        there = (sites >= 0).astype(np.float64)
        at = np.maximum(sites, 0)
        count = self._count[at] * there
        total = count.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.sum(count * self._outcome[at], axis=1) / total
            below = np.where(total > 1, total - 1, np.nan)
            y = self._outcome[at] - mean[:, None]
            variance = np.sum(there * self._squares[at] + count * y**2, axis=1) / below
            covariance = np.empty((len(sites), self._columns.shape[1]))
            for j, column in enumerate(self._columns.T):
                # The outcome is centred, so that the column need not be; near zero it is, for the digits.
                x = column[at] - (np.sum(count * column[at], axis=1) / total)[:, None]
                products = there * self._products[at, j] + count * y * x
                covariance[:, j] = products.sum(axis=1) / below
        return Moments(total, mean, variance, covariance)

    def without_itself(self, moments: Moments, outcome: FloatArray) -> FloatArray:
        """Return the mean of neighbourhoods after their own unit, whose outcome is given, is taken out."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: FloatArray = (moments.mean * moments.count - outcome) / (moments.count - 1)
        return mean

    def _sum(self, values: FloatArray) -> FloatArray:
        sums: FloatArray = np.bincount(self.site, weights=values, minlength=len(self.sites)).astype(
            np.float64
        )
        return sums

    def _units(self, sites: IntArray, own: IntArray | None) -> FloatArray:
        units: FloatArray = self._count[sites]
        if own is not None:
            units = units - (sites == own[:, None]).astype(np.float64)
        return units

    def _nearest_on_a_line(self, places: FloatArray, count: int, own: IntArray | None) -> IntArray:
        # The nearest `count` sites on either side hold the nearest units; so does the place's own site.
        reach = min(count, len(self.sites))
        start = np.searchsorted(self.sites, places)
        sites = start[:, None] + np.arange(-reach, reach + 1)
        inside = (sites >= 0) & (sites < len(self.sites))
        sites = np.clip(sites, 0, len(self.sites) - 1)
        distance = np.where(inside, np.abs(self.sites[sites] - places[:, None]), np.inf)
        return self._up_to(count, np.where(inside, sites, -1), distance, own)

    def _nearest_in_space(self, places: FloatArray, count: int, own: IntArray | None) -> IntArray:
        # scipy.spatial takes long to import.
        from scipy.spatial import cKDTree

        tree = cKDTree(self.sites)
        # One site more than can be needed: where it is farther there are no more ties.
        asked = min(count + (own is not None) + 1, len(self.sites))
        distance, sites = tree.query(places, k=np.arange(1, asked + 1))
        distance, sites = np.asarray(distance), np.asarray(sites)
        last = self._last_distance(count, sites, distance, own) * (1 + SLACK)
        near = np.where(distance <= last[:, None], sites, -1)
        # Farther ties are looked for where there can be some.
        more = np.flatnonzero((near[:, -1] >= 0) & (asked < len(self.sites)))
        found: list[list[int]] = list(tree.query_ball_point(places[more], last[more]))
        wide = np.full((len(places), max([asked, *map(len, found)])), -1, dtype=np.int64)
        wide[:, :asked] = near
        for row, members in zip(more, found, strict=True):
            wide[row, : len(members)] = members
        return wide

    def _last_distance(
        self, count: int, sites: IntArray, distance: FloatArray, own: IntArray | None
    ) -> FloatArray:
        """Distance (m) of the last unit that is wanted; of the farthest where there are fewer."""
        order = np.argsort(distance, axis=1, kind="stable")
        nearer = np.take_along_axis(distance, order, axis=1)
        units = np.where(np.isfinite(nearer), np.take_along_axis(self._units(sites, own), order, axis=1), 0)
        enough = np.cumsum(units, axis=1) >= count
        farthest = np.sum(np.isfinite(nearer), axis=1) - 1
        last = np.where(enough.any(axis=1), enough.argmax(axis=1), farthest)
        return np.take_along_axis(nearer, last[:, None], axis=1)[:, 0]

    def _up_to(self, count: int, sites: IntArray, distance: FloatArray, own: IntArray | None) -> IntArray:
        last = self._last_distance(count, np.maximum(sites, 0), distance, own)
        return np.where(distance <= last[:, None], sites, -1)
