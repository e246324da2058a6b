"""The key `matching.method` of the study file: a method and the settings that belong to it."""

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from erm_bridge import options as opt
from erm_bridge.numerics.matching.coarsened import BIN_RULES
from erm_bridge.study.base import Method, Name, Positive
from erm_bridge.study.labels import refuse_repeats

# What each method knows, with its usual value.
SETTINGS: dict[str, dict[str, Any]] = {
    "nearest": {},
    "exact": {},
    "coarsened_exact": {"cutpoints": {}, "grouping": {}, "k2k": False},
    "subclassification": {"subclasses": 6, "min_n": 1},
    "optimal": {},
    "full": {"omit_fraction": 0.0},
    "generalised_full": {},
    "cardinality": {"tolerance": 0.05, "standardised": True, "free_ratio": False, "time_limit": 60.0},
    "radius": {"radius": None},
    "kernel": {"kernel": "epanechnikov", "bandwidth": 0.06},
    "local_linear": {"kernel": "tricube", "bandwidth": 0.06},
}
# Of coarsened exact matching in pairs; the power belongs to one distance.
_K2K = {"pair_distance": "mahalanobis", "pair_order": "data"}
_POWER = {"power": 2.0}
# Everyone nearby is a partner, by weight: there are no pairs.
SMOOTHING = ("radius", "kernel", "local_linear")
# Everyone gets partners of their own, `ratio` of them.
PAIRS = ("nearest", "optimal")
STRATA = ("exact", "coarsened_exact")
# Methods that need a score, and others that need none.
ON_A_SCORE = ("subclassification", *SMOOTHING)
WITHOUT_SCORE = (*STRATA, "cardinality")
# Distances among which MatchIt lets controls choose, and in other orders than that of the data.
_OWN_DISTANCES = ("mahalanobis", "robust_mahalanobis", "euclidean", "scaled_euclidean", "none")


def _cuts(value: Any) -> str | int | tuple[float, ...]:
    """Check how a column is cut."""
    if isinstance(value, str) and (value in BIN_RULES or re.fullmatch("q[1-9][0-9]{0,2}", value)):
        if value != "q1":
            return value
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000:
        return value
    elif isinstance(value, list | tuple) and value and all(_is_finite(cut) for cut in value):
        return tuple(sorted({float(cut) for cut in value}))
    raise ValueError(
        f"must be one of {', '.join(BIN_RULES)}, quantiles such as q5, a whole number of bins (0: every "
        f"value its own) or a list of the numbers to cut at, found {value!r:.60}"
    )


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _shares(value: Any) -> int | tuple[float, ...]:
    """Check how many subclasses there are, or where they part."""
    if isinstance(value, int) and not isinstance(value, bool) and 2 <= value <= 10_000:
        return value
    if isinstance(value, list | tuple) and value and all(_is_finite(share) for share in value):
        inner = tuple(sorted({float(share) for share in value} - {0.0, 1.0}))
        if inner and inner[0] > 0 and inner[-1] < 1:
            return inner
    raise ValueError(
        "must be a whole number from 2, or a list of shares between 0 and 1 at which the subclasses part, "
        f"found {value!r:.60}"
    )


# Not strict: after a validator that runs before the others a list is no longer taken for a tuple.
Levels = Annotated[tuple[Name, ...], Field(min_length=2, strict=False)]
Groups = Annotated[tuple[Levels, ...], Field(min_length=1, strict=False)]
Cuts = Annotated[Any, AfterValidator(_cuts)]
Shares = Annotated[Any, AfterValidator(_shares)]


class MatchingMethod(Method):
    """How units are matched; a bare name stands for `{method: name}`.

    A key that does not belong to the method is refused; one that does and is absent or null gets its usual
    value.
    """

    method: opt.MatchingMethod = "nearest"
    cutpoints: dict[Name, Cuts] | None = None
    grouping: dict[Name, Groups] | None = None
    k2k: bool | None = None
    pair_distance: opt.PairDistance | None = None
    pair_order: opt.PairOrder | None = None
    power: Positive | None = None
    subclasses: Shares | None = None
    min_n: Annotated[int, Field(ge=0)] | None = None
    omit_fraction: Annotated[float, Field(ge=0, lt=1)] | None = None
    tolerance: Positive | None = None
    standardised: bool | None = None
    free_ratio: bool | None = None
    time_limit: Positive | None = None
    radius: Positive | None = None
    kernel: opt.Kernel | None = None
    bandwidth: Positive | None = None

    @model_validator(mode="before")
    @classmethod
    def _keys_belong_to_the_method(cls, value: Any) -> Any:
        value = {"method": value} if isinstance(value, str) else value
        name = value.get("method", "nearest") if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in SETTINGS:
            return value
        given = {key: item for key, item in value.items() if item is not None}
        usual = _settings(name, given)
        for key in cls.model_fields.keys() & given.keys() - {"method", *usual}:
            raise ValueError(f"{key}: does not belong to {_called(name, given)}; remove it")
        return {**usual, **given}

    @model_validator(mode="after")
    def _radius_is_given(self) -> "MatchingMethod":
        if self.method == "radius" and self.radius is None:
            raise ValueError("radius: give the largest distance of a partner, in units of the score")
        return self

    @model_validator(mode="after")
    def _groups_are_apart(self) -> "MatchingMethod":
        for column, groups in (self.grouping or {}).items():
            refuse_repeats(f"grouping.{column}", [level for group in groups for level in group])
        if self.pair_distance == "none" and self.pair_order != "data":
            raise ValueError(f"pair_order: without a distance nobody is {self.pair_order}; choose data")
        return self

    def check(self, section: Mapping[str, Any], usual: Mapping[str, Any], covariates: Sequence[str]) -> None:
        """Raise ValueError where the method takes no notice of a key of the section, or cannot work with it.

        Parameters
        ----------
        section, usual : mapping
            The keys of the section and their defaults.
        covariates : sequence of str
        """
        for key in _UNUSED.get(self.method, ()):
            if key in section and section[key] != usual[key]:
                raise ValueError(f"{key}: plays no part in {self.method}; remove it")
        if self.method in ON_A_SCORE and section["distance"].method != "glm":
            raise ValueError(f"distance.method: {self.method} needs a score; choose glm")
        for key in ("cutpoints", "grouping"):
            for column in getattr(self, key) or ():
                if column not in covariates:
                    raise ValueError(f"method.{key}: {column!r} is not among the covariates")
        if self.method == "optimal" and section["estimand"] == "ATE":
            raise ValueError("estimand: pairs are made for ATT or ATC; choose one, or the method full")
        if self.method in SMOOTHING and section["estimand"] == "ATE":
            raise ValueError(f"estimand: ATE is not available for {self.method}; choose ATT or ATC")
        if self.k2k and section["estimand"] == "ATC":
            self._check_controls_choose()

    def _check_controls_choose(self) -> None:
        if self.pair_order != "data":
            raise ValueError(f"method.pair_order: {self.pair_order} is not available for ATC; choose data")
        if self.pair_distance not in _OWN_DISTANCES:
            raise ValueError(
                f"method.pair_distance: {self.pair_distance} is not available for ATC; choose from: "
                f"{', '.join(_OWN_DISTANCES)}"
            )


_PAIR_KEYS = (
    *("ratio", "replace", "order", "caliper", "exact", "antiexact", "unit_id", "mahvars", "ties"),
    *("reuse_max", "min_controls", "max_controls"),
)
_MODEL_KEYS = ("discard", "reestimate", "survey_weights")
_SCORE_KEYS = ("distance", *_MODEL_KEYS)
_TURNS = ("replace", "order", "unit_id", "ties", "reuse_max")
_VARIABLE = ("min_controls", "max_controls")
_UNUSED = {name: (*_PAIR_KEYS, *_SCORE_KEYS) for name in STRATA} | {
    "subclassification": (*_PAIR_KEYS, *_MODEL_KEYS),
    "optimal": (*_TURNS, *_MODEL_KEYS),
    "full": ("ratio", *_TURNS, *_MODEL_KEYS),
    "generalised_full": ("ratio", "antiexact", *_VARIABLE, *_TURNS, *_MODEL_KEYS),
    "cardinality": ("caliper", "antiexact", "mahvars", *_VARIABLE, *_TURNS, *_SCORE_KEYS),
    **{name: (*_PAIR_KEYS, *_MODEL_KEYS) for name in SMOOTHING},
}


def _settings(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """List the settings of a method with their usual values."""
    settings = dict(SETTINGS[name])
    if name == "coarsened_exact" and given.get("k2k"):
        settings |= _K2K
        if given.get("pair_distance") == "minkowski":
            settings |= _POWER
    return settings


def _called(name: str, given: Mapping[str, Any]) -> str:
    if name != "coarsened_exact":
        return name
    return (
        f"{name} with {given.get('pair_distance', _K2K['pair_distance'])}"
        if given.get("k2k")
        else (f"{name} without k2k")
    )
