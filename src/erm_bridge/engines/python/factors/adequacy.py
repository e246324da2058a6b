"""Whether the items are worth factoring."""

import pandas as pd

from erm_bridge.engines.python.factors import ALL
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import adequacy as numerics
from erm_bridge.numerics.correlation import Moments
from erm_bridge.results import Adequacy


def adequacy_of(of: Moments, items: pd.Index) -> Adequacy:
    """Measure sampling adequacy, sphericity and eigenvalues of the correlations of named items."""
    kmo = numerics.kmo(of.correlation)
    sphericity = numerics.bartlett(of.correlation, of.n)
    eigenvalues = numerics.eigenvalues(of.correlation)
    positions = pd.Index([str(i + 1) for i in range(len(items))])
    return Adequacy(
        kmo=kmo.overall,
        kmo_items=pd.Series(kmo.items, items),
        bartlett_chi2=sphericity.chi2,
        bartlett_df=sphericity.df,
        bartlett_p=sphericity.p,
        bartlett_log10_p=sphericity.log10_p,
        log_determinant=sphericity.log_determinant,
        condition=numerics.condition(eigenvalues),
        eigenvalues=pd.Series(eigenvalues, positions),
    )


def rows(found: StageRows, adequacy: Adequacy) -> None:
    """Add the rows on adequacy."""
    found.add_terms("kmo", adequacy.kmo_items)
    found.add("kmo", adequacy.kmo, ALL)
    found.add("bartlett_chi2", adequacy.bartlett_chi2, ALL)
    found.add("bartlett_df", adequacy.bartlett_df, ALL)
    found.add("bartlett_p", adequacy.bartlett_p, ALL)
    found.add("bartlett_log10_p", adequacy.bartlett_log10_p, ALL)
    found.add("log_det", adequacy.log_determinant, ALL)
    found.add("condition", adequacy.condition, ALL)
    found.add_components("eigenvalue", adequacy.eigenvalues, ALL)
