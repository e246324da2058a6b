"""The index as a weighted sum of the factor scores."""

from erm_bridge.engines.python.factors import ALL
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.results import FactorSolution
from erm_bridge.study.models import Composite


def composite_index(solution: FactorSolution, composite: Composite) -> FloatArray:
    """Return the index of each row (n): `scale * sum_j share_j F_j`, shares of the total variance."""
    shares = solution.variance["share"].to_numpy()
    index: FloatArray = composite.scale * (solution.scores.to_numpy() @ shares)
    return index


def rows(found: StageRows, index: FloatArray) -> None:
    """Add the rows on the index."""
    found.add("index_mean", float(index.mean()), ALL)
    found.add("index_sd", float(index.std(ddof=1)), ALL)
