"""The figures of the report: frozen data, drawn as SVG for the page and as files for elsewhere."""

from erm_bridge.report.figures.collect import of_stage
from erm_bridge.report.figures.drawing import Drawing, draw, prepare, write
from erm_bridge.report.figures.palette import as_variables
from erm_bridge.report.figures.plot import Plot

__all__ = ["Drawing", "Plot", "as_variables", "draw", "of_stage", "prepare", "write"]
