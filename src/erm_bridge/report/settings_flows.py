"""What a study asks of matching by an optimum, in sentences."""

from erm_bridge.report.wording import plural
from erm_bridge.study.models import Matching


def optimal(matching: Matching) -> str:
    """Say how pairs of the smallest total distance are made."""
    asked = matching.method
    each = plural(matching.ratio, "control")
    if asked.max_controls is not None:
        each = f"{asked.min_controls or 1:g} to {asked.max_controls} controls, {matching.ratio} on average,"
    if matching.estimand == "ATC":
        each = each.replace("control", "treated unit")
    unit = "control" if matching.estimand == "ATC" else "treated unit"
    return (
        f"Each {unit} gets {each} of its own, such that the total distance of all pairs is the smallest "
        "there is."
    )


def full(matching: Matching) -> str:
    """Say how full matching divides the units."""
    asked = matching.method
    limits = [
        f"{name.replace('_', ' ')} {value:g}"
        for name in ("min_controls", "max_controls", "omit_fraction")
        if (value := getattr(asked, name))
    ]
    told = f" ({', '.join(limits)})" if limits else ""
    return (
        "All units are divided into sets of one treated unit with controls or one control with treated units"
        f"{told}, such that the total distance within sets is the smallest there is."
    )


def generalised_full(matching: Matching) -> str:
    """Say how generalised full matching divides the units."""
    return (
        "All units are divided into sets that hold treated units and controls, built around units whose "
        "nearest neighbours do not overlap; no set is wider than four times the best possible."
    )


def cardinality(matching: Matching) -> str:
    """Say which units cardinality matching keeps."""
    asked = matching.method
    unit = "standard deviations" if asked.standardised else "units of the column"
    sizes = "" if asked.free_ratio else f", {plural(matching.ratio, 'control')} for each treated unit"
    return (
        f"The largest groups are kept whose means differ by at most {asked.tolerance:g} {unit} in every "
        f"covariate{sizes}. Other groups of the same size can fulfil that as well."
    )
