"""Logistic regression by maximum likelihood, run until rounding error stops it."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.scaling import scale_columns
from erm_bridge.numerics.separation import refuse_separation

# A fitted probability this close to 0 or 1 is a sign of separation.
NEAR_CERTAIN = 1e-6


@dataclass(frozen=True, slots=True)
class LogitFit:
    """A fitted logistic regression.

    Attributes
    ----------
    intercept : float
    coefficients : array, length p
        In the units of the columns.
    fitted : array, length n
        Probabilities; equal rows have equal ones, bit for bit.
    deviance : float
        Minus twice the log-likelihood.
    iterations : int
    """

    intercept: float
    coefficients: FloatArray
    fitted: FloatArray
    deviance: float
    iterations: int


def fit_logit(
    columns: FloatArray,
    treated: BoolArray,
    terms: Sequence[str],
    tolerance: float = 1e-14,
    max_iterations: int = 100,
) -> LogitFit:
    """Regress the treatment on an intercept and columns by `statsmodels.GLM` (Fisher scoring).

    Parameters
    ----------
    columns : array, n x p
        Finite numbers, without the column of ones.
    treated : array of bool, length n
        Holds both values.
    terms : sequence of text, length p
        Names of the columns, for messages.
    tolerance : float
        Converged when the deviance changes by less than this share of itself.
    max_iterations : int

    Returns
    -------
    LogitFit

    Raises
    ------
    InputError
        A column is constant or a combination of earlier ones, or columns separate the treated from
        the controls, so that the likelihood has no maximum.
    EngineError
        No convergence although nothing separates the groups.

    Notes
    -----
    Matching R call: `glm(treated ~ ., binomial(), control = list(epsilon = 1e-14, maxit = 100))`.
    The columns are centred and scaled first, which leaves the fitted values as they are and keeps the
    steps exact when columns are on very different scales.
    Source: McCullagh, P. and Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., section 4.4.
    """
    scaled = scale_columns(columns, terms)
    params, deviance, iterations, converged = _maximise(
        scaled.with_intercept, treated.astype(np.float64), tolerance, max_iterations
    )
    fitted = _probability(_linear_predictor(scaled.values, float(params[0]), params[1:]))
    params = scaled.back @ params
    certain = (fitted < NEAR_CERTAIN) | (fitted > 1 - NEAR_CERTAIN)
    if certain.any() or not converged:
        refuse_separation(scaled.values, treated, terms)
    if not converged:
        raise EngineError(f"the logit model did not converge in {max_iterations} iterations")
    return LogitFit(float(params[0]), params[1:], fitted, deviance, iterations)


def _maximise(
    design: FloatArray, outcome: FloatArray, tolerance: float, max_iterations: int
) -> tuple[FloatArray, float, int, bool]:
    """Let statsmodels fit; returns coefficients, deviance, iterations and whether it converged."""
    # The modules alone: statsmodels.api would load the whole of statsmodels.
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():
        # Warnings of separation, overflow and convergence: the caller looks for all three itself.
        warnings.simplefilter("ignore")
        fit = GLM(outcome, design, family=Binomial()).fit(maxiter=max_iterations, tol=0.0, rtol=tolerance)
        return fit.params, float(fit.deviance), int(fit.fit_history["iteration"]), bool(fit.converged)


def _linear_predictor(columns: FloatArray, intercept: float, coefficients: FloatArray) -> FloatArray:
    """Add up column by column: a matrix product rounds equal rows differently."""
    eta = np.full(len(columns), intercept)
    for j, coefficient in enumerate(coefficients):
        eta += columns[:, j] * coefficient
    return eta


def _probability(eta: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        probability: FloatArray = 1 / (1 + np.exp(-eta))
    return probability
