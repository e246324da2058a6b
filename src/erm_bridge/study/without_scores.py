"""What nearest neighbours by a distance between covariates have not, for want of a score."""

from typing import TYPE_CHECKING

from erm_bridge.options import DistanceMethod, MatchingOrder

if TYPE_CHECKING:
    from erm_bridge.study.matching_section import Matching

SCORED = "glm"
ORDERS_BY_SCORE = ("largest", "smallest")


def default_order(method: DistanceMethod) -> MatchingOrder:
    """Return the order that is taken where none is named: without scores that of the data, as in MatchIt."""
    return "largest" if method == SCORED else "data"


def refuse_scores(options: "Matching") -> None:
    """Raise ValueError where nearest neighbours need a score that the distance has not."""
    method = options.distance.method
    if options.method.method != "nearest" or method == SCORED:
        return
    if options.order in ORDERS_BY_SCORE:
        raise ValueError(
            f"order: {options.order} needs a score, which the distance {method} has not; choose data, "
            "random, closest or farthest"
        )
    if options.max_controls is not None:
        raise ValueError(
            f"max_controls: a variable ratio needs a score, which the distance {method} has not; remove it"
        )
    if options.distance_caliper is not None:
        raise ValueError(
            f"caliper: needs a score, which the distance {method} has not; name a column with on"
        )
    if options.ties != "matchit":
        raise ValueError(f"ties: {options.ties} is for scores, not for the distance {method}; choose matchit")
