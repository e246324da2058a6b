"""The report of a run: frozen data, written as Markdown, HTML, JSON, a summary, CSV tables and figures."""

from erm_bridge.report.data import ReportData, build
from erm_bridge.report.figures import draw
from erm_bridge.report.figures import write as write_figures
from erm_bridge.report.html import render as as_html
from erm_bridge.report.markdown import render as as_markdown
from erm_bridge.report.summary import as_json
from erm_bridge.report.summary import lines as summary_lines
from erm_bridge.report.tables import write as write_tables

__all__ = [
    "ReportData",
    "as_html",
    "as_json",
    "as_markdown",
    "build",
    "draw",
    "summary_lines",
    "write_figures",
    "write_tables",
]
