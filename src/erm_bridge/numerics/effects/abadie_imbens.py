"""Standard errors of matching estimators by Abadie and Imbens, for a known and for an estimated score."""

from dataclasses import dataclass, replace

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.effects.neighbours import Group
from erm_bridge.numerics.effects.sample import MatchedSample
from erm_bridge.numerics.scaling import scale_columns


def abadie_imbens(sample: MatchedSample) -> float:
    """Return the variance of a matched difference, what was matched on taken as known.

    Parameters
    ----------
    sample : MatchedSample
        With `matches`, `places` and `neighbours` (J).

    Returns
    -------
    float
        NaN where a partner that counts has no other unit in its group.

    Notes
    -----
    (sum over sets of (d_i - mean d)^2 + sum over partners of (K_j^2 - K'_j) s_j^2) / N1^2: d_i is a focal
    unit's outcome minus the mean of its k_i partners, K_j and K'_j sum 1 / k_i and 1 / k_i^2 over the sets
    that unit j is a partner in, s_j^2 is the variance (denominator count - 1) over the unit and its J nearest
    of the same group, ties included, on what was matched on. Without replacement K^2 = K', and what is left
    is the error of paired differences. Units left out of the match can be neighbours.
    Same as `Matching::Match(Var.calc = J)` in R, and as `teffects nnmatch, vce(robust, nn(J + 1))` in Stata,
    which counts the unit itself.

    References
    ----------
    Abadie, A. & Imbens, G. W. (2006). Large sample properties of matching estimators for average treatment
    effects. Econometrica 74(1), 235-267.
    Abadie, A., Drukker, D., Herr, J. L. & Imbens, G. W. (2004). Implementing matching estimators for average
    treatment effects in Stata. Stata Journal 4(3), 290-311.
    """
    assert sample.places is not None
    sets, n = sample.sets, len(sample.outcome)
    partner, share = sets.unit[sets.count :], sets.weight[sets.count :]
    used = np.bincount(partner, weights=share, minlength=n)
    squared = np.bincount(partner, weights=share**2, minlength=n)
    apart = _differences(sample)
    # Who serves once has no part in the second sum, but for rounding.
    again = np.flatnonzero(used**2 - squared > 1e-12 * used**2)
    group = ~sample.given_partners
    of = Group(sample.places[group], sample.outcome[group])
    own = of.site[np.cumsum(group)[again] - 1]
    around = of.moments(of.nearest(sample.places[again], sample.neighbours, own))
    spread = float((used[again] ** 2 - squared[again]) @ around.variance)
    return (float(np.sum((apart - apart.mean()) ** 2)) + spread) / sets.count**2


def abadie_imbens_score(sample: MatchedSample) -> float:
    """Return the variance of a matched difference where the propensity score was estimated.

    Parameters
    ----------
    sample : MatchedSample
        With `matches`, `score` and `neighbours` (J).

    Returns
    -------
    float
        Negative, or NaN with fewer than two units in a group, where the error is not defined.

    Notes
    -----
    V - c' I^-1 c + d' I^-1 d with V as from `abadie_imbens` and I the expected information of the propensity
    model. With x a unit's row of the design, the one included, p its probability and f the density there,

        c = 1/N1 sum f [x (y1 - y0 - effect) + cov1(x, y) + p / (1 - p) cov0(x, y)]
        d = 1/N1 sum f x (w (y - y_x) - effect)

    over all n units: y1 and y0 are the mean outcomes of the J + 1 nearest units in either group on the
    score, without the unit itself; cov1 and cov0 (denominator count - 1) are taken over the J + 1 nearest,
    the unit itself counted in its own group; w is 1 for focal units and -1 for the others, y_x the mean
    outcome of the nearest in the other group, as many as a focal unit is given partners, by Euclidean
    distance on the columns of the design as they are. Ties are included everywhere. "Group 1" is that of
    the focal units and p the probability to be one. Same as `teffects psmatch, atet vce(robust, nn(J + 1))`
    in Stata.

    References
    ----------
    Abadie, A. & Imbens, G. W. (2016). Matching on the estimated propensity score. Econometrica 84(2),
    781-807; StataCorp, Causal inference reference manual, "teffects nnmatch",
    methods and formulas, "PSM, ATE, and ATET variance adjustment".
    """
    assert sample.score is not None
    assert sample.matches is not None
    focal, y, density = sample.given_partners, sample.outcome, sample.score.density
    probability = sample.score.probability
    p = probability if np.array_equal(focal, sample.treated) else 1 - probability
    # Another scale of the columns changes neither quadratic form.
    x = scale_columns(sample.score.design, _terms(sample.score.design)).with_intercept
    apart = _differences(sample)
    effect = float(apart.mean())
    one, zero = _local(sample, p, x, focal), _local(sample, p, x, ~focal)
    ratio = sample.ratio or sample.matches.shape[1]
    imputed = np.where(focal, 1, -1) * (y - _across(sample.score.design, y, focal, ratio))
    odds = p / (1 - p)
    c = x * (one.mean - zero.mean - effect)[:, None] + one.covariance + odds[:, None] * zero.covariance
    d = x * (imputed - effect)[:, None]
    c, d = density @ c / len(apart), density @ d / len(apart)
    information = x.T @ (x * (density**2 / (p * (1 - p)))[:, None])
    correction = d @ np.linalg.solve(information, d) - c @ np.linalg.solve(information, c)
    return abadie_imbens(replace(sample, places=probability)) + float(correction)


def _differences(sample: MatchedSample) -> FloatArray:
    """Outcome of each matched focal unit minus the mean of its partners."""
    sets = sample.sets
    y = sets.weight * sample.outcome[sets.unit]
    return y[: sets.count] - np.bincount(sets.number[sets.count :], weights=y[sets.count :])


@dataclass(frozen=True, slots=True)
class _Local:
    """What a group has near each unit's score: mean outcome (n), covariances with the design (n x p)."""

    mean: FloatArray
    covariance: FloatArray


def _local(sample: MatchedSample, p: FloatArray, x: FloatArray, group: BoolArray) -> _Local:
    """Look at the J + 1 nearest of a group; at its own units, the mean is that of others."""
    count, y = sample.neighbours + 1, sample.outcome
    of = Group(p[group], y[group], x[group])
    mean, covariance = np.empty(len(y)), np.empty(x.shape)
    across = of.moments(of.nearest(p[~group], count))
    mean[~group], covariance[~group] = across.mean, across.covariance
    covariance[group] = of.moments(of.nearest(p[group], count)).covariance
    others = of.moments(of.nearest(p[group], count, of.site))
    mean[group] = of.without_itself(others, y[group])
    return _Local(mean, covariance)


def _across(design: FloatArray, y: FloatArray, focal: BoolArray, count: int) -> FloatArray:
    """Mean outcome (n) of the nearest units of the other group by the columns of the design."""
    mean = np.empty(len(y))
    for group in (focal, ~focal):
        other = Group(design[~group], y[~group])
        mean[group] = other.moments(other.nearest(design[group], count)).mean
    return mean


def _terms(design: FloatArray) -> list[str]:
    return [f"column {j + 1} of the propensity model" for j in range(design.shape[1])]
