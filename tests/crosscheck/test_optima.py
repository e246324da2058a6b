"""The verdict `explained`: two engines in two optima of one search, and what must not be excused by it."""

from collections.abc import Mapping

import pandas as pd
import pytest

from erm_bridge import quantities
from erm_bridge.crosscheck import Plan, Tables, crosscheck, summarise, tolerances
from erm_bridge.crosscheck.optima import FLAT
from erm_bridge.crosscheck.summary import on_equal_input
from erm_bridge.estimates import StageRows, concat, table
from erm_bridge.options import StageName
from erm_bridge.quantities import Part, glossary, parts

INDEX: frozenset[StageName] = frozenset({"index"})
GRAPH: Mapping[StageName, frozenset[StageName]] = {
    "index": INDEX,
    "regression": INDEX,
    "matching": frozenset({"matching"}),
    "effect": frozenset({"index", "matching"}),
}
FACTS = {"extraction": "minres", "rotation": "varimax"}
OF_DATA = (("kmo", "all", ""), ("eigenvalue", "all", "1"))
FOUND = (("uniqueness", "x1", ""),)
# The rotation of the loadings that were extracted is computed again, like all that follows.
FOLLOWS = (
    ("loading", "x1", "F1"),
    ("communality", "x1", ""),
    ("score_weight", "x1", "F1"),
    ("index_sd", "all", ""),
)
LATER = {"regression": ("estimate", "age", ""), "effect": ("estimate", "matched", "psmatch2")}
Shift = dict[tuple[str, str], dict[str, float]]


def tables(shift: Shift | None = None, objective: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Two engines in two optima: Python's solution gives 0.5 everywhere, R's 0.7.

    What is computed from a solution follows whose it is, so that all rows on equal input agree. `shift`
    adds to quantities by engine and input.
    """
    minimum = {"python": 0.010, "r": 0.011} | dict(objective or {})
    whole = []
    for engine, other in (("python", "r"), ("r", "python")):
        for given in ("own", other):
            owner = engine if given == "own" else given
            value = 0.5 if owner == "python" else 0.7
            numbers = {key: (0.5, "index") for key in OF_DATA if given == "own"}
            numbers |= {key: (value, "index") for key in FOUND if given == "own"}
            numbers |= {key: (value, "index") for key in FOLLOWS}
            numbers[("objective", "all", "")] = minimum[owner], "index"
            numbers |= {key: (value, stage) for stage, key in LATER.items()}
            numbers[("smd", "age", "after")] = 0.1, "matching"
            whole += [stage_table(engine, given, stage, numbers, shift or {}) for stage in GRAPH]
    return concat(whole)


def stage_table(
    engine: str, given: str, stage: StageName, numbers: Mapping[tuple, tuple], shift: Shift
) -> pd.DataFrame:
    rows = StageRows()
    for key, (value, of) in numbers.items():
        if of == stage:
            rows.add(key[0], value + shift.get((engine, given), {}).get(key[0], 0.0), *key[1:])
    return table(engine, given, stage, rows)


def compare(
    estimates: pd.DataFrame, native: str = "python", facts: Mapping[str, str] = FACTS
) -> pd.DataFrame:
    pairs = pd.DataFrame(
        [(e, g, 1, 2, 1.0) for e, g in (("python", "own"), ("python", "r"), ("r", "own"), ("r", "python"))],
        columns=["engine", "input", "treated", "control", "weight"],
    )
    scores = pd.DataFrame({"id": [], "engine": [], "input": []})
    whole = crosscheck(Tables(estimates, pairs, scores), Plan(("python", "r"), GRAPH, facts, native))
    return whole[~whole["quantity"].isin(["sets_equal", "unit_weight", "congruence"])]


def verdicts(found: pd.DataFrame, stage: str) -> dict[str, str]:
    """Verdict by quantity, each engine on its own input."""
    own = found[(found["input_a"] == "own") & (found["input_b"] == "own") & (found["stage"] == stage)]
    return dict(zip(own["quantity"], own["verdict"], strict=True))


def test_what_follows_from_the_better_optimum_is_explained() -> None:
    found = compare(tables())
    assert verdicts(found, "index") == {
        **dict.fromkeys(("kmo", "eigenvalue"), "agree"),
        **dict.fromkeys(("loading", "uniqueness", "objective"), "explained"),
        **dict.fromkeys(("communality", "score_weight", "index_sd"), "explained"),
    }
    assert on_equal_input(found)[found["quantity"] == "uniqueness"].all()
    assert verdicts(found, "regression") == verdicts(found, "effect") == {"estimate": "explained"}
    assert verdicts(found, "matching") == {"smd": "agree"}
    assert summarise(found).verdict == "explained"
    assert summarise(found).culprit is None
    notes = found.set_index("quantity")["note"]
    assert notes["objective"].iloc[0] == "python is nearer to the minimum"
    assert notes["uniqueness"] == "python is nearer to the minimum of the extraction"
    assert notes["estimate"].str.startswith("inherits from index: python is nearer").sum() == 2
    crossed = found["input_a"] != found["input_b"]
    assert set(found.loc[crossed, "verdict"]) == {"agree"}


def test_the_native_engine_must_not_be_the_worse_one() -> None:
    found = compare(tables(objective={"python": 0.012}))
    assert set(verdicts(found, "index").values()) == {"agree", "differ"}
    assert verdicts(found, "effect") == {"estimate": "differ"}
    assert found.loc[found["quantity"] == "objective", "note"].iloc[0] == "r is nearer to the minimum"
    assert summarise(found).culprit == "index"
    assert set(compare(tables(), native="")["verdict"]) == {"agree", "differ"}


@pytest.mark.parametrize("extraction", ["pa", "alpha"])
def test_where_a_rule_ends_the_search_a_lower_criterion_is_no_better_solution(extraction: str) -> None:
    found = compare(tables(), facts={"extraction": extraction, "rotation": "varimax"})
    assert "explained" not in set(found["verdict"])


def test_loadings_that_differ_at_equal_criteria_are_of_a_flat_minimum() -> None:
    found = compare(tables(objective={"r": 0.010}))
    assert verdicts(found, "index")["loading"] == "differ"
    assert found.loc[found["quantity"] == "loading", "note"].tolist() == [FLAT, "", ""]


def test_a_criterion_that_is_lower_for_certain_explains_also_within_its_limit() -> None:
    found = compare(tables(objective={"r": 0.010 + 1e-10}))
    assert verdicts(found, "index")["objective"] == "agree"
    assert verdicts(found, "index")["loading"] == "explained"
    found = compare(tables(objective={"r": 0.010 + 1e-13}))
    assert verdicts(found, "index")["loading"] == "differ"


@pytest.mark.parametrize(
    "shift",
    [
        pytest.param({("r", "python"): {"score_weight": 1e-6}}, id="a wrong weight from equal loadings"),
        pytest.param({("python", "r"): {"index_sd": 1e-6}}, id="a wrong scale from equal loadings"),
        pytest.param({("r", "own"): {"kmo": 1e-6}}, id="other correlations"),
        pytest.param({("python", "r"): {"objective": -1e-4}}, id="a criterion that nobody confirms"),
    ],
)
def test_an_error_on_equal_input_leaves_nothing_explained(shift: Shift) -> None:
    found = compare(tables(shift))
    assert "explained" not in set(found["verdict"])
    assert summarise(found).culprit == "index"
    assert verdicts(found, "index")["loading"] == "differ"
    assert verdicts(found, "effect")["estimate"] == "differ"


def test_without_a_recomputation_nothing_is_explained() -> None:
    whole = tables()
    found = compare(whole[(whole["stage"] != "index") | (whole["input"] == "own")])
    assert "explained" not in set(found["verdict"])
    one_way = whole[(whole["stage"] != "index") | (whole["input"] != "r")]
    assert "explained" not in set(compare(one_way)["verdict"])


def test_a_later_stage_at_fault_is_not_excused() -> None:
    found = compare(tables({("r", "python"): {"estimate": 0.1}}))
    assert verdicts(found, "index")["loading"] == "explained"
    assert verdicts(found, "regression") == {"estimate": "differ"}
    assert summarise(found).culprit == "regression"


def test_what_a_faulty_stage_hands_on_is_not_excused() -> None:
    found = compare(tables({("r", "own"): {"smd": 1.0}}))
    assert verdicts(found, "regression") == {"estimate": "explained"}
    assert verdicts(found, "effect") == {"estimate": "differ"}


def test_a_number_that_one_engine_lacks_is_not_explained() -> None:
    whole = tables()
    lacking = (whole["engine"] == "r") & (whole["quantity"] == "loading")
    found = compare(whole[~lacking])
    assert verdicts(found, "index")["loading"] == "missing"
    assert "explained" not in set(found["verdict"])


def test_other_variables_selected_for_another_index_are_explained() -> None:
    whole = tables()
    # On R's index another term is in the model, in both engines.
    of_r = (whole["engine"] == "r") == (whole["input"] == "own")
    at = (whole["stage"] == "regression") & of_r
    found = compare(whole.assign(term=whole["term"].mask(at, "school")))
    rows = found[(found["stage"] == "regression") & (found["input_a"] == found["input_b"])]
    assert rows[["term", "verdict"]].to_numpy().tolist() == [["age", "explained"], ["school", "explained"]]


@pytest.fixture
def with_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stage have a criterion of the rotation too."""
    known = parts() | {("index", "rotation_criterion"): Part("rotation", "criterion", "lower")}
    monkeypatch.setattr(quantities, "parts", lambda: known)
    row = glossary().query("quantity == 'objective'").assign(quantity="rotation_criterion")
    whole = pd.concat([glossary(), row], ignore_index=True)
    for module in (tolerances, quantities):
        monkeypatch.setattr(module, "glossary", lambda: whole)


def in_two_rotations(criterion: Mapping[str, float]) -> pd.DataFrame:
    """One extraction, turned into two positions: each engine finds its own from either's loadings."""
    whole = tables(objective={"r": 0.010})
    found = whole["quantity"] == "loading"
    whole["value"] = whole["value"].mask(found, whole["engine"].map({"python": 0.5, "r": 0.7}))
    rows = whole[whole["quantity"] == "objective"].assign(quantity="rotation_criterion")
    owner = rows["engine"].where(rows["input"] == "own", rows["input"])
    uniqueness = whole["quantity"] == "uniqueness"
    whole["value"] = whole["value"].mask(uniqueness, 0.4)
    return pd.concat([whole, rows.assign(value=owner.map(criterion))], ignore_index=True)


@pytest.mark.usefixtures("with_rotation")
def test_a_rotation_that_ends_in_a_better_optimum_is_explained_on_equal_input_too() -> None:
    found = compare(in_two_rotations({"python": -0.30, "r": -0.29}))
    loadings = found[found["quantity"] == "loading"]
    assert loadings["verdict"].tolist() == ["explained"] * 3
    assert set(loadings["note"]) == {"python is nearer to the minimum of the rotation"}
    assert verdicts(found, "index")["rotation_criterion"] == "explained"
    assert summarise(found).verdict == "explained"


@pytest.mark.usefixtures("with_rotation")
def test_a_rotation_that_ends_in_a_worse_optimum_is_not() -> None:
    found = compare(in_two_rotations({"python": -0.29, "r": -0.30}))
    assert "explained" not in set(found["verdict"])
    same = compare(in_two_rotations({"python": -0.30, "r": -0.30}))
    assert "explained" not in set(same["verdict"])


@pytest.mark.usefixtures("with_rotation")
def test_a_worse_rotation_is_not_excused_by_a_better_extraction() -> None:
    whole = in_two_rotations({"python": -0.29, "r": -0.30})
    owner = whole["engine"].where(whole["input"] == "own", whole["input"])
    objective = whole["quantity"] == "objective"
    whole["value"] = whole["value"].mask(objective & (owner == "r"), 0.011)
    assert "explained" not in set(compare(whole)["verdict"])


def test_a_later_number_beyond_its_limit_inherits_from_an_index_within_its_own() -> None:
    whole = tables(objective={"r": 0.010 + 1e-10})
    solution = whole["quantity"].isin([key[0] for key in (*FOUND, *FOLLOWS)])
    found = compare(whole.assign(value=whole["value"].mask(solution, 0.5)))
    assert set(verdicts(found, "index").values()) == {"agree"}
    assert verdicts(found, "regression") == {"estimate": "explained"}
    alike = tables(objective={"r": 0.010})
    found = compare(alike.assign(value=alike["value"].mask(solution, 0.5)))
    assert verdicts(found, "regression") == {"estimate": "differ"}


def test_every_part_is_that_of_a_quantity() -> None:
    known = set(zip(glossary()["stage"], glossary()["quantity"], strict=True))
    made = {("index", name) for name in ("congruence", "unit_score", "unit_index")}
    made |= {("matching", name) for name in ("sets_equal", "unit_weight", "unit_propensity")}
    assert set(parts()) <= known | made
    assert {part.role for part in parts().values()} == {"criterion", "found", "follows", "settled"}
    assert all(part.search or part.role in ("follows", "settled") for part in parts().values())
    assert all(bool(part.explains) == (part.role == "criterion") for part in parts().values())
