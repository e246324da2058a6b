"""Rows that the crosscheck adds from artefacts: factors, values of units, match sets and their weights."""

import numpy as np
import pandas as pd

from erm_bridge.numerics.congruence import best_assignment, congruence

# Limits of these rows, in units of their scale. Loadings within 1e-4 leave a congruence within about 1e-8
# of 1 and scores within about 1e-3 standard deviations, the same loadings equal scores; rounded scores are
# equal up to one last decimal; sets are counted.
ARTEFACT_LIMITS = pd.DataFrame(
    {
        "rtol": 0.0,
        "rtol_end_to_end": 0.0,
        "atol": [1e-6, 1e-10, 1e-10, 1e-8, 0.0, 1e-9, 0.0],
        "atol_end_to_end": [1e-6, 1e-3, 1e-3, 1e-8, 0.0, 1e-9, 0.0],
    },
    index=pd.MultiIndex.from_tuples(
        [
            ("index", "congruence"),
            ("index", "unit_score"),
            ("index", "unit_index"),
            ("matching", "unit_propensity"),
            ("matching", "sets_equal"),
            ("matching", "unit_weight"),
            ("*", "rows"),
        ]
    ),
).assign(unit="")

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
        return pd.DataFrame()
    x, y = (table.loc[items, factors].to_numpy(float) for table in loadings)
    coefficients = congruence(x, y)
    partners = best_assignment(coefficients)
    return pd.concat(
        [
            _row("index", "congruence", 1.0, coefficients[j, j], term=factor, note=_partner(factors, j, k))
            for j, (factor, k) in enumerate(zip(factors, partners, strict=True))
        ]
    )


def unit_rows(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Compare factor scores, index and propensity of every unit.

    One row for each column: the two values of the unit (`term`) for which they lie farthest apart.
    Scores and index are judged in standard deviations.

    Parameters
    ----------
    a, b : pandas.DataFrame
        Columns `id`, then some of `F1..Fk`, `index`, `propensity`.
    """
    x, y = (
        table.drop(columns=["engine", "input"]).set_index("id").dropna(axis=1, how="all") for table in (a, b)
    )
    names = [*x.columns, *y.columns.difference(x.columns, sort=False)]
    x, y = x.reindex(columns=names), y.reindex(index=x.index.union(y.index, sort=False), columns=names)
    x = x.reindex(y.index)
    rows = [_unit_row(name, x[name], y[name]) for name in names]
    return pd.concat(rows) if rows else pd.DataFrame()


def _unit_row(name: str, x: pd.Series, y: pd.Series) -> pd.DataFrame:
    """Pick the unit at which two columns lie farthest apart, or one that a side lacks."""
    # argmax takes the first NaN before any number.
    worst = int(np.argmax((x - y).abs().to_numpy("float64")))
    pair, unit = (x.iloc[worst], y.iloc[worst]), str(x.index[worst])
    if name == "propensity":
        return _row("matching", "unit_propensity", *pair, term=unit)
    spread = float(x.std())
    if name == "index":
        return _row("index", "unit_index", *pair, term=unit, scale=spread)
    return _row("index", "unit_score", *pair, term=unit, component=name, scale=spread)


def set_rows(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Count the treated units whose set of controls is the same; order within a set does not matter.

    Parameters
    ----------
    a, b : pandas.DataFrame
        Columns `treated`, `control`; a treated unit without controls has one row without control.
        A table without rows counts as no answer; where both are, the method makes no sets. Of subclasses (a
        column `subclass` that is not empty): one row per unit; counted are the units whose subclass has the
        same members, under the component `subclass`. Of weights alone (one row per unit and no subclass)
        there are no sets and no row.
    """
    if (a.empty and b.empty) or (_has_weights_only(a) and _has_weights_only(b)):
        return pd.DataFrame()
    if _has_subclasses(a) and _has_subclasses(b):
        return _subclass_rows(a, b)
    if a.empty or b.empty:
        sizes = [float(table["treated"].nunique()) if len(table) else np.nan for table in (a, b)]
        return _row("matching", "sets_equal", *sizes, note="no match sets")
    both = _paired(a, b)
    units = pd.unique(both["treated"])
    unequal = pd.unique(both.loc[both["side"] != "both", "treated"])
    shown = ", ".join(str(label) for label in unequal[:_SHOWN])
    note = f"first unequal: {shown}" if len(unequal) else ""
    equal = float(len(units) - len(unequal))
    return _row("matching", "sets_equal", float(len(units)), equal, note=note)


def weight_rows(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Compare the matching weights: the one that differs most, of the controls or, without pairs, of all.

    Parameters
    ----------
    a, b : pandas.DataFrame
        Columns `control` and `weight`. A control that one side does not use weighs 0 there. Of subclasses and
        of weights alone as in `set_rows`.
    """
    if a.empty or b.empty:
        return pd.DataFrame()
    if all(_has_subclasses(table) or _has_weights_only(table) for table in (a, b)):
        weights = [table.set_index(_unit(table))["weight"] for table in (a, b)]
    else:
        weights = [table.dropna(subset="control").groupby("control")["weight"].first() for table in (a, b)]
    both = pd.concat(weights, axis=1, keys=["a", "b"]).fillna(0.0)
    if both.empty:
        return pd.DataFrame()
    worst = int(np.argmax((both["a"] - both["b"]).abs().to_numpy("float64")))
    pair = both["a"].iloc[worst], both["b"].iloc[worst]
    return _row("matching", "unit_weight", *pair, term=str(both.index[worst]))


def _has_subclasses(table: pd.DataFrame) -> bool:
    return "subclass" in table and bool(table["subclass"].notna().any())


def _has_weights_only(table: pd.DataFrame) -> bool:
    return (
        len(table) > 0 and "position" in table and not table[["position", "subclass"]].notna().any(axis=None)
    )


def _unit(table: pd.DataFrame) -> pd.Series:
    return table["treated"].where(table["treated"].notna(), table["control"]).rename("unit")


def _subclass_rows(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Count the units whose subclass has the same members; the numbers of subclasses do not matter."""
    sides = [table.assign(unit=_unit(table)).set_index("unit")["subclass"] for table in (a, b)]
    both = pd.concat(sides, axis=1, keys=["a", "b"]).dropna(how="all")
    sizes = [both.groupby(side)[side].transform("size").reindex(both.index) for side in ("a", "b")]
    shared = both.groupby(["a", "b"])["a"].transform("size").reindex(both.index)
    same = (shared == sizes[0]).fillna(False) & (shared == sizes[1]).fillna(False)
    unequal = both.index[~same.to_numpy(dtype=bool)]
    shown = ", ".join(str(label) for label in unequal[:_SHOWN])
    return _row(
        "matching",
        "sets_equal",
        float(len(both)),
        float(len(both) - len(unequal)),
        component="subclass",
        note=f"first unequal: {shown}" if len(unequal) else "",
    )


def _paired(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Join pairs; a control that is taken twice weighs twice, so copies of a pair are counted."""
    key = ["treated", "control", "copy"]
    counted = [
        pairs.assign(copy=pairs.groupby(["treated", "control"], dropna=False, sort=False).cumcount())[key]
        for pairs in (a, b)
    ]
    return counted[0].merge(counted[1], on=key, how="outer", indicator="side", sort=False)


def _loadings(table: pd.DataFrame) -> pd.DataFrame:
    rows = table[table["quantity"] == "loading"]
    return rows.pivot(index="term", columns="component", values="value")


def _partner(factors: pd.Index, j: int, k: int) -> str:
    return "" if j == k else f"fits {factors[k]} better"


def _row(
    stage: str,
    quantity: str,
    value_a: float,
    value_b: float,
    *,
    term: str = "",
    component: str = "",
    scale: float = 1.0,
    note: str = "",
) -> pd.DataFrame:
    values = {"value_a": float(value_a), "value_b": float(value_b), "scale": scale, "note": note}
    return pd.DataFrame(
        [{"stage": stage, "quantity": quantity, "term": term, "component": component, **values}]
    )
