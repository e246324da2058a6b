"""Join the estimates of two engines, row by row, and give each pair of numbers a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from erm_bridge.crosscheck.artefact_rows import congruence_rows, set_rows, unit_rows, weight_rows
from erm_bridge.crosscheck.summary import (
    AGREE,
    DIFFER,
    FAILING,
    INHERITS,
    MISSING,
    UNDEFINED,
    on_equal_input,
)
from erm_bridge.crosscheck.tolerances import with_limits
from erm_bridge.estimates import OWN
from erm_bridge.options import STAGES, StageName

COLUMNS = (
    *("input_a", "input_b", "engine_a", "engine_b", "stage", "quantity", "term", "component"),
    *("value_a", "value_b", "abs_diff", "limit", "verdict", "note"),
)
FLAT = "the criterion agrees: its minimum is flat, the factor weak; fewer factors may fit as well"
ROW = ("stage", "quantity", "term", "component")


@dataclass(frozen=True)
class Plan:
    """What there is to compare.

    Attributes
    ----------
    engines : tuple of str
        Engines that ran, in the order in which they become `a` and `b`.
    graph : mapping
        Stages that were asked for, each with the stages whose artefacts it takes.
    facts : mapping
        Settings that select a tolerance, such as `{"extraction": "minres"}`.
    """

    engines: tuple[str, ...]
    graph: Mapping[StageName, frozenset[StageName]]
    facts: Mapping[str, str]

    def stages(self, *, crossed: bool) -> list[StageName]:
        """List the stages to compare; on another engine's artefacts only those that take some."""
        return [stage for stage in STAGES if stage in self.graph and (self.graph[stage] or not crossed)]


@dataclass(frozen=True)
class Tables:
    """What the engines emitted.

    Attributes
    ----------
    estimates : pandas.DataFrame
        The table of `erm_bridge.estimates`.
    pairs, scores : pandas.DataFrame
        The tables of `erm_bridge.artefact_tables`.
    """

    estimates: pd.DataFrame
    pairs: pd.DataFrame
    scores: pd.DataFrame

    def of(self, engine: str, given: str) -> "Tables":
        """Select what one engine emitted on one input."""
        scores = self.scores[self.scores["engine"] == engine] if given == OWN else self.scores.head(0)
        return Tables(_select(self.estimates, engine, given), _select(self.pairs, engine, given), scores)


def crosscheck(tables: Tables, plan: Plan) -> pd.DataFrame:
    """Compare every two engines on their own input and on each other's.

    A stage that was asked for and has no rows on a side is `missing`, or `undefined` where both
    engines lack it.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; empty where fewer than two engines ran.
    """
    compared = [
        _compare(tables, plan, names, given)
        for names in combinations(plan.engines, 2)
        for given in ((OWN, OWN), (OWN, names[0]), (names[1], OWN))
    ]
    compared = [rows for rows in compared if len(rows)]
    if not compared:
        return pd.DataFrame(columns=list(COLUMNS))
    whole = _in_order(pd.concat(compared, ignore_index=True))
    whole["abs_diff"] = _distance(whole["value_a"], whole["value_b"])
    whole = with_limits(whole, plan.facts, equal=on_equal_input(whole))
    whole["verdict"] = _verdicts(whole)
    whole["note"] = _with_inheritance(_with_better_optimum(whole), plan.graph)
    return whole[list(COLUMNS)]


def _compare(tables: Tables, plan: Plan, names: tuple[str, str], given: tuple[str, str]) -> pd.DataFrame:
    """Join one engine on one input with another engine on its input; limits and verdicts come later."""
    stages = plan.stages(crossed=given != (OWN, OWN))
    a, b = (tables.of(name, source) for name, source in zip(names, given, strict=True))
    joined = _outer(a.estimates, b.estimates)
    joined["note"] = _join_notes(joined, names)
    parts = [joined.drop(columns=["note_a", "note_b"]), _absent(a.estimates, b.estimates, stages)]
    if given == (OWN, OWN):
        parts += [congruence_rows(a.estimates, b.estimates), unit_rows(a.scores, b.scores)]
    if "matching" in stages:
        parts += [set_rows(a.pairs, b.pairs), weight_rows(a.pairs, b.pairs)]
    whole = pd.concat([part for part in parts if len(part)] or [joined], ignore_index=True)
    whole = whole[whole["stage"].isin(stages)]
    spread = tables.estimates.loc[tables.estimates["quantity"].isin(["sd", "index_sd"]), "value"].max()
    return whole.assign(
        input_a=given[0],
        input_b=given[1],
        engine_a=names[0],
        engine_b=names[1],
        spread=spread if spread > 0 else 1.0,
    )


def _outer(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Join two tables; rows keep the order of the first, those of the second alone come last."""
    columns = [*ROW, "value", "note", "at"]
    a, b = a.assign(at=range(len(a))), b.assign(at=range(len(b)))
    joined = a[columns].merge(b[columns], on=list(ROW), how="outer", suffixes=("_a", "_b"))
    ordered = joined.sort_values(["at_a", "at_b"], ignore_index=True, na_position="last")
    return ordered.drop(columns=["at_a", "at_b"])


def _absent(a: pd.DataFrame, b: pd.DataFrame, stages: list[StageName]) -> pd.DataFrame:
    """Make a row for each stage that was asked for and that neither engine has."""
    silent = [stage for stage in stages if stage not in set(a["stage"]) | set(b["stage"])]
    blank = {"quantity": "rows", "term": "", "component": "", "value_a": np.nan, "value_b": np.nan}
    return pd.DataFrame([{"stage": stage, **blank, "note": "the stage has no rows"} for stage in silent])


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


def _with_better_optimum(whole: pd.DataFrame) -> pd.DataFrame:
    """Note which engine found the lower criterion, or that loadings differ at equal criteria."""
    differs = whole["verdict"] == DIFFER
    at = (whole["quantity"] == "objective") & differs
    better = whole["engine_a"].where(whole["value_a"] < whole["value_b"], whole["engine_b"])
    note = whole["note"].where(~at, better + " is nearer to the minimum")
    if not at.any():
        loadings = (whole["quantity"] == "loading") & differs & whole["value_a"].notna()
        note = note.where(~loadings, FLAT)
    return whole.assign(note=note)


def _with_inheritance(whole: pd.DataFrame, graph: Mapping[StageName, frozenset[StageName]]) -> pd.Series:
    """Note on rows that fail only end to end the first stage upstream that fails on equal input."""
    equal, failing = on_equal_input(whole), whole["verdict"].isin(FAILING)
    at_fault = set(whole.loc[equal & failing, "stage"])
    source = {
        stage: next((s for s in STAGES if s in graph[stage] & at_fault and s != stage), "") for stage in graph
    }
    keys = pd.MultiIndex.from_frame(whole[list(ROW)])
    own_fault = keys.isin(keys[(equal & failing).to_numpy()])
    origin = whole["stage"].map(source)
    inherits = failing & ~equal & ~own_fault & (origin != "")
    text = INHERITS + origin + ("; " + whole["note"]).where(whole["note"] != "", "")
    return whole["note"].where(~inherits, text)
