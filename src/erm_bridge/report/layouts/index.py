"""The tables of the stage index, in the order of the page."""

from erm_bridge.report.layouts.layout import Layout

_ADEQUACY = Layout(
    "index_adequacy",
    "Adequacy and index",
    (
        *("kmo", "bartlett_chi2", "bartlett_df", "bartlett_p", "bartlett_log10_p", "log_det", "condition"),
        *("n_factors", "objective", "rotation_criterion", "rotation_optima", "index_mean", "index_sd"),
        "bootstrap_replicates",
    ),
    ("quantity",),
    (),
    ("Measure",),
    "KMO: above .8 the items are well suited to a factor analysis, below .5 they are not. "
    "Bartlett's test: a small p says that the items are correlated at all.",
    only="all",
)

_CORRELATIONS = (
    Layout(
        "index_correlations",
        "Correlations of the items",
        ("correlation", "correlation_smoothed"),
        ("term",),
        ("quantity", "component"),
        ("Item",),
        each_difference=False,
        folded=True,
    ),
    Layout(
        "index_thresholds",
        "Thresholds of the items",
        ("threshold",),
        ("term",),
        ("component",),
        ("Item",),
        "Where a normal variable behind the answers passes from one category to the next.",
        each_difference=False,
        folded=True,
    ),
)

_DIMENSION = (
    Layout(
        "index_suggested",
        "Number of factors by rule",
        ("suggested_factors",),
        ("term", "component"),
        (),
        ("Rule", "Variant"),
        "Rules rarely agree. Kaiser's keeps too many where items are many; parallel analysis compares the "
        "eigenvalues with those of random data of the same size.",
    ),
    Layout(
        "index_parallel",
        "Parallel analysis: eigenvalues of random data",
        ("eigenvalue_*", "parallel_*"),
        ("component",),
        ("quantity", "term"),
        ("Position",),
        folded=True,
    ),
    Layout(
        "index_map_vss",
        "Average partial correlations (MAP) and very simple structure (VSS)",
        ("map", "vss"),
        ("component",),
        ("quantity", "term"),
        ("Factors",),
        "MAP is smallest, VSS largest at the number of factors that it suggests.",
        folded=True,
    ),
)

_SOLUTION = (
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
        "index_phi",
        "Correlations of the factors (phi)",
        ("phi",),
        ("term",),
        ("component",),
        ("Factor",),
        "The rotation is oblique: factors may be correlated. The loadings above are the pattern; "
        "correlations of items with factors are the structure.",
        each_difference=False,
    ),
    Layout(
        "index_structure",
        "Correlations of the items with the factors (structure)",
        ("structure",),
        ("term",),
        ("component",),
        ("Item",),
        each_difference=False,
        folded=True,
        bold_from=0.4,
    ),
    Layout(
        "index_factors",
        "Factors",
        ("ss_loadings", "variance_share", "index_weight"),
        ("component",),
        ("quantity",),
        ("Factor",),
        only="all",
    ),
    Layout(
        "index_starts",
        "Rotation criterion by start",
        ("start_criterion",),
        ("component",),
        (),
        ("Start",),
        "Start 0 is from the loadings as they were extracted, the others are random.",
        folded=True,
    ),
    Layout(
        "index_items",
        "Items",
        ("kmo", "communality", "uniqueness", "complexity"),
        ("term",),
        ("quantity",),
        ("Item",),
        "Communality: the share of an item's variance that the factors explain together. Complexity: how "
        "many factors it takes to explain the item; 1 is one factor alone.",
        each_difference=False,
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
)

_FIT = Layout(
    "index_fit",
    "Fit",
    (
        *("model_chi2", "model_df", "model_p", "model_log10_p", "discrepancy"),
        *("rmsea", "rmsea_low", "rmsea_high", "tli", "cfi", "bic", "sabic"),
        *("rmsr", "rmsr_corrected", "fit_total", "fit_off_diagonal", "empirical_*", "null_*"),
    ),
    ("quantity",),
    (),
    ("Measure",),
    "How well so many factors reproduce the correlations. A small p of chi-square says that they do not "
    "reproduce them exactly, which in large samples is the rule; RMSEA and RMSR below .06, TLI and CFI above "
    ".95 are often called good.",
    only="all",
)

_SCORES = Layout(
    "index_scores",
    "How well scores measure the factors",
    ("score_r_squared", "score_max_correlation", "score_min_correlation"),
    ("component",),
    ("quantity",),
    ("Factor",),
    "Below about .5 the smallest correlation of two sets of scores that fit equally well says that the order "
    "of the people is not settled by the items.",
)

_UNCERTAINTY = (
    Layout(
        "index_sensitivity",
        "Other ways to make the index",
        (
            *("sensitivity_computed", "sensitivity_rank_correlation", "sensitivity_correlation"),
            "sensitivity_*",
        ),
        ("term",),
        ("quantity", "component"),
        ("Extraction, rotation, weights",),
        "The same index by other choices that a study could have made: how far the order of the people and "
        "the difference between groups move with them.",
        each_difference=False,
    ),
    Layout(
        "index_loading_intervals",
        "Bootstrap intervals of the loadings",
        ("loading_low", "loading_high", "loading_std_error"),
        ("term", "component"),
        ("quantity",),
        ("Item", "Factor"),
        each_difference=False,
        folded=True,
    ),
    Layout(
        "index_share_intervals",
        "Bootstrap intervals of the shares of variance",
        ("variance_share_low", "variance_share_high", "variance_share_std_error"),
        ("component",),
        ("quantity",),
        ("Factor",),
        each_difference=False,
    ),
    Layout(
        "index_phi_intervals",
        "Bootstrap intervals of the correlations of the factors",
        ("phi_low", "phi_high", "phi_std_error"),
        ("term", "component"),
        ("quantity",),
        ("Factor", "Factor"),
        each_difference=False,
    ),
)

_RELIABILITY = (
    Layout(
        "index_reliability",
        "Reliability",
        (
            *("alpha", "alpha_low", "alpha_high", "alpha_se", "alpha_std", "lambda6"),
            *("omega_total", "omega_h", "omega_limit", "ecv", "average_r", "median_r", "signal_to_noise"),
            *("scale_mean", "scale_sd", "omega_criterion", "omega_objective"),
        ),
        ("quantity", "component"),
        (),
        ("Measure", "Interval"),
        "Alpha and omega: the share of the variance of the sum of all items that is not error; omega "
        "hierarchical: what one factor common to all items has of it.",
        only="all",
    ),
    Layout(
        "index_item_total",
        "Items and scale",
        ("item_total", "if_dropped", "item_mean", "item_sd"),
        ("term",),
        ("quantity", "component"),
        ("Item",),
        "Correlations of each item with the scale, and the scale without it.",
        each_difference=False,
        folded=True,
    ),
    Layout(
        "index_omega",
        "General and group factors (Schmid-Leiman)",
        ("general_loading", "group_loading"),
        ("term",),
        ("quantity", "component"),
        ("Item",),
        each_difference=False,
        folded=True,
    ),
    Layout(
        "index_omega_groups",
        "Omega of the group factors",
        ("omega_group",),
        ("term",),
        ("component",),
        ("Group",),
        each_difference=False,
        folded=True,
    ),
)

INDEX: tuple[Layout, ...] = (
    _ADEQUACY,
    *_CORRELATIONS,
    *_DIMENSION,
    *_SOLUTION,
    _FIT,
    _SCORES,
    *_RELIABILITY,
    *_UNCERTAINTY,
)
