"""The pieces that a report is made of: immutable, with text ready for people beside full numbers."""

from dataclasses import dataclass

from erm_bridge.crosscheck.summary import FAILING
from erm_bridge.options import StageName


@dataclass(frozen=True)
class Name:
    """An engine: its name in the tables (`r`) and for people (`R`)."""

    name: str
    label: str


@dataclass(frozen=True)
class Number:
    """One number of the study as every engine has it, each on its own input.

    Attributes
    ----------
    values : tuple of float or None
        By engine, in the order of the table; None where the engine has no such row.
    texts : tuple of str
        The same for people.
    difference : float or None
        Largest absolute difference that the crosscheck found; None where nothing was compared.
    difference_text : str
    verdict : str
        The worst verdict of the crosscheck on it; empty where nothing was compared.
    """

    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    difference: float | None = None
    difference_text: str = ""
    verdict: str = ""

    @property
    def fails(self) -> bool:
        """Tell whether the engines do not agree on it."""
        return self.verdict in FAILING


@dataclass(frozen=True)
class SideRow:
    """A row of a side-by-side table: its labels, and a number (or none) for each group of columns."""

    labels: tuple[str, ...]
    numbers: tuple[Number | None, ...]
    largest: Number | None = None

    @property
    def fails(self) -> bool:
        """Tell whether the engines do not agree on a number of the row."""
        return any(number is not None and number.fails for number in self.numbers)


@dataclass(frozen=True)
class SideTable:
    """Numbers of one stage, the engines side by side within every group of columns.

    Attributes
    ----------
    name : str
        Name of the CSV file, without suffix.
    title, note : str
        Heading, and a sentence on how to read it (may be empty).
    heads : tuple of str
        Headings of the label columns.
    keys, groups : tuple of str
        For each group of columns its name in CSV files and its heading.
    engines : tuple of Name
    each_difference : bool
        Whether every group shows its difference; otherwise the row shows its largest one.
    folded : bool
        Whether the table is of second rank: folded in HTML, left to the CSV files in Markdown.
    bold_from : float or None
        Numbers of at least this size are bold; None: none are.
    rows : tuple of SideRow
    """

    name: str
    title: str
    note: str
    heads: tuple[str, ...]
    keys: tuple[str, ...]
    groups: tuple[str, ...]
    engines: tuple[Name, ...]
    each_difference: bool
    folded: bool
    bold_from: float | None
    rows: tuple[SideRow, ...]

    @property
    def compared(self) -> bool:
        """Tell whether there is anything to say about differences."""
        return any(n is not None and n.verdict for row in self.rows for n in row.numbers)

    @property
    def fails(self) -> bool:
        """Tell whether the engines do not agree on a number of the table."""
        return any(row.fails for row in self.rows)

    @property
    def differences(self) -> str:
        """Where differences stand: `each` after every group, `largest` at the end of a row, or `none`."""
        if not self.compared:
            return "none"
        return "each" if self.each_difference else "largest"

    @property
    def width(self) -> int:
        """Count the columns of numbers."""
        return len(self.groups) * (len(self.engines) + (self.differences == "each")) + (
            self.differences == "largest"
        )

    def is_bold(self, value: float | None) -> bool:
        """Tell whether a number is large enough to stand out."""
        return self.bold_from is not None and value is not None and abs(value) >= self.bold_from


@dataclass(frozen=True)
class Comparison:
    """One row of the crosscheck table.

    `values` and `inputs` belong to the two `engines`; `given` says in words what each had.
    """

    stage: str
    quantity: str
    term: str
    component: str
    engines: tuple[Name, Name]
    inputs: tuple[str, str]
    given: str
    equal_input: bool
    values: tuple[float | None, float | None]
    texts: tuple[str, str]
    difference: float | None
    limit: float | None
    verdict: str
    note: str

    @property
    def fails(self) -> bool:
        """Tell whether the row is among those that give exit code 1."""
        return self.verdict in FAILING


@dataclass(frozen=True)
class Tally:
    """How many rows of a stage got which verdict, and the largest distance as a share of its limit."""

    total: int
    verdicts: tuple[tuple[str, int], ...]
    largest_share: float | None

    def count(self, verdict: str) -> int:
        """Count the rows with a verdict."""
        return dict(self.verdicts).get(verdict, 0)

    @property
    def failing(self) -> int:
        """Count the rows that give exit code 1."""
        return sum(self.count(verdict) for verdict in FAILING)


@dataclass(frozen=True)
class StageReport:
    """One stage: what was asked for in words, its tables, and how the engines compare.

    `remarks` are sentences on what the engines handed on (factors, match sets); `equal` counts rows on
    equal input, `end_to_end` those where each engine had its own.
    """

    name: StageName
    title: str
    settings: tuple[str, ...]
    remarks: tuple[str, ...]
    tables: tuple[SideTable, ...]
    equal: Tally
    end_to_end: Tally
    whole: Tally


@dataclass(frozen=True)
class EffectLine:
    """The effect on the outcome by row (unmatched, matched) and kind of standard error.

    Engines whose numbers read the same share a line; `values` holds, in the order of `engines`, the
    full numbers by quantity. `level` is that of the interval, such as `95 %`, empty where it is not known.
    `ties` is the range of the estimate over orders of tied rows, empty where none were tried.
    """

    outcome: str
    row: str
    kind: str
    engines: tuple[Name, ...]
    values: tuple[tuple[tuple[str, float], ...], ...]
    estimate: str
    std_error: str
    level: str
    interval: str
    p_value: str
    ties: str


@dataclass(frozen=True)
class MadeColumn:
    """A column that the study computes or recodes: from what, and which codes make which level."""

    name: str
    source: str
    codes: str


@dataclass(frozen=True)
class Step:
    """One step of the cohort: rows before and after, and why they were removed.

    `left` and `lost` are the rows after the step, and those it removed, as shares of the rows read.
    """

    name: str
    n_in: str
    n_out: str
    removed: str
    reason: str
    left: float = 0.0
    lost: float = 0.0


@dataclass(frozen=True)
class Note:
    """A message of an engine, or of the package it used, and how many rows carry it."""

    engine: str
    stage: str
    text: str
    rows: int
    example: str


@dataclass(frozen=True)
class Facts:
    """Labelled facts under a heading, such as the versions of one engine's packages."""

    title: str
    items: tuple[tuple[str, str], ...]
