"""The Python calls on the effect in a match: `estimate_effect`, `effect_sensitivity`.

Libraries are imported inside the calls, so that R starts first and loads its own at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from erm_bridge import arguments as args
from erm_bridge import engines as registry
from erm_bridge import options as opt
from erm_bridge.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from erm_bridge.results import Effect, EffectSensitivity, Match


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


def effect_sensitivity(
    match: Match,
    *,
    outcome: pd.Series,
    rosenbaum: float | Sequence[float] = (),
    e_value: bool = True,
    placebo: pd.Series | pd.DataFrame | None = None,
    std_error: opt.StandardError | Sequence[opt.StandardError] = ("psmatch2",),
    engine: opt.EngineName = "python",
) -> EffectSensitivity:
    """Tell what bias by something unobserved could do to the effect in a match.

    Parameters
    ----------
    match : Match
    outcome : pandas.Series
        Aligned with the matched frame by row label; missing values are refused.
    rosenbaum : float or sequence of float
        Factors gamma, at least 1, by which the odds of treatment of two units of a pair may differ through
        something unobserved: bounds of the p value and of the effect for each. For pairs without replacement.
    e_value : bool
        Whether to compute the E-value of the effect and of the 95 % limit that is nearer to none.
    placebo : pandas.Series or pandas.DataFrame, optional
        Outcomes that the treatment cannot have changed, by row label: the matched effect on each.
    std_error : sequence of str
        Kinds of standard error; the first one is that of the E-value's limit.
    engine : {"python", "r"}

    Returns
    -------
    EffectSensitivity

    Raises
    ------
    InputError
        An argument is not valid, a standard error is not defined for the match, or bounds are asked for of
        a match that does not consist of pairs.
    """
    import pandas as pd

    from erm_bridge.results import Match
    from erm_bridge.study.effect_errors import check_effect
    from erm_bridge.study.models import Effect

    call = "effect_sensitivity"
    if not isinstance(match, Match):
        raise InputError(f"{call}: match must be a result of match(), not {type(match).__name__}")
    if isinstance(placebo, pd.Series):
        placebo = placebo.to_frame("placebo" if placebo.name is None else str(placebo.name))
    columns = pd.DataFrame() if placebo is None else args.frame_of(call, placebo)
    sensitivity = {
        "rosenbaum": [float(gamma) for gamma in args.listed(rosenbaum)],
        "e_value": e_value,
        "placebo": list(columns.columns),
    }
    if sensitivity["rosenbaum"]:
        _check_pairs(match, call)
    options = args.options_of(Effect, call, std_error=args.listed(std_error), sensitivity=sensitivity)
    try:
        check_effect(options, match.made_from.options, match.estimated_score, match.on_a_score)
    except ValueError as error:
        raise InputError(f"{call}: {error}") from None
    found: EffectSensitivity = registry.module_of(engine, "effect").effect_sensitivity(
        match, outcome, options, columns
    )
    return found


def _check_pairs(match: Match, call: str) -> None:
    from erm_bridge.study.sensitivity_section import PAIRS_ONLY

    partners = match.positions[match.positions >= 0]
    weighted = match.survey_weights is not None
    if weighted or match.match_matrix.shape[1] != 1 or len(set(partners.tolist())) < len(partners):
        raise InputError(f"{call}: rosenbaum: {PAIRS_ONLY}")
