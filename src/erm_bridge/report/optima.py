"""Why numbers that differ are explained: which search ended in a better optimum, and how that was shown."""

from collections.abc import Sequence

from erm_bridge.crosscheck.optima import TIED
from erm_bridge.crosscheck.summary import EXPLAINED
from erm_bridge.quantities import parts
from erm_bridge.report import numbers, wording
from erm_bridge.report.model import Comparison

_SEARCHES = {
    "extraction": "the extraction of the factors",
    "rotation": "the rotation of the factors",
    "choice": "the choice of units",
    "pairs": "the search for sets",
}
_TIED = {
    "choice": "Both kept the largest number of units ({values} left out), but not the same units",
    "pairs": "Both found the smallest total distance ({values}), but not the same sets",
}


def why(rows: Sequence[Comparison]) -> str:
    """Say in half a sentence, as in a headline, why rows are explained; empty where none is."""
    deciding = _deciding(rows)
    found = dict.fromkeys(_winner(row) for row in deciding if not _tied(row))
    reasons = [f"{wording.listing(list(found))} found the better optimum"] if found else []
    reasons += ["the best match is not the only one"] if any(map(_tied, deciding)) else []
    return wording.listing(reasons)


def remarks(rows: Sequence[Comparison]) -> tuple[str, ...]:
    """Say in sentences which optimum is the better one, by how much, and how that was shown.

    Parameters
    ----------
    rows : sequence of Comparison
        Of the whole crosscheck: what later stages inherit is counted as well.
    """
    deciding = _deciding(rows)
    if not deciding:
        return ()
    count = sum(row.verdict == EXPLAINED for row in rows)
    differs = "1 number differs" if count == 1 else f"{count:,} numbers differ"
    return (
        *(_sentence(row) for row in deciding),
        f"For that reason alone {differs}; from each other's solution both compute the same.",
    )


def _deciding(rows: Sequence[Comparison]) -> list[Comparison]:
    """List the criteria that tell which optimum is the better one; none where nothing is explained."""
    if not any(row.verdict == EXPLAINED for row in rows):
        return []
    return [row for row in rows if _is_criterion(row) and row.inputs[0] == row.inputs[1] and row.note]


def _is_criterion(row: Comparison) -> bool:
    part = parts().get((row.stage, row.quantity))
    return part is not None and part.role == "criterion" and None not in row.values


def _tied(row: Comparison) -> bool:
    return row.note.startswith(TIED)


def _winner(row: Comparison) -> str:
    a, b = row.values
    assert a is not None
    assert b is not None
    return row.engines[0 if a < b else 1].label


def _sentence(row: Comparison) -> str:
    search = parts()[row.stage, row.quantity].search
    texts = numbers.together(row.values, wording.style(row.quantity), differ=not _tied(row))
    if _tied(row):
        return f"{_TIED[search].format(values=texts[0])}: the best match is not the only one."
    values = ", ".join(f"{engine.label} {text}" for engine, text in zip(row.engines, texts, strict=True))
    return f"{_winner(row)} is nearer to the minimum that {_SEARCHES.get(search, search)} seeks ({values})."
