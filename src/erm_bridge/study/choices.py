"""What the keys of a section can hold, as the models say."""

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from erm_bridge.options import StageName
from erm_bridge.study.models import Study


def can_hold(stage: StageName, key: str, sign: str, values: tuple[str, ...]) -> bool:
    """Tell whether a study can fulfil a term such as `extraction`, `=`, `("ml", "pa")`.

    Raises
    ------
    KeyError
        The section of the stage has no such key.
    """
    listed = choices(stage, key)
    if listed is None or sign in ("", ">"):
        return True
    asked = [choice for choice in listed if choice.casefold() in values]
    return bool(asked) if sign == "=" else len(asked) < len(listed)


def choices(stage: StageName, key: str) -> tuple[str, ...] | None:
    """List the values that a key can hold; None where they are not a closed list.

    Raises
    ------
    KeyError
        The section of the stage has no such key.
    """
    kinds = _kinds(Study.model_fields[stage].annotation)
    for name in key.split("."):
        models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        fields = models[0].model_fields if models else {}
        kinds = _kinds(fields[name].annotation)
    texts = [kind for kind in kinds if get_origin(kind) is Literal]
    if not texts or len(texts) < len(kinds):
        return None
    return tuple(value for kind in texts for value in get_args(kind))


def _kinds(annotation: Any) -> list[Any]:
    """Take unions and tuples apart; None is no kind."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType, tuple):
        return [kind for part in get_args(annotation) for kind in _kinds(part)]
    return [] if annotation in (type(None), Ellipsis) else [annotation]
