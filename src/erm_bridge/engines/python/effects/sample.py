"""A matched sample with all that the kinds of standard error ask for."""

from dataclasses import replace

import numpy as np
import pandas as pd

from erm_bridge.engines.python.design import Variables, design_matrix
from erm_bridge.engines.python.matches.distance import survey_weights
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.effects.links import density_of, probability_of
from erm_bridge.numerics.standard_errors import Covariates, MatchedSample, Score
from erm_bridge.study import models


def equipped(
    sample: MatchedSample,
    frame: pd.DataFrame,
    scores: FloatArray | None,
    matching: models.Matching,
    options: models.Effect,
    variables: Variables | None = None,
) -> MatchedSample:
    """Add to outcome, weights and sets what was matched on (n scores) and what the options say.

    Weights of a survey multiply those of the match.
    """
    score = None
    if "abadie_imbens_score" in options.std_error:
        assert scores is not None
        link = matching.distance.link
        probability = probability_of(scores, link, bool(getattr(matching.distance, "linear", False)))
        design = design_matrix(frame, matching.covariates, variables)
        score = Score(probability, density_of(probability, link), design.values)
    treated = sample.treated
    survey = survey_weights(frame, matching)
    focal = {"ATT": treated, "ATC": ~treated, "ATE": np.ones(len(treated), dtype=bool)}
    return replace(
        sample,
        weights=sample.weights if survey is None else sample.weights * survey,
        survey=survey,
        focal=focal[matching.estimand],
        places=scores,
        score=score,
        ratio=matching.ratio,
        neighbours=options.neighbours,
        replicates=options.bootstrap.replicates,
    )


def covariates_of(
    frame: pd.DataFrame, options: models.Effect, variables: Variables | None = None
) -> Covariates | None:
    """Code the columns to adjust for, categories by their levels but the reference."""
    if not options.adjust:
        return None
    design = design_matrix(frame, options.adjust, variables)
    return Covariates(design.values, design.terms)
