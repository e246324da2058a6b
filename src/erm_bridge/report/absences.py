"""Why an engine has no numbers of a stage, said once."""

from collections.abc import Mapping, Sequence
from typing import Any

from erm_bridge.estimates import ABSENT, OWN
from erm_bridge.report import wording

NO_MATCH = "no match: "


def sentences(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Say for each engine which stages it could not compute, and why.

    Parameters
    ----------
    records : sequence of mappings
        Rows of the table of estimates.
    """
    stages: dict[tuple[str, str], list[str]] = {}
    for row in records:
        if row["quantity"] == ABSENT and row["input"] == OWN:
            reason = str(row["note"]).removeprefix(NO_MATCH)
            stages.setdefault((str(row["engine"]), reason), []).append(str(row["stage"]))
    return tuple(
        f"{wording.engine(engine)} computed no {wording.listing(list(dict.fromkeys(names)))} of its own: "
        f"{reason.rstrip('.')}."
        for (engine, reason), names in stages.items()
    )


def is_number(row: Mapping[str, Any]) -> bool:
    """Tell whether a row is a number, and not the word of an engine that it has none."""
    return bool(row["quantity"] != ABSENT)
