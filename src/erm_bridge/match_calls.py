"""The Python call `match`.

Libraries are imported inside the call, so that R starts first and loads its own at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from erm_bridge import arguments as args
from erm_bridge import engines as registry
from erm_bridge import options as opt
from erm_bridge.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from erm_bridge.results import Match


def match(
    frame: pd.DataFrame,
    *,
    treatment: str,
    covariates: str | Sequence[str],
    method: opt.MatchingMethod | Mapping[str, object] = "nearest",
    distance: opt.DistanceMethod | npt.ArrayLike = "glm",
    link: opt.Link = "logit",
    linear: bool = False,
    ratio: int = 1,
    replace: bool = False,
    order: opt.MatchingOrder | None = None,
    min_controls: float | None = None,
    max_controls: int | None = None,
    reuse_max: int | None = None,
    ties: opt.TieRule = "matchit",
    caliper: float | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    caliper_unit: opt.CaliperUnit = "raw",
    exact: str | Sequence[str] = (),
    antiexact: str | Sequence[str] = (),
    unit_id: str | None = None,
    mahvars: str | Sequence[str] = (),
    survey_weights: str | None = None,
    discard: opt.Discard = "none",
    reestimate: bool = False,
    estimand: opt.Estimand = "ATT",
    digits: int | None = 10,
    seed: int | None = None,
    engine: opt.EngineName = "python",
) -> Match:
    """Match treated units with controls.

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows; missing values in the columns used and repeated row labels are refused.
    treatment : str
        A 0/1 or boolean column; 1 is treated.
    covariates : sequence of str
        Numeric, boolean or categorical columns of the propensity model and the balance table; of exact and
        coarsened exact matching, the columns that are matched on.
    distance : str or array
        `"glm"` fits the propensity score; `"mahalanobis"`, `"robust_mahalanobis"`, `"euclidean"` and
        `"scaled_euclidean"` take the covariates together. An array of n scores, or a matrix or frame of
        distances, treated x controls, is used as given, by position.
    linear : bool
        Match on the linear predictor of the propensity model, not on the probability.
    mahvars : sequence of str
        Columns in which partners are near by Mahalanobis distance, while the score serves the caliper.
    survey_weights : str, optional
        A column of positive weights for the propensity model, the distances and the balance.
    discard : str
        Whose units beyond common support are left out; see `erm_bridge.options`.
    reestimate : bool
        Whether the propensity score is estimated once more without the discarded units.
    method : str or mapping
        A method by name, or with its settings as in the study file: `{"method": "subclassification",
        "subclasses": 5}`; see `docs/matching.md`.
    link, estimand : see `erm_bridge.options`
    ratio : int
        Controls per treated unit.
    replace : bool
        Whether a control may serve several treated units.
    order : {"largest", "smallest", "closest", "farthest", "data", "random"}
        Whose turn comes first without replacement. None: `"largest"`, or `"data"` where there is no score.
    min_controls, max_controls : optional
        Fewest and most controls of a treated unit, where their number varies around `ratio`; or within a set
        of full matching, where 1/3 lets up to three treated units share a control.
    reuse_max : int, optional
        How many treated units a control may serve at most, with `replace=True`.
    ties : {"matchit", "first", "all"}
        Which of equally near controls are taken: MatchIt's choice, the first in row order, or all.
    caliper : float, mapping or list of mappings, optional
        Largest distance within a pair, in the unit `caliper_unit`; or `{"value": 5, "unit": "raw", "on":
        "age"}` and the like for columns. Below 0: the units of a pair must be farther apart.
    exact, antiexact : sequence of str
        Columns in which the units of a pair must agree, or must differ.
    unit_id : str, optional
        Column of rows that are one unit, to be used once.
    digits : int or None
        Decimals to which fitted scores and coordinates are rounded, so that equal rows have equal ones.
    seed : int, optional
        Of the order `random`.
    engine : {"python", "r"}
        "r" delegates to `MatchIt::matchit()`.

    Raises
    ------
    InputError
        An argument or a column is not valid, or a covariate separates treated from controls.
    """
    from erm_bridge.study.models import Matching

    frame = args.frame_of("match", frame)
    single = isinstance(caliper, int | float) or getattr(caliper, "ndim", None) == 0
    if not single and caliper_unit != "raw":
        raise InputError(f"match: caliper_unit: {caliper_unit!r} is given without a caliper that is a number")
    scores = None if isinstance(distance, str) else args.scores_of(distance)
    method = dict(method) if isinstance(method, Mapping) else {"method": method}
    if order is None and scores is not None and scores.ndim == 2 and method.get("method") == "nearest":
        order = "data"
    options = args.options_of(
        Matching,
        "match",
        treatment={"column": treatment, "treated": 1},
        covariates=args.listed(covariates),
        method=method,
        distance={
            "method": distance if isinstance(distance, str) else "glm",
            "link": link,
            "linear": linear,
            "digits": digits,
        },
        ratio=ratio,
        replace=replace,
        **({} if order is None else {"order": order}),
        caliper={"value": caliper, "unit": caliper_unit} if single else caliper,
        min_controls=min_controls,
        max_controls=max_controls,
        reuse_max=reuse_max,
        ties=ties,
        exact=args.listed(exact),
        antiexact=args.listed(antiexact),
        unit_id=unit_id,
        mahvars=args.listed(mahvars),
        survey_weights=survey_weights,
        discard=discard,
        reestimate=reestimate,
        estimand=estimand,
    )
    args.check_labels("match", frame.index)
    args.check_partners("match", frame, options)
    number = args.seed_of("match", seed)
    matched: Match = registry.module_of(engine, "matching").match(frame, options, scores=scores, seed=number)
    return matched
