"""The effect in a line for every row and kind of standard error."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from erm_bridge.estimates import OWN
from erm_bridge.report import numbers, settings, wording
from erm_bridge.report.model import EffectLine, Name
from erm_bridge.study.models import Study

EFFECT_QUANTITIES = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
TIES = ("tie_low", "tie_high", "tie_mean")


def effect_lines(
    engines: Sequence[Name], records: Sequence[Mapping[str, Any]], study: Study
) -> tuple[EffectLine, ...]:
    """Collect the effects, each engine on its own input, in the order of the table."""
    level = f"{100 * study.effect.conf_level:g} %" if study.effect else ""
    outcome = settings.outcome(study, "effect") if study.effect else "the outcome"
    found: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    ties: dict[tuple[str, str], dict[str, float]] = {}
    for row in records:
        shown = row["quantity"] in (*EFFECT_QUANTITIES, *TIES) and not row["term"].startswith("placebo[")
        if row["stage"] == "effect" and row["input"] == OWN and shown:
            by_engine = found.setdefault((row["term"], row["component"]), {})
            held = by_engine.setdefault(row["engine"], {})
            if row["quantity"] in TIES:
                held = ties.setdefault((row["term"], row["engine"]), {})
            held[row["quantity"]] = float(row["value"])
    lines = [
        _line(
            (outcome, name, kind), engine, by_engine[engine.name] | ties.get((name, engine.name), {}), level
        )
        for (name, kind), by_engine in found.items()
        for engine in engines
        if by_engine.get(engine.name)
    ]
    return _merged(lines)


def _line(names: tuple[str, str, str], engine: Name, held: Mapping[str, float], level: str) -> EffectLine:
    scale = held.get("std_error")

    def text(quantity: str) -> str:
        return numbers.number(held.get(quantity), wording.style(quantity), scale)

    return EffectLine(
        outcome=names[0],
        row=names[1],
        kind=names[2],
        engines=(engine,),
        values=(tuple(held.items()),),
        estimate=text("estimate"),
        std_error=text("std_error"),
        level=level,
        interval=f"{text('conf_low')} to {text('conf_high')}",
        p_value=numbers.p_sentence(held.get("p_value")),
        ties=f"{text('tie_low')} to {text('tie_high')}" if "tie_low" in held else "",
    )


def _merged(lines: Sequence[EffectLine]) -> tuple[EffectLine, ...]:
    """Let engines whose numbers read the same share a line."""
    found: dict[EffectLine, EffectLine] = {}
    for line in lines:
        words = replace(line, engines=(), values=())
        held = found.setdefault(words, words)
        found[words] = replace(held, engines=held.engines + line.engines, values=held.values + line.values)
    return tuple(found.values())
