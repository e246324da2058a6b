"""What a table of one stage is: which numbers it takes, and which of their names run down and across."""

from dataclasses import dataclass
from typing import Literal

Field = Literal["quantity", "term", "component"]


@dataclass(frozen=True)
class Layout:
    """A table of one stage.

    Attributes
    ----------
    name, title, note : str
        See `erm_bridge.report.model.SideTable`.
    quantities : tuple of str
        Quantities that the table takes, in order; those it does not find are left out. A name that ends in
        `*` stands for all that begin so.
    down, across : tuple of str
        Fields of the key that make a row, and that make a group of columns.
    heads : tuple of str
        Headings of the label columns, one for each field of `down`.
    only : str
        Take only rows of this term (empty: of any); later tables take the others.
    without : str
        Leave rows of terms that begin so to later tables (empty: of none).
    part : str or None
        Take only rows of this component (None: of any).
    each_difference, folded, bold_from
        See `erm_bridge.report.model.SideTable`.
    """

    name: str
    title: str
    quantities: tuple[str, ...]
    down: tuple[Field, ...]
    across: tuple[Field, ...]
    heads: tuple[str, ...]
    note: str = ""
    only: str = ""
    without: str = ""
    part: str | None = None
    each_difference: bool = True
    folded: bool = False
    bold_from: float | None = None

    def takes(self, quantity: str, term: str, component: str) -> bool:
        """Tell whether a number belongs into the table; one that names no quantities takes all."""
        if not self.quantities:
            return True
        fits = self.only in ("", term) and self.part in (None, component)
        if self.without and term.startswith(self.without):
            return False
        return fits and self.place(quantity) < len(self.quantities)

    def place(self, quantity: str) -> int:
        """Return the place of a quantity in the order of the table; those that it does not name come last."""
        named = (place for place, name in enumerate(self.quantities) if _fits(name, quantity))
        return next(named, len(self.quantities))


def _fits(name: str, quantity: str) -> bool:
    return quantity.startswith(name[:-1]) if name.endswith("*") else quantity == name
