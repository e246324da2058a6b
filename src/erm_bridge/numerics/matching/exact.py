"""Strata of equal units: exact matching, and what coarsened exact matching builds on."""

from collections.abc import Sequence

import numpy as np

from erm_bridge.numerics import BoolArray, IntArray


def joint_codes(columns: Sequence[IntArray]) -> IntArray:
    """Give each combination of values that occurs a code.

    Parameters
    ----------
    columns : sequence of arrays of int, length n each
        Codes of the values of one column each, 0 or more.

    Returns
    -------
    array of int, length n
        Equal for rows that are equal in all columns; 0, 1, ... in the order of the sorted combinations.
    """
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        # Numbered anew after each column, the product of the codes stays below n squared.
        _, codes = np.unique(codes * (int(column.max()) + 1) + column, return_inverse=True)
    return codes.reshape(-1)


def matched_strata(codes: IntArray, treated: BoolArray) -> IntArray:
    """Keep the strata in which there are treated units and controls, and number them.

    Parameters
    ----------
    codes : array of int, length n
        Stratum of each unit, 0 or more.
    treated : array of bool, length n

    Returns
    -------
    array of int, length n
        1, 2, ... in the order in which the group of the first unit enters the strata; -1 for units of a
        stratum that lacks a group.

    Notes
    -----
    Matching R call: `matchit(..., method = "exact")$subclass` (MatchIt 4.7.1), which tells numbers apart
    in seven digits only unless they are handed over as categories.
    """
    size = int(codes.max()) + 1
    both = (np.bincount(codes[treated], minlength=size) > 0) & (
        np.bincount(codes[~treated], minlength=size) > 0
    )
    strata, first = np.unique(codes[treated == treated[0]], return_index=True)
    entered = strata[np.argsort(first)]
    kept = entered[both[entered]]
    numbers = np.full(size, -1, dtype=np.int64)
    numbers[kept] = np.arange(1, len(kept) + 1)
    return numbers[codes]
