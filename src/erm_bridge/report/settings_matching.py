"""What a study asks of the stage matching, in sentences that a reader without the study file understands."""

from collections.abc import Callable

from erm_bridge.report.wording import listing
from erm_bridge.study.models import Balance, Caliper, Matching, Names, Study

_WORDS = {
    "raw": "on the propensity score",
    "sd": "standard deviations of the propensity score (of all units)",
    "largest": "those with the largest propensity score first",
    "smallest": "those with the smallest propensity score first",
    "data": "in the order of the data",
}
_SPREADS = {
    "treated": "standard deviations of all treated units",
    "control": "standard deviations of all controls",
    "pooled": "pooled standard deviations (the root of the mean of both groups' variances)",
    "all": "standard deviations of the whole sample",
}
_STATISTICS = {
    "smd": "the standardised difference is the difference of means in {spread} (near 0 is good, beyond 0.1 "
    "is often called unbalanced)",
    "variance_ratio": "the variance ratio is treated over controls (near 1 is good)",
    "ks": "the Kolmogorov-Smirnov distance is the largest gap between the two cumulative distributions "
    "(near 0 is good)",
    "ecdf_mean": "their mean distance is the mean gap",
    "pair_distance": "the distance within pairs is the mean difference of the units of a pair without its "
    "sign, in {spread}",
}


def matching(study: Study, references: Callable[[Study, Names], str]) -> tuple[str, ...]:
    """Say what the study asks of the stage matching; `references` words the reference levels of columns."""
    asked = study.matching
    assert asked is not None
    digits = asked.distance.digits
    rounded = (
        "" if digits is None else f", rounded to {digits} decimals so that equal units have equal scores"
    )
    return (
        f"Treated are the units with {asked.treatment.column} = {asked.treatment.treated}. "
        f"The propensity score is the probability of treatment by logistic regression on "
        f"{listing(asked.covariates)}{rounded}.{references(study, asked.covariates)}",
        _neighbours(asked),
        _balance(asked.balance, _SPREADS[asked.balance.spread(asked.estimand)]),
        f"In R: {matchit_call(asked)}.",
    )


def matchit_call(asked: Matching) -> str:
    """Write the options as the arguments of MatchIt that they equal."""
    order = {} if asked.replace else {"m.order": _quoted(asked.order)}
    caliper = {}
    if asked.calipers:
        widths = [f"{_argument(one.on)}{one.value:g}" for one in asked.calipers]
        in_sd = ["TRUE" if one.unit == "sd" else "FALSE" for one in asked.calipers]
        caliper = {"caliper": _vector(widths), "std.caliper": _vector(in_sd)}
    arguments = {
        "method": _quoted(asked.method),
        "distance": "scores",
        "estimand": _quoted(asked.estimand),
        "ratio": str(asked.ratio),
        "replace": "TRUE" if asked.replace else "FALSE",
        **order,
        **caliper,
    }
    return f"MatchIt::matchit({', '.join(f'{name} = {value}' for name, value in arguments.items())})"


def _argument(name: str | None) -> str:
    return "" if name is None else f"{name} = "


def _vector(values: list[str]) -> str:
    return values[0] if len(values) == 1 and "=" not in values[0] else f"c({', '.join(values)})"


def _quoted(value: str) -> str:
    return f'"{value}"'


def _balance(asked: Balance, spread: str) -> str:
    said = [_STATISTICS[name].format(spread=spread) for name in asked.statistics if name in _STATISTICS]
    meanings = f": {', '.join(said)}" if said else ""
    more = ["squares and products of the covariates"] if asked.interactions else []
    if asked.prognosis is not None:
        more.append(f"{asked.prognosis} as the covariates predict it among the controls (prognostic score)")
    beside = f" Also compared: {listing(more)}." if more else ""
    return f"Balance compares treated units with controls before and after matching{meanings}.{beside}"


def _neighbours(asked: Matching) -> str:
    most = "up to " if asked.ratio > 1 and (asked.caliper or not asked.replace) else ""
    wanted = "its nearest control" if asked.ratio == 1 else f"{most}{asked.ratio} nearest controls"
    use = (
        "A control may serve several treated units (matching with replacement)."
        if asked.replace
        else "A control serves one treated unit only (matching without replacement); treated units choose, "
        f"{_WORDS.get(asked.order, asked.order)}."
    )
    caliper = "".join(_caliper(one) for one in asked.calipers)
    if asked.distance_caliper is None:
        caliper += " No caliper: however far away the nearest control is, it is taken."
    return f"Each treated unit gets {wanted} on the propensity score. {use}{caliper}"


def _caliper(caliper: Caliper) -> str:
    where = "" if caliper.on is None else f" in {caliper.on}"
    width = f"{abs(caliper.value):g} {_WORDS[caliper.unit]}{where}"
    if caliper.value < 0:
        return f" Controls no farther away than {width} are not taken (caliper)."
    return f" Controls farther away than {width} are not taken (caliper)."
