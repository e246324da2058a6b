"""The Python calls on scales and factors: `reliability`, `congruence`.

Libraries are imported inside the calls, so that R starts first and loads its own at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from erm_bridge import arguments as args
from erm_bridge import engines as registry
from erm_bridge import options as opt

if TYPE_CHECKING:
    import pandas as pd

    from erm_bridge.results import Reliability


def reliability(
    frame: pd.DataFrame,
    *,
    reverse: str | Sequence[str] = (),
    omega_factors: int | None = 3,
    conf_level: float = 0.95,
    engine: opt.EngineName = "python",
) -> Reliability:
    """Find how reliable the sum of the columns of a frame is.

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows x p numeric items, at least three; missing values are refused. Items are named by their
        columns, as text.
    reverse : sequence of str
        Items that are turned round first: x becomes min + max - x. No other item is.
    omega_factors : int or None
        Group factors behind McDonald's omega, from minimum residuals and oblimin; None: no omega.
    conf_level : float
        Level of the intervals of alpha.
    engine : {"python", "r"}
        "r" delegates to `psych::alpha(frame)` and `psych::omega(cor(frame), omega_factors, flip = FALSE)`.

    Returns
    -------
    Reliability

    Raises
    ------
    InputError
        An argument is not valid; an item is constant, not numeric, has missing values or follows from others.
    """
    from erm_bridge.study.index_section import Reliability as Options
    from erm_bridge.study.models import Index

    frame = args.frame_of("reliability", frame)
    wanted = args.options_of(Options, "reliability", omega_factors=omega_factors, conf_level=conf_level)
    # The engines take a whole section: components are always there, whatever the items.
    options = args.options_of(
        Index,
        "reliability",
        items=list(frame.columns),
        reverse=args.listed(reverse),
        extraction="pca",
        factors=1,
        rotation="none",
        reliability=wanted.model_dump(),
    )
    found: Reliability = registry.module_of(engine, "reliability").reliability(frame, options)
    return found


def congruence(a: pd.DataFrame, b: pd.DataFrame, *, engine: opt.EngineName = "python") -> pd.DataFrame:
    """Compute Tucker's coefficients of congruence between the factors of two solutions.

    Parameters
    ----------
    a, b : pandas.DataFrame
        Loadings: items x factors, such as `FactorSolution.loadings`. The items are the same, in any order.
    engine : {"python", "r"}
        "r" delegates to `psych::factor.congruence(a, b, digits = 16)`.

    Returns
    -------
    pandas.DataFrame
        Factors of `a` x factors of `b`; 1 for proportional loadings. Missing for a factor without loadings.

    Raises
    ------
    InputError
        An argument is no frame of numbers, has missing values, or the items differ.
    """
    import pandas as pd

    a, b = args.loadings_of("congruence", "a", a), args.loadings_of("congruence", "b", b)
    args.check_same_items("congruence", a.index, b.index)
    b = b.loc[a.index]
    found = registry.module_of(engine, "congruence").congruence(a.to_numpy("float64"), b.to_numpy("float64"))
    return pd.DataFrame(found, a.columns, b.columns)
