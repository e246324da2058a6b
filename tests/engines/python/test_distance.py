import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.python.matches.distance import Measured, distance_columns, given_distance, measure
from erm_bridge.errors import InputError
from erm_bridge.numerics.links import LINKS
from erm_bridge.study.models import Matching

N = 60
TREATED = np.random.default_rng(5).random(N) < 0.4


def sample() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"t": TREATED.astype(float), "x": rng.normal(size=N) + 0.5 * TREATED})
    frame["g"] = pd.Categorical(rng.choice(["a", "b", "c"], N))
    return frame.assign(z=np.round(rng.normal(size=N), 1), w=rng.uniform(0.5, 3, N))


def options(**changes) -> Matching:
    given = {"treatment": {"column": "t"}, "covariates": ("x", "g"), "order": "data"}
    return Matching.model_validate({**given, **changes})


def measured(given=None, **changes) -> Measured:
    return measure(sample(), options(**changes), None, TREATED, given)


def test_a_score_is_rounded_and_its_model_reported():
    found, exact = measured(), measured(distance={"digits": None})
    np.testing.assert_array_equal(found.scores, np.round(exact.scores, 10))
    assert found.coefficients.index.tolist() == ["(Intercept)", "x", "g[b]", "g[c]"]
    assert found.coordinates is None
    assert found.usable is None


@pytest.mark.parametrize("link", LINKS)
def test_the_linear_predictor_is_what_the_link_makes_probabilities_of(link: str):
    linear = measured(distance={"link": link, "linear": True, "digits": None}).scores
    scores = measured(distance={"link": link, "digits": None}).scores
    np.testing.assert_array_equal(LINKS[link].response(linear).probability, scores)


def test_survey_weights_change_the_model_and_are_kept():
    found = measured(survey_weights="w")
    np.testing.assert_array_equal(found.survey_weights, sample()["w"])
    assert np.abs(found.scores - measured().scores).max() > 1e-3
    assert measured(survey_weights="w", distance={"method": "mahalanobis"}).coordinates.shape == (N, 4)


@pytest.mark.parametrize("method", ["mahalanobis", "robust_mahalanobis", "euclidean", "scaled_euclidean"])
def test_several_covariates_give_coordinates_and_no_score(method: str):
    found = measured(distance={"method": method})
    assert found.scores is None
    assert found.coefficients is None
    if method == "euclidean":
        np.testing.assert_array_equal(found.coordinates, distance_columns(sample(), ("x", "g")))
    else:
        np.testing.assert_array_equal(found.coordinates, np.round(found.coordinates, 10))


def test_mahvars_stand_beside_the_score():
    found = measured(mahvars=("z", "x"))
    np.testing.assert_array_equal(found.scores, measured().scores)
    assert found.coordinates.shape == (N, 2)


def test_two_levels_are_one_apart():
    columns = distance_columns(sample(), ["g", "z"])
    assert columns.shape == (N, 4)
    first, second = (int(np.argmax(sample()["g"] == level)) for level in "ab")
    assert np.linalg.norm(columns[first, :3] - columns[second, :3]) == pytest.approx(1, rel=1e-15)


def test_scores_are_estimated_again_without_the_discarded():
    once, again = (measured(discard="both", reestimate=flag) for flag in (False, True))
    gone = ~once.usable
    assert 0 < gone.sum() < 20
    np.testing.assert_array_equal(again.usable, once.usable)
    np.testing.assert_array_equal(again.scores[gone], once.scores[gone])
    kept = sample()[once.usable]
    alone = measure(kept, options(), None, TREATED[once.usable])
    np.testing.assert_array_equal(again.scores[~gone], alone.scores)
    pd.testing.assert_series_equal(again.coefficients, alone.coefficients)


def test_scores_of_another_engine_are_matched_on_and_say_who_is_discarded():
    given = np.linspace(0.1, 0.9, N)
    found = measured(given, discard="treated")
    assert found.scores is given
    np.testing.assert_array_equal(
        found.usable, ~TREATED | ((given >= given[~TREATED].min()) & (given <= given[~TREATED].max()))
    )
    # The other engine's are those of its second model, which no longer show who was discarded.
    np.testing.assert_array_equal(
        measured(given, discard="treated", reestimate=True).usable, measured(discard="treated").usable
    )


def test_a_hull_needs_no_score():
    found = measured(distance={"method": "mahalanobis"}, discard="hull_treated")
    assert found.usable[~TREATED].all()
    assert not found.usable.all()


def given(values, **changes) -> Measured:
    return given_distance(values, sample(), options(**changes), TREATED)


def test_a_distance_of_the_user_is_taken_as_it_is():
    scores = np.arange(N) / 7
    assert given(scores).scores.tolist() == scores.tolist()
    matrix = np.abs(np.subtract.outer(scores[TREATED], scores[~TREATED]))
    np.testing.assert_array_equal(given(pd.DataFrame(matrix)).matrix, matrix)
    assert given(scores, mahvars=("x", "z")).coordinates.shape == (N, 2)


MATRIX = np.ones((TREATED.sum(), N - TREATED.sum()))


@pytest.mark.parametrize(
    ("values", "changes", "message"),
    [
        (MATRIX.T, {}, r"a matrix of \d+ treated x \d+ controls; found shape"),
        (np.full(N, np.nan), {}, "the score in row 1 is missing or infinite"),
        (np.where(np.indices(MATRIX.shape)[1] == 2, np.inf, 1), {}, "row 1, column 3 is missing or infinite"),
        (-MATRIX, {}, "row 1, column 1 is negative"),
        (MATRIX, {"mahvars": ("x",)}, "mahvars: a matrix of distances has no score"),
        (MATRIX, {"discard": "both"}, "discard: both needs a score, which a matrix of distances has not; "),
        (MATRIX, {"order": "largest"}, "order: largest needs a score, which a matrix of distances has not"),
        (np.arange(N), {"discard": "both", "reestimate": True}, "reestimate: there is no model"),
    ],
)
def test_unusable_distances_are_refused(values, changes, message):
    with pytest.raises(InputError, match=message):
        given(values, **changes)


def test_unusable_weights_are_refused():
    frame = sample().assign(w=[1.0, 0.0] + [1.0] * (N - 2))
    with pytest.raises(InputError, match="survey_weights: 'w' holds 0 in row 2; weights must be above zero"):
        measure(frame, options(survey_weights="w"), None, TREATED)


def test_a_group_that_is_discarded_as_a_whole_is_an_error():
    with pytest.raises(InputError, match="discard: treated: every treated row lies outside"):
        given(np.where(TREATED, 2.0, 1.0), discard="treated")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"distance": {"method": "mahalanobis", "link": "probit"}},
            "link: the method mahalanobis has",
        ),
        ({"distance": {"method": "euclidean", "linear": True}}, "linear: the method euclidean has no model"),
        (
            {"distance": {"method": "mahalanobis"}, "mahvars": ("z",)},
            "mahvars: the distance mahalanobis",
        ),
        ({"distance": {"method": "mahalanobis"}, "discard": "both"}, "choose none or hull_both"),
        (
            {"distance": {"method": "mahalanobis"}, "discard": "hull_both", "reestimate": True},
            "reestimate: the distance mahalanobis has no model",
        ),
        ({"distance": {"method": "mahalanobis"}, "order": "largest"}, "order: largest needs a score"),
        ({"reestimate": True}, "reestimate: nothing is discarded"),
        ({"mahvars": ("t",)}, "mahvars: 't' is the treatment"),
        ({"survey_weights": "t"}, "survey_weights: 't' is the treatment"),
        ({"mahvars": ("x", "x")}, "mahvars"),
    ],
)
def test_options_that_do_not_go_together_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        options(**changes)
