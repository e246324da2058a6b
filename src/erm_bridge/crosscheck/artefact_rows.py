"""Rows that the crosscheck adds from artefacts: congruence of factors, equality of match sets."""

import numpy as np
import pandas as pd

ROWS = ("stage", "quantity", "term", "component", "value_a", "value_b", "note")

# Loadings within their tolerance of 1e-4 leave a congruence within about 1e-8 of 1; sets are counted.
ARTEFACT_LIMITS = pd.DataFrame(
    {"rtol": 0.0, "rtol_end_to_end": 0.0, "atol": [1e-6, 0.0], "atol_end_to_end": [1e-6, 0.0]},
    index=pd.MultiIndex.from_tuples([("index", "congruence"), ("matching", "sets_equal")]),
)

_SHOWN = 3


def congruence_rows(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Verify that factor j of one engine is factor j of the other.

    Tucker's coefficient of congruence of each factor with its namesake; `value_a` is 1. Where
    another factor would fit better in the best assignment, the note names it.

    Parameters
    ----------
    a, b : pandas.DataFrame
        Estimates of two engines; only the rows `loading` are used.
    """
    loadings = [_loadings(table) for table in (a, b)]
    factors = loadings[0].columns.intersection(loadings[1].columns)
    items = loadings[0].index.intersection(loadings[1].index)
    if not len(factors) or not len(items):
        return pd.DataFrame(columns=list(ROWS))
    x, y = (table.loc[items, factors].to_numpy(float) for table in loadings)
    lengths = np.outer(np.linalg.norm(x, axis=0), np.linalg.norm(y, axis=0))
    coefficients = np.divide(x.T @ y, lengths, out=np.full(lengths.shape, np.nan), where=lengths > 0)
    partners = _assign(np.abs(coefficients))
    notes = ["" if j == k else f"fits {factors[k]} better" for j, k in enumerate(partners)]
    return _rows("index", "congruence", list(factors), 1.0, np.diag(coefficients), notes)


def set_rows(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Count the treated units whose set of controls is the same; order within a set does not matter.

    Controls of one set weigh the same, so equal sets have equal weights.

    Parameters
    ----------
    a, b : pandas.DataFrame
        Columns `treated`, `control`; a treated unit without controls has one row without control.
    """
    if a.empty or b.empty:
        return pd.DataFrame(columns=list(ROWS))
    key = ["treated", "control", "copy"]
    both = _counted(a)[key].merge(_counted(b)[key], on=key, how="outer", indicator="side", sort=False)
    units = pd.unique(both["treated"])
    unequal = pd.unique(both.loc[both["side"] != "both", "treated"])
    shown = ", ".join(str(label) for label in unequal[:_SHOWN])
    note = f"first unequal: {shown}" if len(unequal) else ""
    return _rows(
        "matching", "sets_equal", [""], float(len(units)), [float(len(units) - len(unequal))], [note]
    )


def _counted(pairs: pd.DataFrame) -> pd.DataFrame:
    """Count the copies of a pair: a control that is taken twice weighs twice."""
    return pairs.assign(copy=pairs.groupby(["treated", "control"], dropna=False, sort=False).cumcount())


def _loadings(table: pd.DataFrame) -> pd.DataFrame:
    rows = table[table["quantity"] == "loading"]
    return rows.pivot(index="term", columns="component", values="value")


def _assign(similarity: np.ndarray) -> np.ndarray:
    """Give each row the column that makes the sum of similarities largest."""
    from scipy.optimize import linear_sum_assignment

    columns: np.ndarray = linear_sum_assignment(np.nan_to_num(similarity), maximize=True)[1]
    return columns


def _rows(
    stage: str, quantity: str, terms: list[str], value_a: float, value_b: object, notes: list[str]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stage": stage,
            "quantity": quantity,
            "term": terms,
            "component": "",
            "value_a": value_a,
            "value_b": value_b,
            "note": notes,
        }
    )
