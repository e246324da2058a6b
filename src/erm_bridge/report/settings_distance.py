"""What a study asks of the distance between units: score, covariates, weights, support, in sentences."""

from erm_bridge.report.wording import listing
from erm_bridge.study.models import Matching

_REGRESSIONS = {
    "logit": "logistic regression",
    "probit": "probit regression",
    "cloglog": "binomial regression with the complementary log-log link",
    "cauchit": "binomial regression with the link of the Cauchy distribution",
}
DISTANCES = {
    "mahalanobis": "Mahalanobis distance",
    "robust_mahalanobis": "Mahalanobis distance of ranks",
    "euclidean": "Euclidean distance",
    "scaled_euclidean": "Euclidean distance in standard deviations",
}
_OUTSIDE = {
    "treated": "treated units whose score lies outside the range of the controls' scores",
    "control": "controls whose score lies outside the range of the treated units' scores",
    "both": "units whose score lies outside the range of the other group's scores",
    "hull_treated": "treated units whose covariates lie outside the convex hull of the controls'",
    "hull_control": "controls whose covariates lie outside the convex hull of the treated units'",
    "hull_both": "units whose covariates lie outside the convex hull of the other group's",
}
SURVEY_WEIGHTS_IN_MATCHING = (
    "Survey weights count in the match as its section says and nowhere else: means, regression and effect "
    "are not weighted by them."
)


def names(matching: Matching) -> tuple[str, str]:
    """Name the units that are given partners, and the partners."""
    return ("control", "treated unit") if matching.estimand == "ATC" else ("treated unit", "control")


def score_name(matching: Matching) -> str:
    """Name the score that is matched on."""
    return "linear predictor of treatment" if matching.distance.linear else "propensity score"


def nearness(matching: Matching) -> str:
    """Say by what partners are near: `on the propensity score`, `by Mahalanobis distance in age and race`."""
    if matching.mahvars:
        return f"by {DISTANCES['mahalanobis']} in {listing(matching.mahvars)}"
    if matching.modelled:
        return f"on the {score_name(matching)}"
    return f"by {DISTANCES[matching.distance.method]} in {listing(matching.covariates)}"


def score(matching: Matching) -> str:
    """Say how the propensity score is made; empty where there is none."""
    if not matching.modelled:
        return ""
    digits = matching.distance.digits
    rounded = (
        "" if digits is None else f", rounded to {digits} decimals so that equal units have equal scores"
    )
    by = f"{_REGRESSIONS[matching.distance.link]} on {listing(matching.covariates)}{rounded}"
    if matching.distance.linear:
        return f"The linear predictor of treatment is that of a {by}. The link makes it a propensity score."
    return f"The propensity score is the probability of treatment by {by}."


def survey_weights(matching: Matching) -> str:
    """Say where the weights of the survey count; empty without them."""
    if matching.survey_weights is None:
        return ""
    counted = ["in the propensity model"] if matching.modelled else []
    if matching.mahvars or (not matching.modelled and matching.distance.method != "euclidean"):
        counted.append("in the spread of the columns that distances are measured in")
    return (
        f"The survey weights {matching.survey_weights} count {listing([*counted, 'in the balance'])}. The "
        "weights of the match and the effect do not contain them."
    )


def support(matching: Matching) -> str:
    """Say who is left out before matching, for want of common support; empty where nobody is."""
    if matching.discard == "none":
        return ""
    again = " The propensity model is then fitted once more without them." if matching.reestimate else ""
    return f"Left out before matching are {_OUTSIDE[matching.discard]}.{again}"
