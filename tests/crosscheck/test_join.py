"""The join: verdicts, tolerances, the first diverging stage, and rows made from artefacts."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from erm_bridge.crosscheck import Plan, Tables, crosscheck, summarise
from erm_bridge.crosscheck.join import COLUMNS
from erm_bridge.crosscheck.summary import on_equal_input
from erm_bridge.errors import ContractError
from erm_bridge.estimates import StageRows, concat, table
from erm_bridge.quantities import computed_again, glossary

GRAPH = {
    "index": frozenset({"index"}),
    "difference": frozenset(),
    "regression": frozenset({"index"}),
    "matching": frozenset({"matching"}),
    "effect": frozenset({"index", "matching"}),
}
PLAN = Plan(("python", "r"), GRAPH, {"extraction": "minres", "rotation": "varimax"}, native="python")
UPSTREAM = tuple(stage for stage, taken in GRAPH.items() if taken)


def rows_of(stage: str, value: float = 0.5) -> StageRows:
    """One row for each quantity of the glossary in a stage."""
    rows = StageRows()
    for quantity in glossary().query("stage == @stage")["quantity"].drop_duplicates():
        rows.add(quantity, value, "term", "F1" if quantity == "loading" else "")
    return rows


def again(rows: StageRows) -> StageRows:
    """What of the stage index is computed again from the other engine's solution."""
    return StageRows([row for row in rows.rows if computed_again("index", row[0])])


def both_engines(shift: dict[tuple[str, str, str], float] | None = None) -> pd.DataFrame:
    """Tables of two engines that agree, with R's own or handed value of some quantities shifted."""
    whole = _agreeing().copy()
    for (given, stage, quantity), by in (shift or {}).items():
        chosen = (whole[["engine", "input", "stage", "quantity"]] == ["r", given, stage, quantity]).all(
            axis=1
        )
        assert chosen.sum() == 1
        whole.loc[chosen, "value"] += by
    return whole


@cache
def _agreeing() -> pd.DataFrame:
    tables = []
    for engine, given in (("python", "own"), ("python", "r"), ("r", "own"), ("r", "python")):
        for stage in GRAPH:
            if given == "own" or stage in UPSTREAM:
                rows = rows_of(stage)
                crossed = given != "own" and stage == "index"
                tables.append(table(engine, given, stage, again(rows) if crossed else rows))
    return concat(tables)


def pairs_of(engines: tuple[str, ...] = ("python", "r")) -> pd.DataFrame:
    """Match sets of both engines on every input: 1 with 7 and 8, 2 with 9, 3 alone."""
    one = pd.DataFrame(
        {
            "treated": [1, 1, 2, 3],
            "control": pd.array([7, 8, 9, None], dtype="Int64"),
            "weight": [0.75, 0.75, 1.5, np.nan],
        }
    )
    inputs = {"python": ("own", "r"), "r": ("own", "python")}
    return pd.concat(
        [one.assign(engine=name, input=given) for name in engines for given in inputs[name]],
        ignore_index=True,
    )


def scores_of(engines: tuple[str, ...] = ("python", "r")) -> pd.DataFrame:
    one = pd.DataFrame(
        {"id": [1, 2, 3], "F1": [-1.0, 0, 1], "index": [-0.5, 0, 0.5], "propensity": [0.2, 0.3, 0.4]}
    )
    inputs = {"python": ("own", "r"), "r": ("own", "python")}
    whole = pd.concat(
        [one.assign(engine=name, input=given) for name in engines for given in inputs[name]],
        ignore_index=True,
    )
    return whole.assign(propensity=whole["propensity"].where(whole["input"] == "own"))


def compare(
    estimates: pd.DataFrame,
    pairs: pd.DataFrame | None = None,
    scores: pd.DataFrame | None = None,
    plan: Plan = PLAN,
) -> pd.DataFrame:
    pairs = pairs_of() if pairs is None else pairs
    return crosscheck(Tables(estimates, pairs, scores_of() if scores is None else scores), plan)


def test_equal_tables_agree_in_every_row() -> None:
    found = compare(both_engines())
    assert tuple(found.columns) == COLUMNS
    assert set(found["verdict"]) == {"agree"}
    assert summarise(found).verdict == "agree"
    compared = found.groupby("stage").size()
    assert compared["difference"] == len(rows_of("difference").rows)
    assert compared["regression"] == 3 * len(rows_of("regression").rows)
    # One row of congruence, one of scores and one of the index; the last two also on equal input.
    assert compared["index"] == len(rows_of("index").rows) + 3 + 2 * (len(again(rows_of("index")).rows) + 2)
    assert compared["matching"] == 3 * (len(rows_of("matching").rows) + 2) + 1
    assert (found["quantity"] == "sets_equal").sum() == 3


def test_ten_tolerances_flip_any_verdict() -> None:
    agreeing = compare(both_engines())
    keys = ["stage", "quantity"]
    known = pd.MultiIndex.from_frame(glossary()[keys])
    rows = agreeing[pd.MultiIndex.from_frame(agreeing[keys]).isin(known)]
    assert set(map(tuple, rows[keys].to_numpy())) == set(known)
    for _, compared in rows.groupby(["input_a", "input_b"]):
        # Every other quantity at once: those rows, and no others of this comparison, must tell.
        for moved in (compared.iloc[::2], compared.iloc[1::2]):
            steps = {
                _place(row): 10 * row["limit"] if row["limit"] > 0 else 1.0 for _, row in moved.iterrows()
            }
            verdicts = compare(both_engines(steps))["verdict"]
            assert set(verdicts[moved.index]) == {"differ"}, verdicts[moved.index]
            assert set(verdicts[compared.index.difference(moved.index)]) == {"agree"}
    for given in set(rows["input_b"]):
        on_input = rows[rows["input_b"] == given].sort_values("limit").drop_duplicates(keys)
        steps = {_place(row): row["limit"] / 2 for _, row in on_input.iterrows()}
        assert set(compare(both_engines(steps))["verdict"]) == {"agree"}


def _place(row: pd.Series) -> tuple[str, str, str]:
    return row["input_b"], row["stage"], row["quantity"]


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
    # R on its own input is held against Python on R's: that is equal input.
    assert summarise(found).culprit == "regression"


def test_end_to_end_failures_inherit_from_a_stage_upstream() -> None:
    shifted = both_engines({("own", "index", "index_sd"): 1.0, ("own", "difference", "f"): 1.0})
    # Python on R's index gives what R gives; only own against own differs.
    for engine, given in (("r", "own"), ("python", "r")):
        key = [engine, given, "effect", "estimate"]
        chosen = (shifted[["engine", "input", "stage", "quantity"]] == key).all(axis=1)
        shifted.loc[chosen, "value"] += 1.0
    found = compare(shifted)
    failing = found[found["verdict"] == "differ"]
    assert set(failing["stage"]) == {"index", "difference", "effect"}
    assert summarise(found).culprit == "index"
    assert failing.loc[failing["stage"] == "effect", "note"].tolist() == ["inherits from index"]
    # Difference hands nothing on: nobody inherits from it.
    found = compare(
        shifted[shifted["stage"] != "index"],
        plan=Plan(PLAN.engines, {**GRAPH, "index": frozenset()}, PLAN.facts),
    )
    assert not found["note"].str.contains("inherits from difference").any()


@pytest.mark.parametrize("stage", list(GRAPH))
def test_a_stage_that_both_engines_lack_is_undefined(stage: str) -> None:
    whole = both_engines()
    found = compare(whole[whole["stage"] != stage])
    rows = found[(found["stage"] == stage) & (found["quantity"] == "rows")]
    assert set(rows["verdict"]) == {"undefined"}
    assert len(rows) == (3 if GRAPH[stage] else 1)
    assert summarise(found).culprit == stage


@pytest.mark.parametrize("stage", list(GRAPH))
def test_a_stage_that_one_engine_lacks_is_missing(stage: str) -> None:
    whole = both_engines()
    found = compare(whole[(whole["stage"] != stage) | (whole["engine"] != "r")])
    assert summarise(found).verdict == "missing"
    assert summarise(found).culprit == stage


def test_an_engine_that_ran_and_left_nothing_is_missing() -> None:
    whole = both_engines()
    found = compare(whole[whole["engine"] == "python"], pairs_of(("python",)), scores_of(("python",)))
    assert set(found["verdict"]) <= {"missing", "undefined"}
    assert summarise(found).verdict == "missing"


def test_why_an_engine_cannot_compute_stands_at_every_number_that_it_lacks() -> None:
    whole = both_engines()
    lacking = (whole["engine"] == "r") & whole["stage"].isin(["matching", "effect"])
    reason = StageRows()
    reason.add_absent("MatchIt needs the package optmatch")
    said = [table("r", "own", "matching", reason), table("r", "own", "effect", reason)]
    found = compare(concat([whole[~lacking], *said]), pairs=pairs_of(("python",)))
    own = found.query("stage == 'matching' and input_a == 'own' and input_b == 'own'")
    lacks = own[own["quantity"] != "unit_propensity"]
    assert set(lacks["verdict"]) == {"missing"}
    assert lacks["note"].str.startswith("r: MatchIt needs the package optmatch").all()
    assert "rows" not in set(own["quantity"])
    # Neither has an effect on a match that there is not.
    no_effect = concat([whole[~lacking & ~((whole["input"] == "r") & (whole["stage"] == "effect"))], *said])
    rows = compare(no_effect).query("stage == 'effect' and input_a == 'r'")
    assert rows[["quantity", "verdict", "note"]].to_numpy().tolist() == [
        ["rows", "undefined", "r: MatchIt needs the package optmatch"]
    ]


def test_a_crossed_run_that_is_lacking_is_missing() -> None:
    whole = both_engines()
    found = compare(whole[(whole["engine"] != "r") | (whole["input"] != "python")])
    lacking = found[found["input_b"] == "python"]
    assert set(lacking["stage"]) == set(UPSTREAM)
    from_artefacts = ["sets_equal", "unit_weight", "unit_score", "unit_index"]
    assert (lacking.loc[~lacking["quantity"].isin(from_artefacts), "verdict"] == "missing").all()


def test_a_quantity_that_is_not_computed_again_is_on_equal_input_and_compared_once() -> None:
    found = compare(both_engines())
    assert set(found.loc[found["quantity"] == "uniqueness", "input_b"]) == {"own"}
    equal = on_equal_input(found)
    assert equal[found["quantity"].isin(["kmo", "uniqueness", "congruence", "unit_propensity"])].all()
    own = found["input_a"] == found["input_b"]
    assert not equal[own & found["quantity"].isin(["communality", "objective", "loading"])].any()


def test_rows_from_another_engine_s_solution_need_their_role() -> None:
    whole = both_engines()
    stray = (whole["quantity"] == "kmo") & (whole["engine"] == "r")
    with pytest.raises(ContractError, match=r"searches\.csv: \['kmo'\]"):
        compare(pd.concat([whole, whole[stray].assign(input="python")], ignore_index=True))


def test_match_sets_that_one_engine_lacks_are_missing() -> None:
    found = compare(both_engines(), pairs_of(("python",)))
    assert set(found.loc[found["quantity"] == "sets_equal", "verdict"]) == {"missing"}


@pytest.mark.parametrize(
    ("column", "quantity", "stage"),
    [
        ("F1", "unit_score", "index"),
        ("index", "unit_index", "index"),
        ("propensity", "unit_propensity", "matching"),
    ],
)
def test_values_of_units_are_compared(column: str, quantity: str, stage: str) -> None:
    def verdicts(scores: pd.DataFrame) -> list[list[str]]:
        found = compare(both_engines(), scores=scores)
        found = found[found["quantity"] == quantity]
        assert set(found["stage"]) == {stage}
        return found[["input_a", "input_b", "term", "verdict"]].to_numpy().tolist()

    scores = scores_of()
    at = scores.index[(scores["engine"] == "r") & (scores["input"] == "own") & (scores["id"] == 2)].item()
    scores.loc[at, column] += 0.01
    own = [["own", "own", "2", "differ"]]
    if stage == "index":
        # R's own scores are also held against Python's of R's solution.
        own += [["own", "python", "1", "agree"], ["r", "own", "2", "differ"]]
    assert verdicts(scores) == own
    scores.loc[at, column] = np.nan
    assert verdicts(scores)[0] == ["own", "own", "2", "missing"]
    assert {row[3] for row in verdicts(scores_of(("python",)))} == {"missing"}


def test_matching_weights_are_compared() -> None:
    pairs = pairs_of()
    pairs.loc[(pairs["engine"] == "r") & (pairs["control"] == 9), "weight"] *= 1 + 1e-6
    rows = compare(both_engines(), pairs).query("quantity == 'unit_weight'")
    assert rows[["term", "verdict"]].to_numpy().tolist() == [["9", "differ"]] * 3


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
    pairs = pairs_of()
    turned = pd.concat([pairs[pairs["engine"] == "python"], pairs[pairs["engine"] == "r"].iloc[::-1]])
    rows = compare(both_engines(), turned).query("quantity == 'sets_equal'")
    assert rows[["value_a", "value_b", "verdict"]].to_numpy().tolist() == [[3.0, 3.0, "agree"]] * 3
    pairs.loc[(pairs["engine"] == "r") & (pairs["control"] == 8), "control"] = 6
    rows = compare(both_engines(), pairs).query("quantity == 'sets_equal'")
    assert rows[["value_a", "value_b", "verdict"]].to_numpy().tolist() == [[3.0, 2.0, "differ"]] * 3
    assert rows["note"].tolist() == ["first unequal: 1"] * 3


def test_a_control_taken_twice_is_another_set() -> None:
    pairs = pairs_of()
    pairs.loc[(pairs["engine"] == "r") & (pairs["control"] == 8), "control"] = 7
    rows = compare(both_engines(), pairs).query("quantity == 'sets_equal'")
    assert rows["value_b"].tolist() == [2.0] * 3


def test_congruence_names_a_swapped_factor() -> None:
    def loadings(engine: str, columns: tuple[str, str]) -> pd.DataFrame:
        rows = StageRows()
        matrix = pd.DataFrame([[0.8, 0.1], [0.7, 0.0], [0.1, 0.6]], index=list("abc"), columns=list(columns))
        rows.add_matrix("loading", matrix)
        return table(engine, "own", "index", rows)

    plan = Plan(PLAN.engines, {"index": frozenset()}, PLAN.facts)
    same = compare(concat([loadings("python", ("F1", "F2")), loadings("r", ("F1", "F2"))]), plan=plan)
    assert same.query("quantity == 'congruence'")["verdict"].tolist() == ["agree", "agree"]
    swapped = compare(concat([loadings("python", ("F1", "F2")), loadings("r", ("F2", "F1"))]), plan=plan)
    rows = swapped.query("quantity == 'congruence'")
    assert rows["verdict"].tolist() == ["differ", "differ"]
    assert rows["note"].tolist() == ["fits F2 better", "fits F1 better"]


def test_tolerances_in_the_outcome_s_unit_follow_its_spread() -> None:
    whole = both_engines()
    whole["value"] = whole["value"].where(whole["quantity"] != "sd", 1e6)
    limits = compare(whole).query("stage == 'effect' and quantity == 'estimate'")["limit"]
    small = compare(both_engines()).query("stage == 'effect' and quantity == 'estimate'")["limit"]
    assert (limits.to_numpy() > 1e3 * small.to_numpy()).all()


@pytest.mark.parametrize(("condition", "verdict"), [(1e5, "differ"), (3e10, "agree")])
@pytest.mark.parametrize("quantity", ["score_weight", "objective"])
def test_nearly_singular_correlations_cost_digits(quantity: str, condition: float, verdict: str) -> None:
    """Rounding (2e-16) times 3e10 is 7e-6: numbers that are 1e-6 apart on equal input have no more digits."""
    estimates = both_engines({("python", "index", quantity): 1e-6})
    estimates.loc[estimates["quantity"] == "condition", "value"] = condition

    rows = compare(estimates)

    shifted = rows[(rows["quantity"] == quantity) & (rows["input_b"] == "python")]
    assert shifted["verdict"].tolist() == [verdict]


@pytest.mark.parametrize("quantity", ["loading", "model_df"])
def test_what_inverts_nothing_keeps_its_limit(quantity: str) -> None:
    estimates = both_engines({("python", "index", quantity): 1e-6})
    estimates.loc[estimates["quantity"] == "condition", "value"] = 3e10

    rows = compare(estimates)

    shifted = rows[(rows["quantity"] == quantity) & (rows["input_b"] == "python")]
    assert shifted["verdict"].tolist() == ["differ"]


def test_one_engine_is_not_crosschecked() -> None:
    whole = both_engines()
    found = compare(whole[whole["engine"] == "python"], plan=Plan(("python",), GRAPH, PLAN.facts))
    assert found.empty
    assert summarise(found).verdict == "not crosschecked"
    assert summarise(found).agrees
