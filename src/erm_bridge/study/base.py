"""What every section of the study file is made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1)]
Names = tuple[Name, ...]


def _positive(value: float) -> float:
    if not 0 < value < float("inf"):
        raise ValueError(f"must be a number greater than 0, found {value}")
    return value


Positive = Annotated[float, AfterValidator(_positive)]


class Model(BaseModel):
    """Frozen, strict about types, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
