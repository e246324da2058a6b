"""Tables of our own as CSV: numbers come back as the doubles they were, text as it was."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def write_csv(frame: "pd.DataFrame", path: Path) -> None:
    """Write a table; a missing number is an empty cell."""
    frame.to_csv(path, index=False, lineterminator="\n")


def read_csv(path: Path, numbers: Collection[str]) -> "pd.DataFrame":
    """Read a table written by `write_csv`: the named columns as float64, all others as text."""
    import pandas as pd

    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    # float() rounds correctly; parsers of whole files trade the last bit for speed.
    doubles = {name: frame[name].map(lambda text: float(text or "nan")) for name in numbers if name in frame}
    return frame.assign(**{name: column.astype("float64") for name, column in doubles.items()})
