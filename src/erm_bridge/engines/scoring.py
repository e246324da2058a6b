"""Factor scores of new rows, by the weights, means and standard deviations of an earlier sample."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from erm_bridge.engines.python.factors.items import item_values
from erm_bridge.numerics import FloatArray
from erm_bridge.one_thread import one_thread


@dataclass(frozen=True)
class Scorer:
    """Standardises the items of a frame and weights them.

    Attributes
    ----------
    weights : pandas.DataFrame
        p items x k factors.
    means, sds : array, p
        Of the items as they were factored, reversed ones after reversing.
    turned_at : array, p
        What a reversed item is subtracted from, the minimum plus the maximum of the sample; NaN for others.
    """

    weights: pd.DataFrame
    means: FloatArray
    sds: FloatArray
    turned_at: FloatArray

    @one_thread()
    def __call__(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Score the rows of a frame; see `erm_bridge.results.FactorSolution.score`."""
        values = item_values(frame, list(self.weights.index))
        turned = np.isfinite(self.turned_at)
        if turned.any():
            values = np.where(turned, np.where(turned, self.turned_at, 0.0) - values, values)
        scores = (values - self.means) @ (self.weights.to_numpy() / self.sds[:, None])
        return pd.DataFrame(scores, frame.index, self.weights.columns)
