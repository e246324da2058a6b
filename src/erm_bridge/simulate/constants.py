"""Numbers that define the simulator: defaults, published targets, calibrated constants.

The calibrated constants and the default seed are the output of
`python -m erm_bridge.simulate.calibration`; a change of anything that is drawn asks for a new run of it
and for a new `VERSION`.
"""

from dataclasses import dataclass

NAME = "cmds2017"
VERSION = "1"
DEFAULT_ROWS = 20_000
# A million rows take 2 GB of memory.
MOST_ROWS = 10_000_000
DEFAULT_SEED = 31_425
DEFAULT_EFFECT = 5.0
# Beyond these, too many answers are at the end of their scale for an effect to be what was asked for.
EFFECT_RANGE = (-15.0, 15.0)


@dataclass(frozen=True)
class Targets:
    """What is published about the index of the 3,333 members of the cohort, and what follows from it.

    Attributes
    ----------
    host_mean, home_mean : float
        Index points; the printed host mean of 6.649 contradicts the printed F and a mean of zero.
    host_sd, home_sd : float
    participation : float
        Share of participation in the explained variance.
    sums_of_squares : tuple of float
        Of the rotated loadings. They give the share of participation and the standard deviation of the
        index (33.22); how the rest is divided among the other dimensions is invented.
    """

    host_mean: float = 6.471
    home_mean: float = -1.438
    host_sd: float = 34.383
    home_sd: float = 32.795
    participation: float = 0.4542
    sums_of_squares: tuple[float, float, float, float] = (5.075, 3.048, 1.800, 1.250)


@dataclass(frozen=True)
class Calibration:
    """Constants that bring the population near the targets.

    Attributes
    ----------
    loadings : dict
        Loading of the latent value on its dimension, by kind of item.
    confounding : float
        Factor on all that confounders add to integration.
    shift_per_point : float
        Shift of the latent dimensions that makes one index point, at 5 points.
    curvature : float
        How much more shift a point needs for each point beyond 5, because answers reach the end of
        their scales.
    spread : float
        How unequally people respond: half of them 1 + spread, half 1 - spread times the shift.
    centre : tuple of float
        Mean of what confounders add in the cohort; taken off.
    """

    loadings: dict[str, float]
    confounding: float
    shift_per_point: float
    curvature: float
    spread: float
    centre: tuple[float, ...]


PUBLISHED = Targets()
CALIBRATED = Calibration(
    loadings={"member": 0.8577, "action": 0.8577, "belonging": 0.7791, "closeness": 0.6645, "ties": 0.6260},
    confounding=0.7609,
    shift_per_point=0.02956,
    curvature=0.0075,
    spread=0.5,
    centre=(0.2866, 0.4877, 0.4652, 0.1519),
)
