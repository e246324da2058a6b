"""Options of `eb.match` as tests draw them: settings of a method beside it, put where the call wants them."""

from erm_bridge.study.matching_method import MatchingMethod

SETTINGS = frozenset(MatchingMethod.model_fields) - {"method"}


def nested(options: dict[str, object]) -> dict[str, object]:
    """Put the settings of a method and its name into one mapping."""
    if not isinstance(options.get("method", ""), str):
        return options
    settings = {key: options[key] for key in SETTINGS & options.keys()}
    rest = {key: value for key, value in options.items() if key not in settings}
    return rest | {"method": {"method": options.get("method", "nearest"), **settings}}
