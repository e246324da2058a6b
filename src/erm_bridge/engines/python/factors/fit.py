"""How well the factors reproduce the correlations: fit statistics, complexity, adequacy of scores."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from erm_bridge.engines.python.factors import ALL
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.factoring import Solution
from erm_bridge.numerics.fit import complexity, model_fit, residual_fit
from erm_bridge.numerics.score_adequacy import score_adequacy
from erm_bridge.results import FactorFit

# Names that would not say in the table of estimates whose they are.
OF_THE_MODEL = ("chi2", "df", "p", "log10_p")


def fit_of(
    correlation: FloatArray, n: int, solved: Solution, items: pd.Index, *, components: bool
) -> FactorFit:
    """Describe the fit of a solution; of components only what needs no model of unique variance."""
    found = {
        "objective": solved.extraction.objective,
        **asdict(residual_fit(correlation, solved.loadings, solved.phi, n)),
        "complexity": pd.Series(complexity(solved.loadings), items),
    }
    if components:
        return FactorFit(**found)
    of_model = asdict(model_fit(correlation, solved.loadings, solved.phi, n))
    adequacy = score_adequacy(correlation, solved.loadings, solved.phi)
    columns = {name: getattr(adequacy, name) for name in ("r_squared", "max_correlation", "min_correlation")}
    factors = [f"F{i + 1}" for i in range(solved.loadings.shape[1])]
    return FactorFit(
        **found,
        **{f"model_{name}" if name in OF_THE_MODEL else name: value for name, value in of_model.items()},
        score_adequacy=pd.DataFrame(columns, factors),
    )


def rows(found: StageRows, fit: FactorFit) -> None:
    """Add the rows of the fit; what is not defined has none."""
    for name in FactorFit.numbers():
        if not np.isnan(value := getattr(fit, name)):
            found.add(name, value, ALL)
    found.add_terms("complexity", fit.complexity.dropna())
    if fit.score_adequacy is not None:
        for name in fit.score_adequacy.columns:
            found.add_components(f"score_{name}", fit.score_adequacy[name], ALL)
