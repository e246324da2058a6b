"""How well items determine factors, whatever scores are made of them."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.factor_scores import structure


@dataclass(frozen=True, slots=True)
class ScoreAdequacy:
    """How well the items determine each factor.

    Attributes
    ----------
    r_squared : array, k
        Squared multiple correlation of the factor and the items, which is that of its regression scores.
        Above 1 only in a Heywood case.
    max_correlation : array, k
        Its root: the largest correlation that any scores made of the items can have with the factor.
    min_correlation : array, k
        Smallest correlation between two sets of scores that both fit the model, `2 r_squared - 1`.
    """

    r_squared: FloatArray

    @property
    def max_correlation(self) -> FloatArray:
        """Root of `r_squared`."""
        root: FloatArray = np.sqrt(self.r_squared)
        return root

    @property
    def min_correlation(self) -> FloatArray:
        """`2 r_squared - 1`."""
        return 2 * self.r_squared - 1


def score_adequacy(correlation: FloatArray, loadings: FloatArray, phi: FloatArray | None) -> ScoreAdequacy:
    """Measure how well the items determine the factors: `diag(S' R^-1 S)` of the structure S = L Phi.

    Matching R field: `psych::fa(...)$R2`, which is that of regression scores whatever scores are asked for.

    Parameters
    ----------
    correlation : array, p x p, positive definite
    loadings : array, p x k
        The pattern.
    phi : array, k x k, or None

    References
    ----------
    Guttman, L. (1955). The determinacy of factor score matrices with implications for five other basic
    problems of common-factor theory. British Journal of Statistical Psychology 8(2), 65-81.
    Grice, J. W. (2001). Computing and evaluating factor scores. Psychological Methods 6(4), 430-450.
    """
    with_factors = structure(loadings, phi)
    return ScoreAdequacy((with_factors * np.linalg.solve(correlation, with_factors)).sum(axis=0))
