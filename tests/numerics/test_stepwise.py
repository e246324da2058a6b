"""Stepwise selection against printed steps, one-way arithmetic, and properties."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.stepwise import Step, select_by_p

REFERENCE = Path(__file__).parents[1] / "reference"


def of_columns(columns: np.ndarray) -> list[np.ndarray]:
    return [column[:, None] for column in columns.T]


@pytest.fixture
def hald() -> tuple[list[np.ndarray], np.ndarray, list[str]]:
    frame = pd.read_csv(REFERENCE / "hald.csv").astype(float)
    columns = frame.drop(columns="heat")
    return of_columns(columns.to_numpy()), frame["heat"].to_numpy(), list(columns)


@pytest.fixture
def proxy() -> tuple[list[np.ndarray], np.ndarray, list[str]]:
    """A proxy of the sum of two causes, which enters first; a category; noise."""
    rng = np.random.default_rng(8)
    a, b, noise, error = rng.normal(size=(4, 200))
    level = rng.integers(3, size=200)
    dummies = np.column_stack([level == 1, level == 2]).astype(float)
    total = a + b + 0.4 * rng.normal(size=200)
    blocks = [total[:, None], a[:, None], b[:, None], dummies, noise[:, None]]
    return blocks, a + b + dummies[:, 1] + error, ["proxy", "a", "b", "g", "noise"]


def test_the_cement_data_as_printed(hald):
    """Draper and Smith (1998), Applied Regression Analysis, chapter 15: F 22.80, 108.22, 5.03, then 1.86."""
    found = select_by_p(*hald, enter=0.10, remove=0.15)
    assert [(step.variable, step.enters) for step in found.steps] == [
        (3, True),
        (0, True),
        (1, True),
        (3, False),
    ]
    printed = [0.0006, 0.0000, 0.0517, 0.2054]
    np.testing.assert_allclose([step.p_value for step in found.steps], printed, atol=5e-5)
    assert found.variables == (0, 1)


def test_the_levels_decide(hald):
    assert [step.variable for step in select_by_p(*hald).steps] == [3, 0]
    p = select_by_p(*hald, enter=0.10, remove=0.15).steps[2].p_value
    assert len(select_by_p(*hald, enter=p, remove=0.3).steps) == 3, "p equal to enter enters"
    p = select_by_p(*hald, enter=0.10, remove=0.15).steps[3].p_value
    assert len(select_by_p(*hald, enter=0.10, remove=p).steps) == 4, "p equal to remove leaves"
    assert select_by_p(*hald, enter=1e-9, remove=0.1).steps == ()
    assert select_by_p(*hald, enter=1e-9, remove=0.1).variables == ()


def test_a_category_enters_as_a_whole_by_the_f_of_the_analysis_of_variance():
    # Groups 1, 3 and 5, 5 and 9, 11: means 2, 5, 10 about 17/3; sum of squares within 2 + 0 + 2.
    group = np.repeat([0, 1, 2], 2)
    dummies = np.column_stack([group == 1, group == 2]).astype(float)
    outcome = np.array([1.0, 3, 5, 5, 9, 11])
    between = 2 * sum((np.array([2, 5, 10]) - 17 / 3) ** 2)
    f = (between / 2) / (4 / 3)
    (step,) = select_by_p([dummies], outcome, ["g"]).steps
    # The tail of F with 2 and 3 degrees of freedom is (1 + 2 F / 3) ** (-3 / 2).
    assert step.p_value == pytest.approx((1 + 2 * f / 3) ** -1.5, rel=1e-12)


def test_one_column_enters_with_the_p_of_its_t():
    # x = 1..4, y = 2, 3, 5, 6: t = 1.4 / sqrt(.02) with 2 degrees of freedom.
    t = 1.4 / np.sqrt(0.02)
    (step,) = select_by_p([np.array([[1.0], [2], [3], [4]])], np.array([2.0, 3, 5, 6]), ["x"]).steps
    assert step.p_value == pytest.approx(1 - t / np.sqrt(2 + t**2), rel=1e-9)


def test_a_proxy_enters_and_leaves(proxy):
    found = select_by_p(*proxy)
    assert found.steps[0].variable == 0
    assert [step.variable for step in found.steps if not step.enters] == [0]
    assert found.variables == (1, 2, 3)


def test_what_is_kept_is_not_tested_and_stays(proxy):
    blocks, outcome, names = proxy
    order = [4, 0, 3, 2, 1]
    found = select_by_p([blocks[j] for j in order], outcome, [names[j] for j in order], keep=2)
    assert found.variables[:2] == (0, 1)
    assert all(step.variable > 1 for step in found.steps)
    everything = select_by_p(blocks, outcome, names, keep=5)
    assert everything.steps == ()
    assert everything.variables == (0, 1, 2, 3, 4)


def test_order_of_rows_and_of_variables_units_and_codings(proxy):
    blocks, outcome, names = proxy
    found = select_by_p(blocks, outcome, names)
    turned = select_by_p([block[::-1] for block in blocks], outcome[::-1], names)
    scaled = select_by_p([1e4 * block - 7 for block in blocks], 1e-5 * outcome + 40, names)
    other_reference = [*blocks[:3], blocks[3] @ np.array([[1, -1], [0, -1]]) + [0, 1], blocks[4]]
    coded = select_by_p(other_reference, outcome, names)
    for other in (turned, scaled, coded):
        assert_same_path(other.steps, found.steps)
    order = [2, 4, 3, 0, 1]
    shuffled = select_by_p([blocks[j] for j in order], outcome, [names[j] for j in order])
    assert_same_path([Step(order[s.variable], s.enters, s.p_value) for s in shuffled.steps], found.steps)


def assert_same_path(steps, expected):
    assert [(s.variable, s.enters) for s in steps] == [(s.variable, s.enters) for s in expected]
    np.testing.assert_allclose([s.p_value for s in steps], [s.p_value for s in expected], rtol=1e-8)


def test_of_equal_p_values_that_named_first_enters_whatever_the_rounding():
    # b mirrors a: the sample is its own mirror image, so both have the same F but for rounding.
    rng = np.random.default_rng(12)
    x, z = rng.normal(size=(2, 60))
    a, b = np.concatenate([x, z]), np.concatenate([z, x])
    half = x + z + rng.normal(size=60)
    outcome = np.concatenate([half, half])
    for columns in (np.column_stack([a, b]), np.column_stack([b, a])):
        assert [s.variable for s in select_by_p(of_columns(columns), outcome, ["1", "2"]).steps] == [0, 1]


def test_of_p_values_too_small_to_tell_the_larger_f_enters_first():
    rng = np.random.default_rng(13)
    x = rng.normal(size=(3000, 2))
    outcome = x @ [1, 1.001] + 1e-3 * rng.normal(size=3000)
    near = np.column_stack([outcome + s * rng.normal(size=3000) for s in (0.02, 0.01)])
    first = select_by_p(of_columns(near), outcome, ["looser", "closer"]).steps[0]
    assert first.p_value == 0
    assert first.variable == 1


def test_a_circle_is_an_error_and_no_endless_loop(proxy):
    with pytest.raises(
        InputError, match=r"round in circles: after \d+ steps it is back at the model of .*a, b"
    ):
        select_by_p(*proxy, enter=0.99, remove=0.1)


def test_a_circle_through_the_empty_model_is_named():
    rng = np.random.default_rng(1)
    with pytest.raises(InputError, match="after 2 steps it is back at the model of no variables"):
        select_by_p([rng.normal(size=(50, 1))], rng.normal(size=50), ["a"], enter=0.999999, remove=1e-9)


def test_an_outcome_that_is_explained_entirely_is_refused(proxy):
    blocks, _, names = proxy
    with pytest.raises(InputError, match="linear combination of a, b: nothing is left to test"):
        select_by_p(blocks, 3 * blocks[1][:, 0] - blocks[2][:, 0], names)


def test_collinear_candidates_are_refused(proxy):
    blocks, outcome, names = proxy
    with pytest.raises(InputError, match="'sum' is a linear combination"):
        select_by_p([*blocks, blocks[1] + blocks[2]], outcome, [*names, "sum"])
