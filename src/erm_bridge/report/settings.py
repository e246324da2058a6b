"""What a study asks for, in sentences that a reader without the study file understands."""

from erm_bridge.options import StageName
from erm_bridge.report import settings_effect, settings_matching
from erm_bridge.report.model import MadeColumn
from erm_bridge.report.settings_distance import SURVEY_WEIGHTS_IN_MATCHING
from erm_bridge.report.settings_index import index as _index
from erm_bridge.report.wording import listing
from erm_bridge.study.models import Names, Regression, Study, Variable

_OF_TWO = (
    "Two programs that agree have computed the same thing. Whether it is the right thing for the "
    "question - the items, the model, the covariates - agreement cannot tell.",
    "The cohort was selected once, by Python; both engines received the same rows. {weights}",
)
_OF_ONE = (
    "One program computed these numbers. Whether it computed what was asked, and whether that is the right "
    "thing for the question - the items, the model, the covariates - it cannot tell.",
    "The cohort was selected by Python. {weights}",
)


def data(study: Study) -> tuple[str, ...]:
    """Say how the analysis sample was made."""
    if study.missing == "complete":
        return ("Rows with a missing value in any column of the analysis are left out of every stage.",)
    return ()


def made_columns(study: Study) -> tuple[MadeColumn, ...]:
    """List the columns that the study computes or recodes, in its order."""
    names = dict.fromkeys([*study.derive, *(name for name, v in study.variables.items() if v.codes)])
    return tuple(
        MadeColumn(name, study.derive.get(name, name), _codes(study.variables.get(name))) for name in names
    )


def _codes(variable: Variable | None) -> str:
    """Say which codes make which level: `3, 4 = junior high; 9 = missing`."""
    by_level: dict[str, list[str]] = {}
    for code, level in ((variable.codes if variable else None) or {}).items():
        by_level.setdefault("missing" if level is None else level, []).append(code)
    return "; ".join(f"{', '.join(codes)} = {level}" for level, codes in by_level.items())


def stage(study: Study, name: StageName) -> tuple[str, ...]:
    """Say what the study asks of one stage; empty where the stage is skipped."""
    if not study.has(name):
        return ()
    return _STAGES[name](study)


def limits(study: Study, crosschecked: bool) -> tuple[str, ...]:
    """Say what this report does not show."""
    weighted = study.matching is not None and study.matching.survey_weights is not None
    weights = SURVEY_WEIGHTS_IN_MATCHING if weighted else "Survey weights are not used."
    found = [text.format(weights=weights) for text in (_OF_TWO if crosschecked else _OF_ONE)]
    if study.index is not None and study.index.extraction not in ("pca", "pa", "alpha"):
        found.append(
            "Factor loadings come out of a search that stops when it is close enough. They and all that "
            "builds on them are therefore compared to about four decimals; closed formulas are compared to "
            "ten digits."
        )
    if study.regression is not None and study.regression.selection is not None:
        found.append(
            "The variables of the regression were selected on the same data that the model is fitted to. Its "
            "standard errors and p values do not know that; they look better than they are, and another "
            "sample could lead to other variables."
        )
    if study.matching is not None:
        found += settings_matching.limits(study.matching, study.effect)
    if study.effect is not None and study.matching is not None:
        found += settings_effect.limits(study.effect, study.matching)
    return tuple(found)


def outcome(study: Study, name: StageName) -> str:
    """Name the outcome of a stage."""
    return "the index" if study.uses_index(name) else str(getattr(study, name).outcome)


def _difference(study: Study) -> tuple[str, ...]:
    if not study.groups:
        return ("No groups to compare.",)
    return (
        f"Means of {outcome(study, 'difference')} between the groups of {listing(study.groups)}: "
        "one-way analysis of variance with one variance for all groups. "
        "Eta squared is the share of the outcome's variance that lies between the groups.",
    )


def _regression(study: Study) -> tuple[str, ...]:
    model = study.regression
    assert model is not None
    robust = (
        " HC3 standard errors stay right where the outcome varies more in some units than in others; like "
        "the classical ones they go with the t distribution."
        if "HC3" in model.std_error
        else ""
    )
    return (
        f"Linear regression (ordinary least squares) of {outcome(study, 'regression')} on "
        f"{_right_side(model)}.{_references(study, model.terms)}{robust}",
    )


def _right_side(model: Regression) -> str:
    rule = model.selection
    if rule is None:
        return f"{listing(model.terms)}; all of them are in the model"
    kept = f"{listing(model.keep)}, always in the model, and on " if model.keep else ""
    return (
        f"{kept}those of {listing(model.candidates)} that a stepwise selection leaves: at each step the "
        f"variable with the smallest p enters if p is at most {rule.enter:g}, then those with p of "
        f"{rule.remove:g} or more leave. A category enters and leaves as a whole"
    )


def _references(study: Study, columns: Names) -> str:
    found = [
        f"{name} against {study.variables[name].reference}"
        for name in columns
        if name in study.variables and study.variables[name].reference is not None
    ]
    return f" Categories are compared with their reference: {listing(found)}." if found else ""


def _effect(study: Study) -> tuple[str, ...]:
    assert study.effect is not None
    assert study.matching is not None
    return settings_effect.effect(study.effect, study.matching, outcome(study, "effect"))


_STAGES = {
    "index": _index,
    "difference": _difference,
    "regression": _regression,
    "matching": lambda study: settings_matching.matching(study, _references),
    "effect": _effect,
}
