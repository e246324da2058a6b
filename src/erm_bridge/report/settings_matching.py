"""What a study asks of the stage matching, in sentences that a reader without the study file understands."""

from collections.abc import Callable

from erm_bridge.report.settings_distance import score, support, survey_weights
from erm_bridge.report.settings_matchit import matchit_call
from erm_bridge.report.settings_pairs import neighbours
from erm_bridge.report.settings_strata import strata
from erm_bridge.report.wording import listing
from erm_bridge.study.effect_errors import NO_SETS
from erm_bridge.study.effect_ties import check_ties
from erm_bridge.study.models import Effect, Matching, Names, Study

_SPREADS = {
    "treated": "standard deviations of all treated units",
    "control": "standard deviations of all controls",
    "pooled": "pooled standard deviations (the root of the mean of both groups' variances)",
    "all": "standard deviations of the whole sample",
}
_STATISTICS = {
    "smd": "the standardised difference is the difference of means in {spread} (near 0 is good, beyond 0.1 "
    "is often called unbalanced)",
    "variance_ratio": "the variance ratio is treated over controls (near 1 is good)",
    "ks": "the Kolmogorov-Smirnov distance is the largest gap between the two cumulative distributions "
    "(near 0 is good)",
    "ecdf_mean": "their mean distance is the mean gap",
    "pair_distance": "the distance within pairs is the mean difference of the units of a pair without its "
    "sign, in {spread}",
}


def matching(study: Study, references: Callable[[Study, Names], str]) -> tuple[str, ...]:
    """Say what the study asks of the stage matching; `references` words the reference levels of columns."""
    asked = study.matching
    assert asked is not None
    scored = score(asked)
    call = matchit_call(asked)
    said = (
        f"Treated are the units with {asked.treatment.column} = {asked.treatment.treated}.",
        f"{scored}{references(study, asked.covariates)}" if scored else "",
        survey_weights(asked),
        support(asked),
        neighbours(asked) if asked.method.method == "nearest" else strata(asked),
        _balance(asked),
        f"In R: {call}." if call else "",
    )
    return tuple(sentences for sentences in said if sentences)


def limits(matching: Matching, effect: Effect | None) -> list[str]:
    """Say what equally near units leave open, and what shows by how much."""
    method = matching.method.method
    if method in ("optimal", "full"):
        return [
            "Several matches can have the same smallest total distance; which of them is found can change "
            "the balance and the effect."
        ]
    if method == "generalised_full":
        return ["Where units are equally near, other sets are as good; they can give another effect."]
    if not matching.method.k2k and (method != "nearest" or matching.ties == "all"):
        return []
    by_score = method == "nearest" and matching.modelled and not matching.mahvars
    equal = "with the same propensity score" if by_score else "that are equally near"
    return [
        f"Units {equal} are interchangeable for the matching; the order of the data decides between them, so "
        f"another order of rows can give other pairs and another effect.{_ask(matching, effect)}"
    ]


def _ask(matching: Matching, effect: Effect | None) -> str:
    """Name the key that shows what the order of rows does, unless the study has it."""
    if effect is None or effect.tie_orders:
        return ""
    try:
        check_ties(effect.model_copy(update={"tie_orders": 1}), matching)
    except ValueError:
        return ""
    return " The key effect.tie_orders of the study file shows by how much."


def _balance(matching: Matching) -> str:
    asked, absent = matching.balance, {"pair_distance"} if matching.method.method in NO_SETS else set()
    spread = _SPREADS[asked.spread(matching.estimand)]
    said = [
        _STATISTICS[name].format(spread=spread)
        for name in asked.statistics
        if name in _STATISTICS and name not in absent
    ]
    meanings = f": {', '.join(said)}" if said else ""
    more = ["squares and products of the covariates"] if asked.interactions else []
    if asked.prognosis is not None:
        more.append(f"{asked.prognosis} as the covariates predict it among the controls (prognostic score)")
    beside = f" Also compared: {listing(more)}." if more else ""
    return f"Balance compares treated units with controls before and after matching{meanings}.{beside}"
