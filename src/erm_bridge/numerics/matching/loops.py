"""Loops over units that take partners from one another: plain Python that a compiler takes as it is.

Partners are numbered from 1 along the line; 0 and the number after the last are fences. `left[i]` leads to
the last free partner at or before i, `right[i]` to the first free one at or after i. All arrays are flat,
so that lists can stand for them.
"""

from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple


class Search(NamedTuple):
    """What the loops need to know; m focal units, c partners, arrays or lists.

    Attributes
    ----------
    scores, places, begins, ends : length m
        Score and place of a focal unit; first and last partner of its stratum.
    lows, highs : length m
        Where the search begins on either side.
    limit : float
        Largest distance.
    partner_scores, partner_places, starts : length c + 2
        `starts`: the first partner of the stratum with the same score.
    ranks : length c + 2
        Position in the data.
    least, most, values, partner_values : length q, q, q m, q (c + 2)
        Calipers on covariates: the distance must be more than `least` and at most `most`.
    codes, partner_codes : length a m, a (c + 2)
        Must differ.
    allowed : length m + c + 1
        How often a unit can be in a pair: focal units, then partners by their number.
    members, heads, groups : length m + c, groups + 1, m + c + 1; all empty where nobody is to be spared
        Units that are used together, and where those of each group begin.
    stable : bool
        Among equally near ones the first in the data is taken, else the one found first walking outward.
    """

    scores: Any
    places: Any
    begins: Any
    ends: Any
    lows: Any
    highs: Any
    limit: float
    partner_scores: Any
    partner_places: Any
    starts: Any
    ranks: Any
    least: Any
    most: Any
    values: Any
    partner_values: Any
    codes: Any
    partner_codes: Any
    allowed: Any
    members: Any
    heads: Any
    groups: Any
    stable: bool


class State(NamedTuple):
    """What changes: who is free, how often everyone was used, and the pairs, m x width, 0 for none."""

    left: Any
    right: Any
    times: Any
    gone: Any
    chosen: Any
    width: int


def leftward(left: Any, at: int) -> int:
    """Return the last free partner at or before `at`."""
    while left[at] != at:
        left[at] = left[left[at]]
        at = left[at]
    return at


def rightward(right: Any, at: int) -> int:
    """Return the first free partner at or after `at`."""
    while right[at] != at:
        right[at] = right[right[at]]
        at = right[at]
    return at


def acceptable(search: Search, state: State, unit: int, partner: int, found: int) -> bool:
    """Tell whether a pair keeps to the calipers on covariates, differs where it must, and is new."""
    m, c = len(search.scores), len(search.partner_scores)
    for j in range(len(search.least)):
        apart = abs(search.values[j * m + unit] - search.partner_values[j * c + partner])
        if apart <= search.least[j] or apart > search.most[j]:
            return False
    for j in range(len(search.codes) // m):
        if search.codes[j * m + unit] == search.partner_codes[j * c + partner]:
            return False
    # The compiler takes no generators.
    for j in range(found):  # noqa: SIM110
        if state.chosen[unit * state.width + j] == partner:
            return False
    return True


def seek(search: Search, state: State, unit: int, found: int, first: int, last: int) -> int:
    """Return the nearest free partner of a unit that has `found` ones; 0 for none.

    `first` and `last` are the places from which steps to the left and to the right are counted.
    """
    own, begin, end = search.scores[unit], search.begins[unit], search.ends[unit]
    low = leftward(state.left, search.lows[unit])
    high = rightward(state.right, search.highs[unit])
    near = rightward(state.right, search.starts[low]) if search.stable else low
    while low >= begin or high <= end:
        below = own - search.partner_scores[low] if low >= begin else float("inf")
        above = search.partner_scores[high] - own if high <= end else float("inf")
        goes_left = below < above
        if below == above:
            if search.stable:
                goes_left = search.ranks[near] < search.ranks[high]
            else:
                goes_left = first - search.partner_places[near] <= search.partner_places[high] - last
        if (below if goes_left else above) > search.limit:
            return 0
        pick = near if goes_left else high
        if acceptable(search, state, unit, pick, found):
            return pick
        if not goes_left:
            high = rightward(state.right, high + 1)
            continue
        if search.stable:
            near = rightward(state.right, near + 1)
            if near > low:
                low = leftward(state.left, search.starts[low] - 1)
                near = rightward(state.right, search.starts[low])
        else:
            low = leftward(state.left, low - 1)
            near = low
    return 0


def use(search: Search, state: State, member: int) -> None:
    """Count a use of a unit and withdraw it when it was used often enough."""
    if state.gone[member]:
        return
    state.times[member] += 1
    if state.times[member] >= search.allowed[member]:
        state.gone[member] = True
        partner = member - len(search.scores) + 1
        if partner > 0:
            state.left[partner] = partner - 1
            state.right[partner] = partner + 1


def pair(search: Search, state: State, unit: int, partner: int, found: int) -> None:
    """Write a pair down and use both, or everyone who goes with either."""
    state.chosen[unit * state.width + found] = partner
    other = len(search.scores) + partner - 1
    if len(search.groups) == 0:
        use(search, state, unit)
        use(search, state, other)
        return
    one, two = search.groups[unit], search.groups[other]
    for j in range(search.heads[one], search.heads[one + 1]):
        use(search, state, search.members[j])
    if one != two:
        for j in range(search.heads[two], search.heads[two + 1]):
            use(search, state, search.members[j])


def in_turn(search: Search, state: State, turns: Any, wanted: Any, firsts: Any, lasts: Any) -> None:
    """Let the focal units choose one partner each, in the order of `turns`, in rounds."""
    for found in range(state.width):
        for unit in turns:
            if state.gone[unit] or wanted[unit] <= found:
                continue
            pick = seek(search, state, unit, found, firsts[unit], lasts[unit])
            if pick == 0:
                state.gone[unit] = True
                continue
            firsts[unit] = min(firsts[unit], search.partner_places[pick])
            lasts[unit] = max(lasts[unit], search.partner_places[pick])
            pair(search, state, unit, pick, found)


def by_distance(
    search: Search, state: State, wanted: Any, firsts: Any, lasts: Any, picks: Any, sign: float
) -> None:
    """Let the closest pair of all be the next, in rounds; with sign -1 the farthest of the nearest.

    A unit whose partner was taken looks again and is put back into the queue: among equal distances before
    all others if the closest go first, else behind them; with the stable rule where it belongs by row.
    """
    for found in range(state.width):
        queue = [(0.0, 0, 0) for _ in range(0)]
        for unit in range(len(search.scores)):
            if state.gone[unit] or wanted[unit] <= found:
                continue
            pick = seek(search, state, unit, found, firsts[unit], lasts[unit])
            if pick == 0:
                state.gone[unit] = True
                continue
            picks[unit] = pick
            queue.append((sign * abs(search.scores[unit] - search.partner_scores[pick]), unit, unit))
        heapify(queue)
        again = 0
        while len(queue) > 0:
            _, _, unit = heappop(queue)
            if state.gone[unit]:
                continue
            before = search.partner_places[picks[unit]]
            if state.left[picks[unit]] == picks[unit]:
                firsts[unit], lasts[unit] = min(firsts[unit], before), max(lasts[unit], before)
                pair(search, state, unit, picks[unit], found)
                continue
            pick = seek(search, state, unit, found, min(firsts[unit], before), max(lasts[unit], before))
            if pick == 0:
                state.gone[unit] = True
                continue
            picks[unit] = pick
            again += 1
            rank = unit if search.stable else (-again if sign > 0 else len(search.scores) + again)
            heappush(queue, (sign * abs(search.scores[unit] - search.partner_scores[pick]), rank, unit))


def outward(search: Search, state: State, width: int, window: Any) -> None:
    """Collect for each focal unit the acceptable partners that may be among its `width` nearest.

    `window` is m x 2 width, flat, filled with 0: at most `width` on each side, the farthest on the left
    first. A side ends at a partner that is farther than `width` of those found before it.
    """
    for unit in range(len(search.scores)):
        own, place = search.scores[unit], search.places[unit]
        low, high, lefts, rights = search.lows[unit], search.highs[unit], 0, 0
        middle = (2 * unit + 1) * width
        go_left, go_right = low >= search.begins[unit], high <= search.ends[unit]
        while go_left or go_right:
            goes_left = go_left
            if go_left and go_right:
                goes_left = place - search.partner_places[low] <= search.partner_places[high] - place
            pick = low if goes_left else high
            apart = abs(own - search.partner_scores[pick])
            nearer = 0
            for at in range(middle - lefts, middle + rights):
                nearer += abs(own - search.partner_scores[window[at]]) < apart
            ends = apart > search.limit or nearer >= width
            if not ends and acceptable(search, state, unit, pick, 0):
                if goes_left:
                    lefts += 1
                    window[middle - lefts] = pick
                else:
                    window[middle + rights] = pick
                    rights += 1
            if goes_left:
                low -= 1
                go_left = not ends and lefts < width and low >= search.begins[unit]
            else:
                high += 1
                go_right = not ends and rights < width and high <= search.ends[unit]
