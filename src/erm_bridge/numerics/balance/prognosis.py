"""Prognostic scores: the outcome that the covariates predict without treatment."""

from collections.abc import Sequence

from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.least_squares import least_squares


def prognostic_scores(
    columns: FloatArray, outcome: FloatArray, controls: BoolArray, terms: Sequence[str]
) -> FloatArray:
    """Predict the outcome of every unit by a linear regression among all controls, unweighted.

    Parameters
    ----------
    columns : array, n x p
        Covariates coded for a model with an intercept.
    outcome : array, length n
    controls : array of bool, length n
    terms : sequence of str, length p
        Names of the columns, for messages.

    Returns
    -------
    array, length n
        In units of the outcome. Its standardised difference weighs imbalances by what they matter for
        the outcome.

    Raises
    ------
    InputError
        A column is constant among the controls or a linear combination of the columns before it.

    Notes
    -----
    Matching R call: `predict(lm(outcome ~ covariates, data[treated == 0, ]), data)`. Source: Stuart, E. A.,
    Lee, B. K. and Leacy, F. P. (2013), Journal of Clinical Epidemiology 66, S84-S90; the score: Hansen, B.
    B. (2008), Biometrika 95, 481-488.
    """
    fit = least_squares(columns[controls], outcome[controls], terms)
    scores: FloatArray = fit.estimate[0] + columns @ fit.estimate[1:]
    return scores
