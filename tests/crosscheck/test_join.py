"""The join: verdicts, tolerances, the first diverging stage, and rows made from artefacts."""

import numpy as np
import pandas as pd
import pytest

from erm_bridge.crosscheck import crosscheck, summarise
from erm_bridge.crosscheck.join import COLUMNS
from erm_bridge.estimates import StageRows, concat, table
from erm_bridge.quantities import glossary

FACTS = {"extraction": "minres", "rotation": "varimax"}
NO_PAIRS = pd.DataFrame(columns=["engine", "input", "treated", "control"])
UPSTREAM = ("regression", "matching", "effect")


def rows_of(stage: str, value: float = 0.5) -> StageRows:
    """One row for each quantity of the glossary in a stage."""
    rows = StageRows()
    for quantity in glossary().query("stage == @stage")["quantity"].drop_duplicates():
        rows.add(quantity, value, "term", "F1" if quantity == "loading" else "")
    return rows


def both_engines(shift: dict[tuple[str, str, str], float] | None = None) -> pd.DataFrame:
    """Tables of two engines that agree, with R's own or handed value of some quantities shifted."""
    tables = []
    for engine, given in (("python", "own"), ("python", "r"), ("r", "own"), ("r", "python")):
        for stage in ("index", "difference", *UPSTREAM):
            if given == "own" or stage in UPSTREAM:
                tables.append(table(engine, given, stage, rows_of(stage)))
    whole = concat(tables)
    for (given, stage, quantity), by in (shift or {}).items():
        chosen = (whole[["engine", "input", "stage", "quantity"]] == ["r", given, stage, quantity]).all(
            axis=1
        )
        assert chosen.sum() == 1
        whole.loc[chosen, "value"] += by
    return whole


def compare(estimates: pd.DataFrame, pairs: pd.DataFrame = NO_PAIRS) -> pd.DataFrame:
    return crosscheck(estimates, pairs, FACTS, ["python", "r"])


def test_equal_tables_agree_in_every_row() -> None:
    found = compare(both_engines())
    assert tuple(found.columns) == COLUMNS
    assert set(found["verdict"]) == {"agree"}
    assert summarise(found).verdict == "agree"
    compared = found.groupby("stage").size()
    assert compared["difference"] == len(rows_of("difference").rows)
    assert compared["regression"] == 3 * len(rows_of("regression").rows)


@pytest.mark.parametrize("stage", ["index", "difference", *UPSTREAM])
def test_ten_tolerances_flip_any_verdict(stage: str) -> None:
    agreeing = compare(both_engines())
    rows = agreeing[(agreeing["stage"] == stage) & (agreeing["quantity"] != "congruence")]
    assert set(rows["quantity"]) == set(glossary().query("stage == @stage")["quantity"])
    for row, found in rows.iterrows():
        where = (found["input_b"], stage, found["quantity"])
        step = 10 * found["limit"] if found["limit"] > 0 else 1.0
        assert compare(both_engines({where: step}))["verdict"][row] == "differ", where

    for given, on_input in rows.groupby("input_b"):
        nearer = on_input.groupby("quantity")["limit"].min() / 2
        moved = {(str(given), stage, str(quantity)): by for quantity, by in nearer.items()}
        assert set(compare(both_engines(moved))["verdict"]) == {"agree"}


def test_first_stage_that_fails_on_equal_input_is_the_culprit() -> None:
    found = compare(
        both_engines(
            {
                ("own", "matching", "smd"): 1.0,
                ("python", "matching", "smd"): 1.0,
                ("own", "effect", "estimate"): 1.0,
                ("own", "regression", "estimate"): 1.0,
            }
        )
    )
    # Regression fails where R worked on its own input only against handed input: that is equal input.
    assert summarise(found).culprit == "regression"


def test_end_to_end_failures_inherit() -> None:
    shifted = both_engines({("own", "index", "index_sd"): 1.0})
    # Python on R's index gives what R gives; only own against own differs.
    for engine, given in (("r", "own"), ("python", "r")):
        chosen = (
            shifted[["engine", "input", "stage", "quantity"]] == [engine, given, "effect", "estimate"]
        ).all(axis=1)
        shifted.loc[chosen, "value"] += 1.0
    found = compare(shifted)
    failing = found[found["verdict"] == "differ"]
    assert set(failing["stage"]) == {"index", "effect"}
    assert summarise(found).culprit == "index"
    assert failing.loc[failing["stage"] == "effect", "note"].tolist() == ["inherits from index"]


def test_rows_on_one_side_are_missing_and_nan_on_both_is_undefined() -> None:
    whole = both_engines()
    kmo = (whole["quantity"] == "kmo") & (whole["engine"] == "r")
    found = compare(whole[~kmo])
    assert found.loc[found["quantity"] == "kmo", "verdict"].tolist() == ["missing"]
    assert summarise(found).verdict == "missing"
    whole.loc[whole["quantity"] == "kmo", "value"] = np.nan
    found = compare(whole)
    assert found.loc[found["quantity"] == "kmo", "verdict"].tolist() == ["undefined"]
    assert not summarise(found).agrees
    whole.loc[kmo, "value"] = 0.5
    assert compare(whole).query("quantity == 'kmo'")["verdict"].tolist() == ["missing"]


def test_infinite_values_agree_only_with_themselves() -> None:
    whole = both_engines()
    whole.loc[whole["quantity"] == "bartlett_chi2", "value"] = np.inf
    assert compare(whole).query("quantity == 'bartlett_chi2'")["verdict"].tolist() == ["agree"]
    whole.loc[(whole["quantity"] == "bartlett_chi2") & (whole["engine"] == "r"), "value"] = -np.inf
    assert compare(whole).query("quantity == 'bartlett_chi2'")["verdict"].tolist() == ["differ"]


def test_sets_are_compared_without_order() -> None:
    a = pd.DataFrame({"treated": [1, 1, 2, 3], "control": pd.array([7, 8, 9, None], dtype="Int64")})
    b = a.iloc[[1, 0, 3, 2]]
    pairs = pd.concat([a.assign(engine="python", input="own"), b.assign(engine="r", input="own")])
    row = compare(both_engines(), pairs).query("quantity == 'sets_equal'")
    assert row[["value_a", "value_b"]].to_numpy().tolist() == [[3.0, 3.0]]
    assert row["verdict"].tolist() == ["agree"]
    pairs.loc[(pairs["engine"] == "r") & (pairs["control"] == 8), "control"] = 6
    row = compare(both_engines(), pairs).query("quantity == 'sets_equal'")
    assert row[["value_a", "value_b"]].to_numpy().tolist() == [[3.0, 2.0]]
    assert row["note"].tolist() == ["first unequal: 1"]


def test_congruence_names_a_swapped_factor() -> None:
    def loadings(engine: str, columns: tuple[str, str]) -> pd.DataFrame:
        rows = StageRows()
        matrix = pd.DataFrame([[0.8, 0.1], [0.7, 0.0], [0.1, 0.6]], index=list("abc"), columns=list(columns))
        rows.add_matrix("loading", matrix)
        return table(engine, "own", "index", rows)

    same = compare(concat([loadings("python", ("F1", "F2")), loadings("r", ("F1", "F2"))]))
    assert same.query("quantity == 'congruence'")["verdict"].tolist() == ["agree", "agree"]
    swapped = compare(concat([loadings("python", ("F1", "F2")), loadings("r", ("F2", "F1"))]))
    rows = swapped.query("quantity == 'congruence'")
    assert rows["verdict"].tolist() == ["differ", "differ"]
    assert rows["note"].tolist() == ["fits F2 better", "fits F1 better"]


def test_one_engine_is_not_crosschecked() -> None:
    whole = both_engines()
    found = crosscheck(whole[whole["engine"] == "python"], NO_PAIRS, FACTS, ["python"])
    assert found.empty
    assert summarise(found).verdict == "not crosschecked"
    assert summarise(found).agrees
