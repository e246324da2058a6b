"""What a study asks of the stage index, in sentences that a reader without the study file understands."""

from erm_bridge.report.wording import listing, plural
from erm_bridge.study.models import Bootstrap, Composite, Index, Sensitivity, Study

CORRELATIONS = {
    "pearson": "Pearson correlations",
    "spearman": "Spearman rank correlations",
    "polychoric": "polychoric correlations, those of normal variables behind the answers",
    "tetrachoric": "tetrachoric correlations, those of normal variables behind two answers",
    "mixed": "correlations by type of item (Pearson, polyserial, polychoric)",
}
SHARES = {
    "variance": "the share of the total variance that its factor explains",
    "initial_variance": "the share of the total variance that the eigenvalue of the same number stands for",
}
EXTRACTIONS = {
    "minres": "minimum residuals (minres)",
    "uls": "unweighted least squares",
    "ols": "ordinary least squares",
    "wls": "weighted least squares",
    "gls": "generalised least squares",
    "ml": "maximum likelihood",
    "pa": "principal axes",
    "minchi": "minimum chi-square weighted by sample size (minchi)",
    "alpha": "alpha factoring",
    "pca": "principal components",
}
RULES = {
    "kaiser": "as many factors as there are eigenvalues above 1 (Kaiser's rule),",
    "parallel": "as many factors as have eigenvalues above those of random data (parallel analysis),",
    "map": "as many factors as leave the smallest average partial correlation (MAP),",
    "vss": "as many factors as make a very simple structure fit best (VSS),",
}
_UNCORRELATED, _CORRELATED = "which keeps them uncorrelated", "which lets them be correlated"
ROTATIONS = {
    "none": "not rotated",
    "varimax": f"rotated by varimax with Kaiser normalisation, {_UNCORRELATED}",
    **{
        name: f"rotated by {name}, {_UNCORRELATED}"
        for name in (
            *("Varimax", "quartimax", "equamax", "parsimax", "bentlerT", "geominT", "bifactor", "targetT"),
        )
    },
    **{
        name: f"rotated by {name}, {_CORRELATED}"
        for name in (
            *("promax", "Promax", "oblimin", "quartimin", "simplimax", "bentlerQ", "geominQ"),
            *("biquartimin", "targetQ", "procrustes"),
        )
    },
}
SCORES = {
    "regression": "the regression method (Thurstone)",
    "bartlett": "Bartlett's method",
    "anderson": "the method of Anderson and Rubin",
    "tenberge": "the method of ten Berge",
    "harman": "Harman's method of ideal variables",
}


def index(study: Study) -> tuple[str, ...]:
    """Say what the study asks of the stage index."""
    asked = study.index
    assert asked is not None
    reverse = (
        f" {listing(asked.reverse)} {'is' if len(asked.reverse) == 1 else 'are'} reverse-keyed: "
        "each answer is mirrored within the range of answers that occur."
        if asked.reverse
        else ""
    )
    return (
        f"{plural(len(asked.items), 'item')}: {', '.join(asked.items)}.{reverse}",
        _factors(asked),
        _composite(asked.composite),
        *(() if asked.sensitivity is None else (_sensitivity(asked.sensitivity),)),
        *(() if asked.bootstrap is None else (_bootstrap(asked.bootstrap),)),
    )


def _factors(asked: Index) -> str:
    many = plural(asked.factors, "factor") if isinstance(asked.factors, int) else RULES[asked.factors]
    correlation, rotation = asked.correlation.method, asked.rotation.method
    turned = ROTATIONS.get(rotation, f"rotated by {rotation}")
    return (
        f"Factor analysis of the {CORRELATIONS.get(correlation, correlation + ' correlations')}: "
        f"{many} extracted by {EXTRACTIONS.get(asked.extraction, asked.extraction)}{_convergence(asked)}, "
        f"{turned}. "
        "Factors are numbered by the variance they explain and point where most of their loadings are "
        f"positive. Factor scores by {SCORES.get(asked.scores, asked.scores)}."
    )


def _convergence(asked: Index) -> str:
    stop = asked.convergence
    if stop is None:
        return ""
    return (
        f" (until the communalities move by no more than {stop.tolerance:g}, "
        f"in at most {plural(stop.iterations, 'iteration')})"
    )


def _composite(composite: Composite) -> str:
    scale = "" if composite.scale == 1 else f", multiplied by {composite.scale:g}"
    times = "" if composite.scale == 1 else f"{composite.scale:g} "
    anchor = (
        f" The factor on which {composite.anchor} loads most is turned so that this loading is positive."
        if composite.anchor
        else ""
    )
    formula = f"index = {times}(w1 F1 + w2 F2 + ...)"
    return f"The index of a person is {_weighted(composite)}{scale}: {formula}.{anchor}"


def _weighted(composite: Composite) -> str:
    if composite.weights == "equal":
        return f"the {'mean' if composite.divide else 'sum'} of the factor scores"
    as_they_are = "shares as they are, not made to add up to 1"
    divided = "shares divided by their sum" if composite.divide else as_they_are
    return f"the sum of the factor scores, each weighted by {SHARES[composite.weights]} ({divided})"


def _sensitivity(asked: Sensitivity) -> str:
    lists = {
        "extraction": asked.extraction,
        "rotation": [rotation.method for rotation in asked.rotation],
        "weights": asked.weights,
    }
    named = [f"{key} ({', '.join(values)})" for key, values in lists.items() if values]
    return (
        f"The index is made anew by every combination of other {listing(named)}, with the same number of "
        "factors, and compared with the one above. A way that leads to a Heywood case is left out."
    )


def _bootstrap(asked: Bootstrap) -> str:
    return (
        f"Bootstrap: the rows are drawn anew with replacement {asked.replicates:,} times and the factors of "
        "each replicate brought into the order and direction that is nearest to the sample's. Intervals are "
        f"percentiles at {100 * asked.conf_level:g} %. They show sampling error alone, not the choice of "
        "method."
    )
