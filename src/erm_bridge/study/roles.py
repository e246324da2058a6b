"""Which column of the data plays which part in a study."""

from dataclasses import dataclass

from erm_bridge.study.models import Study


@dataclass(frozen=True)
class Roles:
    """Analysis columns in a fixed order, each with the first key of the study that names it."""

    first_key: dict[str, str]
    numeric: frozenset[str]
    treatment: str | None

    @property
    def analysis(self) -> tuple[str, ...]:
        """All columns that must be complete."""
        return tuple(self.first_key)

    def of(self, name: str) -> str:
        """Name the key of the study file that asks for the column."""
        return self.first_key[name]

    def must_be_number(self, name: str) -> bool:
        """Tell whether the column is an item, an outcome, a placebo outcome or a weight."""
        return name in self.numeric


def roles_of(study: Study) -> Roles:
    """List the columns that the sections of a study name."""
    first_key: dict[str, str] = {}

    def add(key: str, *names: str | None) -> None:
        for name in names:
            if name is not None:
                first_key.setdefault(name, key)

    items = study.index.items if study.index is not None else ()
    add("index.items", *items)
    sections = {"difference": study.difference, "regression": study.regression, "effect": study.effect}
    outcomes = {key: section.outcome for key, section in sections.items() if section is not None}
    for key, outcome in outcomes.items():
        add(f"{key}.outcome", outcome)
    if study.matching is not None:
        add("matching.treatment", study.matching.treatment.column)
        add("matching.covariates", *study.matching.covariates)
        for key, names in study.matching.restricting.items():
            add(f"matching.{key}", *names)
        outcomes["matching.balance.prognosis"] = study.matching.balance.prognosis
        add("matching.balance.prognosis", study.matching.balance.prognosis)
        add("matching.mahvars", *study.matching.mahvars)
        add("matching.survey_weights", study.matching.survey_weights)
    add("difference.by", *study.difference.by)
    if study.regression is not None:
        add("regression.keep", *study.regression.keep)
        add("regression.candidates", *study.regression.candidates)
    placebos: tuple[str, ...] = ()
    if study.effect is not None:
        add("effect.adjust", *study.effect.adjust)
        if study.effect.sensitivity is not None:
            placebos = study.effect.sensitivity.placebo
            add("effect.sensitivity.placebo", *placebos)
    weights = {study.matching.survey_weights} if study.matching is not None else set()
    numbers = {name for name in {*outcomes.values(), *weights} if name is not None}
    numeric = frozenset((*items, *placebos)) | numbers
    treatment = study.matching.treatment.column if study.matching is not None else None
    return Roles(first_key, numeric, treatment)
