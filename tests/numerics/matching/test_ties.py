from functools import total_ordering
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics.matching.ties import choose, partial_sort, sort

STORED = pd.read_csv(Path(__file__).parents[2] / "reference" / "std_sort_order.csv", dtype=str)


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.split()]


def test_partial_sort_of_equal_keys_by_hand():
    # Heap of the first three: the hole at the front sinks to the right child: items 2, 1, 0.
    # Sorting moves 2 to the end, then 1 rises to the front and goes behind it: 1, 0 becomes 0, 1.
    assert partial_sort([5, 5, 5, 5], 3) == [0, 1, 2]
    # Item 2 is nearer than the top of the heap of the first two, which is item 1; item 3 is not.
    assert partial_sort([5, 5, 1, 5], 2) == [2, 0]


def test_every_order_is_that_of_the_c_library():
    assert len(STORED) == 120
    for row in STORED.itertuples():
        keys = numbers(row.keys)
        assert partial_sort(keys, int(row.count)) == numbers(row.partial_sort)
        assert sort(keys) == numbers(row.sort)


def test_stored_orders_are_unlike_a_stable_sort():
    stable = [np.argsort(numbers(row.keys), kind="stable").tolist() for row in STORED.itertuples()]
    partly = [
        numbers(row.partial_sort) != order[: int(row.count)]
        for row, order in zip(STORED.itertuples(), stable, strict=True)
    ]
    wholly = [numbers(row.sort) != order for row, order in zip(STORED.itertuples(), stable, strict=True)]
    assert sum(partly) > 50
    assert sum(wholly) > 20


@total_ordering
class Adversary:
    """A key that decides what it is only when compared, as badly as it can (McIlroy 1999)."""

    decided = 0
    compared = 0
    candidate = None

    def __init__(self) -> None:
        self.rank = None

    def __lt__(self, other: "Adversary") -> bool:
        Adversary.compared += 1
        if self.rank is None and other.rank is None:
            loser = self if self is Adversary.candidate else other
            loser.rank = Adversary.decided
            Adversary.decided += 1
        if self.rank is None:
            Adversary.candidate = self
            return False
        if other.rank is None:
            Adversary.candidate = other
            return True
        return self.rank < other.rank

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None


def test_worst_case_is_cut_short_by_heap_sort():
    keys = [Adversary() for _ in range(2000)]
    order = sort(keys)
    ranks = [np.inf if keys[item].rank is None else keys[item].rank for item in order]
    assert sorted(order) == list(range(2000))
    assert ranks == sorted(ranks)
    # Quicksort without a limit would need about 2000^2 / 4 comparisons.
    assert Adversary.compared < 100_000


def test_a_candidate_is_not_collected_when_enough_are_nearer():
    # Four are wanted and four are at distance 1: the farther one is left out, the order stays.
    assert choose([1, 1, 1, 1, 2], 4) == [0, 1, 2, 3]
    # Were it collected, there would be more than are wanted and a partial sort.
    assert partial_sort([1, 1, 1, 1, 2], 4) == [1, 3, 0, 2]
    assert choose([2, 1, 1, 1, 1], 4) == partial_sort([2, 1, 1, 1, 1], 4)


def test_few_candidates_keep_the_order_found_if_sorted():
    assert choose([1] * 20, 20) == list(range(20))
    assert choose([3, 1, 2], 5) == [1, 2, 0]
    assert choose([], 2) == []


@pytest.mark.parametrize("seed", range(20))
def test_distances_are_the_smallest(seed: int):
    rng = np.random.default_rng(seed)
    distances = rng.integers(0, 6, size=rng.integers(1, 60)).tolist()
    ratio = int(rng.integers(1, 20))
    chosen = choose(distances, ratio)
    assert len(set(chosen)) == len(chosen)
    assert [distances[i] for i in chosen] == sorted(distances)[:ratio]
