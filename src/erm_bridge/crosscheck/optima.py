"""Two engines that stopped in two optima of one search: which is better, and what differs for that alone.

A stage that searches (`searches.csv`) hands on its solution, and every engine computes once more from the
other's solution: the criteria there, what a later search finds in what the first one found, and what follows.
A search ended alike in both engines, or in two optima: the first search, where its criteria differ by more
than the accuracy with which both compute them; a later one, where what it finds in equal input differs.

Rows become `explained` only where all of this holds, for two engines and one stage:

1. A search ended in two optima, and each that did so has its lower criterion at the native engine. Where the
   other engine has the lower one, the native engine is at fault.
   Methods that are defined by the rule that ends their passes have no criterion that counts.
   A choice among units need not be the only best one: there equal criteria count, and of a search that is
   exact (`explains` is `equal`) they alone.
2. That criterion is confirmed: from each other's solution both engines compute the same.
3. All else on equal input agrees: what takes nothing from the solution (both searched in the same data) and
   what is computed from each other's solution (a wrong formula is not excused by loadings that differ).

What later stages inherit end to end is explained where those stages agree on equal input.
"""

from collections.abc import Mapping

import pandas as pd

from erm_bridge.crosscheck.summary import (
    AGREE,
    DIFFER,
    EXPLAINED,
    FAILING,
    INHERITS,
    UNDEFINED,
    on_equal_input,
)
from erm_bridge.estimates import OWN
from erm_bridge.options import STAGES, StageName
from erm_bridge.quantities import holds, parts_under, searches

Graph = Mapping[StageName, frozenset[StageName]]

FLAT = "the criterion agrees: its minimum is flat, the factor weak; fewer factors may fit as well"
UNCLEAR = "two optima, and the criterion does not tell which is the better one"
BETTER = "{} is nearer to the minimum"
FOLLOWS = "{} is nearer to the minimum of the {}"
TIED = "both found an optimum, and there are several"
FOLLOWS_TIED = "both found an optimum of the {}, and there are several"
# In place of an engine: both have equal criteria at solutions that are not the same.
BOTH = "both"

_KEY = ["stage", "quantity", "term", "component"]


def explained(whole: pd.DataFrame, graph: Graph, native: str, facts: Mapping[str, str]) -> pd.DataFrame:
    """Note which engine found the lower criterion; give `explained` to what differs for that reason alone.

    Parameters
    ----------
    whole : pandas.DataFrame
        Rows with verdicts, columns of `erm_bridge.crosscheck.join.COLUMNS`.
    graph : mapping
        For each stage those whose artefacts it takes.
    native : str
        The engine that must have the lower criterion.
    facts : mapping
        Settings by which a criterion may not count.
    """
    pairs = [_explain_pair(rows, graph, native, facts) for _, rows in whole.groupby(["engine_a", "engine_b"])]
    return pd.concat(pairs).loc[whole.index]


def _explain_pair(rows: pd.DataFrame, graph: Graph, native: str, facts: Mapping[str, str]) -> pd.DataFrame:
    rows = rows.copy()
    notes = rows["note"].copy()
    for stage in dict.fromkeys(stage for stage, _ in parts_under(facts)):
        here = _Stage(rows, stage, facts, native)
        winners = {search: here.better(search) for search in searches(stage, facts)}
        better = {search: winner for search, winner in winners.items() if winner is not None}
        differs = here.of_solution & (rows["verdict"] == DIFFER)
        if not better:
            rows.loc[differs & here.own & (rows["quantity"] == "loading"), "note"] = FLAT
        elif all(here.explains(search, winner) for search, winner in better.items()) and here.supported():
            text = FOLLOWS_TIED if BOTH in better.values() else FOLLOWS.format(native, "{}")
            reason = text.format(" and the ".join(better))
            rows.loc[differs, "verdict"] = EXPLAINED
            rows.loc[differs & (rows["note"] == ""), "note"] = reason
            _explain_inheritors(rows, stage, graph, reason)
        if differs.any() or (rows["verdict"] == EXPLAINED).any():
            for search, winner in better.items():
                deciding = here.deciding(search)
                said = notes[deciding]
                rows.loc[deciding, "note"] = _judged(winner) + ("; " + said).where(said != "", "")
    return rows


def _judged(winner: str) -> str:
    return TIED if winner == BOTH else BETTER.format(winner) if winner else UNCLEAR


class _Stage:
    """The rows of one stage and two engines, sorted by their part in its searches."""

    def __init__(self, rows: pd.DataFrame, stage: str, facts: Mapping[str, str], native: str) -> None:
        parts = parts_under(facts)
        known = [parts.get(pair) for pair in zip(rows["stage"], rows["quantity"], strict=True)]
        self._rows = rows
        self._native = native
        self._here = rows["stage"] == stage
        self._first = searches(stage, facts)[0]
        self.search = pd.Series([part.search if part else "" for part in known], index=rows.index)
        role = pd.Series([part.role if part else "" for part in known], index=rows.index)
        self._explains = {p.search: p.explains for (s, _), p in parts.items() if s == stage and p.explains}
        ended = pd.Series([bool(p and p.unless and holds(p.unless, facts)) for p in known], index=rows.index)
        self.criteria = self._here & (role == "criterion") & ~ended
        self._found = self._here & (role == "found")
        self.own = self._here & (rows["input_a"] == OWN) & (rows["input_b"] == OWN)
        # What may be explained: the solution on own input, and what a later search finds again.
        again = self._found & (self.search != self._first)
        self.of_solution = (self.own & ~role.isin(["", "settled"])) | again

    def better(self, search: str) -> str | None:
        """Name the engine whose optimum of a search is the better one; None where both ended alike.

        `BOTH` where a choice that need not be the only best one is another one. Empty where they did not end
        alike, and the criterion cannot tell which is better or is not confirmed.
        """
        rows = self._rows
        of = self.search == search
        own = rows[self.deciding(search) & rows["abs_diff"].notna()]
        apart = own[own["abs_diff"] > own["computing"]]
        if search == self._first:
            alike = apart.empty
        else:
            alike = not (rows["verdict"].eq(DIFFER) & self._found & of & ~self.own).any()
        if alike:
            tied = len(own) > 0 and "equal" in self._explains[search] and self._differs()
            return (BOTH if self._proven(own) and self._confirmed(own) else "") if tied else None
        lower = apart["engine_a"].where(apart["value_a"] < apart["value_b"], apart["engine_b"])
        return lower.iloc[0] if lower.nunique() == 1 and self._confirmed(apart) else ""

    def explains(self, search: str, winner: str) -> bool:
        """Tell whether an outcome of a search excuses other solutions."""
        counts = self._explains[search].split("|")
        return "equal" in counts if winner == BOTH else winner == self._native and "lower" in counts

    def _proven(self, criteria: pd.DataFrame) -> bool:
        """Tell whether the native engine found an optimum: its search says so where it was broken off."""
        return not criteria["note"].str.contains(f"{self._native}: ", regex=False).any()

    def _differs(self) -> bool:
        return bool((self.of_solution & (self._rows["verdict"] == DIFFER)).any())

    def deciding(self, search: str) -> pd.Series:
        """Select the criteria of a search, each engine's at its own solution."""
        return self.own & self.criteria & (self.search == search)

    def supported(self) -> bool:
        """Tell whether nothing of the stage fails but what may be explained."""
        excused = self.of_solution & (self._rows["verdict"] == DIFFER)
        return not self._rows.loc[self._here & ~excused, "verdict"].isin(FAILING).any()

    def _confirmed(self, criteria: pd.DataFrame) -> bool:
        """Tell whether both engines compute the same criteria at each other's solution."""
        again = self._rows[self.criteria & ~self.own & (self._rows["verdict"] == AGREE)]
        counts = again.groupby(_KEY).size()
        return all(counts.get(tuple(key), 0) == 2 for key in criteria[_KEY].to_numpy())


def _explain_inheritors(rows: pd.DataFrame, source: str, graph: Graph, reason: str) -> None:
    """Explain what fails end to end in stages that take something from a stage that is explained."""
    sources = {source}
    for stage in STAGES:
        upstream = graph.get(stage, frozenset()) - {stage}
        if not upstream & sources:
            continue
        sources.add(stage)
        failing = rows["verdict"].isin(FAILING)
        above = failing & rows["stage"].isin(upstream)
        here = failing & (rows["stage"] == stage)
        at_fault = above | (here & on_equal_input(rows)) | (here & (rows["verdict"] == UNDEFINED))
        if at_fault.any():
            continue
        rows.loc[here, "verdict"] = EXPLAINED
        note = rows.loc[here, "note"]
        rows.loc[here, "note"] = f"{INHERITS}{source}: {reason}" + ("; " + note).where(note != "", "")
