"""Polychoric and tetrachoric correlations: worked by hand, printed, to fifty digits, and properties."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from erm_bridge.numerics.correlation.categories import categorise, pairs, tables, thresholds_of
from erm_bridge.numerics.correlation.likelihood import Tables, log_likelihood, most_likely
from erm_bridge.numerics.correlation.polychoric import polychoric, tetrachoric

REFERENCE = Path(__file__).parents[2] / "reference" / "polychoric.csv"


def rows_of(table: list[list[int]]) -> np.ndarray:
    """Two items, one row a unit, from a table of whole counts."""
    counts = np.array(table)
    cells = np.argwhere(np.ones(counts.shape))
    return np.repeat(cells, counts.ravel(), axis=0).astype(float)


def correlation_of(table: list[list[int]], **settings: float) -> float:
    return float(polychoric(categorise(rows_of(table)), **settings).correlation[1, 0])


def test_a_table_cut_at_the_medians_by_hand():
    # Sheppard: the share below both medians is 1/4 + arcsin(rho) / (2 pi), here 3/8.
    found = tetrachoric(categorise(rows_of([[3, 1], [1, 3]])))

    assert found.correlation[1, 0] == pytest.approx(np.sin(np.pi / 4), abs=1e-14)
    np.testing.assert_allclose(np.concatenate(found.thresholds), [0, 0], atol=1e-15)


def test_independence_is_zero():
    assert correlation_of([[2, 4, 6], [1, 2, 3], [3, 6, 9]]) == pytest.approx(0, abs=1e-14)


def test_lambs_of_227_ewes_in_two_years():
    # Tallis, G. M. (1962). Biometrics 18, 342-353: numbers of lambs 0, 1, 2. The two-step estimate of it
    # printed since, such as by Drasgow (1986, Encyclopedia of Statistical Sciences 7, 68-74), is .420.
    assert correlation_of([[58, 52, 1], [26, 58, 3], [8, 12, 9]]) == pytest.approx(0.420, abs=5e-4)


def test_a_large_table_of_which_mplus_says_35():
    # The examples of psych's help page of tetrachoric(), with what Mplus prints for them.
    found = tetrachoric(categorise(rows_of([[61661, 85], [1610, 20]]))).correlation[1, 0]
    assert found == pytest.approx(0.35, abs=5e-3)


def printed() -> list[tuple[list[list[int]], float]]:
    with REFERENCE.open() as file:
        lines = list(csv.DictReader(file))
    tables = [[[int(cell) for cell in row.split()] for row in line["table"].split(";")] for line in lines]
    return list(zip(tables, (float(line["correlation"]) for line in lines), strict=True))


@pytest.mark.parametrize(("table", "exact"), printed())
def test_against_fifty_digits(table, exact):
    assert correlation_of(table) == pytest.approx(exact, abs=1e-11)


def random_tables(seed: int, n: int = 60) -> Tables:
    rng = np.random.default_rng(seed)
    rho = np.tanh(rng.normal(0, 1.2, n))
    made = []
    for r in rho:
        x = rng.normal(size=(int(rng.integers(20, 400)), 2)) @ np.array([[1, r], [0, np.sqrt(1 - r * r)]])
        cuts = np.sort(rng.normal(0, 0.9, (2, 3)), axis=1)
        codes = np.stack([np.searchsorted(c, v) for c, v in zip(cuts, x.T, strict=True)])
        made.append(np.bincount(codes[0] * 4 + codes[1], minlength=16).reshape(4, 4))
    counts = np.array(made, float)
    return Tables(counts, thresholds_of(counts.sum(axis=2)), thresholds_of(counts.sum(axis=1)))


@pytest.mark.parametrize("seed", range(4))
def test_no_other_correlation_is_more_likely(seed):
    given = random_tables(seed)
    found = most_likely(given)
    best = log_likelihood(given, np.clip(found, -1 + 1e-8, 1 - 1e-8))

    others = np.concatenate([np.linspace(-0.9999, 0.9999, 201), np.array([-1, 1]) * (1 - 1e-7)])
    for rho in others:
        assert (log_likelihood(given, np.full(len(given), rho)) <= best + 1e-9).all()


@pytest.mark.parametrize("outliers", [1, 3])
def test_a_unit_far_from_all_others_counts_however_unlikely_it_is(outliers):
    # psych leaves out a cell whose probability is rounded to 0, and arrives at 0.99996.
    table = [[50_000, 0, outliers], [0, 40_000, 0], [0, 0, 50_000]]
    items = categorise(rows_of(table))
    found = polychoric(items).correlation[1, 0]
    quantiles = thresholds_of(tables(items).sum(axis=2)), thresholds_of(tables(items).sum(axis=1))
    given = Tables(tables(items), *quantiles)

    assert 0.999 < found < 0.9999
    best = log_likelihood(given, np.array([found]))
    for other in (found - 1e-6, found + 1e-6, 0.99, 0.9999, 0.99996, 0.9999999):
        assert log_likelihood(given, np.array([other])) < best


def graded(seed: int, n: int = 500, p: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n, 1)) + rng.normal(size=(n, p))
    return np.clip(np.round(latent + 3), 1, 5)


def test_neither_row_order_nor_codes_nor_item_order_matter_and_reversal_turns_the_sign():
    values = graded(1)
    found = polychoric(categorise(values)).correlation
    rng = np.random.default_rng(2)

    same = polychoric(categorise(values[rng.permutation(len(values))])).correlation
    assert np.array_equal(same, found)
    recoded = polychoric(categorise(np.exp(values))).correlation
    assert np.array_equal(recoded, found)
    order = [4, 2, 0, 1, 3]
    turned = polychoric(categorise(values[:, order])).correlation
    np.testing.assert_allclose(turned, found[np.ix_(order, order)], rtol=0, atol=1e-12)
    sign = np.array([1, -1, 1, 1, -1])
    reversed_ = polychoric(categorise(values * sign)).correlation
    np.testing.assert_allclose(reversed_, found * np.outer(sign, sign), rtol=0, atol=1e-12)


def test_the_matrix_is_symmetric_with_ones_on_the_diagonal():
    found = polychoric(categorise(graded(3))).correlation

    assert np.array_equal(found, found.T)
    assert np.array_equal(np.diag(found), np.ones(5))


@pytest.mark.parametrize(("table", "end"), [([[5, 0], [0, 5]], 1), ([[0, 7], [5, 2]], -1)])
def test_without_discordant_units_it_is_one_and_a_correction_keeps_it_inside(table, end):
    items = categorise(rows_of(table))

    assert tetrachoric(items, correct=0).correlation[1, 0] == end
    assert 0.5 < abs(tetrachoric(items, correct=0.5).correlation[1, 0]) < 1
    assert polychoric(items).correlation[1, 0] == end


def test_thresholds_are_normal_quantiles_of_cumulated_shares():
    found = polychoric(categorise(rows_of([[10, 0], [30, 20], [0, 40]]))).thresholds

    np.testing.assert_allclose(found[0], ndtri([0.1, 0.6]), rtol=1e-14)
    np.testing.assert_allclose(found[1], ndtri([0.4]), rtol=1e-14)


def test_local_thresholds_are_of_the_rows_that_have_both():
    values = graded(4, n=300, p=3)
    values[:100, 0] = np.nan
    values[250:, 1] = np.nan
    items = categorise(values)
    both = ~np.isnan(values[:, :2]).any(axis=1)

    local = polychoric(items, local=True)
    whole = polychoric(items)

    complete = polychoric(categorise(values[both][:, :2])).correlation[1, 0]
    assert local.correlation[1, 0] == pytest.approx(complete, abs=1e-12)
    assert abs(whole.correlation[1, 0] - complete) > 1e-4
    assert local.n.tolist() == [[200, 150, 200], [150, 250, 250], [200, 250, 300]]


def test_a_pair_without_common_rows_has_no_correlation():
    values = graded(5, n=200, p=3)
    values[:100, 0] = np.nan
    values[100:, 1] = np.nan

    found = polychoric(categorise(values)).correlation

    assert np.isnan(found[1, 0])
    assert np.isfinite(found[2, :2]).all()


def test_the_tables_count_every_pair():
    values = graded(6, n=9000, p=4)
    values[::7, 2] = np.nan
    items = categorise(values)

    rows, columns = pairs(4)
    for found, i, j in zip(tables(items), rows, columns, strict=True):
        expected = np.zeros_like(found)
        both = (items.codes[:, i] >= 0) & (items.codes[:, j] >= 0)
        np.add.at(expected, (items.codes[both, i], items.codes[both, j]), 1)
        assert np.array_equal(found, expected)
