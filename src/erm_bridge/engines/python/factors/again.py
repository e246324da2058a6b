"""What is computed again from a solution that another engine found, for the crosscheck on equal input."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.python.factors import adequacy, fit, rotation, solution
from erm_bridge.errors import EngineError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.correlation import Moments
from erm_bridge.numerics.extraction import OBJECTIVES, Extraction
from erm_bridge.numerics.factor_scores import SCORE_WEIGHTS, factor_scores
from erm_bridge.numerics.factoring import Factoring, Solution
from erm_bridge.numerics.rotation import as_rotated, rotate
from erm_bridge.quantities import computed_again, parts
from erm_bridge.results import FactorSolution


@dataclass(frozen=True)
class Given:
    """Another engine's factors: correlations, loadings before and after rotation, uniquenesses.

    `phi` is None where factors are uncorrelated.
    """

    correlation: FloatArray
    unrotated: FloatArray
    loadings: FloatArray
    phi: FloatArray | None
    uniquenesses: FloatArray


def handed(artefacts: Artefacts) -> Given:
    """Take the factors that were handed on.

    Raises
    ------
    EngineError
        Something is missing.
    """
    held = artefacts.correlation, artefacts.unrotated, artefacts.loadings, artefacts.uniquenesses
    correlation, unrotated, loadings, uniquenesses = held
    if correlation is None or unrotated is None or loadings is None or uniquenesses is None:
        raise EngineError("python: stage index needs correlations, loadings and uniquenesses of a solution")
    return Given(correlation, unrotated, loadings, artefacts.phi, uniquenesses)


def following(
    given: Given, values: FloatArray, of: Moments, method: Factoring, rows: pd.Index, items: pd.Index
) -> FactorSolution:
    """Compute what follows from the loadings as they are: criterion, communalities, weights, scores.

    Parameters
    ----------
    given : Given
    values : array, n x p
    of : Moments
        Of the values; their correlations are replaced by those handed on.
    method : Factoring
    rows, items : Index
        Labels.
    """
    moments = replace(of, correlation=given.correlation)
    # The same communalities without correlations of the factors.
    orthogonal = given.loadings if given.phi is None else given.loadings @ np.linalg.cholesky(given.phi)
    unexplained = 1 - np.square(orthogonal).sum(axis=1)
    weights = SCORE_WEIGHTS[method.scores](given.correlation, given.loadings, given.phi, unexplained)
    objective = OBJECTIVES[method.extraction](given.correlation, orthogonal, given.uniquenesses)
    proper = np.zeros(len(items), dtype=bool)
    extraction = Extraction(orthogonal, given.uniquenesses, objective, 0.0, 0, proper)
    rotated = as_rotated(given.loadings, given.phi, method.rotation)
    solved = Solution(given.loadings, given.phi, weights, extraction, rotated)
    scores = factor_scores(values, moments, weights)
    fitted = fit.fit_of(given.correlation, of.n, solved, items, components=method.extraction == "pca")
    return solution.labelled(
        solved, scores, rows, items, fit=fitted, adequacy=adequacy.adequacy_of(moments, items)
    )


def turned(given: Given, found: FactorSolution, method: Factoring) -> FactorSolution:
    """Rotate the other engine's loadings once more and bring them to canonical form."""
    rotated = rotate(given.unrotated, method.rotation)
    form = canonical_form(rotated.loadings, method.anchor, rotated.phi, rotated.named, rotated.general)
    items, factors = found.loadings.index, found.loadings.columns
    phi = None if form.phi is None else pd.DataFrame(form.phi, factors, factors)
    structure = form.loadings if form.phi is None else form.loadings @ form.phi
    return replace(
        found,
        loadings=pd.DataFrame(form.loadings, items, factors),
        phi=phi,
        structure=pd.DataFrame(structure, items, factors),
        rotation=rotation.end_of(rotated),
    )


def rows_again(following: StageRows, turned: StageRows) -> StageRows:
    """Pick the rows that are computed again: what the rotation finds, and what follows from the solution."""
    found = [row for row in turned.rows if _role(row[0]) == "found"]
    follows = [row for row in following.rows if _role(row[0]) in ("criterion", "follows")]
    return StageRows([row for row in found + follows if computed_again("index", row[0])])


def _role(quantity: str) -> str:
    part = parts().get(("index", quantity))
    return "" if part is None else part.role
