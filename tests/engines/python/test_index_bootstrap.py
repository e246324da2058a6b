"""The bootstrap in the index stage of the Python engine: labels, rows, seed."""

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.python.index import factor_analysis, rows
from erm_bridge.numerics.draws import uniforms
from erm_bridge.study.models import Bootstrap, Index

ITEMS = ("a 1", "b", "c", "d", "e", "喜欢")


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    common = rng.normal(size=(150, 2)) @ np.kron(np.eye(2), np.ones((1, 3)))
    return pd.DataFrame(common + rng.normal(size=(150, 6)), columns=list(ITEMS))


def options(**changes) -> Index:
    given = {"items": ITEMS, "factors": 2, "extraction": "pca", "bootstrap": Bootstrap(replicates=40)}
    return Index(**(given | changes))


def test_limits_are_labelled_and_surround_the_sample(frame):
    solution = factor_analysis(frame, options(), seed=1)
    found = solution.bootstrap

    for part in (found.loadings.low, found.loadings.high, found.loadings.std_error):
        assert part.index.tolist() == list(ITEMS)
        assert part.columns.tolist() == ["F1", "F2"]
    assert found.variance.index.tolist() == ["F1", "F2"]
    assert found.variance.columns.tolist() == ["share_low", "share_high", "share_std_error"]
    assert (found.phi, found.replicates, found.conf_level, found.note) == (None, 40, 0.95, "")
    inside = (found.loadings.low < solution.loadings) & (solution.loadings < found.loadings.high)
    assert inside.to_numpy().mean() > 0.9


def test_replicates_are_analyses_of_resampled_frames(frame):
    frame = frame.add(2 * np.random.default_rng(3).normal(size=150), axis="index")
    found = factor_analysis(frame, options(factors=1), seed=7).bootstrap
    drawn = np.floor(uniforms(7, "bootstrap", 40, 150) * 150).astype(int)

    again = [factor_analysis(frame.iloc[rows], options(factors=1, bootstrap=None)) for rows in drawn]

    # The only factor, that all items share, needs no alignment: its loadings are positive.
    loadings = np.array([each.loadings.to_numpy() for each in again])
    np.testing.assert_allclose(found.loadings.low, np.quantile(loadings, 0.025, axis=0), atol=1e-12)
    np.testing.assert_allclose(found.loadings.std_error, loadings.std(axis=0, ddof=1), atol=1e-12)
    shares = [each.variance["share"].item() for each in again]
    np.testing.assert_allclose(found.variance["share_high"], np.quantile(shares, 0.975), atol=1e-12)


def test_rows_say_item_and_factor(frame):
    asked = options()
    solution = factor_analysis(frame, asked, seed=1)
    listed = rows(solution, np.zeros(3), asked).rows
    found = {(quantity, term, part): (value, note) for quantity, term, part, value, note in listed}

    assert found["loading_low", "喜欢", "F2"] == (solution.bootstrap.loadings.low.loc["喜欢", "F2"], "")
    assert (
        found["loading_std_error", "a 1", "F1"][0] == solution.bootstrap.loadings.std_error.loc["a 1", "F1"]
    )
    assert found["variance_share_high", "all", "F1"][0] == solution.bootstrap.variance.loc["F1", "share_high"]
    assert found["bootstrap_replicates", "all", ""] == (40, "")
    without = rows(factor_analysis(frame, options(bootstrap=None)), np.zeros(3), asked).rows
    assert len(listed) - len(without) == 1 + 3 * 12 + 3 * 2


def test_the_same_seed_gives_the_same_numbers(frame):
    first, again, none, other = (
        factor_analysis(frame, options(), seed).bootstrap for seed in (0, 0, None, 1)
    )

    pd.testing.assert_frame_equal(first.loadings.low, again.loadings.low, check_exact=True)
    pd.testing.assert_frame_equal(first.loadings.low, none.loadings.low, check_exact=True)
    assert not first.loadings.low.equals(other.loadings.low)


def test_failures_are_noted(frame):
    rare = frame.assign(b=(np.arange(150) == 0).astype(float))
    found = factor_analysis(rare, options(), seed=1)
    drawn = np.floor(uniforms(1, "bootstrap", 40, 150) * 150)
    absent = int((drawn != 0).all(axis=1).sum())

    assert 5 < absent < 25
    assert found.bootstrap.replicates == 40 - absent
    assert found.bootstrap.note == f"{absent} of 40 replicates have no solution"


def test_heywood_cases_are_noted(frame):
    short = frame[["a 1", "b", "c", "d"]].head(30)
    asked = options(items=("a 1", "b", "c", "d"), extraction="minres", factors=1)
    found = factor_analysis(short, asked, seed=1).bootstrap

    assert found.replicates == 40
    assert found.note.endswith("of 40 solutions are Heywood cases")


def test_items_in_another_order_have_the_same_limits(frame):
    plain = factor_analysis(frame, options(), seed=1).bootstrap
    turned = factor_analysis(frame, options(items=ITEMS[::-1]), seed=1).bootstrap

    for part in ("low", "high", "std_error"):
        expected = getattr(plain.loadings, part)
        np.testing.assert_allclose(getattr(turned.loadings, part).loc[list(ITEMS)], expected, atol=1e-10)


@pytest.mark.parametrize("replicates", [9, 0, -1, 2.5, "many"])
def test_a_wrong_number_of_replicates_is_refused(replicates):
    with pytest.raises(ValueError, match="replicates"):
        Bootstrap(replicates=replicates)
