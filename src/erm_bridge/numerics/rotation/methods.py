"""Every rotation by name: `ROTATIONS` is where one is added."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from erm_bridge.numerics.rotation.criteria import (
    Bentler,
    Criterion,
    Geomin,
    Quartic,
    Simplimax,
    Target,
)
from erm_bridge.numerics.rotation.result import Settings
from erm_bridge.numerics.rotation.varimax import varimax_criterion

OfSize = Callable[[Settings, int, int], Criterion]


@dataclass(frozen=True, slots=True)
class Method:
    """One rotation.

    Attributes
    ----------
    oblique : bool
        Whether the factors correlate.
    normalize : bool or None
        Whether psych scales items to a communality of 1 by default; None: it makes no difference.
    keys : tuple of str
        The settings that belong to it.
    criterion : callable or None
        Makes what is minimised from settings, number of items and number of factors.
    """

    oblique: bool
    normalize: bool | None = False
    keys: tuple[str, ...] = ()
    criterion: OfSize | None = None

    @property
    def all_keys(self) -> tuple[str, ...]:
        """The settings that may be given with it."""
        normalize = () if self.normalize is None else ("normalize",)
        return (*normalize, *self.keys, *(() if self.criterion is None else ("starts",)))


def _crawford_ferguson(kappa: float) -> Quartic:
    """Return (1 - kappa) times the complexity of the items plus kappa times that of the factors."""
    return Quartic(own=-kappa, row=1 - kappa, column=kappa)


def _quartimax(settings: Settings, p: int, k: int) -> Criterion:
    return Quartic(own=-1.0)


def _varimax(settings: Settings, p: int, k: int) -> Criterion:
    return varimax_criterion(p)


def _equamax(settings: Settings, p: int, k: int) -> Criterion:
    return _crawford_ferguson(k / (2 * p))


def _parsimax(settings: Settings, p: int, k: int) -> Criterion:
    return _crawford_ferguson((k - 1) / (p + k - 2))


def _oblimin(settings: Settings, p: int, k: int) -> Criterion:
    return Quartic(row=1.0, table=-settings.gamma / p)


def _quartimin(settings: Settings, p: int, k: int) -> Criterion:
    return Quartic(row=1.0)


def _bifactor(settings: Settings, p: int, k: int) -> Criterion:
    return Quartic(row=4.0, general=True)


def _bentler(settings: Settings, p: int, k: int) -> Criterion:
    return Bentler()


def _geomin(settings: Settings, p: int, k: int) -> Criterion:
    return Geomin(settings.delta)


def _simplimax(settings: Settings, p: int, k: int) -> Criterion:
    return Simplimax(p if settings.zeros is None else settings.zeros)


def _target(settings: Settings, p: int, k: int) -> Criterion:
    if settings.target is None:
        raise ValueError("a target rotation needs a target")
    return Target(np.asarray(settings.target, dtype=np.float64))


ROTATIONS: Mapping[str, Method] = MappingProxyType(
    {
        "none": Method(oblique=False, normalize=None),
        "varimax": Method(oblique=False, normalize=True, criterion=_varimax),
        "Varimax": Method(oblique=False, criterion=_varimax),
        "quartimax": Method(oblique=False, criterion=_quartimax),
        "equamax": Method(oblique=False, criterion=_equamax),
        "parsimax": Method(oblique=False, criterion=_parsimax),
        "bentlerT": Method(oblique=False, criterion=_bentler),
        "geominT": Method(oblique=False, keys=("delta",), criterion=_geomin),
        "bifactor": Method(oblique=False, criterion=_bifactor),
        "targetT": Method(oblique=False, keys=("target",), criterion=_target),
        "procrustes": Method(oblique=False, normalize=None, keys=("target",)),
        "promax": Method(oblique=True, normalize=True, keys=("power",)),
        "Promax": Method(oblique=True, keys=("power",)),
        "oblimin": Method(oblique=True, keys=("gamma",), criterion=_oblimin),
        "quartimin": Method(oblique=True, criterion=_quartimin),
        "simplimax": Method(oblique=True, keys=("zeros",), criterion=_simplimax),
        "bentlerQ": Method(oblique=True, criterion=_bentler),
        "geominQ": Method(oblique=True, keys=("delta",), criterion=_geomin),
        "biquartimin": Method(oblique=True, criterion=_bifactor),
        "targetQ": Method(oblique=True, keys=("target",), criterion=_target),
    }
)
