"""How reliable the items are as a scale: alpha and its kin, omega."""

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import pandas as pd

from erm_bridge.engines.python.factors import ALL
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics import omega as omega_numerics
from erm_bridge.numerics import reliability as numerics
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.correlation import Moments
from erm_bridge.numerics.extraction import UNIQUENESS_BOUNDS
from erm_bridge.results.reliability import COEFFICIENTS, ITEM_TOTAL, Omega, Reliability
from erm_bridge.study.index_section import Reliability as Options

SHARES = ("total", "general", "group")
NEGATIVE = "correlates negatively with the sum of the other items: should it be reversed?"
ONE_FACTOR = "one factor: its share is no saturation by a general factor behind several"
TWO_FACTORS = "two group factors do not determine their loadings on the general factor: set equal"
IMPROPER = "Heywood case: one group factor is (almost) the general factor; do not trust omega_h"


def reliability_of(
    of: Moments, correlation: FloatArray, items: pd.Index, options: Options | None
) -> Reliability | None:
    """Find the reliability of named items, as far as it is asked for.

    Parameters
    ----------
    of : Moments
        Of the items as they are scored.
    correlation : array, p x p
        Correlations that are factored; omega comes from them.
    items : Index
    options : Reliability or None
    """
    if options is None:
        return None
    covariance = of.correlation * np.outer(of.sds, of.sds)
    whole = {name: float(value) for name, value in asdict(numerics.consistency(covariance, of.n)).items()}
    correlations = numerics.item_total(covariance)
    intervals = {
        "feldt": numerics.feldt_interval(whole["alpha"], len(items), of.n, options.conf_level),
        "duhachek": numerics.duhachek_interval(whole["alpha"], whole["alpha_se"], options.conf_level),
    }
    dropped = asdict(numerics.consistency_if_dropped(covariance, of.n))
    return Reliability(
        **whole,
        mean=float(of.means.mean()),
        sd=float(np.sqrt(covariance.sum())) / len(items),
        intervals=pd.DataFrame.from_dict(intervals, orient="index", columns=["low", "high"]),
        if_dropped=pd.DataFrame(dropped, items),
        items=pd.DataFrame({**asdict(correlations), "mean": of.means, "sd": of.sds}, items),
        omega=None if options.omega_factors is None else omega_of(correlation, options.omega_factors, items),
    )


def omega_of(correlation: FloatArray, factors: int, items: pd.Index) -> Omega:
    """Find omega with a number of group factors, these in canonical order and sign."""
    oblique = omega_numerics.group_factors(correlation, factors)
    solution = omega_numerics.schmid_leiman(oblique.loadings, oblique.phi)
    found = omega_numerics.omega(correlation, solution)
    form = canonical_form(solution.group)
    labels = pd.Index([f"F{j + 1}" for j in range(len(form.order))])
    subscales = pd.DataFrame(found.subscales[form.order], labels, list(SHARES))
    return Omega(
        total=found.total,
        hierarchical=found.hierarchical,
        limit=found.limit,
        ecv=found.ecv,
        general=pd.Series(solution.general, items),
        group=pd.DataFrame(form.loadings, items, labels),
        subscales=subscales.dropna(),
        criterion=oblique.criterion if factors > 1 else None,
        objective=solution.objective if factors > 2 else None,
        note="; ".join(_reservations(solution)),
    )


def _reservations(solution: omega_numerics.SchmidLeiman) -> Iterator[str]:
    """Say what speaks against trusting omega."""
    factors = len(solution.second_order)
    if factors == 1:
        yield ONE_FACTOR
    if factors == 2:
        yield TWO_FACTORS
    if factors > 2 and np.square(solution.second_order).max() >= 1 - UNIQUENESS_BOUNDS[0] * (1 + 1e-6):
        yield IMPROPER


def rows(found: StageRows, reliability: Reliability | None) -> None:
    """Add the rows on reliability, if it was asked for."""
    if reliability is None:
        return
    for name in COEFFICIENTS:
        found.add(name, getattr(reliability, name), ALL)
    found.add("scale_mean", reliability.mean, ALL)
    found.add("scale_sd", reliability.sd, ALL)
    for kind, limits in reliability.intervals.iterrows():
        found.add("alpha_low", limits["low"], ALL, str(kind))
        found.add("alpha_high", limits["high"], ALL, str(kind))
    found.add_matrix("if_dropped", reliability.if_dropped)
    _item_total_rows(found, reliability.items)
    found.add_terms("item_mean", reliability.items["mean"])
    found.add_terms("item_sd", reliability.items["sd"])
    if reliability.omega is not None:
        _omega_rows(found, reliability.omega)


def _item_total_rows(found: StageRows, items: pd.DataFrame) -> None:
    for kind in ITEM_TOTAL:
        for item, value in items[kind].dropna().items():
            note = NEGATIVE if kind == "r_drop" and value < 0 else ""
            found.add("item_total", value, str(item), kind, note)


def _omega_rows(found: StageRows, omega: Omega) -> None:
    found.add("omega_total", omega.total, ALL)
    for name, value in (("omega_h", omega.hierarchical), ("omega_limit", omega.limit), ("ecv", omega.ecv)):
        found.add(name, value, ALL, note=omega.note)
    found.add_terms("general_loading", omega.general)
    found.add_matrix("group_loading", omega.group)
    found.add_matrix("omega_group", omega.subscales)
    if omega.criterion is not None:
        found.add("omega_criterion", omega.criterion, ALL)
    if omega.objective is not None:
        found.add("omega_objective", omega.objective, ALL)
