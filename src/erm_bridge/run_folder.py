"""The folder of a run: written as `DIR.partial`, renamed when complete, and read back."""

import json
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from erm_bridge import estimates as est
from erm_bridge import report
from erm_bridge.crosscheck import summarise
from erm_bridge.errors import EngineError, InputError
from erm_bridge.pipeline import Run, crosscheck_tables
from erm_bridge.provenance import describe
from erm_bridge.study.models import Study
from erm_bridge.tabular import read_csv, write_csv

RUN, STUDY, ESTIMATES, CROSSCHECK, FLOW = (
    "run.json",
    "study.json",
    "estimates.csv",
    "crosscheck.csv",
    "cohort_flow.csv",
)
FRAME, SCORES, MATCHED = "analysis_frame", "scores", "matched"
# Without a time stamp equal tables are equal files; the fastest level takes a fifth of the time.
_COMPRESSION = {"method": "gzip", "compresslevel": 1, "mtime": 0}
MARKDOWN, HTML, TABLES = "report.md", "report.html", "tables"


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

    @property
    def exit_code(self) -> int:
        """Exit code of the crosscheck; that of a failed engine where one failed."""
        if self.provenance.get("exit_code") == EngineError.exit_code:
            return EngineError.exit_code
        return 0 if summarise(self.crosscheck).agrees else 1

    @cached_property
    def report(self) -> report.ReportData:
        """The data of the report, made when they are asked for."""
        return report.build(self.study, self.provenance, self.estimates, self.crosscheck, self.flow)

    def crosschecked(self) -> "RunFolder":
        """Return the folder's content with the crosscheck made anew from its tables."""
        table = crosscheck_tables(self.study, self.estimates, self.pairs)
        return replace(self, crosscheck=table)


def check_target(path: Path, overwrite: bool) -> None:
    """Refuse a folder that must not be written to.

    Raises
    ------
    InputError
        The folder exists and `overwrite` is false, or it is not the folder of a run.
    """
    if not path.exists():
        return
    if not overwrite:
        raise InputError(f"{path}: exists already; choose another --out or give --overwrite")
    if not (path / RUN).is_file() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(
            f"{path}: is not the folder of a run (it holds no {RUN}); it will not be overwritten"
        )


def write(run: Run, path: Path, *, overwrite: bool = False) -> RunFolder:
    """Write a run; an interrupted write leaves `DIR.partial` and never a half-written `DIR`."""
    check_target(path, overwrite)
    partial = path.with_name(path.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    content = content_of(run, path)
    (partial / STUDY).write_text(run.study.to_json(), encoding="utf-8")
    _write_json(partial / RUN, content.provenance)
    write_csv(run.estimates, partial / ESTIMATES)
    write_csv(content.flow, partial / FLOW)
    _write_table(_with_id(run.cohort.frame), partial / FRAME)
    _write_table(_scores(run), partial / SCORES)
    _write_table(run.pairs, partial / MATCHED)
    write_reports(content, partial)
    _replace(partial, path)
    return content


def content_of(run: Run, path: Path) -> RunFolder:
    """Describe a finished run the way its folder does."""
    return RunFolder(
        path, run.study, describe(run), run.estimates, run.crosscheck, run.cohort.flow, run.pairs
    )


def write_reports(content: RunFolder, folder: Path) -> None:
    """Write the crosscheck table and everything that is made from it."""
    write_csv(content.crosscheck, folder / CROSSCHECK)
    data = content.report
    (folder / MARKDOWN).write_text(report.as_markdown(data), encoding="utf-8")
    (folder / HTML).write_text(report.as_html(data), encoding="utf-8")
    report.write_tables(data, folder / TABLES)


def read(path: Path) -> RunFolder:
    """Read a run folder.

    Raises
    ------
    InputError
        The folder is not that of a run, or a file in it cannot be read.
    """
    for name in (RUN, STUDY, ESTIMATES, CROSSCHECK, FLOW, f"{MATCHED}.parquet"):
        if not (path / name).is_file():
            raise InputError(f"{path}: not the folder of a run: it holds no {name}")
    return RunFolder(
        path,
        Study.model_validate_json((path / STUDY).read_text(encoding="utf-8")),
        json.loads((path / RUN).read_text(encoding="utf-8")),
        est.read(path / ESTIMATES),
        read_csv(path / CROSSCHECK, numbers=("value_a", "value_b", "abs_diff", "limit")),
        read_csv(path / FLOW, numbers=("n_in", "n_out", "removed")),
        pd.read_parquet(path / f"{MATCHED}.parquet"),
    )


def _with_id(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the unit ids into a first column, `id` unless an analysis column has that name."""
    name = next(name for name in ("id", "unit_id", "erm_bridge_unit_id") if name not in frame.columns)
    return frame.rename_axis(index=name).reset_index()


def _scores(run: Run) -> pd.DataFrame:
    """List factor scores, index and propensity of every unit by engine, on the engine's own input."""
    tables = []
    for engine, by_input in run.artefacts.items():
        own = by_input[est.OWN]
        columns: dict[str, Any] = {"id": run.cohort.frame.index, "engine": engine}
        if own.factor_scores is not None:
            columns |= {f"F{j + 1}": own.factor_scores[:, j] for j in range(own.factor_scores.shape[1])}
        columns |= {
            name: getattr(own, name) for name in ("index", "propensity") if getattr(own, name) is not None
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["id", "engine"])


def _write_table(table: pd.DataFrame, stem: Path) -> None:
    """Write a table as Parquet and as compressed CSV (not every R reads Parquet)."""
    table.to_parquet(stem.with_name(stem.name + ".parquet"), index=False)
    table.to_csv(
        stem.with_name(stem.name + ".csv.gz"),
        index=False,
        lineterminator="\n",
        compression=_COMPRESSION,
    )


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _replace(partial: Path, path: Path) -> None:
    """Put the complete folder in its place; a folder that was there goes last."""
    former = path.with_name(path.name + ".former")
    shutil.rmtree(former, ignore_errors=True)
    if path.exists():
        path.rename(former)
    partial.rename(path)
    shutil.rmtree(former, ignore_errors=True)
