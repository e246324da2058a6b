"""How far the index would be another one had it been made otherwise."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from erm_bridge.engines.python.difference import group_codes
from erm_bridge.engines.python.factors.items import item_values
from erm_bridge.engines.python.factors.solution import method_of
from erm_bridge.errors import EngineError, InputError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.composite import composite_index, composite_weights, variance_shares
from erm_bridge.numerics.correlation import moments
from erm_bridge.numerics.factor_scores import factor_scores
from erm_bridge.numerics.factoring import Solution, solve
from erm_bridge.numerics.sensitivity import closeness, standardised_difference
from erm_bridge.one_thread import one_thread
from erm_bridge.results import HEYWOOD, FactorSolution
from erm_bridge.study.models import Index, Study


@dataclass(frozen=True)
class Groups:
    """Two groups of rows: the column that tells them apart, and who is in the one whose mean comes first."""

    column: str
    first: BoolArray


@one_thread()
def rows(
    found: StageRows,
    options: Index,
    frame: pd.DataFrame,
    groups: Groups | None,
    own: FactorSolution,
    index: FloatArray,
    seed: int | None,
) -> None:
    """Add the rows on a study's own way of making the index and on all others that it names."""
    values = item_values(frame, options.items, options.reverse)
    of = moments(values)
    correlation = of.correlation if own.correlations is None else own.correlations.matrix.to_numpy()
    eigenvalues, solved = own.adequacy.eigenvalues.to_numpy(), dict[str, Solution | str]()
    for name, way in ways(options).items():
        key = f"{way.extraction}/{way.rotation.method}"
        if key not in solved:
            solved[key] = _solution(correlation, len(own.variance), way, seed)
        solution = solved[key]
        if isinstance(solution, str):
            found.add("sensitivity_computed", 0, name, note=solution)
            continue
        shares = variance_shares(solution.loadings, solution.phi)
        weights = composite_weights(way.composite.weights, shares, eigenvalues)
        _add(
            found, name, index, composite_index(factor_scores(values, of, solution.weights), weights), groups
        )


def ways(options: Index) -> dict[str, Index]:
    """Name the study's own way, `extraction/rotation/weights`, and every other combination that it asks for.

    A rotation that has the method of the study's own has its settings, too.
    """
    asked = options.sensitivity
    assert asked is not None
    found = {}
    for extraction, rotation, weights in [
        (options.extraction, options.rotation, options.composite.weights),
        *product(
            asked.extraction or (options.extraction,),
            asked.rotation or (options.rotation,),
            asked.weights or (options.composite.weights,),
        ),
    ]:
        changes = {
            "extraction": extraction,
            "rotation": options.rotation if rotation.method == options.rotation.method else rotation,
            "composite": options.composite.model_copy(update={"weights": weights}),
        }
        found[f"{extraction}/{rotation.method}/{weights}"] = options.model_copy(update=changes)
    return found


def groups_of(study: Study, frame: pd.DataFrame) -> Groups | None:
    """Take treated and untreated units, or the levels of the first column of `difference.by` that has two.

    The first group is the treated, or the second level.
    """
    for name in study.groups:
        levels = study.variables[name].levels or ()
        if len(levels) == 2:
            return Groups(name, group_codes(frame[name], levels) == 1)
    return None


def _solution(correlation: FloatArray, factors: int, way: Index, seed: int | None) -> Solution | str:
    """Factor in one way; a text says why there is no solution to rely on."""
    try:
        way.check_number_of_factors(factors)
        solution = solve(correlation, factors, method_of(way, factors, seed))
    except (EngineError, InputError, ValueError, np.linalg.LinAlgError) as error:
        return str(error)
    return HEYWOOD if solution.extraction.heywood.any() else solution


def _add(found: StageRows, name: str, index: FloatArray, other: FloatArray, groups: Groups | None) -> None:
    if not other.std() > 0:
        found.add("sensitivity_computed", 0, name, note="the index is the same for all rows")
        return
    close = closeness(index, other)
    found.add("sensitivity_computed", 1, name)
    found.add("sensitivity_rank_correlation", close.rank_correlation, name)
    found.add("sensitivity_correlation", close.correlation, name)
    if groups is not None:
        difference = standardised_difference(other, groups.first)
        found.add("sensitivity_difference", difference, name, groups.column)
