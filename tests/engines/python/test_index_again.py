"""What the stage index computes again from another engine's solution."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.python import index
from erm_bridge.errors import EngineError
from erm_bridge.quantities import computed_again
from erm_bridge.study.models import Study

ITEMS = tuple(f"x{n}" for n in range(1, 8))


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    factors = rng.normal(size=(200, 2))
    values = factors[:, [0, 0, 0, 0, 1, 1, 1]] + rng.normal(size=(200, 7))
    return pd.DataFrame(values, columns=list(ITEMS))


@pytest.fixture(params=["varimax", "none"])
def study(request: pytest.FixtureRequest) -> Study:
    options = {"items": ITEMS, "reverse": ("x7",), "factors": 2, "rotation": request.param}
    return Study.model_validate({"study": "s", "data": {"source": "x.csv"}, "index": options})


def by_key(rows: list[tuple[str, str, str, float, str]]) -> dict[tuple[str, ...], float]:
    return {row[:3]: row[3] for row in rows}


def test_its_own_solution_gives_the_same_numbers(study: Study, frame: pd.DataFrame) -> None:
    own = index.run(study, frame, Artefacts())
    again = index.run(study, frame, own.artefacts)
    before, after = by_key(own.rows.rows), by_key(again.rows.rows)
    assert {key[0] for key in after} == {key[0] for key in before if computed_again("index", key[0])}
    assert after == pytest.approx({key: before[key] for key in after}, rel=1e-12, abs=1e-13)
    assert again.artefacts.index == pytest.approx(own.artefacts.index, rel=1e-12, abs=1e-14)
    assert again.artefacts.loadings is None


def test_scores_and_index_are_those_of_the_loadings_given(study: Study, frame: pd.DataFrame) -> None:
    own = index.run(study, frame, Artefacts()).artefacts
    assert own.loadings is not None
    assert own.correlation is not None
    other = own.loadings[:, ::-1] * [1.0, -1.0]
    found = index.run(study, frame, replace(own, loadings=other))
    keyed = frame.to_numpy(copy=True)
    keyed[:, 6] = keyed[:, 6].min() + keyed[:, 6].max() - keyed[:, 6]
    z = (keyed - keyed.mean(axis=0)) / keyed.std(axis=0, ddof=1)
    scores = z @ np.linalg.inv(own.correlation) @ other
    assert found.artefacts.factor_scores == pytest.approx(scores, abs=1e-12)
    rows = by_key(found.rows.rows)
    assert rows["ss_loadings", "all", "F1"] == pytest.approx((other[:, 0] ** 2).sum())
    residuals = np.tril(own.correlation - other @ other.T, -1)
    assert rows["objective", "all", ""] == pytest.approx((residuals**2).sum())
    # Rotation starts from the unrotated loadings, whatever the loadings are.
    assert rows["loading", "x1", "F1"] == pytest.approx(own.loadings[0, 0], abs=1e-13)


def test_correlated_factors_reproduce_the_same_communalities(study: Study, frame: pd.DataFrame) -> None:
    own = index.run(study, frame, Artefacts()).artefacts
    assert own.loadings is not None
    turn = np.array([[1.0, 0.3], [0.0, np.sqrt(1 - 0.09)]])
    phi = turn.T @ turn
    oblique = own.loadings @ np.linalg.inv(turn).T
    plain, turned = (
        by_key(index.run(study, frame, replace(own, **changes)).rows.rows)
        for changes in ({}, {"loadings": oblique, "phi": phi})
    )
    for quantity in ("communality", "objective"):
        keys = [key for key in plain if key[0] == quantity]
        assert [turned[key] for key in keys] == pytest.approx([plain[key] for key in keys], rel=1e-10)


def test_half_a_solution_is_refused(study: Study, frame: pd.DataFrame) -> None:
    own = index.run(study, frame, Artefacts()).artefacts
    with pytest.raises(EngineError, match="correlations, loadings and uniquenesses"):
        index.run(study, frame, replace(own, uniquenesses=None))
