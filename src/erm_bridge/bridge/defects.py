"""Known defects of R packages, as data: which versions, what a study must ask for to hit one, the cure."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, get_args

from erm_bridge import options

if TYPE_CHECKING:
    from erm_bridge.study.models import Study

_TERM = re.compile(r"^(?P<key>[a-z_.]+)(?:(?P<sign>[=>])(?P<value>\S+))?$")

# Keys of conditions whose values are a closed list: what is not on it cannot be asked for.
_CHOICES: Mapping[tuple[str, str], tuple[Any, ...]] = {
    ("matching", "method"): get_args(options.MatchingMethod),
    ("matching", "distance.method"): get_args(options.DistanceMethod),
}


@dataclass(frozen=True)
class Defect:
    """A known defect of a range of versions of a package (one line of `defects.csv`).

    Attributes
    ----------
    first, last : str
        The first and the last version that has it; `last` is empty where it is not mended yet.
    condition : str
        What a section of the study must hold to hit it, all terms at once: `key=value`, `key>number`
        or `key` alone (something is given); `a.b` is key b inside key a.
    """

    id: str
    package: str
    first: str
    last: str
    stage: options.StageName
    condition: str
    consequence: str
    cure: str
    link: str

    def sentence(self, version: str) -> str:
        """Say what is wrong, with which version, and what helps."""
        return f"{self.package} {version}: {self.consequence} ({self.id}, {self.link}); {self.cure}"

    @property
    def reachable(self) -> bool:
        """Whether any study can meet the condition with the options there are."""
        terms = [_parts(term) for term in self.condition.split()]
        return all(
            value in _CHOICES.get((self.stage, key), (value,)) for key, sign, value in terms if sign == "="
        )


@cache
def known_defects() -> tuple[Defect, ...]:
    """Read the list of known defects."""
    with files("erm_bridge.bridge").joinpath("defects.csv").open(encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = list(csv.DictReader(lines))
    return tuple(Defect(**row) for row in rows)


def applying(versions: Mapping[str, str]) -> list[Defect]:
    """List the known defects that installed versions (package name to version) have."""
    return [defect for defect in known_defects() if _has(defect, versions.get(defect.package))]


def hit_by(study: "Study", versions: Mapping[str, str]) -> list[Defect]:
    """List the known defects of installed versions that the study would meet."""
    sections = study.model_dump(mode="json")
    return [defect for defect in applying(versions) if _met(defect.condition, sections[defect.stage])]


def version_key(version: str) -> tuple[int, ...]:
    """Turn a version of an R package into something that sorts."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _has(defect: Defect, version: str | None) -> bool:
    if version is None or version_key(version) < version_key(defect.first):
        return False
    return not defect.last or version_key(version) <= version_key(defect.last)


def _parts(term: str) -> tuple[str, str | None, str | None]:
    found = _TERM.match(term)
    if found is None:
        raise ValueError(f"defects.csv: {term!r} is not a condition")
    return found["key"], found["sign"], found["value"]


def _met(condition: str, section: Mapping[str, Any] | None) -> bool:
    return section is not None and all(_term_met(term, section) for term in condition.split())


def _term_met(term: str, section: Mapping[str, Any]) -> bool:
    key, sign, wanted = _parts(term)
    value: Any = section
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if sign is None or wanted is None:
        return bool(value)
    if sign == ">":
        return value is not None and float(value) > float(wanted)
    return (str(value).lower() if isinstance(value, bool) else str(value)) == wanted
