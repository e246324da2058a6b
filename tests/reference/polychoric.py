"""Make `polychoric.csv` and `bivariate_normal.csv`: fifty digits by mpmath, which the tests do not need.

    python tests/reference/polychoric.py

The correlation of a table solves the likelihood equation with thresholds from its margins (Olsson 1979), with
probabilities of cells by the integral of Drezner and Wesolowsky (1990). Written apart from
`erm_bridge.numerics`; only where the search for the solution starts is told by it.
"""

import csv
from pathlib import Path

import mpmath as mp
import numpy as np

from erm_bridge.numerics.correlation.categories import categorise
from erm_bridge.numerics.correlation.polychoric import polychoric

HERE = Path(__file__).parent
TABLES = [
    [[58, 52, 1], [26, 58, 3], [8, 12, 9]],
    [[40, 3, 0], [5, 30, 2], [0, 4, 60]],
    [[0, 5, 30], [4, 40, 6], [50, 3, 0]],
    [[500, 1], [2, 400]],
    [[61661, 85], [1610, 20]],
    # One unit far from all others.
    [[400, 2, 1], [3, 300, 2], [0, 3, 500]],
    [[9000, 300, 1], [300, 8000, 250], [0, 200, 9500]],
]


def cdf(h: mp.mpf, k: mp.mpf, angle: mp.mpf) -> mp.mpf:
    """Phi2 at a correlation that is the sine of the angle; limits may be infinite."""
    if mp.isinf(h) or mp.isinf(k):
        return mp.ncdf(min(h, k)) if mp.inf in (h, k) else mp.mpf(0)
    side = -1 if angle < 0 else 1
    ends = [side * (mp.pi / 2) * (1 - mp.mpf(2) ** -i) for i in range(1, 30)]
    points = [mp.mpf(0), *(end for end in ends if abs(end) < abs(angle)), angle]
    return mp.ncdf(h) * mp.ncdf(k) + mp.quad(lambda t: slope(h, k, t), points)


def slope(h: mp.mpf, k: mp.mpf, angle: mp.mpf) -> mp.mpf:
    """Derivative of Phi2 by the angle."""
    if mp.isinf(h) or mp.isinf(k):
        return mp.mpf(0)
    return mp.exp(-(h * h + k * k - 2 * h * k * mp.sin(angle)) / (2 * mp.cos(angle) ** 2)) / (2 * mp.pi)


def thresholds(margin: np.ndarray) -> list[mp.mpf]:
    shares = [mp.mpf(int(c)) / int(margin.sum()) for c in np.cumsum(margin)[:-1]]
    return [-mp.inf, *(mp.sqrt(2) * mp.erfinv(2 * share - 1) for share in shares), mp.inf]


def most_likely(counts: np.ndarray, start: float) -> mp.mpf:
    a, b = thresholds(counts.sum(axis=1)), thresholds(counts.sum(axis=0))

    def score(angle: mp.mpf) -> mp.mpf:
        of = [[cdf(x, y, angle) for y in b] for x in a]
        by = [[slope(x, y, angle) for y in b] for x in a]
        total = mp.mpf(0)
        for i, j in np.argwhere(counts > 0):
            corners = ((i + 1, j + 1, 1), (i, j + 1, -1), (i + 1, j, -1), (i, j, 1))
            probability = sum(s * of[u][v] for u, v, s in corners)
            total += int(counts[i, j]) * sum(s * by[u][v] for u, v, s in corners) / probability
        return total

    low, high = mp.asin(mp.mpf(start)) + mp.mpf("1e-6"), mp.asin(mp.mpf(start)) - mp.mpf("1e-6")
    at, other = score(low), score(high)
    for _ in range(8):
        low, at, high = high, other, high - other * (high - low) / (other - at)
        other = score(high)
        if abs(high - low) < mp.mpf("1e-25"):
            break
    else:
        raise SystemExit(f"no solution for {counts.tolist()}")
    return mp.sin(high)


def rows_of(counts: np.ndarray) -> np.ndarray:
    return np.repeat(np.argwhere(np.ones(counts.shape)), counts.ravel(), axis=0).astype(float)


def random_tables() -> list[list[list[int]]]:
    rng = np.random.default_rng(1979)
    made = []
    for rho in np.tanh(rng.normal(0, 1.3, 25)):
        n, m = int(rng.integers(60, 3000)), int(rng.integers(2, 5))
        x = rng.normal(size=(n, 2)) @ np.array([[1, rho], [0, np.sqrt(1 - rho * rho)]])
        codes = [np.searchsorted(np.sort(rng.normal(0, 0.8, m - 1)), v) for v in x.T]
        counts = np.bincount(codes[0] * m + codes[1], minlength=m * m).reshape(m, m)
        if counts.sum(axis=0).min() > 0 and counts.sum(axis=1).min() > 0:
            made.append(counts.tolist())
    return made


def write(name: str, header: list[str], rows: list[list[object]]) -> None:
    with (HERE / name).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([header, *rows])


def main() -> None:
    mp.mp.dps = 50
    solved: list[list[object]] = []
    for table in TABLES + random_tables():
        counts = np.array(table)
        start = float(polychoric(categorise(rows_of(counts))).correlation[1, 0])
        if abs(start) < 1:
            cells = ";".join(" ".join(map(str, row)) for row in table)
            solved.append([cells, mp.nstr(most_likely(counts, start), 30)])
    write("polychoric.csv", ["table", "correlation"], solved)
    rng = np.random.default_rng(2004)
    limits: list[list[object]] = []
    for rho in (-0.9999999, -0.999, -0.97, -0.5, -1e-9, 0.0, 0.3, 0.9, 0.93, 0.995, 0.9999999):
        for near in (True, False, False):
            h, k = rng.normal(0, 1.5, 2)
            k = np.sign(rho) * h + 1e-3 if near else k
            exact = cdf(mp.mpf(h), mp.mpf(k), mp.asin(mp.mpf(rho)))
            limits.append([float(h).hex(), float(k).hex(), float(rho).hex(), mp.nstr(exact, 30)])
    write("bivariate_normal.csv", ["h", "k", "rho", "cdf"], limits)


if __name__ == "__main__":
    main()
