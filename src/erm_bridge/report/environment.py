"""The templates of the report, read from the package."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erm_bridge.printable import printable
from erm_bridge.report import numbers, wording
from erm_bridge.report.comparisons import MEANINGS, share_of_limit
from erm_bridge.report.figures import as_variables

if TYPE_CHECKING:
    from jinja2 import Environment, Template


@cache
def _environment(escape: bool) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    environment.filters |= {
        "small": numbers.small,
        "share": numbers.share,
        "full": numbers.full,
        "share_of_limit": share_of_limit,
        "listing": wording.listing,
        "engine": wording.engine,
    }
    environment.globals |= {
        "meanings": MEANINGS,
        "figure_colours": as_variables,
        "same_mark": wording.SAME_MARK,
    }
    return environment


def _shown(value: Any) -> Any:
    """Write what steers a terminal or turns text round visibly; what is markup already stays."""
    return printable(value) if type(value) is str else value


def template(name: str, escape: bool) -> "Template":
    """Load a template; with `escape` every label is text, whatever it contains."""
    return _environment(escape).get_template(name)
