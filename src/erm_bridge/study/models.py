"""The study file as typed, frozen models: every key, its type and its default.

A key that is not listed here or in one of the modules of the sections is refused; option values are listed
in `erm_bridge.options`.
"""

import codecs
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from erm_bridge import options as opt
from erm_bridge.study.base import Model, Name, Names
from erm_bridge.study.correlation_method import Correlation
from erm_bridge.study.dimension_section import Dimension
from erm_bridge.study.effect_errors import check_effect
from erm_bridge.study.effect_section import Effect
from erm_bridge.study.effect_ties import check_ties
from erm_bridge.study.index_section import Bootstrap, Composite, Index, Sensitivity
from erm_bridge.study.labels import as_label
from erm_bridge.study.matching_method import MatchingMethod
from erm_bridge.study.matching_section import Balance, Caliper, Distance, Matching, Treatment
from erm_bridge.study.rotation import Rotation
from erm_bridge.study.sections import Difference, Regression, Selection
from erm_bridge.study.sensitivity_section import EffectSensitivity

__all__ = [
    "Balance",
    "Bootstrap",
    "Caliper",
    "CohortStep",
    "Composite",
    "Correlation",
    "DataSource",
    "Difference",
    "Dimension",
    "Distance",
    "Effect",
    "EffectSensitivity",
    "Index",
    "Matching",
    "MatchingMethod",
    "Name",
    "Names",
    "Regression",
    "Rotation",
    "Selection",
    "Sensitivity",
    "Study",
    "Treatment",
    "Variable",
]


class DataSource(Model):
    """Where the table comes from: a file beside the study, `r:package::name` or `simulate:survey`.

    `encoding` is that of the texts in a file that does not state it.
    """

    source: Name
    encoding: Name | None = None
    rows: Annotated[int, Field(ge=1)] | None = None

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, value: str | None) -> str | None:
        try:
            return value if value is None else codecs.lookup(value).name
        except LookupError:
            raise ValueError(f"no encoding {value!r}; such as utf-8, gb18030, windows-1252") from None

    @model_validator(mode="after")
    def _keys_fit_the_source(self) -> "DataSource":
        if self.rows is not None and not self.source.startswith("simulate:"):
            raise ValueError("rows: only a simulated survey has as many rows as one asks for; remove it")
        return self


class Variable(Model):
    """What a column holds; all but `labels` belongs to categories.

    `codes` maps what stands in the data to the name of a level, None: missing. `labels` says what levels
    that are codes mean; it is shown in the report and never used as a value. A `type` of None is that of
    the data; in a resolved study every type is known.
    """

    type: opt.VariableType | None = None
    levels: Names | None = None
    reference: Name | None = None
    codes: dict[Name, Name | None] | None = None
    labels: dict[Name, Name] | None = None

    @model_validator(mode="before")
    @classmethod
    def _levels_make_a_category(cls, data: Any) -> Any:
        if isinstance(data, dict) and any(data.get(key) for key in ("codes", "levels", "reference")):
            return {**data, "type": data.get("type") or "category"}
        return data

    @field_validator("codes", mode="before")
    @classmethod
    def _codes_as_text(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {code: level if level is None else as_label(level) for code, level in value.items()}

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
        listed = self.listed
        if self.codes is not None and not set(self.codes.values()) - {None}:
            raise ValueError("codes: no code has a level")
        if self.reference is not None and listed is not None and self.reference not in listed:
            raise ValueError(f"reference: {self.reference!r} is not among the levels {list(listed)}")
        return self

    @property
    def listed(self) -> Names | None:
        """Levels in order: those given, else those of the codes by first mention; None: those of the data."""
        if self.levels is not None or self.codes is None:
            return self.levels
        return tuple(dict.fromkeys(level for level in self.codes.values() if level is not None))


class CohortStep(Model):
    """One rule of the cohort: rows for which the expression `keep` is true stay."""

    name: Name
    keep: Name


class Study(Model):
    """One observational study: data, cohort and the five stages.

    An `outcome` that is None means the index. `variables` of a study as read hold what the user
    declared; after the cohort is made they describe every analysis column.
    """

    study: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    title: str | None = None
    notes: Names = ()
    data: DataSource
    id: Name | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    variables: dict[Name, Variable] = Field(default_factory=dict)
    derive: dict[Name, Name] = Field(default_factory=dict)
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
        if self.effect is not None and self.matching is not None:
            self._effect_fits_the_match(self.effect, self.matching)
        for stage in ("difference", "regression", "effect"):
            section = getattr(self, stage)
            if section is not None and section.outcome is None and self.index is None:
                raise ValueError("outcome: a study without a section index must name its outcome")
        return self

    def _effect_fits_the_match(self, effect: Effect, matching: Matching) -> None:
        items = self.index.items if self.index is not None and effect.outcome is None else ()
        try:
            check_effect(effect, matching)
            check_ties(effect, matching)
            if effect.sensitivity is not None:
                effect.sensitivity.check(matching, effect.outcome, items)
        except ValueError as error:
            raise ValueError(f"effect.{error}") from None

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
