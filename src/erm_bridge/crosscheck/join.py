"""Join the estimates of two engines, row by row, and give each pair of numbers a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from erm_bridge.crosscheck.artefact_rows import congruence_rows, set_rows, unit_rows, weight_rows
from erm_bridge.crosscheck.optima import explained
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
from erm_bridge.errors import ContractError
from erm_bridge.estimates import ABSENT, OWN
from erm_bridge.options import STAGES, StageName
from erm_bridge.quantities import computed_again, parts_under

COLUMNS = (
    *("input_a", "input_b", "engine_a", "engine_b", "stage", "quantity", "term", "component"),
    *("value_a", "value_b", "abs_diff", "limit", "verdict", "note"),
)
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
    native : str
        The engine whose searches are this project's own: where it stopped in the worse optimum, that is a
        fault of its, and nothing is explained by it.
    """

    engines: tuple[str, ...]
    graph: Mapping[StageName, frozenset[StageName]]
    facts: Mapping[str, str]
    native: str = ""

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
        return Tables(*(_select(table, engine, given) for table in (self.estimates, self.pairs, self.scores)))


def crosscheck(tables: Tables, plan: Plan) -> pd.DataFrame:
    """Compare every two engines on their own input and on each other's.

    A stage that was asked for and has no rows on a side is `missing`, or `undefined` where both
    engines lack it.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; empty where fewer than two engines ran.

    Raises
    ------
    ContractError
        A row has no tolerance, or is on another engine's artefacts and its own twin is not.
    """
    _check_recomputed(tables.estimates, plan.facts)
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
    whole = explained(whole, plan.graph, plan.native, plan.facts)
    whole["note"] = _with_inheritance(whole, plan.graph)
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
    else:
        # A propensity is computed from the data alone, and never again.
        parts.append(unit_rows(*(side.scores.drop(columns="propensity", errors="ignore") for side in (a, b))))
    if "matching" in stages:
        parts += [set_rows(a.pairs, b.pairs), weight_rows(a.pairs, b.pairs)]
    whole = pd.concat([part for part in parts if len(part)] or [joined], ignore_index=True)
    whole = _with_reasons(whole[whole["stage"].isin(stages)], (a.estimates, b.estimates), names)
    if given != (OWN, OWN):
        whole = whole[_computed_again(whole, plan.facts)]
    spread = tables.estimates.loc[tables.estimates["quantity"].isin(["sd", "index_sd"]), "value"].max()
    return whole.assign(
        input_a=given[0],
        input_b=given[1],
        engine_a=names[0],
        engine_b=names[1],
        spread=spread if spread > 0 else 1.0,
        units=max(tables.scores["id"].nunique(), 1),
    )


def _computed_again(rows: pd.DataFrame, facts: Mapping[str, str]) -> pd.Series:
    """Tell which rows belong to what an engine computes on another engine's artefacts.

    All of a stage; where it searches for what it hands on, the criteria and what follows from the solution.
    """
    searching = {stage for stage, _ in parts_under(facts)}
    again = [
        stage not in searching or quantity == ABSENT or computed_again(stage, quantity)
        for stage, quantity in zip(rows["stage"], rows["quantity"], strict=True)
    ]
    return pd.Series(again, index=rows.index, dtype=bool)


def _check_recomputed(estimates: pd.DataFrame, facts: Mapping[str, str]) -> None:
    """Refuse rows on another engine's artefacts that would be compared with nothing."""
    borrowed = estimates[estimates["input"] != OWN]
    stray = borrowed[~_computed_again(borrowed, facts)]
    if len(stray):
        names = sorted(set(stray["quantity"]))
        raise ContractError(f"estimates: from another engine's solution, but not in searches.csv: {names}")


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
    blank = {"quantity": ABSENT, "term": "", "component": "", "value_a": np.nan, "value_b": np.nan}
    return pd.DataFrame([{"stage": stage, **blank, "note": "the stage has no rows"} for stage in silent])


def _with_reasons(
    whole: pd.DataFrame, sides: tuple[pd.DataFrame, pd.DataFrame], names: tuple[str, str]
) -> pd.DataFrame:
    """Note on the numbers that a side lacks why it could not compute them.

    The row in which the side says so stays only where there is no such number, or where both say so.
    """
    said_by = [set(side.loc[side["quantity"] == ABSENT, "stage"]) for side in sides]
    there = set(whole.loc[whole[["value_a", "value_b"]].notna().any(axis=1), "stage"])
    for side, name, column in zip(sides, names, ("value_a", "value_b"), strict=True):
        said = side[side["quantity"] == ABSENT]
        for stage, reason in zip(said["stage"], said["note"], strict=True):
            lacks = (whole["stage"] == stage) & whole[column].isna() & (whole["quantity"] != ABSENT)
            text = f"{name}: {reason}" + ("; " + whole["note"]).where(whole["note"] != "", "")
            whole = whole.assign(note=whole["note"].where(~lacks, text))
            needless = (
                (whole["stage"] == stage)
                & (whole["quantity"] == ABSENT)
                & (stage in there - (said_by[0] & said_by[1]))
            )
            whole = whole[~needless]
    return whole


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
