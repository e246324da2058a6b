"""What a study asks of the effect, in sentences, and what its standard errors can and cannot say."""

from erm_bridge.report.wording import listing, plural
from erm_bridge.study.effect_errors import notes_on, recommended
from erm_bridge.study.models import Effect, EffectSensitivity, Matching

_ERRORS = {
    "psmatch2": "by the formula of Stata's psmatch2",
    "HC0": "robust to unequal variances (HC0)",
    "HC1": "robust to unequal variances (HC1)",
    "HC2": "robust to unequal variances (HC2)",
    "HC3": "robust to unequal variances (HC3)",
    "pair": "clustered by pair",
    "unit": "clustered by unit",
    "pair_and_unit": "clustered by pair and by unit",
    "subclass": "clustered by matched set",
    "abadie_imbens": "of Abadie and Imbens for a known score",
    "abadie_imbens_score": "of Abadie and Imbens for an estimated score",
    "bootstrap": "by resampling matched sets",
}
_ROBUST = "The {} SE stays right where the outcome varies more in some units than in others."
_LIMITS = {
    "psmatch2": "The psmatch2 SE is the one that Stata's command of that name prints.",
    **{kind: _ROBUST.format(kind) for kind in ("HC0", "HC1", "HC2", "HC3")},
    "pair": "The SE by pair allows for what the units of a matched set have in common.",
    "unit": "The SE by unit allows for controls that stand in several sets.",
    "pair_and_unit": "The SE by pair and unit allows for pairs and for controls that stand in several.",
    "subclass": "The SE by matched set allows for what the units of a set have in common.",
    "abadie_imbens": "The SE of Abadie and Imbens (2006) allows for controls that serve several units.",
    "abadie_imbens_score": "The SE of Abadie and Imbens (2016) allows for controls that serve several units "
    "and for the score's being estimated.",
    "bootstrap": "The bootstrap draws matched sets and does not match anew.",
}
_SCORE_AS_KNOWN = " It takes the propensity score as known although it was estimated."
_ABOUT = {
    "ATT": "treated units that found a match against their controls (the effect on the treated, ATT)",
    "ATC": "controls that found a match against their treated units (the effect on the controls, ATC)",
    "ATE": "treated units against controls, weighted to all matched units (the average effect, ATE)",
}

_BOUNDS = (
    "The smallest and the largest effect over every choice among equally near partners are exact, and so is "
    "the effect to be expected of a choice at random."
)


def effect(options: Effect, matching: Matching, outcome: str) -> tuple[str, ...]:
    """Say how the effect on an outcome is estimated, in which units, and with which errors."""
    advice = recommended(matching, bool(options.adjust))
    adjusted = (
        " Adjusted: a regression of the outcome on the treatment, "
        f"{listing(options.adjust)} and their products in the matched sample, averaged over those whom the "
        "effect is about."
        if options.adjust
        else ""
    )
    given = "" if advice.kind in options.std_error else " It is not among those asked for."
    return (
        f"Difference of the mean of {outcome} between treated units and controls. "
        f"Unmatched: all units, {_unmatched(matching)}. Matched: {_ABOUT[matching.estimand]}, "
        f"standard error {listing([_ERRORS[kind] for kind in options.std_error])}, normal distribution."
        f"{adjusted} Intervals at {100 * options.conf_level:g} %.",
        f"Effects are in units of {outcome}, and in standard deviations of it before matching: of the "
        f"controls (Glass) and within the groups (Cohen). None of them is a percentage.{_shares(options)}",
        f"Standard error recommended for this match: {_ERRORS[advice.kind]}. {advice.reason} "
        f"({advice.source}.){given}",
        *(_orders(options.tie_orders) if options.tie_orders else ()),
        *((_BOUNDS,) if options.tie_envelope else ()),
        *(_sensitivity(options.sensitivity) if options.sensitivity else ()),
    )


def _unmatched(matching: Matching) -> str:
    if matching.survey_weights is None:
        return "pooled standard error, t distribution"
    return (
        f"weighted by {matching.survey_weights}, standard error {_ERRORS['HC1']}, normal distribution (these "
        "weights multiply those of the match as well)"
    )


def _shares(options: Effect) -> str:
    """Say when an effect is a difference of shares; an index never is."""
    if options.outcome is None:
        return ""
    return f" Were {options.outcome} 0 or 1, an effect of 0.05 would be 5 percentage points."


def limits(options: Effect, matching: Matching) -> list[str]:
    """Say what each standard error allows for and what it does not."""
    known = {"abadie_imbens_score"} if matching.modelled else set(options.std_error)
    found = [_LIMITS[k] + ("" if k in known else _SCORE_AS_KNOWN) for k in options.std_error]
    found += [f"{note[0].upper()}{note[1:]}." for note in notes_on(options, matching).values()]
    return found


def _orders(count: int) -> tuple[str, ...]:
    return (
        f"The matching is repeated with the rows in {plural(count, 'random order')}, on the same scores: the "
        "smallest and the largest effect show what the order of tied rows does.",
    )


def _sensitivity(asked: EffectSensitivity) -> tuple[str, ...]:
    found = []
    if asked.rosenbaum:
        factors = listing([f"{gamma:g}" for gamma in asked.rosenbaum])
        found.append(f"bounds of p value and effect for hidden bias of gamma {factors} (Rosenbaum 2002)")
    if asked.e_value:
        found.append("the E-value (VanderWeele and Ding 2017)")
    if asked.placebo:
        found.append(f"the effect on placebo outcomes ({listing(asked.placebo)})")
    return (f"Sensitivity to what was not observed: {listing(found)}.",)
