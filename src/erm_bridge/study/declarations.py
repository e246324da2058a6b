"""What a study declares must fit together, and fit the columns of its data."""

from collections.abc import Callable, Collection, Sequence

from erm_bridge.errors import InputError
from erm_bridge.study.models import Study, Variable
from erm_bridge.study.roles import roles_of
from erm_bridge.study.validation import Location, nearest

Where = Callable[[Location], str]


def check_declarations(study: Study, where: Where) -> None:
    """Check a study as its user wrote it, before any data are read.

    Parameters
    ----------
    study : Study
        As read, not as resolved by a cohort.
    where : callable
        Says where a key stands, such as `study.yml:12`.

    Raises
    ------
    InputError
        A declared type contradicts its levels or the use of the column, or an outcome explains itself.
    """
    if study.index is not None and study.index.correlation.missing != "refuse":
        raise InputError(
            f"{where(('index', 'correlation', 'missing'))}: index.correlation.missing: "
            f"{study.index.correlation.missing!r} is for the Python call; the analysis sample of a study "
            "is complete in every column of the analysis (missing: complete)"
        )
    roles = roles_of(study)
    for name, variable in study.variables.items():
        problem = _contradiction(variable)
        if variable.type == "category" and roles.must_be_number(name):
            problem = f"the type is category, but {roles.of(name)} needs numbers"
        if problem:
            raise InputError(f"{where(('variables', name))}: variables.{name}: {problem}")
    for stage, (outcome, uses) in _outcomes(study).items():
        for key, columns in uses.items():
            if outcome in columns:
                place = where(tuple(key.split(".")))
                raise InputError(f"{place}: {key}: {outcome!r} is the outcome of {stage}; remove it from one")


def _contradiction(variable: Variable) -> str:
    """Say how the declaration of a variable contradicts itself; empty if it does not."""
    levels, codes, labels = variable.levels, variable.codes, variable.labels
    if variable.type == "number" and (codes or levels or variable.reference):
        return "codes, levels and reference belong to type: category, the type is number"
    if codes is not None and labels is not None:
        return "codes give the levels their names, labels explain levels that are codes; give one of them"
    if codes is not None and levels is not None and set(levels) != {*codes.values()} - {None}:
        listed = ", ".join(variable.model_copy(update={"levels": None}).listed or ())
        return f"levels must be those of the codes in another order ({listed}), found {', '.join(levels)}"
    strange = [code for code in labels or () if levels is not None and code not in levels]
    if strange:
        return f"labels: {strange[0]!r} is not among the levels {', '.join(levels or ())}"
    return ""


def check_columns(study: Study, file: str, label: str, header: Collection[str]) -> None:
    """Check names that the study gives or declares against the columns of the data.

    Raises
    ------
    InputError
        A derived column has the name of a column of the data, or a variable is neither.
    """
    for name in study.derive:
        if name in header:
            raise InputError(
                f"{file}: derive.{name}: {label} has a column {name!r} already; "
                "a derived column needs a name of its own"
            )
    known = [*header, *study.derive]
    for name in study.variables:
        if name not in known:
            raise InputError(f"{file}: variables.{name}: no column {name!r} in {label}{nearest(name, known)}")


def _outcomes(study: Study) -> dict[str, tuple[str, dict[str, Sequence[str]]]]:
    """List for each stage with an outcome column the columns that are to explain it, by key."""
    matching, regression = study.matching, study.regression
    treatment = {} if matching is None else {"matching.treatment": (matching.treatment.column,)}
    uses: dict[str, dict[str, Sequence[str]]] = {
        "difference": {**treatment, "difference.by": study.difference.by}
    }
    if regression is not None:
        uses["regression"] = {
            "regression.keep": regression.keep,
            "regression.candidates": regression.candidates,
        }
    if study.effect is not None and matching is not None:
        uses["effect"] = {
            **treatment,
            "matching.covariates": matching.covariates,
            "effect.adjust": study.effect.adjust,
        }
    outcomes = {stage: getattr(study, stage).outcome for stage in uses}
    return {stage: (outcomes[stage], uses[stage]) for stage in uses if outcomes[stage] is not None}
