"""Run a study: cohort, every engine on its own artefacts and on the other's, crosscheck, run folder."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import pandas as pd

from erm_bridge import engines as registry
from erm_bridge import estimates as est
from erm_bridge.artefact_tables import pairs_table, scores_table
from erm_bridge.crosscheck import Plan, Summary, Tables, crosscheck, summarise
from erm_bridge.engines import Running
from erm_bridge.engines.base import Artefacts, Engine, StageResult
from erm_bridge.errors import EngineError, InputError
from erm_bridge.handoff import graph, stages, taken
from erm_bridge.study.cohort import Cohort, make_cohort
from erm_bridge.study.models import Study
from erm_bridge.study.reader import StudyFile
from erm_bridge.verdict import OK, exit_code

Progress = Callable[[str], None]


@dataclass
class EngineRun:
    """What one engine computed: tables and artefacts by input, seconds by stage, versions, how it ended.

    `log`: what an engine that failed has printed. `stopped`: set from outside, no more stages are to begin.
    """

    tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    artefacts: dict[str, Artefacts] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    status: str = OK
    log: str = ""
    stopped: bool = False


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes
    ----------
    file : StudyFile
    cohort : Cohort
    estimates, crosscheck : pandas.DataFrame
        The tables of `erm_bridge.estimates` and `erm_bridge.crosscheck.join`.
    pairs, scores : pandas.DataFrame
        Matched pairs of every engine and input; scores of every unit (`erm_bridge.artefact_tables`).
    artefacts : mapping
        `artefacts[engine][input]`: what the stages handed on.
    status : mapping
        For each engine `ok`, or why it did not run.
    seconds, versions : mapping
        For each engine: seconds by stage; versions of what computed.
    logs : mapping
        For each engine that failed: what it has printed.
    """

    file: StudyFile
    cohort: Cohort
    estimates: pd.DataFrame
    crosscheck: pd.DataFrame
    pairs: pd.DataFrame
    scores: pd.DataFrame
    artefacts: Mapping[str, Mapping[str, Artefacts]]
    status: Mapping[str, str]
    seconds: Mapping[str, Mapping[str, float]]
    versions: Mapping[str, Mapping[str, str]]
    logs: Mapping[str, str]

    @property
    def study(self) -> Study:
        """The study with every default and every analysis column filled in."""
        return self.cohort.study

    @property
    def summary(self) -> Summary:
        """Verdict, first diverging stage and counts."""
        return summarise(self.crosscheck)

    @property
    def verdict(self) -> str:
        """The verdict of the crosscheck, `not crosschecked` where one engine ran."""
        return self.summary.verdict

    @property
    def exit_code(self) -> int:
        """0 agreement or one engine alone, 1 disagreement, 3 an engine could not run."""
        return exit_code(self.verdict, self.status)


def execute(
    file: StudyFile,
    running: Running,
    *,
    data: str | None = None,
    progress: Progress = lambda message: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Run:
    """Run a study in memory.

    Parameters
    ----------
    file : StudyFile
    running : Running
        The engines, as `erm_bridge.engines.started` gives them.
    data : str, optional
        Replaces the study's data source.
    progress : callable
        Told in a few words what is being done.
    meanwhile : callable
        Called once all engines have run on their own input: from here on Python mostly waits.

    Raises
    ------
    InputError
        The study or the data is wrong.
    EngineError
        No engine could run.
    """
    progress("reading data")
    engines = running.engines
    cohort = make_cohort(file, running.load_dataset, data)
    runs = _run_engines(engines, cohort, file, progress, meanwhile)
    if not any(run.status == OK for run in runs.values()):
        raise EngineError("; ".join(f"{name} {run.status}" for name, run in runs.items()))
    progress("comparing")
    return _collect(file, cohort, running.absent, runs)


def _run_engines(
    engines: Mapping[str, Engine],
    cohort: Cohort,
    file: StudyFile,
    progress: Progress,
    meanwhile: Callable[[], None],
) -> dict[str, EngineRun]:
    """Let all engines run side by side on their own input, then on each other's artefacts."""
    runs = {name: EngineRun() for name in engines}

    def own(name: str) -> None:
        with _recording(runs[name], file):
            engines[name].load(cohort.study, cohort.frame)
            _run_stages(engines[name], cohort.study, est.OWN, None, runs[name], progress)
            runs[name].versions = engines[name].versions()

    def crossed(name: str) -> None:
        for other in engines:
            if other != name and runs[name].status == runs[other].status == OK:
                with _recording(runs[name], file):
                    given = runs[other].artefacts[est.OWN]
                    _run_stages(engines[name], cohort.study, other, given, runs[name], progress)

    with _threads(engines, runs) as pool:
        _side_by_side(pool, own, engines)
        meanwhile()
        _side_by_side(pool, crossed, engines)
    for name, run in runs.items():
        run.log = engines[name].log() if run.status != OK else ""
    return runs


@contextmanager
def _threads(engines: Mapping[str, Engine], runs: Mapping[str, EngineRun]) -> Iterator[ThreadPoolExecutor]:
    """Hold a thread for each engine; an exception ends them after the stage at which they are.

    An interruption (Ctrl-C) does not wait for that.
    """
    pool = ThreadPoolExecutor(max_workers=max(len(engines), 1))
    wait = True
    try:
        yield pool
    except BaseException as error:
        wait = isinstance(error, Exception)
        for run in runs.values():
            run.stopped = True
        # R's stage ends with R.
        for engine in engines.values():
            engine.close()
        raise
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)


def _side_by_side(pool: ThreadPoolExecutor, work: Callable[[str], None], engines: Iterable[str]) -> None:
    for future in [pool.submit(work, name) for name in engines]:
        future.result()


class _recording:
    """Record an engine's failure in its run; the user's mistakes go on, with the study file's name."""

    def __init__(self, run: EngineRun, file: StudyFile) -> None:
        self._run, self._file = run, file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, _: object) -> bool:
        if isinstance(error, InputError):
            raise InputError(f"{self._file.path}: {error}") from None
        if isinstance(error, EngineError):
            self._run.status = f"failed: {error}"
            return True
        return False


def _run_stages(
    engine: Engine, study: Study, given_by: str, given: Artefacts | None, run: EngineRun, progress: Progress
) -> None:
    """Run the stages on own artefacts (`given` None), or those with upstream on another engine's."""
    held = Artefacts()
    for stage in stages(study):
        if run.stopped:
            raise CancelledError
        if given is not None and not taken(study, stage):
            continue
        progress(f"{engine.name}: {stage}" + ("" if given is None else f" on {given_by}'s artefacts"))
        started = perf_counter()
        source = held if given is None else given.only(*taken(study, stage))
        try:
            result = (_without_match(source) if stage == "effect" else None) or engine.run_stage(
                stage, source
            )
        except InputError as error:
            raise InputError(f"{stage}: {error}") from None
        held = held.merged(result.artefacts)
        run.tables.setdefault(given_by, []).append(est.table(engine.name, given_by, stage, result.rows))
        label = stage if given is None else f"{stage} on {given_by}"
        run.seconds[label] = round(perf_counter() - started, 4)
    run.artefacts[given_by] = held


def _without_match(source: Artefacts) -> StageResult | None:
    """Return the result of a stage that builds on a match where there is none; None where it can run."""
    if source.unavailable is None:
        return None
    rows = est.StageRows()
    rows.add_absent(f"no match: {source.unavailable}")
    return StageResult(rows)


def _collect(
    file: StudyFile,
    cohort: Cohort,
    absent: Mapping[str, str],
    runs: Mapping[str, EngineRun],
) -> Run:
    usable = [name for name in registry.ENGINES if name in runs and runs[name].status == OK]
    # What an engine computed on the artefacts of one that failed later has nothing to be held against.
    inputs = (est.OWN, *usable)
    estimates = est.concat(
        [table for name in usable for given in inputs for table in runs[name].tables.get(given, [])]
    )
    artefacts = {
        name: {given: held for given, held in runs[name].artefacts.items() if given in inputs}
        for name in usable
    }
    tables = Tables(estimates, pairs_table(cohort, artefacts), scores_table(cohort, artefacts))
    status = {**absent, **{name: run.status for name, run in runs.items()}}
    return Run(
        file=file,
        cohort=cohort,
        estimates=estimates,
        crosscheck=crosscheck_tables(cohort.study, tables, usable),
        pairs=tables.pairs,
        scores=tables.scores,
        artefacts=artefacts,
        status=status,
        seconds={name: run.seconds for name, run in runs.items()},
        versions={name: runs[name].versions for name in usable},
        logs={name: run.log for name, run in runs.items() if run.log},
    )


def crosscheck_tables(study: Study, tables: Tables, engines: Iterable[str]) -> pd.DataFrame:
    """Compare the engines that ran."""
    ran = set(engines)
    names = tuple(name for name in registry.ENGINES if name in ran)
    return crosscheck(tables, Plan(names, graph(study), facts(study), registry.NATIVE))


def facts(study: Study) -> dict[str, str]:
    """List the settings that select a tolerance in the glossary, such as `extraction=minres`."""
    sections = [section for section in (study.index, study.matching) if section is not None]
    held = [item for section in sections for item in section.model_dump().items()]
    named = {key: value.get("method", "") if isinstance(value, dict) else value for key, value in held}
    return {key: str(value) for key, value in named.items() if isinstance(value, str | int | bool)}
