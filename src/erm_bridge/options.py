"""The values that options can take, named once for the study file, the Python calls and the messages.

An option value that is not listed here is refused by name.
"""

from typing import Literal

StageName = Literal["index", "difference", "regression", "matching", "effect"]
STAGES: tuple[StageName, ...] = ("index", "difference", "regression", "matching", "effect")

EngineName = Literal["python", "r"]

VariableType = Literal["number", "category"]
MissingRule = Literal["complete"]

Correlation = Literal["pearson", "spearman", "polychoric", "tetrachoric", "mixed"]
Thresholds = Literal["global", "local"]
MissingItems = Literal["refuse", "listwise", "pairwise"]
Extraction = Literal["minres", "uls", "ols", "wls", "gls", "ml", "pa", "minchi", "alpha", "pca"]
FactorRule = Literal["kaiser", "parallel", "map"]
DimensionMethod = Literal["parallel", "map", "vss"]
EigenvalueKind = Literal["components", "factors", "factors_smc"]
Rotation = Literal[
    "none",
    "varimax",
    "Varimax",
    "quartimax",
    "equamax",
    "parsimax",
    "bentlerT",
    "geominT",
    "bifactor",
    "targetT",
    "procrustes",
    "promax",
    "Promax",
    "oblimin",
    "quartimin",
    "simplimax",
    "bentlerQ",
    "geominQ",
    "biquartimin",
    "targetQ",
]
ScoreMethod = Literal["regression", "bartlett", "anderson", "tenberge", "harman"]
CompositeWeights = Literal["variance", "initial_variance", "equal"]

SelectionRule = Literal["p"]
RegressionError = Literal["classical", "HC3"]

MatchingMethod = Literal[
    "nearest",
    "exact",
    "coarsened_exact",
    "subclassification",
    "optimal",
    "full",
    "generalised_full",
    "cardinality",
    "radius",
    "kernel",
    "local_linear",
]
DistanceMethod = Literal[
    "glm",
    "mahalanobis",
    "robust_mahalanobis",
    "euclidean",
    "scaled_euclidean",
]
Kernel = Literal["epanechnikov", "normal", "biweight", "tricube", "uniform"]
PairDistance = Literal[
    "mahalanobis",
    "robust_mahalanobis",
    "euclidean",
    "scaled_euclidean",
    "maximum",
    "manhattan",
    "canberra",
    "binary",
    "minkowski",
    "none",
]
PairOrder = Literal["data", "closest", "farthest"]
Link = Literal["logit", "probit", "cloglog", "cauchit"]
Discard = Literal[
    "none",
    "treated",
    "control",
    "both",
    "hull_treated",
    "hull_control",
    "hull_both",
]
MatchingOrder = Literal[
    "largest",
    "smallest",
    "closest",
    "farthest",
    "data",
    "random",
]
TieRule = Literal[
    "matchit",
    "first",
    "all",
]
CaliperUnit = Literal["raw", "sd"]
Estimand = Literal["ATT", "ATC", "ATE"]
Denominator = Literal[
    "treated",
    "control",
    "pooled",
    "all",
]
BalanceStatistic = Literal[
    "smd",
    "variance_ratio",
    "ks",
    "ecdf_mean",
    "pair_distance",
    "mean_treated",
    "mean_control",
    "reduction",
]

StandardError = Literal[
    "psmatch2",
    "HC0",
    "HC1",
    "HC2",
    "HC3",
    "pair",
    "unit",
    "pair_and_unit",
    "subclass",
    "abadie_imbens",
    "abadie_imbens_score",
    "bootstrap",
]
