"""Where the numbers come from: cohort flow, messages of the engines, versions, hashes, timings."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from erm_bridge.report import wording
from erm_bridge.report.model import Facts, Note, Step
from erm_bridge.study.models import Study

if TYPE_CHECKING:
    import pandas as pd

_RUN = (
    ("created", "Run at"),
    ("seed", "Seed"),
    ("n_rows", "Rows of the analysis sample"),
)
_SHOWN_APART = {
    *("status", "verdict", "exit_code", "study", "changes", "data", "versions", "seconds"),
    *(key for key, _ in _RUN),
}


def status(
    provenance: Mapping[str, Any], records: Sequence[Mapping[str, Any]]
) -> tuple[tuple[str, str], ...]:
    """Tell how each engine fared; an engine that left numbers and is not listed is `ok`."""
    listed = {str(name): str(text) for name, text in _mapping(provenance.get("status")).items()}
    ran = dict.fromkeys(str(row["engine"]) for row in records)
    return tuple({**{name: "ok" for name in ran}, **listed}.items())


def source(provenance: Mapping[str, Any], study: Study) -> str:
    """Name the data that were read: those of run.json, for they may replace the study's."""
    return str(_mapping(provenance.get("data")).get("source") or study.data.source)


def simulated(provenance: Mapping[str, Any]) -> str:
    """Say in a sentence that the data are simulated; empty for collected data."""
    found = _mapping(_mapping(provenance.get("data")).get("simulated"))
    if not found:
        return ""
    seed = f", seed {found['seed']}" if "seed" in found else ""
    return f"Simulated data ({found.get('name')}{seed}): nobody was asked."


def steps(flow: "pd.DataFrame") -> tuple[Step, ...]:
    """Read the cohort flow."""
    first = max(float(flow["n_in"].iloc[0]), 1.0) if len(flow) else 1.0
    return tuple(
        Step(
            name=str(row["step"]),
            n_in=_count(row["n_in"]),
            n_out=_count(row["n_out"]),
            removed=_count(row["removed"]),
            reason=row["reason"] if isinstance(row["reason"], str) else "",
            left=row["n_out"] / first,
            lost=row["removed"] / first,
        )
        for row in flow.to_dict("records")
    )


def sample_size(provenance: Mapping[str, Any], found: Sequence[Step]) -> str:
    """Tell the rows of the analysis sample: what run.json says, else where the cohort flow ends."""
    if provenance.get("n_rows") is not None:
        return _count(provenance["n_rows"])
    return found[-1].n_out if found else ""


def notes(records: Sequence[Mapping[str, Any]]) -> tuple[Note, ...]:
    """Gather the messages that engines kept, each once, with the number of rows that carry it."""
    carried: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in records:
        if isinstance(row["note"], str) and row["note"].strip():
            carried.setdefault((row["engine"], row["stage"], row["note"]), []).append(row)
    return tuple(
        Note(wording.engine(engine), stage, text, len(rows), _example(rows[0]))
        for (engine, stage, text), rows in carried.items()
    )


def facts(provenance: Mapping[str, Any], study: Study) -> tuple[Facts, ...]:
    """List everything run.json says on where the numbers come from, by heading."""
    run = [(label, _text(provenance[key])) for key, label in _RUN if provenance.get(key) is not None]
    rest = {key: value for key, value in provenance.items() if key not in _SHOWN_APART and value is not None}
    found = [
        Facts("Run", (*run, *_flat(rest))),
        Facts("Study file", _flat(_mapping(provenance.get("study"))) or (("study", study.study),)),
        Facts("Changed for this run", _flat(_mapping(provenance.get("changes")))),
        Facts("Data", _flat(_data(provenance)) or (("source", study.data.source),)),
        *_versions(_mapping(provenance.get("versions"))),
        *(
            Facts(f"Seconds: {wording.engine(str(name))}", _seconds(value))
            for name, value in _mapping(provenance.get("seconds")).items()
        ),
    ]
    return tuple(fact for fact in found if fact.items)


def _data(provenance: Mapping[str, Any]) -> Mapping[str, Any]:
    """Count the columns of the data where they are listed."""
    data = _mapping(provenance.get("data"))
    columns = data.get("columns")
    return {**data, "columns": len(columns)} if isinstance(columns, list | tuple) else data


def _versions(versions: Mapping[str, Any]) -> Iterator[Facts]:
    """Put plain versions first, then a heading for each group; engines have one each."""
    plain = {key: value for key, value in versions.items() if not isinstance(value, Mapping)}
    groups = {key: value for key, value in versions.items() if isinstance(value, Mapping)}
    yield Facts("Versions", _flat(plain))
    for name, held in groups.items():
        if name == "engines":
            for engine, value in held.items():
                yield Facts(f"Versions: engine {wording.engine(str(engine))}", _flat({"": value}))
        else:
            yield Facts(f"Versions: {wording.engine(str(name))}", _flat(held))


def _flat(values: Mapping[str, Any], prefix: str = "") -> tuple[tuple[str, str], ...]:
    """List a mapping as label and text, inner mappings after their outer name."""
    pairs: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{prefix}{key} " if key else prefix)
        elif value is not None:
            pairs.append((f"{prefix}{key}", _text(value)))
    return tuple(pairs)


def _seconds(value: Any) -> tuple[tuple[str, str], ...]:
    stages = value if isinstance(value, Mapping) else {"all": value}
    return tuple((str(stage), f"{s:.3f}" if isinstance(s, float) else str(s)) for stage, s in stages.items())


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


def _count(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{int(value):,}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _example(row: Mapping[str, Any]) -> str:
    return " ".join(part for part in (row["quantity"], row["term"], row["component"]) if part)
