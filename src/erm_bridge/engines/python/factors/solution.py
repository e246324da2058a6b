"""The solution with its labels: loadings, communalities, variance, weights."""

import pandas as pd

from erm_bridge.engines.python.factors import ALL, rotation
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.extraction import DEFAULTS, Settings
from erm_bridge.numerics.factoring import Factoring, Solution
from erm_bridge.results import HEYWOOD, NOT_CONVERGED, Adequacy, FactorFit, FactorSolution
from erm_bridge.study.models import Index


def method_of(options: Index, factors: int, seed: int | None) -> Factoring:
    """Say how a study extracts and rotates so many factors."""
    anchor, stop = options.composite.anchor, options.convergence
    return Factoring(
        extraction=options.extraction,
        rotation=rotation.settings_of(options, factors, seed),
        scores=options.scores,
        anchor=None if anchor is None else options.items.index(anchor),
        settings=DEFAULTS if stop is None else Settings(stop.tolerance, stop.iterations),
    )


def labelled(
    solution: Solution,
    scores: FloatArray,
    rows: pd.Index,
    items: pd.Index,
    *,
    fit: FactorFit,
    adequacy: Adequacy,
) -> FactorSolution:
    """Give a solution and its scores (n x k) the labels of rows, items and factors."""
    factors = pd.Index([f"F{i + 1}" for i in range(solution.loadings.shape[1])])
    phi = None if solution.phi is None else pd.DataFrame(solution.phi, factors, factors)
    variance = {"ss_loadings": solution.ss_loadings, "share": solution.ss_loadings / len(items)}
    return FactorSolution(
        loadings=pd.DataFrame(solution.loadings, items, factors),
        communalities=pd.Series(solution.communalities, items),
        uniquenesses=pd.Series(1 - solution.communalities, items),
        scores=pd.DataFrame(scores, rows, factors),
        weights=pd.DataFrame(solution.weights, items, factors),
        variance=pd.DataFrame(variance, factors),
        phi=phi,
        structure=pd.DataFrame(solution.structure, items, factors),
        rotation=rotation.end_of(solution.rotated),
        fit=fit,
        adequacy=adequacy,
        heywood=tuple(str(item) for item in items[solution.extraction.heywood]),
        converged=solution.extraction.converged,
    )


def rows(found: StageRows, solution: FactorSolution) -> None:
    """Add the rows of the solution."""
    found.add("n_factors", len(solution.variance), ALL, note="" if solution.converged else NOT_CONVERGED)
    found.add_matrix("loading", solution.loadings)
    found.add_terms("communality", solution.communalities)
    for item, uniqueness in solution.uniquenesses.items():
        found.add("uniqueness", uniqueness, str(item), note=HEYWOOD if item in solution.heywood else "")
    found.add_components("ss_loadings", solution.variance["ss_loadings"], ALL)
    found.add_components("variance_share", solution.variance["share"], ALL)
    found.add_matrix("score_weight", solution.weights)
