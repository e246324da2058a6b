"""Places in ascending numbers that a first guess finds but for rounding."""

from collections.abc import Callable

from erm_bridge.numerics import BoolArray, IntArray


def settle(place: IntArray, belongs: Callable[[IntArray], BoolArray]) -> None:
    """Move places, in place, until who stands before belongs and who stands from there on does not.

    Parameters
    ----------
    place : array of int
        How many belong, about.
    belongs : function of an array of int
        Whether number `place` belongs, counted from 1; true for 0 and false beyond the last.
    """
    while (step := belongs(place + 1)).any():
        place += step
    while (step := ~belongs(place)).any():
        place -= step
