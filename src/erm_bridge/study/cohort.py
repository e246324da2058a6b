"""The cohort: from the source's columns to one analysis frame of complete cases.

Python makes the cohort for every engine. Columns of the frame are float64 or categories with text
levels; the treatment is 0/1; rows keep the order of the source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.study.checks import check_frame
from erm_bridge.study.declarations import check_columns
from erm_bridge.study.explanations import explained
from erm_bridge.study.expressions import Expression, parse
from erm_bridge.study.labels import format_number
from erm_bridge.study.models import Study, Variable
from erm_bridge.study.reader import StudyFile
from erm_bridge.study.roles import Roles, roles_of
from erm_bridge.study.sources import ColumnKind, DatasetLoader, Table, Wanted, read_source
from erm_bridge.study.types import as_category, as_code, as_number, as_treatment, group_levels, recode

FLOW_COLUMNS = ("step", "n_in", "n_out", "removed", "reason")


@dataclass(frozen=True)
class Cohort:
    """The analysis sample.

    Attributes
    ----------
    study : Study
        The study with `variables` describing every analysis column.
    frame : pandas.DataFrame
        n rows indexed by the unit's id.
    flow : pandas.DataFrame
        One row per step: `step`, `n_in`, `n_out`, `removed`, `reason`.
    source : Table
    """

    study: Study
    frame: pd.DataFrame
    flow: pd.DataFrame
    source: Table


def make_cohort(file: StudyFile, load_dataset: DatasetLoader, data: str | None = None) -> Cohort:
    """Read the data, derive columns, apply the cohort's rules and keep complete cases.

    Parameters
    ----------
    file : StudyFile
    load_dataset : callable
        Loads `r:package::name` sources.
    data : str, optional
        Replaces the study's data source; a path is relative to the working directory.

    Raises
    ------
    InputError
        Names the file and the column, key or row that does not fit the study.
    """
    study, where = file.study, str(file.path)
    roles = roles_of(study)
    derive = {name: parse(text, where, f"derive.{name}") for name, text in study.derive.items()}
    rules = [parse(step.keep, where, f"cohort, {step.name}") for step in study.cohort]
    needed = _needed(study, roles, derive, rules)
    source = read_source(
        data=study.data if data is None else study.data.model_copy(update={"source": data, "rows": None}),
        seed=study.seed,
        folder=file.path.parent if data is None else Path.cwd(),
        wanted=Wanted(needed, _known_types(study, roles, needed), study.data.encoding),
        load_dataset=load_dataset,
    )
    check_columns(study, where, source.label, source.header)
    columns = {str(name): source.columns[name] for name in source.columns}
    for name, expression in derive.items():
        columns[name] = _plain(expression.evaluate(columns))
    table = pd.DataFrame(columns, copy=False)
    keep, flow = _apply_rules(study, rules, table, source.label, data or study.data.source)
    table = _recoded(study, roles, table[keep], source.label)
    complete = table[list(roles.analysis)].notna().all(axis="columns")
    _refuse_empty_columns(source.label, table, roles)
    flow.append(
        _step("complete cases", len(table), int(complete.sum()), f"{len(roles.analysis)} analysis columns")
    )
    table = table[complete]
    _refuse_empty(len(table), flow, source.label)
    frame, variables = _typed(study, roles, table, source)
    variables = explained(study, variables, source.labels, derive, table, frame)
    frame.index = _unit_ids(study, table, source.label)
    resolved = study.model_copy(update={"variables": variables})
    check_frame(resolved, frame, source.label)
    return Cohort(resolved, frame, pd.DataFrame(flow, columns=list(FLOW_COLUMNS)), source)


def _needed(
    study: Study, roles: Roles, derive: Mapping[str, Expression], rules: list[Expression]
) -> dict[str, str]:
    """Columns that must come from the source, each with the first key of the study that names it."""
    keys = dict(roles.first_key)
    if study.id is not None:
        keys.setdefault(study.id, "id")
    for expression in (*derive.values(), *rules):
        for name in expression.names:
            keys.setdefault(name, expression.key)
    return {name: key for name, key in keys.items() if name not in derive}


def _known_types(study: Study, roles: Roles, needed: Mapping[str, str]) -> dict[str, ColumnKind]:
    """Types that the study settles: categories keep their codes, ids all their digits."""
    types = {name: kind for name, v in study.variables.items() if (kind := _kind(v)) is not None}
    types |= dict.fromkeys(roles.numeric, "number")
    types |= dict.fromkeys((name for name, key in needed.items() if key == "id"), "category")
    return types


def _kind(variable: Variable) -> ColumnKind | None:
    """Codes that are written as numbers are read as numbers, so that expressions can compute with them."""
    if variable.codes is None:
        return variable.type
    return "codes" if all(as_code(code) == code for code in variable.codes) else "category"


def _plain(column: pd.Series) -> pd.Series:
    """Bring a derived column to the types that sources have: float64 or object."""
    if column.dtype == "string":
        return column.astype(object).where(column.notna(), None)
    return column.astype("Float64").astype("float64")


def _apply_rules(
    study: Study, rules: list[Expression], table: pd.DataFrame, label: str, read_from: str
) -> tuple[pd.Series, list[dict[str, object]]]:
    """Apply the rules in order; a row for which a rule is missing leaves the cohort, as in R's subset()."""
    keep = pd.Series(True, index=table.index)
    flow = [_step("read", len(table), len(table), read_from)]
    columns = {str(name): table[name] for name in table.columns}
    for step, rule in zip(study.cohort, rules, strict=True):
        answer = rule.evaluate(columns)
        if answer.dtype != "boolean":
            raise InputError(f"{rule.where}: must be true or false for each row: {rule.shown}")
        before = int(keep.sum())
        keep &= answer.fillna(False).astype(bool)
        flow.append(_step(step.name, before, int(keep.sum()), step.keep))
        _refuse_empty(int(keep.sum()), flow, label)
    return keep, flow


def _recoded(study: Study, roles: Roles, table: pd.DataFrame, label: str) -> pd.DataFrame:
    """Put levels in place of codes; rules and derived columns have seen the codes."""
    codes = {name: v.codes for name, v in study.variables.items() if v.codes is not None}
    return table.assign(
        **{
            name: recode(table[name], codes[name], f"{label}: column {name!r} ({roles.of(name)})")
            for name in roles.analysis
            if name in codes
        }
    )


def _step(name: str, n_in: int, n_out: int, reason: str) -> dict[str, object]:
    return {"step": name, "n_in": n_in, "n_out": n_out, "removed": n_in - n_out, "reason": reason}


def _refuse_empty(n: int, flow: list[dict[str, object]], label: str) -> None:
    if n == 0:
        raise InputError(
            f"{label}: no row is left after the step {flow[-1]['step']!r} ({flow[-1]['reason']})"
        )


def _refuse_empty_columns(label: str, table: pd.DataFrame, roles: Roles) -> None:
    for name in roles.analysis:
        if len(table) and table[name].isna().all():
            raise InputError(
                f"{label}: column {name!r} ({roles.of(name)}) has no value in any row of the cohort"
            )


def _typed(
    study: Study, roles: Roles, table: pd.DataFrame, source: Table
) -> tuple[pd.DataFrame, dict[str, Variable]]:
    """Give every analysis column its type; describe it for the engines."""
    columns: dict[str, pd.Series] = {}
    variables: dict[str, Variable] = {}
    for name in roles.analysis:
        column, declared = table[name], study.variables.get(name)
        place = f"{source.label}: column {name!r} ({roles.of(name)})"
        if name == roles.treatment and study.matching is not None:
            columns[name] = as_treatment(column, study.matching.treatment.treated, place)
        elif _is_category(column, declared, roles.must_be_number(name)):
            columns[name], variables[name] = as_category(column, declared, source.levels.get(name), place)
            continue
        else:
            columns[name] = as_number(column, place)
        levels = group_levels(columns[name], place) if name in study.groups else None
        variables[name] = Variable(type="number", levels=levels)
    return pd.DataFrame(columns), variables


def _is_category(column: pd.Series, declared: Variable | None, must_be_number: bool) -> bool:
    if must_be_number:
        return False
    declared_type = None if declared is None else declared.type
    return column.dtype == object if declared_type is None else declared_type == "category"


def _unit_ids(study: Study, table: pd.DataFrame, label: str) -> pd.Index:
    """Label rows by the study's id, by default the 1-based row number of the source."""
    if study.id is None:
        numbers: pd.Index = (table.index + 1).rename("id")
        return numbers
    ids = table[study.id]
    if ids.isna().any():
        raise InputError(f"{label}: id column {study.id!r}: row {ids.index[ids.isna()][0] + 1} is empty")
    twice = ids[ids.duplicated(keep=False)]
    if len(twice):
        rows = ", ".join(str(row + 1) for row in twice.index[twice == twice.iloc[0]][:2])
        raise InputError(
            f"{label}: id column {study.id!r}: {_shown(twice.iloc[0])} occurs twice (rows {rows})"
        )
    text = ids.map(lambda value: format_number(value) if isinstance(value, float) else value)
    whole = text.str.fullmatch(r"0|-?[1-9][0-9]{0,17}").all()
    return pd.Index(text.astype("int64" if whole else "object"), name="id")


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)
