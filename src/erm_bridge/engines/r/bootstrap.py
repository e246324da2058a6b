"""The bootstrap's rows from R as a result."""

import pandas as pd

from erm_bridge.engines.r.session import Answer
from erm_bridge.results import FactorBootstrap, Limits
from erm_bridge.study.models import Bootstrap

PARTS = ("low", "high", "std_error")


def bootstrap_of(answer: Answer, options: Bootstrap) -> FactorBootstrap:
    """Make the result of the rows."""
    factors = answer.components("variance_share").index
    shares = {f"share_{part}": answer.components(f"variance_share_{part}") for part in PARTS}
    said = answer.table.loc[answer.table["quantity"] == "bootstrap_replicates", "note"]
    oblique = (answer.table["quantity"] == "phi_low").any()
    return FactorBootstrap(
        loadings=Limits(*(answer.matrix(f"loading_{part}") for part in PARTS)),
        variance=pd.DataFrame(shares),
        phi=Limits(*(_square(answer, part, factors) for part in PARTS)) if oblique else None,
        replicates=int(answer.number("bootstrap_replicates")),
        conf_level=options.conf_level,
        note=said.fillna("").item(),
    )


def _square(answer: Answer, part: str, factors: pd.Index) -> pd.DataFrame:
    """Fill a matrix of what stands below its diagonal; a factor and itself do not vary."""
    found = answer.matrix(f"phi_{part}").reindex(index=factors, columns=factors).to_numpy(copy=True)
    above = pd.DataFrame(found, factors, factors)
    whole = above.combine_first(above.T)
    return whole.fillna(0.0 if part == "std_error" else 1.0)
