"""The key `index.dimension`: by which methods the number of factors is looked for."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from erm_bridge import options as opt
from erm_bridge.study.base import Model, Probability
from erm_bridge.study.labels import refuse_repeats

# Which eigenvalues decide about factors, if several kinds are compared.
_FOR_FACTORS: tuple[opt.EigenvalueKind, ...] = ("factors", "factors_smc", "components")
_FOR_COMPONENTS: tuple[opt.EigenvalueKind, ...] = ("components", "factors", "factors_smc")


class Dimension(Model):
    """Methods that suggest a number of factors; a bare name or list stands for `{methods: ...}`.

    `replicates`, `quantile` and `of` belong to parallel analysis; `most` is the largest number that average
    partials (map) and very simple structure (vss) try.
    """

    methods: Annotated[tuple[opt.DimensionMethod, ...], Field(min_length=1)] = ("parallel", "map", "vss")
    replicates: Annotated[int, Field(ge=2, le=100_000)] = 100
    quantile: Probability = 0.95
    of: Annotated[tuple[opt.EigenvalueKind, ...], Field(min_length=1)] = ("components", "factors")
    most: Annotated[int, Field(ge=1)] = 8

    @model_validator(mode="before")
    @classmethod
    def _names_alone(cls, value: Any) -> Any:
        if isinstance(value, str | list | tuple):
            value = {"methods": value}
        if not isinstance(value, dict):
            return value
        return {key: _as_tuple(found) if key in ("methods", "of") else found for key, found in value.items()}

    @model_validator(mode="after")
    def _no_repeats(self) -> "Dimension":
        refuse_repeats("methods", self.methods)
        refuse_repeats("of", self.of)
        return self

    def kind_for(self, extraction: opt.Extraction) -> opt.EigenvalueKind:
        """Name the eigenvalues by which parallel analysis decides how many factors to extract."""
        preferred = _FOR_COMPONENTS if extraction == "pca" else _FOR_FACTORS
        return next(kind for kind in preferred if kind in self.of)

    def with_method(self, method: opt.DimensionMethod) -> "Dimension":
        """Add a method if it is not listed."""
        if method in self.methods:
            return self
        return self.model_copy(update={"methods": (*self.methods, method)})


def _as_tuple(value: Any) -> Any:
    """Take a name alone for a list of one; a strict model takes tuples."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value
