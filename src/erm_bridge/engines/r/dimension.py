"""The number of factors from the rows that R returns."""

import pandas as pd

from erm_bridge.engines.r.session import Answer
from erm_bridge.numerics.extraction import EXTRACTIONS
from erm_bridge.results import Dimension
from erm_bridge.study.models import Index


def dimension_of(answer: Answer, options: Index) -> Dimension | None:
    """Gather what R found; None if it was not asked."""
    if options.dimension is None:
        return None
    asked, p = options.dimension, len(options.items)
    factors = min(asked.most, EXTRACTIONS["minres"].most_factors(p))
    kinds = asked.of if "parallel" in asked.methods else ()
    simulated = {kind: answer.matrix(f"parallel_{kind}") for kind in kinds}
    observed: dict[str, pd.Series] = {"components": answer.components("eigenvalue")}
    observed |= {kind: answer.components(f"eigenvalue_{kind}") for kind in kinds if kind not in observed}
    return Dimension(
        table=_suggestions(answer),
        eigenvalues=pd.DataFrame(observed),
        mean=pd.DataFrame({kind: found.loc["mean"] for kind, found in simulated.items()}),
        quantile=pd.DataFrame({kind: found.loc["quantile"] for kind, found in simulated.items()}),
        map=_by_number(answer, "map", ["squared", "fourth"], range(min(asked.most, p - 1) + 1)),
        vss=_by_number(answer, "vss", ["complexity_1", "complexity_2"], range(1, factors + 1)),
    )


def _suggestions(answer: Answer) -> pd.DataFrame:
    rows = answer.table[answer.table["quantity"] == "suggested_factors"]
    found = rows[["term", "component", "value"]].set_axis(["method", "by", "factors"], axis="columns")
    return found.fillna({"by": ""}).astype({"factors": "int64"}).reset_index(drop=True)


def _by_number(answer: Answer, quantity: str, columns: list[str], numbers: range) -> pd.DataFrame:
    """Rows by number of factors; NaN where R has none, no rows if it was not asked."""
    found = answer.matrix(quantity).T
    index = pd.Index([str(number) for number in numbers] if len(found) else [], dtype="str")
    return found.reindex(index=index, columns=columns).astype("float64")
