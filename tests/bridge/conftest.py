from collections.abc import Iterator
from pathlib import Path

import pytest

from erm_bridge.bridge.client import RWorker

STAND_IN = Path(__file__).parent / "stand_in"


@pytest.fixture(scope="package")
def worker() -> Iterator[RWorker]:
    """R with the stand-in code; tests may crash it, the next call starts it again."""
    found = RWorker(STAND_IN)
    yield found
    found.close()
