"""The key `rotation` of the section `index`: a method and the settings that belong to it."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated, Any

from pydantic import Field, model_validator

from erm_bridge import options as opt
from erm_bridge.numerics.rotation import ROTATIONS, Settings
from erm_bridge.study.base import Method, Name, Positive

Number = Annotated[float, Field(allow_inf_nan=False)]
# Not strict: after a validator that runs before the others a list is no longer taken for a tuple.
Row = Annotated[tuple[Number | None, ...], Field(min_length=1, strict=False)]
_USUAL = {field.name: field.default for field in fields(Settings)} | {"starts": 0}


class Rotation(Method):
    """How the factors are rotated; a bare name stands for `{method: name}`.

    A key that does not belong to the method is refused; one that does and is absent or null gets its
    usual value: `normalize` psych's.
    """

    method: opt.Rotation = "varimax"
    normalize: bool | None = None
    gamma: Number | None = None
    power: Annotated[float, Field(gt=1, le=100)] | None = None
    delta: Positive | None = None
    zeros: Annotated[int, Field(ge=1)] | None = None
    target: dict[Name, Row] | None = None
    starts: Annotated[int, Field(ge=0, le=10_000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _keys_belong_to_the_method(cls, value: Any) -> Any:
        value = {"method": value} if isinstance(value, str) else value
        name = value.get("method", "varimax") if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in ROTATIONS:
            return value
        method = ROTATIONS[name]
        given = {key: item for key, item in value.items() if item is not None}
        for key in cls.model_fields.keys() & given.keys() - {"method", *method.all_keys}:
            keys = ", ".join(method.all_keys) or "none"
            raise ValueError(f"{key}: does not belong to {name!r}; remove it (keys of {name}: {keys})")
        usual = {key: _USUAL[key] for key in method.all_keys} | {"normalize": method.normalize}
        return {**usual, **given}

    @model_validator(mode="after")
    def _target_is_there(self) -> "Rotation":
        if "target" not in ROTATIONS[self.method].keys:
            return self
        if not self.target:
            raise ValueError(f"target: {self.method} needs one: a mapping of each item to its loadings")
        if self.method == "procrustes" and any(None in row for row in self.target.values()):
            raise ValueError(
                "target: procrustes needs every loading; where some are free (null) use targetT or targetQ"
            )
        return self

    def check(self, items: Sequence[str], factors: int) -> None:
        """Raise ValueError where settings do not fit the items and the number of factors."""
        if self.zeros is not None and self.zeros >= len(items) * factors:
            raise ValueError(
                f"rotation.zeros: {self.zeros} of the {len(items) * factors} loadings of {len(items)} items "
                f"on {factors} factors cannot be small; fewer must be"
            )
        if self.target is not None:
            self._check_target(self.target, items, factors)

    def _check_target(
        self, target: dict[str, tuple[float | None, ...]], items: Sequence[str], factors: int
    ) -> None:
        for name in (*items, *target):
            if name not in target or name not in items:
                what = "has no row" if name in items else "is not among the items"
                raise ValueError(f"rotation.target: {name!r} {what}")
            if len(target[name]) != factors:
                raise ValueError(
                    f"rotation.target: {name!r} has {len(target[name])} loadings, for {factors} factors"
                )
        specified = sum(cell is not None for row in target.values() for cell in row)
        needed = factors * (factors - 1) // (1 if ROTATIONS[self.method].oblique else 2)
        if specified < needed:
            raise ValueError(
                f"rotation.target: {specified} loadings are specified, at least {needed} must be for "
                f"{factors} factors by {self.method}"
            )
