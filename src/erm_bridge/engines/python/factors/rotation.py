"""How the factors are rotated, and how the rotation ended."""

import numpy as np
import pandas as pd

from erm_bridge.engines.python.factors import ALL
from erm_bridge.estimates import StageRows
from erm_bridge.numerics.rotation import ROTATIONS, Rotated, Settings, random_rotations
from erm_bridge.results import FactorSolution, RotationEnd
from erm_bridge.study.models import Index


def settings_of(options: Index, factors: int, seed: int | None) -> Settings:
    """Make the settings of the rotation; random starts depend on the seed alone."""
    asked = options.rotation
    keys = [key for key in ROTATIONS[asked.method].all_keys if key not in ("target", "starts")]
    target = None
    if asked.target is not None:
        target = np.array([asked.target[item] for item in options.items], dtype=np.float64)
    starts = random_rotations(seed, asked.starts, factors) if asked.starts else None
    chosen = {key: getattr(asked, key) for key in keys}
    return Settings(asked.method, target=target, starts=starts, **chosen)


def end_of(rotated: Rotated) -> RotationEnd:
    """Give the end of a rotation its labels."""
    criteria = None
    if rotated.start_criteria is not None:
        names = pd.Index([str(i) for i in range(len(rotated.start_criteria))])
        criteria = pd.Series(rotated.start_criteria, names)
    return RotationEnd(rotated.criterion, criteria, rotated.optima)


def rows(found: StageRows, solution: FactorSolution) -> None:
    """Add the rows on correlated factors and on how the rotation ended."""
    if solution.phi is not None:
        found.add_matrix("structure", solution.structure)
        names = list(solution.phi.index)
        for i, term in enumerate(names):
            for component in names[:i]:
                found.add("phi", solution.phi.loc[term, component], term, component)
    end = solution.rotation
    if end.criterion is not None:
        found.add("rotation_criterion", end.criterion, ALL)
    if end.start_criteria is not None and end.optima is not None:
        found.add_components("start_criterion", end.start_criteria, ALL)
        found.add("rotation_optima", end.optima, ALL)
