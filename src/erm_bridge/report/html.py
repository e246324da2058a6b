"""Write the report as one HTML file: nothing from elsewhere, readable on a phone and on paper."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from erm_bridge.report.data import ReportData
from erm_bridge.report.environment import template
from erm_bridge.report.figures import Drawing, draw

# The one script of the report, a filter of its largest table; by its hash the page allows this one alone.
_SCRIPT = Path(__file__).with_name("templates") / "filter.js"


def render(data: ReportData, drawings: Sequence[Drawing] | None = None) -> str:
    """Write the report as HTML.

    Parameters
    ----------
    data : ReportData
    drawings : sequence of Drawing, optional
        The report's figures where they are drawn already.

    Returns
    -------
    str
        A complete document, also without its script. Labels of the study are escaped: whatever they
        contain stays text.
    """
    script = _SCRIPT.read_text(encoding="utf-8")
    return template("report.html.j2", escape=True).render(
        data=data,
        drawings=draw(data.figures) if drawings is None else drawings,
        script=script,
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
    )
