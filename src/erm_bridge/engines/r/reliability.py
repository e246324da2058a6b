"""Reliability of the items of a frame, by `psych::alpha` and `psych::omega`."""

import pandas as pd

from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.r.frames import analysis_frame, small_study
from erm_bridge.engines.r.session import Answer, ask_once
from erm_bridge.results import Reliability
from erm_bridge.results.reliability import COEFFICIENTS, ITEM_TOTAL, Omega
from erm_bridge.study.models import Index


def reliability(frame: pd.DataFrame, options: Index) -> Reliability:
    """Let R find the reliability of the items of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows x at least the items, which hold numbers without missing values.
    options : Index

    Raises
    ------
    InputError
        An item is absent or not numeric, or R finds the items wrong.
    EngineError
        R is not usable or failed.
    """
    items = analysis_frame(frame, options.items)
    answer = ask_once(small_study(items, index=options), items, "index", Artefacts())
    return reliability_in(answer, options)


def reliability_in(answer: Answer, options: Index) -> Reliability:
    """Take the reliability out of R's answer to the stage `index`."""
    items = list(options.items)
    totals = answer.matrix("item_total").reindex(index=items, columns=list(ITEM_TOTAL))
    moments = {name: answer.values(f"item_{name}")[items] for name in ("mean", "sd")}
    limits = {name: answer.components(f"alpha_{name}") for name in ("low", "high")}
    return Reliability(
        **{name: answer.number(name) for name in COEFFICIENTS},
        mean=answer.number("scale_mean"),
        sd=answer.number("scale_sd"),
        intervals=pd.DataFrame(limits).loc[["feldt", "duhachek"]],
        if_dropped=answer.matrix("if_dropped").loc[items, list(COEFFICIENTS)],
        items=totals.assign(**moments),
        omega=_omega(answer, items) if answer.has("omega_total") else None,
    )


def _omega(answer: Answer, items: list[str]) -> Omega:
    grouped = answer.has("group_loading")
    return Omega(
        total=answer.number("omega_total"),
        hierarchical=answer.number("omega_h"),
        limit=answer.number("omega_limit"),
        ecv=answer.number("ecv"),
        general=answer.values("general_loading")[items],
        group=answer.matrix("group_loading").loc[items] if grouped else pd.DataFrame(index=items),
        subscales=answer.matrix("omega_group") if grouped else _no_subscales(),
        criterion=answer.number("omega_criterion") if grouped else None,
        objective=answer.number("omega_objective") if answer.has("omega_objective") else None,
        note=answer.note("omega_h"),
    )


def _no_subscales() -> pd.DataFrame:
    return pd.DataFrame(
        index=pd.Index([], dtype="object"), columns=["total", "general", "group"], dtype=float
    )
