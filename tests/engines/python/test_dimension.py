"""How many factors the Python engine finds, and the rules that take its word."""

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.engines.python.index import factor_analysis
from erm_bridge.errors import InputError
from erm_bridge.study.models import Dimension, Index


def make_frame(p: int = 12, k: int = 3, n: int = 400, loading: float = 0.7) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    loadings = np.zeros((p, k))
    loadings[np.arange(p), np.arange(p) % k] = loading
    noise = rng.normal(size=(n, p)) * np.sqrt(1 - loading**2)
    return pd.DataFrame(rng.normal(size=(n, k)) @ loadings.T + noise).add_prefix("x")


def options(frame: pd.DataFrame, **changes) -> Index:
    return Index(**({"items": tuple(frame.columns), "factors": 2} | changes))


def test_three_clear_factors_are_found():
    kinds = ["components", "factors", "factors_smc"]
    found = eb.number_of_factors(make_frame(), ["parallel", "map"], of=kinds, seed=1)

    table = found.table.set_index(["method", "by"])["factors"]
    assert table.to_dict() == {
        ("kaiser", ""): 3,
        ("parallel_components", "mean"): 3,
        ("parallel_components", "quantile"): 3,
        ("parallel_factors", "mean"): 3,
        ("parallel_factors", "quantile"): 3,
        ("parallel_factors_smc", "mean"): 3,
        ("parallel_factors_smc", "quantile"): 3,
        ("map", "squared"): 3,
        ("map", "fourth"): 3,
    }
    assert table.dtype == np.int64
    assert found.suggested("map", "squared") == 3
    assert found.suggested("parallel_components") is None


def test_parts_are_labelled():
    found = eb.number_of_factors(make_frame(), of="components", most=4)

    positions = [str(i) for i in range(1, 13)]
    assert found.eigenvalues.index.tolist() == found.mean.index.tolist() == positions
    assert found.eigenvalues.columns.tolist() == found.quantile.columns.tolist() == ["components"]
    assert found.map.index.tolist() == ["0", "1", "2", "3", "4"]
    assert found.map.columns.tolist() == ["squared", "fourth"]
    assert found.vss.index.tolist() == ["1", "2", "3", "4"]
    assert found.vss.columns.tolist() == ["complexity_1", "complexity_2"]
    assert np.isnan(found.vss.loc["1", "complexity_2"])


def test_what_is_not_asked_for_is_empty():
    found = eb.number_of_factors(make_frame(), "map")

    assert found.mean.empty
    assert found.vss.empty
    assert found.table["method"].tolist() == ["kaiser", "map", "map"]
    assert factor_analysis(make_frame(), options(make_frame())).dimension is None


def test_replicates_come_from_the_seed_alone():
    frame = make_frame()
    first, again, other = (eb.number_of_factors(frame, "parallel", seed=seed) for seed in (1, 1, 2))

    pd.testing.assert_frame_equal(again.quantile, first.quantile)
    assert not other.quantile.equals(first.quantile)
    shuffled = eb.number_of_factors(frame.sample(frac=1, random_state=3), "parallel", seed=1)
    pd.testing.assert_frame_equal(shuffled.quantile, first.quantile)


def test_more_replicates_keep_the_first_ones():
    few, many = (eb.number_of_factors(make_frame(), "parallel", replicates=r) for r in (50, 1000))

    # Standard error of the mean of 50 eigenvalues that vary by .04 or less.
    assert (few.mean - many.mean).abs().max().max() < 5 * 0.06 / np.sqrt(50)


@pytest.mark.parametrize(
    ("rule", "extraction", "expected"),
    [("parallel", "minres", 3), ("parallel", "pca", 3), ("map", "minres", 3), ("map", "pca", 3)],
)
def test_a_rule_decides_and_shows_what_it_rests_on(rule, extraction, expected):
    frame = make_frame()
    solution = factor_analysis(frame, options(frame, factors=rule, extraction=extraction))

    assert solution.loadings.shape[1] == expected
    assert solution.dimension.table["method"].str.startswith(("kaiser", rule)).all()


def test_the_kind_of_eigenvalues_that_decides():
    both = Dimension(of=("components", "factors_smc"))
    assert (both.kind_for("pca"), both.kind_for("minres")) == ("components", "factors_smc")
    assert Dimension().kind_for("minres") == "factors"
    assert Dimension(of=("components",)).kind_for("minres") == "components"


def test_a_rule_that_finds_nothing_is_refused():
    frame = make_frame(p=8, loading=0.0)

    for rule in ("parallel", "map"):
        with pytest.raises(InputError, match=f"the rule '{rule}' finds no factor; give factors as a number"):
            factor_analysis(frame, options(frame, factors=rule, extraction="pca"))


def test_an_average_that_still_falls_is_no_minimum():
    frame = make_frame(loading=0.85)
    asked = options(frame, factors="map", dimension=Dimension(methods=("map",), most=3))

    with pytest.raises(InputError, match=r"largest number tried; raise dimension.most \(now 3\)"):
        factor_analysis(frame, asked)
    assert eb.number_of_factors(frame, "map", most=3).suggested("map", "squared") == 3
    assert eb.number_of_factors(frame, "map", most=4).suggested("map", "squared") == 3


def test_more_factors_than_the_items_determine_are_refused():
    frame = make_frame(p=4, k=2)
    with pytest.raises(InputError, match=r"by the rule 'parallel', factors: 2 factors .* at most 1"):
        factor_analysis(frame, options(frame, factors="parallel", dimension=Dimension(of=("components",))))
