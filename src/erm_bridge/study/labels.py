"""Labels of levels and of the intercept, and lists of names without repeats."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

# The name of the constant in the results, as R has it.
INTERCEPT = "(Intercept)"
# What is balanced beside the covariates: the distance that is matched on, and the predicted outcome.
DISTANCE = "(distance)"
PROGNOSIS = "(prognosis)"

# How R, Python and spreadsheets write true and false.
BOOLEAN_WORDS = {"TRUE": 1.0, "True": 1.0, "true": 1.0, "FALSE": 0.0, "False": 0.0, "false": 0.0}


def as_label(value: Any) -> Any:
    """Write a level given as a number or a boolean the way the data's labels are written."""
    if isinstance(value, bool):
        return str(int(value))
    return format_number(value) if isinstance(value, int | float) else value


def format_number(value: float) -> str:
    """Write a number as a level label: `2` for 2.0, otherwise the shortest text that reads back equal."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))


def listing(names: Sequence[str], most: int = 40) -> str:
    """List names for a message, the first of very many and the beginning of very long ones."""
    shown = [name if len(name) <= most else f"{name[:most]}..." for name in names[:most]]
    return ", ".join(shown) + (", ..." if len(names) > most else "")


def refuse_repeats(key: str, names: Sequence[str]) -> None:
    """Raise ValueError where a name is listed twice."""
    repeated = sorted(name for name, times in Counter(names).items() if times > 1)
    if repeated:
        raise ValueError(f"{key}: {repeated[0]!r} is listed twice")
