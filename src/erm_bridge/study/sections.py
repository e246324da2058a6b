"""The sections of the study file but `index`: every key, its type and its default."""

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from erm_bridge import options as opt
from erm_bridge.study.base import Model, Name, Names, Positive, Probability
from erm_bridge.study.labels import INTERCEPT, refuse_repeats


class Difference(Model):
    """Group means of the outcome by the treatment and by every column named in `by`."""

    by: Names = ()
    outcome: Name | None = None

    @model_validator(mode="after")
    def _no_repeats(self) -> "Difference":
        refuse_repeats("by", self.by)
        return self


class Selection(Model):
    """Stepwise selection of the candidates: p values at which one enters and at which one leaves."""

    rule: opt.SelectionRule
    enter: Probability = 0.05
    remove: Probability = 0.10

    @model_validator(mode="after")
    def _what_enters_may_stay(self) -> "Selection":
        if self.enter >= self.remove:
            raise ValueError(
                f"enter: {self.enter} must be smaller than remove ({self.remove}); otherwise what enters "
                "would leave again"
            )
        return self


class Regression(Model):
    """Ordinary least squares of the outcome on `keep` and on the candidates, all or the selected ones."""

    keep: Names = ()
    candidates: Names = ()
    selection: Selection | None = None
    std_error: Annotated[tuple[opt.RegressionError, ...], Field(min_length=1)] = ("classical",)
    outcome: Name | None = None

    @property
    def terms(self) -> Names:
        """All columns that may be in the model, in order."""
        return self.keep + self.candidates

    @model_validator(mode="after")
    def _some_terms(self) -> "Regression":
        if not self.terms:
            raise ValueError("name at least one column in keep or candidates")
        refuse_repeats("keep and candidates", self.terms)
        if INTERCEPT in self.terms:
            raise ValueError(f"the name {INTERCEPT!r} is taken in the results; rename the column")
        refuse_repeats("std_error", self.std_error)
        if self.selection is not None and not self.candidates:
            raise ValueError("selection: there are no candidates to select from; name some or remove it")
        return self


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
        if self.exact:
            raise ValueError("exact: exact matching is not available; leave the list empty")
        return self


class Effect(Model):
    """Effect of the treatment on the outcome, unmatched and matched side by side.

    `tie_orders`: in how many random orders of the rows the matching is repeated, to see what ties do.
    """

    std_error: Annotated[tuple[opt.StandardError, ...], Field(min_length=1)] = ("psmatch2",)
    conf_level: Probability = 0.95
    tie_orders: Annotated[int, Field(ge=0, le=10_000)] = 0
    outcome: Name | None = None

    @model_validator(mode="after")
    def _no_repeats(self) -> "Effect":
        refuse_repeats("std_error", self.std_error)
        return self
