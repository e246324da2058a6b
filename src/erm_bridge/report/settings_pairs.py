"""What a study asks of pairs: nearest neighbours, and what every pair must fulfil, in sentences."""

from erm_bridge.report.settings_distance import names, nearness, score_name
from erm_bridge.report.wording import listing
from erm_bridge.study.models import Caliper, Matching

_ORDERS = {
    "largest": "those with the largest {score} first",
    "smallest": "those with the smallest {score} first",
    "data": "in the order of the data",
    "random": "in a random order that the study's seed determines",
    "closest": "whoever has the nearest partner first",
    "farthest": "whoever has the farthest partner first",
}

# What other methods make in place of pairs.
_SETS = {"full": "set", "generalised_full": "set"}


def neighbours(matching: Matching) -> str:
    """Say who gets which nearest partners."""
    unit, partner = names(matching)
    parts = [
        f"Each {unit} gets {_wanted(matching, partner)} {nearness(matching)}.",
        _use(matching, unit, partner),
        _ties(matching, partner),
        restrictions(matching),
        _no_caliper(matching, partner),
        _units(matching),
    ]
    return " ".join(part for part in parts if part)


def restrictions(matching: Matching) -> str:
    """Say what every pair must fulfil: calipers, columns in which its units agree or differ."""
    partners = names(matching)[1]
    of_pairs = f"The units of a {_SETS.get(matching.method.method, 'pair')}"
    found = [_caliper(one, score_name(matching), f"{partners}s", of_pairs) for one in matching.calipers]
    if matching.exact:
        found.append(f"{of_pairs} agree in {listing(matching.exact)}.")
    if matching.antiexact:
        found.append(f"{of_pairs} differ in {listing(matching.antiexact)}.")
    return " ".join(found)


def _units(matching: Matching) -> str:
    if matching.unit_id is None:
        return ""
    return f"Rows with the same {matching.unit_id} are one unit; they are used together."


def _wanted(matching: Matching, partner: str) -> str:
    ratio = matching.ratio
    if matching.max_controls is not None:
        least = matching.min_controls or 1
        return f"{least:g} to {matching.max_controls} nearest {partner}s, about {ratio} on average,"
    if ratio == 1:
        return f"its nearest {partner}"
    return f"{'up to ' if _can_lack(matching) else ''}{ratio} nearest {partner}s"


def _can_lack(matching: Matching) -> bool:
    """Tell whether partners can run out."""
    limited = not matching.replace or matching.reuse_max is not None
    return limited or bool(matching.calipers or matching.exact or matching.antiexact)


def _use(matching: Matching, unit: str, partner: str) -> str:
    if matching.replace and matching.reuse_max is None:
        return f"A {partner} may serve several {unit}s (matching with replacement)."
    turns = _ORDERS[matching.order].format(score=score_name(matching))
    if matching.reuse_max is not None:
        return f"A {partner} may serve up to {matching.reuse_max} {unit}s; {unit}s choose, {turns}."
    return (
        f"A {partner} serves one {unit} only (matching without replacement); {unit}s choose, {turns}."
        f"{_rounds(matching, partner)}"
    )


def _rounds(matching: Matching, partner: str) -> str:
    return f" Everybody gets a first {partner} before anybody gets a second." if matching.ratio > 1 else ""


def _ties(matching: Matching, partner: str) -> str:
    if matching.ties == "first":
        return f"Of equally near {partner}s those that come first in the data are taken."
    if matching.ties == "all":
        return f"All {partner}s that are as near as the last of these are taken too; all weigh alike."
    return ""


def _no_caliper(matching: Matching, partner: str) -> str:
    if matching.distance_caliper is not None:
        return ""
    if matching.calipers or matching.exact or matching.antiexact:
        return f"The nearest such {partner} is taken however far away it is."
    return f"No caliper: however far away the nearest {partner} is, it is taken."


def _caliper(caliper: Caliper, score: str, partners: str, of_pairs: str) -> str:
    """Say how far apart, or how near, the units of a pair may be."""
    what = score if caliper.on is None else caliper.on
    width = f"{abs(caliper.value):g}"
    if caliper.unit == "sd":
        width += f" standard deviations of {'the ' if caliper.on is None else ''}{what}"
    if caliper.on is None:
        width += " (of all units)" if caliper.unit == "sd" else f" on the {score}"
        near = "no farther away" if caliper.value < 0 else "farther away"
        return f"{partners[0].upper()}{partners[1:]} {near} than {width} are not taken (caliper)."
    within = "by more than" if caliper.value < 0 else "by at most"
    inside = "" if caliper.unit == "sd" else f" in {what}"
    return f"{of_pairs} differ {within} {width}{inside} (caliper)."
