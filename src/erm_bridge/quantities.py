"""The glossary `quantities.csv`, and `searches.csv`: what part numbers have in a search.

The glossary says what each quantity means and how far two engines may lie apart.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

Role = Literal["criterion", "found", "follows", "settled"]


class Part(NamedTuple):
    """What part a number has in the searches of its stage.

    `criterion`: what the search minimises, at its solution. `found`: the solution itself, and what the same
    search finds in resampled rows or by other methods. `follows`: computed from the solution that the stage
    hands on, by no search. `settled`: computed again like that, but the same at every solution that is right,
    such as whether a rule is broken. `explains`: which criteria make another solution right: the native
    engine's is `lower`, or both are `equal` where an optimum need not be the only one. `unless`: settings
    under which the search is defined by the rule that ends it, so that a lower criterion is not a better
    solution. `when`: settings under which there is the search at all.
    """

    search: str
    role: Role
    explains: str = ""
    unless: str = ""
    when: str = ""


@cache
def glossary() -> "pd.DataFrame":
    """Read the glossary; text columns are text, tolerances are numbers."""
    numbers = ("rtol", "rtol_end_to_end", "atol", "atol_end_to_end")
    frame = _table("quantities.csv")
    return frame.astype({name: "float64" for name in numbers})


@cache
def parts() -> "dict[tuple[str, str], Part]":
    """Tell by stage and quantity what part a number has in a search; one not listed has none.

    A stage may search more than once, each time in what the search before it found: they stand in that order.
    """
    rows: Any = _table("searches.csv").itertuples(index=False)
    return {
        (row.stage, row.quantity): Part(row.search, row.role, row.explains, row.unless, row.when)
        for row in rows
    }


def parts_under(facts: Mapping[str, str]) -> "dict[tuple[str, str], Part]":
    """Select the parts that numbers have under some settings."""
    return {key: part for key, part in parts().items() if holds(part.when, facts)}


def searches(stage: str, facts: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Name the searches of a stage in order; with settings those that there are under them."""
    known = parts() if facts is None else parts_under(facts)
    named = [part.search for (where, _), part in known.items() if where == stage and part.search]
    return tuple(dict.fromkeys(named))


def computed_again(stage: str, quantity: str) -> bool:
    """Tell whether every engine computes a number of a searching stage again from the other's solution.

    Criteria at that solution, what follows from it, and what a later search finds in what the first found.
    """
    part = parts().get((stage, quantity))
    return part is not None and (part.role != "found" or part.search != searches(stage)[0])


def holds(condition: str, facts: Mapping[str, str]) -> bool:
    """Tell whether settings fit a condition such as `extraction=ml|pa rotation=varimax`; empty fits all."""
    wanted = (part.split("=") for part in condition.split())
    return all(facts.get(key) in values.split("|") for key, values in wanted)


def _table(name: str) -> "pd.DataFrame":
    import pandas as pd

    with files("erm_bridge").joinpath(name).open(encoding="utf-8") as lines:
        return pd.read_csv(lines, keep_default_na=False)
