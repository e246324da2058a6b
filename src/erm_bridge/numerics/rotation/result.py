"""What a rotation is asked and what it gives."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Settings:
    """Which rotation, and how; keys that do not belong to the method are not looked at.

    Attributes
    ----------
    method : str
        One of `ROTATIONS`.
    normalize : bool or None
        Whether items are scaled to a communality of 1 while they are rotated (Kaiser's normalisation);
        None: as psych does it by default.
    gamma : float
        Oblimin: 0 quartimin, 0.5 biquartimin, 1 covarimin; above 0 factors may collapse.
    power : float
        Promax: power of the target.
    delta : float
        Geomin: what is added to each squared loading.
    zeros : int or None
        Simplimax: how many loadings are to be small; None: as many as there are items.
    target : array, p x k, or None
        Target rotations and procrustes; NaN where a loading is free.
    starts : array, S x k x k, or None
        Orthogonal matrices from which to start besides the usual place; the best end is taken.
    """

    method: str = "varimax"
    normalize: bool | None = None
    gamma: float = 0.0
    power: float = 4.0
    delta: float = 0.01
    zeros: int | None = None
    target: FloatArray | None = None
    starts: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Rotated:
    """Loadings after rotation.

    Attributes
    ----------
    loadings : array, p x k
        The loadings given times `rotation`: the pattern matrix.
    rotation : array, k x k
    phi : array, k x k, or None
        Correlations of the factors; None if the rotation is orthogonal.
    criterion : float or None
        What the rotation minimises, at the loadings as they were rotated (normalised ones, if so); None
        where nothing is minimised.
    gradient : float or None
        Length of the projected gradient there; None also for varimax, whose stopping rule looks at the
        criterion alone.
    start_criteria : array, 1 + S, or None
        The criterion that each start led to, the usual start first; None without further starts.
    named : array of bool, k, or None
        Given where the rotation says which factor is which (a target): true for those whose sign it says
        as well.
    general : bool
        Whether the first factor is the general one of a bi-factor rotation.
    """

    loadings: FloatArray
    rotation: FloatArray
    phi: FloatArray | None = None
    criterion: float | None = None
    gradient: float | None = None
    start_criteria: FloatArray | None = None
    named: BoolArray | None = None
    general: bool = False

    @property
    def structure(self) -> FloatArray | None:
        """Correlations of items and factors (p x k); None if the rotation is orthogonal."""
        return None if self.phi is None else self.loadings @ self.phi

    @property
    def optima(self) -> int | None:
        """How many different values of the criterion the starts led to, equal to 1e-6."""
        if self.start_criteria is None:
            return None
        values = np.sort(self.start_criteria)
        return 1 + int((np.diff(values) > SAME_OPTIMUM * (1 + np.abs(values[1:]))).sum())


SAME_OPTIMUM = 1e-6
# Length of the projected gradient above which no minimum was found.
CONVERGED = 1e-6


@dataclass(frozen=True, slots=True)
class RotatedStack:
    """A stack of loadings after the same rotation.

    Attributes
    ----------
    loadings : array, B x p x k
    rotation : array, B x k x k
    phi : array, B x k x k, or None
    criterion, gradient : array, B, or None
        As in `Rotated`.
    """

    loadings: FloatArray
    rotation: FloatArray
    phi: FloatArray | None = None
    criterion: FloatArray | None = None
    gradient: FloatArray | None = None

    @property
    def converged(self) -> BoolArray:
        """Which of them ended in a minimum (B), or in loadings where nothing is minimised."""
        finite = np.asarray(np.isfinite(self.loadings).all(axis=(1, 2)))
        return finite if self.gradient is None else finite & (self.gradient <= CONVERGED)
