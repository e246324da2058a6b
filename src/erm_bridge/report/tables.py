"""Write the side-by-side tables as CSV files, all digits, safe to open in a spreadsheet."""

import csv
from pathlib import Path

from erm_bridge.report.data import ReportData
from erm_bridge.report.model import Number, SideTable
from erm_bridge.report.numbers import full

# After OWASP, "CSV Injection"; the wide forms are signs as well where a keyboard writes Chinese or Japanese.
_FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")


def write(data: ReportData, folder: Path) -> tuple[Path, ...]:
    """Write every side-by-side table of the report into a folder, which is made if need be.

    Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers are left
    as they are and read back equal.

    Parameters
    ----------
    data : ReportData
    folder : Path

    Returns
    -------
    tuple of Path
        The files, in the order of the report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write(table, folder / f"{table.name}.csv") for table in data.tables)


def neutral(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula.

    A carriage return becomes a line feed: the csv module would not quote it, and split the row.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write(table: SideTable, path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([neutral(head) for head in _heads(table)])
        for row in table.rows:
            cells = [cell for number in row.numbers for cell in _cells(table, number)]
            writer.writerow([*(neutral(label) for label in row.labels), *cells])
    return path


def _heads(table: SideTable) -> list[str]:
    heads = [head.lower() for head in table.heads]
    for key in table.keys:
        heads += [f"{key}_{engine.name}" for engine in table.engines]
        heads += [f"{key}_difference", f"{key}_verdict"] if table.compared else []
    return heads


def _cells(table: SideTable, number: Number | None) -> list[str]:
    if number is None:
        return [""] * (len(table.engines) + 2 * table.compared)
    cells = [full(value) for value in number.values]
    return cells + [full(number.difference), number.verdict] * table.compared
