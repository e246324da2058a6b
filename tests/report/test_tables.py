"""CSV tables: all digits, and nothing that a spreadsheet would run."""

import csv

import pytest

from erm_bridge.report import tables

FORMULAS = ("=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1")


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_a_file_for_every_table_and_the_folder_is_made(agreeing, tmp_path):
    written = tables.write(agreeing, tmp_path / "new" / "tables")
    assert [path.stem for path in written] == [table.name for table in agreeing.tables]
    assert sorted((tmp_path / "new" / "tables").iterdir()) == sorted(written)
    for path in written:
        assert len({len(row) for row in read(path)}) == 1


def test_numbers_read_back_equal(example, tmp_path):
    found = example.numbers()
    tables.write(example.report({"python": found, "r": found}), tmp_path)
    head, *rows = read(tmp_path / "index_loadings.csv")
    columns = dict(zip(head, zip(*rows, strict=True), strict=True))
    expected = [
        value for (_, quantity, _, part), value in found.items() if (quantity, part) == ("loading", "F2")
    ]
    assert [float(cell) for cell in columns["F2_python"]] == expected
    assert columns["F2_python"] == columns["F2_r"]
    assert columns["F2_difference"] == ("0",) * 6
    assert columns["F2_verdict"] == ("agree",) * 6


def test_one_engine_has_no_differences(alone, tmp_path):
    tables.write(alone, tmp_path)
    assert read(tmp_path / "index_loadings.csv")[0] == ["item", "F1_python", "F2_python"]


def test_text_that_looks_like_a_formula_is_neutralised_and_numbers_are_not(example, tmp_path):
    found = example.numbers(FORMULAS, "=group")
    tables.write(example.report({"python": found}, study=example.study(FORMULAS, "=group")), tmp_path)
    rows = read(tmp_path / "index_loadings.csv")[1:]
    assert [row[0] for row in rows] == [f"'{label}" for label in FORMULAS[:-1]] + ["'\n=1"]
    assert rows[5][1] == "-0.31"
    assert read(tmp_path / "difference_groups.csv")[3][0] == "'=group"
    for path in tmp_path.iterdir():
        for row in read(path):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r"))
                assert not cell.startswith("-") or float(cell) < 0


def test_line_breaks_in_labels_survive(example, tmp_path):
    items = ("a\nb", 'c"d', "e,f", "教育", "g\\h", " i ")
    tables.write(example.report({"python": example.numbers(items)}, study=example.study(items)), tmp_path)
    assert tuple(row[0] for row in read(tmp_path / "index_loadings.csv")[1:]) == items


@pytest.mark.parametrize(("text", "safe"), [("=a", "'=a"), ("a=", "a="), ("", ""), ("'=a", "'=a")])
def test_neutral(text, safe):
    assert tables.neutral(text) == safe
