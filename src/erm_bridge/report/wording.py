"""Names of things for people: engines, stages, quantities, terms, and who had whose artefacts."""

from collections.abc import Sequence

from erm_bridge.estimates import OWN
from erm_bridge.report.numbers import Style
from erm_bridge.study.labels import INTERCEPT

ENGINES = {"python": "Python", "r": "R"}

SAME_MARK = "In the figures a dot within a ring is one number that both engines have."

STAGE_TITLES = {
    "index": "Index: factor analysis and composite",
    "difference": "Difference: group means",
    "regression": "Regression: linear model",
    "matching": "Matching: pairs and balance",
    "effect": "Effect of the treatment",
}

_QUANTITIES: dict[str, tuple[str, Style]] = {
    "kmo": ("KMO (sampling adequacy)", "fixed3"),
    "bartlett_chi2": ("Bartlett's test: chi-square", "fixed3"),
    "bartlett_df": ("Bartlett's test: degrees of freedom", "count"),
    "bartlett_p": ("Bartlett's test: p", "p"),
    "n_factors": ("number of factors", "count"),
    "eigenvalue": ("eigenvalue", "fixed3"),
    "loading": ("loading", "fixed3"),
    "communality": ("communality", "fixed3"),
    "uniqueness": ("uniqueness", "fixed3"),
    "ss_loadings": ("sum of squared loadings", "fixed3"),
    "variance_share": ("share of variance", "percent"),
    "score_weight": ("score weight", "fixed3"),
    "objective": ("lack of fit (what the extraction minimises)", "significant"),
    "model_chi2": ("test that the factors suffice: chi-square", "statistic"),
    "model_df": ("test that the factors suffice: degrees of freedom", "count"),
    "model_p": ("test that the factors suffice: p", "p"),
    "model_log10_p": ("test that the factors suffice: log10 p", "statistic"),
    "null_chi2": ("test that no factor is needed: chi-square", "statistic"),
    "null_df": ("test that no factor is needed: degrees of freedom", "count"),
    "discrepancy": ("maximum-likelihood discrepancy", "fixed4"),
    "rmsea": ("RMSEA", "fixed4"),
    "rmsea_low": ("RMSEA: 90 % interval from", "fixed4"),
    "rmsea_high": ("RMSEA: 90 % interval to", "fixed4"),
    "tli": ("Tucker-Lewis index", "fixed4"),
    "cfi": ("comparative fit index", "fixed4"),
    "bic": ("BIC", "statistic"),
    "sabic": ("BIC, sample size adjusted", "statistic"),
    "rmsr": ("root mean square of residual correlations", "fixed4"),
    "rmsr_corrected": ("the same over degrees of freedom", "fixed4"),
    "fit_total": ("fit", "fixed4"),
    "fit_off_diagonal": ("fit off the diagonal", "fixed4"),
    "empirical_chi2": ("empirical chi-square", "statistic"),
    "empirical_p": ("empirical chi-square: p", "p"),
    "complexity": ("complexity", "fixed3"),
    "score_r_squared": ("R squared of factor and items", "fixed3"),
    "score_max_correlation": ("largest correlation of scores and factor", "fixed3"),
    "score_min_correlation": ("smallest correlation of two sets of scores", "fixed3"),
    "log_det": ("determinant of the correlations: logarithm", "fixed3"),
    "condition": ("condition of the correlations", "significant"),
    "correlation": ("correlation", "fixed3"),
    "correlation_smoothed": ("after smoothing", "fixed3"),
    "threshold": ("threshold", "fixed3"),
    "rotation_optima": ("different optima of the rotation", "count"),
    "start_criterion": ("rotation criterion", "significant"),
    "bartlett_log10_p": ("Bartlett's test: log10 of p", "fixed3"),
    "rotation_criterion": ("rotation criterion (what the rotation minimises)", "significant"),
    "suggested_factors": ("suggested number of factors", "count"),
    "eigenvalue_factors": ("of factors", "fixed3"),
    "eigenvalue_factors_smc": ("of factors (SMC)", "fixed3"),
    "parallel_components": ("random components", "fixed3"),
    "parallel_factors": ("random factors", "fixed3"),
    "parallel_factors_smc": ("random factors (SMC)", "fixed3"),
    "map": ("MAP", "fixed4"),
    "vss": ("VSS", "fixed4"),
    "phi": ("correlation of factors", "fixed3"),
    "structure": ("structure", "fixed3"),
    "index_weight": ("weight in the index", "fixed4"),
    "alpha": ("Cronbach's alpha", "fixed3"),
    "alpha_std": ("alpha of standardised items", "fixed3"),
    "alpha_se": ("standard error of alpha", "fixed4"),
    "alpha_low": ("alpha: interval from", "fixed3"),
    "alpha_high": ("alpha: interval to", "fixed3"),
    "lambda6": ("Guttman's lambda 6", "fixed3"),
    "average_r": ("mean correlation of items", "fixed3"),
    "median_r": ("median correlation of items", "fixed3"),
    "signal_to_noise": ("signal to noise", "fixed3"),
    "omega_total": ("omega total", "fixed3"),
    "omega_h": ("omega hierarchical", "fixed3"),
    "omega_limit": ("omega hierarchical as a share of omega total", "fixed3"),
    "ecv": ("common variance of the general factor", "fixed3"),
    "scale_mean": ("mean of the scale", "fixed3"),
    "scale_sd": ("SD of the scale", "fixed3"),
    "item_total": ("with the scale", "fixed3"),
    "if_dropped": ("without the item", "fixed3"),
    "item_mean": ("mean", "fixed3"),
    "item_sd": ("SD", "fixed3"),
    "general_loading": ("general factor", "fixed3"),
    "group_loading": ("group factor", "fixed3"),
    "omega_group": ("omega of the group", "fixed3"),
    "omega_criterion": ("omega: rotation criterion", "significant"),
    "omega_objective": ("omega: lack of fit of the general factor", "significant"),
    "sensitivity_computed": ("could be made (1 yes, 0 no)", "count"),
    "sensitivity_rank_correlation": ("order of the people (Spearman)", "fixed4"),
    "sensitivity_correlation": ("correlation with the index", "fixed4"),
    "sensitivity_difference": ("difference of groups in SDs", "fixed4"),
    "bootstrap_replicates": ("bootstrap replicates", "count"),
    "loading_low": ("loading from", "fixed3"),
    "loading_high": ("loading to", "fixed3"),
    "loading_std_error": ("standard error", "fixed4"),
    "variance_share_low": ("share of variance from", "percent"),
    "variance_share_high": ("share of variance to", "percent"),
    "variance_share_std_error": ("standard error of the share", "percent"),
    "phi_low": ("correlation from", "fixed3"),
    "phi_high": ("correlation to", "fixed3"),
    "phi_std_error": ("standard error of the correlation", "fixed4"),
    "index_mean": ("mean of the index", "scaled"),
    "index_sd": ("standard deviation of the index", "scaled"),
    "congruence": ("congruence of factors", "fixed4"),
    "n": ("n", "count"),
    "mean": ("mean", "scaled"),
    "sd": ("SD", "scaled"),
    "f": ("F", "statistic"),
    "df1": ("df between", "count"),
    "df2": ("df within", "count"),
    "p_value": ("p", "p"),
    "eta_squared": ("eta squared", "fixed4"),
    "estimate": ("estimate", "scaled"),
    "std_error": ("standard error", "scaled"),
    "statistic": ("test statistic", "statistic"),
    "conf_low": ("interval from", "scaled"),
    "conf_high": ("interval to", "scaled"),
    "entered": ("entered, p", "p"),
    "removed": ("removed, p", "p"),
    "beta": ("beta", "fixed3"),
    "vif": ("VIF", "fixed3"),
    "r_squared": ("R squared", "fixed4"),
    "adj_r_squared": ("adjusted R squared", "fixed4"),
    "score_coefficient": ("coefficient", "significant"),
    "n_treated_matched": ("treated units that found a match", "count"),
    "n_controls_matched": ("different controls used", "count"),
    "n_pairs": ("pairs", "count"),
    "n_units": ("units", "count"),
    "ess": ("effective sample size", "significant"),
    "n_subclasses": ("subclasses", "count"),
    "support_low": ("smallest score", "significant"),
    "support_high": ("largest score", "significant"),
    "units_left_out": ("units left out of the choice", "count"),
    "total_distance": ("total distance within sets", "significant"),
    "rules_broken": ("rules of the method that are broken", "count"),
    "sets_equal": ("units with the same partners", "count"),
    "smd": ("standardised difference", "fixed3"),
    "variance_ratio": ("variance ratio", "fixed3"),
    "ks": ("Kolmogorov-Smirnov distance", "fixed3"),
    "ecdf_mean": ("mean distance of distributions", "fixed3"),
    "pair_distance": ("distance within pairs", "fixed3"),
    "mean_treated": ("mean of the treated", "significant"),
    "mean_control": ("mean of the controls", "significant"),
    "reduction": ("less imbalance, percent", "significant"),
    "caliper": ("caliper", "significant"),
    "tie_exact_low": ("smallest effect", "scaled"),
    "tie_exact_high": ("largest effect", "scaled"),
    "tie_exact_mean": ("expected effect", "scaled"),
    "glass_delta": ("in SDs of the controls (Glass)", "fixed3"),
    "glass_delta_low": ("interval from, in SDs of the controls", "fixed3"),
    "glass_delta_high": ("interval to, in SDs of the controls", "fixed3"),
    "cohen_d": ("in SDs within groups (Cohen)", "fixed3"),
    "cohen_d_low": ("interval from, in SDs within groups", "fixed3"),
    "cohen_d_high": ("interval to, in SDs within groups", "fixed3"),
    "tie_low": ("smallest effect", "scaled"),
    "tie_high": ("largest effect", "scaled"),
    "tie_mean": ("mean effect", "scaled"),
    "rosenbaum_p_low": ("p at least", "p"),
    "rosenbaum_p_high": ("p at most", "p"),
    "hodges_lehmann_low": ("effect at least", "scaled"),
    "hodges_lehmann_high": ("effect at most", "scaled"),
    "e_value": ("E-value", "fixed3"),
    "pair_distance_max": ("largest distance within a pair", "significant"),
}

# Where the number of digits of a quantity comes from: the uncertainty or spread it belongs to.
SCALES = {
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), "std_error"),
    **dict.fromkeys(("mean", "sd"), "sd"),
    **dict.fromkeys(("index_mean", "index_sd"), "index_sd"),
}

_TERMS = {
    "parallel_components": "parallel analysis of components",
    "parallel_factors": "parallel analysis of factors",
    "parallel_factors_smc": "parallel analysis of factors (SMC)",
    "kaiser": "eigenvalues above 1 (Kaiser)",
    "complexity_1": "complexity 1",
    "complexity_2": "complexity 2",
    "map": "average partial correlations (MAP)",
    "vss": "very simple structure (VSS)",
    INTERCEPT: "intercept",
    "(distance)": "propensity score",
    "(prognosis)": "predicted outcome",
    "sample": "whole sample",
    "all": "whole scale",
    "model": "model",
}
_COMPONENTS = {
    "feldt": "Feldt",
    "duhachek": "Duhachek",
    "raw_r": "correlation",
    "std_r": "standardised",
    "r_cor": "corrected",
    "r_drop": "without itself",
    "before": "before",
    "after": "after",
    "pooled": "pooled SE",
    "psmatch2": "psmatch2 SE",
    "HC0": "HC0 SE",
    "HC1": "HC1 SE",
    "HC2": "HC2 SE",
    "HC3": "HC3 SE",
    "pair": "SE by pair",
    "unit": "SE by unit",
    "pair_and_unit": "SE by pair and unit",
    "subclass": "SE by matched set",
    "abadie_imbens": "Abadie-Imbens SE",
    "abadie_imbens_score": "Abadie-Imbens SE, estimated score",
    "bootstrap": "bootstrap SE",
}


def engine(name: str) -> str:
    """Name an engine."""
    return ENGINES.get(name, name)


def quantity(name: str) -> str:
    """Name a quantity; one that has no wording yet shows its name in the table."""
    return _QUANTITIES[name][0] if name in _QUANTITIES else name.replace("_", " ")


def style(name: str) -> Style:
    """Tell how numbers of a quantity are written."""
    return _QUANTITIES[name][1] if name in _QUANTITIES else "significant"


def term(name: str) -> str:
    """Name a term: columns and items keep their own names."""
    return _TERMS.get(name, name)


def component(name: str) -> str:
    """Name a component."""
    return _COMPONENTS.get(name, name)


def given(engines: Sequence[str], inputs: Sequence[str], equal: bool) -> str:
    """Say whose earlier results two engines worked on."""
    borrowed = [name for name in inputs if name != OWN]
    if borrowed:
        return f"both on {engine(borrowed[0])}'s results"
    return "both on the same data" if equal else "each on its own results"


def listing(parts: Sequence[str], last: str = "and") -> str:
    """Join names as in a sentence."""
    parts = list(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def plural(count: int, noun: str) -> str:
    """Write a count with its noun."""
    return f"{count:,} {noun if count == 1 else noun + 's'}"
