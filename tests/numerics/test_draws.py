"""Random numbers that R draws as well."""

import numpy as np
import pytest

from erm_bridge.numerics.draws import PURPOSES, uniforms


def test_replicates_and_counts_are_parts_of_the_same_streams() -> None:
    whole = uniforms(7, "rotation", 5, 20_000)
    assert whole.shape == (5, 20_000)
    assert np.array_equal(uniforms(7, "rotation", 5, 3), whole[:, :3])
    assert np.array_equal(uniforms(7, "rotation", 2, 777, first=3), whole[3:, :777])
    assert uniforms(7, "rotation", 0, 4).shape == (0, 4)
    assert uniforms(7, "rotation", 3, 0).shape == (3, 0)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_numbers_are_uniform_and_differ_by_seed_and_purpose(purpose: str) -> None:
    drawn = uniforms(1, purpose, 200, 500)
    assert 0 < drawn.min() < drawn.max() < 1
    assert drawn.mean() == pytest.approx(0.5, abs=0.004)
    assert np.abs(np.corrcoef(drawn[:, :100].T) - np.eye(100)).max() < 0.35
    others = [
        uniforms(seed, name, 1, 500) for seed, name in [(2, purpose), (1, PURPOSES[0]), (1, PURPOSES[1])]
    ]
    assert sum(np.isin(other, drawn).any() for other in others) == (purpose in PURPOSES[:2])


def test_no_seed_is_seed_zero() -> None:
    assert np.array_equal(uniforms(None, "parallel", 2, 3), uniforms(0, "parallel", 2, 3))
