"""Propensity scores: the treatment regressed on columns by maximum likelihood, to the last digits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, eigh

from erm_bridge.errors import EngineError
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.links import LINKS, Link
from erm_bridge.numerics.scaling import BLOCK, Measured, measure_columns
from erm_bridge.numerics.separation import refuse_separation

# Root mean square of the last step, in units of the linear predictor.
STILL = 1e-12
# Root mean square step from which on the likelihood is as good as quadratic.
NEAR = 0.1
# Rows from which on a part of them is fitted first.
MANY = 100_000
# Information of a row in the weakest direction below which groups may be separated: there it goes to zero.
LOST = 1e-10


@dataclass(frozen=True, slots=True)
class PropensityFit:
    """A fitted propensity model.

    Attributes
    ----------
    intercept : float
    coefficients : array, length p
        In the units of the columns.
    fitted, linear : arrays, length n
        Probabilities, and linear predictors on the scale of the link; equal rows have equal ones, bit for
        bit.
    deviance : float
        Minus twice the (weighted) log-likelihood.
    iterations : int
    """

    intercept: float
    coefficients: FloatArray
    fitted: FloatArray
    linear: FloatArray
    deviance: float
    iterations: int


def fit_propensity(
    columns: FloatArray,
    treated: BoolArray,
    terms: Sequence[str],
    link: str = "logit",
    weights: FloatArray | None = None,
    max_iterations: int = 100,
) -> PropensityFit:
    """Regress the treatment on an intercept and columns by maximum likelihood.

    Parameters
    ----------
    columns : array, n x p
        Finite numbers, without the column of ones.
    treated : array of bool, length n
        Holds both values.
    terms : sequence of text, length p
        Names of the columns, for messages.
    link : {"logit", "probit", "cloglog", "cauchit"}
    weights : array, length n, optional
        Positive weights of the rows in the likelihood (survey weights).
    max_iterations : int

    Returns
    -------
    PropensityFit

    Raises
    ------
    InputError
        A column is constant or a combination of earlier ones, or columns separate the treated from
        the controls, so that the likelihood has no maximum.
    EngineError
        No convergence although nothing separates the groups.

    Notes
    -----
    Matching R call: `glm(treated ~ ., binomial(link), control = list(epsilon = 1e-14, maxit = 100))`, with
    weights the family `quasibinomial(link)`. Fisher scoring, as in `glm`, until the steps are small; then
    Newton's steps, since with a link that is not the canonical one scoring gains few digits a step and can
    go around the maximum for ever. A cauchit model starts where `glm` starts, which decides to
    which of its maxima it goes.
    The rows are read block by block, centred and scaled on the way, so that columns on very different scales
    keep their digits and nothing as large as the data is made.
    Source: McCullagh, P. and Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., section 2.5.
    """
    sample = _Sample(columns, treated, weights, measure_columns(columns, terms), LINKS[link])
    scoring = _maximise(sample, max_iterations)
    if not scoring.converged or _weakest(sample, scoring.point) < LOST:
        refuse_separation(columns, treated, terms)
    if not scoring.converged:
        raise EngineError(f"the {link} model did not converge in {max_iterations} iterations")
    fitted, linear = _evaluate(sample, scoring.params)
    params = sample.scale.back @ scoring.params
    return PropensityFit(
        float(params[0]), params[1:], fitted, linear, scoring.point.deviance, scoring.iterations
    )


@dataclass(frozen=True, slots=True)
class _Sample:
    columns: FloatArray
    treated: BoolArray
    weights: FloatArray | None
    scale: Measured
    link: Link

    def blocks(self) -> Iterator[tuple[slice, FloatArray]]:
        """Yield rows and their design, (1 + p) x rows, ones first; each overwrites the one before."""
        n, p = self.columns.shape
        centre, shrink = self.scale.centre[:, None], 1 / self.scale.length[:, None]
        buffer = np.ones((1 + p, min(n, BLOCK)))
        for start in range(0, n, BLOCK):
            rows = slice(start, min(start + BLOCK, n))
            design = buffer[:, : rows.stop - start]
            np.subtract(self.columns[rows].T, centre, out=design[1:])
            design[1:] *= shrink
            yield rows, design


class _Point(NamedTuple):
    """Deviance, score vector and information (expected or observed) at some coefficients."""

    deviance: float
    score: FloatArray
    information: FloatArray


class _Scoring(NamedTuple):
    params: FloatArray
    point: _Point
    iterations: int
    converged: bool


def _maximise(sample: _Sample, max_iterations: int) -> _Scoring:
    params = _start(sample)
    point = _at(sample, params)
    moved = np.inf
    for iteration in range(1, max_iterations + 1):
        step = _solve(point)
        if step is None:
            # Observed information need not be positive; of separated groups none is left.
            point = _at(sample, params)
            step = _solve(point)
        if step is None:
            return _Scoring(params, point, iteration, False)
        before, moved = moved, np.sqrt(max(step @ point.score, 0.0) / point.information[0, 0])
        # With the canonical link the size of the steps is squared from one to the next.
        ahead = moved * (moved / before) ** 2 if sample.link.canonical and before < NEAR else moved
        if ahead <= STILL:
            return _Scoring(params + step, point, iteration, True)
        observed = moved < NEAR and not sample.link.canonical
        following, new = _climb(sample, params, step, point.deviance, observed)
        stands = abs(new.deviance - point.deviance) <= 1e-14 * (abs(new.deviance) + 0.1)
        if stands and moved > 0.9 * before:
            # Rounding keeps the steps from getting smaller.
            return _Scoring(params, point, iteration, True)
        params, point = following, new
    return _Scoring(params, point, max_iterations, False)


def _solve(point: _Point) -> FloatArray | None:
    """Return the step to where the score would be zero; None where there is no information."""
    try:
        step: FloatArray = cho_solve(cho_factor(point.information), point.score)
    except (LinAlgError, ValueError):
        return None
    return step


def _start(sample: _Sample) -> FloatArray:
    """Find coefficients to start from: of many rows those of every sixteenth, which are nearly there.

    Not with a link whose likelihood can have several maxima: there the start decides.
    """
    if len(sample.columns) < MANY or not sample.link.one_maximum:
        return _first_params(sample)
    weights = None if sample.weights is None else sample.weights[::16]
    part = replace(
        sample, columns=sample.columns[::16].copy(order="F"), treated=sample.treated[::16], weights=weights
    )
    found = _maximise(part, max_iterations=20)
    ends = found.converged and _weakest(part, found.point) > LOST
    return found.params if ends else _first_params(sample)


def _climb(
    sample: _Sample, params: FloatArray, step: FloatArray, deviance: float, observed: bool
) -> tuple[FloatArray, _Point]:
    """Go one step, or as small a part of it as the likelihood needs not to fall."""
    for halving in range(30):
        following = params + step / 2**halving
        point = _at(sample, following, observed)
        if point.deviance <= deviance + 1e-10 * (deviance + 0.1):
            break
    return following, point


def _at(sample: _Sample, params: FloatArray, observed: bool = False) -> _Point:
    deviance, score = 0.0, np.zeros_like(params)
    information = np.zeros((len(params), len(params)))
    for rows, design in sample.blocks():
        probability, complement, slope, bend = sample.link.response(params @ design)
        treated = sample.treated[rows]
        likelihood = np.where(treated, probability, complement)
        # Derivative of the log-likelihood by the predictor, and its expected square or second derivative.
        if sample.link.canonical:
            # What the lines below come to, without their divisions.
            slopes, weights = np.where(treated, complement, -probability), slope
        else:
            slopes = np.where(treated, slope, -slope) / likelihood
            if observed:
                weights = slopes**2 - np.where(treated, bend, -bend) / likelihood
            else:
                weights = slope / probability * (slope / complement)
        logs = np.log(likelihood)
        if sample.weights is not None:
            of_rows = sample.weights[rows]
            slopes, weights, logs = slopes * of_rows, weights * of_rows, logs * of_rows
        deviance -= 2 * float(logs.sum())
        score += design @ slopes
        information += design @ (design * weights).T
    return _Point(deviance, score, information)


def _first_params(sample: _Sample) -> FloatArray:
    """Fit the predictors of probabilities halfway to what was observed: three quarters and one quarter."""
    p = sample.columns.shape[1]
    right, left = np.zeros(1 + p), np.zeros((1 + p, 1 + p))
    for rows, design in sample.blocks():
        of_rows = np.ones(design.shape[1]) if sample.weights is None else sample.weights[rows]
        outcome = sample.treated[rows].astype(np.float64)
        guess = (of_rows * outcome + 0.5) / (of_rows + 1)
        eta = sample.link.predictor(guess)
        probability, complement, slope, _ = sample.link.response(eta)
        working = eta + (outcome - guess) / slope
        weights = of_rows * slope / probability * (slope / complement)
        right += design @ (weights * working)
        left += design @ (design * weights).T
    params: FloatArray = np.linalg.solve(left, right)
    return params


def _weakest(sample: _Sample, point: _Point) -> float:
    """Return the least information that a direction has in units of its variance, for an average row."""
    spread = np.eye(len(point.score))
    spread[1:, 1:] = sample.scale.correlations
    values = eigh(point.information, spread, eigvals_only=True)
    rows = len(sample.columns) if sample.weights is None else sample.weights.sum()
    return float(values[0] / rows)


def _evaluate(sample: _Sample, params: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Add up column by column: a matrix product rounds equal rows differently."""
    linear = np.full(len(sample.columns), params[0])
    fitted = np.empty_like(linear)
    for rows, design in sample.blocks():
        for column, coefficient in zip(design[1:], params[1:], strict=True):
            linear[rows] += column * coefficient
        fitted[rows] = sample.link.response(linear[rows]).probability
    return fitted, linear
