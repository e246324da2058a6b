"""Read a study file: YAML 1.2 in, a validated `Study` out. The only reader of study files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erm_bridge.errors import InputError
from erm_bridge.study.models import Study
from erm_bridge.study.validation import Location, validate

MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class StudyFile:
    """A study as read: the file, its text and the validated study."""

    path: Path
    text: str
    study: Study


def read_study(path: Path, settings: Sequence[str] = (), seed: int | None = None) -> StudyFile:
    """Read a study file, or the `study.yml` of a folder.

    Parameters
    ----------
    path : Path
    settings : sequence of str
        Changes to the file of the form `key=value`, such as `matching.ratio=4`.
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
    changed = [*settings, *([] if seed is None else [f"seed={seed}"])]
    set_keys = {_apply(data, setting) for setting in changed}
    study = validate(Study, _with_outcomes(data), _Locator(path, text, set_keys))
    return StudyFile(path, text, study)


def _with_outcomes(data: dict[str, Any]) -> dict[str, Any]:
    """Hand the study's outcome down to difference, regression and effect unless they name their own."""
    filled = dict(data)
    for stage in ("difference", "regression", "effect"):
        section = data.get(stage, {} if stage == "difference" else None)
        if isinstance(section, dict) and section.get("outcome") is None and data.get("outcome") is not None:
            filled[stage] = {**section, "outcome": data["outcome"]}
    return filled


def _study_path(path: Path) -> Path:
    path = path / "study.yml" if path.is_dir() else path
    if not path.is_file():
        raise InputError(f"{path}: no such study file; give a study file or a folder that holds study.yml")
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
        json.dumps(data, allow_nan=False)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        problem = (error.problem or "not valid YAML").splitlines()[0]
        raise InputError(f"{path}{line}: {problem}") from None
    except (YAMLError, RecursionError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: not valid YAML: {first}") from None
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{path}: only text, numbers, true, false, lists and mappings are allowed ({error})"
        ) from None
    return data


def _apply(data: dict[str, Any], setting: str) -> str:
    """Change one key of the data as `key=value` says; returns the key."""
    key, equals, value = setting.partition("=")
    if not equals or not key.strip():
        raise InputError(f"--set {setting}: must have the form key=value, such as matching.ratio=4")
    *parents, last = key.strip().split(".")
    place = data
    for parent in parents:
        if place.get(parent) is None:
            place[parent] = {}
        place = place[parent]
        if not isinstance(place, dict):
            raise InputError(f"--set {setting}: {parent} is not a mapping in this study")
    place[last] = _load(value, Path(f"--set {key}")) if value.strip() else None
    return key.strip()


def _kind(data: Any) -> str:
    return {list: "a list", str: "text", type(None): "nothing"}.get(type(data), "a single value")


class _Locator:
    """Says where in the file (or on the command line) a key stands."""

    def __init__(self, path: Path, text: str, set_keys: set[str]) -> None:
        self._path, self._text, self._set = path, text, set_keys

    def __call__(self, location: Location) -> str:
        key = ".".join(str(part) for part in location)
        if any(key == given or key.startswith(given + ".") for given in self._set):
            return f"--set {key}"
        return f"{self._path}:{self._line(location)}"

    def _line(self, location: Location) -> int:
        """Find the line of the deepest part of the location that the file holds."""
        from ruamel.yaml import YAML

        node = YAML(typ="safe", pure=True).compose(self._text)
        line = int(node.start_mark.line)
        for part in location:
            child = _child(node, part)
            if child is None:
                break
            line, node = child
        return line + 1


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
