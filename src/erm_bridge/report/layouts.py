"""Which numbers of a stage stand in which table, and which of their names run down and across."""

from dataclasses import dataclass
from typing import Literal

from erm_bridge.options import StageName

Field = Literal["quantity", "term", "component"]


@dataclass(frozen=True)
class Layout:
    """A table of one stage.

    Attributes
    ----------
    name, title, note : str
        See `erm_bridge.report.model.SideTable`.
    quantities : tuple of str
        Quantities that the table takes, in order; those it does not find are left out.
    down, across : tuple of str
        Fields of the key that make a row, and that make a group of columns.
    heads : tuple of str
        Headings of the label columns, one for each field of `down`.
    only : str
        Take only rows of this term (empty: of any); later tables take the others.
    part : str or None
        Take only rows of this component (None: of any).
    each_difference, folded, bold_from
        See `erm_bridge.report.model.SideTable`.
    """

    name: str
    title: str
    quantities: tuple[str, ...]
    down: tuple[Field, ...]
    across: tuple[Field, ...]
    heads: tuple[str, ...]
    note: str = ""
    only: str = ""
    part: str | None = None
    each_difference: bool = True
    folded: bool = False
    bold_from: float | None = None


LAYOUTS: dict[StageName, tuple[Layout, ...]] = {
    "index": (
        Layout(
            "index_adequacy",
            "Adequacy and index",
            (
                *("kmo", "bartlett_chi2", "bartlett_df", "bartlett_p"),
                *("n_factors", "objective", "index_mean", "index_sd"),
            ),
            ("quantity",),
            (),
            ("Measure",),
            "KMO: above .8 the items are well suited to a factor analysis, below .5 they are not. "
            "Bartlett's test: a small p says that the items are correlated at all.",
            only="all",
        ),
        Layout(
            "index_loadings",
            "Loadings",
            ("loading",),
            ("term",),
            ("component",),
            ("Item",),
            "How strongly each item goes with each factor; loadings of .4 and more are bold.",
            each_difference=False,
            bold_from=0.4,
        ),
        Layout(
            "index_factors",
            "Factors",
            ("ss_loadings", "variance_share"),
            ("component",),
            ("quantity",),
            ("Factor",),
        ),
        Layout(
            "index_items",
            "Items",
            ("kmo", "communality", "uniqueness"),
            ("term",),
            ("quantity",),
            ("Item",),
            "Communality: the share of an item's variance that the factors explain together.",
            folded=True,
        ),
        Layout(
            "index_eigenvalues",
            "Eigenvalues of the correlations",
            ("eigenvalue",),
            ("component",),
            (),
            ("Position",),
            folded=True,
        ),
        Layout(
            "index_score_weights",
            "Weights of the items in the factor scores",
            ("score_weight",),
            ("term",),
            ("component",),
            ("Item",),
            each_difference=False,
            folded=True,
        ),
    ),
    "difference": (
        Layout(
            "difference_groups",
            "Groups",
            ("n", "mean", "sd"),
            ("term", "component"),
            ("quantity",),
            ("Variable", "Group"),
        ),
        Layout(
            "difference_tests",
            "Tests",
            ("f", "df1", "df2", "p_value", "eta_squared"),
            ("term",),
            ("quantity",),
            ("Variable",),
        ),
    ),
    "regression": (
        Layout(
            "regression_path",
            "Path of the selection",
            ("entered", "removed"),
            ("component", "term"),
            ("quantity",),
            ("Step", "Variable"),
            "p is that of the partial F test of the whole variable at that step.",
        ),
        Layout(
            "regression_coefficients",
            "Coefficients",
            ("estimate", "std_error", "statistic", "p_value", "beta", "vif"),
            ("term",),
            ("quantity",),
            ("Term",),
            "beta: the coefficient in standard deviations of outcome and column. VIF: by how much the "
            "variance of the coefficient is larger for what the column shares with the others; 1 is nothing, "
            "above 10 is often called too much.",
            part="",
        ),
        Layout(
            "regression_hc3",
            "Coefficients with errors that allow unequal variances (HC3)",
            ("std_error", "statistic", "p_value"),
            ("term",),
            ("quantity",),
            ("Term",),
            part="HC3",
        ),
        Layout(
            "regression_fit",
            "Fit",
            ("r_squared", "adj_r_squared", "f"),
            ("quantity",),
            (),
            ("Measure",),
        ),
    ),
    "matching": (
        Layout(
            "matching_counts",
            "Who was matched",
            ("n_treated_matched", "n_controls_matched", "n_pairs", "pair_distance_max", "caliper"),
            ("quantity",),
            (),
            ("Measure",),
        ),
        Layout(
            "matching_balance",
            "Balance before and after matching",
            ("smd", "ks", "variance_ratio"),
            ("term",),
            ("quantity", "component"),
            ("Covariate",),
            "Columns of 0 and 1 and categories have no variance ratio: it would repeat their means.",
        ),
        Layout(
            "matching_score",
            "Model of the propensity score",
            ("score_coefficient",),
            ("term",),
            (),
            ("Term",),
            folded=True,
        ),
    ),
    "effect": (
        Layout(
            "effect",
            "Effect, unmatched and matched",
            ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"),
            ("quantity",),
            ("term", "component"),
            ("Measure",),
        ),
        Layout(
            "effect_ties",
            "Matched effect by the order of tied rows",
            ("tie_low", "tie_high", "tie_mean"),
            ("quantity",),
            (),
            ("Measure",),
            "Where propensity scores are tied the pairs, and with them the effect, depend on the order of "
            "the rows: matching was repeated with the rows in other orders.",
        ),
    ),
}


def rest(stage: StageName) -> Layout:
    """Lay out the numbers of a stage that no table above takes, so that none is left out."""
    down: tuple[Field, ...] = ("quantity", "term", "component")
    return Layout(f"{stage}_other", "Other numbers", (), down, (), ("Measure", "Term", "Component"))
