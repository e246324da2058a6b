import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.matching import NONE, Caliper, Problem, compiled
from erm_bridge.numerics.matching.nearest import nearest as solve


def nearest(scores, treated, ratio=1, replace=False, order="largest", caliper=None, **options):
    """Match with at most a caliper on the score."""
    calipers = () if caliper is None else (Caliper(caliper),)
    problem = Problem(
        treated, scores, ratio=ratio, replace=replace, order=order, calipers=calipers, **options
    )
    return solve(problem)


def units(treated: list[float], controls: list[float]):
    """Treated first, controls after them."""
    scores = np.array(treated + controls, dtype=np.float64)
    return scores, np.arange(len(scores)) < len(treated)


def random_units(seed: int, digits: int | None = None):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 120))
    treated = rng.random(n) < rng.uniform(0.1, 0.7)
    treated[:2] = [True, False]
    # Dyadic numbers: sums, differences and shifts of them are exact.
    scores = rng.permutation(4 * n)[:n] / 1024
    return (scores if digits is None else np.round(scores, digits)), treated


def untied_units(seed: int):
    """Scores without equal distances: irrational powers of whole numbers."""
    scores, treated = random_units(seed)
    return scores**1.5, treated


def test_one_to_one_by_hand():
    # The largest treated score chooses first and takes .72; the other is left with .65.
    scores, treated = units([0.7, 0.9], [0.72, 0.65, 0.2])
    assert nearest(scores, treated).tolist() == [[3], [2]]
    assert nearest(scores, treated, order="smallest").tolist() == [[2], [3]]
    assert nearest(scores, treated, order="data").tolist() == [[2], [3]]
    assert nearest(scores, treated, replace=True).tolist() == [[2], [2]]


def test_everyone_gets_a_first_match_before_anyone_a_second():
    # .9 takes 2 (.9), then .8 takes 3 (.85); second round: .9 takes 4, nothing is left for .8.
    scores, treated = units([0.8, 0.9], [0.9, 0.85, 0.1])
    assert nearest(scores, treated, ratio=2).tolist() == [[3, NONE], [2, 4]]


def test_a_pair_at_the_caliper_is_kept():
    scores, treated = units([0.5], [0.25, 0.875])
    assert nearest(scores, treated, caliper=0.25).tolist() == [[1]]
    assert nearest(scores, treated, caliper=0.2499).tolist() == [[NONE]]
    assert nearest(scores, treated, ratio=2, replace=True, caliper=0.375).tolist() == [[1, 2]]
    assert nearest(scores, treated, ratio=3, replace=True, caliper=0.25).tolist() == [[1, NONE, NONE]]
    scores, treated = units([0.5, 8.0], [0.25, 0.875])
    assert nearest(scores, treated, caliper=0.25).tolist() == [[2], [NONE]]
    assert nearest(scores, treated, caliper=0.2499).tolist() == [[NONE], [NONE]]


def test_the_left_one_of_two_equally_near_comes_first():
    scores, treated = units([0.5, 9.0], [0.75, 0.25])
    assert nearest(scores, treated, replace=True)[0].tolist() == [3]
    assert nearest(scores, treated, order="smallest")[0].tolist() == [3]


def test_units_in_between_count_as_steps():
    # Left of .5 stands another treated unit, so the right control is found first.
    scores, treated = units([0.5, 0.375], [0.75, 0.25])
    assert nearest(scores, treated, replace=True)[0].tolist() == [2]
    # Without replacement too, and a control that is taken is still a step.
    scores, treated = units([0.375, 0.5], [0.75, 0.25, 0.375])
    assert nearest(scores, treated, order="data").tolist() == [[4], [2]]


def test_a_later_round_starts_from_the_outermost_match():
    # From .5 the right control is one step away and the second left one two, but the first left one
    # is taken in the first round and the search goes on from there.
    scores, treated = units([0.5, 9.0], [0.375, 0.25, 0.75, 9.0, 9.125])
    assert nearest(scores, treated, ratio=2).tolist() == [[2, 3], [5, 6]]
    mirrored, treated = units([-0.5, -9.0], [-0.375, -0.25, -0.75, -9.0, -9.125])
    # Left and right are a tie again: from .375 on the right it is one step, on the left one too.
    assert nearest(mirrored, treated, ratio=2).tolist() == [[2, 4], [5, 6]]


def test_of_equal_controls_the_one_next_in_the_line_comes_first():
    # In the line: control 0, treated 1, control 2, control 3, all with the same score.
    scores = np.full(4, 0.5)
    treated = np.array([False, True, False, False])
    assert nearest(scores, treated, replace=True).tolist() == [[0]]
    # Alternating: 0, 2, 3; the order of the last two is that of std::partial_sort of two equal keys.
    assert nearest(scores, treated, ratio=2, replace=True).tolist() == [[0, 2]]
    assert nearest(scores, treated, ratio=5, replace=True).tolist() == [[0, 2, 3, NONE, NONE]]


def test_a_single_treated_unit_chooses_all_at_once():
    # All equal, the treated unit in row 5: controls are found in the order 4, 6, 3, 7, 2, 8, 1, 9, 0,
    # and std::partial_sort leaves the positions 3, 4, 1, 0, 2, 5 of nine equal keys.
    scores, treated = np.full(10, 0.5), np.arange(10) == 5
    assert nearest(scores, treated, ratio=6).tolist() == [[7, 2, 6, 4, 3, 8]]
    # With a second treated unit there are turns: every round goes on from the match before it on the
    # left and from the unit's own place on the right, one step each, so the left one comes first.
    scores, treated = np.append(scores, 9.0), np.append(treated, True)
    assert nearest(scores, treated, ratio=4, caliper=1.0)[0].tolist() == [4, 3, 2, 1]


def brute_with_replacement(scores, treated, ratio, caliper):
    """Sorted distances of the nearest controls of every treated unit."""
    distances = np.sort(np.abs(scores[treated][:, None] - scores[~treated]), axis=1)[:, :ratio]
    return [[d for d in row if d <= caliper] for row in distances.tolist()]


def brute_without_replacement(scores, treated, ratio, caliper, order):
    """Greedy choice from the whole list of free controls; no ties."""
    rows, free = np.flatnonzero(treated), set(np.flatnonzero(~treated).tolist())
    key = {"largest": -scores[rows], "smallest": scores[rows], "data": rows}[order]
    matches = np.full((len(rows), ratio), NONE)
    for column in range(ratio):
        for unit in np.argsort(key, kind="stable"):
            distances = {c: abs(scores[rows[unit]] - scores[c]) for c in free}
            best = min(distances, key=distances.get, default=None)
            if best is not None and distances[best] <= caliper:
                matches[unit, column] = best
                free.discard(best)
    return matches


@pytest.mark.parametrize("digits", [None, 2, 1, 0])
@pytest.mark.parametrize("seed", range(8))
def test_with_replacement_distances_equal_brute_force(seed: int, digits: int | None):
    scores, treated = random_units(seed, digits)
    for ratio, caliper in ((1, np.inf), (3, 0.01), (4, np.inf), (200, 0.05)):
        matches = nearest(scores, treated, ratio, True, caliper=None if caliper == np.inf else caliper)
        found = [
            sorted(abs(scores[unit] - scores[c]) for c in row if c != NONE)
            for unit, row in zip(np.flatnonzero(treated), matches, strict=True)
        ]
        assert found == brute_with_replacement(scores, treated, ratio, caliper)
        assert all(len({c for c in row if c != NONE}) == np.sum(row != NONE) for row in matches)


@pytest.mark.parametrize("order", ["largest", "smallest", "data"])
@pytest.mark.parametrize("seed", range(8))
def test_without_replacement_equals_greedy_brute_force(seed: int, order: str):
    scores, treated = untied_units(seed)
    for ratio, caliper in ((1, np.inf), (2, 0.02), (3, np.inf)):
        matches = nearest(scores, treated, ratio, False, order, None if caliper == np.inf else caliper)
        expected = brute_without_replacement(scores, treated, ratio, caliper, order)
        np.testing.assert_array_equal(matches, expected)


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_shift_and_scale_change_nothing(seed: int, replace: bool):
    scores, treated = random_units(seed, 1)
    scores = np.round(scores * 16) / 16
    matches = nearest(scores, treated, 3, replace, caliper=0.25)
    np.testing.assert_array_equal(nearest(scores + 8, treated, 3, replace, caliper=0.25), matches)
    np.testing.assert_array_equal(nearest(scores * 4, treated, 3, replace, caliper=1.0), matches)


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_row_order_changes_nothing_without_ties(seed: int, replace: bool):
    scores, treated = untied_units(seed)
    shuffle = np.random.default_rng(seed).permutation(len(scores))
    matches = nearest(scores, treated, 3, replace)
    shuffled = nearest(scores[shuffle], treated[shuffle], 3, replace)

    def by_unit(rows, matches):
        return dict(zip(rows.tolist(), map(tuple, matches.tolist()), strict=True))

    back = np.append(shuffle, NONE)[shuffled]
    rows = shuffle[np.flatnonzero(treated[shuffle])]
    assert by_unit(rows, back) == by_unit(np.flatnonzero(treated), matches)


@pytest.mark.parametrize("seed", range(6))
def test_mirrored_scores_give_the_mirrored_order(seed: int):
    scores, treated = untied_units(seed)
    np.testing.assert_array_equal(
        nearest(-scores, treated, 2, order="smallest"), nearest(scores, treated, 2, order="largest")
    )


def test_blocks_of_treated_units_do_not_change_the_result(monkeypatch):
    scores, treated = random_units(3, 2)
    whole = nearest(scores, treated, 4, True)
    monkeypatch.setattr("erm_bridge.numerics.matching.with_replacement.BLOCK_CELLS", 24)
    np.testing.assert_array_equal(nearest(scores, treated, 4, True), whole)


def brute_first(problem: Problem) -> list[list[int]]:
    """Nearest by distance and then by row, whoever is allowed."""
    rows, partners = np.flatnonzero(problem.focal), np.flatnonzero(~problem.focal)
    reuse = len(rows) if problem.replace else 1
    times = dict.fromkeys(partners.tolist(), 0)
    matches = [[] for _ in rows]
    turns = np.argsort(-problem.scores[rows], kind="stable")
    for found in range(problem.ratio):
        for unit in turns:
            if len(matches[unit]) < found:
                continue
            there = [
                (abs(problem.scores[rows[unit]] - problem.scores[p]), p)
                for p in times
                if times[p] < reuse
                and p not in matches[unit]
                and problem.strata[p] == problem.strata[rows[unit]]
            ]
            if there and min(there)[0] <= problem.distance_caliper:
                matches[unit].append(min(there)[1])
                times[min(there)[1]] += 1
    return matches


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_ties_first_takes_the_first_row_of_the_nearest(seed: int, replace: bool):
    scores, treated = random_units(seed, 1)
    strata = np.random.default_rng(seed).integers(0, 2, len(scores))
    problem = Problem(
        treated, scores, ratio=3, replace=replace, ties="first", strata=strata, calipers=(Caliper(0.25),)
    )
    assert [[p for p in row if p != NONE] for row in solve(problem).tolist()] == brute_first(problem)


@pytest.mark.parametrize("seed", range(6))
def test_ties_all_takes_everyone_as_near_as_the_last(seed: int):
    scores, treated = random_units(seed, 1)
    apart = np.random.default_rng(seed).integers(0, 3, (len(scores), 1))
    matches = nearest(scores, treated, 2, True, ties="all", apart=apart)
    for unit, row in zip(np.flatnonzero(treated), matches, strict=True):
        there = [c for c in np.flatnonzero(~treated) if apart[c, 0] != apart[unit, 0]]
        distances = sorted((abs(scores[unit] - scores[c]), c) for c in there)
        last = distances[min(2, len(there)) - 1][0]
        assert [c for c in row if c != NONE] == [c for d, c in distances if d <= last]


def test_ties_all_that_would_not_fit_are_refused(monkeypatch):
    monkeypatch.setattr("erm_bridge.numerics.matching.all_ties.MOST_CELLS", 50)
    with pytest.raises(InputError, match="ties: all would give a unit 30 partners"):
        nearest(np.zeros(33), np.arange(33) < 3, 1, True, ties="all")


def test_a_variable_ratio_gives_most_to_those_nearest_to_the_other_group():
    # Two on average and from one to four makes 4 + 2 + 1 + 1; the controls' scores are lower.
    scores, treated = units([0.5, 0.9, 0.6, 0.7], [0.1 * i for i in range(10)])
    counts = (nearest(scores, treated, 2, min_controls=1, max_controls=4) != NONE).sum(axis=1)
    assert counts.tolist() == [4, 1, 2, 1]


def test_a_variable_ratio_for_too_few_units_is_refused():
    scores, treated = units([0.5, 0.9], [0.1, 0.2, 0.3, 0.4])
    with pytest.raises(InputError, match="needs more than 2 units that are given partners, found 2"):
        nearest(scores, treated, 3, min_controls=2, max_controls=4)


def test_a_partner_is_used_as_often_as_allowed():
    scores, treated = units([0.5, 0.5, 0.5, 0.9], [0.5, 0.3])
    assert nearest(scores, treated, order="data", reuse_max=2).tolist() == [[4], [4], [5], [5]]


def test_rows_of_one_unit_are_used_once():
    scores, treated = units([0.5, 0.6, 0.9], [0.5, 0.6, 0.8])
    unit = np.array([0, 1, 2, 7, 7, 8])
    assert nearest(scores, treated, order="data", units=unit).tolist() == [[3], [5], [NONE]]


def test_closest_and_farthest_pairs_go_first():
    # Both want .5: .51 is nearer to it than .48.
    scores, treated = units([0.48, 0.51], [0.5, 0.9, 0.1])
    assert nearest(scores, treated, order="closest").tolist() == [[4], [2]]
    assert nearest(scores, treated, order="farthest").tolist() == [[2], [3]]


@pytest.mark.parametrize("order", ["largest", "closest", "farthest", "random"])
def test_compiled_loops_give_the_same_pairs(order: str, monkeypatch):
    rng = np.random.default_rng(7)
    treated = rng.random(300) < 0.3
    problems = [
        Problem(
            treated,
            np.round(rng.random(300), 2),
            ratio=3,
            order=order,
            ties=ties,
            replace=replace,
            strata=rng.integers(0, 3, 300),
            apart=rng.integers(0, 4, (300, 1)),
            calipers=(Caliper(0.2), Caliper(1.0, rng.normal(size=300))),
            units=None if replace else rng.integers(0, 200, 300),
        )
        for ties in ("matchit", "first")
        for replace in (True, False)
    ]
    interpreted = [solve(problem) for problem in problems]
    monkeypatch.setattr(compiled, "WORTH_COMPILING", 0)
    assert compiled.available()
    for problem, matches in zip(problems, interpreted, strict=True):
        np.testing.assert_array_equal(solve(problem), matches)
