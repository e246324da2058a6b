"""The same factor analysis by other packages, run by a Python that has them: seconds and loadings."""

import json
import sys
from statistics import median
from time import perf_counter

import numpy as np


def factor_analyzer(x, k):
    from factor_analyzer import FactorAnalyzer

    model = FactorAnalyzer(n_factors=k, rotation="varimax", method="minres").fit(x)
    model.transform(x)
    return model.loadings_


def statsmodels(x, k):
    from statsmodels.multivariate.factor import Factor

    result = Factor(x, n_factor=k, method="pa").fit(maxiter=200)
    result.rotate("varimax")
    result.factor_scoring(method="regression")
    return result.loadings


def scikit_learn(x, k):
    from sklearn.decomposition import FactorAnalysis

    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    model = FactorAnalysis(k, rotation="varimax", svd_method="lapack", tol=1e-8, max_iter=5000).fit(z)
    model.transform(z)
    return model.components_.T


def main() -> None:
    file, rows, items, factors, rounds = sys.argv[1], *map(int, sys.argv[2:])
    x = np.ascontiguousarray(np.fromfile(file).reshape(items, rows).T)
    found = {}
    for call in (factor_analyzer, statsmodels, scikit_learn):
        taken = []
        for _ in range(rounds):
            started = perf_counter()
            loadings = call(x, factors)
            taken.append(perf_counter() - started)
        found[call.__name__] = {"seconds": median(taken), "loadings": np.asarray(loadings).tolist()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
