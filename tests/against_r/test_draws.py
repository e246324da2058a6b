"""Random numbers of `numerics.draws` against the generator of R."""

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics.draws import uniforms

DESIGNS = [
    (0, "parallel", 3, 10),
    (20171, "rotation", 40, 25),
    (7, "bootstrap", 2, 9_999),
    (2**31 - 2, "bootstrap", 5, 1),
]


@pytest.mark.r
def test_numbers_are_those_of_r(rscript) -> None:
    columns = ["seed", "purpose", "replicates", "count"]
    found = rscript("draws.R", data={"designs": pd.DataFrame(DESIGNS, columns=columns)})
    for i, design in enumerate(DESIGNS, start=1):
        assert np.array_equal(uniforms(*design).ravel(), found[f"draws-{i}"]["value"])
