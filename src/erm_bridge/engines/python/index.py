"""Stage `index`: factor analysis of the items and the composite index of its scores.

This file strings the parts in `factors` together.
"""

from dataclasses import dataclass, replace

import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.python.factors import (
    adequacy,
    again,
    bootstrap,
    composite,
    dimension,
    fit,
    items,
    reliability,
    rotation,
    sensitivity,
    solution,
)
from erm_bridge.engines.scoring import Scorer
from erm_bridge.errors import EngineError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.correlation import Moments, moments
from erm_bridge.numerics.factor_scores import factor_scores
from erm_bridge.numerics.factoring import Solution, solve
from erm_bridge.one_thread import one_thread
from erm_bridge.results import Dimension, FactorSolution
from erm_bridge.study.models import Index, Study


def run(study: Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Analyse the items; hand on correlations, solution, factor scores and index.

    On another engine's solution that is rotated once more, and what follows from it is computed again.
    """
    if study.index is None:
        raise EngineError("python: the study has no section index")
    if given.loadings is not None:
        return _again(frame, study.index, again.handed(given), study.seed)
    factored = _factored(frame, study.index, study.seed)
    found = factored.labelled
    index = composite.composite_index(found, study.index.composite)
    artefacts = Artefacts(
        correlation=factored.of.correlation,
        unrotated=factored.solved.extraction.loadings,
        loadings=factored.solved.loadings,
        phi=factored.solved.phi,
        uniquenesses=factored.solved.extraction.uniquenesses,
        factor_scores=found.scores.to_numpy(),
        index=index,
    )
    listed = rows(found, index, study.index)
    if study.index.sensitivity is not None:
        groups = sensitivity.groups_of(study, frame)
        sensitivity.rows(listed, study.index, frame, groups, found, index, study.seed)
    return StageResult(listed, artefacts)


def _again(frame: pd.DataFrame, options: Index, given: again.Given, seed: int | None) -> StageResult:
    """Compute again what another engine's solution allows to."""
    values = items.item_values(frame, options.items, options.reverse)
    method = solution.method_of(options, given.loadings.shape[1], seed)
    names = pd.Index(options.items)
    found = again.following(given, values, moments(values), method, frame.index, names)
    turned = again.turned(given, found, method)
    index = composite.composite_index(found, options.composite)
    artefacts = Artefacts(factor_scores=found.scores.to_numpy(), index=index)
    both = again.rows_again(rows(found, index, options), rows(turned, index, options))
    return StageResult(both, artefacts)


@one_thread()
def factor_analysis(frame: pd.DataFrame, options: Index, seed: int | None = None) -> FactorSolution:
    """Extract, rotate and score factors of the items of a frame.

    Matching R calls, of reverse-keyed items and put into canonical form: `psych::fa(x, k, fm = "minres",
    rotate = "varimax", scores = "regression")`, `psych::principal(x, k, rotate = "varimax")`.

    Parameters
    ----------
    frame : DataFrame, n rows
        Holds the items as numbers without missing values; other columns are ignored.
    options : Index
        Items, how to analyse them, and the anchor (in `composite`) that fixes a sign. Reversed items
        become the sum of their observed minimum and maximum minus themselves.
    seed : int or None
        Of random numbers; None counts as 0.

    Returns
    -------
    FactorSolution
        In canonical form; scores are indexed like the frame.

    Raises
    ------
    InputError
        An item is not a column, not numeric, incomplete or constant; items depend on each other; there
        are too few rows or too many factors. The message names the items.
    """
    return _factored(frame, options, seed).labelled


@one_thread()
def number_of_factors(frame: pd.DataFrame, options: Index, seed: int | None = None) -> Dimension | None:
    """Look for the number of factors as `options.dimension` says, without extracting them.

    Parameters, errors: see `factor_analysis`.
    """
    _, of = _correlated(frame, options)
    return _dimension(of, options, seed)


@dataclass(frozen=True)
class _Factored:
    """A solution in arrays and with labels, and the moments that it was made from."""

    of: Moments
    solved: Solution
    labelled: FactorSolution


def _factored(frame: pd.DataFrame, options: Index, seed: int | None) -> _Factored:
    values, of = _correlated(frame, options)
    names = pd.Index(options.items)
    adequate = adequacy.adequacy_of(of, names)
    dimensions = _dimension(of, options, seed)
    k = dimension.number_of_factors(options, adequate.eigenvalues.to_numpy(), dimensions)
    method = solution.method_of(options, k, seed)
    with items.named(options.items):
        solved = solve(of.correlation, k, method)
    scores = factor_scores(values, of, solved.weights)
    fitted = fit.fit_of(of.correlation, of.n, solved, names, components=options.extraction == "pca")
    found = solution.labelled(solved, scores, frame.index, names, fit=fitted, adequacy=adequate)
    turned_at = items.turning_points(values, options.items, options.reverse)
    scorer = Scorer(found.weights, of.means, of.sds, turned_at)
    resampled = bootstrap.bootstrap_of(values, solved, method, names, options.bootstrap, seed)
    reliable = reliability.reliability_of(of, of.correlation, names, options.reliability)
    found = replace(found, scorer=scorer, dimension=dimensions, reliability=reliable, bootstrap=resampled)
    return _Factored(of, solved, found)


def _correlated(frame: pd.DataFrame, options: Index) -> tuple[FloatArray, Moments]:
    values = items.item_values(frame, options.items, options.reverse)
    items.check_size(len(frame), len(options.items))
    items.check_spread(values, options.items)
    of = moments(values)
    items.check_independence(of, options.items)
    return values, of


def _dimension(of: Moments, options: Index, seed: int | None) -> Dimension | None:
    if options.dimension is None:
        return None
    return dimension.dimension_of(of.correlation, of.n, options.dimension, seed)


def index_sensitivity(
    frame: pd.DataFrame, options: Index, group: BoolArray | None, seed: int | None
) -> StageRows:
    """List the rows of the sensitivity table alone; `group` (n): the rows whose mean comes first."""
    own, listed = factor_analysis(frame, options, seed), StageRows()
    groups = None if group is None else sensitivity.Groups("group", group)
    index = composite.composite_index(own, options.composite)
    sensitivity.rows(listed, options, frame, groups, own, index, seed)
    return listed


def rows(solved: FactorSolution, index: FloatArray, options: Index) -> StageRows:
    """List the numbers of the stage for the table of estimates."""
    found = StageRows()
    adequacy.rows(found, solved.adequacy)
    dimension.rows(found, solved.dimension)
    solution.rows(found, solved)
    rotation.rows(found, solved)
    fit.rows(found, solved.fit)
    composite.rows(found, composite.composite_weights(solved, options.composite), index)
    bootstrap.rows(found, solved.bootstrap)
    reliability.rows(found, solved.reliability)
    return found
