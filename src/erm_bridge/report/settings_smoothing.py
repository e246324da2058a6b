"""What a study asks of radius, kernel and local linear matching, in sentences."""

from erm_bridge.report.settings_distance import names, score_name
from erm_bridge.study.models import Matching

_KERNELS = {
    "epanechnikov": "Epanechnikov's kernel",
    "normal": "the normal kernel",
    "biweight": "the biweight kernel",
    "tricube": "the tricube kernel",
    "uniform": "the uniform kernel",
}


def radius(matching: Matching) -> str:
    """Say who is within the radius."""
    unit, partner = names(matching)
    return (
        f"Each {unit} is compared with the mean of all {partner}s whose {score_name(matching)} differs by at "
        f"most {matching.method.radius:g}.{_without(unit)}"
    )


def kernel(matching: Matching) -> str:
    """Say how the weight falls with the distance."""
    unit, partner = names(matching)
    if matching.method.kernel == "uniform":
        return (
            f"Each {unit} is compared with the mean of all {partner}s whose {score_name(matching)} differs "
            f"by at most {matching.method.bandwidth:g} (uniform kernel).{_without(unit)}"
        )
    return (
        f"Each {unit} is compared with a weighted mean of {partner}s. The nearer a {partner} is on the "
        f"{score_name(matching)}, the more it weighs ({_width(matching)}).{_without(unit)}"
    )


def local_linear(matching: Matching) -> str:
    """Say which line takes the place of a mean."""
    unit, partner = names(matching)
    return (
        f"Each {unit} is compared with the height, at its own {score_name(matching)}, of a straight line "
        f"through the {partner}s nearby ({_width(matching)}). Weights can be negative.{_without(unit)}"
    )


def _width(matching: Matching) -> str:
    return f"{_KERNELS[str(matching.method.kernel)]}, bandwidth {matching.method.bandwidth:g}"


def _without(unit: str) -> str:
    return f" There are no pairs; a {unit} with nobody within reach is left out."
