"""The balance of the covariates before and after matching, as a table."""

import numpy as np
import pandas as pd

from erm_bridge.engines.python.design import indicator_columns
from erm_bridge.numerics.balance import balance
from erm_bridge.numerics.matching import Pairing, Problem
from erm_bridge.one_thread import one_thread

DISTANCE = "(distance)"


@one_thread()
def balance_table(
    frame: pd.DataFrame, covariates: tuple[str, ...], problem: Problem, pairing: Pairing
) -> pd.DataFrame:
    """Compare the groups in every covariate, every level of a category, and the score."""
    assert problem.scores is not None
    design = indicator_columns(frame, covariates)
    columns = np.column_stack([design.values, problem.scores])
    result = balance(columns, problem.treated, pairing.weights)
    return pd.DataFrame(
        {
            "smd_before": result.smd_before,
            "smd_after": result.smd_after,
            "variance_ratio_before": result.variance_ratio_before,
            "variance_ratio_after": result.variance_ratio_after,
            "ks_before": result.ks_before,
            "ks_after": result.ks_after,
        },
        index=pd.Index([*design.terms, DISTANCE], name="term"),
    )
