"""Errors of matched effects on random designs: sandwich's, and Abadie and Imbens's by Matching::Match."""

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.numerics.effects.regression import Covariates
from erm_bridge.numerics.matching import Problem
from erm_bridge.numerics.matching.nearest import nearest
from erm_bridge.numerics.matching.weights import matching_weights
from erm_bridge.numerics.standard_errors import MatchedSample, adjusted, matched

pytestmark = pytest.mark.r

KINDS = ("HC0", "HC1", "HC2", "HC3", "pair", "unit", "pair_and_unit")
DESIGNS = 40


def design_of(number: int) -> tuple[MatchedSample, np.ndarray, int]:
    """Units with untied scores, matched with replacement in even designs and without in odd ones."""
    rng = np.random.default_rng(number)
    n, ratio = int(rng.integers(30, 200)), int(rng.integers(1, 4))
    x = np.column_stack([rng.normal(size=n), 100 + 10 * rng.normal(size=n)])
    treated = rng.permutation(n) < max(8, n // 6)
    p = 1 / (1 + np.exp(1.5 - x[:, 0] - treated))
    y = x @ [1, 0.2] + treated * (1 + x[:, 0]) + rng.normal(size=n) * (1 + np.abs(x[:, 0]))
    matches = nearest(Problem(treated, p, ratio=ratio, replace=number % 2 == 0))
    weights = matching_weights(matches, treated)
    return MatchedSample(y, treated, weights, matches, places=p, neighbours=2), x, ratio


@pytest.fixture(scope="module")
def designs() -> list[tuple[MatchedSample, np.ndarray, int]]:
    return [design_of(number) for number in range(DESIGNS)]


def strata_of(number: int) -> tuple[MatchedSample, np.ndarray]:
    """Units in subclasses of any size, with weights on both sides; the effect is about everyone."""
    rng = np.random.default_rng(1000 + number)
    n = int(rng.integers(40, 150))
    subclass = np.sort(rng.integers(1, n // 6, n))
    treated, x = rng.random(n) < 0.4, rng.normal(size=(n, 2))
    weights = rng.uniform(0.2, 3, n)
    y = x @ [1, 0.5] + treated * (1 + x[:, 0]) + rng.normal(size=n) + rng.normal(size=n)[subclass]
    everyone = np.ones(n, dtype=bool)
    return MatchedSample(y, treated, weights, None, subclass, focal=everyone), x


@pytest.fixture(scope="module")
def strata() -> list[tuple[MatchedSample, np.ndarray]]:
    return [strata_of(number) for number in range(10)]


@pytest.fixture(scope="module")
def by_r(designs, strata, rscript) -> dict[str, pd.DataFrame]:
    units, sets = [], []
    for number, (sample, x, _) in enumerate(designs):
        columns = {"y": sample.outcome, "treated": sample.treated.astype(float), "weight": sample.weights}
        units.append(
            pd.DataFrame({"design": number, **columns, "score": sample.places, "x1": x[:, 0], "x2": x[:, 1]})
        )
        rows = sample.sets
        sets.append(
            pd.DataFrame({"design": number, "set": rows.number, "unit": rows.unit + 1, "weight": rows.weight})
        )
    groups = [
        pd.DataFrame(
            {
                "design": number,
                "y": sample.outcome,
                "treated": sample.treated.astype(float),
                "weight": sample.weights,
                "subclass": sample.subclass,
                "x1": x[:, 0],
                "x2": x[:, 1],
            }
        )
        for number, (sample, x) in enumerate(strata)
    ]
    asked = pd.DataFrame({"design": range(DESIGNS), "ratio": [ratio for *_, ratio in designs]})
    tables = {"units": pd.concat(units), "sets": pd.concat(sets), "designs": asked}
    return rscript("effects.R", data={**tables, "strata": pd.concat(groups)})


def test_regressions_are_those_of_lm_and_sandwich(designs, by_r):
    errors = by_r["errors"].set_index(["design", "row", "kind"])
    found = {}
    for number, (sample, x, _) in enumerate(designs):
        for kind in KINDS:
            found[number, "matched", kind] = matched(sample, kind)
            found[number, "adjusted", kind] = adjusted(sample, kind, Covariates(x, ["x1", "x2"]))
    expected = errors.loc[list(found)]
    assert len(expected) == DESIGNS * len(KINDS) * 2
    np.testing.assert_allclose(
        [c.estimate for c in found.values()], expected["estimate"], rtol=1e-9, atol=1e-11
    )
    np.testing.assert_allclose([c.std_error for c in found.values()], expected["std_error"], rtol=1e-10)


def test_the_error_of_abadie_and_imbens_is_that_of_matching(designs, by_r):
    assert by_r["installed"]["matching"].tolist() == ["TRUE"], "tests need the R package Matching"
    errors = by_r["errors"].query("kind == 'Match'").set_index("design")
    for number in range(0, DESIGNS, 2):
        found = matched(designs[number][0], "abadie_imbens")
        assert found.estimate == pytest.approx(errors.loc[number, "estimate"], rel=1e-10)
        assert found.std_error == pytest.approx(errors.loc[number, "std_error"], rel=1e-8)


def test_clusters_of_subclasses_are_those_of_sandwich(strata, by_r):
    expected = by_r["strata"].set_index(["design", "row"])
    for number, (sample, x) in enumerate(strata):
        covariates = Covariates(x, ["x1", "x2"])
        found = {"matched": matched(sample, "subclass"), "adjusted": adjusted(sample, "subclass", covariates)}
        for row, contrast in found.items():
            assert contrast.estimate == pytest.approx(expected.loc[(number, row), "estimate"], rel=1e-10)
            assert contrast.std_error == pytest.approx(expected.loc[(number, row), "std_error"], rel=1e-10)


DESIGNS_OF_FRAMES = (
    {"replace": True, "ratio": 2, "survey_weights": "w"},
    {"replace": True, "distance": "mahalanobis", "survey_weights": "w", "estimand": "ATC"},
    {"method": {"method": "coarsened_exact", "k2k": True}, "estimand": "ATE"},
    {"replace": True, "ratio": 2, "estimand": "ATC"},
    {"method": {"method": "subclassification", "subclasses": 4}, "estimand": "ATC"},
)


@pytest.mark.parametrize("options", DESIGNS_OF_FRAMES)
def test_both_engines_estimate_alike(options):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(160, 2))
    treated = rng.random(160) < 1 / (1 + np.exp(0.5 - x[:, 0]))
    frame = pd.DataFrame({"t": treated, "x1": x[:, 0], "x2": x[:, 1], "w": rng.uniform(0.5, 2, 160)})
    y = pd.Series(x @ [1, 0.5] + treated * (1 + x[:, 0]) + rng.normal(size=160))
    match = eb.match(frame, treatment="t", covariates=["x1", "x2"], **options)
    pairs = match.match_matrix.shape[1] > 0
    kinds = ["psmatch2", "HC3", *(["pair", "pair_and_unit", "bootstrap"] if pairs else ["subclass"])]
    asked = {"outcome": y, "std_error": kinds, "adjust": ["x1"], "replicates": 20, "seed": 1}
    found, by_r = (eb.estimate_effect(match, **asked, engine=engine) for engine in ("python", "r"))
    pd.testing.assert_frame_equal(found.table, by_r.table, check_exact=False, rtol=1e-10)
    pd.testing.assert_frame_equal(found.in_sd, by_r.in_sd, check_exact=False, rtol=1e-10)
