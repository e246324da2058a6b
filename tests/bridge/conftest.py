from collections.abc import Callable, Iterator
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


@pytest.fixture
def limited() -> Iterator[Callable[..., RWorker]]:
    """Make workers with limits on the stand-in code, ended after the test."""
    made: list[RWorker] = []

    def make(**limits: object) -> RWorker:
        made.append(RWorker(STAND_IN, **limits))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for worker in made:
        worker.close()
