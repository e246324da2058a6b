"""What a run was made of: hashes, versions, seed and timings, as written to `run.json`."""

import hashlib
import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erm_bridge.pipeline import Run

PACKAGES = (
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "pyarrow",
    "pydantic",
    "ruamel.yaml",
    "jinja2",
    "click",
)


def describe(run: "Run") -> dict[str, Any]:
    """Describe a finished run as plain data."""
    frame, source = run.cohort.frame, run.cohort.source
    return {
        "status": dict(run.status),
        "verdict": run.verdict,
        "exit_code": run.exit_code,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "study": {
            "file": run.file.path.name,
            "sha256": hashlib.sha256(run.file.text.encode()).hexdigest(),
        },
        "data": {
            "source": source.label,
            "sha256": source.sha256,
            "rows": len(source.columns),
            "columns": list(source.columns.columns),
        },
        "n_rows": len(frame),
        "seed": run.study.seed,
        "versions": {
            "erm_bridge": metadata.version("erm-bridge"),
            "platform": platform.platform(),
            "packages": {name: metadata.version(name) for name in PACKAGES},
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
