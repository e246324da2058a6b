"""Options of `match` drawn at random, many of them nonsense: a match, or an InputError that tells why."""

import numpy as np
import pandas as pd
import pytest
from match_options import nested

import erm_bridge as eb
from erm_bridge.errors import InputError

COLUMNS = ("treat", "age", "income", "race", "urban", "house", "share", "absent")
METHODS = (
    *("nearest", "nearest", "nearest", "exact", "coarsened_exact", "subclassification", "optimal", "full"),
    *("generalised_full", "cardinality", "radius", "kernel", "local_linear", "nearby"),
)


def frame_of(rng: np.random.Generator) -> pd.DataFrame:
    n = int(rng.integers(12, 40))
    return pd.DataFrame(
        {
            "treat": rng.permutation(np.arange(n) % 3 == 0).astype(int),
            "age": rng.integers(20, 60, n),
            "income": np.round(rng.lognormal(3, 0.5, n), 1),
            "race": pd.Categorical(rng.choice(["black", "hispan", "white"], n)),
            "urban": rng.random(n) < 0.6,
            "house": rng.integers(0, n // 2, n),
            "share": rng.uniform(0.4, 2.5, n),
        }
    )


def distance_of(rng: np.random.Generator, frame: pd.DataFrame) -> object:
    n, treated = len(frame), int(frame["treat"].sum())
    named = ("glm", "mahalanobis", "robust_mahalanobis", "euclidean", "scaled_euclidean", "hamming", None)
    arrays = (rng.random(n), np.zeros(n), rng.random((treated, n - treated)), rng.random(n - 1), [["a"]])
    return (*named, *arrays)[int(rng.integers(len(named) + len(arrays)))]


def drawn(rng: np.random.Generator, frame: pd.DataFrame) -> dict[str, object]:
    """Each option with a probability, its value from those that are right, wrong, or right elsewhere."""

    def one(*values: object) -> object:
        return values[int(rng.integers(len(values)))]

    column = one(*COLUMNS)
    choices: dict[str, tuple[object, ...]] = {
        "link": ("logit", "probit", "cloglog", "cauchit", "log"),
        "linear": (True, False, "yes"),
        "ratio": (1, 2, 5, 30, 0, 1.5),
        "replace": (True, False),
        "order": ("largest", "smallest", "closest", "farthest", "data", "random", "first"),
        "min_controls": (1, 2, 0.5, 0, -1),
        "max_controls": (1, 2, 4, 50, 0),
        "reuse_max": (1, 2, 9),
        "ties": ("matchit", "first", "all", "last"),
        "caliper": (
            0.1,
            1e-9,
            -0.1,
            0,
            [{"value": 5, "on": column}],
            [{"value": 1}, {"value": -2, "on": "age"}],
        ),
        "caliper_unit": ("raw", "sd", "mm"),
        "exact": (column, ["race", "urban"], ["age"]),
        "antiexact": (column, ["race"]),
        "unit_id": (column, "house"),
        "mahvars": (column, ["age", "income"], ["age", "age"]),
        "survey_weights": (column, "share", "share"),
        "discard": ("none", "treated", "control", "both", "hull_treated", "hull_control", "hull_both"),
        "reestimate": (True, False),
        "estimand": ("ATT", "ATC", "ATE", "ATO"),
        "digits": (10, 1, None, 99),
        "seed": (1, None, -1),
        "cutpoints": ({"age": 3}, {"age": "q1"}, {"race": 2}, {column: [30]}),
        "grouping": ({"race": [["black", "white"]]}, {"age": [["a", "b"]]}, {"race": [["black", "x"]]}),
        "k2k": (True, False),
        "pair_distance": ("mahalanobis", "canberra", "minkowski", "none"),
        "pair_order": ("data", "closest", "farthest"),
        "power": (1, 3, 0),
        "subclasses": (3, 1, 40, [0.5]),
        "min_n": (0, 1, 90),
        "radius": (0.1, 1e-12, -1),
        "kernel": ("epanechnikov", "normal", "uniform"),
        "bandwidth": (0.06, 1e-9, 0),
    }
    share = one(0.0, 0.02, 0.06, 0.2)
    options = {name: one(*values) for name, values in choices.items() if rng.random() < share}
    options["covariates"] = one(["age", "income"], ["age", "income", "race", "urban"], [column], ["race"])
    options["method"] = one(*METHODS)
    if rng.random() < 0.5:
        options["distance"] = distance_of(rng, frame)
    return options


@pytest.mark.filterwarnings("error")
def test_a_match_or_a_reason_why_not() -> None:
    rng = np.random.default_rng(8)
    made = 0
    for _ in range(200):
        frame = frame_of(rng)
        options = drawn(rng, frame)
        try:
            found = eb.match(frame, treatment="treat", **nested(options))
            assert len(found.balance)
            assert found.sizes.loc["matched"].min() > 0
        except InputError:
            continue
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}\n{options}") from error
        made += 1
    assert 30 < made < 170


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "exact", "distance": "scores"}, "distance: plays no part in exact"),
        ({"method": "cardinality", "distance": "scores"}, "distance: plays no part in cardinality"),
        (
            {"method": {"method": "radius", "radius": 0.1}, "distance": "matrix"},
            "radius needs a score for each row",
        ),
        (
            {"method": "subclassification", "distance": "matrix"},
            "subclassification needs a score for each row",
        ),
        ({"distance": "scores", "link": "probit"}, "link: there is no model where the distance is given"),
        ({"distance": "scores", "linear": True}, "linear: there is no model where the distance is given"),
        ({"distance": "matrix", "order": "largest"}, "order: largest needs a score"),
        ({"distance": "matrix", "ties": "first"}, "ties: first is for scores, not for a matrix"),
        ({"mahvars": "age", "ties": "first"}, "ties: first is for scores, not for mahvars"),
        ({"ratio": 7, "estimand": "ATC"}, "ratio: 7 treated units for each control, but there are only 6"),
        (
            {"min_controls": 0.5, "max_controls": 3, "ratio": 2},
            "min_controls: must be a whole number, found 0.5",
        ),
    ],
    ids=str,
)
def test_what_plays_no_part_is_refused_by_name(options: dict[str, object], message: str) -> None:
    rng = np.random.default_rng(1)
    frame = frame_of(rng).head(18)
    distances = {"scores": rng.random(18), "matrix": rng.random((6, 12))}
    frame = frame.assign(treat=(np.arange(18) % 3 == 0).astype(int))
    if "distance" in options:
        options = options | {"distance": distances[str(options["distance"])]}
    with pytest.raises(InputError, match=message):
        eb.match(frame, treatment="treat", covariates=["age", "income"], **nested(options))


@pytest.mark.parametrize("method", ["nearest", "full", "optimal"])
def test_a_matrix_is_matched_on_without_naming_an_order(method: str) -> None:
    rng = np.random.default_rng(2)
    frame = frame_of(rng).head(12).assign(treat=[1, 0, 0] * 4)
    matrix = rng.random((4, 8))
    found = eb.match(frame, treatment="treat", covariates=["age"], method=method, distance=matrix)
    assert found.made_from.options.order == ("data" if method == "nearest" else "largest")
    same = eb.match(frame, treatment="treat", covariates=["age"], method=method, distance="mahalanobis")
    assert (found.weights > 0).sum() == (same.weights > 0).sum()
