"""One study and one frame in R, and stages asked of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from erm_bridge.bridge.client import RWorker
from erm_bridge.bridge.pool import process_pool
from erm_bridge.bridge.wire import NA
from erm_bridge.engines.base import Artefacts
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.options import StageName
from erm_bridge.study.models import Study


@dataclass(frozen=True)
class Answer:
    """What R returned for one stage.

    Attributes
    ----------
    table : pandas.DataFrame
        Columns quantity, term, component, value, note.
    artefacts : dict
        By name, as R hands them on.
    """

    table: pd.DataFrame
    artefacts: dict[str, Any]

    @property
    def rows(self) -> StageRows:
        """The rows in the form of the table of estimates."""
        text = ["quantity", "term", "component", "note"]
        columns = self.table.assign(**{name: self.table[name].fillna("") for name in text})
        found = columns[["quantity", "term", "component", "value", "note"]]
        return StageRows(list(found.itertuples(index=False, name=None)))

    def has(self, quantity: str) -> bool:
        """Tell whether there are numbers of a quantity."""
        return bool((self.table["quantity"] == quantity).any())

    def values(self, quantity: str) -> pd.Series:
        """Take the numbers of one quantity, indexed by term."""
        return self._indexed(quantity, "term")

    def components(self, quantity: str) -> pd.Series:
        """Take the numbers of one quantity, indexed by component."""
        return self._indexed(quantity, "component")

    def part(self, quantity: str, component: str) -> pd.Series:
        """Take the numbers of one quantity and component, indexed by term; empty where there are none."""
        found = self._of(quantity)
        return found[found["component"] == component].set_index("term")["value"]

    def matrix(self, quantity: str) -> pd.DataFrame:
        """Take the numbers of one quantity as a frame, terms by components, in the order of the rows."""
        found = self._of(quantity)
        wide = found.set_index(["term", "component"])["value"].unstack()
        ordered = wide.loc[found["term"].unique(), found["component"].unique()]
        return ordered.rename_axis(index=None, columns=None)

    def number(self, quantity: str) -> float:
        """Take the only number of a quantity."""
        return float(self._of(quantity)["value"].item())

    def note(self, quantity: str) -> str:
        """Take the note of the only number of a quantity."""
        return str(self._of(quantity)["note"].fillna("").item())

    def notes(self, quantity: str) -> dict[str, str]:
        """Take the notes of one quantity, by term."""
        found = self._of(quantity)
        return dict(zip(found["term"], found["note"].fillna(""), strict=True))

    def _indexed(self, quantity: str, by: str) -> pd.Series:
        return self._of(quantity).set_index(by)["value"].rename_axis(None).rename(None)

    def _of(self, quantity: str) -> pd.DataFrame:
        return self.table[self.table["quantity"] == quantity]


class Session:
    """Keeps a study and its frame loaded in R, also when R had to be started again."""

    def __init__(
        self, worker: RWorker, study: Study, frame: pd.DataFrame, allow_known_defects: bool = False
    ) -> None:
        self._worker, self._study, self._frame = worker, study, frame
        self._allowed = allow_known_defects

    def ask(self, stage: StageName, given: Artefacts) -> Answer:
        """Let R run one stage on artefacts."""
        artefacts = {name: value for name, value in _to_r(given).items() if value is not None}
        with self._worker.lock:
            if self._worker.holds is not self:
                study = self._study.to_json()
                frame = self._frame.reset_index(drop=True)
                self._worker.call("load", {"study": study, "frame": frame})
                self._worker.holds = self
            arguments = {"stage": stage, "artefacts": artefacts, "allow_known_defects": self._allowed}
            result = self._worker.call("run_stage", arguments)
        table = result["rows"]
        value = table["value"].to_numpy("float64", na_value=np.nan)
        return Answer(table.assign(value=value), dict(result["artefacts"] or {}))


def ask_once(study: Study, frame: pd.DataFrame, stage: StageName, given: Artefacts) -> Answer:
    """Let an R of the process's pool run one stage."""
    with process_pool().lend() as worker:
        return Session(worker, study, frame).ask(stage, given)


def _to_r(given: Artefacts) -> dict[str, Any]:
    matrix = given.match_matrix
    positions = None if matrix is None else np.where(matrix < 0, NA, matrix + 1)
    return {
        "n_obs": given.n_obs,
        "correlation": given.correlation,
        "unrotated": given.unrotated,
        "loadings": given.loadings,
        "phi": given.phi,
        "uniquenesses": given.uniquenesses,
        "factor_scores": given.factor_scores,
        "index": given.index,
        "propensity": given.propensity,
        "distances": given.distances,
        "match_matrix": positions,
        "weights": given.weights,
        "subclass": None if given.subclass is None else np.where(given.subclass < 0, NA, given.subclass),
    }


def positions_of(match_matrix: FloatArray) -> IntArray:
    """Turn R's 1-based positions, NaN for none, into 0-based ones, -1 for none."""
    return np.where(np.isnan(match_matrix), 0, match_matrix).astype("int64") - 1


def subclass_of(numbers: FloatArray) -> IntArray:
    """Turn R's numbers of subclasses, NaN for none, into whole ones, -1 for none."""
    return np.where(np.isnan(numbers), -1, numbers).astype("int64")
