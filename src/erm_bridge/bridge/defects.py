"""Known defects of R packages, as data: which versions, what a study must ask for to hit one, the cure."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from erm_bridge import options

if TYPE_CHECKING:
    from erm_bridge.study.models import Study

NEVER = "never"
_TERM = re.compile(r"^(?P<key>[a-z_.]+)(?:(?P<sign>!=|=|>)(?P<value>[\w.|]+))?$")


@dataclass(frozen=True)
class Defect:
    """A known defect of a range of versions of a package (one line of `defects.csv`).

    Attributes
    ----------
    first, last : str
        The first and the last version that has it; `last` is empty where it is not mended yet.
    condition : str
        What a section of the study must hold to hit it, all terms at once: `key=value`, `key!=value`,
        `key>number` or `key` alone (something is given). `a.b` is key b inside key a, `v|w` are values
        of which one is enough, and so it is in a list. `never`: no key of a study leads there.
    evidence : str
        How it is known: `run` (seen in the versions at both ends), `issue` or `news` (told by the package).
    """

    id: str
    package: str
    first: str
    last: str
    stage: options.StageName
    condition: str
    evidence: Literal["run", "issue", "news"]
    consequence: str
    cure: str
    link: str

    def sentence(self, version: str) -> str:
        """Say what is wrong, with which version, and what helps."""
        return f"{self.package} {version}: {self.consequence} ({self.id}, {self.link}); {self.cure}"

    @property
    def reachable(self) -> bool:
        """Whether any study can meet the condition with the options there are."""
        from erm_bridge.study.choices import can_hold

        terms = terms_of(self.condition)
        return self.condition != NEVER and all(can_hold(self.stage, *term) for term in terms)

    def has(self, version: str | None) -> bool:
        """Tell whether an installed version has it; None is a package that is not installed."""
        if version is None or version_key(version) < version_key(self.first):
            return False
        return not self.last or version_key(version) <= version_key(self.last)


@cache
def known_defects() -> tuple[Defect, ...]:
    """Read the list of known defects."""
    with files("erm_bridge.bridge").joinpath("defects.csv").open(encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = list(csv.DictReader(lines))
    return tuple(Defect(**row) for row in rows)


def applying(versions: Mapping[str, str]) -> list[Defect]:
    """List the known defects that installed versions (package name to version) have."""
    return [defect for defect in known_defects() if defect.has(versions.get(defect.package))]


def hit_by(study: "Study", versions: Mapping[str, str]) -> list[Defect]:
    """List the known defects of installed versions that the study would meet."""
    sections = study.model_dump(mode="json")
    return [
        defect
        for defect in applying(versions)
        if any(is_met(defect.condition, asked) for asked in _asked(sections[defect.stage]))
    ]


def _asked(section: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any] | None]:
    """List a section and, of an index, what it becomes by each combination that `sensitivity` tries."""
    tried = (section or {}).get("sensitivity")
    if section is None or not tried:
        return [section]
    extractions = tried["extraction"] or [section["extraction"]]
    rotations = tried["rotation"] or [section["rotation"]]
    return [
        section,
        *(
            {**section, "extraction": extraction, "rotation": rotation}
            for extraction in extractions
            for rotation in rotations
        ),
    ]


def version_key(version: str) -> tuple[int, ...]:
    """Turn a version of an R package into something that sorts."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def terms_of(condition: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Take a condition apart into key, sign (`=`, `!=`, `>`, empty) and values of each term of it."""
    if condition == NEVER:
        return []
    return [_parts(term) for term in condition.split()]


def is_met(condition: str, section: Mapping[str, Any] | None) -> bool:
    """Tell whether a section of a study, as plain data, meets a condition; no section meets none."""
    if section is None or condition == NEVER:
        return False
    return all(_term_met(*term, section) for term in terms_of(condition))


def _parts(term: str) -> tuple[str, str, tuple[str, ...]]:
    found = _TERM.match(term)
    if found is None or term == NEVER:
        raise ValueError(f"defects.csv: {term!r} is not a condition")
    return found["key"], found["sign"] or "", tuple((found["value"] or "").split("|"))


def _term_met(key: str, sign: str, wanted: tuple[str, ...], section: Mapping[str, Any]) -> bool:
    value: Any = section
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if not sign:
        return bool(value)
    if sign == ">":
        return value is not None and float(value) > float(wanted[0])
    held = {str(one).casefold() for one in (value if isinstance(value, list | tuple) else [value])}
    return held.isdisjoint(wanted) == (sign == "!=")
