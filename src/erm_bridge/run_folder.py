"""The folder of a run: written as `DIR.partial-*`, renamed when complete, and read back."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel

from erm_bridge import engines as registry
from erm_bridge import estimates as est
from erm_bridge import report
from erm_bridge.artefact_tables import PAIR_COLUMNS, SCORE_KEYS
from erm_bridge.crosscheck import Tables, summarise
from erm_bridge.crosscheck.join import COLUMNS as CROSSCHECK_COLUMNS
from erm_bridge.crosscheck.summary import VERDICTS
from erm_bridge.errors import ContractError, InputError
from erm_bridge.options import STAGES
from erm_bridge.pipeline import Run, crosscheck_tables
from erm_bridge.placing import check_place, moving, put, temporary
from erm_bridge.provenance import Record, describe
from erm_bridge.study.cohort import FLOW_COLUMNS
from erm_bridge.study.models import Study
from erm_bridge.study.validation import validate
from erm_bridge.tabular import check_choices, read_csv, read_parquet, write_csv
from erm_bridge.verdict import OK, exit_code

RUN, STUDY = "run.json", "study.json"
ESTIMATES, CROSSCHECK, FLOW = "estimates.csv", "crosscheck.csv", "cohort_flow.csv"
# What an engine that failed has printed.
LOG = "{}.log"
FRAME, SCORES, MATCHED = "analysis_frame", "scores", "matched"
# Without a time stamp equal tables are equal files; the fastest level takes a fifth of the time.
_COMPRESSION = {"method": "gzip", "compresslevel": 1, "mtime": 0}
MARKDOWN, HTML, TABLES, FIGURES = "report.md", "report.html", "tables", "figures"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class RunFolder:
    """What a run folder holds, read back."""

    path: Path
    study: Study
    provenance: dict[str, Any]
    estimates: pd.DataFrame
    crosscheck: pd.DataFrame
    flow: pd.DataFrame
    pairs: pd.DataFrame
    scores: pd.DataFrame

    @property
    def exit_code(self) -> int:
        """Exit code of the run, from its crosscheck and the status of its engines."""
        return exit_code(summarise(self.crosscheck).verdict, self.provenance["status"])

    @cached_property
    def report(self) -> report.ReportData:
        """The data of the report, made when they are asked for."""
        return report.build(
            self.study,
            self.provenance,
            self.estimates,
            self.crosscheck,
            self.flow,
            self.scores,
            self.pairs,
        )

    def crosschecked(self) -> "RunFolder":
        """Return the folder's content with the crosscheck made anew from its tables."""
        status = self.provenance["status"]
        tables = Tables(self.estimates, self.pairs, self.scores)
        table = crosscheck_tables(self.study, tables, _that_ran(status))
        verdict = summarise(table).verdict
        said = {"verdict": verdict, "exit_code": exit_code(verdict, status)}
        return replace(self, crosscheck=table, provenance={**self.provenance, **said})


def check_target(path: Path, overwrite: bool) -> None:
    """Refuse a folder that must not or cannot be written to.

    Raises
    ------
    InputError
        The folder exists and `overwrite` is false, it is not the folder of a run, or the folder in
        which it would lie is a file or may not be written to.
    """
    target = check_place(path)
    if target.exists() and not overwrite:
        raise InputError(f"{path}: exists already; choose another --out or give --overwrite")
    if target.exists() and not _is_run_folder(target):
        raise InputError(
            f"{path}: is not the folder of a run (it lacks {RUN}, {STUDY} or {ESTIMATES}); "
            "it will not be overwritten"
        )


def write(
    run: Run, path: Path, *, overwrite: bool = False, changes: Mapping[str, Any] | None = None
) -> RunFolder:
    """Write a run; an interrupted write never leaves a half-written `DIR`.

    Parameters
    ----------
    run : Run
    path : Path
        The run folder. It is written beside its place, under a name of its own, and moved there when
        complete; what other runs left is not touched.
    overwrite : bool
        Replace a run folder of that name.
    changes : mapping, optional
        See `erm_bridge.provenance.describe`.

    Raises
    ------
    InputError
        See `check_target`; or the disk is full, or does not answer.
    """
    check_target(path, overwrite)
    content = content_of(run, path, changes)
    target = path.resolve()
    with temporary(target, path) as partial:
        (partial / STUDY).write_text(run.study.to_json(), encoding="utf-8")
        _write_json(partial / RUN, content.provenance)
        write_csv(run.estimates, partial / ESTIMATES)
        write_csv(content.crosscheck, partial / CROSSCHECK)
        write_csv(content.flow, partial / FLOW)
        _write_table(_with_id(run.cohort.frame), partial / FRAME)
        _write_table(run.scores, partial / SCORES)
        _write_table(run.pairs, partial / MATCHED)
        for engine, log in run.logs.items():
            (partial / LOG.format(engine)).write_text(log, encoding="utf-8")
        _write_reports(content, partial)
        put(partial, target, overwrite)
    return content


def content_of(run: Run, path: Path, changes: Mapping[str, Any] | None = None) -> RunFolder:
    """Describe a finished run the way its folder does."""
    return RunFolder(
        path,
        run.study,
        describe(run, changes),
        run.estimates,
        run.crosscheck,
        run.cohort.flow,
        run.pairs,
        run.scores,
    )


def rewrite_reports(content: RunFolder, *, crosscheck: bool) -> None:
    """Write the reports of a run folder anew; with `crosscheck` also that table and what it says of the run.

    All files are complete before the first one takes its place.

    Raises
    ------
    InputError
        The folder cannot be written to, or its crosscheck is empty although two engines ran.
    """
    folder = content.path
    if content.crosscheck.empty and content.estimates["engine"].nunique() > 1:
        raise InputError(f"{folder / CROSSCHECK}: has no rows; first run erm-bridge crosscheck {folder}")
    with temporary(folder / "rewritten", folder) as partial:
        if crosscheck:
            write_csv(content.crosscheck, partial / CROSSCHECK)
            _write_json(partial / RUN, content.provenance)
        _write_reports(content, partial)
        with moving:
            for file in sorted(path for path in partial.rglob("*") if path.is_file()):
                place = folder / file.relative_to(partial)
                place.parent.mkdir(exist_ok=True)
                file.replace(place)


def read(path: Path) -> RunFolder:
    """Read a run folder.

    Raises
    ------
    InputError
        The folder is not that of a run, or a file in it is not what erm-bridge wrote.
    """
    for name in (RUN, STUDY, ESTIMATES, CROSSCHECK, FLOW, f"{MATCHED}.parquet", f"{SCORES}.parquet"):
        # Not by is_file(), which fails on a name that is too long.
        if not os.path.isfile(path / name):
            raise InputError(f"{path}: not the folder of a run: it holds no {name}")
    record, provenance = _read_json(path / RUN, Record)
    study, _ = _read_json(path / STUDY, Study)
    unknown = [name for name in record.status if name not in registry.ENGINES]
    if unknown:
        raise InputError(f"{path / RUN}: status: {unknown[0]!r} is not an engine")
    engines = _that_ran(record.status)
    return RunFolder(
        path,
        study,
        provenance,
        _read_estimates(path / ESTIMATES, study, engines),
        _read_crosscheck(path / CROSSCHECK, engines),
        _read_flow(path / FLOW),
        read_parquet(path / f"{MATCHED}.parquet", PAIR_COLUMNS, ("position", "weight", "distance")),
        read_parquet(path / f"{SCORES}.parquet", SCORE_KEYS, None),
    )


def _that_ran(status: Mapping[str, str]) -> list[str]:
    return [name for name, text in status.items() if text == OK]


def _read_json(path: Path, model: type[Model]) -> tuple[Model, dict[str, Any]]:
    """Read a JSON file that must fit a model; returns it as a model and as it stands there."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
        checked = validate(model, data, lambda location: str(path))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: not a JSON file of a run: {error}") from None
    return checked, data


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number in JSON")


def _read_estimates(path: Path, study: Study, engines: Sequence[str]) -> pd.DataFrame:
    """Read the table of estimates; every engine that ran must have rows, and no other."""
    table = read_csv(path, ("value",), est.COLUMNS)
    check_choices(table, path, "engine", engines)
    check_choices(table, path, "input", (est.OWN, *engines))
    check_choices(table, path, "stage", STAGES)
    try:
        est.check(table)
    except ContractError as error:
        raise InputError(f"{path}: {error}") from None
    computes = study.groups or any(study.has(stage) for stage in STAGES if stage != "difference")
    absent = [name for name in engines if computes and name not in set(table["engine"])]
    if absent:
        raise InputError(f"{path}: no rows of engine {absent[0]!r}, which ran by {RUN}")
    return table


def _read_crosscheck(path: Path, engines: Sequence[str]) -> pd.DataFrame:
    table = read_csv(path, ("value_a", "value_b", "abs_diff", "limit"), CROSSCHECK_COLUMNS)
    for side in ("a", "b"):
        check_choices(table, path, f"engine_{side}", engines)
        check_choices(table, path, f"input_{side}", (est.OWN, *engines))
    check_choices(table, path, "stage", STAGES)
    check_choices(table, path, "verdict", VERDICTS)
    return table


def _read_flow(path: Path) -> pd.DataFrame:
    counts = ("n_in", "n_out", "removed")
    table = read_csv(path, counts, FLOW_COLUMNS)
    for name in counts:
        whole = table[name] % 1 == 0
        if not whole.all():
            row = int((~whole).to_numpy().argmax())
            raise InputError(f"{path}: column {name!r}, row {row + 1}: not a whole number")
    return table


def _is_run_folder(path: Path) -> bool:
    if not path.is_dir():
        return False
    return not any(path.iterdir()) or all((path / name).is_file() for name in (RUN, STUDY, ESTIMATES))


def _write_reports(content: RunFolder, folder: Path) -> None:
    data = content.report
    drawings = report.draw(data.figures)
    (folder / MARKDOWN).write_text(report.as_markdown(data), encoding="utf-8")
    (folder / HTML).write_text(report.as_html(data, drawings), encoding="utf-8")
    report.write_figures(drawings, folder / FIGURES)
    report.write_tables(data, folder / TABLES)


def _with_id(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the unit ids into a first column, `id` unless an analysis column has that name."""
    name = next(name for name in ("id", "unit_id", "erm_bridge_unit_id") if name not in frame.columns)
    return frame.rename_axis(index=name).reset_index()


def _write_table(table: pd.DataFrame, stem: Path) -> None:
    """Write a table as Parquet and as compressed CSV (not every R reads Parquet)."""
    table.to_parquet(stem.with_name(stem.name + ".parquet"), index=False)
    write_csv(table, stem.with_name(stem.name + ".csv.gz"), compression=_COMPRESSION)


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
