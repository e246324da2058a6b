"""Read the crosscheck table: its rows, its counts, and the sentence that stands above everything."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from erm_bridge.crosscheck.summary import (
    AGREE,
    APART,
    DIFFER,
    EXPLAINED,
    MISSING,
    NOT_CROSSCHECKED,
    UNDEFINED,
    VERDICTS,
    Summary,
    on_equal_input,
)
from erm_bridge.report import numbers, wording
from erm_bridge.report.model import Comparison, Name, Tally

if TYPE_CHECKING:
    import pandas as pd

MEANINGS = {
    AGREE: "the numbers lie within the tolerance of their quantity",
    EXPLAINED: "they differ for a reason that was shown by computing again: one engine found the better "
    "optimum, or both found one of several, and from the same solution both compute the same",
    DIFFER: "they lie farther apart than the tolerance",
    MISSING: "only one engine has the number",
    UNDEFINED: "the number is not defined in either engine",
}


def read(table: "pd.DataFrame") -> tuple[Comparison, ...]:
    """Turn the crosscheck table (see `erm_bridge.crosscheck.join.COLUMNS`) into rows of the report."""
    if table.empty:
        return ()
    equal = on_equal_input(table).tolist()
    return tuple(_comparison(row, same) for row, same in zip(table.to_dict("records"), equal, strict=True))


def tally(rows: Sequence[Comparison]) -> Tally:
    """Count verdicts and find the largest distance as a share of its limit."""
    counts = tuple((verdict, sum(row.verdict == verdict for row in rows)) for verdict in VERDICTS)
    shares = [share for row in rows if (share := share_of_limit(row)) is not None]
    return Tally(len(rows), counts, max(shares, default=None))


def share_of_limit(row: Comparison) -> float | None:
    """Express a distance in limits: 0 for equal numbers, infinite for unequal ones that had to be equal."""
    if row.difference is None or row.limit is None:
        return None
    if row.difference == 0:
        return 0.0
    return row.difference / row.limit if row.limit > 0 else math.inf


def remarks(rows: Sequence[Comparison]) -> tuple[str, ...]:
    """Say in sentences how factors and match sets of the engines compare, from the rows of one stage."""
    factors = [row for row in rows if row.quantity == "congruence"]
    sets = [row for row in rows if row.quantity == "sets_equal"]
    found = []
    if factors:
        parts = [f"{row.term} {row.texts[1]}" for row in factors]
        found.append(f"Congruence of the factors (1 is the same factor): {', '.join(parts)}.")
    if sets:
        parts = [
            f"{numbers.number(b, 'count')} of {numbers.number(a, 'count')} ({given})"
            for a, b, given in _sets(sets)
        ]
        subclasses = sets[0].component == "subclass"
        same = "Units with the same subclass" if subclasses else "Treated units with the same set of controls"
        found.append(f"{same} in both engines: {', '.join(parts)}.")
    return tuple(found)


def headline(summary: Summary, engines: Sequence[Name], failed: Sequence[Name], why: str = "") -> str:
    """Say the verdict in one sentence; `why` says why numbers are explained, such as `Python is nearer`."""
    names = wording.listing([engine.label for engine in engines])
    if summary.verdict == NOT_CROSSCHECKED:
        ran = f"{names} ran alone" if len(engines) == 1 else f"{names or 'no engine'} ran"
        broken = f" and {wording.listing([engine.label for engine in failed])} failed" if failed else ""
        return f"Not crosschecked: {ran}{broken}"
    total = sum(sum(counts.values()) for counts in summary.counts.values())
    if summary.verdict == AGREE:
        return f"{names} agree on all {wording.plural(total, 'number')}"
    if summary.verdict == EXPLAINED:
        other = sum(counts.get(EXPLAINED, 0) for counts in summary.counts.values())
        agreed = f"{total - other:,} of {wording.plural(total, 'number')}"
        verb = "differs" if other == 1 else "differ"
        reason = f"because {why}" if why else "for a reason that was shown"
        return f"{names} agree on {agreed}; {other:,} {verb} {reason}"
    return _failure(summary, names)


def explanation(
    summary: Summary,
    equal: Tally,
    end_to_end: Tally,
    status: Mapping[str, str],
    engines: Sequence[Name],
    lacking: Sequence[str] = (),
) -> tuple[str, ...]:
    """Say how the verdict came about, in a few sentences; `lacking` says what engines could not compute."""
    if summary.verdict == NOT_CROSSCHECKED:
        ran = {engine.name for engine in engines}
        reasons = [
            f"{wording.engine(name)}: {text.rstrip('.')}." for name, text in status.items() if name not in ran
        ]
        return (
            *reasons,
            *lacking,
            *(["The numbers below come from one program; nothing confirms them."] if ran else []),
        )
    sentences = [f"{_counted(equal)} compared on equal input{_outcome(equal)}."]
    if end_to_end.total:
        sentences.append(f"{_counted(end_to_end)} compared end to end{_outcome(end_to_end)}.")
    if lacking and summary.verdict != DIFFER:
        return (*lacking, *sentences)
    sentences = [*lacking, *sentences]
    if summary.culprit is not None and equal.failing:
        sentences.append(
            f"{summary.culprit.capitalize()} is the first stage in which the engines part although both had "
            "the same input: look there first. What differs only end to end inherits it."
        )
    elif summary.culprit is not None:
        sentences.append("On equal input no stage fails: what differs, grew on the way from stage to stage.")
    return tuple(sentences)


def _sets(rows: Sequence[Comparison]) -> list[tuple[float | None, float | None, str]]:
    return [(*row.values, row.given) for row in rows]


def _failure(summary: Summary, names: str) -> str:
    culprit = summary.culprit
    assert culprit is not None
    counts = summary.counts[culprit]
    failing = sum(counts.get(verdict, 0) for verdict in (DIFFER, MISSING, UNDEFINED))
    where = f"first at stage {culprit} ({failing:,} of {wording.plural(sum(counts.values()), 'number')})"
    if summary.end_to_end_only:
        where = f"only end to end, {where}"
    if summary.verdict == DIFFER:
        return f"{names} differ: {where}"
    if summary.verdict == MISSING:
        return f"{names} do not have the same numbers: some are missing on one side, {where}"
    return f"{names} leave numbers undefined: {where}"


def _counted(tally_: Tally) -> str:
    return f"{wording.plural(tally_.total, 'number')} {'was' if tally_.total == 1 else 'were'}"


def _outcome(tally_: Tally) -> str:
    if not tally_.failing:
        return ": each within its tolerance" if tally_.count(EXPLAINED) == 0 else ": none fails"
    parts = [f"{tally_.count(v):,} {v}" for v in (DIFFER, MISSING, UNDEFINED) if tally_.count(v)]
    return ": " + wording.listing(parts)


def _comparison(row: Mapping[Hashable, Any], equal: bool) -> Comparison:
    engines = (_text(row["engine_a"]), _text(row["engine_b"]))
    inputs = (_text(row["input_a"]), _text(row["input_b"]))
    values = (_number(row["value_a"]), _number(row["value_b"]))
    verdict = _text(row["verdict"])
    style = wording.style(_text(row["quantity"]))
    return Comparison(
        stage=_text(row["stage"]),
        quantity=_text(row["quantity"]),
        term=_text(row["term"]),
        component=_text(row["component"]),
        engines=(Name(engines[0], wording.engine(engines[0])), Name(engines[1], wording.engine(engines[1]))),
        inputs=inputs,
        given=wording.given(engines, inputs, equal),
        equal_input=bool(equal),
        values=values,
        texts=_pair(numbers.together(values, style, differ=verdict in APART)),
        difference=_number(row["abs_diff"]),
        limit=_number(row["limit"]),
        verdict=verdict,
        note=_text(row["note"]),
    )


def _pair(texts: tuple[str, ...]) -> tuple[str, str]:
    return texts[0], texts[1]


def _text(value: object) -> str:
    """Read a text cell; one that is empty in a CSV file may have become NaN or None."""
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    return None if value is None or math.isnan(number := float(value)) else number  # type: ignore[arg-type]
