"""What the joined table says as a whole: the verdict and the first stage that diverges."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from erm_bridge.options import STAGES, StageName

AGREE, EXPLAINED, DIFFER, MISSING, UNDEFINED = "agree", "explained", "differ", "missing", "undefined"
VERDICTS = (AGREE, EXPLAINED, DIFFER, MISSING, UNDEFINED)
FAILING = (DIFFER, MISSING, UNDEFINED)
# Two values that lie farther apart than their limit.
APART = (DIFFER, EXPLAINED)
NOT_CROSSCHECKED = "not crosschecked"

INHERITS = "inherits from "


@dataclass(frozen=True)
class Summary:
    """The crosscheck in a few words.

    Attributes
    ----------
    verdict : str
        `agree`, `explained`, `differ`, `missing`, `undefined` or `not crosschecked`.
    culprit : str or None
        The first stage that does not agree on equal input.
    counts : mapping
        For each stage that has rows, the number of rows of each verdict.
    end_to_end_only : bool
        Rows fail, but none on equal input: then `culprit` is only where they begin.
    """

    verdict: str
    culprit: StageName | None
    counts: Mapping[StageName, Mapping[str, int]]
    end_to_end_only: bool = False

    @property
    def agrees(self) -> bool:
        """Tell whether no row fails (true as well when there was nothing to compare)."""
        return self.verdict not in FAILING


def summarise(table: pd.DataFrame) -> Summary:
    """Summarise a crosscheck table (see `erm_bridge.crosscheck.join.COLUMNS`)."""
    if table.empty:
        return Summary(NOT_CROSSCHECKED, None, {})
    found = set(table["verdict"])
    verdict = next((v for v in (*FAILING, EXPLAINED) if v in found), AGREE)
    counts = {
        stage: {v: int((rows["verdict"] == v).sum()) for v in VERDICTS}
        for stage in STAGES
        if len(rows := table[table["stage"] == stage])
    }
    failing = table["verdict"].isin(FAILING)
    only = bool(failing.any() and not (failing & on_equal_input(table)).any())
    return Summary(verdict, first_divergence(table), counts, only)


def on_equal_input(table: pd.DataFrame) -> pd.Series:
    """Tell for each row whether both engines had equal input.

    That is so where one engine worked on the other's artefacts, and on own input for quantities that take
    nothing from artefacts: they have no other rows.
    """
    crossed = table["input_a"] != table["input_b"]
    keys = pd.MultiIndex.from_frame(table[["stage", "quantity"]])
    return crossed | ~keys.isin(keys[crossed.to_numpy()])


def first_divergence(table: pd.DataFrame) -> StageName | None:
    """Name the first stage that fails on equal input; where none does, the first that fails at all."""
    failing = table["verdict"].isin(FAILING)
    for rows in (failing & on_equal_input(table), failing):
        stages = set(table.loc[rows, "stage"])
        if stages:
            return next(stage for stage in STAGES if stage in stages)
    return None
