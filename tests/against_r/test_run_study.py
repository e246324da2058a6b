"""`ermbridge::run_study` in plain R gives the rows that the R engine gives inside a run."""

from pathlib import Path

import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.estimates import COLUMNS

STUDIES = Path(__file__).parents[2] / "studies"


@pytest.mark.r
@pytest.mark.parametrize("study", ["lalonde/nearest4.yml", "bfi/study.yml"])
def test_rows_of_plain_r_are_those_of_the_run(study: str, tmp_path: Path, rscript) -> None:
    settings = {"regression.selection": {"rule": "p"}, "regression.std_error": ["classical", "HC3"]}
    run = eb.run(STUDIES / study, engines=["r"], out=tmp_path / "run", settings=settings)
    rows = rscript("run_study.R", tmp_path / "run")["rows"].fillna({"note": ""})
    text = [name for name in COLUMNS if name != "value"]
    rows[text] = rows[text].fillna("").astype(str)
    # A component such as "1" comes back as a number.
    rows["component"] = rows["component"].str.removesuffix(".0")
    expected = run.estimates.reset_index(drop=True)
    assert len(rows) == len(expected) > 100
    assert (rows[text] == expected[text]).all(axis=None)
    pd.testing.assert_series_equal(rows["value"], expected["value"], check_exact=True)
