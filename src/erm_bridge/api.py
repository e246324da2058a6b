"""The Python calls on studies and matches: `run`, `match`, `estimate_effect`.

Libraries are imported inside the calls, so that R starts first and loads its own at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erm_bridge import arguments as args
from erm_bridge import engines as registry
from erm_bridge import options as opt
from erm_bridge.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from erm_bridge.pipeline import Run
    from erm_bridge.results import Effect, Match
    from erm_bridge.run_folder import RunFolder


def run(
    study: str | Path,
    *,
    data: str | Path | None = None,
    engines: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    seed: int | None = None,
    settings: Mapping[str, object] | None = None,
    allow_known_defects: bool = False,
) -> Run:
    """Run a study with one or both engines and compare them.

    Parameters
    ----------
    study : path
        A study file, or a folder that holds `study.yml`.
    data : path, optional
        Data file or `r:package::name` to use instead of the study's.
    engines : {"python", "r"} or a sequence of them, optional
        None: both, or Python alone where R is not installed.
    out : path, optional
        Run folder to write; None writes nothing.
    overwrite : bool
        Replace an existing run folder.
    seed : int, optional
        Seed to use instead of the study's.
    settings : mapping, optional
        Keys of the study file to change, with values as they are, such as `{"matching.ratio": 4}`;
        None removes a key.
    allow_known_defects : bool
        Run although an installed package has a known defect that the study would hit.

    Returns
    -------
    Run
        `.estimates`, `.crosscheck`, `.verdict`, `.artefacts` and more.

    Raises
    ------
    InputError
        The study, the data or an argument is wrong.
    """
    if settings is not None and not isinstance(settings, Mapping):
        raise InputError('run: settings: must be a mapping of keys, such as {"matching.ratio": 4}')
    target = None if out is None else Path(args.path_text("out", out))
    finished, _ = run_study(
        Path(args.path_text("study", study)),
        data=None if data is None else args.path_text("data", data),
        engines=() if engines is None else tuple(args.listed(engines)),
        out=None if target is None else lambda name: target,
        overwrite=overwrite,
        seed=seed,
        settings=settings or {},
        allow_known_defects=allow_known_defects,
    )
    return finished


def run_study(
    study: Path,
    *,
    data: str | None,
    engines: tuple[str, ...],
    out: Callable[[str], Path] | None,
    overwrite: bool,
    seed: int | None,
    settings: Sequence[str] | Mapping[str, object],
    allow_known_defects: bool,
    progress: Callable[[str], None] = lambda message: None,
) -> tuple[Run, RunFolder | None]:
    """Run a study; write its folder where `out` names one for the study's name."""
    with registry.started(engines, allow_known_defects) as running:
        from erm_bridge.study.reader import read_study

        file = read_study(study, settings, seed)
        folder = None if out is None else out(file.study.study)
        from erm_bridge import pipeline, run_folder
        from erm_bridge.report.figures import prepare

        if folder is not None:
            run_folder.check_target(folder, overwrite)
        meanwhile = prepare if folder is not None else lambda: None
        finished = pipeline.execute(file, running, data=data, progress=progress, meanwhile=meanwhile)
    if folder is None:
        return finished, None
    progress("writing")
    changes = {"set": settings, "seed": seed, "data": data, "engine": engines}
    return finished, run_folder.write(finished, folder, overwrite=overwrite, changes=changes)


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
    cutpoints: Mapping[str, object] | None = None,
    grouping: Mapping[str, Sequence[Sequence[str]]] | None = None,
    k2k: bool | None = None,
    pair_distance: opt.PairDistance | None = None,
    pair_order: opt.PairOrder | None = None,
    power: float | None = None,
    subclasses: int | Sequence[float] | None = None,
    min_n: int | None = None,
    radius: float | None = None,
    kernel: opt.Kernel | None = None,
    bandwidth: float | None = None,
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
        "subclasses": 5}`. The settings can be given as arguments too.
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
    cutpoints, grouping : mapping, optional
        Of coarsened exact matching, by column: `"sturges"` (the default), `"scott"`, `"fd"`, quantiles such
        as `"q5"`, a number of bins (0: every value its own) or a list of the numbers to cut at; levels of a
        category that count as one, `{"race": [["white", "hispan"]]}`.
    k2k, pair_distance, pair_order, power : optional
        Of coarsened exact matching: whether units are paired within strata, by which distance
        (`"mahalanobis"` by default), in which order, and the power of `"minkowski"`.
    subclasses, min_n : optional
        Of subclassification: how many there are (6), or the shares of focal units at which they part; units
        of each group that each must have (1).
    radius, kernel, bandwidth : optional
        Of radius, kernel and local linear matching, in units of the score: how far everyone is a partner;
        how the weight falls with distance (`"epanechnikov"`; by local lines `"tricube"`) and to where (0.06).
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
    settings = {
        "cutpoints": None if cutpoints is None else dict(cutpoints),
        "grouping": None if grouping is None else dict(grouping),
        "k2k": k2k,
        "pair_distance": pair_distance,
        "pair_order": pair_order,
        "power": power,
        "subclasses": subclasses,
        "min_n": min_n,
        "radius": radius,
        "kernel": kernel,
        "bandwidth": bandwidth,
    }
    scores = None if isinstance(distance, str) else args.scores_of(distance)
    method = dict(method) if isinstance(method, Mapping) else {"method": method}
    if order is None and scores is not None and scores.ndim == 2 and method.get("method") == "nearest":
        order = "data"
    options = args.options_of(
        Matching,
        "match",
        treatment={"column": treatment, "treated": 1},
        covariates=args.listed(covariates),
        method=method | {key: value for key, value in settings.items() if value is not None},
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


def estimate_effect(
    match: Match,
    *,
    outcome: pd.Series,
    std_error: opt.StandardError | Sequence[opt.StandardError] = ("psmatch2",),
    conf_level: float = 0.95,
    adjust: str | Sequence[str] = (),
    neighbours: int = 1,
    replicates: int = 1000,
    seed: int | None = None,
    engine: opt.EngineName = "python",
) -> Effect:
    """Estimate the effect of the treatment on an outcome, unmatched, matched and adjusted.

    Parameters
    ----------
    match : Match
    outcome : pandas.Series
        Aligned with the matched frame by row label; missing values are refused.
    std_error : sequence of str
        Kinds of standard error of the matched row; see `erm_bridge.options`.
    conf_level : float
        Level of the confidence intervals.
    adjust : sequence of str, optional
        Columns of the frame that was matched: a row `adjusted` compares the groups at the same values of
        them, by a regression in the matched sample.
    neighbours : int
        From how many units of the same group the errors `abadie_imbens` and `abadie_imbens_score` estimate a
        variance.
    replicates : int
        Samples of the error `bootstrap`.
    seed : int, optional
        Of the bootstrap.
    engine : {"python", "r"}

    Raises
    ------
    InputError
        The outcome lacks rows of the match or has missing values, a column cannot be used, or a standard
        error is not defined for the match.
    """
    from erm_bridge.results import Match
    from erm_bridge.study.effect_errors import check_effect
    from erm_bridge.study.models import Effect as EffectOptions

    if not isinstance(match, Match):
        raise InputError(f"estimate_effect: match must be a result of match(), not {type(match).__name__}")
    options = args.options_of(
        EffectOptions,
        "estimate_effect",
        std_error=args.listed(std_error),
        conf_level=conf_level,
        adjust=args.listed(adjust),
        neighbours=neighbours,
        bootstrap={"replicates": replicates},
    )
    try:
        check_effect(options, match.made_from.options, match.estimated_score, match.on_a_score)
    except ValueError as error:
        raise InputError(f"estimate_effect: {error}") from None
    estimate = registry.module_of(engine, "effect").estimate_effect
    effect: Effect = estimate(match, outcome, options, seed=args.seed_of("estimate_effect", seed))
    return effect
