"""The glossary `quantities.csv`: what each quantity means and how far two engines may lie apart."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@cache
def glossary() -> "pd.DataFrame":
    """Read the glossary; text columns are text, tolerances are numbers."""
    import pandas as pd

    numbers = ("rtol", "rtol_end_to_end", "atol", "atol_end_to_end")
    with files("erm_bridge").joinpath("quantities.csv").open(encoding="utf-8") as lines:
        frame = pd.read_csv(lines, keep_default_na=False)
    return frame.astype({name: "float64" for name in numbers})
