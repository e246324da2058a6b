"""What every section of the study file is made of."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

# What names a column, a level or a step stands in cells of the run's tables, a column and a level together
# in one; the CSV readers of Python take at most 131,072 characters in a cell.
LONGEST_NAME = 50_000

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Names = tuple[Name, ...]


def _positive(value: float) -> float:
    if not 0 < value < float("inf"):
        raise ValueError(f"must be a number greater than 0, found {value}")
    return value


def _within_0_and_1(value: float) -> float:
    if not 0 < value < 1:
        raise ValueError(f"must lie between 0 and 1, found {value}")
    return value


Positive = Annotated[float, AfterValidator(_positive)]
Probability = Annotated[float, AfterValidator(_within_0_and_1)]


class Model(BaseModel):
    """Frozen, strict about types, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Method(Model):
    """A method with its settings; in the study file its bare name stands for `{method: name}`."""

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"method": value} if isinstance(value, str) else value
