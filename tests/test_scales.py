"""`eb.reliability` and `eb.congruence`: defaults, both engines, what they refuse."""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.errors import InputError
from erm_bridge.quantities import glossary
from erm_bridge.study.index_section import Reliability as Options

BFI = Path(__file__).parents[1] / "studies/bfi/bfi.csv"
ENGINES = ["python", pytest.param("r", marks=pytest.mark.r)]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    groups = rng.normal(size=(300, 1)) + rng.normal(size=(300, 3))
    values = np.repeat(groups, 3, axis=1) + rng.normal(size=(300, 9)) * np.linspace(0.8, 1.6, 9)
    return pd.DataFrame(values, columns=[f"i{j}" for j in range(1, 10)])


@pytest.fixture(scope="module")
def loadings() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(2)
    items = [f"i{j}" for j in range(6)]
    a = pd.DataFrame(rng.normal(size=(6, 2)), items, ["F1", "F2"])
    return a, pd.DataFrame(rng.normal(size=(6, 3)), items, ["G1", "G2", "G3"])


def test_defaults_of_reliability_are_those_of_the_study_file() -> None:
    found = {
        name: parameter.default
        for name, parameter in inspect.signature(eb.reliability).parameters.items()
        if name not in ("frame", "reverse", "engine")
    }
    assert found == {name: field.default for name, field in Options.model_fields.items()}


def numbers_of(result: Any) -> dict[str, Any]:
    found = {}
    for field in fields(result):
        value = getattr(result, field.name)
        found |= numbers_of(value) if is_dataclass(value) else {field.name: value}
    return found


@pytest.mark.r
@pytest.mark.parametrize("factors", [None, 1, 2, 3])
def test_both_engines_return_the_same_form_and_numbers(frame: pd.DataFrame, factors: int | None) -> None:
    arguments = {"reverse": "i2", "omega_factors": factors, "conf_level": 0.9}
    here, there = (
        numbers_of(eb.reliability(frame, engine=engine, **arguments)) for engine in ("python", "r")
    )
    assert here.keys() == there.keys()
    # What each says about it are its own words.
    assert bool(here.pop("note", "")) == bool(there.pop("note", ""))
    for name, value in here.items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(there[name], value, rtol=0, atol=1e-4, check_column_type=False)
        elif isinstance(value, pd.Series):
            pd.testing.assert_series_equal(there[name], value, rtol=0, atol=1e-4)
        else:
            assert there[name] == (None if value is None else pytest.approx(value, abs=1e-4)), name


@pytest.mark.r
@pytest.mark.parametrize("factors", [4, 5, 6])
def test_criteria_of_omega_agree_where_the_general_factor_leaves_something(factors: int) -> None:
    items = pd.read_csv(BFI).filter(regex=r"^[ACENO]\d$").dropna()
    here, there = (
        eb.reliability(items, omega_factors=factors, engine=engine).omega for engine in ("python", "r")
    )
    assert here is not None
    assert there is not None
    limits = glossary().query("stage == 'index'").set_index("quantity")[["rtol", "atol"]]
    for name in ("criterion", "objective"):
        rtol, atol = limits.loc[f"omega_{name}"]
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=rtol, abs=atol), name


@pytest.mark.parametrize("engine", ENGINES)
def test_reversing_both_ways_leaves_alpha_as_it_is(frame: pd.DataFrame, engine: str) -> None:
    turned = frame.assign(i4=-frame["i4"])
    plain = eb.reliability(frame, omega_factors=None, engine=engine)
    back = eb.reliability(turned, reverse=["i4"], omega_factors=None, engine=engine)
    assert back.alpha == pytest.approx(plain.alpha, rel=1e-10)
    assert eb.reliability(turned, omega_factors=None, engine=engine).alpha < plain.alpha


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"omega_factors": 6},
            "^reliability: omega_factors: 6 group factors .* by 9 items; at most 5 are",
        ),
        ({"omega_factors": 0}, "^reliability: omega_factors: must be at least 1, found 0"),
        ({"conf_level": 1.0}, "^reliability: conf_level: must lie between 0 and 1, found 1.0"),
        ({"reverse": ["x"]}, "reverse: 'x' is not among the items"),
        ({"engine": "stata"}, "engine: 'stata' is not available"),
    ],
)
def test_arguments_of_reliability_that_are_refused(
    frame: pd.DataFrame, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        eb.reliability(frame, **arguments)


def test_too_few_items_for_the_default_say_what_to_do(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"3 group factors .* by 4 items; at most 1 is; null: no omega"):
        eb.reliability(frame.iloc[:, :4])
    assert eb.reliability(frame.iloc[:, :4], omega_factors=1).omega is not None


@pytest.mark.parametrize("engine", ENGINES)
def test_congruence_is_labelled_and_pairs_items_by_name(
    loadings: tuple[pd.DataFrame, pd.DataFrame], engine: str
) -> None:
    a, b = loadings
    found = eb.congruence(a, b, engine=engine)
    by_hand = (a["F1"] @ b["G2"]) / np.sqrt((a["F1"] @ a["F1"]) * (b["G2"] @ b["G2"]))
    assert found.shape == (2, 3)
    assert found.loc["F1", "G2"] == pytest.approx(by_hand, rel=1e-12)
    pd.testing.assert_frame_equal(eb.congruence(a, b[::-1], engine=engine), found)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_factor_without_loadings_has_no_congruence(
    loadings: tuple[pd.DataFrame, pd.DataFrame], engine: str
) -> None:
    a, b = loadings
    found = eb.congruence(a.assign(F2=0.0), b, engine=engine)
    assert found.loc["F2"].isna().all()
    assert found.loc["F1"].notna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: b.to_numpy(), "b must be a pandas DataFrame, found ndarray"),
        (lambda b: b.drop("i3"), "b lacks the item 'i3'"),
        (lambda b: b.rename({"i3": "j3"}), "b lacks the item 'i3'"),
        (lambda b: pd.concat([b, b.tail(1).rename({"i5": "i9"})]), "a lacks the item 'i9'"),
        (lambda b: pd.concat([b, b.tail(1)]), "b: the item 'i5' occurs twice"),
        (lambda b: b.set_axis(["G1", "G1", "G3"], axis=1), "b: the factor 'G1' occurs twice"),
        (lambda b: b.assign(G1="high"), "b: factor 'G1' holds"),
        (lambda b: b.assign(G2=b["G2"].where(b.index != "i4")), "b: the loading of 'i4' on 'G2' is missing"),
    ],
)
def test_loadings_that_cannot_be_compared_are_refused(
    loadings: tuple[pd.DataFrame, pd.DataFrame], change: Callable[[pd.DataFrame], object], message: str
) -> None:
    with pytest.raises(InputError, match=f"^congruence: {message}"):
        eb.congruence(loadings[0], change(loadings[1]))


def test_congruence_of_solutions_says_where_their_loadings_are(frame: pd.DataFrame) -> None:
    solution = eb.factor_analysis(frame, 3)
    with pytest.raises(InputError, match=r"found FactorSolution; pass its \.loadings"):
        eb.congruence(solution, solution)  # type: ignore[arg-type]


def test_congruence_of_nothing_is_refused() -> None:
    empty = pd.DataFrame({"F1": []})
    with pytest.raises(InputError, match="a has no items"):
        eb.congruence(empty, empty)
