"""What nearest neighbours by a distance between covariates have not, for want of a score."""

from typing import TYPE_CHECKING

from erm_bridge.options import DistanceMethod, MatchingOrder

if TYPE_CHECKING:
    from erm_bridge.study.matching_section import Matching

SCORED = "glm"
ORDERS_BY_SCORE = ("largest", "smallest")
DISCARDS_BY_SCORE = ("treated", "control", "both")


def default_order(method: DistanceMethod) -> MatchingOrder:
    """Return the order that is taken where none is named: without scores that of the data, as in MatchIt."""
    return "largest" if method == SCORED else "data"


def refuse_scores(options: "Matching") -> None:
    """Raise ValueError where a key needs a score, or a model of it, that the distance has not."""
    method = options.distance.method
    if method != SCORED:
        refuse_beside(options, f"the distance {method}")
    elif options.mahvars and options.ties != "matchit":
        raise ValueError(f"ties: {options.ties} is for scores, not for mahvars; choose matchit")


def refuse_beside(options: "Matching", distance: str) -> None:
    """Raise ValueError where a key needs a score, or a model of it, that `distance` has not."""
    if options.mahvars:
        raise ValueError(f"mahvars: {distance} has no score beside it; remove it")
    if options.reestimate:
        raise ValueError(f"reestimate: {distance} has no model; remove it")
    if options.discard in DISCARDS_BY_SCORE:
        raise ValueError(
            f"discard: {options.discard} needs a score, which {distance} has not; choose none or "
            f"hull_{options.discard}"
        )
    if options.method.method == "nearest":
        _refuse_pairs_by_score(options, distance)


def _refuse_pairs_by_score(options: "Matching", distance: str) -> None:
    if options.order in ORDERS_BY_SCORE:
        raise ValueError(
            f"order: {options.order} needs a score, which {distance} has not; choose data, "
            "random, closest or farthest"
        )
    if options.max_controls is not None:
        raise ValueError(f"max_controls: a variable ratio needs a score, which {distance} has not; remove it")
    if options.distance_caliper is not None:
        raise ValueError(f"caliper: needs a score, which {distance} has not; name a column with on")
    if options.ties != "matchit":
        raise ValueError(f"ties: {options.ties} is for scores, not for {distance}; choose matchit")
