"""Turn pydantic's complaints into one message a user can act on: where, what was found, what is allowed."""

import json
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from erm_bridge.errors import InputError

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)
_MOST = 5
# Names among which, and as long as, a misspelt one is looked for.
_MOST_KNOWN, _LONGEST = 10_000, 200
_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of keys",
    "model_type": "a mapping of keys",
    "string_too_short": "text that is not empty",
    "string_pattern_mismatch": "made of letters, digits, - and _",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_short": "a list of at least {min_length}",
    "string_too_long": "text of at most {max_length:,} characters",
}


def validate(model: type[Model], data: Any, where: Callable[[Location], str]) -> Model:
    """Make a model of plain data.

    Parameters
    ----------
    model : type
    data : plain lists, dicts, text, numbers (also numpy's), booleans, None
    where : callable
        Says where a key stands, such as `study.yml:12`.

    Raises
    ------
    InputError
        Names every key that is wrong (at most five), what was found and what is allowed.
    """
    try:
        # JSON mode is strict about types and still takes a list for a tuple.
        return model.model_validate_json(json.dumps(data, default=_plain_number))
    except ValidationError as error:
        first = islice(_independent(error.errors()), _MOST)
        complaints = [_complaint(model, data, details, where) for details in first]
        raise InputError("\n".join(dict.fromkeys(complaints))) from None
    except RecursionError:
        raise InputError(f"{where(())}: lists and mappings are nested too deeply") from None
    # What JSON has no words for, or what holds itself.
    except (TypeError, ValueError) as error:
        raise InputError(f"{where(())}: {error}") from None


def _independent(errors: Sequence[Any]) -> Iterator[Any]:
    """Leave out complaints that a list is too short because its entries are wrong."""
    places = [tuple(details["loc"]) for details in errors]

    def follows(details: Any) -> bool:
        place = tuple(details["loc"])
        return details["type"] == "too_short" and any(
            other[: len(place)] == place and len(other) > len(place) for other in places
        )

    return (details for details in errors if not follows(details))


def nearest(name: str, known: Sequence[str]) -> str:
    """Suggest the known name that looks most like a misspelt one; empty if none does."""
    # The comparison takes the square of the length, and nobody misspells a page of text.
    known = [k for k in known[:_MOST_KNOWN] if len(k) <= _LONGEST] if len(name) <= _LONGEST else []
    close = get_close_matches(name, known, n=1, cutoff=0.6) or get_close_matches(
        name.casefold(), [k for k in known if k.casefold() == name.casefold()], n=1
    )
    return f"; did you mean {close[0]!r}?" if close else ""


def _plain_number(value: Any) -> Any:
    """Turn a number of numpy into one of Python."""
    if getattr(value, "ndim", None) == 0:
        return value.item()
    raise TypeError(f"a value of type {type(value).__name__} is not possible here: {value!r:.60}")


def _complaint(model: type[BaseModel], data: Any, details: Any, where: Callable[[Location], str]) -> str:
    # Parts in brackets are pydantic's: no keys of the file.
    location = tuple(part for part in details["loc"] if not str(part).startswith("["))
    key, place = ".".join(str(part) for part in location), where(location)
    # A place such as `--set matching.ratio` names the key already.
    named = "" if not key or place.split()[-1] == key else f"{key}: "
    return f"{place}: {named}{_reason(model, location, details)}"


def _reason(model: type[BaseModel], location: Location, details: Any) -> str:
    kind, context, found = details["type"], details.get("ctx", {}), details["input"]
    if kind == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        return f"unknown key{nearest(str(location[-1]), known)} (valid keys: {', '.join(known)})"
    if kind == "missing":
        return "this key is required"
    if kind == "literal_error":
        return f"{_show(found)} is not available; choose from: {context['expected']}"
    if kind == "value_error":
        return str(context["error"])
    if kind in _EXPECTED:
        return f"must be {_EXPECTED[kind].format(**context)}, found {_show(found)}"
    return (
        f"{details['msg'].removeprefix('Input should ').removeprefix('String should ')}, found {_show(found)}"
    )


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _keys_at(model: type[BaseModel], location: Location) -> list[str]:
    """List the valid keys of the mapping at a place in the study file."""
    current: Any = model
    for part in location:
        if isinstance(part, int):
            continue
        if isinstance(current, type) and issubclass(current, BaseModel):
            current = (
                _model_in(current.model_fields[str(part)].annotation)
                if part in current.model_fields
                else None
            )
        if current is None:
            return []
    return list(current.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the model inside `Model | None`, `tuple[Model, ...]` or `dict[str, Model]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Annotated, Union, UnionType, tuple, dict):
        inner = (_model_in(argument) for argument in get_args(annotation))
        return next((model for model in inner if model is not None), None)
    return None
