"""Bootstrap intervals of loadings, variance shares and correlations of factors."""

import numpy as np
import pandas as pd

from erm_bridge.engines.python.factors import ALL
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics import bootstrap as numerics
from erm_bridge.numerics.draws import uniforms
from erm_bridge.numerics.factoring import Factoring, Solution
from erm_bridge.numerics.replicates import stack_solver
from erm_bridge.numerics.resampling import PearsonStack
from erm_bridge.results import FactorBootstrap, Limits
from erm_bridge.study.models import Bootstrap

PARTS = ("low", "high", "std_error")


def bootstrap_of(
    values: FloatArray,
    solution: Solution,
    method: Factoring,
    items: pd.Index,
    options: Bootstrap | None,
    seed: int | None,
) -> FactorBootstrap | None:
    """Resample the rows of the items (n x p) and solve each replicate as the sample was, if a study asks so.

    Raises
    ------
    InputError
        Hardly any replicate has a solution.
    """
    if options is None:
        return None
    n, k = len(values), solution.loadings.shape[1]
    found = numerics.bootstrap(
        lambda first, last: uniforms(seed, "bootstrap", last - first, n, first),
        PearsonStack(values),
        stack_solver(k, method),
        solution.loadings,
        rows=n,
        replicates=options.replicates,
        conf_level=options.conf_level,
    )
    return _labelled(found, items, options)


def rows(found: StageRows, bootstrap: FactorBootstrap | None) -> None:
    """Add the rows of the bootstrap, if there was one."""
    if bootstrap is None:
        return
    found.add("bootstrap_replicates", bootstrap.replicates, ALL, note=bootstrap.note)
    for part in PARTS:
        found.add_matrix(f"loading_{part}", getattr(bootstrap.loadings, part))
        found.add_components(f"variance_share_{part}", bootstrap.variance[f"share_{part}"], ALL)
        if bootstrap.phi is not None:
            cells = getattr(bootstrap.phi, part)
            for i, j in zip(*np.tril_indices(len(cells), -1), strict=True):
                found.add(f"phi_{part}", cells.iloc[i, j], cells.index[i], cells.columns[j])


def _labelled(found: numerics.Bootstrap, items: pd.Index, options: Bootstrap) -> FactorBootstrap:
    factors = pd.Index([f"F{j + 1}" for j in range(found.loadings.low.shape[1])])
    shares = {f"share_{part}": getattr(found.shares, part) for part in PARTS}
    return FactorBootstrap(
        loadings=_limits(found.loadings, items, factors),
        variance=pd.DataFrame(shares, factors),
        phi=None if found.phi is None else _limits(found.phi, factors, factors),
        replicates=found.replicates,
        conf_level=options.conf_level,
        note=_note(found),
    )


def _limits(found: numerics.Interval, index: pd.Index, columns: pd.Index) -> Limits:
    return Limits(*(pd.DataFrame(getattr(found, part), index, columns) for part in PARTS))


def _note(found: numerics.Bootstrap) -> str:
    said = []
    if found.failed:
        said.append(f"{found.failed} of {found.replicates + found.failed} replicates have no solution")
    if found.improper:
        said.append(f"{found.improper} of {found.replicates} solutions are Heywood cases")
    return "; ".join(said)
