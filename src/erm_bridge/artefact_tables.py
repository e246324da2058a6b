"""Artefacts as tables: matched pairs, and the scores of every unit, as written, read and compared."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from erm_bridge.engines.base import Artefacts
from erm_bridge.estimates import OWN
from erm_bridge.study.cohort import Cohort

SCORE_KEYS = ("id", "engine", "input")
PAIR_COLUMNS = ("engine", "input", "treated", "control", "position", "weight", "distance", "subclass")


def pairs_table(cohort: Cohort, artefacts: Mapping[str, Mapping[str, Artefacts]]) -> pd.DataFrame:
    """List the pairs of every engine and input, one row per pair.

    A unit without partners has one row without partner. `position` counts the partners of a unit in the
    order in which they were found; `weight` is the matching weight of the partner, as it was handed on;
    `distance` is the difference of the scores that were matched on.

    Of a method that makes no pairs there is one row per unit, under `treated` or `control`, with its weight
    and, of subclasses, the number of its own; units that are not matched weigh 0.
    """
    tables = [
        _matched(cohort, held, _scores(artefacts, engine, given)).assign(engine=engine, input=given)
        for engine, by_input in artefacts.items()
        for given, held in by_input.items()
        if held.match_matrix is not None or held.weights is not None
    ]
    if not tables:
        return pd.DataFrame(columns=list(PAIR_COLUMNS))
    return pd.concat(tables, ignore_index=True)[list(PAIR_COLUMNS)]


def _scores(artefacts: Mapping[str, Mapping[str, Artefacts]], engine: str, given: str) -> np.ndarray | None:
    """Scores that a match was made on: the engine's own, or those that were handed to it."""
    return (artefacts[engine]["own"] if given == "own" else artefacts[given]["own"]).propensity


def _matched(cohort: Cohort, held: Artefacts, scores: np.ndarray | None) -> pd.DataFrame:
    if held.match_matrix is None:
        return _units(cohort, held)
    pairs = _pairs(cohort, held, scores)
    return pairs.assign(subclass=pd.array([pd.NA] * len(pairs), dtype="Int64"))


def _units(cohort: Cohort, held: Artefacts) -> pd.DataFrame:
    matching, subclass, labels = cohort.study.matching, held.subclass, cohort.frame.index
    assert matching is not None
    treated = cohort.frame[matching.treatment.column].to_numpy() == 1
    units = pd.Series(labels.astype("Int64") if pd.api.types.is_integer_dtype(labels) else labels)
    return pd.DataFrame(
        {
            "treated": units.where(treated),
            "control": units.where(~treated),
            "position": pd.array([pd.NA] * len(units), dtype="Int64"),
            "weight": np.nan if held.weights is None else held.weights,
            "distance": np.nan,
            "subclass": _numbers(np.full(len(units), -1) if subclass is None else subclass),
        }
    )


def _numbers(subclass: np.ndarray) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(subclass.astype(np.int64), subclass < 0)


def _pairs(cohort: Cohort, held: Artefacts, scores: np.ndarray | None) -> pd.DataFrame:
    matching, matrix = cohort.study.matching, held.match_matrix
    assert matching is not None
    assert matrix is not None
    # For the effect on the controls they are the ones who are given partners.
    names = ["control", "treated"] if matching.estimand == "ATC" else ["treated", "control"]
    focal = np.flatnonzero(cohort.frame[matching.treatment.column].to_numpy() == (names[0] == "treated"))
    row, position = np.nonzero(matrix >= 0)
    alone = np.flatnonzero((matrix < 0).all(axis=1))
    unit, partner = focal[row], matrix[row, position]
    labels = cohort.frame.index
    found = pd.DataFrame(
        {
            names[0]: labels[unit],
            names[1]: labels[partner],
            "position": position + 1,
            "weight": np.nan if held.weights is None else held.weights[partner],
            "distance": np.nan if scores is None else np.abs(scores[unit] - scores[partner]),
            "order": unit,
        }
    )
    missing = pd.DataFrame({names[0]: labels[focal[alone]], "order": focal[alone]})
    table = pd.concat([found, missing], ignore_index=True) if len(missing) else found
    table["position"] = table["position"].astype("Int64")
    if pd.api.types.is_integer_dtype(labels):
        table[names[1]] = table[names[1]].astype("Int64")
    return table.sort_values("order", kind="stable", ignore_index=True).drop(columns="order")


def scores_table(cohort: Cohort, artefacts: Mapping[str, Mapping[str, Artefacts]]) -> pd.DataFrame:
    """List factor scores, index and propensity of every unit by engine and input.

    On another engine's artefacts there are the scores and the index of that engine's factors; the propensity
    is that engine's and not listed again.
    """
    tables = []
    for engine, by_input in artefacts.items():
        for given, found in by_input.items():
            columns: dict[str, Any] = {}
            if found.factor_scores is not None:
                columns |= {f"F{j + 1}": scores for j, scores in enumerate(found.factor_scores.T)}
            held = {"index": found.index, "propensity": found.propensity if given == OWN else None}
            columns |= {name: values for name, values in held.items() if values is not None}
            if columns or given == OWN:
                label = {"id": cohort.frame.index, "engine": engine, "input": given}
                tables.append(pd.DataFrame(label | columns))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(SCORE_KEYS))
