"""Which figures a stage has: read from its numbers, in the order of the page."""

from functools import partial
from typing import TYPE_CHECKING

from erm_bridge.report import settings
from erm_bridge.report.figures import (
    balance,
    coefficients,
    effect,
    loading_intervals,
    loadings,
    means,
    overlap,
    scree,
    selection,
)
from erm_bridge.report.figures.plot import Plot
from erm_bridge.report.sections import StageNumbers, group, meanings
from erm_bridge.study.models import Study

if TYPE_CHECKING:
    import pandas as pd

    from erm_bridge.options import StageName


def of_stage(
    study: Study,
    stage: "StageName",
    found: StageNumbers,
    scores: "pd.DataFrame | None",
    pairs: "pd.DataFrame | None",
) -> tuple[Plot, ...]:
    """Read the figures of a stage; one that has no data is left out.

    Parameters
    ----------
    study : Study
    stage : str
    found : StageNumbers
        Its numbers, each engine on its own input.
    scores, pairs : pandas.DataFrame or None
        See `erm_bridge.artefact_tables`.
    """
    plots: list[Plot | None] = []
    if stage == "index":
        kaiser = study.index is not None and str(study.index.factors) == "kaiser"
        plots = [scree.read(found, kaiser), loadings.read(found), loading_intervals.read(found)]
    elif stage == "difference":
        plots = [means.read(found, settings.outcome(study, stage), partial(group, meanings(study)))]
    elif stage == "regression":
        plots = [selection.read(found), coefficients.read(found)]
    elif stage == "matching":
        if scores is not None and pairs is not None and found.engines:
            assert study.matching is not None
            plots = [overlap.read(found.engines[0], scores, pairs, study.matching.estimand)]
        plots.append(balance.read(found))
    elif study.effect is not None:
        level = f"{100 * study.effect.conf_level:g} %"
        plots = [effect.read(found, settings.outcome(study, stage), level)]
    return tuple(plot for plot in plots if plot is not None)
