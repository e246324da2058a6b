"""Read a study file: YAML 1.2 in, a validated `Study` out. The only reader of study files."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from erm_bridge.errors import InputError
from erm_bridge.study.declarations import check_declarations
from erm_bridge.study.models import Study
from erm_bridge.study.validation import Location, validate

MAX_BYTES = 1_000_000
_SECTIONS = ("index", "difference", "regression", "matching", "effect")
# All their keys have defaults: an empty section asks for these.
_CAN_BE_EMPTY = ("difference", "effect")
_EMPTY_WITHIN = (("index", "reliability"),)


@dataclass(frozen=True)
class StudyFile:
    """A study as read: the file, its SHA-256 and the validated study."""

    path: Path
    sha256: str
    study: Study


def read_study(
    path: Path, settings: Sequence[str] | Mapping[str, Any] = (), seed: int | None = None
) -> StudyFile:
    """Read a study file, or the `study.yml` of a folder.

    Parameters
    ----------
    path : Path
    settings : sequence of str, or mapping
        Changes to the file: texts `key=value` with values in YAML, such as `matching.ratio=4`, or keys
        with their values as they are. A value of None removes the key.
    seed : int, optional
        Replaces the study's seed.

    Raises
    ------
    InputError
        The file is absent, is not YAML, or holds a key or value that is not valid.
    """
    path = _study_path(path)
    text = _read_text(path)
    data = _load(text, path)
    if not isinstance(data, dict):
        raise InputError(
            f"{path}: a study file is a mapping of keys such as study: and data:, found {_kind(data)}"
        )
    locator = _Locator(path, text)
    _fill_empty_sections(data, locator)
    for key, value, origin in _changes(settings, seed):
        _apply(data, key, value, origin)
        locator.changed[key] = origin
    study = validate(Study, _with_outcomes(data), locator)
    check_declarations(study, locator)
    return StudyFile(path, hashlib.sha256(path.read_bytes()).hexdigest(), study)


def _with_outcomes(data: dict[str, Any]) -> dict[str, Any]:
    """Hand the study's outcome down to difference, regression and effect unless they name their own."""
    filled = dict(data)
    for stage in ("difference", "regression", "effect"):
        section = data.get(stage, {} if stage == "difference" else None)
        if isinstance(section, dict) and section.get("outcome") is None and data.get("outcome") is not None:
            filled[stage] = {**section, "outcome": data["outcome"]}
    return filled


def _study_path(path: Path) -> Path:
    try:
        path = path / "study.yml" if path.is_dir() else path
        if not path.is_file():
            raise InputError(
                f"{path}: no such study file; give a study file or a folder that holds study.yml"
            )
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    return path


def _read_text(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES:,} bytes; this is not a study file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file in UTF-8") from None
    if not text.strip():
        raise InputError(f"{path}: the file is empty")
    return text


def _load(text: str, path: Path) -> Any:
    """Parse YAML 1.2 into plain data; anchors, tags and dates are refused."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.events import AliasEvent

    try:
        for event in YAML(typ="safe", pure=True).parse(text) if "*" in text else ():
            if isinstance(event, AliasEvent):
                raise InputError(
                    f"{path}:{event.start_mark.line + 1}: aliases (*{event.anchor}) are not used here"
                )
        data = YAML(typ="safe", pure=True).load(text)
        _check_texts(data, path)
        # What cannot be written as JSON in UTF-8 could not be kept in study.json.
        json.dumps(data, allow_nan=False, ensure_ascii=False).encode()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        problem = (error.problem or "not valid YAML").splitlines()[0]
        raise InputError(f"{path}{line}: {problem}") from None
    except RecursionError:
        raise InputError(f"{path}: lists and mappings are nested too deeply") from None
    except YAMLError as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: not valid YAML: {first}") from None
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{path}: only text, numbers, true, false, lists and mappings are allowed ({error})"
        ) from None
    return data


def _check_texts(data: Any, path: Path) -> None:
    """Refuse zero bytes, which R cannot hold, and keys that are the same as text, such as 1 and '1'."""
    if isinstance(data, str) and "\0" in data:
        raise InputError(f"{path}: a text holds a zero byte: {data!r:.60}")
    values = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    texts = Counter(str(key) for key in data) if isinstance(data, dict) else Counter[str]()
    repeated = next((text for text, times in texts.items() if times > 1), None)
    if repeated is not None:
        raise InputError(f"{path}: the key {repeated} occurs twice, as a number and as text")
    for part in (*texts, *values):
        _check_texts(part, path)


def _fill_empty_sections(data: dict[str, Any], locator: "_Locator") -> None:
    """Take an empty section for its defaults, or refuse it where a key has none; `null` stays no section."""
    for section in _SECTIONS:
        if section in data and data[section] is None and locator.is_blank(section):
            if section not in _CAN_BE_EMPTY:
                raise InputError(f"{locator((section,))}: {section}: is empty; fill it in or remove it")
            data[section] = {}
    for section, key in _EMPTY_WITHIN:
        keys = data.get(section)
        if isinstance(keys, dict) and key in keys and keys[key] is None and locator.is_blank(section, key):
            keys[key] = {}


def _changes(settings: Sequence[str] | Mapping[str, Any], seed: int | None) -> Iterator[tuple[str, Any, str]]:
    """List the keys to change, their new values, and how messages name them."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            yield str(key), value, f"settings: {key}"
    else:
        for setting in settings:
            key, equals, text = (part.strip() for part in setting.partition("="))
            if not equals or not key:
                raise InputError(f"--set {setting}: must have the form key=value, such as matching.ratio=4")
            yield key, _load(text, Path(f"--set {key}")) if text else None, f"--set {key}"
    if seed is not None:
        yield "seed", seed, "seed"


def _apply(data: dict[str, Any], key: str, value: Any, origin: str) -> None:
    """Change one key of the data."""
    *parents, last = key.split(".")
    place = data
    for parent in parents:
        if place.get(parent) is None:
            place[parent] = {}
        place = place[parent]
        if not isinstance(place, dict):
            raise InputError(
                f"{origin}: {parent} is not a mapping in this study but {place!r:.60}; "
                "if it has keys, set all that you need at once, in braces"
            )
    place[last] = value


def _kind(data: Any) -> str:
    return {list: "a list", str: "text", type(None): "nothing"}.get(type(data), "a single value")


class _Locator:
    """Says where in the file (or among the changes to it) a key stands."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text
        self.changed: dict[str, str] = {}

    def __call__(self, location: Location) -> str:
        found = self._nodes(location)
        # The key itself, or what was made to hold a changed key.
        absent = ".".join(str(part) for part in location[: len(found)])
        key = ".".join(str(part) for part in location)
        for given, origin in self.changed.items():
            if f"{key}.".startswith(f"{given}.") or (
                len(found) <= len(location) and f"{given}.".startswith(f"{absent}.")
            ):
                return origin
        return f"{self._path}:{found[-1][0] + 1}"

    def is_blank(self, *location: str) -> bool:
        """Tell whether nothing at all, not even `null`, stands at a key of the file."""
        return bool(self._nodes(location)[-1][1].value == "")

    @cached_property
    def _root(self) -> Any:
        from ruamel.yaml import YAML

        return YAML(typ="safe", pure=True).compose(self._text)

    def _nodes(self, location: Location) -> list[tuple[int, Any]]:
        """List line and node of the file as a whole and of each part of the location that it holds."""
        found = [(int(self._root.start_mark.line), self._root)]
        for part in location:
            child = _child(found[-1][1], part)
            if child is None:
                break
            found.append(child)
        return found


def _child(node: Any, part: str | int) -> tuple[int, Any] | None:
    if isinstance(part, int):
        in_list = (
            isinstance(node.value, list)
            and part < len(node.value)
            and not isinstance(node.value[part], tuple)
        )
        return (node.value[part].start_mark.line, node.value[part]) if in_list else None
    pairs = [pair for pair in node.value if isinstance(pair, tuple)] if isinstance(node.value, list) else []
    return next(((key.start_mark.line, value) for key, value in pairs if str(key.value) == str(part)), None)
