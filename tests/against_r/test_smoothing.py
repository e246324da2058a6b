"""Native radius, kernel and local linear matching against R: its own functions, and lm() a unit at a time."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.matching import METHODS, Problem

pytestmark = pytest.mark.r

KERNELS = ("epanechnikov", "normal", "biweight", "tricube", "uniform")
BANDWIDTHS = (0.02, 0.06, 0.3)
# Sums over the same numbers in another order; lines near the rim of a window multiply what rounding leaves.
WEIGHTS = 1e-11


@dataclass(frozen=True)
class Design:
    line: bool
    kernel: str
    bandwidth: float
    units: pd.DataFrame

    def weights(self) -> FloatArray:
        units = self.units
        problem = Problem(
            treated=units["focal"].to_numpy(),
            scores=units["score"].to_numpy(),
            strata=units["stratum"].to_numpy(),
        )
        method = METHODS["local_linear" if self.line else "kernel"]
        return method(problem, kernel=self.kernel, bandwidth=self.bandwidth).weights


def designs() -> list[Design]:
    made = []
    combinations = product((False, True), KERNELS, BANDWIDTHS, (10, 2))
    for seed, (line, kernel, bandwidth, digits) in enumerate(combinations):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(30, 160))
        focal = rng.random(n) < rng.uniform(0.1, 0.7)
        scores = np.round(np.clip(rng.beta(2, 4, n) + 0.1 * focal, 0, 1), digits)
        units = pd.DataFrame(
            {
                "score": scores,
                "focal": focal,
                "stratum": rng.integers(0, 1 + seed % 2, n),
                "y": rng.normal(size=n),
            }
        )
        # Normal weights of units some bandwidths from everyone are too small for lm() to find a line.
        made.append(Design(line, kernel, bandwidth * (5 if kernel == "normal" else 1), units))
    return made


@pytest.fixture(scope="module")
def answers(rscript) -> list[tuple[Design, FloatArray, pd.Series]]:
    asked = designs()
    tables = rscript(
        "smoothing.R",
        data={
            "units": pd.concat(
                [
                    design.units.assign(design=i, focal=design.units["focal"].astype(int))
                    for i, design in enumerate(asked)
                ]
            ),
            "designs": pd.DataFrame(
                [(i, int(d.line), d.kernel, d.bandwidth) for i, d in enumerate(asked)],
                columns=["design", "line", "kernel", "bandwidth"],
            ),
        },
    )
    weights = tables["weights"].groupby("design")["weight"]
    effects = tables["effects"].set_index("design")
    return [(d, weights.get_group(i).to_numpy(), effects.loc[i]) for i, d in enumerate(asked)]


def test_weights_are_those_of_the_r_package(answers):
    for design, weights, _ in answers:
        found = design.weights()
        scale = max(1, np.abs(found).max())
        np.testing.assert_allclose(found, weights, rtol=0, atol=WEIGHTS * scale, err_msg=str(design))
        assert ((found != 0) == (weights != 0)).all(), design


def test_weighted_mean_of_partners_is_the_mean_of_regressions_by_lm(answers):
    for design, _, effect in answers:
        weights, focal = design.weights(), design.units["focal"].to_numpy()
        assert np.count_nonzero(weights[focal]) == effect["matched"]
        outcome = design.units["y"].to_numpy()[~focal]
        if not effect["matched"]:
            assert not weights.any()
            continue
        mean = weights[~focal] @ outcome / weights[~focal].sum()
        assert mean == pytest.approx(effect["counterfactual"], rel=1e-9, abs=1e-9), design


def test_designs_hold_units_without_partners_and_negative_weights(answers):
    weights = [(design, design.weights()) for design, _, _ in answers]
    assert any((values < 0).any() for design, values in weights if design.line)
    assert any((values[design.units["focal"]] == 0).any() for design, values in weights)
