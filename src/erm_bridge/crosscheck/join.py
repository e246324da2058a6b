"""Join the estimates of two engines, row by row, and give each pair of numbers a verdict."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from erm_bridge.crosscheck.artefact_rows import congruence_rows, set_rows
from erm_bridge.crosscheck.summary import (
    AGREE,
    DIFFER,
    FAILING,
    INHERITS,
    MISSING,
    UNDEFINED,
    first_divergence,
    on_equal_input,
)
from erm_bridge.crosscheck.tolerances import with_tolerances
from erm_bridge.estimates import OWN
from erm_bridge.options import STAGES

COLUMNS = (
    *("input_a", "input_b", "engine_a", "engine_b", "stage", "quantity", "term", "component"),
    *("value_a", "value_b", "abs_diff", "limit", "verdict", "note"),
)
ROW = ("stage", "quantity", "term", "component")


def crosscheck(
    estimates: pd.DataFrame, pairs: pd.DataFrame, facts: Mapping[str, str], engines: Sequence[str]
) -> pd.DataFrame:
    """Compare every two engines on their own input and on each other's.

    Parameters
    ----------
    estimates : pandas.DataFrame
        The table of `erm_bridge.estimates`.
    pairs : pandas.DataFrame
        Matched pairs: columns `engine`, `input`, `treated`, `control` (missing: unmatched).
    facts : mapping
        Settings that select a tolerance, such as `{"extraction": "minres"}`.
    engines : sequence of str
        Engines in the order in which they become `a` and `b`.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; empty where fewer than two engines ran.
    """
    tables = [
        _compare(estimates, pairs, facts, names, given)
        for names in combinations(engines, 2)
        for given in ((OWN, OWN), (OWN, names[0]), (names[1], OWN))
    ]
    tables = [table for table in tables if len(table)]
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    whole = _in_order(pd.concat(tables, ignore_index=True))
    whole = with_tolerances(whole, facts, equal=on_equal_input(whole))
    whole["verdict"] = _verdicts(whole)
    whole["note"] = _with_inheritance(whole)
    return whole[list(COLUMNS)]


def _compare(
    estimates: pd.DataFrame,
    pairs: pd.DataFrame,
    facts: Mapping[str, str],
    names: tuple[str, str],
    given: tuple[str, str],
) -> pd.DataFrame:
    """Join one engine on one input with another engine on its input; verdicts come later."""
    a, b = (_select(estimates, name, source) for name, source in zip(names, given, strict=True))
    if given != (OWN, OWN):
        # A stage that takes nothing from upstream has no rows on the other engine's artefacts.
        reached = set((a if given[0] != OWN else b)["stage"])
        a, b = a[a["stage"].isin(reached)], b[b["stage"].isin(reached)]
    joined = _outer(a, b)
    joined["note"] = _join_notes(joined, names)
    sets = set_rows(*(_select(pairs, name, source) for name, source in zip(names, given, strict=True)))
    joined = joined.drop(columns=["note_a", "note_b"])
    parts = [part for part in (joined, congruence_rows(a, b), sets) if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    whole = pd.concat(parts, ignore_index=True)
    whole["engine_a"], whole["engine_b"] = names
    whole["input_a"], whole["input_b"] = given
    whole["abs_diff"] = _distance(whole["value_a"], whole["value_b"])
    return whole


def _outer(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Join two tables; rows keep the order of the first, those of the second alone come last."""
    columns = [*ROW, "value", "note", "at"]
    a, b = a.assign(at=range(len(a))), b.assign(at=range(len(b)))
    joined = a[columns].merge(b[columns], on=list(ROW), how="outer", suffixes=("_a", "_b"))
    ordered = joined.sort_values(["at_a", "at_b"], ignore_index=True, na_position="last")
    return ordered.drop(columns=["at_a", "at_b"])


def _select(table: pd.DataFrame, engine: str, given: str) -> pd.DataFrame:
    return table[(table["engine"] == engine) & (table["input"] == given)]


def _distance(a: pd.Series, b: pd.Series) -> pd.Series:
    """Absolute difference; equal infinities lie 0 apart."""
    with np.errstate(invalid="ignore"):
        return pd.Series(np.where(a == b, 0.0, (a - b).abs()), index=a.index)


def _join_notes(joined: pd.DataFrame, names: tuple[str, str]) -> pd.Series:
    sides = [joined[column].fillna("") for column in ("note_a", "note_b")]
    texts = [side.where(side == "", name + ": " + side) for side, name in zip(sides, names, strict=True)]
    both = (texts[0] != "") & (texts[1] != "")
    return texts[0] + pd.Series(np.where(both, "; ", ""), index=joined.index) + texts[1]


def _in_order(whole: pd.DataFrame) -> pd.DataFrame:
    """Sort by stage only; within a stage rows keep the order of the engine's table."""
    rank = whole["stage"].map({stage: i for i, stage in enumerate(STAGES)})
    return whole.iloc[np.argsort(rank.to_numpy(), kind="stable")].reset_index(drop=True)


def _verdicts(whole: pd.DataFrame) -> np.ndarray:
    no_a, no_b = whole["value_a"].isna(), whole["value_b"].isna()
    close = whole["abs_diff"] <= whole["limit"]
    return np.select([no_a & no_b, no_a | no_b, close], [UNDEFINED, MISSING, AGREE], default=DIFFER)


def _with_inheritance(whole: pd.DataFrame) -> pd.Series:
    """Note on rows that fail only end to end which stage they inherit from."""
    culprit = first_divergence(whole)
    if culprit is None:
        return whole["note"]
    equal = on_equal_input(whole)
    failing = whole["verdict"].isin(FAILING)
    failing_alone = pd.MultiIndex.from_frame(whole.loc[failing & equal, list(ROW)])
    own_fault = pd.MultiIndex.from_frame(whole[list(ROW)]).isin(failing_alone)
    rank = whole["stage"].map({stage: i for i, stage in enumerate(STAGES)})
    later = rank >= STAGES.index(culprit)
    inherits = failing & ~equal & ~own_fault & later & bool((equal & failing).any())
    text = INHERITS + culprit
    return whole["note"].where(~inherits, text + ("; " + whole["note"]).where(whole["note"] != "", ""))
