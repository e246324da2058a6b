"""Every number of the index stage on random designs that go through all options: agreement, or a reason."""

import pandas as pd
import pytest
from _index_designs import Design, compared, designs

from erm_bridge import engines as registry
from erm_bridge.crosscheck.summary import FAILING
from erm_bridge.engines.base import Engine
from erm_bridge.errors import InputError
from erm_bridge.numerics.factor_scores import NEED_UNIQUENESSES

DESIGNS = list(designs(220))
# Smoothed correlations of two answers in 150 rows, condition 3e10: psych's error of each correlation (2e-5)
# comes out of the extraction many times over, and no criterion tells it.
AMPLIFIED = 114
OTHERS = [design for design in DESIGNS if design.number != AMPLIFIED]


@pytest.fixture(scope="module")
def both():
    engines = {name: registry.create(name, allow_known_defects=True) for name in registry.ENGINES}
    yield engines
    for engine in engines.values():
        engine.close()


@pytest.mark.r
@pytest.mark.parametrize("design", OTHERS, ids=lambda design: design.name)
def test_engines_agree_or_say_why_not(both, design: Design) -> None:
    refused, rows = outcome(both, design)
    if rows is None:
        # An engine whose solution has an item without uniqueness.
        assert design.scores in NEED_UNIQUENESSES
        assert "Heywood case" in refused
        return
    failing = rows[rows["verdict"].isin(FAILING)]
    shown = ["quantity", "term", "component", "value_a", "value_b", "abs_diff", "limit", "verdict"]
    assert failing.empty, f"{len(failing)} of {len(rows)} rows:\n{failing[shown].head(12).to_string()}"


@pytest.mark.r
def test_errors_of_correlations_that_are_amplified_differ_on_own_input_alone(both) -> None:
    rows = compared(both, DESIGNS[AMPLIFIED])
    failing = rows[rows["verdict"].isin(FAILING)]
    assert len(failing)
    assert (failing["input_a"] == failing["input_b"]).all()
    assert not failing["quantity"].isin(["correlation", "correlation_smoothed", "objective"]).any()
    assert rows.loc[rows["quantity"] == "condition", "value_a"].min() > 1e10


def outcome(both: dict[str, Engine], design: Design) -> tuple[str, pd.DataFrame | None]:
    try:
        return "", compared(both, design)
    except InputError as error:
        return str(error), None


def test_the_designs_go_through_all_options() -> None:
    """Each extraction, rotation, kind of scores and of correlations is there, large and small."""
    for part, least in (("extraction", 10), ("rotation", 17), ("scores", 5), ("correlation", 5)):
        assert len({getattr(design, part) for design in DESIGNS}) >= least
    assert {design.factors for design in DESIGNS} >= {1, 2, 3, 4, 5, 6, 8}
    assert min(len(d.frame) for d in DESIGNS) == 100
    assert max(len(d.frame) for d in DESIGNS) == 5000
