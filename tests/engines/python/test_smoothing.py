from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from match_options import nested

import erm_bridge as eb
from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics.matching import Pairing, Problem
from erm_bridge.numerics.matching.properties_of_smoothing import check_smoothing

ENGINES = ["python", pytest.param("r", marks=pytest.mark.r)]
LALONDE = Path(__file__).parents[3] / "studies" / "lalonde" / "lalonde.csv"
COVARIATES = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]


@pytest.fixture(scope="module")
def lalonde() -> pd.DataFrame:
    frame = pd.read_csv(LALONDE)
    return frame.assign(race=frame["race"].astype("category"))


def match(frame: pd.DataFrame, method: str, **settings):
    return eb.match(frame, treatment="treat", covariates=COVARIATES, **nested({"method": method, **settings}))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_match_without_pairs(lalonde, engine):
    found = match(lalonde, "radius", radius=0.02, engine=engine)
    assert found.match_matrix.shape == (185, 0)
    assert found.subclass is None
    scores, treated = found.distance.to_numpy(), found.treated.to_numpy()
    near = np.abs(scores[treated][:, None] - scores[~treated]) <= 0.02
    expected = (near / np.maximum(near.sum(axis=1, keepdims=True), 1)).sum(axis=0)
    weights = found.weights.to_numpy()
    np.testing.assert_allclose(
        weights[~treated] / weights[~treated].sum(), expected / expected.sum(), atol=1e-14
    )
    assert (weights[treated] == near.any(axis=1)).all()


@pytest.mark.r
@pytest.mark.parametrize("estimand", ["ATT", "ATC"])
@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("radius", {"radius": 0.05}),
        ("kernel", {}),
        ("kernel", {"kernel": "normal", "bandwidth": 0.1}),
        ("local_linear", {}),
        ("local_linear", {"kernel": "epanechnikov", "bandwidth": 0.2}),
    ],
)
def test_engines_agree_on_weights_balance_and_effect(lalonde, method, settings, estimand):
    ours, theirs = (
        match(lalonde, method, **settings, estimand=estimand, engine=engine) for engine in ("python", "r")
    )
    np.testing.assert_allclose(ours.weights, theirs.weights, rtol=0, atol=1e-9)
    pd.testing.assert_frame_equal(ours.balance, theirs.balance, rtol=1e-8, atol=1e-9)
    effects = [
        eb.estimate_effect(m, outcome=lalonde["re78"], engine=e).table
        for m, e in ((ours, "python"), (ours, "r"))
    ]
    pd.testing.assert_frame_equal(*effects, rtol=1e-10)


@pytest.mark.r
@pytest.mark.parametrize("method", [{"method": "radius", "radius": 0.02}, "kernel", "local_linear"])
def test_a_study_agrees_in_every_number(method):
    study = LALONDE.parent
    changes = {"matching.method": method, "effect.sensitivity": {"e_value": True}}
    crosscheck = eb.run(study, settings=changes).crosscheck
    assert set(crosscheck["verdict"]) == {"agree"}
    quantities = set(crosscheck["quantity"])
    assert {"unit_weight", "smd", "estimate", "e_value"} <= quantities
    assert not {"n_pairs", "pair_distance_max", "sets_equal"} & quantities


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        ("radius", {}, "radius: give the largest distance of a partner"),
        ("radius", {"radius": 0.1, "bandwidth": 0.1}, "bandwidth: does not belong to radius"),
        ("kernel", {"radius": 0.1}, "radius: does not belong to kernel"),
        ("kernel", {"bandwidth": 0.0}, "bandwidth.*greater than 0"),
        ("kernel", {"kernel": "gaussian"}, "kernel.*normal"),
        ("kernel", {"ratio": 2}, "ratio: plays no part in kernel"),
        ("local_linear", {"caliper": 0.1}, "caliper: plays no part in local_linear"),
        ("kernel", {"estimand": "ATE"}, "ATE is not available for kernel; choose ATT or ATC"),
        ("radius", {"radius": 1e-9, "distance": np.arange(614) / 614}, "nobody has a partner.*widen radius"),
    ],
)
def test_what_makes_no_sense_is_refused(lalonde, method, settings, message):
    with pytest.raises(InputError, match=message):
        match(lalonde, method, **settings)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 0.5, 1, 1], "row 2 is given partners and weighs neither 0 nor 1"),
        ([1, 0, -1, 3], "row 3 has a negative weight"),
        ([1, 0, 1, 2], "weights average 1.5"),
        ([1, 0, 1, 1], "row 4 has a weight beyond 0.1"),
    ],
)
def test_broken_promises_are_told(weights, message):
    problem = Problem(treated=np.array([True, True, False, False]), scores=np.array([0.1, 0.3, 0.15, 0.35]))
    with pytest.raises(EngineError, match=f"python: matching went wrong: .*{message}"):
        check_smoothing(problem, Pairing(np.array(weights, float)), reach=0.1, signed=False, engine="python")
