"""The sensitivity table of the Python engine: which ways, which groups, which numbers, which failures."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.python.factors.sensitivity import groups_of, ways
from erm_bridge.engines.python.index import run
from erm_bridge.study.models import (
    Composite,
    DataSource,
    Difference,
    Index,
    Matching,
    Sensitivity,
    Study,
    Treatment,
    Variable,
)

ITEMS = tuple(f"i{j}" for j in range(1, 9))


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    common = rng.normal(size=(200, 2)) @ np.kron(np.eye(2), np.ones((1, 4)))
    items = pd.DataFrame(common + rng.normal(size=(200, 8)), columns=list(ITEMS))
    sex = pd.Categorical(np.where(items["i1"] > 0, "woman", "man"), ["man", "woman"])
    return items.assign(sex=sex, treat=(items["i8"] > 0.5).astype(float), wave=np.arange(200) % 3 + 1.0)


def study(index: Index, by: tuple[str, ...] = ("wave", "sex"), treatment: bool = False) -> Study:
    variables = {
        "sex": Variable(type="category", levels=("man", "woman"), reference="man"),
        "treat": Variable(type="number", levels=("0", "1")),
        "wave": Variable(type="number", levels=("1", "2", "3")),
    }
    matching = Matching(treatment=Treatment(column="treat"), covariates=("wave",)) if treatment else None
    return Study(
        study="s",
        data=DataSource(source="s.csv"),
        variables=variables,
        index=index,
        difference=Difference(by=by),
        matching=matching,
    )


def options(**changes) -> Index:
    return Index(**({"items": ITEMS, "factors": 2} | changes))


def asked(extraction=(), rotation=(), weights=()) -> Sensitivity:
    rotations = tuple({"method": name} for name in rotation)
    return Sensitivity(extraction=extraction, rotation=rotations, weights=weights)


def table(frame: pd.DataFrame, index: Index, **of_study) -> dict[tuple[str, str, str], float]:
    listed = run(study(index, **of_study), frame, Artefacts()).rows.rows
    return {(q, t, c): value for q, t, c, value, _ in listed if q.startswith("sensitivity")}


def test_ways_are_the_own_first_then_all_combinations():
    index = options(sensitivity=asked(("pca", "minres"), ("none",), ("equal", "variance")))

    found = ways(index)

    assert list(found) == [
        "minres/varimax/variance",
        "pca/none/equal",
        "pca/none/variance",
        "minres/none/equal",
        "minres/none/variance",
    ]
    way = found["pca/none/equal"]
    assert (way.extraction, way.rotation.method, way.composite.weights) == ("pca", "none", "equal")
    assert list(ways(options(sensitivity=asked(weights=("variance",))))) == ["minres/varimax/variance"]


def test_numbers_are_those_of_the_indexes_themselves(frame):
    sensitivity = asked(("minres", "pca"), ("varimax", "none"), ("variance", "initial_variance", "equal"))
    anchored = Composite(scale=100, divide=True, anchor="i3")
    index = options(sensitivity=sensitivity, composite=anchored)
    found = table(frame, index)
    own = run(study(options(composite=anchored)), frame, Artefacts()).artefacts.index
    woman = (frame["sex"] == "woman").to_numpy()

    assert len(found) == 12 * 4
    for name, way in ways(index).items():
        other = run(study(way.model_copy(update={"sensitivity": None})), frame, Artefacts()).artefacts.index
        expected = stats.spearmanr(own, other).statistic
        assert found["sensitivity_rank_correlation", name, ""] == pytest.approx(expected, rel=1e-10)
        assert found["sensitivity_correlation", name, ""] == pytest.approx(
            np.corrcoef(own, other)[0, 1], rel=1e-10
        )
        t = stats.ttest_ind(other[woman], other[~woman]).statistic
        difference = t * np.sqrt(1 / woman.sum() + 1 / (~woman).sum())
        assert found["sensitivity_difference", name, "sex"] == pytest.approx(difference, rel=1e-10)
    assert found["sensitivity_rank_correlation", "minres/varimax/variance", ""] == pytest.approx(1)


def test_the_treatment_comes_before_other_groups(frame):
    index = options(sensitivity=asked(weights=("equal",)))

    assert groups_of(study(index), frame).column == "sex"
    treated = groups_of(study(index, treatment=True), frame)
    assert treated.column == "treat"
    np.testing.assert_array_equal(treated.first, frame["treat"] == 1)


def test_without_two_groups_there_is_rank_order_only(frame):
    found = table(frame, options(sensitivity=asked(weights=("equal",))), by=("wave",))

    assert {quantity for quantity, _, _ in found} == {
        "sensitivity_computed",
        "sensitivity_rank_correlation",
        "sensitivity_correlation",
    }


def test_a_way_without_a_solution_has_a_reason_and_no_numbers(frame):
    # Eight items have five components, but do not determine five factors.
    index = options(extraction="pca", factors=5, sensitivity=asked(("minres", "pca")))
    listed = run(study(index), frame, Artefacts()).rows.rows
    failed = [(q, value, note) for q, term, _, value, note in listed if term.startswith("minres/")]

    assert failed == [
        ("sensitivity_computed", 0.0, "factors: 5 factors are not determined by 8 items; at most 4 are")
    ]


def test_a_heywood_case_is_left_out():
    # Correlations of exactly .9, .9 and .7: one factor would need .9 x .9 / .7 = 1.157 of the first item.
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(200, 3))
    noise, _ = np.linalg.qr(noise - noise.mean(0))
    values = noise @ np.linalg.cholesky([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]]).T
    frame = pd.DataFrame(values, columns=list("abc"))
    index = Index(items=tuple("abc"), factors=1, extraction="pca", sensitivity=asked(("minres",)))
    plain = Study(study="s", data=DataSource(source="s.csv"), index=index)
    listed = run(plain, frame, Artefacts()).rows.rows
    failed = {q: note for q, term, _, _, note in listed if term == "minres/varimax/variance"}

    assert list(failed) == ["sensitivity_computed"]
    assert failed["sensitivity_computed"].startswith("Heywood case")


def test_wrong_lists_are_refused():
    with pytest.raises(ValueError, match="name at least one extraction, rotation or kind of weights"):
        Sensitivity()
    with pytest.raises(ValueError, match="extraction: 'pca' is listed twice"):
        Sensitivity(extraction=("pca", "pca"))
    with pytest.raises(ValueError, match="rotation: 'none' is listed twice"):
        asked(rotation=("none", "none"))
    with pytest.raises(ValueError, match=r"weights\.0\n.*'variance', 'initial_variance' or 'equal'"):
        Sensitivity(weights=("article",))
