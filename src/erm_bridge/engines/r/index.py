"""Stage `index`: factor analysis and the composite index, by psych."""

from dataclasses import fields

import numpy as np
import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.r.bootstrap import bootstrap_of
from erm_bridge.engines.r.dimension import dimension_of
from erm_bridge.engines.r.fit import fit_in
from erm_bridge.engines.r.frames import analysis_frame, small_study
from erm_bridge.engines.r.reliability import reliability_in
from erm_bridge.engines.r.session import Answer, Session, ask_once
from erm_bridge.engines.scoring import Scorer
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import BoolArray
from erm_bridge.results import (
    HEYWOOD,
    NOT_CONVERGED,
    Adequacy,
    Correlations,
    Dimension,
    FactorSolution,
    RotationEnd,
)
from erm_bridge.study.models import Difference, Index


def run(session: Session, given: Artefacts) -> StageResult:
    """Let R factor the items, or take the solution that is handed on, and compose the index."""
    answer = session.ask("index", given)
    handed = {f.name for f in fields(Artefacts)}
    made = {name: value for name, value in answer.artefacts.items() if name in handed}
    return StageResult(answer.rows, Artefacts(**made))


def factor_analysis(
    frame: pd.DataFrame, options: Index, seed: int | None = None, n_obs: int | None = None
) -> FactorSolution:
    """Factor the items of a frame with R (`psych::fa`, `psych::KMO`, `psych::cortest.bartlett`).

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows x at least the items, which hold numbers, without missing values but where
        `options.correlation.missing` allows them. With `n_obs`: the correlation matrix.
    options : Index
    seed : int or None
        Of random numbers; None counts as 0.
    n_obs : int, optional
        How many rows the correlation matrix is of.

    Returns
    -------
    FactorSolution

    Raises
    ------
    InputError
        An item is absent or not numeric, or R finds the items wrong: missing values, constant,
        singular, fewer rows than items.
    EngineError
        R is not usable or failed.
    """
    answer, items = _asked(frame, options, seed, n_obs)
    return _solution(answer, items.index if n_obs is None else items.index[:0], frame.index, options)


def number_of_factors(frame: pd.DataFrame, options: Index, seed: int | None = None) -> Dimension | None:
    """Look for the number of factors with R (`psych::vss`, `psych::fa`); see `factor_analysis`."""
    answer, _ = _asked(frame, options, seed, None)
    return dimension_of(answer, options)


def _asked(
    frame: pd.DataFrame, options: Index, seed: int | None, n_obs: int | None
) -> tuple[Answer, pd.DataFrame]:
    """Let R run the stage; return its answer and the rows that it had."""
    items = analysis_frame(frame, options.items, gaps=options.correlation.missing != "refuse")
    if options.correlation.missing == "listwise":
        items = items.dropna()
    study = small_study(items, index=options, seed=seed)
    return ask_once(study, items, "index", Artefacts(n_obs=n_obs)), items


def index_sensitivity(
    frame: pd.DataFrame, options: Index, group: BoolArray | None, seed: int | None
) -> StageRows:
    """Let R make the rows of the index stage; `group` (n): the rows whose mean comes first."""
    items = analysis_frame(frame, options.items)
    name = "group"
    while name in options.items:
        name += "_"
    if group is not None:
        items[name] = pd.Categorical.from_codes(group.astype("int64"), pd.Index(["0", "1"]))
    study = small_study(items, index=options, seed=seed)
    by = Difference(by=() if group is None else (name,))
    return ask_once(study.model_copy(update={"difference": by}), items, "index", Artefacts()).rows


def _solution(answer: Answer, scored: pd.Index, rows: pd.Index, options: Index) -> FactorSolution:
    variance = pd.DataFrame(
        {"ss_loadings": answer.components("ss_loadings"), "share": answer.components("variance_share")}
    )
    weights = answer.matrix("score_weight")
    scores = pd.DataFrame(answer.artefacts["factor_scores"], scored, variance.index)
    standardisation = answer.artefacts.get("standardisation")
    return FactorSolution(
        loadings=answer.matrix("loading"),
        communalities=answer.values("communality"),
        uniquenesses=answer.values("uniqueness"),
        scores=scores.reindex(rows) if 0 < len(scored) < len(rows) else scores,
        weights=weights,
        variance=variance,
        phi=_phi(answer, variance.index),
        structure=answer.matrix("structure" if answer.has("structure") else "loading"),
        rotation=_rotation_end(answer),
        fit=fit_in(answer, weights.index),
        adequacy=_adequacy(answer, options),
        heywood=tuple(term for term, note in answer.notes("uniqueness").items() if HEYWOOD in note),
        converged=NOT_CONVERGED not in answer.notes("n_factors")["all"],
        scorer=None if standardisation is None else Scorer(weights, *standardisation.T),
        bootstrap=None if options.bootstrap is None else bootstrap_of(answer, options.bootstrap),
        dimension=dimension_of(answer, options),
        reliability=None if options.reliability is None else reliability_in(answer, options),
        correlations=_correlations(answer, options),
    )


def _correlations(answer: Answer, options: Index) -> Correlations:
    items = pd.Index(options.items)
    used, estimated, counts = (answer.artefacts[name] for name in ("correlation", "estimated", "counts"))
    changed = options.correlation.smooth and not np.array_equal(used, estimated)
    thresholds = answer.matrix("threshold").reindex(items) if answer.has("threshold") else None
    return Correlations(
        matrix=pd.DataFrame(used, items, items),
        unsmoothed=pd.DataFrame(estimated, items, items) if changed else None,
        n=int(counts.min()),
        counts=pd.DataFrame(counts, items, items).astype("int64") if np.ptp(counts) else None,
        thresholds=thresholds,
    )


def _phi(answer: Answer, factors: pd.Index) -> pd.DataFrame | None:
    if not answer.has("phi"):
        return None
    below = answer.matrix("phi").reindex(index=factors, columns=factors).fillna(0.0)
    return below + below.T + np.eye(len(factors))


def _rotation_end(answer: Answer) -> RotationEnd:
    if not answer.has("rotation_criterion"):
        return RotationEnd()
    criterion = answer.number("rotation_criterion")
    if not answer.has("start_criterion"):
        return RotationEnd(criterion)
    optima = int(answer.number("rotation_optima"))
    return RotationEnd(criterion, answer.components("start_criterion"), optima)


def _adequacy(answer: Answer, options: Index) -> Adequacy:
    kmo = answer.values("kmo")
    return Adequacy(
        kmo=float(kmo["all"]),
        kmo_items=kmo[list(options.items)],
        bartlett_chi2=answer.number("bartlett_chi2"),
        bartlett_df=answer.number("bartlett_df"),
        bartlett_p=answer.number("bartlett_p"),
        bartlett_log10_p=answer.number("bartlett_log10_p"),
        log_determinant=answer.number("log_det"),
        condition=answer.number("condition"),
        eigenvalues=answer.components("eigenvalue"),
    )
