import numpy as np
import pytest
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.families.links import Cauchy, CLogLog, Logit, Probit
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools import add_constant

from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics import propensity
from erm_bridge.numerics.links import LINKS
from erm_bridge.numerics.propensity import fit_propensity
from erm_bridge.numerics.scaling import BLOCK

STATSMODELS = {"logit": Logit, "probit": Probit, "cloglog": CLogLog, "cauchit": Cauchy}


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
    fit = fit_propensity(x[:, None], treated, ["x"])
    np.testing.assert_allclose(fit.fitted, np.where(x == 1, 3 / 5, 1 / 4), rtol=1e-14)
    assert fit.intercept == pytest.approx(np.log(1 / 3), rel=1e-13)
    assert fit.coefficients[0] == pytest.approx(np.log(3 / 2) + np.log(3), rel=1e-13)
    counts = np.array([1, 3, 3, 2]) @ np.log([1 / 4, 3 / 4, 3 / 5, 2 / 5])
    assert fit.deviance == pytest.approx(-2 * counts, rel=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_residuals_are_orthogonal_to_every_column(seed: int):
    columns, treated, terms = sample(seed)
    residual = treated - fit_propensity(columns, treated, terms).fitted
    assert abs(residual.sum()) < 1e-10
    assert np.max(np.abs(residual @ (columns - columns.mean(axis=0))) / columns.std(axis=0)) < 1e-10


@pytest.mark.parametrize("n", [61, 77, 101, 203])
def test_equal_rows_have_equal_probabilities_bit_for_bit(n: int):
    # A matrix product in place of the sum by columns gives other last digits at the end of the array.
    columns, _, terms = sample(7, n, p=13)
    thrice = np.vstack([columns, columns[::-1], columns])
    treated = np.random.default_rng(1).random(len(thrice)) < 0.4
    fitted = fit_propensity(thrice, treated, terms).fitted
    np.testing.assert_array_equal(fitted[:n], fitted[n : 2 * n][::-1])
    np.testing.assert_array_equal(fitted[:n], fitted[2 * n :])


def test_units_of_the_columns_do_not_matter():
    columns, treated, terms = sample(3)
    scale = np.array([1e-6, 1.0, 1e5, 7.0])
    one, other = fit_propensity(columns, treated, terms), fit_propensity(columns * scale, treated, terms)
    np.testing.assert_allclose(other.fitted, one.fitted, rtol=1e-11)
    np.testing.assert_allclose(other.coefficients * scale, one.coefficients, rtol=1e-9)


def test_a_constant_or_collinear_column_is_named():
    columns, treated, terms = sample(4)
    constant = columns.copy()
    constant[:, 2] = 5.1
    with pytest.raises(InputError, match="column 'x2' is constant"):
        fit_propensity(constant, treated, terms)
    collinear = columns.copy()
    collinear[:, 3] = 2 * columns[:, 0] - columns[:, 1] + 3
    with pytest.raises(InputError, match="column 'x3' is a linear combination of the columns before it"):
        fit_propensity(collinear, treated, terms)


def test_separation_is_named():
    columns, treated, terms = sample(5)
    columns[:, 1] = np.where(treated, 1.0, 0.0) + columns[:, 1] * 1e-6
    with pytest.raises(InputError, match=r"perfect separation: .* follows without error from 'x1', so"):
        fit_propensity(columns, treated, terms)


def test_a_nearly_certain_fit_without_separation_is_accepted():
    rng = np.random.default_rng(8)
    x = np.concatenate([rng.normal(size=200), [60.0, -60.0]])
    treated = np.concatenate([rng.random(200) < 1 / (1 + np.exp(-2 * x[:200])), [True, False]])
    fit = fit_propensity(x[:, None], treated, ["x"])
    assert fit.fitted.max() > 1 - 1e-6


def test_no_convergence_is_an_error():
    columns, treated, terms = sample(6)
    with pytest.raises(EngineError, match="did not converge in 2 iterations"):
        fit_propensity(columns, treated, terms, max_iterations=2)


def far_from_zero(seed: int):
    columns, treated, terms = sample(seed)
    return columns + np.array([1e6, -3e4, 0, 5]), treated, terms


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("link", LINKS)
def test_the_fit_is_that_of_statsmodels(link: str, weighted: bool):
    columns, treated, terms = sample(11)
    weights = np.random.default_rng(1).uniform(0.2, 5, len(treated)) if weighted else None
    found = fit_propensity(columns, treated, terms, link, weights)
    family = Binomial(link=STATSMODELS[link]())
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    model = GLM(treated.astype(float), add_constant(standard), family=family, freq_weights=weights)
    # Fisher scoring of a link that is not the canonical one gains few digits a step; the deviance hides it.
    expected = model.fit(tol=1e-15, tol_criterion="params", maxiter=500)
    np.testing.assert_allclose(found.fitted, expected.fittedvalues, rtol=1e-9)
    np.testing.assert_allclose(found.coefficients * columns.std(axis=0), expected.params[1:], rtol=1e-9)
    assert found.deviance == pytest.approx(expected.deviance, rel=1e-12)


@pytest.mark.parametrize(("link", "seed"), [("cloglog", 13), ("cauchit", 2), ("cauchit", 7), ("cauchit", 26)])
def test_where_fisher_scoring_goes_around_the_maximum(link: str, seed: int):
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(15, 120)), int(rng.integers(1, 5))
    columns = rng.normal(size=(n, p))
    if seed % 7 == 0:
        columns[:, 0] = rng.standard_cauchy(n)
    draws = rng.random(n)
    eta = columns @ rng.normal(size=p) * rng.choice([0.5, 2, 5]) - rng.uniform(-1, 2)
    treated = draws < 1 / (1 + np.exp(-eta))
    fit = fit_propensity(columns, treated, [f"x{j}" for j in range(p)], link)
    assert fit.iterations < 60
    slopes = LINKS[link].response(fit.linear).slope * (treated - fit.fitted) / (fit.fitted * (1 - fit.fitted))
    np.testing.assert_allclose(slopes @ np.column_stack([np.ones(n), columns]), 0, atol=1e-9)


@pytest.mark.parametrize("link", LINKS)
def test_the_score_equations_hold_for_every_link(link: str):
    columns, treated, terms = far_from_zero(12)
    weights = np.random.default_rng(2).uniform(0.5, 2, len(treated))
    fit = fit_propensity(columns, treated, terms, link, weights)
    response = LINKS[link].response(fit.linear)
    slopes = weights * np.where(treated, response.slope, -response.slope)
    slopes /= np.where(treated, response.probability, response.complement)
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    np.testing.assert_allclose(slopes @ np.column_stack([np.ones(len(slopes)), standard]), 0, atol=1e-10)
    np.testing.assert_array_equal(fit.fitted, response.probability)
    np.testing.assert_allclose(fit.linear, fit.intercept + columns @ fit.coefficients, atol=1e-8)


@pytest.mark.parametrize("link", LINKS)
def test_one_binary_column_gives_the_shares_of_its_cells(link: str):
    x = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1.0])
    treated = np.array([1, 0, 0, 0, 1, 1, 1, 0, 0]) == 1
    fit = fit_propensity(x[:, None], treated, ["x"], link)
    np.testing.assert_allclose(fit.fitted, np.where(x == 1, 3 / 5, 1 / 4), rtol=1e-12)
    assert fit.intercept == pytest.approx(LINKS[link].predictor(np.array(1 / 4)), rel=1e-12)


def test_whole_weights_are_repeated_rows():
    columns, treated, terms = sample(13, n=120)
    times = np.random.default_rng(3).integers(1, 4, 120)
    for link in LINKS:
        weighted = fit_propensity(columns, treated, terms, link, times.astype(float))
        repeated = fit_propensity(columns.repeat(times, axis=0), treated.repeat(times), terms, link)
        np.testing.assert_allclose(weighted.fitted.repeat(times), repeated.fitted, rtol=1e-11)


@pytest.mark.parametrize("link", LINKS)
def test_separation_is_named_under_every_link(link: str):
    columns, treated, terms = sample(5)
    columns[:, 1] = np.where(treated, 1.0, 0.0) + columns[:, 1] * 1e-6
    with pytest.raises(InputError, match=r"perfect separation: .* follows without error from 'x1', so"):
        fit_propensity(columns, treated, terms, link)
    # Quasi-complete: one level that only treated have.
    columns[:, 1] = treated & (np.arange(len(treated)) % 2 == 0)
    with pytest.raises(InputError, match=r"follows without error from 'x1', so"):
        fit_propensity(columns, treated, terms, link)


@pytest.mark.parametrize("link", LINKS)
def test_with_many_rows_it_starts_elsewhere_and_ends_in_the_same_place(link: str, monkeypatch):
    columns, treated, terms = sample(15, n=4000, p=3)
    columns = columns[np.argsort(treated)]
    treated = np.sort(treated)
    whole = fit_propensity(columns, treated, terms, link)
    monkeypatch.setattr(propensity, "MANY", 1000)
    started = fit_propensity(columns, treated, terms, link)
    np.testing.assert_allclose(started.linear, whole.linear, atol=1e-11)
    # A part that is separated, or has no treated at all, is no start.
    few = np.arange(4000) % 16 == 1
    np.testing.assert_array_equal(
        fit_propensity(columns, few, terms, link).fitted > 0.5, np.zeros(4000, dtype=bool)
    )


def test_more_rows_than_a_block():
    columns, treated, terms = sample(14, n=2 * BLOCK + 7, p=3)
    fit = fit_propensity(columns, treated, terms)
    residual = treated - fit.fitted
    assert abs(residual.sum()) < 1e-9
    order = np.random.default_rng(4).permutation(len(treated))
    shuffled = fit_propensity(columns[order], treated[order], terms)
    np.testing.assert_allclose(shuffled.fitted, fit.fitted[order], rtol=1e-12)
