"""Cardinality matching: against every choice there is, and what must hold of any."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.matching.cardinality import cardinality_matching
from erm_bridge.numerics.matching.problem import MeanBalance, Problem

TREATED = np.array([1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1], dtype=bool)
FORMS = {
    "cardinality": {},
    "two controls each": {"ratio": 2},
    "for the controls": {"estimand": "ATC"},
    "profile": {"free_ratio": True},
    "profile of the controls": {"free_ratio": True, "estimand": "ATC"},
    "profile of all": {"free_ratio": True, "estimand": "ATE"},
    "profile of all in a ratio": {"estimand": "ATE"},
}


def _problem(seed, *, free_ratio=False, tolerance=0.3, n=12, **options):
    rng = np.random.default_rng(seed)
    balance = MeanBalance(rng.normal(size=(n, 2)), np.array([tolerance, 2 * tolerance]), free_ratio)
    return Problem(rng.permutation(np.resize(TREATED, n)), balance=balance, **options)


def _fits(problem, chosen, slack=0.0):
    """Tell by means, not by sums, whether a choice meets what was asked for."""
    balance, focal = problem.balance, problem.focal
    kept = [chosen & group for group in (focal, ~focal)]
    sizes = [int(group.sum()) for group in kept]
    if 0 in sizes or (not balance.free_ratio and sizes[1] != problem.ratio * sizes[0]):
        return False
    means = [balance.columns[group].mean(axis=0) for group in kept]
    if problem.estimand == "ATE":
        everyone = balance.columns.mean(axis=0)
        worst = np.maximum(*(np.abs(mean - everyone) for mean in means))
        return bool((worst <= balance.tolerances / 2 + slack).all())
    if balance.free_ratio and sizes[0] < focal.sum():
        return False
    return bool((np.abs(means[0] - means[1]) <= balance.tolerances + slack).all())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(3))
def test_no_choice_that_fits_is_larger(seed, form):
    problem = _problem(seed, tolerance=0.5, **FORMS[form])
    choices = (np.arange(1, 2**12)[:, None] >> np.arange(12)) & 1 == 1
    largest = max((int(c.sum()) for c in choices if _fits(problem, c)), default=0)
    if not largest:
        with pytest.raises(InputError, match="widen"):
            cardinality_matching(problem)
        return
    matched = cardinality_matching(problem)
    assert _fits(problem, matched.weights > 0, slack=1e-6)
    assert (matched.weights > 0).sum() == largest
    assert matched.note == ""


def test_every_form_has_a_solution_in_some_design():
    for options in FORMS.values():
        assert any(_solved(_problem(seed, tolerance=0.5, **options)) for seed in range(3))


def _solved(problem):
    try:
        return not cardinality_matching(problem).empty
    except InputError:
        return False


def test_strata_are_balanced_by_themselves_and_weigh_alike():
    strata = np.arange(60) % 3
    problem = _problem(5, n=60, strata=strata)
    matched = cardinality_matching(problem)
    for code in range(3):
        kept = [(matched.weights > 0) & (strata == code) & group for group in (problem.focal, ~problem.focal)]
        means = [problem.balance.columns[group].mean(axis=0) for group in kept]
        assert (np.abs(means[0] - means[1]) <= problem.balance.tolerances + 1e-6).all()
    for group in (problem.focal, ~problem.focal):
        assert matched.weights[group & (matched.weights > 0)].mean() == pytest.approx(1)


def test_order_and_place_of_the_data_do_not_change_the_size():
    problem = _problem(6, n=40)
    order = np.random.default_rng(1).permutation(40)
    moved = MeanBalance(problem.balance.columns[order] + 1e3, problem.balance.tolerances)
    sizes = [
        (cardinality_matching(posed).weights > 0).sum()
        for posed in (problem, Problem(problem.treated[order], balance=moved))
    ]
    assert sizes[0] == sizes[1] > 0


def test_what_cannot_be_balanced_is_refused():
    balance = MeanBalance(np.array([[0.0], [0.0], [5.0], [6.0]]), np.array([0.1]))
    with pytest.raises(InputError, match="widen them"):
        cardinality_matching(Problem(np.array([True, True, False, False]), balance=balance))
