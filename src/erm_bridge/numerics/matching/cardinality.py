"""Cardinality matching: as many units as can be had with balanced means, by integer programming."""

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.allowed import strata_rows
from erm_bridge.numerics.matching.problem import MeanBalance, Pairing, Problem

# What `scipy.optimize.milp` says where it ran out of time.
TIME_OUT = 1
# How far a bound of the solver may lie below the whole number that it stands for.
BOUND = 1e-6


def cardinality_matching(problem: Problem) -> Pairing:
    """Choose the largest groups whose means differ by no more than the tolerances allow.

    Three forms. Cardinality matching (ATT and ATC, a ratio): `ratio` others are kept for each focal unit
    kept; the means of both are held against each other. Profile matching (`free_ratio`): for ATT and ATC all
    focal units are kept and the others are held against their means; for ATE both groups are held, each
    within half the tolerance, against the means of all, their sizes free or in the ratio. Strata are solved
    by themselves.

    Parameters
    ----------
    problem : Problem
        `balance` holds columns and tolerances, and how long a stratum may take.

    Returns
    -------
    Pairing
        Weights only: nobody is anybody's partner. Kept units weigh 1, the larger group of a stratum scaled to
        the size of the smaller (for profile matching of ATT to that of the focal group); then each group to
        average 1. `note` says by how many units at most the choice falls short, where time ran out.

    Raises
    ------
    InputError
        No choice meets the tolerances, or none was found in time.

    Notes
    -----
    Matching R call: `MatchIt::matchit(..., method = "cardinality", tols =, std.tols =, ratio =, solver =)`.
    Source: Zubizarreta, Paredes & Rosenbaum 2014, Annals of Applied Statistics 8, 204-231; profile matching:
    Cohn & Zubizarreta 2022, Epidemiology 33, 65-71. The largest choice need not be the only one.
    """
    assert problem.balance is not None
    kept = np.zeros(len(problem.treated), dtype=np.bool_)
    short = 0.0
    for rows in strata_rows(problem):
        kept[rows], missing = _chosen(problem, problem.balance, rows)
        short += missing
    note = f"time ran out: the largest choice may hold {short:.0f} more units" if short >= 1 else ""
    return Pairing(choice_weights(problem, kept), note=note)


def choice_weights(problem: Problem, kept: BoolArray) -> FloatArray:
    """Weigh the units (n) that a choice keeps as `cardinality_matching` says; 0 for the others."""
    weights = np.zeros(len(kept))
    for rows in strata_rows(problem):
        if kept[rows].any():
            weights[rows] = _scaled(problem, kept[rows], problem.focal[rows])
    for group in (problem.focal, ~problem.focal):
        used = group & (weights > 0)
        if used.any():
            weights[used] /= weights[used].mean()
    return weights


def _chosen(problem: Problem, balance: MeanBalance, rows: IntArray) -> tuple[BoolArray, float]:
    """Choose among the rows of a stratum; also say how many more units the best choice may hold."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    focal = problem.focal[rows]
    lowest = focal & keeps_focal(problem, balance)
    limits = _mean_limits(problem, balance, rows)
    constraints = [
        LinearConstraint(limits, ub=0.0),
        LinearConstraint(np.vstack([focal, ~focal]).astype(float), lb=1.0),
    ]
    if not balance.free_ratio:
        constraints.append(LinearConstraint(np.where(focal, problem.ratio, -1.0)[None], 0.0, 0.0))
    result = milp(
        -np.ones(len(rows)),
        integrality=np.ones(len(rows), dtype=np.int64),
        bounds=Bounds(lowest.astype(float), 1.0),
        constraints=constraints,
        options={"time_limit": balance.time_limit, "mip_rel_gap": 0.0},
    )
    if result.x is None:
        raise InputError(
            "method cardinality: no choice of units meets the tolerances"
            + (f" that could be found in {balance.time_limit:g} seconds" if result.status == TIME_OUT else "")
            + "; widen them, or use fewer covariates or exact columns"
        )
    chosen: BoolArray = result.x > 0.5
    return chosen, max(0.0, np.floor(-result.mip_dual_bound + BOUND) - float(chosen.sum()))


def keeps_focal(problem: Problem, balance: MeanBalance) -> bool:
    """Tell whether all focal units are kept, and the others held against their means."""
    return balance.free_ratio and problem.estimand != "ATE"


def _mean_limits(problem: Problem, balance: MeanBalance, rows: IntArray) -> FloatArray:
    """Return the coefficients of sums over chosen units that may not be above 0.

    A mean is above its target by `t` at most if the sum of the values less target and `t` is not above 0.
    """
    focal, columns = problem.focal[rows], balance.columns[rows].T
    tolerances = balance.tolerances[:, None]
    if problem.estimand == "ATE":
        apart = columns - columns.mean(axis=1, keepdims=True)
        sides = [(group * apart, group * tolerances / 2) for group in (focal, ~focal)]
    elif balance.free_ratio:
        apart = columns - columns[:, focal].mean(axis=1, keepdims=True)
        sides = [(~focal * apart, ~focal * tolerances)]
    else:
        apart = columns - columns.mean(axis=1, keepdims=True)
        sides = [(np.where(focal, apart, -apart / problem.ratio), focal * tolerances)]
    return np.vstack([sign * excess - slack for excess, slack in sides for sign in (1.0, -1.0)])


def _scaled(problem: Problem, chosen: BoolArray, focal: BoolArray) -> FloatArray:
    """Weigh the chosen units of a stratum so that both groups weigh as much as the smaller."""
    assert problem.balance is not None
    weights = chosen.astype(float)
    standard = focal
    if not keeps_focal(problem, problem.balance) and (~focal).sum() < focal.sum():
        standard = ~focal
    weights[~standard] *= weights[standard].sum() / weights[~standard].sum()
    return weights
