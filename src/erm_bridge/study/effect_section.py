"""The section `effect` of the study file: every key, its type and its default."""

from typing import Annotated

from pydantic import Field, model_validator

from erm_bridge import options as opt
from erm_bridge.study.base import Model, Name, Probability
from erm_bridge.study.labels import refuse_repeats


class Effect(Model):
    """Effect of the treatment on the outcome, unmatched and matched side by side.

    `tie_orders`: in how many random orders of the rows the matching is repeated, to see what ties do.
    `tie_envelope`: whether the exact bounds over every choice among ties are given; with replacement only.
    """

    std_error: Annotated[tuple[opt.StandardError, ...], Field(min_length=1)] = ("psmatch2",)
    conf_level: Probability = 0.95
    tie_orders: Annotated[int, Field(ge=0, le=10_000)] = 0
    tie_envelope: bool = False
    outcome: Name | None = None

    @model_validator(mode="after")
    def _no_repeats(self) -> "Effect":
        refuse_repeats("std_error", self.std_error)
        return self
