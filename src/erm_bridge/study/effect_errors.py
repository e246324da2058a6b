"""Which standard error suits which match: what is not defined is refused, what is advised has its reason."""

from dataclasses import dataclass

from erm_bridge import options as opt
from erm_bridge.study.effect_section import Effect
from erm_bridge.study.matching_section import Matching

# What a method of matching makes, beside weights. Methods that are not named make pairs.
SETS = ("full", "generalised_full")
STRATA = ("exact", "coarsened_exact", "subclassification")
NO_SETS = ("radius", "kernel", "local_linear", "cardinality")
# Weights of a local regression can be negative.
SIGNED = ("local_linear",)

_OF_PAIRS = ("pair", "unit", "pair_and_unit", "abadie_imbens", "abadie_imbens_score")
_OF_A_REGRESSION = ("HC0", "HC1", "HC2", "HC3")


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A kind of standard error, why it suits the match, and who says so."""

    kind: opt.StandardError
    reason: str
    source: str


NOT_VALID = (
    "the bootstrap is not valid where partners serve several units (Abadie and Imbens 2008, Econometrica 76, "
    "1537-1557)"
)

_BY_SET = (
    "Partners are used once, so that the matched sets are independent of each other: errors clustered by set "
    "are right whatever the regression leaves out."
)
_IN_ONE_SET = "Units of a matched set are correlated, and no unit is in two sets: errors clustered by set."
_SPIESS = "Abadie and Spiess (2022), JASA 117, 983-995"
_VIGNETTE = "Greifer, 'Estimating effects after matching', vignette of MatchIt"

_RECOMMENDED = {
    "pairs": Recommendation("pair", _BY_SET, _SPIESS),
    "sets": Recommendation("subclass", _IN_ONE_SET, _VIGNETTE),
    "strata": Recommendation(
        "HC3",
        "Units in strata are weighted, not paired, and few large strata are too few clusters: robust errors "
        "of the weighted regression.",
        _VIGNETTE,
    ),
    "weights": Recommendation(
        "HC3",
        "There are no sets to cluster by: robust errors, which take the weights as known.",
        f"{_VIGNETTE} (on matches without pairs)",
    ),
    "signed": Recommendation(
        "psmatch2",
        "Weights can be negative, which no weighted regression takes. This formula takes them, as known; how "
        "good it is here has not been shown.",
        "Leuven and Sianesi (2003), psmatch2 (the formula)",
    ),
    "estimated": Recommendation(
        "abadie_imbens_score",
        "Partners serve several units, and the score that they were found by is itself estimated; this error "
        "allows for both.",
        "Abadie and Imbens (2016), Econometrica 84, 781-807",
    ),
    "score": Recommendation(
        "abadie_imbens",
        "Partners serve several units, which makes the matched sets dependent; this error allows for it.",
        "Abadie and Imbens (2006), Econometrica 74, 235-267",
    ),
    "reused": Recommendation(
        "pair_and_unit",
        "Partners serve several units: rows of a set and rows of a unit are both correlated.",
        "Austin and Cafri (2020), Statistics in Medicine 39, 1623-1640",
    ),
}


def recommended(
    matching: Matching, adjusted: bool = False, fitted: bool = True, scored: bool = True
) -> Recommendation:
    """Name the standard error for a match, of the adjusted effect where there is one.

    `fitted`: whether the score, if the match is on one, was estimated rather than given; `scored`: whether
    it is on a score rather than on a matrix of distances.
    """
    return _RECOMMENDED[_design(matching, adjusted, fitted, scored)]


def check_effect(effect: Effect, matching: Matching, fitted: bool = True, scored: bool = True) -> None:
    """Refuse what is not defined for the match; `fitted` and `scored` as in `recommended`.

    Raises
    ------
    ValueError
        Names the key of the section `effect`.
    """
    for kind in effect.std_error:
        reason = _undefined(kind, matching, fitted, scored)
        if reason:
            advised = recommended(matching, fitted=fitted, scored=scored).kind
            raise ValueError(f"std_error: {kind} is not defined: {reason}; {advised} is")
    if matching.treatment.column in effect.adjust:
        raise ValueError(f"adjust: {matching.treatment.column!r} is the treatment; remove it")
    if effect.adjust and _name(matching) in SIGNED:
        raise ValueError(f"adjust: method {_name(matching)} has negative weights; leave the list empty")


def notes_on(effect: Effect, matching: Matching) -> dict[str, str]:
    """Say of each kind of standard error what its numbers need beside them."""
    if "bootstrap" in effect.std_error and matching.replace:
        return {"bootstrap": NOT_VALID}
    return {}


def _undefined(kind: opt.StandardError, matching: Matching, fitted: bool, scored: bool) -> str:
    name = _name(matching)
    if kind in _OF_PAIRS and name in (*SETS, *STRATA, *NO_SETS) and not _in_pairs(matching):
        return f"method {name} makes no pairs"
    if kind == "subclass" and (name in NO_SETS or matching.replace):
        return f"method {name}{' with replacement' if matching.replace else ''} puts no unit into one set"
    if kind == "bootstrap" and name in NO_SETS:
        return f"method {name} makes no sets to draw from"
    if kind in _OF_A_REGRESSION and name in SIGNED:
        return f"weights of method {name} can be negative"
    if kind in ("abadie_imbens", "abadie_imbens_score"):
        if not (scored and _on_a_score(matching)):
            return "units were not matched on a score"
        if matching.survey_weights is not None:
            return "it has no form for survey_weights"
    if kind == "abadie_imbens_score":
        return _unknown_model(matching, fitted)
    return ""


def _unknown_model(matching: Matching, fitted: bool) -> str:
    """Say why the error of an estimated score does not know how it was estimated; empty where it does."""
    if not fitted:
        return "the scores were given, not estimated"
    if matching.reestimate:
        return "the propensity model has reestimate"
    if not matching.replace or matching.reuse_max is not None:
        return "its theory is that of partners who may serve any number of units"
    return ""


def _design(matching: Matching, adjusted: bool, fitted: bool, scored: bool) -> str:
    name = _name(matching)
    kinds = {"sets": SETS, "strata": STRATA, "signed": SIGNED, "weights": NO_SETS}
    for design, names in kinds.items():
        if name in names and not _in_pairs(matching):
            return design
    if not matching.replace:
        return "pairs"
    if adjusted or not (scored and _on_a_score(matching)) or matching.survey_weights is not None:
        return "reused"
    return "score" if _unknown_model(matching, fitted) else "estimated"


def _name(matching: Matching) -> str:
    return str(getattr(matching.method, "method", matching.method))


def _in_pairs(matching: Matching) -> bool:
    """Whether pairs are made within strata."""
    return bool(getattr(matching.method, "k2k", False))


def _on_a_score(matching: Matching) -> bool:
    """Whether the distance of a pair is the difference of two numbers."""
    return matching.distance.method == "glm" and not matching.mahvars and not _in_pairs(matching)
