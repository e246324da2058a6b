"""What a run was made of: hashes, versions, seed, changes and timings, as written to `run.json`."""

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from erm_bridge.installed import DISTRIBUTION, package_versions, version_of

if TYPE_CHECKING:
    from erm_bridge.pipeline import Run


class Source(BaseModel):
    """The data source as `run.json` names it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    source: str


class Record(BaseModel):
    """What must stand in `run.json` for a run folder to be read back; there may be more."""

    model_config = ConfigDict(extra="allow", frozen=True)

    status: dict[str, str]
    verdict: str
    exit_code: int
    study: dict[str, Any]
    data: Source
    n_rows: int
    seed: int | None
    versions: dict[str, Any]
    seconds: dict[str, dict[str, float]]


def describe(run: "Run", changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Describe a finished run as plain data.

    Parameters
    ----------
    run : Run
    changes : mapping, optional
        What was changed for this run and does not stand in the study file, by option: `set`, `seed`,
        `data`, `engine`. Those that are None or empty are left out.
    """
    frame, source = run.cohort.frame, run.cohort.source
    return {
        "status": dict(run.status),
        "verdict": run.verdict,
        "exit_code": run.exit_code,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "study": {
            "file": run.file.path.name,
            "sha256": run.file.sha256,
        },
        "changes": _plain(changes or {}),
        "data": {
            "source": source.label,
            "sha256": source.sha256,
            "rows": len(source.columns),
            "columns": list(source.columns.columns),
            **({} if source.simulated is None else {"simulated": dict(source.simulated)}),
        },
        "n_rows": len(frame),
        "seed": run.study.seed,
        "versions": {
            "erm_bridge": version_of(DISTRIBUTION),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": package_versions(),
            "blas": blas(),
            "engines": {name: dict(found) for name, found in run.versions.items()},
        },
        "seconds": {name: dict(found) for name, found in run.seconds.items()},
    }


def blas() -> dict[str, str]:
    """Name the BLAS and LAPACK that numpy was built with."""
    import numpy as np

    built = np.show_config(mode="dicts")["Build Dependencies"]
    return {name: f"{built[name]['name']} {built[name]['version']}" for name in ("blas", "lapack")}


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the changes that were made; JSON has lists, not tuples."""
    made = {name: list(value) if isinstance(value, tuple) else value for name, value in changes.items()}
    return {name: value for name, value in made.items() if value not in (None, [], {})}
