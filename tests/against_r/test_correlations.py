"""Correlations against psych and stats: random designs; items of bfi, lsat6 and sat.act with missing values.

psych's search for a polychoric correlation stops within the tolerance of `optimize()`, 1.2e-4, of the
maximum. So two things are held: the distance is within the glossary's limit, and Python's correlation is
never less likely than psych's.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics.correlation import smoothed
from erm_bridge.numerics.correlation.categories import categorise, margins, pairs, tables, thresholds_of
from erm_bridge.numerics.correlation.likelihood import Tables, log_likelihood
from erm_bridge.numerics.correlation.methods import correlate
from erm_bridge.quantities import glossary

pytestmark = pytest.mark.r

RANDOM = {"polychoric": 16, "tetrachoric": 16, "mixed": 8}
INDEFINITE = np.array([[1, 0.9, 0.2], [0.9, 1, 0.9], [0.2, 0.9, 1]])
OWN = [
    ("bfi", "pearson", 1, 0.0),
    ("bfi", "spearman", 1, 0.0),
    ("bfi", "polychoric", 1, 0.0),
    ("bfi", "polychoric", 0, 0.0),
    ("bfi", "polychoric", 0, 0.5),
    ("lsat6", "tetrachoric", 1, 0.5),
    ("lsat6", "tetrachoric", 0, 0.5),
    ("lsat6", "tetrachoric", 1, 0.0),
    ("sat.act", "spearman", 1, 0.0),
    ("sat.act", "mixed", 1, 0.5),
]


@dataclass
class Compared:
    values: np.ndarray
    method: str
    local: bool
    correct: float
    of_psych: np.ndarray

    @property
    def found(self) -> np.ndarray:
        correct = 0.0 if self.method == "polychoric" and not self.local else self.correct
        return correlate(self.values, self.method, local=self.local, correct=correct).matrix


def graded(rng: np.random.Generator, method: str) -> pd.DataFrame:
    """4 to 7 items of 2 to 6 categories of one factor, 60 to 2,000 rows; some cells are empty."""
    p, n = int(rng.integers(4, 8)), int(np.exp(rng.uniform(np.log(60), np.log(2000))))
    loadings = rng.uniform(0.2, 0.95, p) * rng.choice([1, -1], p)
    latent = rng.normal(size=(n, 1)) * loadings + rng.normal(size=(n, p)) * np.sqrt(1 - loadings**2)
    most = int(rng.integers(3, 7))
    columns = {}
    for j in range(p):
        m = 2 if method == "tetrachoric" or (method == "mixed" and j == 0) else most
        if method == "mixed" and j in (1, 2):
            columns[f"x{j}"] = latent[:, j]
            continue
        shares = np.cumsum(rng.dirichlet(np.full(m, 4.0)))[:-1]
        columns[f"x{j}"] = np.searchsorted(np.quantile(latent[:, j], shares), latent[:, j]) + 1.0
    return pd.DataFrame(columns)


def asked() -> list[tuple[str, str, int, float]]:
    made = []
    for method, count in RANDOM.items():
        for i in range(count):
            made.append(
                (f"{method}{i}", method, 1 - i % 2 if method != "mixed" else 1, [0.5, 0.5, 0.0][i % 3])
            )
    return made + OWN


@pytest.fixture(scope="module")
def compared(rscript) -> dict[tuple[str, str, int, float], Compared]:
    rng = np.random.default_rng(44)
    data = {
        name: graded(rng, method) for name, method, *_ in asked() if name not in ("bfi", "lsat6", "sat.act")
    }
    questions = pd.DataFrame(asked(), columns=["name", "method", "global", "correct"])
    answer = rscript(
        "correlations.R",
        data={
            "asked": questions,
            "indefinite": pd.DataFrame(INDEFINITE, columns=list("abc")),
            **{f"data-{name}": frame for name, frame in data.items()},
        },
    )
    found = {}
    for key, cells in answer["correlations"].groupby(["name", "method", "global", "correct"]):
        name, method, whole, correct = key
        values = (data[name] if name in data else answer[name]).to_numpy(float)
        of_psych = np.empty((values.shape[1],) * 2)
        of_psych[cells["row"].astype(int) - 1, cells["column"].astype(int) - 1] = cells["value"]
        found[name, method, int(whole), float(correct)] = Compared(
            values, method, whole == 0, correct, of_psych
        )
    found["smoothed"] = answer["smoothed"].to_numpy(float)
    return found


@cache
def limit(method: str) -> float:
    lines = glossary().query("stage == 'index' and quantity == 'correlation'")
    latent = method in ("polychoric", "tetrachoric", "mixed")
    return float(lines[lines["when"].ne("") == latent]["atol"].item())


@pytest.mark.parametrize("key", asked(), ids=lambda key: "-".join(map(str, key)))
def test_correlations_agree_within_their_tolerance(compared, key):
    of = compared[key]

    # Where both are at the end psych stops within 1e-4 of it.
    np.testing.assert_allclose(of.found, of.of_psych, rtol=0, atol=limit(of.method))


@pytest.mark.parametrize(
    "key", [key for key in asked() if key[1] == "polychoric" and not (key[2] == 0 and key[3] > 0)]
)
def test_no_correlation_is_less_likely_than_that_of_psych(compared, key):
    of = compared[key]
    items = categorise(of.values)
    counts, (rows, columns) = tables(items), pairs(of.values.shape[1])
    if of.local:
        given = Tables(counts, thresholds_of(counts.sum(axis=2)), thresholds_of(counts.sum(axis=1)))
    else:
        quantiles = thresholds_of(margins(items))
        given = Tables(counts, quantiles[rows], quantiles[columns])

    def likelihood(correlation: np.ndarray) -> np.ndarray:
        return log_likelihood(given, np.clip(correlation[rows, columns], -1 + 1e-8, 1 - 1e-8))

    better = likelihood(of.found) - likelihood(of.of_psych)
    assert (better >= -1e-9).all()
    assert better.max() > 0


def test_smoothing_is_that_of_psych(compared):
    np.testing.assert_allclose(smoothed(INDEFINITE), compared["smoothed"], rtol=0, atol=1e-14)
