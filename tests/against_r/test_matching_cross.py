"""`match` with either engine on combinations of its options, drawn at random over their cross."""

import numpy as np
import pandas as pd
import pytest
from match_options import nested

import erm_bridge as eb
from erm_bridge.errors import InputError

pytestmark = pytest.mark.r

COVARIATES = ["age", "income", "race", "urban"]
# How many of the combinations that can be matched are held against R, of each group of methods.
NEAREST, OTHERS = 40, 20
CLOSE = {"rtol": 1e-9, "atol": 1e-9}
# The engines' own scores differ by 1e-12 (cauchit): at more digits one may lie at the edge of rounding.
DIGITS = 6
LINKS = ("logit", "probit", "cloglog", "cauchit")
DISTANCES = ("mahalanobis", "robust_mahalanobis", "euclidean", "scaled_euclidean")
RULES = (*("treated", "control", "both") * 3, "hull_treated", "hull_control", "hull_both")
ORDERS = ("largest", "smallest", "closest", "farthest", "data", "random")

Options = dict[str, object]


def sample(rng: np.random.Generator) -> pd.DataFrame:
    """A small survey with ties, categories, households and weights."""
    n = int(rng.integers(60, 240))
    age, race = rng.integers(20, 60, n), rng.choice(["black", "hispan", "white"], n)
    income = np.round(rng.lognormal(3, 0.5, n), 1)
    urban = rng.random(n) < 0.6
    chance = 1 / (1 + np.exp(0.6 + 0.03 * (age - 40) - 0.8 * (race == "black") - 0.5 * urban))
    return pd.DataFrame(
        {
            "treat": (rng.random(n) < chance).astype(int),
            "age": age,
            "income": income,
            "race": pd.Categorical(race),
            "urban": urban,
            "region": pd.Categorical(rng.choice(["north", "south"], n)),
            "house": rng.integers(0, n // 2, n),
            "share": np.round(rng.uniform(0.4, 2.5, n), 2),
            "risk": rng.normal(size=n) + 0.02 * age,
            "wealth": rng.exponential(size=n),
        }
    )


def one(rng: np.random.Generator, *values: object) -> object:
    return values[int(rng.integers(len(values)))]


def handed(rng: np.random.Generator, frame: pd.DataFrame) -> np.ndarray:
    """Scores with ties or without."""
    noise = rng.normal(0, 0.5, len(frame))
    scores = 1 / (1 + np.exp(1 + 0.02 * (frame["age"] - 40) - 0.5 * frame["urban"] + noise))
    return np.round(scores.to_numpy(), int(one(rng, 2, 3, 12)))


def how_far(rng: np.random.Generator, frame: pd.DataFrame) -> Options:
    """A distance: scores handed or own ones, several covariates, a matrix; each with what belongs to it."""
    kind = one(rng, "handed", "handed", "own", "own", "covariates", "covariates", "matrix")
    if kind == "matrix":
        size = (int(frame["treat"].sum()), int((frame["treat"] == 0).sum()))
        return {"distance": np.round(rng.exponential(1, size), int(one(rng, 1, 6)))}
    if kind == "covariates":
        return {"distance": one(rng, *DISTANCES), "digits": DIGITS}
    if kind == "handed":
        return {"distance": handed(rng, frame)}
    again = {"discard": one(rng, *RULES), "reestimate": True} if rng.random() < 0.3 else {}
    return {"link": one(rng, *LINKS), "linear": rng.random() < 0.4, "digits": DIGITS} | again


def restrictions(rng: np.random.Generator) -> Options:
    drawn: Options = {}
    on_score = {"value": one(rng, 0.05, 0.3, -0.01), "unit": one(rng, "raw", "sd")}
    on_age = {"value": one(rng, 5, 12, -2), "on": "age"}
    on_income = {"value": one(rng, 0.5, 1.0, -0.1), "unit": "sd", "on": "income"}
    widths = [width for width in (on_score, on_age, on_income) if rng.random() < 0.25]
    if widths:
        drawn["caliper"] = widths
    if rng.random() < 0.25:
        drawn["exact"] = one(rng, ["race"], ["race", "urban"], ["region"])
    if rng.random() < 0.2:
        drawn["antiexact"] = one(rng, ["region"], ["age"], ["house", "urban"])
    if rng.random() < 0.15:
        drawn["unit_id"] = "house"
    return drawn


def neighbours(rng: np.random.Generator, frame: pd.DataFrame) -> Options:
    drawn = how_far(rng, frame) | restrictions(rng)
    drawn |= {"ratio": one(rng, 1, 1, 2, 3), "replace": rng.random() < 0.4, "seed": int(rng.integers(100))}
    if rng.random() < 0.25:
        # No two partners are equally far in these: MatchIt makes coordinates of its own, rounded otherwise.
        drawn |= {"mahvars": one(rng, ["risk", "wealth"], ["risk", "race", "wealth"], ["risk"])}
    if rng.random() < 0.7:
        drawn["order"] = one(rng, *ORDERS)
    if rng.random() < 0.3 and drawn["replace"]:
        drawn["reuse_max"] = one(rng, 2, 3)
    if rng.random() < 0.3 and drawn["ratio"] != 1:
        drawn["max_controls"] = drawn["ratio"] + one(rng, 1, 2)
        if rng.random() < 0.5:
            drawn["min_controls"] = 1
    if rng.random() < 0.25:
        drawn["ties"] = one(rng, "first", "all")
    if rng.random() < 0.3:
        drawn["survey_weights"] = "share"
    if rng.random() < 0.25 and "discard" not in drawn:
        drawn["discard"] = one(rng, *RULES)
    return drawn | {"estimand": one(rng, "ATT", "ATT", "ATC")}


def others(rng: np.random.Generator, frame: pd.DataFrame) -> Options:
    method = one(
        rng, "exact", "coarsened_exact", "k2k", "subclassification", "radius", "kernel", "local_linear"
    )
    drawn: Options = {"method": method, "estimand": one(rng, "ATT", "ATC", "ATE")}
    if method == "exact":
        return drawn | {"covariates": one(rng, ["race"], ["race", "urban", "region"], ["age"])}
    if method in ("coarsened_exact", "k2k"):
        drawn |= {
            "method": "coarsened_exact",
            "cutpoints": {"age": one(rng, 3, "q2", "q4", "scott", "fd", [35])},
        }
        if rng.random() < 0.5:
            drawn["grouping"] = {"race": [["black", "hispan"]]}
        if method == "k2k":
            far = one(rng, *DISTANCES, "maximum", "manhattan", "canberra", "minkowski", "none")
            drawn |= {
                "k2k": True,
                "pair_distance": far,
                "pair_order": one(rng, "data", "closest", "farthest"),
            }
        return drawn
    own = {"link": one(rng, *LINKS), "linear": rng.random() < 0.4, "digits": DIGITS}
    drawn |= one(rng, own, {"distance": handed(rng, frame)})
    if method == "subclassification":
        return drawn | {"subclasses": one(rng, 3, 6, [0.2, 0.6]), "min_n": one(rng, 0, 1, 3)}
    if method == "radius":
        return drawn | {"radius": one(rng, 0.02, 0.2)}
    return drawn | {
        "kernel": one(rng, "epanechnikov", "normal", "biweight", "tricube", "uniform"),
        "bandwidth": 0.1,
    }


def matched(engine: str, frame: pd.DataFrame, options: Options) -> eb.Match:
    asked = {"treatment": "treat", "covariates": COVARIATES} | nested(options)
    return eb.match(frame, **asked, engine=engine)


def refused(engine: str, frame: pd.DataFrame, options: Options) -> eb.Match | None:
    try:
        return matched(engine, frame, options)
    except InputError:
        return None


def same(a: eb.Match, b: eb.Match) -> None:
    """Hold two matches against each other in everything that they say."""
    pd.testing.assert_frame_equal(a.match_matrix, b.match_matrix)
    pd.testing.assert_series_equal(a.weights, b.weights, rtol=1e-10, atol=1e-10)
    for name in ("subclass", "discarded", "survey_weights"):
        ours, theirs = getattr(a, name), getattr(b, name)
        assert (ours is None) == (theirs is None), name
        if ours is not None:
            pd.testing.assert_series_equal(ours, theirs)
    if a.distance is not None:
        pd.testing.assert_series_equal(a.distance, b.distance, **CLOSE)
    pd.testing.assert_frame_equal(a.sizes, b.sizes, **CLOSE, check_names=False)
    pd.testing.assert_frame_equal(a.balance, b.balance, **CLOSE, check_like=True)


@pytest.mark.parametrize(("draw", "wanted", "seed"), [(neighbours, NEAREST, 33), (others, OTHERS, 32)])
def test_both_engines_agree_over_the_cross_of_options(draw, wanted, seed):
    rng = np.random.default_rng(seed)
    held: list[Options] = []
    while len(held) < wanted:
        frame = sample(rng)
        options = draw(rng, frame)
        ours = refused("python", frame, options)
        if ours is None:
            # Nobody within a caliper and the like is for each engine to find.
            assert refused("r", frame, options) is None, options
            continue
        try:
            same(ours, matched("r", frame, options))
        except Exception as error:
            raise AssertionError(f"{options}: {error}") from error
        held.append(options)
    assert_all_drawn(draw, held)


def assert_all_drawn(draw, held: list[Options]) -> None:
    """Every option has to be among those that were held against each other."""
    keys = set().union(*held)
    if draw is neighbours:
        assert keys >= {
            "mahvars",
            "link",
            "discard",
            "reestimate",
            "survey_weights",
            "reuse_max",
            "max_controls",
            "min_controls",
            "order",
            "caliper",
            "exact",
            "antiexact",
            "unit_id",
            "ties",
        }
        assert {options.get("order") for options in held} >= set(ORDERS)
    else:
        assert {options["method"] for options in held} == {
            "exact",
            "coarsened_exact",
            "subclassification",
            "radius",
            "kernel",
            "local_linear",
        }
        assert {"k2k", "grouping", "subclasses", "min_n", "cutpoints"} <= keys
