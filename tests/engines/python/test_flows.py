"""Optimal, full, generalised full and cardinality matching of a frame, and what their options refuse."""

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.errors import EngineError
from erm_bridge.numerics.matching.problem import MeanBalance, Pairing, Problem
from erm_bridge.numerics.matching.properties_of_flows import check_choice, check_sets


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(12)
    x = rng.normal(size=(90, 2))
    treat = rng.random(90) < 1 / (1 + np.exp(1 - x[:, 0]))
    return pd.DataFrame({"treat": treat, "a": x[:, 0], "b": x[:, 1], "y": x.sum(axis=1)})


def _match(frame: pd.DataFrame, method: object, **options: object) -> eb.Match:
    return eb.match(frame, treatment="treat", covariates=["a", "b"], method=method, **options)


def test_optimal_pairs_are_no_farther_apart_than_the_nearest_ones(frame: pd.DataFrame) -> None:
    totals = {}
    for method in ("nearest", "optimal"):
        matched = _match(frame, method)
        assert matched.match_matrix.shape == (frame["treat"].sum(), 1)
        scores = matched.distance.to_numpy()
        totals[method] = np.abs(scores[frame["treat"]] - scores[matched.positions[:, 0]]).sum()
    assert totals["optimal"] < totals["nearest"]


@pytest.mark.parametrize("method", ["optimal", "full", "generalised_full"])
def test_distances_of_several_covariates_or_given_ones_need_no_order(
    frame: pd.DataFrame, method: str
) -> None:
    treated, controls = (frame.loc[frame["treat"] == who, ["a", "b"]].to_numpy() for who in (True, False))
    apart = np.linalg.norm(treated[:, None] - controls[None], axis=2)
    by_name, given = _match(frame, method, distance="euclidean"), _match(frame, method, distance=apart)
    assert by_name.weights.tolist() == given.weights.tolist()


@pytest.mark.parametrize(
    ("method", "options"), [("full", {}), ("full", {"max_controls": 4}), ("generalised_full", {})]
)
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
def test_everyone_is_in_a_set_and_its_effect_is_the_mean_over_sets(
    frame: pd.DataFrame, method: str, options: dict[str, int], estimand: str
) -> None:
    matched = _match(frame, method, estimand=estimand, **options)
    assert matched.subclass.notna().all()
    assert matched.match_matrix.shape[1] == 0
    groups = frame.groupby([matched.subclass, "treat"])["y"]
    gaps = groups.mean().unstack().diff(axis=1)[True]
    sizes = groups.size().unstack()
    share = {"ATT": sizes[True], "ATC": sizes[False], "ATE": sizes.sum(axis=1)}[estimand]
    means = [
        np.average(frame.loc[who, "y"], weights=matched.weights[who])
        for who in (~frame["treat"], frame["treat"])
    ]
    effect = means[1] - means[0]
    assert effect == pytest.approx(np.average(gaps, weights=share), rel=1e-10)


def test_cardinality_keeps_means_within_the_tolerance(frame: pd.DataFrame) -> None:
    matched = _match(frame, {"method": "cardinality", "tolerance": 0.1})
    assert matched.distance is None
    assert matched.subclass is None
    assert (matched.balance["smd_after"].abs() <= 0.1 + 1e-6).all()
    kept = frame.loc[matched.weights > 0, "treat"]
    assert kept.sum() == (~kept).sum() > 0


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("optimal", {"min_controls": 1}, "min_controls: needs max_controls"),
        ("optimal", {"max_controls": 3}, "max_controls: must be more than ratio"),
        ("optimal", {"estimand": "ATE"}, "pairs are made for ATT or ATC"),
        ("optimal", {"replace": True}, "replace: plays no part in optimal"),
        ("full", {"ratio": 2}, "ratio: plays no part in full"),
        ("full", {"max_controls": 1, "min_controls": 2}, "max_controls: 1 is below min_controls, 2"),
        ({"method": "full", "tolerance": 0.1}, {}, "tolerance: does not belong to full"),
        ({"method": "full", "omit_fraction": 1.0}, {}, "omit_fraction"),
        ("cardinality", {"caliper": 0.1}, "caliper: plays no part in cardinality"),
        ("full", {"min_controls": 1, "max_controls": 1}, "cannot form sets"),
        ("generalised_full", {"max_controls": 3}, "max_controls: plays no part in generalised_full"),
        ({"method": "full", "max_controls": 3}, {}, "max_controls: unknown"),
        ({"method": "cardinality", "tolerance": 1e-9, "time_limit": 1.0}, {}, "widen them"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    frame: pd.DataFrame, method: object, options: dict[str, object], message: str
) -> None:
    with pytest.raises(eb.InputError, match=message):
        _match(frame, method, **options)


SCORES = np.array([0.1, 0.2, 0.3, 0.4])
WHO = np.array([True, True, False, False])


@pytest.mark.parametrize(
    ("subclass", "weights", "options", "message"),
    [
        ([1, 1, 1, 1], [1, 1, 1, 1], {}, "several units of both groups"),
        ([1, 1, 2, 2], [1, 1, 1, 1], {}, "without the other group"),
        ([1, 2, 1, -1], [1, 0, 1, 0], {}, "a weight and no set"),
        ([1, 2, 1, 2], [1, 1, 1, 1], {"strata": np.array([0, 0, 1, 0])}, "must not be matched with"),
        ([1, 2, 1, 2], [1, 1, 0.5, 1.5], {}, "does not follow from its set"),
        ([1, 2, 1, 2], [1, 1, 1, 1], {"usable": np.array([True, False, True, True])}, "discarded"),
    ],
)
def test_a_broken_set_is_an_error(
    subclass: list[int], weights: list[float], options: dict[str, object], message: str
) -> None:
    problem = Problem(WHO, scores=SCORES, **options)
    pairing = Pairing(np.array(weights, dtype=float), subclass=np.array(subclass))
    with pytest.raises(EngineError, match=f"python: matching went wrong: row .* {message}"):
        check_sets(problem, pairing, "python", stars=True)
    whole = Pairing(np.ones(4), subclass=np.array([1, 2, 1, 2]))
    check_sets(Problem(WHO, scores=SCORES), whole, "python", stars=True)


@pytest.mark.parametrize(
    ("kept", "message"),
    [([1, 0, 0, 1], "farther apart"), ([1, 1, 1, 0], "ratio"), ([1, 1, 0, 0], "other group")],
)
def test_a_broken_choice_is_an_error(kept: list[int], message: str) -> None:
    balance = MeanBalance(np.array([[0.0], [0.0], [0.0], [9.0]]), np.array([0.5]))
    problem = Problem(WHO, balance=balance)
    check_choice(problem, Pairing(np.array([1.0, 0, 1, 0])), "python")
    with pytest.raises(EngineError, match=message):
        check_choice(problem, Pairing(np.array(kept, dtype=float)), "python")
