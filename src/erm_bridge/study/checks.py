"""Refuse an analysis frame on which the study's stages are not defined; the message names the culprit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.study.labels import as_label
from erm_bridge.study.models import Index, Matching, Study
from erm_bridge.study.sources.sizes import NUMBER, check_memory


def check_frame(study: Study, frame: pd.DataFrame, label: str) -> None:
    """Check the frame against every stage of the study.

    Raises
    ------
    InputError
        An item, covariate or outcome is constant, there are too few rows, a group has one row or the
        outcome does not vary within groups, there are fewer controls than the ratio, or columns of a
        model depend on each other.
    """
    if study.index is not None:
        _check_items(frame, study.index, label)
    for key, columns in _models(study).items():
        for name in columns:
            _check_varies(frame[name], f"{label}: column {name!r} ({key})")
        _check_rank(frame, columns, f"{label}: {key}")
    if study.matching is not None:
        treated = frame[study.matching.treatment.column]
        _check_treatment(treated, label)
        prognosis = study.matching.balance.prognosis
        if prognosis is not None:
            _check_varies(frame[prognosis], f"{label}: column {prognosis!r} (matching.balance.prognosis)")
        check_ratio(study.matching, treated, f"{label}: matching.ratio")
    for stage in ("difference", "regression", "effect"):
        outcome = None if not study.has(stage) else getattr(study, stage).outcome
        if outcome is not None:
            _check_varies(frame[outcome], f"{label}: column {outcome!r} ({stage}.outcome)")
    if study.effect is not None and study.effect.sensitivity is not None:
        for name in study.effect.sensitivity.placebo:
            _check_varies(frame[name], f"{label}: column {name!r} (effect.sensitivity.placebo)")
    for name in study.groups:
        _check_groups(frame, name, study.difference.outcome, f"{label}: column {name!r} (difference.by)")


def check_ratio(matching: Matching, treated: pd.Series, place: str) -> None:
    """Refuse a ratio that no unit could be given: controls for a treated unit, treated for a control (ATC).

    Raises
    ------
    InputError
    """
    ratio, others = matching.ratio, int((treated == int(matching.estimand == "ATC")).sum())
    if ratio > others:
        wanted = (
            "treated units for each control"
            if matching.estimand == "ATC"
            else "controls for each treated unit"
        )
        raise InputError(f"{place}: {ratio} {wanted}, but there are only {others}")


def _check_varies(column: pd.Series, place: str) -> None:
    if column.nunique() < 2:
        raise InputError(f"{place} has the same value in all {len(column)} rows")


def _check_groups(frame: pd.DataFrame, name: str, outcome: str | None, place: str) -> None:
    sizes = frame[name].value_counts()
    if len(sizes) < 2:
        raise InputError(f"{place} has one group only")
    if sizes.min() == 1:
        level = as_label(sizes.idxmin())
        raise InputError(f"{place}: level {level!r} has a single row; merge levels or drop the column")
    if outcome is not None and (frame.groupby(name, observed=True)[outcome].nunique() == 1).all():
        raise InputError(f"{place}: the outcome {outcome!r} has the same value in all rows of each group")


def _check_items(frame: pd.DataFrame, index: Index, label: str) -> None:
    items = index.items
    if len(frame) <= len(items):
        raise InputError(
            f"{label}: {len(frame)} complete rows are too few for {len(items)} items (index.items)"
        )
    for name in items:
        _check_varies(frame[name], f"{label}: item {name!r} (index.items)")
    # Of other kinds of correlation the matrix itself tells; smoothing takes care of Pearson's.
    if index.correlation.method != "pearson" or index.correlation.smooth:
        return
    dependent = _dependent(frame[list(items)])
    if dependent:
        raise InputError(
            f"{label}: item {dependent[0]!r} (index.items) is an exact linear combination of other items; "
            "remove it"
        )


def _models(study: Study) -> dict[str, tuple[str, ...]]:
    models: dict[str, tuple[str, ...]] = {}
    if study.regression is not None:
        models["regression"] = study.regression.terms
    if study.matching is not None:
        models["matching.covariates"] = study.matching.covariates
    if study.effect is not None and study.effect.adjust:
        models["effect.adjust"] = study.effect.adjust
    return models


def _check_rank(frame: pd.DataFrame, columns: Sequence[str], place: str) -> None:
    width = sum(_dummies(frame[name]) for name in columns)
    if len(frame) <= width + 1:
        raise InputError(f"{place}: {len(frame)} rows are too few for {width} columns and an intercept")
    # A category of very many levels, such as a name or an address, has a column for each.
    check_memory(place, 2 * NUMBER * len(frame) * width, f"{width:,} columns of a model")
    design = pd.get_dummies(frame[list(columns)], drop_first=True, prefix_sep="=", dtype="float64")
    dependent = _dependent(design)
    if dependent:
        raise InputError(
            f"{place}: {dependent[0]!r} is an exact linear combination of the other columns; remove it"
        )


def _dummies(column: pd.Series) -> int:
    return len(column.cat.categories) - 1 if isinstance(column.dtype, pd.CategoricalDtype) else 1


def _dependent(design: pd.DataFrame) -> list[str]:
    """Name columns that are linear combinations of earlier ones and a constant."""
    values = design.to_numpy("float64")
    values = values - values.mean(axis=0)
    lengths = np.linalg.norm(values, axis=0)
    r = np.linalg.qr(values / np.where(lengths > 0, lengths, 1.0), mode="r")
    # R's lm() and glm() drop a column whose remainder is below 1e-7 of its length as well.
    remainder = np.abs(np.diag(r)) < 1e-7
    return [str(name) for name, gone in zip(design.columns, remainder, strict=True) if gone]


def _check_treatment(treated: pd.Series, label: str) -> None:
    for value, who in ((1.0, "treated"), (0.0, "control")):
        n = int((treated == value).sum())
        if n < 2:
            raise InputError(
                f"{label}: column {treated.name!r} (matching.treatment): {n} {who} rows, at least 2 needed"
            )
