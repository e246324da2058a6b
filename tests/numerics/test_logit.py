import numpy as np
import pytest

from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics.logit import fit_logit


def sample(seed: int, n: int = 300, p: int = 4):
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(n, p)) * 10.0 ** rng.integers(-3, 5, p) + rng.integers(0, 3, p) * 10
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    treated = rng.random(n) < 1 / (1 + np.exp(1 - standard @ rng.normal(size=p)))
    return columns, treated, [f"x{j}" for j in range(p)]


def test_one_binary_column_has_a_closed_form():
    # 1 of 4 treated where x = 0, 3 of 5 where x = 1.
    x = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1.0])
    treated = np.array([1, 0, 0, 0, 1, 1, 1, 0, 0]) == 1
    fit = fit_logit(x[:, None], treated, ["x"])
    np.testing.assert_allclose(fit.fitted, np.where(x == 1, 3 / 5, 1 / 4), rtol=1e-14)
    assert fit.intercept == pytest.approx(np.log(1 / 3), rel=1e-13)
    assert fit.coefficients[0] == pytest.approx(np.log(3 / 2) + np.log(3), rel=1e-13)
    counts = np.array([1, 3, 3, 2]) @ np.log([1 / 4, 3 / 4, 3 / 5, 2 / 5])
    assert fit.deviance == pytest.approx(-2 * counts, rel=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_residuals_are_orthogonal_to_every_column(seed: int):
    columns, treated, terms = sample(seed)
    residual = treated - fit_logit(columns, treated, terms).fitted
    assert abs(residual.sum()) < 1e-10
    assert np.max(np.abs(residual @ (columns - columns.mean(axis=0))) / columns.std(axis=0)) < 1e-10


@pytest.mark.parametrize("n", [61, 77, 101, 203])
def test_equal_rows_have_equal_probabilities_bit_for_bit(n: int):
    # A matrix product in place of the sum by columns gives other last digits at the end of the array.
    columns, _, terms = sample(7, n, p=13)
    thrice = np.vstack([columns, columns[::-1], columns])
    treated = np.random.default_rng(1).random(len(thrice)) < 0.4
    fitted = fit_logit(thrice, treated, terms).fitted
    np.testing.assert_array_equal(fitted[:n], fitted[n : 2 * n][::-1])
    np.testing.assert_array_equal(fitted[:n], fitted[2 * n :])


def test_units_of_the_columns_do_not_matter():
    columns, treated, terms = sample(3)
    scale = np.array([1e-6, 1.0, 1e5, 7.0])
    one, other = fit_logit(columns, treated, terms), fit_logit(columns * scale, treated, terms)
    np.testing.assert_allclose(other.fitted, one.fitted, rtol=1e-11)
    np.testing.assert_allclose(other.coefficients * scale, one.coefficients, rtol=1e-9)


def test_a_constant_or_collinear_column_is_named():
    columns, treated, terms = sample(4)
    constant = columns.copy()
    constant[:, 2] = 5.1
    with pytest.raises(InputError, match="column 'x2' is constant"):
        fit_logit(constant, treated, terms)
    collinear = columns.copy()
    collinear[:, 3] = 2 * columns[:, 0] - columns[:, 1] + 3
    with pytest.raises(InputError, match="column 'x3' is a linear combination of the columns before it"):
        fit_logit(collinear, treated, terms)


def test_separation_is_named():
    columns, treated, terms = sample(5)
    columns[:, 1] = np.where(treated, 1.0, 0.0) + columns[:, 1] * 1e-6
    with pytest.raises(InputError, match=r"perfect separation: .* follows without error from 'x1', so"):
        fit_logit(columns, treated, terms)


def test_a_nearly_certain_fit_without_separation_is_accepted():
    rng = np.random.default_rng(8)
    x = np.concatenate([rng.normal(size=200), [60.0, -60.0]])
    treated = np.concatenate([rng.random(200) < 1 / (1 + np.exp(-2 * x[:200])), [True, False]])
    fit = fit_logit(x[:, None], treated, ["x"])
    assert fit.fitted.max() > 1 - 1e-6


def test_no_convergence_is_an_error():
    columns, treated, terms = sample(6)
    with pytest.raises(EngineError, match="did not converge in 2 iterations"):
        fit_logit(columns, treated, terms, max_iterations=2)
