"""Which numbers of a stage stand in which table, and which of their names run down and across."""

from erm_bridge.options import StageName
from erm_bridge.report.layouts.index import INDEX
from erm_bridge.report.layouts.layout import Field, Layout

__all__ = ["LAYOUTS", "Field", "Layout", "rest"]

LAYOUTS: dict[StageName, tuple[Layout, ...]] = {
    "index": INDEX,
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
            (
                "n_treated_matched",
                "n_controls_matched",
                "n_pairs",
                "n_subclasses",
                "units_left_out",
                "total_distance",
                "rules_broken",
                "pair_distance_max",
                "caliper",
            ),
            ("quantity",),
            (),
            ("Measure",),
        ),
        Layout(
            "matching_sizes",
            "Sizes of the groups",
            ("n_units", "ess"),
            ("term",),
            ("quantity", "component"),
            ("Units",),
            "Effective sample size: as many unweighted units would be as precise.",
        ),
        Layout(
            "matching_support",
            "Range of the scores",
            ("support_low", "support_high"),
            ("term",),
            ("quantity",),
            ("Group",),
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
            "matching_distances",
            "Means, and distances of distributions and within pairs",
            ("mean_treated", "mean_control", "ecdf_mean", "pair_distance"),
            ("term",),
            ("quantity", "component"),
            ("Covariate",),
            folded=True,
        ),
        Layout(
            "matching_reduction",
            "By how many percent matching made imbalances smaller",
            ("reduction",),
            ("term",),
            ("component",),
            ("Covariate",),
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
            without="placebo[",
        ),
        Layout(
            "effect_tie_bounds",
            "Matched effect over every choice among tied controls",
            ("tie_exact_low", "tie_exact_high", "tie_exact_mean"),
            ("quantity",),
            (),
            ("Measure",),
            "Bounds over all choices among equally near controls; expected is a choice at random.",
        ),
        Layout(
            "effect_in_sd",
            "Effect in standard deviations of the outcome",
            (
                "glass_delta",
                "glass_delta_low",
                "glass_delta_high",
                "cohen_d",
                "cohen_d_low",
                "cohen_d_high",
            ),
            ("quantity",),
            ("term", "component"),
            ("Measure",),
            "Standard deviations before matching, taken as known.",
            folded=True,
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
        Layout(
            "effect_bounds",
            "Bounds under hidden bias (Rosenbaum)",
            ("rosenbaum_p_low", "rosenbaum_p_high", "hodges_lehmann_low", "hodges_lehmann_high"),
            ("component",),
            ("quantity",),
            ("Gamma",),
            "Gamma: by what factor the odds of treatment of two units of a pair, alike in the covariates, "
            "may differ through something that was not observed (1: no hidden bias). The p value (one-sided, "
            "of the signed rank statistic; of an outcome of 0 and 1, of McNemar's test) and the effect "
            "(Hodges-Lehmann) then lie between these limits.",
        ),
        Layout(
            "effect_e_value",
            "E-value",
            ("e_value",),
            ("term",),
            (),
            ("Of",),
            "The risk ratio that something unobserved must have with the treatment and with the outcome, "
            "over and above the covariates, to explain away the effect (point) or to bring the nearer 95 % "
            "limit to no effect (limit).",
        ),
        Layout(
            "effect_placebo",
            "Placebo outcomes",
            ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"),
            ("term",),
            ("component", "quantity"),
            ("Column",),
            "The matched effect on columns that the treatment cannot have changed: what is not zero is bias "
            "that the match has left, or chance.",
        ),
    ),
}


def rest(stage: StageName) -> Layout:
    """Lay out the numbers of a stage that no table above takes, so that none is left out."""
    down: tuple[Field, ...] = ("quantity", "term", "component")
    return Layout(f"{stage}_other", "Other numbers", (), down, (), ("Measure", "Term", "Component"))
