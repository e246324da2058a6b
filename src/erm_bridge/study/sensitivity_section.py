"""The key `effect.sensitivity` of the study file: what hidden bias could do to the effect."""

from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator, model_validator

from erm_bridge.study.base import Model, Names
from erm_bridge.study.labels import refuse_repeats
from erm_bridge.study.matching_section import Matching

# Methods that make pairs, whatever their settings.
IN_PAIRS = ("nearest", "optimal")


def _gamma(value: float) -> float:
    if not 1 <= value <= 1e6:
        raise ValueError(f"must lie between 1 (no hidden bias) and 1,000,000, found {value:g}")
    return value


class EffectSensitivity(Model):
    """What bias by something unobserved could do to the effect.

    `rosenbaum`: factors gamma by which the odds of treatment of two units of a pair may differ. `e_value`:
    whether the E-value is computed. `placebo`: columns on which the treatment can have no effect, each taken
    for an outcome.
    """

    rosenbaum: tuple[Annotated[float, AfterValidator(_gamma)], ...] = ()
    e_value: bool = False
    placebo: Names = ()

    @model_validator(mode="after")
    def _something_is_asked(self) -> "EffectSensitivity":
        if not (self.rosenbaum or self.e_value or self.placebo):
            raise ValueError("asks for nothing; give rosenbaum, e_value or placebo, or remove it")
        refuse_repeats("rosenbaum", [f"{gamma:g}" for gamma in self.rosenbaum])
        refuse_repeats("placebo", self.placebo)
        return self

    def check(self, matching: Matching, outcome: str | None, items: Collection[str]) -> None:
        """Raise ValueError where it does not fit the match, the outcome (None: the index) or its items."""
        found = _no_pairs(matching)
        if self.rosenbaum and found:
            raise ValueError(f"sensitivity.rosenbaum: {PAIRS_ONLY}; found {found}")
        taken = {matching.treatment.column: "the treatment"}
        taken |= dict.fromkeys(matching.covariates, "a covariate of the match, so balanced by it")
        taken |= dict.fromkeys(items, "an item of the index that is the outcome")
        taken |= {} if outcome is None else {outcome: "the outcome"}
        for name in self.placebo:
            if name in taken:
                raise ValueError(f"sensitivity.placebo: {name!r} is {taken[name]}; name other columns")


def _no_pairs(matching: Matching) -> str:
    """Say what makes a match one without pairs; empty if it has them."""
    method = matching.method
    if method.method not in IN_PAIRS and not method.k2k:
        return f"method: {method.method}"
    if matching.replace:
        return "replace: true"
    if matching.survey_weights is not None:
        return "survey_weights"
    return "" if matching.ratio == 1 else f"ratio: {matching.ratio}"


PAIRS_ONLY = (
    "bounds are those of pairs: one control for each treated unit and none twice (ratio: 1, replace: false); "
    "with a control in several pairs these are not independent, and pairs that count differently have none"
)
