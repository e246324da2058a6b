"""Write the report as Markdown, readable as plain text too."""

import re
from collections.abc import Container, Iterable, Sequence

from erm_bridge.printable import printable
from erm_bridge.report import numbers, wording
from erm_bridge.report.comparisons import MEANINGS
from erm_bridge.report.data import ReportData
from erm_bridge.report.environment import template
from erm_bridge.report.model import Comparison, Number, SideRow, SideTable, StageReport, Tally

MOST_ROWS = 50

# What Markdown reads as markup inside a line; an underscore within a word is none. An address is no link
# of the report's, so those that GitHub makes links of stay text.
_SPECIAL = re.compile(
    r"[\\`*<|]|~(?=~)|\](?=[(\[:])|\[(?=\^)|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)"
    r"|(?<=[a-zA-Z]):(?=//)|(?i:(?<=www)\.)|(?<=[\w.+-])@(?=\w)"
)
# At its start: headings, quotations, lists and rules.
_BLOCK = re.compile(r"(?:#{1,6}|[-+]|=+|-{2,})(?=\s|$)|>|\d{1,9}(?=[.)](?:\s|$))")


def render(data: ReportData) -> str:
    """Write the report as Markdown.

    Tables of second rank and all but the first 50 failing rows are left to the files of the run.

    Parameters
    ----------
    data : ReportData

    Returns
    -------
    str
        Markdown with pipe tables. Labels of the study are escaped: whatever they contain stays text.
    """
    layouts = {"flow": flow, "side": side, "counts": counts, "failing": failing, "stage_line": stage_line}
    return template("report.md.j2", escape=False).render(data=data, text=text, most=MOST_ROWS, **layouts)


def text(label: str) -> str:
    """Escape a label that stands within a line: one line, no markup, no table borders."""
    line = " ".join(printable(label).split())
    escaped = _SPECIAL.sub(lambda found: "\\" + found.group(), line)
    start = _BLOCK.match(escaped)
    if start is None:
        return escaped
    # A number before a full stop cannot be escaped itself.
    at = start.end() if start.group().isdigit() else 0
    return f"{escaped[:at]}\\{escaped[at:]}"


def pipe_table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Container[int]) -> str:
    """Lay out a table of cells that are Markdown already; columns in `right` are numbers."""
    rule = ["---:" if place in right else "---" for place in range(len(heads))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, rule, *rows])


def flow(data: ReportData) -> str:
    """Lay out the cohort flow."""
    rows = [(text(s.name), s.n_in, s.removed, s.n_out, text(s.reason)) for s in data.flow]
    return pipe_table(("Step", "Rows before", "Removed", "Rows after", "Reason"), rows, range(1, 4))


def side(table: SideTable) -> str:
    """Lay out a side-by-side table with one line of headings."""
    heads = [text(head) for head in table.heads]
    several = len(table.engines) > 1
    for group in table.groups:
        heads += [text(_head(group, engine.label, several)) for engine in table.engines]
        heads += ["difference"] if table.differences == "each" else []
    heads += ["largest difference"] if table.differences == "largest" else []
    return pipe_table(
        heads, [_side_row(table, row) for row in table.rows], range(len(table.heads), len(heads))
    )


def counts(data: ReportData) -> str:
    """Lay out verdicts by stage, on equal input and end to end."""
    shown = [verdict for verdict in MEANINGS if verdict == "agree" or data.whole.count(verdict)]
    heads = ["Stage", "Input", "numbers", *shown, "largest distance"]
    rows = [
        [stage.name, words, *_tally(part, shown)]
        for stage in data.stages
        for words, part in (("equal", stage.equal), ("end to end", stage.end_to_end))
        if part.total
    ]
    return pipe_table(heads, rows, range(2, len(heads)))


def failing(rows: Sequence[Comparison]) -> str:
    """Lay out the first of some rows of the crosscheck."""
    heads = (
        "Stage",
        "Quantity",
        "Term",
        "Component",
        "Input",
        "Verdict",
        "Values",
        "Difference",
        "Tolerance",
        "Note",
    )
    cells = [[text(cell) for cell in _failing_row(row)] for row in rows[:MOST_ROWS]]
    return pipe_table(heads, cells, (7, 8))


def stage_line(stage: StageReport) -> str:
    """Say in a sentence how a stage fared."""
    if not stage.whole.total:
        return "Not crosschecked."
    good = stage.whole.total - stage.whole.failing
    explained = stage.whole.count("explained")
    also = f", {explained:,} {'is' if explained == 1 else 'are'} explained" if explained else ""
    return (
        f"{good - explained:,} of {wording.plural(stage.whole.total, 'number')} agree{also}; "
        f"largest distance {numbers.share(stage.whole.largest_share)} of its tolerance."
    )


def _head(group: str, engine: str, several: bool) -> str:
    if not group:
        return engine
    return f"{group}: {engine}" if several else group


def _side_row(table: SideTable, row: SideRow) -> list[str]:
    cells = [text(label) for label in row.labels]
    for number in row.numbers:
        cells += _values(table, number) if number else [numbers.ABSENT] * len(table.engines)
        cells += [_difference(number)] if table.differences == "each" else []
    return cells + ([_difference(row.largest)] if table.differences == "largest" else [])


def _values(table: SideTable, number: Number) -> list[str]:
    pairs = zip(number.texts, number.values, strict=True)
    return [f"**{text(words)}**" if table.is_bold(value) else text(words) for words, value in pairs]


def _difference(number: Number | None) -> str:
    if number is None or not number.verdict:
        return ""
    if number.verdict == "explained":
        return f"{number.difference_text} ≠ (explained)"
    if not number.fails:
        return number.difference_text
    return f"{number.difference_text} ≠" if number.verdict == "differ" else number.verdict


def _tally(part: Tally, shown: Sequence[str]) -> list[str]:
    return [f"{part.total:,}", *(f"{part.count(v):,}" for v in shown), numbers.share(part.largest_share)]


def _failing_row(row: Comparison) -> list[str]:
    values = "; ".join(
        f"{engine.label} {value}" for engine, value in zip(row.engines, row.texts, strict=True)
    )
    return [
        *(row.stage, row.quantity, row.term, row.component, row.given, row.verdict),
        *(values, numbers.small(row.difference), numbers.small(row.limit), row.note),
    ]
