"""What the keys `tie_orders` and `tie_envelope` of the section `effect` need of a match."""

from erm_bridge.study.effect_section import Effect
from erm_bridge.study.matching_section import Matching


def check_ties(effect: Effect, matching: Matching) -> None:
    """Raise ValueError where matching anew, or counting choices among ties, is not defined for a match."""
    asked = [key for key in ("tie_orders", "tie_envelope") if getattr(effect, key)]
    if not asked:
        return
    key, method = asked[0], matching.method.method
    if method != "nearest":
        raise ValueError(f"{key}: belongs to nearest, not to {method}; remove it")
    if matching.distance.method != "glm" or matching.mahvars:
        raise ValueError(f"{key}: is about tied scores; the distance here is one of several columns")
    if matching.discard != "none":
        raise ValueError(f"{key}: is not available with discard: {matching.discard}; remove one of them")
    if effect.tie_envelope and matching.survey_weights is not None:
        raise ValueError(
            "tie_envelope: with survey_weights the partners of one unit bear on what those of others count; "
            "remove it (tie_orders serves every match)"
        )
    if effect.tie_envelope and (not matching.replace or matching.reuse_max is not None):
        raise ValueError(
            "tie_envelope: who takes which of the tied partners bears on others here; it needs "
            "matching.replace: true without reuse_max (tie_orders serves every match)"
        )
