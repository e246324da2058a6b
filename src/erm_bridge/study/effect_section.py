"""The section `effect` of the study file: every key, its type and its default."""

from typing import Annotated

from pydantic import Field, model_validator

from erm_bridge import options as opt
from erm_bridge.study.base import Model, Name, Names, Probability
from erm_bridge.study.labels import refuse_repeats
from erm_bridge.study.sensitivity_section import EffectSensitivity

# Kinds of standard error that a regression on covariates has as well.
OF_REGRESSION = ("HC0", "HC1", "HC2", "HC3", "pair", "unit", "pair_and_unit", "subclass")


class EffectBootstrap(Model):
    """Samples of matched sets, for the kind `bootstrap` of standard error."""

    replicates: Annotated[int, Field(ge=2, le=100_000)] = 1000


class Effect(Model):
    """Effect of the treatment on the outcome, unmatched and matched side by side.

    Weights of a survey (`matching.survey_weights`) multiply those of the match.

    `adjust`: columns of a regression in the matched sample, for a third row beside the two. `neighbours`:
    from how many units of the same group a variance is estimated by the kinds `abadie_imbens` and
    `abadie_imbens_score`. `tie_orders`: in how many random orders of the rows the matching is repeated, to
    see what ties do. `tie_envelope`: whether the exact bounds over every choice among ties are given; with
    replacement only. `sensitivity`: what bias by something unobserved could do to the effect.
    """

    std_error: Annotated[tuple[opt.StandardError, ...], Field(min_length=1)] = ("psmatch2",)
    conf_level: Probability = 0.95
    adjust: Names = ()
    neighbours: Annotated[int, Field(ge=1, le=1000)] = 1
    bootstrap: EffectBootstrap = EffectBootstrap()
    tie_orders: Annotated[int, Field(ge=0, le=10_000)] = 0
    tie_envelope: bool = False
    outcome: Name | None = None
    sensitivity: EffectSensitivity | None = None

    @property
    def adjusted_errors(self) -> tuple[opt.StandardError, ...]:
        """Kinds of standard error of the adjusted row."""
        return tuple(kind for kind in self.std_error if self.adjust and kind in OF_REGRESSION)

    @model_validator(mode="after")
    def _no_repeats(self) -> "Effect":
        refuse_repeats("std_error", self.std_error)
        refuse_repeats("adjust", self.adjust)
        return self

    @model_validator(mode="after")
    def _adjusted_with_an_error(self) -> "Effect":
        if self.adjust and not self.adjusted_errors:
            raise ValueError(
                f"adjust: std_error has {', '.join(self.std_error)}, which no regression has; add one of "
                f"{', '.join(OF_REGRESSION)}"
            )
        return self
