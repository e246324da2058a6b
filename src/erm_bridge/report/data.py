"""The report as data: everything that Markdown, HTML, JSON, summary and exit code say, said once.

Nothing is computed here that the tables do not hold; counts of verdicts and distances as a share of
their limit are read off the crosscheck.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from erm_bridge import verdict
from erm_bridge.crosscheck.summary import EXPLAINED, NOT_CROSSCHECKED, summarise
from erm_bridge.handoff import stages
from erm_bridge.options import STAGES
from erm_bridge.report import absences, comparisons, optima, origin, sections, settings, wording
from erm_bridge.report.effects import effect_lines
from erm_bridge.report.figures import Plot, of_stage
from erm_bridge.report.model import (
    Comparison,
    EffectLine,
    Facts,
    MadeColumn,
    Name,
    Note,
    SideTable,
    StageReport,
    Step,
    Tally,
)
from erm_bridge.study.models import Study

if TYPE_CHECKING:
    import pandas as pd

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class ReportData:
    """One run, ready to be written down; immutable through and through.

    Attributes
    ----------
    study, title, source : str
        Name and title of the study (the name where there is no title), and the data that were read.
    simulated : str
        That the data are simulated, in a sentence; empty for data that somebody collected.
    n : str
        Rows of the analysis sample, as text; empty where it is not known.
    verdict, headline : str
        Verdict of the run, and the same in a sentence.
    explanation : tuple of str
        Sentences that belong under the headline.
    culprit : str or None
        The first stage in which the engines part.
    engines : tuple of Name
        Engines that left numbers, in the order of the columns.
    status : tuple of (engine, text)
        `ok`, `not installed` or `failed: ...` for every engine that was asked for.
    study_notes : tuple of str
        What the study's author notes on it.
    sample : tuple of str
        How the analysis sample was made, in sentences.
    made_columns : tuple of MadeColumn
        Columns that the study computes or recodes.
    flow : tuple of Step
    stages : tuple of StageReport
        Stages that the study asks for or that left numbers.
    figures : tuple of Plot
        Figures that have data, in the order of the page.
    effects : tuple of EffectLine
    comparisons : tuple of Comparison
        The whole crosscheck, row by row.
    equal, end_to_end, whole : Tally
        Counts over all stages.
    notes : tuple of Note
    lacking : tuple of str
        What an engine could not compute, and why, in sentences.
    limits : tuple of str
    provenance : tuple of Facts
    """

    study: str
    title: str
    source: str
    simulated: str
    n: str
    verdict: str
    headline: str
    explanation: tuple[str, ...]
    culprit: str | None
    engines: tuple[Name, ...]
    status: tuple[tuple[str, str], ...]
    study_notes: tuple[str, ...]
    sample: tuple[str, ...]
    made_columns: tuple[MadeColumn, ...]
    flow: tuple[Step, ...]
    stages: tuple[StageReport, ...]
    figures: tuple[Plot, ...]
    effects: tuple[EffectLine, ...]
    comparisons: tuple[Comparison, ...]
    equal: Tally
    end_to_end: Tally
    whole: Tally
    notes: tuple[Note, ...]
    lacking: tuple[str, ...]
    limits: tuple[str, ...]
    provenance: tuple[Facts, ...]

    @property
    def crosschecked(self) -> bool:
        """Tell whether two engines were compared."""
        return self.verdict != NOT_CROSSCHECKED

    @property
    def failing(self) -> tuple[Comparison, ...]:
        """List the rows that do not agree: by stage, those on equal input first."""
        failing = [row for row in self.comparisons if row.fails]
        order: dict[str, int] = {stage.name: position for position, stage in enumerate(self.stages)}
        return tuple(sorted(failing, key=lambda row: (order[row.stage], not row.equal_input)))

    @property
    def explained(self) -> tuple[Comparison, ...]:
        """List the rows that differ for a reason that was shown."""
        return tuple(row for row in self.comparisons if row.verdict == EXPLAINED)

    @property
    def tables(self) -> tuple[SideTable, ...]:
        """List the side-by-side tables of all stages."""
        return tuple(table for stage in self.stages for table in stage.tables)

    @property
    def ordered(self) -> tuple[Comparison, ...]:
        """List the whole crosscheck, the rows that do not agree first, then those that are explained."""
        rest = (row for row in self.comparisons if not row.fails and row.verdict != EXPLAINED)
        return (*self.failing, *self.explained, *rest)

    @property
    def exit_code(self) -> int:
        """Exit code of the command line: 3 an engine failed, 1 a row fails, 0 otherwise."""
        return verdict.exit_code(self.verdict, dict(self.status))


def build(
    study: Study,
    provenance: Mapping[str, Any],
    estimates: "pd.DataFrame",
    crosscheck: "pd.DataFrame",
    flow: "pd.DataFrame",
    scores: "pd.DataFrame | None" = None,
    pairs: "pd.DataFrame | None" = None,
) -> ReportData:
    """Read a run's tables into a report.

    Parameters
    ----------
    study : Study
        Resolved: `variables` describe every analysis column.
    provenance : mapping
        Content of `run.json`; every key is optional.
    estimates : pandas.DataFrame
        Columns engine, input, stage, quantity, term, component, value, note.
    crosscheck : pandas.DataFrame
        Columns of `erm_bridge.crosscheck.join.COLUMNS`; no rows where fewer than two engines ran.
    flow : pandas.DataFrame
        Columns step, n_in, n_out, removed, reason.
    scores, pairs : pandas.DataFrame, optional
        See `erm_bridge.artefact_tables`; without them the overlap of the scores is not shown.

    Returns
    -------
    ReportData
    """
    records: Rows = estimates.to_dict("records")  # type: ignore[assignment]
    compared = comparisons.read(crosscheck)
    summary = summarise(crosscheck)
    status = origin.status(provenance, records)
    engines = _engines(records, compared)
    equal = comparisons.tally([row for row in compared if row.equal_input])
    end_to_end = comparisons.tally([row for row in compared if not row.equal_input])
    failed = [Name(name, wording.engine(name)) for name, text in status if verdict.failed(text)]
    steps = origin.steps(flow)
    lacking = absences.sentences(records)
    stages_, figures = _stages(study, engines, records, compared, scores, pairs)
    return ReportData(
        study=study.study,
        title=study.title or study.study,
        source=origin.source(provenance, study),
        simulated=origin.simulated(provenance),
        n=origin.sample_size(provenance, steps),
        verdict=summary.verdict,
        headline=comparisons.headline(summary, engines, failed, optima.why(compared)),
        explanation=(
            *comparisons.explanation(summary, equal, end_to_end, dict(status), engines, lacking),
            *optima.remarks(compared),
        ),
        culprit=summary.culprit,
        engines=engines,
        status=status,
        study_notes=study.notes,
        sample=settings.data(study),
        made_columns=settings.made_columns(study),
        flow=steps,
        stages=stages_,
        figures=figures,
        effects=effect_lines(engines, records, study),
        comparisons=compared,
        equal=equal,
        end_to_end=end_to_end,
        whole=comparisons.tally(compared),
        lacking=lacking,
        notes=origin.notes([row for row in records if absences.is_number(row)]),
        limits=settings.limits(study, summary.verdict != NOT_CROSSCHECKED),
        provenance=origin.facts(provenance, study),
    )


def _engines(records: Rows, compared: Sequence[Comparison]) -> tuple[Name, ...]:
    names = [engine.name for row in compared for engine in row.engines]
    names += [str(row["engine"]) for row in records]
    return tuple(Name(name, wording.engine(name)) for name in dict.fromkeys(names))


def _stages(
    study: Study,
    engines: Sequence[Name],
    records: Rows,
    compared: Sequence[Comparison],
    scores: "pd.DataFrame | None",
    pairs: "pd.DataFrame | None",
) -> tuple[tuple[StageReport, ...], tuple[Plot, ...]]:
    """Report the stages that the study asks for or that left numbers, and collect their figures."""
    meanings = sections.meanings(study)
    built: list[StageReport] = []
    figures: tuple[Plot, ...] = ()
    asked = stages(study)
    for stage in STAGES:
        rows = [row for row in records if row["stage"] == stage and absences.is_number(row)]
        checks = [row for row in compared if row.stage == stage]
        if not (rows or checks or stage in asked):
            continue
        found = sections.StageNumbers(engines, rows, checks)
        figures += of_stage(study, stage, found, scores, pairs)
        built.append(
            StageReport(
                name=stage,
                title=wording.STAGE_TITLES[stage],
                settings=settings.stage(study, stage),
                remarks=comparisons.remarks(checks),
                tables=sections.tables(stage, found, meanings),
                equal=comparisons.tally([row for row in checks if row.equal_input]),
                end_to_end=comparisons.tally([row for row in checks if not row.equal_input]),
                whole=comparisons.tally(checks),
            )
        )
    return tuple(built), figures
