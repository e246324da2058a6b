"""What a study asks of matching by an optimum, in sentences."""

from erm_bridge.report.settings_distance import names, nearness
from erm_bridge.report.settings_pairs import restrictions
from erm_bridge.report.wording import listing, plural
from erm_bridge.study.models import Matching


def optimal(matching: Matching) -> str:
    """Say how pairs of the smallest total distance are made."""
    unit, partner = names(matching)
    each = plural(matching.ratio, partner)
    if matching.max_controls is not None:
        fewest = f"{matching.min_controls or 1:g}"
        each = f"{fewest} to {matching.max_controls} {partner}s, {matching.ratio} on average,"
    return (
        f"Each {unit} gets {each} of its own, such that the total distance of all pairs "
        f"({nearness(matching)}) is the smallest there is.{_restricted(matching)}"
    )


def full(matching: Matching) -> str:
    """Say how full matching divides the units."""
    return (
        "All units are divided into sets of one treated unit with controls or one control with treated "
        f"units, such that the total distance within sets ({nearness(matching)}) is the smallest there is."
        f"{_sizes(matching)}{_restricted(matching)}"
    )


def generalised_full(matching: Matching) -> str:
    """Say how generalised full matching divides the units."""
    return (
        "All units are divided into sets that hold treated units and controls, built around units whose "
        f"nearest neighbours ({nearness(matching)}) do not overlap; no set is wider than four times the best "
        f"possible.{_restricted(matching)}"
    )


def cardinality(matching: Matching) -> str:
    """Say which units cardinality matching keeps."""
    asked = matching.method
    unit, partner = names(matching)
    width = f"{asked.tolerance:g} {'standard deviations' if asked.standardised else 'units of the column'}"
    sizes = "" if asked.free_ratio else f", {plural(matching.ratio, partner)} for each {unit}"
    within = f" They are chosen within each level of {listing(matching.exact)}." if matching.exact else ""
    if matching.estimand == "ATE":
        kept = (
            "The largest groups are kept whose means lie within half of "
            f"{width} of the means of all units in every covariate{sizes}."
        )
    elif asked.free_ratio:
        kept = (
            f"All {unit}s are kept, and as many {partner}s as there can be whose means differ from theirs by "
            f"at most {width} in every covariate."
        )
    else:
        kept = f"The largest groups are kept whose means differ by at most {width} in every covariate{sizes}."
    return f"{kept} Other groups of the same size can fulfil that as well.{within}"


def _sizes(matching: Matching) -> str:
    """Say how large sets can be; empty without limits."""
    least, most, omitted = matching.min_controls, matching.max_controls, matching.method.omit_fraction
    unit, partner = names(matching)
    found = []
    if least is not None and least < 1:
        found.append(f"at most {int(1 / least + 1e-9)} {unit}s share a {partner}")
    elif least is not None:
        found.append(f"at least {plural(int(least), partner)} for each {unit}")
    if most is not None:
        found.append(f"at most {plural(most, partner)} for each {unit}")
    if omitted:
        found.append(f"up to {100 * omitted:g} % of the {partner}s stay out")
    return f" Limits: {listing(found)}." if found else ""


def _restricted(matching: Matching) -> str:
    said = restrictions(matching)
    return f" {said}" if said else ""
