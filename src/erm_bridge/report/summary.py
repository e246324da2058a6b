"""The report in a few lines for the terminal, and as one JSON object."""

import math
from pathlib import Path
from typing import Any

from erm_bridge.report import numbers, optima, wording
from erm_bridge.report.comparisons import share_of_limit
from erm_bridge.report.data import ReportData
from erm_bridge.report.model import Comparison, EffectLine, StageReport

MOST_LINES = 25
_MOST_EFFECTS = 8
_WIDTH = 110


def lines(data: ReportData, folder: Path | None) -> list[str]:
    """Say what came out in at most 25 lines.

    Parameters
    ----------
    data : ReportData
    folder : Path or None
        The run folder; None when nothing was written.

    Returns
    -------
    list of str
        Study, engines, verdict, a line for each stage, effects, and where the report is.
    """
    status = "; ".join(f"{wording.engine(name)} {_short(text)}" for name, text in data.status)
    found = [*_head(data), *([data.simulated] if data.simulated else [])]
    found += [f"Engines: {status or 'none'}", "", data.headline]
    found += [_stage(stage) for stage in data.stages if data.crosschecked]
    found += [f"  {sentence}" for sentence in (*data.lacking, *optima.remarks(data.comparisons))]
    if data.culprit is not None:
        found.append(f"  first diverging stage: {data.culprit}")
    if data.effects:
        found += ["", *(_effect(effect) for effect in data.effects[:_MOST_EFFECTS])]
    if folder is not None:
        found += ["", f"Report: {folder / 'report.html'}"]
    return found[: MOST_LINES - 1] + found[-1:] if len(found) > MOST_LINES else found


def as_json(data: ReportData) -> dict[str, Any]:
    """Make the object that `--json` prints: plain types, numbers with all digits, null for none."""
    return {
        "study": data.study,
        "title": data.title,
        "data": data.source,
        "simulated": data.simulated or None,
        "n": int(data.n.replace(",", "")) if data.n else None,
        "status": dict(data.status),
        "verdict": data.verdict,
        "headline": data.headline,
        "explanation": list(data.explanation),
        "exit_code": data.exit_code,
        "first_diverging_stage": data.culprit,
        "stages": {stage.name: _stage_json(stage) for stage in data.stages},
        "effects": [held for effect in data.effects for held in _effect_json(effect)],
        "failing": [_row_json(row) for row in data.failing],
        "explained": [_row_json(row) for row in data.explained],
    }


def _head(data: ReportData) -> list[str]:
    """Name study and data, on two lines where one would be long."""
    name = data.title if data.title == data.study else f"{data.title} ({data.study})"
    read = f"{data.source}{f', {data.n} rows' if data.n else ''}"
    whole = " ".join(f"{name}: {read}".split())
    return [whole] if len(whole) <= _WIDTH else [_short(name), f"Data: {' '.join(read.split())}"]


def _stage(stage: StageReport) -> str:
    whole = stage.whole
    if not whole.total:
        return f"  {stage.name:<11} not compared"
    good = whole.total - whole.failing
    explained = whole.count("explained")
    counted = f"{good - explained:,}/{whole.total:,} agree"
    counted += f", {explained:,} explained" if explained else ""
    return (
        f"  {stage.name:<11} {counted:<18} largest distance {numbers.share(whole.largest_share)} of tolerance"
    )


def _effect(found: EffectLine) -> str:
    engines = ", ".join(engine.label for engine in found.engines)
    detail = f"{found.level} CI {found.interval}, {found.kind} SE {found.std_error}, {found.p_value}".strip()
    detail += f"; by order of ties {found.ties}" if found.ties else ""
    where = _short(f"{found.outcome}, {found.row}")
    return f"Effect on {where}: {found.estimate} ({detail}) [{engines}]"


def _short(text: str) -> str:
    """Keep titles, names and messages on one line."""
    text = " ".join(text.split())
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _stage_json(stage: StageReport) -> dict[str, Any]:
    return {
        part: {
            "numbers": tally.total,
            **dict(tally.verdicts),
            "largest_share_of_limit": _finite(tally.largest_share),
        }
        for part, tally in (("equal_input", stage.equal), ("end_to_end", stage.end_to_end))
    }


def _effect_json(effect: EffectLine) -> list[dict[str, Any]]:
    return [
        {"outcome": effect.outcome, "row": effect.row, "std_error_kind": effect.kind, "engine": engine.name}
        | {quantity: _finite(value) for quantity, value in values}
        for engine, values in zip(effect.engines, effect.values, strict=True)
    ]


def _row_json(row: Comparison) -> dict[str, Any]:
    return {
        "stage": row.stage,
        "quantity": row.quantity,
        "term": row.term,
        "component": row.component,
        "engines": [engine.name for engine in row.engines],
        "inputs": list(row.inputs),
        "values": [_finite(value) for value in row.values],
        "abs_diff": _finite(row.difference),
        "limit": _finite(row.limit),
        "share_of_limit": _finite(share_of_limit(row)),
        "verdict": row.verdict,
        "note": row.note,
    }


def _finite(value: float | None) -> float | None:
    """JSON has no infinity and no NaN."""
    return value if value is not None and math.isfinite(value) else None
