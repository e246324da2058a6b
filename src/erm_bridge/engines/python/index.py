"""Stage `index`: factor analysis of the items and the composite index of its scores.

This file strings the parts in `factors` together.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.python.factors import (
    adequacy,
    again,
    bootstrap,
    composite,
    correlation,
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
from erm_bridge.results import Correlations, Dimension, FactorSolution
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
def factor_analysis(
    frame: pd.DataFrame, options: Index, seed: int | None = None, n_obs: int | None = None
) -> FactorSolution:
    """Extract, rotate and score factors of the items of a frame.

    Matching R calls, of reverse-keyed items and put into canonical form: `psych::fa(x, k, fm = "minres",
    rotate = "varimax", scores = "regression")`, `psych::principal(x, k, rotate = "varimax")`.

    Parameters
    ----------
    frame : DataFrame, n rows
        Holds the items as numbers, without missing values but where `options.correlation.missing` allows
        them; other columns are ignored. With `n_obs`: the correlation matrix.
    options : Index
        Items, how to analyse them, and the anchor (in `composite`) that fixes a sign. Reversed items
        become the sum of their observed minimum and maximum minus themselves.
    seed : int or None
        Of random numbers; None counts as 0.
    n_obs : int, optional
        How many rows the correlation matrix is of.

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
    return _factored(frame, options, seed, n_obs).labelled


@one_thread()
def number_of_factors(frame: pd.DataFrame, options: Index, seed: int | None = None) -> Dimension | None:
    """Look for the number of factors as `options.dimension` says, without extracting them.

    Parameters, errors: see `factor_analysis`.
    """
    return _dimension(_correlated(frame, options, None).used, options, seed)


@dataclass(frozen=True)
class _Correlated:
    """The correlations to factor, and what they were made from.

    `values` (n x p) and their moments `of`, Pearson's; None where the correlations were given. `used` are the
    moments with the correlations to factor.
    """

    values: FloatArray | None
    of: Moments | None
    used: Moments
    labelled: Correlations


@dataclass(frozen=True)
class _Factored:
    """A solution in arrays and with labels, and the moments that it was made from."""

    of: Moments
    solved: Solution
    labelled: FactorSolution


def _factored(frame: pd.DataFrame, options: Index, seed: int | None, n_obs: int | None = None) -> _Factored:
    correlated = _correlated(frame, options, n_obs)
    of = correlated.used
    names = pd.Index(options.items)
    adequate = adequacy.adequacy_of(of, names)
    dimensions = _dimension(of, options, seed)
    k = dimension.number_of_factors(options, adequate.eigenvalues.to_numpy(), dimensions)
    method = solution.method_of(options, k, seed)
    with items.named(options.items):
        solved = solve(of.correlation, k, method)
    scores, labels = np.empty((0, k)), frame.index[:0]
    if correlated.values is not None:
        scores, labels = factor_scores(correlated.values, of, solved.weights), frame.index
    fitted = fit.fit_of(of.correlation, of.n, solved, names, components=options.extraction == "pca")
    found = solution.labelled(solved, scores, labels, names, fit=fitted, adequacy=adequate)
    found = replace(found, correlations=correlated.labelled, dimension=dimensions)
    found = _with_rows(found, correlated, options)
    if options.bootstrap is not None and correlated.values is not None:
        resampled = bootstrap.bootstrap_of(correlated.values, solved, method, names, options.bootstrap, seed)
        found = replace(found, bootstrap=resampled)
    return _Factored(of, solved, found)


def _with_rows(found: FactorSolution, correlated: _Correlated, options: Index) -> FactorSolution:
    """Add what needs the rows and not their correlations alone."""
    values, of = correlated.values, correlated.of
    if values is None or of is None:
        return found
    turned_at = items.turning_points(values, options.items, options.reverse)
    scorer = Scorer(found.weights, of.means, of.sds, turned_at)
    used, names = correlated.used.correlation, pd.Index(options.items)
    reliable = reliability.reliability_of(of, used, names, options.reliability)
    return replace(found, scorer=scorer, reliability=reliable)


def _correlated(frame: pd.DataFrame, options: Index, n_obs: int | None) -> _Correlated:
    names = pd.Index(options.items)
    if n_obs is not None:
        given = correlation.given_correlations(frame, n_obs, options)
        p = len(names)
        used = Moments(given.n, np.zeros(p), np.ones(p), given.matrix.to_numpy())
        return _Correlated(None, None, used, given)
    how = options.correlation
    values = items.item_values(frame, options.items, options.reverse, how.missing)
    complete = values[~np.isnan(values).any(axis=1)] if how.missing == "listwise" else values
    items.check_size(len(complete), len(names))
    items.check_spread(complete, options.items)
    of = correlation.scaling(complete)
    labelled = correlation.correlations_of(complete, of, how, names)
    used = Moments(labelled.n, of.means, of.sds, labelled.matrix.to_numpy())
    return _Correlated(values, of, used, labelled)


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
    correlation.rows(found, solved.correlations, options.correlation)
    adequacy.rows(found, solved.adequacy)
    dimension.rows(found, solved.dimension)
    solution.rows(found, solved)
    rotation.rows(found, solved)
    fit.rows(found, solved.fit)
    composite.rows(found, composite.composite_weights(solved, options.composite), index)
    bootstrap.rows(found, solved.bootstrap)
    reliability.rows(found, solved.reliability)
    return found
