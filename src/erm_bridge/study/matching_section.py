"""The section `matching` of the study file: every key, its type and its default."""

from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator, model_validator

from erm_bridge import options as opt
from erm_bridge.study.base import Model, Name, Names, Positive
from erm_bridge.study.labels import DISTANCE, INTERCEPT, PROGNOSIS, refuse_repeats
from erm_bridge.study.matching_method import PAIRS, WITHOUT_SCORE, MatchingMethod
from erm_bridge.study.without_scores import default_order, refuse_scores


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
    """How the distance is made: by a propensity score (`glm`) or in all covariates at once.

    `link`: that of the propensity model. `linear`: match on the linear predictor, not on the probability.
    `digits`: decimals to which the scores, or the coordinates of another distance, are rounded, so that
    equal units are equal in both engines (null: not rounded).
    """

    method: opt.DistanceMethod = "glm"
    link: opt.Link = "logit"
    linear: bool = False
    digits: Annotated[int, Field(ge=1, le=15)] | None = 10

    @model_validator(mode="after")
    def _only_a_model_has_a_link(self) -> "Distance":
        if self.method != "glm" and (self.link != "logit" or self.linear):
            key = "linear" if self.linear else "link"
            raise ValueError(f"{key}: the method {self.method} has no model; remove it or choose glm")
        return self


def _not_zero(value: float) -> float:
    if not 0 < abs(value) < float("inf"):
        raise ValueError(f"must be a number other than 0, found {value}")
    return value


class Caliper(Model):
    """How far apart the units of a pair may be in the score, or in the column `on`.

    `value`: the largest difference allowed; below 0: they must differ by more than that. `unit`: `raw` in
    units of the score or the column, `sd` in standard deviations of all rows that can be matched.
    """

    value: Annotated[float, AfterValidator(_not_zero)]
    unit: opt.CaliperUnit = "raw"
    on: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _says_its_unit(cls, value: Any) -> Any:
        if isinstance(value, int | float | str):
            raise ValueError(f"give a mapping such as {{value: 0.02, unit: raw}}, found {value!r:.60}")
        return value


def _form(value: Any) -> str:
    return "[list]" if isinstance(value, list | tuple) else "[one]"


Calipers = Annotated[
    Annotated[Caliper, Tag("[one]")] | Annotated[tuple[Caliper, ...], Tag("[list]")], Discriminator(_form)
]


class Balance(Model):
    """What the table of balance shows.

    `denominator` says whose standard deviation differences are divided by; None is that of the group whose
    effect is estimated: the treated (ATT), the controls (ATC), pooled (ATE). `interactions` adds squares and
    products of the columns. `prognosis` is an outcome whose prediction from the covariates, fitted among
    the controls, is balanced as one more column. `statistics` are shown in the order of the list.
    """

    denominator: opt.Denominator | None = None
    interactions: bool = False
    prognosis: Name | None = None
    statistics: Annotated[tuple[opt.BalanceStatistic, ...], Field(min_length=1)] = (
        "smd",
        "variance_ratio",
        "ks",
        "ecdf_mean",
        "pair_distance",
    )

    @field_validator("statistics")
    @classmethod
    def _listed_once(cls, value: tuple[opt.BalanceStatistic, ...]) -> tuple[opt.BalanceStatistic, ...]:
        refuse_repeats("statistics", value)
        return value

    def spread(self, estimand: opt.Estimand) -> opt.Denominator:
        """Return whose standard deviation differences are divided by."""
        usual: dict[opt.Estimand, opt.Denominator] = {"ATT": "treated", "ATC": "control", "ATE": "pooled"}
        return self.denominator or usual[estimand]


class Matching(Model):
    """Matching of treated units with controls.

    `ratio`: controls for each treated unit; with `max_controls` their average, from `min_controls` on. In
    full matching those two bound the sets, and 1/3 lets up to three treated units share a control.
    `reuse_max`: how many treated units a control may serve at most. `order`: whose turn comes first without
    replacement. `ties`: which of equally near controls are taken. `exact`, `antiexact`: columns in which a
    pair must agree, or must differ. `unit_id`: rows that are one unit, to be used once. `estimand`: with ATC
    the controls are given treated units. `mahvars`: columns in which partners are near by Mahalanobis
    distance, while the score serves caliper and order. `survey_weights`: a column of weights for the
    propensity model, distances and balance. `discard`: whose units are left out beyond common support, by
    score or by convex hull; `reestimate`: whether the scores are then estimated once more without them.
    """

    treatment: Treatment
    covariates: Annotated[Names, Field(min_length=1)]
    method: MatchingMethod = MatchingMethod()
    distance: Distance = Distance()
    ratio: Annotated[int, Field(ge=1)] = 1
    min_controls: Positive | None = None
    max_controls: Annotated[int, Field(ge=1)] | None = None
    replace: bool = False
    reuse_max: Annotated[int, Field(ge=2)] | None = None
    order: opt.MatchingOrder = "largest"
    ties: opt.TieRule = "matchit"
    caliper: Calipers | None = None
    exact: Names = ()
    antiexact: Names = ()
    unit_id: Name | None = None
    mahvars: Names = ()
    survey_weights: Name | None = None
    discard: opt.Discard = "none"
    reestimate: bool = False
    estimand: opt.Estimand = "ATT"
    balance: Balance = Balance()

    @property
    def calipers(self) -> tuple[Caliper, ...]:
        """All calipers: on the distance and on columns."""
        if self.caliper is None:
            return ()
        return (self.caliper,) if isinstance(self.caliper, Caliper) else self.caliper

    @property
    def distance_caliper(self) -> Caliper | None:
        """The caliper on the distance itself."""
        return next((caliper for caliper in self.calipers if caliper.on is None), None)

    @property
    def restricting(self) -> dict[str, tuple[str, ...]]:
        """The columns that restrict who can be paired, by key."""
        return {
            "caliper": tuple(caliper.on for caliper in self.calipers if caliper.on is not None),
            "exact": self.exact,
            "antiexact": self.antiexact,
            "unit_id": () if self.unit_id is None else (self.unit_id,),
        }

    @model_validator(mode="after")
    def _partners_fit(self) -> "Matching":
        _refuse_numbers_of_partners(self)
        if self.reuse_max is not None and not self.replace:
            raise ValueError("reuse_max: limits matching with replacement; set replace: true or remove it")
        unlimited = self.replace and self.reuse_max is None
        if self.unit_id is not None and unlimited:
            raise ValueError(
                "unit_id: with replacement a row can be used any number of times; remove it or set reuse_max"
            )
        if self.ties == "all" and (not unlimited or self.max_controls is not None):
            raise ValueError(
                "ties: all takes as many controls as are equally near, which needs replace: true without "
                "reuse_max and max_controls"
            )
        return self

    @model_validator(mode="after")
    def _scores_are_there(self) -> "Matching":
        if "order" not in self.model_fields_set:
            # The model is frozen for its users, not while it is made.
            object.__setattr__(self, "order", default_order(self.distance.method))
        if self.reestimate and self.discard == "none":
            raise ValueError("reestimate: nothing is discarded; remove it or name whom to discard")
        refuse_scores(self)
        return self

    @model_validator(mode="after")
    def _restrictions_fit(self) -> "Matching":
        if sum(caliper.on is None for caliper in self.calipers) > 1:
            raise ValueError("caliper: more than one is on the distance; name a column with on, or keep one")
        for key, names in self.restricting.items():
            refuse_repeats(key, names)
            if self.treatment.column in names:
                raise ValueError(f"{key}: {self.treatment.column!r} is the treatment; remove it")
        return self

    @model_validator(mode="after")
    def _names_fit(self) -> "Matching":
        refuse_repeats("covariates", self.covariates)
        if self.treatment.column in self.covariates:
            raise ValueError(f"covariates: {self.treatment.column!r} is the treatment; remove it")
        if self.balance.prognosis in (self.treatment.column, *self.covariates):
            raise ValueError(
                f"balance.prognosis: {self.balance.prognosis!r} is the treatment or a covariate; "
                "name an outcome"
            )
        for reserved in (INTERCEPT, DISTANCE, PROGNOSIS):
            if reserved in self.covariates:
                raise ValueError(
                    f"covariates: the name {reserved!r} is taken in the results; rename the column"
                )
        refuse_repeats("mahvars", self.mahvars)
        for key, names in (("mahvars", self.mahvars), ("survey_weights", (self.survey_weights,))):
            if self.treatment.column in names:
                raise ValueError(f"{key}: {self.treatment.column!r} is the treatment; remove it")
        if self.method.method == "nearest" and self.estimand == "ATE":
            raise ValueError("estimand: pairs of method nearest are for ATT or ATC; choose one of them")
        return self

    @model_validator(mode="after")
    def _keys_belong_to_the_method(self) -> "Matching":
        section = {name: getattr(self, name) for name in type(self).model_fields}
        usual = {name: field.get_default() for name, field in type(self).model_fields.items()}
        # What was taken where none was named is not asked for.
        usual["order"] = default_order(self.distance.method)
        self.method.check(section, usual, self.covariates)
        return self

    @property
    def on_scores(self) -> bool:
        """Whether the method takes a distance between units, or scores."""
        return self.method.method not in WITHOUT_SCORE

    @property
    def modelled(self) -> bool:
        """Whether a propensity model is fitted, unless scores are given."""
        return self.on_scores and self.distance.method == "glm"


def _refuse_numbers_of_partners(options: Matching) -> None:
    """Raise ValueError where the numbers of partners contradict each other."""
    least, most = options.min_controls, options.max_controls
    if options.method.method == "full" and most is not None and most < (least or 0):
        raise ValueError(f"max_controls: {most} is below min_controls, {least:g}")
    if options.method.method not in PAIRS:
        return
    if least is not None and not least.is_integer():
        raise ValueError(
            f"min_controls: must be a whole number, found {least:g}; a fraction is for method full"
        )
    if most is None:
        if least is not None:
            raise ValueError("min_controls: needs max_controls, or the ratio does not vary")
        return
    if options.ratio == 1 or most <= options.ratio:
        raise ValueError(
            f"max_controls: must be more than ratio, and ratio more than 1, found {most} and {options.ratio}"
        )
    if least is not None and least >= options.ratio:
        raise ValueError(f"min_controls: must be less than ratio, found {least:g} and {options.ratio}")
