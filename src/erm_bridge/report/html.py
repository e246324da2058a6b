"""Write the report as one HTML file: no script, nothing from elsewhere, readable on a phone and on paper."""

from erm_bridge.report.data import ReportData
from erm_bridge.report.environment import template


def render(data: ReportData) -> str:
    """Write the report as HTML.

    Parameters
    ----------
    data : ReportData

    Returns
    -------
    str
        A complete document. Labels of the study are escaped: whatever they contain stays text.
    """
    return template("report.html.j2", escape=True).render(data=data)
