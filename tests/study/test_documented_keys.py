"""docs/study-file.md has a row for every key of the sections `matching` and `effect`, and no other."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from erm_bridge.study.matching_method import SETTINGS
from erm_bridge.study.matching_section import Balance, Caliper, Distance, Matching, MatchingMethod
from erm_bridge.study.models import Effect, EffectSensitivity

DOCS = Path(__file__).parents[2] / "docs"
MATCHING = {"method": MatchingMethod, "distance": Distance, "caliper": Caliper, "balance": Balance}
EFFECT = {"sensitivity": EffectSensitivity}


def rows(section: str) -> list[str]:
    """The rows of a section, without its head."""
    text = (DOCS / "study-file.md").read_text(encoding="utf-8")
    after = text.partition(f"| **`{section}`** |")[2].partition("\n")[2]
    return re.split(r"^(?!\| `\.)", after, maxsplit=1, flags=re.MULTILINE)[0].splitlines()


def documented(section: str) -> list[str]:
    return [key for row in rows(section) for key in re.findall(r"`\.([\w.]+)`", row.split("|")[1])]


def keys(model: type[BaseModel], parts: dict[str, type[BaseModel]]) -> set[str]:
    inner = {f"{name}.{key}" for name, part in parts.items() for key in part.model_fields}
    return set(model.model_fields) | inner


@pytest.mark.parametrize(
    ("section", "model", "parts"), [("matching", Matching, MATCHING), ("effect", Effect, EFFECT)]
)
def test_every_key_has_a_row_and_every_row_a_key(section, model, parts):
    found = documented(section)
    assert len(found) == len(set(found))
    # Parts whose own row would say nothing that those of their keys do not.
    silent = {"distance", "balance"} & set(parts)
    assert set(found) == keys(model, parts) - silent


@pytest.mark.parametrize(("section", "model"), [("matching", Matching), ("effect", Effect)])
def test_choices_are_listed(section, model):
    said = " ".join(rows(section))
    listed = list(_choices(model.model_json_schema()))
    assert listed
    for values in listed:
        assert not [value for value in values if f"`{value}`" not in said and f"{value}]`" not in said]


def test_usual_settings_of_the_methods_are_right():
    said = {row.split("|")[1]: row.split("|")[3] for row in rows("matching")}
    for method, settings in SETTINGS.items():
        for key, usual in settings.items():
            if usual or usual is False:
                cell = next(text for name, text in said.items() if f"`.method.{key}`" in name)
                assert _shown(usual) in cell, (method, key)


def _shown(usual: str | float) -> str:
    if isinstance(usual, str):
        return usual
    return str(usual).lower() if isinstance(usual, bool) else f"{usual:g}"


def _choices(schema: object) -> list[list[str]]:
    """Collect the closed lists of values of a JSON schema."""
    if isinstance(schema, dict):
        own = [schema["enum"]] if "enum" in schema else []
        return own + [found for part in schema.values() for found in _choices(part)]
    if isinstance(schema, list):
        return [found for part in schema for found in _choices(part)]
    return []
