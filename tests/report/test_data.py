"""The report as data: immutable, complete, and the one place that verdict and exit code come from."""

import dataclasses

import pytest

from erm_bridge.report import build
from erm_bridge.tabular import read_csv, write_csv


def side_numbers(data):
    """Every number of the side-by-side tables, by table."""
    return {
        table.name: [n for row in table.rows for n in row.numbers if n is not None] for table in data.tables
    }


def test_report_data_is_immutable_through_and_through(differing):
    assert isinstance(hash(differing), int), "a list or dict inside would not hash"
    with pytest.raises(dataclasses.FrozenInstanceError):
        differing.verdict = "agree"


def test_agreement(agreeing):
    assert agreeing.headline == "Python and R agree on all 298 numbers"
    assert (agreeing.verdict, agreeing.exit_code, agreeing.culprit, agreeing.failing) == (
        "agree",
        0,
        None,
        (),
    )
    assert agreeing.crosschecked


def test_disagreement_names_the_first_stage_and_lists_equal_input_first(differing):
    assert differing.headline == "Python and R differ: first at stage matching (9 of 78 numbers)"
    assert (differing.verdict, differing.exit_code, differing.culprit) == ("differ", 1, "matching")
    assert [row.stage for row in differing.failing] == ["matching"] * 9 + ["effect"] * 9
    equal = [row.equal_input for row in differing.failing]
    assert equal == ([True] * 6 + [False] * 3) * 2
    assert "Matching is the first stage" in differing.explanation[-1]


def test_missing_on_one_side_is_no_difference_in_words(example):
    right = example.numbers()
    del right["regression", "f", "model", ""]
    data = example.report({"python": example.numbers(), "r": right})
    assert data.headline.startswith("Python and R do not have the same numbers: some are missing on one side")
    assert "first at stage regression (3 of 57 numbers)" in data.headline
    assert (data.verdict, data.exit_code) == ("missing", 1)


def test_numbers_undefined_in_both_engines_fail(example):
    table = example.crosscheck({"python": example.numbers(), "r": example.numbers()})
    row = table.index[table["stage"] == "effect"][0]
    table.loc[row, ["value_a", "value_b", "abs_diff", "verdict"]] = [None, None, None, "undefined"]
    data = build(example.study(), {}, example.estimates({"python": example.numbers()}), table, example.flow())
    assert data.headline == (
        "Python and R leave numbers undefined: only end to end, first at stage effect (1 of 36 numbers)"
    )
    assert data.explanation[-1].startswith("On equal input no stage fails")
    assert data.exit_code == 1


def test_explained_rows_agree_with_a_reason(example):
    table = example.crosscheck({"python": example.numbers(), "r": example.numbers()})
    table.loc[3, "verdict"] = "explained"
    data = build(example.study(), {}, example.estimates({"python": example.numbers()}), table, example.flow())
    assert data.headline == "Python and R agree on 297 of 298 numbers; 1 differs for a reason that was shown"
    assert (data.verdict, data.exit_code) == ("explained", 0)


def test_differences_only_end_to_end_are_told_apart(example):
    table = example.crosscheck({"python": example.numbers(), "r": example.numbers()})
    own = (table["stage"] == "effect") & (table["input_a"] == "own") & (table["input_b"] == "own")
    table.loc[own, "verdict"] = "differ"
    data = build(example.study(), {}, example.estimates({"python": example.numbers()}), table, example.flow())
    assert data.culprit == "effect"
    assert data.explanation[-1].startswith("On equal input no stage fails")


def test_one_engine_alone_is_not_crosschecked(alone):
    assert alone.headline == "Not crosschecked: Python ran alone"
    assert alone.explanation[0] == "R: not installed."
    assert (alone.verdict, alone.exit_code, alone.crosschecked) == ("not crosschecked", 0, False)
    assert all(len(n.values) == 1 and n.verdict == "" for ns in side_numbers(alone).values() for n in ns)


def test_a_failed_engine_gives_exit_code_3_and_its_message(example):
    status = {"python": "ok", "r": "failed: MatchIt 4.5.1 is defective. Install 4.7.1."}
    data = example.report({"python": example.numbers()}, status)
    assert data.headline == "Not crosschecked: Python ran alone and R failed"
    assert data.explanation[0] == "R: failed: MatchIt 4.5.1 is defective. Install 4.7.1."
    assert data.exit_code == 3


@pytest.mark.parametrize("engines", [("python", "r"), ("python",), ("r", "printed")])
def test_every_own_number_of_every_engine_stands_in_exactly_one_table(example, engines):
    given = {
        name: {key: value + n for key, value in example.numbers().items()} for n, name in enumerate(engines)
    }
    data = example.report(given)
    shown = [v for ns in side_numbers(data).values() for n in ns for v in n.values]
    assert sorted(shown) == sorted(value for found in given.values() for value in found.values())


def test_a_quantity_that_no_layout_knows_is_shown_under_its_name(example):
    more = {**example.numbers(), ("effect", "envelope_low", "matched", "ties"): 5.5}
    data = example.report({"python": more, "r": more})
    other = next(table for table in data.tables if table.name == "effect_other")
    assert [row.labels for row in other.rows] == [("envelope low", "matched", "ties")]
    assert other.rows[0].numbers[0].texts == ("5.500", "5.500")


def test_side_by_side_numbers_carry_the_difference_that_the_crosscheck_found(differing):
    balance = next(table for table in differing.tables if table.name == "matching_balance")
    age = next(row for row in balance.rows if row.labels == ("age",))
    by_key = dict(zip(balance.keys, age.numbers, strict=True))
    assert by_key["smd_after"].verdict == "differ"
    assert by_key["smd_after"].difference == pytest.approx(0.25)
    assert by_key["variance_ratio_after"].values[1] is None
    assert by_key["variance_ratio_after"].verdict == "missing"
    assert by_key["smd_before"].difference == 0
    assert age.largest is by_key["variance_ratio_after"]


def test_an_item_named_model_stays_an_item(example):
    items = ("model", *example.study().index.items[1:])
    data = example.report({"python": example.numbers(items)}, study=example.study(items))
    tables = {table.name: table for table in data.tables}
    assert next(row.labels[0] for row in tables["index_items"].rows) == "model"
    assert tables["index_adequacy"].rows[0].labels == ("KMO (sampling adequacy)",)


def test_counts_add_up(differing):
    assert (
        differing.whole.total
        == differing.equal.total + differing.end_to_end.total
        == len(differing.comparisons)
    )
    assert differing.whole.failing == len(differing.failing) == 18
    assert sum(stage.whole.total for stage in differing.stages) == differing.whole.total
    assert differing.stages[0].end_to_end.total == 0, "the index takes nothing from upstream"


def test_match_sets_and_factors_are_put_in_words(agreeing):
    said = {stage.name: stage.remarks for stage in agreeing.stages}
    assert said["index"] == ("Congruence of the factors (1 is the same factor): F1 1.0000, F2 1.0000.",)
    assert said["matching"][0].count("606 of 606") == 3
    assert said["difference"] == ()


def test_messages_of_the_engines_are_gathered_once(agreeing):
    assert {(note.engine, note.text) for note in agreeing.notes} == {("R", "psych: the matrix was smoothed")}
    assert [note.stage for note in agreeing.notes] == ["index", "difference"]


def test_provenance_is_optional_and_unknown_keys_are_shown(example):
    table = example.estimates({"python": example.numbers()})
    bare = build(example.study(), {}, table, example.crosscheck({}), example.flow())
    assert bare.status == (("python", "ok"),)
    assert bare.n == "3,333"
    run = {
        "versions": {"erm_bridge": "1", "engines": {"r": {"packages": {"psych": "2"}}}},
        "blas": {"threads": 1},
    }
    more = {
        **run,
        "seconds": {"r": {"index": 0.5}},
        "data": {"columns": ["a", "b"]},
        "status": None,
        "seed": None,
    }
    data = build(example.study(), more, table, example.crosscheck({}), example.flow())
    facts = {fact.title: dict(fact.items) for fact in data.provenance}
    assert facts["Run"] == {"blas threads": "1"}
    assert facts["Data"] == {"columns": "2"}
    assert facts["Versions: engine R"] == {"packages psych": "2"}
    assert facts["Seconds: R"] == {"index": "0.500"}


def test_empty_tables_make_a_report(example):
    study = example.study(regression=None, matching=None, effect=None)
    empty = [frame.iloc[:0] for frame in (example.estimates({"python": example.numbers()}), example.flow())]
    data = build(study, {}, empty[0], example.crosscheck({}), empty[1])
    assert data.headline == "Not crosschecked: no engine ran"
    assert [stage.name for stage in data.stages] == ["index", "difference"]
    assert data.tables == data.effects == data.flow == ()


def test_tables_read_back_from_the_run_folder_make_the_same_report(example, tmp_path):
    given = {"python": example.numbers(), "r": example.numbers()}
    tables = {
        ("value",): example.estimates(given),
        ("value_a", "value_b", "abs_diff", "limit"): example.crosscheck(given),
        ("n_in", "n_out", "removed"): example.flow(),
    }
    read = []
    for numbers, table in tables.items():
        write_csv(table, tmp_path / "table.csv")
        read.append(read_csv(tmp_path / "table.csv", numbers))
    assert build(example.study(), {}, *read) == build(example.study(), {}, *tables.values())


def test_text_cells_that_came_back_as_nan_are_empty(example):
    table = example.crosscheck({"python": example.numbers(), "r": example.numbers()})
    holes = table.replace({"term": {"": None}, "component": {"": None}, "note": {"": None}})
    estimates = example.estimates({"python": example.numbers(), "r": example.numbers()})
    reports = [build(example.study(), {}, estimates, rows, example.flow()) for rows in (table, holes)]
    assert reports[0] == reports[1]


def test_the_data_that_were_read_are_named(example):
    given = {"python": example.numbers()}
    assert example.report(given, provenance={"data": {"source": "other.csv"}}).source == "other.csv"
    assert example.report(given, provenance={"data": {}}).source == "town.csv"


def test_changes_for_the_run_have_a_heading(agreeing):
    facts = {fact.title: dict(fact.items) for fact in agreeing.provenance}
    assert facts["Changed for this run"] == {"set": "matching.ratio=4", "seed": "7"}
