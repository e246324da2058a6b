"""How many factors there are."""

import numpy as np
import pandas as pd

from erm_bridge.engines.python.factors import ALL
from erm_bridge.errors import InputError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics import dimension as numerics
from erm_bridge.numerics.adequacy import eigenvalues
from erm_bridge.numerics.draws import uniforms
from erm_bridge.results import Dimension
from erm_bridge.study.models import Dimension as Options
from erm_bridge.study.models import Index

POWERS = ["squared", "fourth"]
COMPLEXITIES = ["complexity_1", "complexity_2"]
EDGE = "the smallest average is at the largest number tried; raise dimension.most"


def dimension_of(correlation: FloatArray, n: int, options: Options, seed: int | None) -> Dimension:
    """Look for the number of factors by every method that is asked for.

    Parameters
    ----------
    correlation : array, p x p
    n : int
        Rows it comes from.
    options : Dimension of the study file
    seed : int or None
        Of the replicates of parallel analysis.
    """
    suggestions: list[tuple[str, str, int | None]] = []
    observed = {"components": eigenvalues(correlation)}
    suggestions.append(("kaiser", "", int(np.sum(observed["components"] > 1))))
    mean, quantile = {}, {}
    if "parallel" in options.methods:
        for kind, found in _parallel(correlation, n, options, seed).items():
            observed[kind], mean[kind], quantile[kind] = found.observed, found.mean, found.quantile
            suggestions.append((f"parallel_{kind}", "mean", found.by_mean))
            suggestions.append((f"parallel_{kind}", "quantile", found.by_quantile))
    partials = structure = np.empty((0, 2))
    if "map" in options.methods:
        averages = numerics.average_partials(correlation, options.most)
        partials = np.column_stack([averages.squared, averages.fourth])
        suggestions += [("map", "squared", averages.by_squared), ("map", "fourth", averages.by_fourth)]
    if "vss" in options.methods:
        simple = numerics.very_simple_structure(correlation, options.most)
        structure = np.column_stack([simple.first, simple.second])
        suggestions += zip(["vss"] * 2, COMPLEXITIES, [simple.by_first, simple.by_second], strict=True)
    known = [suggestion for suggestion in suggestions if suggestion[2] is not None]
    return Dimension(
        table=pd.DataFrame(known, columns=["method", "by", "factors"]),
        eigenvalues=_numbered(pd.DataFrame(observed), 1),
        mean=_numbered(pd.DataFrame(mean), 1),
        quantile=_numbered(pd.DataFrame(quantile), 1),
        map=_numbered(pd.DataFrame(partials, columns=POWERS), 0),
        vss=_numbered(pd.DataFrame(structure, columns=COMPLEXITIES), 1),
    )


def _parallel(
    correlation: FloatArray, n: int, options: Options, seed: int | None
) -> dict[str, numerics.Parallel]:
    p = len(correlation)
    drawn = uniforms(seed, "parallel", options.replicates, numerics.numbers_needed(p))
    simulated = numerics.null_correlations(drawn, p, n)
    found: dict[str, numerics.Parallel] = {}
    for kind in options.of:
        values = numerics.EIGENVALUES[kind]
        found[kind] = numerics.parallel(values(correlation[None])[0], values(simulated), options.quantile)
    return found


def _numbered(frame: pd.DataFrame, start: int) -> pd.DataFrame:
    return frame.set_axis([str(start + i) for i in range(len(frame))], axis="index")


def number_of_factors(options: Index, values: FloatArray, dimension: Dimension | None) -> int:
    """Return the number a study asks for, or find it by the rule it names.

    Parameters
    ----------
    options : Index
    values : array, p
        Eigenvalues of the correlations.
    dimension : Dimension or None
        Holds what the rule rests on, but for Kaiser's.

    Raises
    ------
    InputError
        The rule finds no factor, or more than the items determine.
    """
    if isinstance(options.factors, int):
        return options.factors
    k = numerics.kaiser(values) if dimension is None else _by_rule(options, values, dimension)
    try:
        options.check_number_of_factors(k)
    except ValueError as error:
        raise InputError(f"by the rule {options.factors!r}, {error}") from None
    return k


def _by_rule(options: Index, values: FloatArray, dimension: Dimension) -> int:
    if options.factors == "kaiser" or options.dimension is None:
        return numerics.kaiser(values)
    if options.factors == "map":
        k = dimension.suggested("map", "squared")
        if k == len(dimension.map) - 1 < len(values) - 1:
            raise InputError(f"by the rule 'map', {EDGE} (now {options.dimension.most})")
    else:
        k = dimension.suggested(f"parallel_{options.dimension.kind_for(options.extraction)}", "quantile")
    if not k:
        raise InputError(f"the rule {options.factors!r} finds no factor; give factors as a number")
    return k


def rows(found: StageRows, dimension: Dimension | None) -> None:
    """Add the rows on the number of factors, where it was looked for."""
    if dimension is None:
        return
    for kind in dimension.eigenvalues.columns.drop("components"):
        found.add_components(f"eigenvalue_{kind}", dimension.eigenvalues[kind], ALL)
    for limit, values in (("mean", dimension.mean), ("quantile", dimension.quantile)):
        for kind in values.columns:
            found.add_components(f"parallel_{kind}", values[kind], limit)
    for quantity, values in (("map", dimension.map), ("vss", dimension.vss)):
        for column in values.columns:
            found.add_components(quantity, values[column].dropna(), str(column))
    at_edge = len(dimension.map) - 1 if len(dimension.map) < len(dimension.eigenvalues) else -1
    for method, by, factors in dimension.table.itertuples(index=False, name=None):
        note = EDGE if method == "map" and factors == at_edge else ""
        found.add("suggested_factors", factors, method, by, note)
