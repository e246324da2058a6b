"""Files of every format, cut off or with bytes changed: read or refused by name, in time and memory."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

SEEDS = 400
LABELS = {"code": {0.0: "none", 1.0: "some"}}

WRITERS = {
    ".csv": lambda data, path: data.to_csv(path, index=False),
    ".parquet": lambda data, path: data.astype({"town": "category"}).to_parquet(path),
    ".dta": lambda data, path: data.to_stata(path, write_index=False, version=118, value_labels=LABELS),
    ".sav": lambda data, path: pyreadstat.write_sav(
        data, path, variable_value_labels={**LABELS, "town": {"north": "N", "south": "S"}}
    ),
    ".zsav": lambda data, path: pyreadstat.write_sav(data, path, variable_value_labels=LABELS, compress=True),
}


@pytest.mark.parametrize("ending", WRITERS)
def test_damaged_files_are_read_or_refused(ending: str, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    data = pd.DataFrame(
        {
            "score": random.normal(size=60).round(2),
            "code": random.integers(0, 5, 60).astype(float),
            "town": random.choice(["north", "south"], 60),
        }
    )
    path = tmp_path / f"good{ending}"
    WRITERS[ending](data, path)
    script = Path(__file__).with_name("reading.py")
    done = subprocess.run(
        [sys.executable, "-W", "error", script, path, str(SEEDS)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-1500:]
    found = json.loads(done.stdout)
    assert sum(found["outcomes"].values()) == SEEDS
    assert min(found["outcomes"].values()) > SEEDS // 20
    assert found["outcomes"].keys() == {"read", "refused"}
    assert found["slowest"] < 5
