"""Stage `index`: factor analysis of the items and the composite index of its scores.

This file strings the parts in `factors` together.
"""

from dataclasses import replace

import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.python.factors import adequacy, composite, dimension, fit, items, solution
from erm_bridge.engines.scoring import Scorer
from erm_bridge.errors import EngineError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.correlation import moments
from erm_bridge.numerics.factor_scores import factor_scores
from erm_bridge.numerics.factoring import Factoring, solve
from erm_bridge.one_thread import one_thread
from erm_bridge.results import FactorSolution
from erm_bridge.study.models import Index, Study


def run(study: Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Analyse the items and hand on factor scores and index; nothing is taken from `given`."""
    if study.index is None:
        raise EngineError("python: the study has no section index")
    found = factor_analysis(frame, study.index)
    index = composite.composite_index(found, study.index.composite)
    artefacts = Artefacts(factor_scores=found.scores.to_numpy(), index=index)
    return StageResult(rows(found, index, study.index), artefacts)


@one_thread()
def factor_analysis(frame: pd.DataFrame, options: Index) -> FactorSolution:
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
    values = items.item_values(frame, options.items, options.reverse)
    items.check_size(len(frame), len(options.items))
    items.check_spread(values, options.items)
    of = moments(values)
    items.check_independence(of, options.items)
    names = pd.Index(options.items)
    adequate = adequacy.adequacy_of(of, names)
    k = dimension.number_of_factors(options, adequate.eigenvalues.to_numpy())
    with items.named(options.items):
        solved = solve(of.correlation, k, _method(options))
    scores = factor_scores(values, of, solved.weights)
    fitted = fit.fit_of(of.correlation, of.n, solved, names, components=options.extraction == "pca")
    found = solution.labelled(solved, scores, frame.index, names, fit=fitted, adequacy=adequate)
    turned_at = items.turning_points(values, options.items, options.reverse)
    return replace(found, scorer=Scorer(found.weights, of.means, of.sds, turned_at))


def rows(solved: FactorSolution, index: FloatArray, options: Index) -> StageRows:
    """List the numbers of the stage for the table of estimates."""
    found = StageRows()
    adequacy.rows(found, solved.adequacy)
    solution.rows(found, solved, options)
    fit.rows(found, solved.fit)
    composite.rows(found, index)
    return found


def _method(options: Index) -> Factoring:
    anchor = options.composite.anchor
    return Factoring(
        extraction=options.extraction,
        rotation=options.rotation.method,
        scores=options.scores,
        anchor=None if anchor is None else options.items.index(anchor),
    )
