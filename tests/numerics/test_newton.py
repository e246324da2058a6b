"""Bounded Newton on functions whose minimum is known."""

from dataclasses import dataclass

import numpy as np
import pytest

from erm_bridge.numerics.newton import Points, minimise


@dataclass
class Point:
    """Value, gradient and Hessian of one function at one point."""

    value: float
    gradient: np.ndarray
    hessian: np.ndarray


def together(*functions):
    """The functions as one function of a stack."""

    def function(x: np.ndarray, which: np.ndarray) -> Points:
        points = [functions[i](row) for i, row in zip(which, x, strict=True)]
        value = np.array([point.value for point in points])
        return Points(value, np.stack([p.gradient for p in points]), np.stack([p.hessian for p in points]))

    return function


@dataclass
class Found:
    x: np.ndarray
    projected_gradient: float
    iterations: int


def alone(function, start, bounds, **options) -> Found:
    """The minimum of one function."""
    found = minimise(together(function), start[None], bounds, **options)
    return Found(found.x[0], float(found.projected_gradient[0]), int(found.iterations[0]))


def quadratic(matrix: np.ndarray, centre: np.ndarray):
    def function(x: np.ndarray) -> Point:
        gradient = matrix @ (x - centre)
        return Point(float(0.5 * (x - centre) @ gradient), gradient, matrix)

    return function


def test_a_quadratic_takes_one_step():
    matrix, centre = np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([0.4, 0.6])
    found = alone(quadratic(matrix, centre), np.array([0.1, 0.1]), (0.0, 1.0))

    np.testing.assert_allclose(found.x, centre, atol=1e-14)
    assert found.iterations == 1
    assert found.projected_gradient < 1e-14


def test_a_bound_holds_one_variable_and_moves_the_other():
    # Held at x = 0 the minimum over y is 0.6 + (0 - (-0.5)) * (-1 / 2) = 0.35.
    matrix, centre = np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([-0.5, 0.6])
    found = alone(quadratic(matrix, centre), np.array([0.9, 0.9]), (0.0, 1.0))

    np.testing.assert_allclose(found.x, [0.0, 0.35], atol=1e-13)
    assert found.projected_gradient <= 1e-12


def test_a_bound_next_to_the_start_does_not_cut_the_step_to_nothing():
    """Newton's step of both variables runs into the bound of the first and leads the second uphill."""
    matrix = np.array([[1.0, 0.9], [0.9, 1.0]])
    start = np.array([1e-13, 0.5])
    centre = start - np.linalg.solve(matrix, [1.0, 0.5])
    found = alone(quadratic(matrix, centre), start, (0.0, 1.0), iterations=5)

    assert found.projected_gradient <= 1e-12
    assert found.x[0] == 0
    assert found.x[1] == pytest.approx(np.clip(centre[1] + 0.9 * centre[0], 0, 1), abs=1e-12)


def test_a_saddle_is_left():
    """x^4 / 4 - x^2 / 2 + y^2 / 2 has a saddle at 0 and minima at x = 1 and -1."""

    def function(x: np.ndarray) -> Point:
        gradient = np.array([x[0] ** 3 - x[0], x[1]])
        return Point(
            x[0] ** 4 / 4 - x[0] ** 2 / 2 + x[1] ** 2 / 2, gradient, np.diag([3 * x[0] ** 2 - 1, 1.0])
        )

    found = alone(function, np.array([0.01, 0.5]), (-2.0, 2.0))

    np.testing.assert_allclose(found.x, [1.0, 0.0], atol=1e-12)


def test_a_start_outside_is_clipped_and_a_start_at_the_minimum_stays():
    matrix, centre = np.eye(2), np.array([0.25, 2.0])

    assert alone(quadratic(matrix, centre), np.array([-9.0, 9.0]), (0.0, 1.0)).x.tolist() == [0.25, 1.0]
    assert alone(quadratic(matrix, centre), np.array([0.25, 1.0]), (0.0, 1.0)).iterations == 0


def test_a_flat_function_ends_at_once():
    found = alone(lambda x: Point(1.0, np.zeros(3), np.zeros((3, 3))), np.full(3, 0.5), (0.0, 1.0))

    assert (found.iterations, found.projected_gradient) == (0, 0.0)


def test_running_out_of_steps_shows_in_the_projected_gradient():
    def rosenbrock(x: np.ndarray) -> Point:
        bend = x[1] - x[0] ** 2
        gradient = np.array([-400 * x[0] * bend - 2 * (1 - x[0]), 200 * bend])
        hessian = np.array([[1200 * x[0] ** 2 - 400 * x[1] + 2, -400 * x[0]], [-400 * x[0], 200.0]])
        return Point(100 * bend**2 + (1 - x[0]) ** 2, gradient, hessian)

    start, bounds = np.array([-1.2, 1.0]), (-5.0, 5.0)
    cut = alone(rosenbrock, start, bounds, iterations=3)
    whole = alone(rosenbrock, start, bounds)

    assert (cut.iterations, cut.projected_gradient > 0.1) == (3, True)
    assert whole.projected_gradient <= 1e-12
    np.testing.assert_allclose(whole.x, [1.0, 1.0], atol=1e-10)


def test_a_wrong_gradient_ends_without_a_step():
    """No step along an ascending direction decreases the function."""
    found = alone(lambda x: Point(float(x @ x), -2 * x, 2 * np.eye(2)), np.array([0.5, 0.5]), (-1.0, 1.0))

    assert found.iterations == 0
    assert found.projected_gradient == pytest.approx(0.5)


def test_each_function_of_a_stack_ends_where_it_ends_alone():
    rng = np.random.default_rng(1)
    functions, starts = [], rng.uniform(0, 1, (7, 3))
    for _ in range(7):
        root = rng.normal(size=(3, 3))
        functions.append(quadratic(root @ root.T + 0.1 * np.eye(3), rng.uniform(-0.5, 1.5, 3)))

    found = minimise(together(*functions), starts, (0.0, 1.0))

    for i, function in enumerate(functions):
        single = alone(function, starts[i], (0.0, 1.0))
        assert np.array_equal(found.x[i], single.x)
        assert found.iterations[i] == single.iterations
    assert len(set(found.iterations)) > 1
    assert ((found.x == 0) | (found.x == 1)).any()
