"""The key `index.correlation` of the study file: how the items are correlated."""

from typing import Annotated

from pydantic import Field, model_validator

from erm_bridge import options as opt
from erm_bridge.study.base import Method

LATENT = ("polychoric", "tetrachoric", "mixed")
# psych's own, where it takes notice of it.
CORRECT = 0.5


class Correlation(Method):
    """How the items are correlated; a bare name stands for `{method: name}`.

    Filled in: `thresholds` and `correct` for the methods that have them, null for the others.
    """

    method: opt.Correlation = "pearson"
    thresholds: opt.Thresholds | None = None
    correct: Annotated[float, Field(ge=0, le=1)] | None = None
    smooth: bool = False
    missing: opt.MissingItems = "refuse"

    @model_validator(mode="after")
    def _settings_fit_the_method(self) -> "Correlation":
        for key in ("thresholds", "correct"):
            if self.method not in LATENT and getattr(self, key) is not None:
                raise ValueError(f"{key}: is a setting of {', '.join(LATENT)}; {self.method} has none")
        if self.method not in LATENT:
            return self
        thresholds = self.thresholds or "global"
        uncorrected = self.method == "polychoric" and thresholds == "global"
        if uncorrected and self.correct:
            raise ValueError(
                "correct: with thresholds from all rows psych's polychoric() takes no notice of it; "
                "ask for thresholds: local, or leave it out"
            )
        correct = (0.0 if uncorrected else CORRECT) if self.correct is None else self.correct
        object.__setattr__(self, "thresholds", thresholds)
        object.__setattr__(self, "correct", correct)
        return self
