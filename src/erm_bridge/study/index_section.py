"""The section `index` of the study file: every key, its type and its default."""

import json
from typing import Annotated, Any, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from erm_bridge import options as opt
from erm_bridge.numerics.extraction import EXTRACTIONS, ITERATED, ITERATIONS, TOLERANCE
from erm_bridge.study.base import Model, Name, Names, Positive, Probability
from erm_bridge.study.correlation_method import Correlation
from erm_bridge.study.dimension_section import Dimension
from erm_bridge.study.labels import refuse_repeats
from erm_bridge.study.rotation import Rotation


class Convergence(Model):
    """Where the passes of `pa` and `alpha` end: communalities move by less, or there were so many."""

    tolerance: Positive = TOLERANCE
    iterations: Annotated[int, Field(ge=1)] = ITERATIONS


class Composite(Model):
    """The index as a weighted sum of factor scores: `scale * sum(weight_j * F_j)`.

    `weights`: shares of variance after rotation, shares of the first eigenvalues (before it), or 1 for each;
    `divide`: divided by their sum, so that they add up to 1.
    """

    weights: opt.CompositeWeights = "variance"
    divide: bool = False
    scale: Positive = 1.0
    anchor: Name | None = None


class Bootstrap(Model):
    """Resampling of rows: standard errors and percentile intervals of loadings, shares and phi."""

    replicates: Annotated[int, Field(ge=10, le=100_000)] = 1000
    conf_level: Probability = 0.95


class Sensitivity(Model):
    """What else the index could have been made by; all combinations are tried.

    An empty list stands for what the study itself asks for.
    """

    # Not strict: after a validator that runs before the others a list is no longer taken for a tuple.
    extraction: Annotated[tuple[opt.Extraction, ...], Field(strict=False)] = ()
    rotation: Annotated[tuple[Rotation, ...], Field(strict=False)] = ()
    weights: Annotated[tuple[opt.CompositeWeights, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _something_differs(self) -> "Sensitivity":
        refuse_repeats("extraction", self.extraction)
        refuse_repeats("rotation", tuple(rotation.method for rotation in self.rotation))
        refuse_repeats("weights", self.weights)
        if not (self.extraction or self.rotation or self.weights):
            raise ValueError("name at least one extraction, rotation or kind of weights")
        return self


class Reliability(Model):
    """Reliability of the items as a scale.

    `omega_factors`: how many group factors omega has; null: no omega. `conf_level`: of alpha's intervals.
    """

    omega_factors: Annotated[int, Field(ge=1)] | None = 3
    conf_level: Probability = 0.95

    def check_number_of_items(self, items: int) -> None:
        """Raise ValueError where the items do not determine so many group factors."""
        most = EXTRACTIONS["minres"].most_factors(items)
        if self.omega_factors is not None and self.omega_factors > most:
            raise ValueError(
                f"omega_factors: {self.omega_factors} group factors are not determined by {items} items; "
                f"at most {most} {'is' if most == 1 else 'are'}; null: no omega"
            )


class Index(Model):
    """Factor analysis of the items and the composite index made of its scores."""

    items: Annotated[Names, Field(min_length=3)]
    reverse: Names = ()
    correlation: Correlation = Correlation()
    extraction: opt.Extraction = "minres"
    convergence: Convergence | None = Field(default=None, validate_default=True)
    factors: Annotated[int, Field(ge=1)] | opt.FactorRule
    dimension: Annotated[Dimension | None, Field(validate_default=True)] = None
    rotation: Rotation = Rotation()
    scores: opt.ScoreMethod = "regression"
    composite: Composite = Composite()
    sensitivity: Sensitivity | None = None
    bootstrap: Bootstrap | None = None
    reliability: Reliability | None = None

    @field_validator("convergence")
    @classmethod
    def _convergence_is_for_what_iterates(
        cls, value: Convergence | None, info: ValidationInfo
    ) -> Convergence | None:
        """Give `pa` and `alpha` their defaults, so that `study.json` has them; refuse it elsewhere."""
        extraction = info.data.get("extraction")
        if extraction in ITERATED:
            return Convergence() if value is None else value
        if value is not None and extraction is not None:
            raise ValueError(
                f"only {' and '.join(ITERATED)} end by a rule, {extraction} by its minimum; leave it out"
            )
        return value

    @field_validator("factors", mode="before")
    @classmethod
    def _factors_is_a_number_or_a_rule(cls, value: Any) -> Any:
        rules, found = get_args(opt.FactorRule), json.dumps(value, default=str)
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        if not whole and value not in rules:
            raise ValueError(f"must be a whole number from 1, or {' or '.join(rules)}, found {found}")
        return value

    @field_validator("sensitivity", mode="before")
    @classmethod
    def _name_stands_for_own_rotation(cls, value: Any, info: ValidationInfo) -> Any:
        """Give the name of the study's own rotation its settings, such as the target that it needs."""
        own = info.data.get("rotation")
        names = value.get("rotation") if isinstance(value, dict) else None
        if own is None or not isinstance(names, list):
            return value
        return {**value, "rotation": [own.model_dump() if name == own.method else name for name in names]}

    @field_validator("dimension")
    @classmethod
    def _rule_has_its_method(cls, value: Dimension | None, given: ValidationInfo) -> Dimension | None:
        rule = given.data.get("factors")
        if rule != "parallel" and rule != "map":
            return value
        return Dimension(methods=(rule,)) if value is None else value.with_method(rule)

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
        if isinstance(self.factors, int):
            self.check_number_of_factors(self.factors)
        if self.reliability is not None:
            self.reliability.check_number_of_items(len(self.items))
        return self

    @model_validator(mode="after")
    def _components_are_exact(self) -> "Index":
        if self.extraction == "pca" and self.scores != "regression":
            raise ValueError(
                f"scores: {self.scores!r} estimates factors, but components are exact sums of the items; "
                "take regression, or another extraction than pca"
            )
        return self

    @model_validator(mode="after")
    def _rows_can_be_resampled(self) -> "Index":
        how = self.correlation
        if self.bootstrap is None:
            return self
        resamples = "bootstrap: resamples Pearson correlations of complete rows, not"
        if how.method != "pearson":
            raise ValueError(f"{resamples} {how.method} ones; leave it out, or ask for correlation: pearson")
        if how.missing != "refuse":
            raise ValueError(f"{resamples} missing: {how.missing}; drop incomplete rows first")
        return self

    def check_number_of_factors(self, factors: int) -> None:
        """Raise ValueError where the items do not determine so many factors, or the rotation fits others."""
        most = EXTRACTIONS[self.extraction].most_factors(len(self.items))
        if factors > most:
            raise ValueError(
                f"factors: {factors} factors are not determined by {len(self.items)} items; "
                f"at most {most} are"
            )
        self.rotation.check(self.items, factors)
        for rotation in self.sensitivity.rotation if self.sensitivity else ():
            try:
                rotation.check(self.items, factors)
            except ValueError as error:
                raise ValueError(f"sensitivity: {error}") from None
