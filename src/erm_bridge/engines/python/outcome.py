"""The outcome of a stage: a column of the frame, or the index."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from erm_bridge.engines.base import Artefacts
from erm_bridge.errors import EngineError
from erm_bridge.options import StageName
from erm_bridge.study.models import Study


def outcome_of(
    study: Study, stage: StageName, frame: pd.DataFrame, given: Artefacts
) -> npt.NDArray[np.float64]:
    """Return the outcome of a stage as an array over the rows of the frame.

    Raises
    ------
    EngineError
        The outcome is the index and no index was handed on.
    """
    if not study.uses_index(stage):
        column: npt.NDArray[np.float64] = frame[getattr(study, stage).outcome].to_numpy("float64")
        return column
    if given.index is None:
        raise EngineError(f"python: stage {stage} needs the index")
    return given.index
