"""The crosscheck: an outer join of the engines' tables with a tolerance per quantity."""

from erm_bridge.crosscheck.join import Plan, Tables, crosscheck
from erm_bridge.crosscheck.summary import Summary, summarise

__all__ = ["Plan", "Summary", "Tables", "crosscheck", "summarise"]
