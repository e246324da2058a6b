"""The known defects of the versions installed here are there: a claim that no longer holds is found here."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from erm_bridge.bridge.availability import availability
from erm_bridge.bridge.defects import applying

BFI = Path(__file__).parents[2] / "studies" / "bfi" / "bfi.csv"
ITEMS = [f"{trait}{i}" for trait in "ACENO" for i in (1, 2, 3)]


@pytest.mark.r
def test_the_defects_listed_for_this_machine_are_there(
    rscript: Callable[..., dict[str, pd.DataFrame]],
) -> None:
    items = pd.read_csv(BFI)[ITEMS].dropna()
    ids = [defect.id for defect in applying(availability().packages or {})]
    shown = rscript("known_defects.R", *ids, data={"items": items})["defects"].set_index("id")["there"]
    assert shown.to_dict() == dict.fromkeys(ids, 1)
