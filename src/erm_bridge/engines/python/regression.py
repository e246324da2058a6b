"""Stage `regression`: least squares of the outcome on the treatment and covariates, all or selected."""

import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.python.design import Design, design_matrix, join_designs
from erm_bridge.engines.python.outcome import outcome_of
from erm_bridge.errors import EngineError, InputError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.least_squares import FULL_LEVERAGE, LinearFit, least_squares, t_test
from erm_bridge.numerics.stepwise import select_by_p
from erm_bridge.study.labels import INTERCEPT
from erm_bridge.study.models import Regression, Study


def run(study: Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Regress the outcome on an intercept, `keep`, and the candidates that the selection leaves.

    Categories are treatment-coded against their reference. Matching R calls: `summary(lm(y ~ ...))`,
    `sandwich::vcovHC(fit, type = "HC3")`; for a selection see `erm_bridge.numerics.stepwise`.

    Raises
    ------
    InputError
        The selection is not defined (`select_by_p`), or HC3 is not: a row has leverage 1.
    """
    model = study.regression
    if model is None:
        raise EngineError("python: the study has no section regression")
    outcome = outcome_of(study, "regression", frame, given)
    parts = [design_matrix(frame, [name], study.variables) for name in model.terms]
    rows = StageRows()
    if model.selection is not None:
        parts = _selected(rows, model, parts, outcome)
    columns, terms = join_designs(parts, len(frame))
    fit = least_squares(columns, outcome, terms)
    if "HC3" in model.std_error:
        _check_leverage(fit, frame)
    _add_coefficients(rows, model, fit, (INTERCEPT, *terms))
    rows.add_terms("beta", dict(zip(terms, fit.beta, strict=True)))
    rows.add_terms("vif", dict(zip(terms, fit.vif, strict=True)))
    rows.add("r_squared", fit.r_squared, "model")
    rows.add("adj_r_squared", fit.adj_r_squared, "model")
    if terms:
        rows.add("f", fit.f, "model")
    return StageResult(rows)


def _selected(rows: StageRows, model: Regression, parts: list[Design], outcome: FloatArray) -> list[Design]:
    """Add the path of the selection to the rows and return the designs of the final model."""
    rule = model.selection
    assert rule is not None
    try:
        found = select_by_p(
            [part.values for part in parts], outcome, model.terms, len(model.keep), rule.enter, rule.remove
        )
    except InputError as error:
        raise InputError(f"selection: {error}") from None
    for number, step in enumerate(found.steps, start=1):
        rows.add(
            "entered" if step.enters else "removed", step.p_value, model.terms[step.variable], str(number)
        )
    return [parts[variable] for variable in found.variables]


def _add_coefficients(rows: StageRows, model: Regression, fit: LinearFit, terms: tuple[str, ...]) -> None:
    """Add coefficients and, for each kind of standard error, error, t and p; `component` names HC3."""
    rows.add_terms("estimate", dict(zip(terms, fit.estimate, strict=True)))
    for kind in model.std_error:
        std_error, component = (fit.std_error_hc3, kind) if kind == "HC3" else (fit.std_error, "")
        statistic, p_value = t_test(fit.estimate, std_error, fit.df)
        named = {"std_error": std_error, "statistic": statistic, "p_value": p_value}
        for quantity, values in named.items():
            rows.add_terms(quantity, dict(zip(terms, values, strict=True)), component)


def _check_leverage(fit: LinearFit, frame: pd.DataFrame) -> None:
    if fit.leverage.max() > FULL_LEVERAGE:
        label = frame.index[int(fit.leverage.argmax())]
        raise InputError(
            f"std_error: HC3 is not defined, because row {label} alone decides a coefficient (leverage 1), "
            "such as that of a level with a single row; merge levels, drop the column or leave HC3 out"
        )
