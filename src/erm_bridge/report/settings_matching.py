"""What a study asks of the stage matching, in sentences that a reader without the study file understands."""

from collections.abc import Callable

from erm_bridge.report.settings_strata import strata
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
    treated = f"Treated are the units with {asked.treatment.column} = {asked.treatment.treated}."
    score = (
        f" The propensity score is the probability of treatment by logistic regression on "
        f"{listing(asked.covariates)}{rounded}.{references(study, asked.covariates)}"
    )
    by_neighbours = asked.method.method == "nearest"
    return (
        treated + score * asked.on_scores,
        _neighbours(asked) if by_neighbours else strata(asked),
        _balance(asked.balance, _SPREADS[asked.balance.spread(asked.estimand)]),
        *([f"In R: {matchit_call(asked)}."] if by_neighbours else []),
    )


def matchit_call(asked: Matching) -> str:
    """Write the options as the arguments of MatchIt that they equal."""
    arguments = {
        "method": _quoted(asked.method.method),
        "distance": "scores",
        "estimand": _quoted(asked.estimand),
        "ratio": str(asked.ratio),
        **_numbers(asked),
        "replace": _flag(asked.replace),
        **({} if asked.replace else {"m.order": _quoted(asked.order)}),
        **_calipers(asked),
        **_columns(asked),
    }
    return f"MatchIt::matchit({', '.join(f'{name} = {value}' for name, value in arguments.items())})"


def _quoted(value: str) -> str:
    return f'"{value}"'


def _flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _numbers(asked: Matching) -> dict[str, str]:
    named = {
        "min.controls": asked.min_controls,
        "max.controls": asked.max_controls,
        "reuse.max": asked.reuse_max,
    }
    return {name: str(value) for name, value in named.items() if value is not None}


def _calipers(asked: Matching) -> dict[str, str]:
    if not asked.calipers:
        return {}
    names = ["" if one.on is None else f"{one.on} = " for one in asked.calipers]
    widths = [f"{name}{one.value:g}" for name, one in zip(names, asked.calipers, strict=True)]
    flags = [f"{name}{_flag(one.unit == 'sd')}" for name, one in zip(names, asked.calipers, strict=True)]
    plain = names == [""]
    return {
        "caliper": widths[0] if plain else f"c({', '.join(widths)})",
        "std.caliper": flags[0] if plain else f"c({', '.join(flags)})",
    }


def _columns(asked: Matching) -> dict[str, str]:
    named = {
        "exact": asked.exact,
        "antiexact": asked.antiexact,
        "unit.id": () if asked.unit_id is None else (asked.unit_id,),
    }
    return {name: f"~ {' + '.join(columns)}" for name, columns in named.items() if columns}


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
