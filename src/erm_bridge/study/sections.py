"""The sections `difference` and `regression` of the study file: every key, its type and its default."""

from typing import Annotated

from pydantic import Field, model_validator

from erm_bridge import options as opt
from erm_bridge.study.base import Model, Name, Names, Probability
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
