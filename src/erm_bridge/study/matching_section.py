"""The section `matching` of the study file: every key, its type and its default."""

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from erm_bridge import options as opt
from erm_bridge.study.base import Model, Name, Names, Positive
from erm_bridge.study.labels import INTERCEPT, refuse_repeats


class Treatment(Model):
    """The column that says who is treated, and the value that means treated."""

    column: Name
    treated: int | str | bool = 1

    @field_validator("treated", mode="before")
    @classmethod
    def _treated_is_one_value(cls, value: Any) -> Any:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if not isinstance(value, int | str):
            raise ValueError(f"must be a whole number, text, true or false, found {value}")
        return value


class Distance(Model):
    """How the distance is made: a propensity score, rounded to `digits` decimals (null: not rounded)."""

    method: opt.DistanceMethod = "glm"
    link: opt.Link = "logit"
    digits: Annotated[int, Field(ge=1, le=15)] | None = 10


class Caliper(Model):
    """Largest distance allowed in a pair: `raw` in units of the score, `sd` in its standard deviations."""

    value: Positive
    unit: opt.CaliperUnit = "raw"


class Matching(Model):
    """Nearest-neighbour matching of treated units with controls on a propensity score."""

    treatment: Treatment
    covariates: Annotated[Names, Field(min_length=1)]
    method: opt.MatchingMethod = "nearest"
    distance: Distance = Distance()
    ratio: Annotated[int, Field(ge=1)] = 1
    replace: bool = False
    order: opt.MatchingOrder = "largest"
    caliper: Caliper | None = None
    exact: Names = ()
    estimand: opt.Estimand = "ATT"

    @field_validator("caliper", mode="before")
    @classmethod
    def _one_caliper(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            raise ValueError("calipers on columns are not available; give one mapping with value and unit")
        return value

    @model_validator(mode="after")
    def _names_fit(self) -> "Matching":
        refuse_repeats("covariates", self.covariates)
        if self.treatment.column in self.covariates:
            raise ValueError(f"covariates: {self.treatment.column!r} is the treatment; remove it")
        for reserved in (INTERCEPT, "(distance)"):
            if reserved in self.covariates:
                raise ValueError(
                    f"covariates: the name {reserved!r} is taken in the results; rename the column"
                )
        if self.estimand != "ATT":
            raise ValueError(f"estimand: {self.estimand} is not available; choose ATT")
        if self.exact:
            raise ValueError("exact: exact matching is not available; leave the list empty")
        return self
