"""Best matches that are not the only ones: which differences they excuse, and which not."""

import pandas as pd
import pytest

from erm_bridge.crosscheck import Plan, Tables, crosscheck, summarise
from erm_bridge.estimates import StageRows, concat, table
from erm_bridge.quantities import glossary, parts

GRAPH = {"matching": frozenset({"matching"}), "effect": frozenset({"matching"})}
CRITERIA = {"cardinality": "units_left_out", "optimal": "total_distance", "full": "total_distance"}
Values = dict[str, float]


def estimates(
    method: str, changes: dict[tuple[str, str], Values] | None = None, note: str = ""
) -> pd.DataFrame:
    """Two engines that keep other units, as many; `changes` by engine and whose match it is."""
    whole = []
    for engine, other in (("python", "r"), ("r", "python")):
        for given in ("own", other):
            owner = engine if given == "own" else given
            rows = StageRows()
            values = {CRITERIA[method]: 20.0, "rules_broken": 0.0, "n_treated_matched": 7.0, "smd": 0.05}
            values["smd"] += 0.01 * (owner == "r")
            values |= (changes or {}).get((engine, owner), {})
            for quantity, value in values.items():
                rows.add(
                    quantity, value, note=note if engine == owner and quantity == CRITERIA[method] else ""
                )
            effect = StageRows()
            effect.add("estimate", values.get("estimate", 1.0 if owner == "python" else 1.2))
            rows.rows = [row for row in rows.rows if row[0] != "estimate"]
            whole += [table(engine, given, "matching", rows), table(engine, given, "effect", effect)]
    return concat(whole)


def compare(whole: pd.DataFrame, method: str = "cardinality") -> pd.DataFrame:
    pairs = pd.DataFrame(
        [(e, g, 1, 2, 1.0) for e, g in (("python", "own"), ("python", "r"), ("r", "own"), ("r", "python"))],
        columns=["engine", "input", "treated", "control", "weight"],
    )
    scores = pd.DataFrame({"id": [], "engine": [], "input": []})
    plan = Plan(("python", "r"), GRAPH, {"method": method}, native="python")
    return crosscheck(Tables(whole, pairs, scores), plan)


def worse(engine: str, method: str, by: float) -> dict[tuple[str, str], Values]:
    """Both engines find that the match of one is worse."""
    return {(judge, engine): {CRITERIA[method]: 20.0 + by} for judge in ("python", "r")}


@pytest.mark.parametrize("method", list(CRITERIA))
def test_other_units_at_the_same_criterion_are_explained(method: str) -> None:
    found = compare(estimates(method), method)
    own = found[found["input_a"] == found["input_b"]].set_index("quantity")
    assert own.loc[["smd", "estimate"], "verdict"].tolist() == ["explained"] * 2
    assert own.loc[[CRITERIA[method], "rules_broken", "n_treated_matched"], "verdict"].eq("agree").all()
    assert own.loc[CRITERIA[method], "note"] == "both found an optimum, and there are several"
    assert set(found.loc[found["input_a"] != found["input_b"], "verdict"]) == {"agree"}
    assert summarise(found).verdict == "explained"


def test_the_same_units_agree() -> None:
    same = {("python", "r"): {"smd": 0.05, "estimate": 1.0}, ("r", "r"): {"smd": 0.05, "estimate": 1.0}}
    found = compare(estimates("cardinality", same))
    assert set(found["verdict"]) == {"agree"}
    assert not found["note"].any()


@pytest.mark.parametrize(
    ("method", "engine", "verdict"),
    [
        # An integer programme is solved exactly; optmatch rounds distances.
        ("cardinality", "r", "differ"),
        ("cardinality", "python", "differ"),
        ("optimal", "r", "explained"),
        ("optimal", "python", "differ"),
        ("full", "python", "differ"),
    ],
)
def test_a_worse_match_counts_against_its_engine(method: str, engine: str, verdict: str) -> None:
    assert summarise(compare(estimates(method, worse(engine, method, 1.0)), method)).verdict == verdict


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {("r", "r"): {"rules_broken": 1.0}, ("python", "r"): {"rules_broken": 1.0}}, id="both see it"
        ),
        pytest.param({("python", "r"): {"rules_broken": 1.0}}, id="the engine does not"),
        pytest.param({("python", "r"): {"smd": 0.07}}, id="another balance of the same units"),
        pytest.param({("r", "python"): {"smd": 0.07}}, id="R finds another balance of the same units"),
        pytest.param({("r", "r"): {"units_left_out": 19.0}}, id="a size that nobody confirms"),
    ],
)
def test_a_broken_rule_or_a_wrong_number_on_equal_input_excuses_nothing(
    changes: dict[tuple[str, str], Values],
) -> None:
    found = compare(estimates("cardinality", changes))
    assert summarise(found).verdict == "differ"
    assert "explained" not in set(found["verdict"])


def test_an_effect_that_differs_on_the_same_match_is_not_explained() -> None:
    found = compare(estimates("cardinality", {("python", "r"): {"estimate": 1.3}}))
    assert summarise(found).culprit == "effect"
    assert found.query("quantity == 'smd' and input_a == input_b")["verdict"].tolist() == ["explained"]


def test_a_search_that_was_broken_off_has_no_optimum() -> None:
    whole = estimates("cardinality", note="time ran out: the largest choice may hold 3 more units")
    of_r = whole.assign(note=whole["note"].where(whole["engine"] == "r", ""))
    assert summarise(compare(of_r)).verdict == "explained"
    found = compare(whole)
    assert summarise(found).verdict == "differ"
    assert found.loc[found["quantity"] == "units_left_out", "note"].str.contains("time ran out").any()


def test_nearest_neighbours_are_never_excused() -> None:
    whole = estimates("cardinality")
    whole = whole[~whole["quantity"].isin(["units_left_out", "rules_broken"])]
    found = compare(whole, "nearest")
    assert set(found["verdict"]) == {"agree", "differ"}


def test_every_number_of_the_stage_has_a_part_in_methods_that_are_judged() -> None:
    known = {quantity for stage, quantity in parts() if stage == "matching"}
    assert set(glossary().query("stage == 'matching'")["quantity"]) <= known
