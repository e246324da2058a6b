"""Which of several equally near controls comes first: the order that MatchIt's compiled code leaves.

MatchIt collects the candidates of a treated unit in a fixed order and picks the nearest by
`std::partial_sort` or `std::sort` of the C++ standard library. Neither is stable, so among equal
distances the result is a property of the algorithm. The functions here reproduce the order of GNU's
library (libstdc++), which is what R packages on Linux are built with: heap select followed by heap
sort, and introsort with the median of three as pivot, finished by insertion sort.

References
----------
Williams, J. W. J. (1964). Algorithm 232: Heapsort. Communications of the ACM 7(6), 347-348.
Musser, D. R. (1997). Introspective sorting and selection algorithms. Software: Practice and
Experience 27(8), 983-993.
"""

from collections.abc import Sequence
from itertools import pairwise

# libstdc++ leaves runs of at most this length to insertion sort.
INSERTION_LENGTH = 16


def choose(distances: Sequence[float], ratio: int) -> list[int]:
    """Choose the nearest candidates of one treated unit the way MatchIt does.

    Parameters
    ----------
    distances : sequence, length m
        Distances (or their ranks) of the candidates in the order in which MatchIt finds them: outward
        from the unit's own place in the line of scores, left before right.
    ratio : int
        How many are wanted.

    Returns
    -------
    list of int
        At most `ratio` positions in `distances`, in the order of MatchIt's match matrix.

    Notes
    -----
    A candidate is not collected once `ratio` earlier ones are nearer. If more than `ratio` were
    collected they are partially sorted, otherwise sorted unless they already are in order.
    """
    kept: list[int] = []
    for position, distance in enumerate(distances):
        nearer = sum(distances[earlier] < distance for earlier in kept)
        if nearer < ratio:
            kept.append(position)
    collected = [distances[position] for position in kept]
    if len(kept) > ratio:
        return [kept[place] for place in partial_sort(collected, ratio)]
    if all(one <= next_one for one, next_one in pairwise(collected)):
        return kept
    return [kept[place] for place in sort(collected)]


def partial_sort(keys: Sequence[float], count: int) -> list[int]:
    """Return the positions of the `count` smallest keys in the order of `std::partial_sort`.

    Parameters
    ----------
    keys : sequence, length m >= count
    count : int
        At least 1.
    """
    items = list(range(len(keys)))
    _heap_select(keys, items, count)
    _sort_heap(keys, items, count)
    return items[:count]


def sort(keys: Sequence[float]) -> list[int]:
    """Return the positions of all keys in the order of `std::sort`: stable for up to 16 keys."""
    items = list(range(len(keys)))
    depth = 2 * (len(items).bit_length() - 1)
    _partition_runs(keys, items, 0, len(items), depth)
    # The closing insertion sort keeps the order of equal keys that the partitions left.
    return sorted(items, key=lambda item: keys[item])


def _heap_select(keys: Sequence[float], items: list[int], count: int) -> None:
    """Gather the `count` smallest in a heap at the front, the largest of them on top."""
    for parent in range((count - 2) // 2, -1, -1):
        _sift(keys, items, parent, count, items[parent])
    for place in range(count, len(items)):
        if keys[items[place]] < keys[items[0]]:
            dropped, items[place] = items[place], items[0]
            _sift(keys, items, 0, count, dropped)


def _sort_heap(keys: Sequence[float], items: list[int], count: int) -> None:
    """Turn the heap at the front into ascending order by moving its top behind it again and again."""
    for last in range(count - 1, 0, -1):
        moved, items[last] = items[last], items[0]
        _sift(keys, items, 0, last, moved)


def _sift(keys: Sequence[float], items: list[int], hole: int, length: int, item: int) -> None:
    """Put an item into a heap with a hole: the hole sinks to the bottom, then the item rises.

    Of two equal children the right one moves up; the item passes only parents that are smaller.
    """
    top = hole
    while 2 * hole + 2 < length:
        child = 2 * hole + 2
        if keys[items[child]] < keys[items[child - 1]]:
            child -= 1
        items[hole] = items[child]
        hole = child
    if 2 * hole + 1 < length:
        items[hole] = items[2 * hole + 1]
        hole = 2 * hole + 1
    while hole > top and keys[items[(hole - 1) // 2]] < keys[item]:
        items[hole] = items[(hole - 1) // 2]
        hole = (hole - 1) // 2
    items[hole] = item


def _partition_runs(keys: Sequence[float], items: list[int], first: int, last: int, depth: int) -> None:
    """Partition until runs are short; a run that was cut too often is heap-sorted instead."""
    while last - first > INSERTION_LENGTH:
        if depth == 0:
            run = items[first:last]
            items[first:last] = [run[i] for i in partial_sort([keys[item] for item in run], len(run))]
            return
        depth -= 1
        cut = _partition(keys, items, first, last)
        _partition_runs(keys, items, cut, last, depth)
        last = cut


def _partition(keys: Sequence[float], items: list[int], first: int, last: int) -> int:
    """Split around the median of the second, the middle and the last key, which goes to the front."""
    middle = first + (last - first) // 2
    median = _median_place(keys, items, first + 1, middle, last - 1)
    items[first], items[median] = items[median], items[first]
    pivot = keys[items[first]]
    low, high = first + 1, last
    while True:
        while keys[items[low]] < pivot:
            low += 1
        high -= 1
        while pivot < keys[items[high]]:
            high -= 1
        if low >= high:
            return low
        items[low], items[high] = items[high], items[low]
        low += 1


def _median_place(keys: Sequence[float], items: list[int], a: int, b: int, c: int) -> int:
    """Return the place among three that holds the median; which one among equals is libstdc++'s choice."""
    key_a, key_b, key_c = keys[items[a]], keys[items[b]], keys[items[c]]
    if key_a < key_b:
        if key_b < key_c:
            return b
        return c if key_a < key_c else a
    if key_a < key_c:
        return a
    return c if key_b < key_c else b
