"""The study file as typed, frozen models: every key, its type and its default.

A key that is not listed here is refused; option values are listed in `erm_bridge.options`.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from erm_bridge import options as opt
from erm_bridge.numerics.extraction import most_factors
from erm_bridge.study.labels import as_label, refuse_repeats

Name = Annotated[str, Field(min_length=1)]
Names = tuple[Name, ...]


class Model(BaseModel):
    """Frozen, strict about types, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DataSource(Model):
    """Where the table comes from: a file beside the study, `r:package::name` or `simulate:survey`."""

    source: Name
    rows: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _rows_are_simulated(self) -> "DataSource":
        if self.rows is not None and not self.source.startswith("simulate:"):
            raise ValueError("rows: only a simulated survey has as many rows as one asks for")
        return self


class Variable(Model):
    """What a column holds; `levels` and `reference` belong to categories."""

    type: opt.VariableType
    levels: Names | None = None
    reference: Name | None = None

    @field_validator("levels", mode="before")
    @classmethod
    def _levels_as_text(cls, value: Any) -> Any:
        return tuple(as_label(level) for level in value) if isinstance(value, list | tuple) else value

    @field_validator("reference", mode="before")
    @classmethod
    def _reference_as_text(cls, value: Any) -> Any:
        return value if value is None else as_label(value)

    @model_validator(mode="after")
    def _reference_is_a_level(self) -> "Variable":
        if self.levels is not None and len(set(self.levels)) < len(self.levels):
            raise ValueError("levels: a level is listed twice")
        if self.reference is not None and self.levels is not None and self.reference not in self.levels:
            raise ValueError(f"reference: {self.reference!r} is not among the levels {list(self.levels)}")
        return self


class CohortStep(Model):
    """One rule of the cohort: rows for which the expression `keep` is true stay."""

    name: Name
    keep: Name


class Composite(Model):
    """The index as a weighted sum of factor scores: `scale * sum(weight_j * F_j)`, not divided."""

    weights: opt.CompositeWeights = "variance"
    scale: float = 1.0
    anchor: Name | None = None

    @field_validator("scale")
    @classmethod
    def _scale_is_positive(cls, value: float) -> float:
        if not 0 < value < float("inf"):
            raise ValueError(f"must be a number greater than 0, found {value}")
        return value


class Index(Model):
    """Factor analysis of the items and the composite index made of its scores."""

    items: Annotated[Names, Field(min_length=3)]
    reverse: Names = ()
    correlation: opt.Correlation = "pearson"
    extraction: opt.Extraction = "minres"
    factors: Annotated[int, Field(ge=1)]
    rotation: opt.Rotation = "varimax"
    scores: opt.ScoreMethod = "regression"
    composite: Composite = Composite()

    @model_validator(mode="after")
    def _names_are_items(self) -> "Index":
        refuse_repeats("items", self.items)
        refuse_repeats("reverse", self.reverse)
        if "all" in self.items:
            raise ValueError(
                "items: the name 'all' stands for the whole scale in the results; rename the column"
            )
        for name in self.reverse:
            if name not in self.items:
                raise ValueError(f"reverse: {name!r} is not among the items")
        if self.composite.anchor is not None and self.composite.anchor not in self.items:
            raise ValueError(f"composite.anchor: {self.composite.anchor!r} is not among the items")
        most = most_factors(len(self.items))
        if self.factors > most:
            raise ValueError(
                f"factors: {self.factors} factors are not determined by {len(self.items)} items; "
                f"at most {most} are"
            )
        return self


class Difference(Model):
    """Group means of the outcome by the treatment and by every column named in `by`."""

    by: Names = ()
    outcome: Name | None = None

    @model_validator(mode="after")
    def _no_repeats(self) -> "Difference":
        refuse_repeats("by", self.by)
        return self


class Regression(Model):
    """Ordinary least squares of the outcome on `keep` and `candidates`, in that order."""

    keep: Names = ()
    candidates: Names = ()
    outcome: Name | None = None

    @property
    def terms(self) -> Names:
        """All columns of the model, in order."""
        return self.keep + self.candidates

    @model_validator(mode="after")
    def _some_terms(self) -> "Regression":
        if not self.terms:
            raise ValueError("name at least one column in keep or candidates")
        refuse_repeats("keep and candidates", self.terms)
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
    """Largest distance allowed within a pair, in units of the score."""

    value: float
    unit: opt.CaliperUnit = "raw"

    @field_validator("value")
    @classmethod
    def _value_is_positive(cls, value: float) -> float:
        if not 0 < value < float("inf"):
            raise ValueError(f"must be a number greater than 0, found {value}")
        return value


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
        for reserved in ("(Intercept)", "(distance)"):
            if reserved in self.covariates:
                raise ValueError(
                    f"covariates: the name {reserved!r} is taken in the results; rename the column"
                )
        if self.exact:
            raise ValueError("exact: exact matching is not available; leave the list empty")
        return self


class Effect(Model):
    """Effect of the treatment on the outcome, unmatched and matched side by side."""

    std_error: Annotated[tuple[opt.StandardError, ...], Field(min_length=1)] = ("psmatch2",)
    conf_level: float = 0.95
    outcome: Name | None = None

    @field_validator("conf_level")
    @classmethod
    def _level_is_a_probability(cls, value: float) -> float:
        if not 0 < value < 1:
            raise ValueError(f"must lie between 0 and 1, found {value}")
        return value

    @model_validator(mode="after")
    def _no_repeats(self) -> "Effect":
        refuse_repeats("std_error", self.std_error)
        return self


class Study(Model):
    """One observational study: data, cohort and the five stages.

    An `outcome` that is None means the index. `variables` of a study as read hold what the user
    declared; after the cohort is made they describe every analysis column.
    """

    study: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    title: str | None = None
    data: DataSource
    id: Name | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    variables: dict[Name, Variable] = {}
    derive: dict[Name, Name] = {}
    cohort: tuple[CohortStep, ...] = ()
    missing: opt.MissingRule = "complete"
    outcome: Name | None = None
    index: Index | None = None
    difference: Difference = Difference()
    regression: Regression | None = None
    matching: Matching | None = None
    effect: Effect | None = None

    @model_validator(mode="after")
    def _sections_fit_together(self) -> "Study":
        if self.effect is not None and self.matching is None:
            raise ValueError("effect: needs a section matching")
        for stage in ("difference", "regression", "effect"):
            section = getattr(self, stage)
            if section is not None and section.outcome is None and self.index is None:
                raise ValueError("outcome: a study without a section index must name its outcome")
        return self

    def has(self, stage: opt.StageName) -> bool:
        """Tell whether the study asks for the stage."""
        return getattr(self, stage) is not None

    def uses_index(self, stage: opt.StageName) -> bool:
        """Tell whether the outcome of the stage is the index."""
        section = getattr(self, stage)
        return (
            stage in ("difference", "regression", "effect")
            and section is not None
            and section.outcome is None
        )

    @property
    def groups(self) -> Names:
        """Columns by which the difference stage forms groups: the treatment first."""
        first = () if self.matching is None else (self.matching.treatment.column,)
        return first + tuple(name for name in self.difference.by if name not in first)

    def to_json(self) -> str:
        """Write the study with every default filled in: what R and other tools read."""
        return self.model_dump_json(indent=2) + "\n"
