"""Every number of the index stage on random designs that go through all options: agreement, or a reason."""

import pytest
from _index_designs import Design, compared, designs

from erm_bridge import engines as registry
from erm_bridge.crosscheck.summary import FAILING

DESIGNS = list(designs(220))


@pytest.fixture(scope="module")
def both():
    engines = {name: registry.create(name, allow_known_defects=True) for name in registry.ENGINES}
    yield engines
    for engine in engines.values():
        engine.close()


@pytest.mark.r
@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_engines_agree(both, design: Design) -> None:
    rows = compared(both, design)
    failing = rows[rows["verdict"].isin(FAILING)]
    shown = ["quantity", "term", "component", "value_a", "value_b", "abs_diff", "limit", "verdict"]
    assert failing.empty, f"{len(failing)} of {len(rows)} rows:\n{failing[shown].head(12).to_string()}"
