"""The fit statistics in the rows that R returns."""

import numpy as np
import pandas as pd

from erm_bridge.engines.r.session import Answer
from erm_bridge.results import FactorFit


def fit_in(answer: Answer, items: pd.Index) -> FactorFit:
    """Collect what R says of the fit; a quantity without a row is not defined: NaN."""
    single = answer.table[answer.table["quantity"].isin(FactorFit.numbers())]
    given = single.set_index("quantity")["value"]
    numbers = {name: float(given.get(name, np.nan)) for name in FactorFit.numbers()}
    names = ("r_squared", "max_correlation", "min_correlation")
    adequacy = pd.DataFrame({name: answer.components(f"score_{name}") for name in names})
    return FactorFit(
        **numbers,
        complexity=answer.values("complexity").reindex(items),
        score_adequacy=adequacy if len(adequacy) else None,
    )
