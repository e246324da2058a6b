"""The index stage of the Python engine: principal components and the number of factors by rule."""

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.python.factors.composite import composite_index
from erm_bridge.engines.python.index import factor_analysis, rows
from erm_bridge.errors import InputError
from erm_bridge.study.models import Composite, Index

ITEMS = tuple(f"i{j}" for j in range(9))


def options(**changes) -> Index:
    return Index(**({"items": ITEMS, "factors": 2} | changes))


@pytest.fixture
def frame() -> pd.DataFrame:
    """Two factors behind nine items."""
    rng = np.random.default_rng(1)
    loadings = np.full((9, 2), 0.1)
    loadings[:4, 0], loadings[4:, 1] = [0.8, 0.7, 0.6, 0.5], [0.8, 0.75, 0.65, 0.6, 0.5]
    noise = rng.normal(size=(300, 9)) * np.sqrt(1 - np.square(loadings).sum(1))
    return pd.DataFrame(rng.normal(size=(300, 2)) @ loadings.T + noise, columns=list(ITEMS))


def test_components_by_kaisers_rule(frame):
    options_ = options(extraction="pca", factors="kaiser")
    solution = factor_analysis(frame, options_)

    kept = solution.adequacy.eigenvalues[solution.adequacy.eigenvalues > 1]
    assert solution.loadings.shape == (9, len(kept)) == (9, 2)
    # Rotation moves variance between components but keeps their sum; scores of components are standardised.
    assert solution.variance["ss_loadings"].sum() == pytest.approx(kept.sum(), rel=1e-12)
    np.testing.assert_allclose(solution.scores.cov(), np.eye(2), atol=1e-12)
    index = composite_index(solution, Composite(scale=100))
    expected = 100 * np.sqrt(np.square(solution.variance["share"]).sum())
    assert np.std(index, ddof=1) == pytest.approx(expected, rel=1e-12)
    found = {row[0]: row[3] for row in rows(solution, index, options_).rows}
    assert found["n_factors"] == 2


def test_an_item_that_a_component_explains_is_no_heywood_case(frame):
    options_ = options(extraction="pca", factors=9)
    solution = factor_analysis(frame, options_)

    assert solution.uniquenesses.abs().max() < 1e-12
    assert {row[4] for row in rows(solution, np.arange(300.0), options_).rows} == {""}


def test_a_rule_that_asks_for_more_factors_than_items_determine_is_refused():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(40, 4)), columns=list("abcd"))
    assert (np.linalg.eigvalsh(frame.corr()) > 1).sum() == 3

    with pytest.raises(InputError, match=r"by the rule 'kaiser', factors: 3 factors are not determined by 4"):
        factor_analysis(frame, Index(items=tuple("abcd"), factors="kaiser"))
