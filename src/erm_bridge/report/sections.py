"""Build the side-by-side tables of a stage: every number as each engine has it on its own input."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from erm_bridge.crosscheck.summary import APART, VERDICTS
from erm_bridge.estimates import OWN
from erm_bridge.options import StageName
from erm_bridge.report import numbers, wording
from erm_bridge.report.layouts import LAYOUTS, Field, Layout, rest
from erm_bridge.report.model import Comparison, Name, Number, SideRow, SideTable
from erm_bridge.study.models import Study

Key = tuple[str, str, str]
Values = Mapping[str, float]

_PLACE: dict[Field, int] = {"quantity": 0, "term": 1, "component": 2}


class StageNumbers:
    """The numbers of one stage by key (quantity, term, component), in the order of the table.

    Parameters
    ----------
    engines : sequence of Name
    records : iterable of mappings
        Rows of the estimates of this stage.
    compared : iterable of Comparison
        Rows of the crosscheck of this stage.
    """

    def __init__(
        self, engines: Sequence[Name], records: Iterable[Mapping[str, object]], compared: Iterable[Comparison]
    ) -> None:
        self.engines = tuple(engines)
        self._values: dict[Key, dict[str, float]] = {}
        for row in records:
            if row["input"] == OWN:
                key = (str(row["quantity"]), str(row["term"]), str(row["component"]))
                self._values.setdefault(key, {})[str(row["engine"])] = float(row["value"])  # type: ignore[arg-type]
        self._compared: dict[Key, list[Comparison]] = {}
        for comparison in compared:
            if comparison.inputs == (OWN, OWN):
                key = (comparison.quantity, comparison.term, comparison.component)
                self._compared.setdefault(key, []).append(comparison)

    def keys(self) -> list[Key]:
        """List the keys in the order of the table."""
        return list(self._values)

    def values(self, quantity: str) -> dict[tuple[str, str], tuple[float | None, ...]]:
        """List the engines' values of one quantity by term and component, in the order of the table."""
        return {
            (key[1], key[2]): tuple(held.get(engine.name) for engine in self.engines)
            for key, held in self._values.items()
            if key[0] == quantity
        }

    def number(self, key: Key) -> Number:
        """Put the engines' values of one key side by side, with what the crosscheck says of them."""
        held = self._values[key]
        values = tuple(held.get(engine.name) for engine in self.engines)
        compared = self._compared.get(key, [])
        verdict = max((c.verdict for c in compared), key=VERDICTS.index, default="")
        differences = [c.difference for c in compared if c.difference is not None]
        difference = max(differences, default=None)
        texts = numbers.together(values, wording.style(key[0]), self._scale(key), verdict in APART)
        return Number(values, texts, difference, numbers.small(difference) if compared else "", verdict)

    def _scale(self, key: Key) -> float | None:
        source = wording.SCALES.get(key[0])
        held = self._values.get((source, key[1], key[2]), {}) if source else {}
        return next((held[engine.name] for engine in self.engines if engine.name in held), None)


def tables(stage: StageName, found: StageNumbers, meanings: Mapping[str, str]) -> tuple[SideTable, ...]:
    """Build the tables of a stage; what no layout takes comes last, under its own names.

    Parameters
    ----------
    stage : str
    found : StageNumbers
    meanings : mapping
        What levels mean, by term, such as `moved[1]`.
    """
    left = found.keys()
    built = []
    for layout in (*LAYOUTS[stage], rest(stage)):
        keys = [key for key in left if layout.takes(*key)]
        left = [key for key in left if key not in set(keys)]
        if keys:
            built.append(_table(layout, keys, found, meanings))
    return tuple(built)


def _table(
    layout: Layout, keys: Sequence[Key], found: StageNumbers, meanings: Mapping[str, str]
) -> SideTable:
    across = _distinct(layout, layout.across, keys)
    down = _distinct(layout, layout.down, keys)
    at = {(_part(layout.down, key), _part(layout.across, key)): found.number(key) for key in keys}
    rows = []
    for labels in down:
        row = tuple(at.get((labels, group)) for group in across)
        rows.append(SideRow(_labels(layout, labels, meanings), row, _largest(row)))
    return SideTable(
        name=layout.name,
        title=layout.title,
        note=layout.note,
        heads=layout.heads,
        keys=tuple("_".join(part for part in group if part) or "value" for group in across),
        groups=tuple(", ".join(_words(layout.across, group)) for group in across),
        engines=found.engines,
        each_difference=layout.each_difference,
        folded=layout.folded,
        bold_from=layout.bold_from,
        rows=tuple(rows),
    )


def _part(fields: Sequence[Field], key: Key) -> tuple[str, ...]:
    return tuple(key[_PLACE[field]] for field in fields)


def _distinct(layout: Layout, fields: tuple[Field, ...], keys: Sequence[Key]) -> list[tuple[str, ...]]:
    """List what occurs: quantities in the order of the layout, the rest in the order of the table."""
    if "quantity" in fields and layout.quantities:
        keys = sorted(keys, key=lambda key: layout.place(key[0]))
    return list(dict.fromkeys(_part(fields, key) for key in keys))


def _words(fields: Sequence[Field], parts: Sequence[str]) -> list[str]:
    say = {"quantity": wording.quantity, "term": wording.term, "component": wording.component}
    return [say[field](part) for field, part in zip(fields, parts, strict=True) if part]


def _labels(layout: Layout, parts: tuple[str, ...], meanings: Mapping[str, str]) -> tuple[str, ...]:
    """Word the labels of a row; columns, items and levels keep their own names."""
    say: dict[Field, Callable[[str], str]] = {
        "quantity": wording.quantity,
        "term": wording.term,
        "component": wording.component if layout.down == ("quantity", "component") else str,
    }
    labels = [say[field](part) for field, part in zip(layout.down, parts, strict=True)]
    if layout.down == ("term", "component"):
        labels[1] = group(meanings, *parts)
    elif layout.down == ("term",):
        labels[0] += f" ({meanings[parts[0]]})" if parts[0] in meanings else ""
    return tuple(labels)


def meanings(study: Study) -> dict[str, str]:
    """Say by term, such as `sex[2]`, what levels that are codes mean."""
    found = {
        f"{name}[{level}]": label
        for name, variable in study.variables.items()
        for level, label in (variable.labels or {}).items()
    }
    if study.matching is not None:
        name = study.matching.treatment.column
        found |= {f"{name}[1]": "treated", f"{name}[0]": "controls"}
    return found


def group(meanings: Mapping[str, str], variable: str, level: str) -> str:
    """Word a group: its level, and what that means where it is a code."""
    meaning = meanings.get(f"{variable}[{level}]")
    return level if meaning is None else f"{level} ({meaning})"


def _largest(row: Sequence[Number | None]) -> Number | None:
    """Pick the number of a row on which the engines lie farthest apart."""
    compared = [number for number in row if number is not None and number.verdict]
    return max(
        compared,
        key=lambda n: (VERDICTS.index(n.verdict), -1.0 if n.difference is None else n.difference),
        default=None,
    )
