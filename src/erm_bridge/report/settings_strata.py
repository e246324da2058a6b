"""What a study asks of matching other than by nearest neighbours, in sentences."""

from collections.abc import Callable
from typing import Any

from erm_bridge.report.settings_distance import DISTANCES, score_name
from erm_bridge.report.settings_flows import cardinality, full, generalised_full, optimal
from erm_bridge.report.settings_smoothing import kernel, local_linear, radius
from erm_bridge.report.wording import listing, plural
from erm_bridge.study.matching_method import SMOOTHING
from erm_bridge.study.models import Matching

_FOR = {
    "ATT": "the treated",
    "ATC": "the controls",
    "ATE": "all units",
}
_TURNS = {
    "data": "in the order of the data",
    "closest": "the closest pair first",
    "farthest": "whoever has the farthest partner first",
}
_KINDS = {
    "exact": "stratum",
    "coarsened_exact": "stratum",
    "subclassification": "subclass",
    "full": "set",
    "generalised_full": "set",
}
_RULES = {
    "sturges": "in equal bins by Sturges' rule",
    "scott": "in equal bins by Scott's rule",
    "fd": "in equal bins by the rule of Freedman and Diaconis",
}


def strata(matching: Matching) -> str:
    """Say how strata, subclasses, sets or weights are made, and how they weigh."""
    return f"{_METHODS[matching.method.method](matching)}{_weights(matching)}"


def _exact(matching: Matching) -> str:
    return (
        f"Treated units and controls are compared where they are equal in {listing(matching.covariates)}; "
        "units without such a partner are left out."
    )


def _coarsened(matching: Matching) -> str:
    method = matching.method
    cuts = [f"{name} {_cut(rule)}" for name, rule in (method.cutpoints or {}).items()]
    joined = [
        f"{name} with {' and '.join('/'.join(group) for group in groups)} taken as one"
        for name, groups in (method.grouping or {}).items()
    ]
    told = listing([*cuts, *joined]) + "; other numbers " if cuts or joined else "numbers "
    text = (
        f"Treated units and controls are compared where they are in the same stratum of "
        f"{listing(matching.covariates)} after coarsening: {told}{_RULES['sturges']}. Strata without treated "
        "units or without controls are left out."
    )
    if not method.k2k:
        return text
    name = str(method.pair_distance)
    near = "" if name == "none" else f"the nearest by {DISTANCES.get(name, f'{name} distance')}, "
    return (
        f"{text} Within strata units are paired one to one, {near}{_TURNS[str(method.pair_order)]}; who "
        "stays alone is left out."
    )


def _cut(rule: Any) -> str:
    if isinstance(rule, str):
        return _RULES.get(rule, f"between {rule[1:]} quantiles")
    if isinstance(rule, int):
        return f"in {plural(rule, 'equal bin')}" if rule else "as it is"
    return f"cut at {listing([f'{cut:g}' for cut in rule])}"


def _subclasses(matching: Matching) -> str:
    asked: Any = matching.method.subclasses
    count = asked if isinstance(asked, int) else len(asked) + 1
    at = "" if isinstance(asked, int) else f" (at the shares {listing([f'{share:g}' for share in asked])})"
    return (
        f"Units are divided into {count} subclasses between quantiles{at} of the {score_name(matching)} of "
        f"{_FOR[matching.estimand]}."
    )


def _weights(matching: Matching) -> str:
    if matching.method.k2k or matching.method.method in ("optimal", "cardinality", *SMOOTHING):
        return ""
    kind = _KINDS[matching.method.method]
    return (
        f" Weights make both groups of a {kind} stand for its share of {_FOR[matching.estimand]} "
        f"({matching.estimand})."
    )


_METHODS: dict[str, Callable[[Matching], str]] = {
    "exact": _exact,
    "coarsened_exact": _coarsened,
    "subclassification": _subclasses,
    "optimal": optimal,
    "full": full,
    "generalised_full": generalised_full,
    "cardinality": cardinality,
    "radius": radius,
    "kernel": kernel,
    "local_linear": local_linear,
}
