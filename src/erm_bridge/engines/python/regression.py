"""Stage `regression`: ordinary least squares of the outcome on the treatment and covariates."""

import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.python.design import design_matrix
from erm_bridge.engines.python.outcome import outcome_of
from erm_bridge.errors import EngineError
from erm_bridge.estimates import StageRows
from erm_bridge.study.models import Study

INTERCEPT = "(Intercept)"


def run(study: Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Regress the outcome on an intercept and the columns of `keep` and `candidates`.

    Categories are treatment-coded against their reference. Matching R call: `summary(lm(y ~ ...))`.
    """
    # The module alone: statsmodels.api would load the whole of statsmodels.
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools.tools import add_constant

    if study.regression is None:
        raise EngineError("python: the study has no section regression")
    outcome = outcome_of(study, "regression", frame, given)
    design, terms = design_matrix(frame, study.regression.terms, study.variables)
    fit = OLS(outcome, add_constant(design, prepend=True, has_constant="add")).fit()
    rows = StageRows()
    columns = {
        "estimate": fit.params,
        "std_error": fit.bse,
        "statistic": fit.tvalues,
        "p_value": fit.pvalues,
    }
    for i, term in enumerate((INTERCEPT, *terms)):
        for quantity, values in columns.items():
            rows.add(quantity, values[i], term)
    rows.add("r_squared", fit.rsquared, "model")
    rows.add("adj_r_squared", fit.rsquared_adj, "model")
    rows.add("f", fit.fvalue, "model")
    return StageResult(rows)
