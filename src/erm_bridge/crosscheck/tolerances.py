"""How far two numbers may lie apart: `limit = atol * scale + rtol * max(|a|, |b|)`, from the glossary."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from erm_bridge.crosscheck.artefact_rows import ARTEFACT_LIMITS
from erm_bridge.errors import ContractError
from erm_bridge.quantities import glossary, holds

PAIR = ("stage", "quantity")

# Quantities in these units are judged in standard deviations of the outcome.
OUTCOME_UNITS = ("outcome", "outcome per unit", "index")
# End to end, errors of an outcome grow in statistics of n units by these powers of n.
GROWTH = {"standard errors": 0.5, "squared standard errors": 1.0}

# Of the stage that inverts correlations: what has its digits although its limit is not relative.
INVERTED = ("unit_score", "unit_index")


def with_limits(rows: pd.DataFrame, facts: Mapping[str, str], equal: pd.Series) -> pd.DataFrame:
    """Add the column `limit` to joined rows, and `computing`: the limit that they have on equal input.

    Parameters
    ----------
    rows : pandas.DataFrame
        Columns `stage`, `quantity`, `value_a`, `value_b`; `scale` where a row brings its own; `spread`,
        the standard deviation of the outcome; `units`, how many there are.
    facts : mapping
        Settings that select a row of the glossary by its column `when`: `key=value` or `key=value|value`,
        more than one apart by a blank. Of the rows that fit, the one with most keys is taken; `correlation`
        counts before all others: an error of the correlations is carried through everything.
    equal : pandas.Series of bool
        Whether both engines had equal input; decides between `rtol` and `rtol_end_to_end`.

    Notes
    -----
    What is computed from the inverse of correlations has lost as many digits as their condition has, in any
    program: rounding times condition is the least limit, of the number or of its scale. It counts from
    conditions of some 5e5; smoothed correlations have 1e10.

    Raises
    ------
    ContractError
        A quantity has no row in the glossary that fits the facts.
    """
    chosen = _applicable(facts)
    stages = rows["stage"].where(rows["quantity"] != "rows", "*")
    keys = pd.MultiIndex.from_arrays([stages, rows["quantity"]])
    unknown = sorted(set(keys) - set(chosen.index))
    if unknown:
        raise ContractError(f"no tolerance in quantities.csv for {unknown} with {dict(facts)}")
    found = chosen.loc[keys].set_axis(rows.index)
    rtol = found["rtol"].where(equal, found["rtol_end_to_end"])
    atol = found["atol"].where(equal, found["atol_end_to_end"])
    largest = rows[["value_a", "value_b"]].abs().max(axis="columns")
    own = rows["scale"] if "scale" in rows else pd.Series(np.nan, index=rows.index)
    scale = own.fillna(rows["spread"].where(found["unit"].isin(OUTCOME_UNITS), 1.0))
    grown = rows["units"] ** found["unit"].map(GROWTH).fillna(0.0)
    # An infinite value has no neighbours: it agrees with itself alone.
    largest = largest.where(np.isfinite(largest), 0.0)
    computing = found["atol"] * scale + found["rtol"] * largest
    limit = atol * scale * grown.where(~equal, 1.0) + rtol * largest
    least = _lost_digits(rows, found["rtol"]) * np.maximum(scale, largest)
    return rows.assign(limit=np.maximum(limit, least), computing=np.maximum(computing, least))


def _lost_digits(rows: pd.DataFrame, rtol: pd.Series) -> pd.Series:
    """Multiply rounding by the condition of the correlations, for what is computed from these; else 0."""
    conditions = rows.loc[rows["quantity"] == "condition", ["value_a", "value_b"]].to_numpy()
    conditions = conditions[np.isfinite(conditions)]
    lost = np.finfo(float).eps * conditions.max(initial=0.0)
    computed = (rows["stage"] == "index") & ((rtol > 0) | rows["quantity"].isin(INVERTED))
    return pd.Series(np.where(computed & (lost > rtol), lost, 0.0), index=rows.index)


def _applicable(facts: Mapping[str, str]) -> pd.DataFrame:
    """For each quantity, the row of the glossary whose `when` fits the facts most specifically."""
    rows = glossary()
    fits = rows["when"].map(lambda condition: holds(condition, facts))
    specific = rows.assign(depth=rows["when"].map(_depth))[fits].sort_values("depth", kind="stable")
    chosen = specific.drop_duplicates(list(PAIR), keep="last").set_index(list(PAIR))
    return pd.concat([chosen, ARTEFACT_LIMITS])


def _depth(condition: str) -> int:
    """How specific a condition is; one on the correlations comes first: all that follows has their error."""
    return len(condition.split()) + 10 * ("correlation=" in condition)
