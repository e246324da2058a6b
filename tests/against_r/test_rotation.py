"""Rotations against psych and GPArotation, on the same unrotated loadings."""

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.rotation import ROTATIONS, Rotated, Settings, rotate

pytestmark = pytest.mark.r

# psych leaves GPArotation's eps at 1e-5. A gradient of that size says little where the criterion is flat:
# there (geomin, bifactor) loadings are off by up to 1e-3; Bentler's is flatter still, R stops at 1e-7.
STOPS_EARLY, FLAT = 3e-4, 1e-3
CLOSED_FORM = 1e-10
# The same optimum, seen from its criterion: what a gradient of 1e-5 leaves of it.
SAME_OPTIMUM = 1e-6

RANDOM = [f"random{i}" for i in range(60)]
DATA = ("bfi", "Thurstone", "Harman74")
REAL = [f"{data}-{extraction}" for data in DATA for extraction in ("minres", "pca")]
DESCENTS = {
    "Varimax": {},
    "quartimax": {},
    "equamax": {},
    "parsimax": {},
    "bentlerT": {},
    "geominT": {},
    "bifactor": {},
    "oblimin": {},
    "oblimin_gamma": {"method": "oblimin", "gamma": -0.5},
    "oblimin_kaiser": {"method": "oblimin", "normalize": True},
    "quartimin": {},
    "bentlerQ": {},
    "geominQ": {},
    "biquartimin": {},
}
FLAT_CRITERIA = ("bifactor", "biquartimin", "geominT", "geominQ")

# Jennrich (2002), table 1 on page 12: Thurstone's 20 boxes rotated obliquely to a target of 27 zeros.
BOXES = """
.013 .994 .007  .991 .012 .001  .018 .003 .986  .772 .477 .002  .003 .393 .874  .409 .003 .816
.548 .730 -.020  .023 .870 .405  .799 -.024 .453  .664 .621 -.005  -.058 .915 .512  .639 -.018 .644
.046 .980 -.003  .971 -.038 .060  -.026 .025 .965  .380 .281 .726  .490 .652 .286  -.025 .971 .019
.957 .061 -.045  .028 .000 .976
"""
BOX_ZEROS = {
    0: [0, 2, 4, 7, 10, 12, 14, 17, 19],
    1: [1, 2, 5, 8, 11, 13, 14, 18, 19],
    2: [0, 1, 3, 6, 9, 12, 13, 17, 18],
}


def settings_of(name: str, p: int, k: int) -> Settings:
    if name == "simplimax":
        return Settings("simplimax", zeros=p * (k - 1))
    return Settings(**{"method": name, **DESCENTS[name]})


def random_correlations(rng: np.random.Generator, k: int) -> tuple[np.ndarray, int]:
    """Correlations of 6 to 40 items on k correlated factors, seen in 100 to 3,000 rows."""
    p = int(rng.integers(max(6, 3 * k), 41))
    n = int(np.exp(rng.uniform(np.log(100), np.log(3000))))
    loadings = rng.normal(0, 0.1, (p, k))
    loadings[np.arange(p), np.arange(p) % k] += rng.uniform(0.4, 0.8, p) * rng.choice([1, 1, 1, -1], p)
    correlated = rng.uniform(0, 0.5)
    loadings = loadings @ np.linalg.cholesky(correlated + (1 - correlated) * np.eye(k))
    loadings *= np.minimum(1, 0.95 / np.linalg.norm(loadings, axis=1))[:, None]
    values = rng.normal(size=(n, k)) @ loadings.T
    values += rng.normal(size=(n, p)) * np.sqrt(1 - np.square(loadings).sum(axis=1))
    return np.corrcoef(values.T), n


@pytest.fixture(scope="module")
def by_r(rscript) -> dict[str, dict[str, np.ndarray]]:
    """Numbers of R (as matrices) by case and quantity."""
    rng = np.random.default_rng(5)
    factors = [2 + i % 7 for i in range(len(RANDOM))]
    made = [random_correlations(rng, k) for k in factors]
    tables = {f"r-{name}": numbered(r) for name, (r, _) in zip(RANDOM, made, strict=True)}
    rows = [float(n) for _, n in made]
    designs = pd.DataFrame({"design": RANDOM, "factors": [float(k) for k in factors], "n": rows})
    return matrices(rscript("rotation.R", "loadings", data={"designs": designs, **tables})["numbers"])


def numbered(matrix: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(matrix, columns=[f"V{j + 1}" for j in range(matrix.shape[1])])


def matrices(numbers: pd.DataFrame) -> dict[str, dict[str, np.ndarray]]:
    found: dict[str, dict[str, np.ndarray]] = {}
    for (case, quantity), cells in numbers.groupby(["case", "quantity"]):
        at = cells[["row", "column"]].to_numpy(int) - 1
        matrix = found.setdefault(case, {})[quantity] = np.full(at.max(axis=0) + 1, np.nan)
        matrix[tuple(at.T)] = cells["value"]
    return found


@pytest.fixture(scope="module")
def by_python(by_r) -> dict[tuple[str, str], Rotated]:
    """Python's rotation of the same loadings."""
    return {
        (case, name): rotate(by_r[case]["unrotated"], settings_of(name, *by_r[case]["unrotated"].shape))
        for case in (*RANDOM, *REAL)
        for name in (*DESCENTS, "simplimax")
    }


@pytest.mark.parametrize("name", [*DESCENTS, "simplimax"])
def test_the_criterion_is_never_worse_than_that_of_psych(by_r, by_python, name):
    for case in (*RANDOM, *REAL):
        found, theirs = by_python[case, name].criterion, by_r[case][f"{name}:criterion"].item()
        assert found <= theirs + 1e-9 * (1 + abs(theirs)), case


@pytest.mark.parametrize("name", DESCENTS)
def test_loadings_and_phi_are_those_of_psych(by_r, by_python, name):
    """Where psych reached the same optimum; where it did not, its criterion is clearly worse."""
    limit = FLAT if name in FLAT_CRITERIA else STOPS_EARLY
    elsewhere = 0
    for case in (*RANDOM, *REAL):
        found, theirs = by_python[case, name], by_r[case]
        if found.criterion < theirs[f"{name}:criterion"].item() - SAME_OPTIMUM:
            elsewhere += 1
            continue
        # Both start from the same place: even signs and order are the same.
        np.testing.assert_allclose(
            found.loadings, theirs[f"{name}:loading"], rtol=0, atol=limit, err_msg=case
        )
        if found.phi is not None:
            np.testing.assert_allclose(found.phi, theirs[f"{name}:phi"], rtol=0, atol=limit, err_msg=case)
    # psych starts bi-factor rotations, which have many optima, from one place only.
    several = name in ("bifactor", "biquartimin")
    assert elsewhere <= (len((*RANDOM, *REAL)) // 4 if several else 3)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("varimax", Settings("varimax")),
        ("varimax_raw", Settings("varimax", normalize=False)),
        ("promax", Settings("promax")),
        ("Promax", Settings("Promax")),
        ("stats_promax", Settings("Promax")),
    ],
)
def test_rotations_without_a_descent(by_r, name, settings):
    for case in (*RANDOM, *REAL):
        theirs = by_r[case]
        found = rotate(theirs["unrotated"], settings)
        np.testing.assert_allclose(
            found.loadings, theirs[f"{name}:loading"], rtol=0, atol=CLOSED_FORM, err_msg=case
        )
        if f"{name}:phi" in theirs:
            np.testing.assert_allclose(found.phi, theirs[f"{name}:phi"], rtol=0, atol=CLOSED_FORM)


def test_procrustes(by_r):
    for case in (*RANDOM, *REAL):
        theirs = by_r[case]
        x = theirs["unrotated"]
        # psych::factor2cluster: the largest loading of each item, as its sign.
        keys = np.zeros_like(x)
        largest = np.abs(x).argmax(axis=1)
        keys[np.arange(len(x)), largest] = np.sign(x[np.arange(len(x)), largest])
        keys = keys[:, keys.any(axis=0)]
        if keys.shape == x.shape:
            found = rotate(x, Settings("procrustes", target=keys))
            np.testing.assert_allclose(found.loadings, theirs["procrustes:loading"], atol=CLOSED_FORM)


def test_gparotation_does_not_move_from_where_python_ended(rscript, by_r, by_python):
    """From Python's rotation GPArotation, asked for a gradient of 1e-7, goes nowhere: less than 1e-7."""
    cases, tables, expected = [], {}, {}
    for i, ((case, name), found) in enumerate(by_python.items()):
        if name == "oblimin_kaiser":
            continue
        t = found.rotation if found.phi is None else np.linalg.inv(found.rotation).T
        tables[f"from-c{i}"] = numbered(np.vstack([t, by_r[case]["unrotated"]]))
        cases.append((f"c{i}", name))
        expected[f"c{i}"] = found.loadings
    asked = pd.DataFrame(cases, columns=["case", "rotation"])
    moved = matrices(rscript("rotation.R", "restart", data={"cases": asked, **tables})["numbers"])

    assert len(moved) == len(cases) == 14 * 66
    for case, loadings in expected.items():
        np.testing.assert_allclose(moved[case]["loading"], loadings, rtol=0, atol=1e-7, err_msg=case)


def test_thurstones_boxes_as_jennrich_printed_them(by_r):
    printed = np.array(BOXES.split(), dtype=float).reshape(20, 3)
    target = np.full((20, 3), np.nan)
    for factor, items in BOX_ZEROS.items():
        target[items, factor] = 0
    found = rotate(by_r["box20"]["unrotated"], Settings("targetQ", target=target)).loadings
    found = found * np.sign((found * printed).sum(axis=0))

    np.testing.assert_allclose(found, printed, rtol=0, atol=6e-4)


@pytest.mark.parametrize("name", ["oblimin", "promax", "geominQ", "quartimax"])
@pytest.mark.parametrize("data", DATA)
def test_in_canonical_form_order_sign_and_phi_are_those_of_psych_fa(by_r, data, name):
    theirs = by_r[f"{data}-minres"]
    found = rotate(theirs["unrotated"], name)
    form = canonical_form(found.loadings, None, found.phi)

    np.testing.assert_allclose(form.loadings, theirs[f"fa_{name}:loading"], rtol=0, atol=STOPS_EARLY)
    phi = np.eye(form.loadings.shape[1]) if form.phi is None else form.phi
    np.testing.assert_allclose(phi, theirs[f"fa_{name}:phi"], rtol=0, atol=STOPS_EARLY)
    reproduced = form.loadings @ phi @ form.loadings.T
    np.testing.assert_allclose(reproduced, theirs[f"fa_{name}:model"], rtol=0, atol=1e-12)


def test_every_method_is_among_those_compared():
    compared = {settings_of(name, 9, 2).method for name in (*DESCENTS, "simplimax")}
    others = {"none", "varimax", "promax", "Promax", "procrustes", "targetQ", "targetT"}

    assert compared | others == set(ROTATIONS)
