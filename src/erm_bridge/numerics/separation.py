"""Separation: columns that tell treated from controls without error, so that logit has no solution."""

from collections.abc import Sequence

import numpy as np

from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics import BoolArray, FloatArray

# Columns are scaled to at most 1 in size; HiGHS keeps its constraints within 1e-7.
CLEAR = 1e-5


def refuse_separation(columns: FloatArray, treated: BoolArray, terms: Sequence[str]) -> None:
    """Raise if a combination of columns separates the treated from the controls.

    Parameters
    ----------
    columns : array, n x p
        Finite numbers, without the column of ones.
    treated : array of bool, length n
    terms : sequence of text, length p
        Names of the columns, for the message.

    Raises
    ------
    InputError
        Naming the columns involved.
    """
    involved = separating_columns(columns, treated)
    if involved is None:
        return
    names = ", ".join(repr(terms[j]) for j in involved)
    raise InputError(
        f"perfect separation: in some or all rows the treatment follows without error from {names}, so the "
        "propensity model has no solution; remove the column, merge levels, or restrict the cohort"
    )


def separating_columns(columns: FloatArray, treated: BoolArray) -> tuple[int, ...] | None:
    """Find columns that separate the groups completely or quasi-completely.

    Parameters
    ----------
    columns, treated
        As in `refuse_separation`.

    Returns
    -------
    tuple of int or None
        Positions of columns of which none can be spared; None if there is no separation.

    Notes
    -----
    The groups are separated if a combination of the columns and a constant is nowhere negative for the
    treated, nowhere positive for the controls, and not zero everywhere (Albert, A. and Anderson, J. A.
    (1984). On the existence of maximum likelihood estimates in logistic regression models. Biometrika
    71, 1-10). The linear program that looks for it is that of Konis, K. (2007). Linear programming
    algorithms for detecting separated data in binary logistic regression models. Thesis, Oxford,
    section 4.2; exact up to the solver's tolerance.
    """
    signed = _signed_rows(columns, treated)
    allowed = np.ones(signed.shape[1], dtype=np.bool_)
    direction = _direction(signed, allowed)
    if direction is None:
        return None
    for j in range(1, len(allowed)):
        if direction[j] == 0:
            allowed[j] = False
            continue
        allowed[j] = False
        without = _direction(signed, allowed)
        if without is None:
            allowed[j] = True
        else:
            direction = without
    return tuple(int(j) - 1 for j in np.flatnonzero(allowed) if j > 0)


def _signed_rows(columns: FloatArray, treated: BoolArray) -> FloatArray:
    """Return distinct rows of ones and columns scaled to [-1, 1], with the sign turned for controls."""
    size = np.abs(columns).max(axis=0)
    scaled = columns / np.where(size > 0, size, 1)
    rows = np.unique(np.column_stack([treated, scaled]), axis=0)
    sign = np.where(rows[:, :1] == 1, 1.0, -1.0)
    signed: FloatArray = sign * np.column_stack([np.ones(len(rows)), rows[:, 1:]])
    return signed


def _direction(signed: FloatArray, allowed: BoolArray) -> FloatArray | None:
    """Maximise the sum of signed predictors, none of them negative, over coefficients in [-1, 1]."""
    from scipy.optimize import linprog

    solution = linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        bounds=[(-float(free), float(free)) for free in allowed],
        method="highs",
    )
    if solution.x is None:
        raise EngineError(f"the check for separation failed: {solution.message}")
    direction: FloatArray = np.asarray(solution.x, dtype=np.float64)
    return direction if np.max(signed @ direction) > CLEAR else None
