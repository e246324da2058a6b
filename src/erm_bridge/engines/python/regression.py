"""Stage `regression`: ordinary least squares of the outcome on the treatment and covariates."""

import numpy as np
import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.python.design import design_matrix
from erm_bridge.engines.python.outcome import outcome_of
from erm_bridge.errors import EngineError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics.scaling import scale_columns
from erm_bridge.study.models import Study

INTERCEPT = "(Intercept)"


def run(study: Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Regress the outcome on an intercept and the columns of `keep` and `candidates`.

    Categories are treatment-coded against their reference. Matching R call: `summary(lm(y ~ ...))`.
    """
    # The module alone: statsmodels.api would load the whole of statsmodels.
    from statsmodels.regression.linear_model import OLS

    if study.regression is None:
        raise EngineError("python: the study has no section regression")
    outcome = outcome_of(study, "regression", frame, given)
    design, terms = design_matrix(frame, study.regression.terms, study.variables)
    scaled = scale_columns(design, terms)
    fit = OLS(outcome, scaled.with_intercept).fit(method="qr")
    # Coefficients of the columns as they are, as linear combinations of those of the scaled ones.
    found = fit.t_test(scaled.back)
    rows = StageRows()
    columns = {
        "estimate": np.ravel(found.effect),
        "std_error": np.ravel(found.sd),
        "statistic": np.ravel(found.tvalue),
        "p_value": np.ravel(found.pvalue),
    }
    for i, term in enumerate((INTERCEPT, *terms)):
        for quantity, values in columns.items():
            rows.add(quantity, values[i], term)
    rows.add("r_squared", fit.rsquared, "model")
    rows.add("adj_r_squared", fit.rsquared_adj, "model")
    rows.add("f", fit.fvalue, "model")
    return StageResult(rows)
