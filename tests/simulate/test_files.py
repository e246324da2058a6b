"""Every format carries the data, the mark and the metadata, and gives them back."""

import json
from pathlib import Path

import pandas as pd
import pytest
from pandas.io.stata import StataReader

from erm_bridge.errors import InputError
from erm_bridge.simulate import SimulatedSurvey, read_metadata, simulate, write
from erm_bridge.simulate.stata import read_characteristics

READERS = {
    "csv": lambda path: pd.read_csv(path, keep_default_na=False, na_values=[""]),
    "parquet": pd.read_parquet,
    "dta": lambda path: pd.read_stata(path, convert_categoricals=False),
}


@pytest.fixture(scope="module")
def survey() -> SimulatedSurvey:
    return simulate(2500, seed=4)


@pytest.mark.parametrize("ending", READERS)
def test_round_trip(survey: SimulatedSurvey, tmp_path: Path, ending: str) -> None:
    path = write(survey, tmp_path / f"survey.{ending}")
    back = READERS[ending](path)
    assert list(back) == list(survey.frame)
    for name in back:
        wanted, found = survey.frame[name], back[name]
        assert (found.isna() == wanted.isna()).all(), name
        assert found.dropna().tolist() == wanted.dropna().tolist(), name
    assert (back["simulated"] == 1).all()
    assert back["newID"].str.startswith("SIM").all()
    assert read_metadata(path) == survey.metadata


def test_csv_is_plain_and_has_its_metadata_beside_it(survey: SimulatedSurvey, tmp_path: Path) -> None:
    path = write(survey, tmp_path / "survey.csv")
    text = path.read_text(encoding="utf-8")
    assert "广东省" in text
    assert "<NA>" not in text
    assert "nan" not in text
    stated = json.loads((tmp_path / "survey.csv.meta.json").read_text(encoding="utf-8"))
    assert stated == survey.metadata
    assert stated["simulated"] is True
    assert stated["rows"] == 2500
    assert stated["seed"] == 4


def test_metadata_beside_another_file_are_not_believed(survey: SimulatedSurvey, tmp_path: Path) -> None:
    path = write(survey, tmp_path / "survey.csv")
    path.write_text("newID,q101b1\n1,2\n", encoding="utf-8")
    assert read_metadata(path) is None


def test_stata_file_has_labels_a_title_and_a_characteristic(survey: SimulatedSurvey, tmp_path: Path) -> None:
    path = write(survey, tmp_path / "survey.dta")
    with StataReader(path) as reader:
        assert reader.data_label == "SIMULATED cmds2017: 2500 rows, seed 4 (erm-bridge)"
        assert reader.variable_labels()["q101b1"] == "sex"
        labels = reader.value_labels()
    assert labels["Q503A"] == survey.labels["Q503A"]
    assert set(labels) == set(survey.labels)
    assert read_characteristics(path).keys() == {"erm_bridge_simulated"}


def test_parquet_file_keeps_the_labels(survey: SimulatedSurvey, tmp_path: Path) -> None:
    from pyarrow import parquet

    path = write(survey, tmp_path / "survey.parquet")
    stated = json.loads(parquet.read_schema(path).metadata[b"erm_bridge_simulated_labels"])
    assert {name: {int(code): text for code, text in codes.items()} for name, codes in stated.items()} == (
        survey.labels
    )


def test_files_made_elsewhere_have_no_metadata(tmp_path: Path) -> None:
    frame = pd.DataFrame({"q101b1": [1, 2]})
    frame.to_csv(tmp_path / "real.csv", index=False)
    frame.to_parquet(tmp_path / "real.parquet")
    frame.to_stata(tmp_path / "real.dta", write_index=False, version=118)
    frame.to_stata(tmp_path / "old.dta", write_index=False)
    (tmp_path / "real.sav").write_bytes(b"$FL2")
    for path in tmp_path.iterdir():
        assert read_metadata(path) is None


def test_wrong_names_are_refused(survey: SimulatedSurvey, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv, \.parquet, \.dta; found \.xlsx"):
        write(survey, tmp_path / "survey.xlsx")
    with pytest.raises(InputError, match="no folder"):
        write(survey, tmp_path / "nowhere" / "survey.csv")
    with pytest.raises(InputError, match="no such data file"):
        read_metadata(tmp_path / "absent.csv")
    path = write(survey, tmp_path / "survey.csv")
    (tmp_path / "survey.csv.meta.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        read_metadata(path)
