"""The index as a weighted sum of the factor scores."""

import numpy as np
import pandas as pd

from erm_bridge.engines.python.factors import ALL
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics import composite as numerics
from erm_bridge.results import FactorSolution
from erm_bridge.study.models import Composite


def composite_weights(solution: FactorSolution, composite: Composite) -> pd.Series:
    """Return the weight of each factor, indexed `F1..Fk`."""
    shares, eigenvalues = solution.variance["share"], solution.adequacy.eigenvalues
    weights = numerics.composite_weights(
        composite.weights, shares.to_numpy(), eigenvalues.to_numpy(), composite.divide
    )
    return pd.Series(weights, shares.index)


def composite_index(solution: FactorSolution, composite: Composite) -> FloatArray:
    """Return the index of each row (n): `scale * sum_j weight_j F_j`."""
    weights = composite_weights(solution, composite).to_numpy()
    return numerics.composite_index(solution.scores.to_numpy(), weights, composite.scale)


def turns(solution: FactorSolution, anchor: str | None) -> pd.Series:
    """Return 1 for each factor, -1 for the one on which the anchor loads most, if it loads negatively."""
    factors = solution.loadings.columns
    signs = np.ones(len(factors))
    if anchor is not None:
        of_anchor = solution.loadings.loc[anchor].to_numpy()
        factor = np.abs(of_anchor).argmax()
        signs[factor] = -1.0 if of_anchor[factor] < 0 else 1.0
    return pd.Series(signs, factors)


def rows(found: StageRows, weights: pd.Series, index: FloatArray) -> None:
    """Add the rows on the index."""
    found.add_components("index_weight", weights, ALL)
    found.add("index_mean", float(index.mean()), ALL)
    found.add("index_sd", float(index.std(ddof=1)), ALL)
