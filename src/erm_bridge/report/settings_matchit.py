"""The options of nearest neighbours as a call of MatchIt."""

import re

from erm_bridge.study.models import Matching


def matchit_call(asked: Matching) -> str:
    """Write the options as the arguments of MatchIt that they equal; empty where there are none.

    `scores` stands for the fitted scores, rounded; `left_out` for a logical vector of the discarded.
    """
    if asked.method.method != "nearest" or asked.ties != "matchit":
        return ""
    arguments = {
        "method": '"nearest"',
        "distance": "scores" if asked.modelled else _quoted(asked.distance.method),
        **_formulas({"mahvars": asked.mahvars, "s.weights": _one(asked.survey_weights)}),
        **_discard(asked),
        "estimand": _quoted(asked.estimand),
        "ratio": str(asked.ratio),
        **_numbers(asked),
        "replace": _flag(asked.replace),
        **({} if asked.replace and asked.reuse_max is None else {"m.order": _quoted(asked.order)}),
        **_calipers(asked),
        **_formulas({"exact": asked.exact, "antiexact": asked.antiexact, "unit.id": _one(asked.unit_id)}),
    }
    return f"MatchIt::matchit({', '.join(f'{name} = {value}' for name, value in arguments.items())})"


def _quoted(value: str) -> str:
    return f'"{value}"'


def _flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _name(column: str) -> str:
    """Write a column as a name in R."""
    plain = re.fullmatch(r"([A-Za-z]|[.](?![0-9]))[A-Za-z0-9._]*", column)
    return column if plain else f"`{column}`"


def _one(column: str | None) -> tuple[str, ...]:
    return () if column is None else (column,)


def _formulas(named: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {
        argument: f"~ {' + '.join(_name(column) for column in columns)}"
        for argument, columns in named.items()
        if columns
    }


def _discard(asked: Matching) -> dict[str, str]:
    """MatchIt discards by scores that are given; it has no hull, and re-estimates only scores of its own."""
    if asked.discard == "none":
        return {}
    own = asked.discard in ("treated", "control", "both") and not asked.reestimate
    return {"discard": _quoted(asked.discard) if own else "left_out"}


def _numbers(asked: Matching) -> dict[str, str]:
    named = {
        "min.controls": asked.min_controls,
        "max.controls": asked.max_controls,
        "reuse.max": asked.reuse_max,
    }
    return {name: f"{value:g}" for name, value in named.items() if value is not None}


def _calipers(asked: Matching) -> dict[str, str]:
    if not asked.calipers:
        return {}
    columns = ["" if one.on is None else f"{_name(one.on)} = " for one in asked.calipers]
    widths = [f"{name}{one.value:g}" for name, one in zip(columns, asked.calipers, strict=True)]
    flags = [f"{name}{_flag(one.unit == 'sd')}" for name, one in zip(columns, asked.calipers, strict=True)]
    plain = columns == [""]
    return {
        "caliper": widths[0] if plain else f"c({', '.join(widths)})",
        "std.caliper": flags[0] if plain else f"c({', '.join(flags)})",
    }
