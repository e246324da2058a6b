"""The distance that is matched on: estimated from the covariates, or as given."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from erm_bridge.engines.python.design import Variables, design_matrix
from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.logit import fit_logit
from erm_bridge.study.labels import INTERCEPT
from erm_bridge.study.models import Matching


@dataclass(frozen=True, slots=True)
class Measured:
    """What the distance of a pair is made of.

    Attributes
    ----------
    scores : array, length n, or None
        A distance of one dimension.
    coefficients : Series or None
        Of the propensity model, by term.
    """

    scores: FloatArray | None = None
    coefficients: pd.Series | None = None

    def on(self, scores: FloatArray | None) -> "Measured":
        """Take scores that are handed on in place of the own ones; the coefficients stay."""
        return self if scores is None else Measured(scores, self.coefficients)


def measure(
    frame: pd.DataFrame, options: Matching, variables: Variables | None, treated: BoolArray
) -> Measured:
    """Estimate the distance as the options say.

    Raises
    ------
    InputError
        A column cannot be used, or the propensity model has no solution.
    """
    if not options.on_scores:
        return Measured()
    design = design_matrix(frame, options.covariates, variables)
    fit = fit_logit(design.values, treated, design.terms)
    digits = options.distance.digits
    scores = fit.fitted if digits is None else np.round(fit.fitted, digits)
    coefficients = pd.Series([fit.intercept, *fit.coefficients], index=[INTERCEPT, *design.terms])
    return Measured(scores, coefficients)


def given_distance(values: npt.ArrayLike, n: int) -> Measured:
    """Take scores of the user, one for each of n rows.

    Raises
    ------
    InputError
        There are more or fewer than n, or one is missing or infinite.
    """
    scores = np.array(values, dtype=np.float64)
    if scores.shape != (n,):
        raise InputError(f"distance: needs one score for each of the {n} rows, found shape {scores.shape}")
    if not np.isfinite(scores).all():
        row = int(np.argmin(np.isfinite(scores)))
        raise InputError(f"distance: the score in row {row + 1} is missing or infinite")
    return Measured(scores)
