"""What an engine is: a name, five stages, and the artefacts that one stage hands to the next."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Protocol

from erm_bridge.estimates import StageRows
from erm_bridge.options import StageName

# For the reader of types only: an engine is started before the libraries are loaded.
if TYPE_CHECKING:
    import pandas as pd

    from erm_bridge.numerics import FloatArray, IntArray
    from erm_bridge.study.models import Study


@dataclass(frozen=True)
class Artefacts:
    """What stages hand on; arrays by row position of the analysis frame (n rows).

    Attributes
    ----------
    n_obs : int or None
        How many rows the frame stands for, where it is a correlation matrix of items.
    correlation : array, p x p, or None
        Correlations of the items that were factored.
    unrotated : array, p x k, or None
        Loadings as they were extracted.
    loadings : array, p x k, or None
        Pattern after rotation, in canonical form.
    phi : array, k x k, or None
        Correlations of the factors; None if they are uncorrelated.
    uniquenesses : array, p, or None
    factor_scores : array, n x k, or None
    index : array, n, or None
    propensity : array, n, or None
        The scores that were matched on, already rounded.
    distances : array, treated x controls, or None
        Distances of a user, both groups in frame order.
    match_matrix : array of int, treated x ratio, or None
        Row positions (0-based) of the controls of each treated unit, treated in frame order; -1 for none.
    weights : array, n, or None
    subclass : array of int, n, or None
        Number of the set of each unit from 1, -1 for none; None where a unit can be in several sets.
    unavailable : str or None
        Why there is no match to hand on, where the engine cannot make the one that was asked for.
    """

    n_obs: int | None = None
    correlation: FloatArray | None = None
    unrotated: FloatArray | None = None
    loadings: FloatArray | None = None
    phi: FloatArray | None = None
    uniquenesses: FloatArray | None = None
    factor_scores: FloatArray | None = None
    index: FloatArray | None = None
    propensity: FloatArray | None = None
    distances: FloatArray | None = None
    match_matrix: IntArray | None = None
    weights: FloatArray | None = None
    subclass: IntArray | None = None
    unavailable: str | None = None

    def with_(self, **changes: Any) -> Artefacts:
        """Return a copy with some artefacts replaced."""
        return replace(self, **changes)

    def merged(self, newer: Artefacts) -> Artefacts:
        """Return a copy in which everything that `newer` holds replaces what is here."""
        held = {f.name: getattr(newer, f.name) for f in fields(newer)}
        return replace(self, **{name: value for name, value in held.items() if value is not None})

    def only(self, *names: str) -> Artefacts:
        """Return a copy that holds the named artefacts alone."""
        return Artefacts(**{name: getattr(self, name) for name in names})


@dataclass(frozen=True)
class StageResult:
    """Rows of the table of estimates and the artefacts of one stage."""

    rows: StageRows
    artefacts: Artefacts = Artefacts()


class Engine(Protocol):
    """An engine computes the stages of one study on one analysis frame.

    The frame has one row per unit, indexed by the study's id; columns are float64 or unordered
    `category` with text levels. The treatment is 0/1.
    """

    name: str

    def start(self) -> None:
        """Begin loading what the engine needs; returns at once."""

    def load(self, study: Study, frame: pd.DataFrame) -> None:
        """Take the study and the analysis frame that the stages will work on."""

    def run_stage(self, stage: StageName, given: Artefacts) -> StageResult:
        """Run one stage on the artefacts of earlier ones."""

    def versions(self) -> dict[str, str]:
        """Name the versions of everything the numbers come from."""

    def log(self) -> str:
        """Return what the engine printed while it computed, for the case of failure."""
        return ""

    def close(self) -> None:
        """Release processes and memory; a closed engine computes no more."""
