"""Errors of Abadie and Imbens: by hand, against Stata's printed numbers, and properties."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics.effects.links import density_of
from erm_bridge.numerics.matching.weights import matching_weights
from erm_bridge.numerics.propensity import fit_propensity
from erm_bridge.numerics.standard_errors import MatchedSample, Score, matched

LALONDE = Path(__file__).parents[3] / "studies" / "lalonde" / "lalonde.csv"
DISCRETE = ["age", "educ", "black", "hispan", "married", "nodegree"]
FULL = [*DISCRETE, "re74", "re75"]


def all_nearest(p: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """Controls that are nearest to each treated unit, all ties, side by side."""
    controls = np.flatnonzero(~treated)
    rows = []
    for place in p[treated]:
        apart = np.abs(p[controls] - place)
        rows.append(controls[apart == apart.min()])
    found = np.full((len(rows), max(map(len, rows))), -1)
    for row, members in zip(found, rows, strict=True):
        row[: len(members)] = members
    return found


def sample_of(y: np.ndarray, treated: np.ndarray, p: np.ndarray, design: np.ndarray) -> MatchedSample:
    matches = all_nearest(p, treated)
    score = Score(p, density_of(p, "logit"), design)
    return MatchedSample(
        y, treated, matching_weights(matches, treated), matches, places=p, score=score, ratio=1
    )


@pytest.mark.parametrize(
    ("columns", "effect", "std_error"), [(DISCRETE, 1209.718, 1261.376), (FULL, 1968.8, 1126.321)]
)
def test_what_stata_prints_for_an_estimated_score(columns, effect, std_error):
    # Stata 18, `teffects psmatch (re78) (treat ...), atet` on these data, as recorded in the tests of the
    # Python package StatsPAI (tests on "teffects probit" against Stata).
    frame = pd.read_csv(LALONDE)
    frame = frame.assign(black=frame["race"] == "black", hispan=frame["race"] == "hispan")
    treated, design = frame["treat"].to_numpy() == 1, frame[columns].to_numpy("float64")
    p = np.round(fit_propensity(design, treated, columns).fitted, 12)
    found = matched(sample_of(frame["re78"].to_numpy("float64"), treated, p, design), "abadie_imbens_score")
    assert found.estimate == pytest.approx(effect, abs=6e-4)
    assert found.std_error == pytest.approx(std_error, abs=6e-4)


OUTCOME = np.array([4.0, 6, 11, 1, 3, 5, 9])
TREATED = np.array([True, True, True, False, False, False, False])
PLACES = np.array([0.0, 1, 2, 0.2, 0.9, 1.5, 4])


def small(matches: list[list[int]], **changes: object) -> MatchedSample:
    pairs = np.array(matches)
    sample = MatchedSample(OUTCOME, TREATED, matching_weights(pairs, TREATED), pairs, places=PLACES)
    return replace(sample, **changes)


def test_by_hand():
    # Row 4 serves rows 0 (share 1/2) and 1; row 3 serves row 0, row 5 row 2.
    found = matched(small([[3, 4], [4, -1], [5, -1]]), "abadie_imbens")
    gain = np.array([4 - 2, 6 - 3, 11 - 5])
    # K = 1.5, K' = 1.25 for row 4, whose nearest control is row 5: variance (3 - 5)^2 / 2.
    variance = (np.sum((gain - gain.mean()) ** 2) + (1.5**2 - 1.25) * 2) / 9
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-14)


def test_two_neighbours_and_ties():
    tied = small([[4], [4], [4]], neighbours=2, places=np.array([0.0, 1, 2, 0.5, 1, 1.5, 1.5]))
    # The nearest two of row 4 are rows 3, 5 and 6, all half a unit away.
    gain = OUTCOME[:3] - 3
    variance = (np.sum((gain - gain.mean()) ** 2) + (9 - 3) * np.var([3, 1, 5, 9], ddof=1)) / 9
    assert matched(tied, "abadie_imbens").std_error == pytest.approx(np.sqrt(variance), rel=1e-14)


def test_without_reuse_it_is_the_error_of_paired_differences():
    gain = OUTCOME[:3] - OUTCOME[[3, 4, 6]]
    error = np.sqrt(np.sum((gain - gain.mean()) ** 2)) / 3
    assert matched(small([[3], [4], [6]]), "abadie_imbens").std_error == pytest.approx(error, rel=1e-14)


def test_coordinates_of_one_column_are_scores():
    sample = small([[3, 4], [4, 5], [5, 4]], neighbours=2)
    line = matched(sample, "abadie_imbens")
    assert matched(replace(sample, places=PLACES[:, None]), "abadie_imbens") == line


def random_sample(n: int, decimals: int) -> MatchedSample:
    rng = np.random.default_rng(1)
    design = np.column_stack([rng.normal(size=n), rng.integers(0, 3, n)])
    p = np.round(1 / (1 + np.exp(1 - design @ [0.8, 0.3])), decimals).clip(0.1, 0.9)
    treated = rng.random(n) < p
    return replace(
        sample_of(design.sum(axis=1) + treated + rng.normal(size=n), treated, p, design), neighbours=2
    )


@pytest.mark.parametrize("kind", ["abadie_imbens", "abadie_imbens_score"])
@pytest.mark.parametrize("decimals", [1, 12])
def test_the_order_of_rows_and_scales_do_not_matter(kind, decimals):
    sample = random_sample(150, decimals)
    order = np.random.default_rng(2).permutation(150)
    shuffled = sample_of(
        3 * sample.outcome[order] - 7, sample.treated[order], sample.places[order], sample.score.design[order]
    )
    error = matched(sample, kind).std_error
    assert error > 0
    other = matched(replace(shuffled, neighbours=2), kind)
    assert other.std_error == pytest.approx(3 * error, rel=1e-10)


@pytest.mark.parametrize("kind", ["abadie_imbens", "abadie_imbens_score"])
def test_effects_on_controls_mirror_those_on_the_treated(kind):
    sample = random_sample(120, 12)
    score = Score(1 - sample.places, sample.score.density, sample.score.design)
    mirrored = replace(sample, treated=~sample.treated, focal=sample.treated, score=score)
    found, other = matched(sample, kind), matched(mirrored, kind)
    assert other.estimate == pytest.approx(-found.estimate, rel=1e-12)
    assert other.std_error == pytest.approx(found.std_error, rel=1e-10)


def test_a_group_of_one_has_no_error():
    few = MatchedSample(OUTCOME[:3], TREATED[1:4], np.ones(3), np.array([[2], [2]]), places=PLACES[:3])
    assert np.isnan(matched(few, "abadie_imbens").std_error)
