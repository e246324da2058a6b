"""Whole analyses as the literature and other programs print them: extraction, rotation, fit, scores in a row.

Each docstring says where the numbers were read. A tolerance is half a unit of the last printed digit.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics.adequacy import bartlett, kmo
from erm_bridge.numerics.canonical import CanonicalForm, canonical_form
from erm_bridge.numerics.congruence import best_assignment, congruence
from erm_bridge.numerics.extraction import EXTRACTIONS
from erm_bridge.numerics.extraction import Settings as Extracting
from erm_bridge.numerics.factor_scores import regression_weights
from erm_bridge.numerics.fit import complexity, model_fit, residual_fit
from erm_bridge.numerics.rotation import Settings, rotate
from erm_bridge.numerics.score_adequacy import score_adequacy

REFERENCE = Path(__file__).parents[1] / "reference"


def table(text: str) -> np.ndarray:
    return np.array([line.split() for line in text.strip().splitlines()], dtype=float)


def arranged(found: np.ndarray, like: np.ndarray) -> np.ndarray:
    """The factors in the order and with the signs of a printed solution, in which NaN was left out."""
    coefficients = congruence(np.nan_to_num(like), found)
    partners = best_assignment(coefficients)
    return found[:, partners] * np.sign(coefficients[np.arange(len(partners)), partners])


def check(found: object, expected: object, digits: int) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.5 * 10.0**-digits)


# --- Harman's five socio-economic variables -----------------------------------------------------------------


def test_adequacy_of_five_socioeconomic_variables(printed):
    """Harman (1976), page 14, as analysed in the SAS/STAT User's Guide, "The FACTOR Procedure".

    Example "Principal Factor Analysis" (37.2 of SAS/STAT 13.1, output 37.2.1): Kaiser's measures of sampling
    adequacy. Example "Maximum Likelihood Factor Analysis" (output 37.3.1): the test of no common factor.
    """
    found = kmo(printed("census"))

    check(found.overall, 0.57536759, 8)
    check(found.items, [0.47207897, 0.55158839, 0.48851137, 0.80664365, 0.61281377], 8)
    sphericity = bartlett(printed("census"), 12)
    assert sphericity.df == 10
    check(sphericity.chi2, 54.2517, 4)


def test_varimax_of_five_socioeconomic_variables(printed):
    """SAS: `proc factor method=prin priors=smc rotate=varimax` of correlations with five decimals.

    As printed by P. Ender, philender.com, course "Multivariate", output "Factor Analysis Example - Harman -
    pg 14": rotated pattern of population, school, employment, services.
    """
    expected = table("0.02254 0.98874\n0.90419 0.00055\n0.14625 0.97499\n0.79085 0.41509")
    correlation = np.round(printed("census"), 5)
    one_pass = EXTRACTIONS["pa"].extract(correlation, 2, Extracting(iterations=1))
    found = rotate(one_pass.loadings, Settings("Varimax", normalize=True))

    check(arranged(found.loadings[:4], expected), expected, 5)


# --- Holzinger's 24 psychological tests ---------------------------------------------------------------------

ML = pd.read_csv(REFERENCE / "psychological_tests_ml.csv")


@pytest.mark.parametrize(
    ("factors", "chi2", "df", "p"),
    [
        (1, 622.91, 252, "2.28e-33"),
        (2, 420.24, 229, "2.01e-13"),
        (3, 295.59, 207, "5.12e-05"),
        (4, 226.68, 186, "0.0224"),
        (5, 186.82, 166, "0.128"),
    ],
)
def test_number_of_factors_of_24_psychological_tests(printed, factors, chi2, df, p):
    """The tests of factanal() in the example of the help page of Harman74.cor.

    As the R sources keep its output, tests/Examples/datasets-Ex.Rout.save; 145 pupils.
    """
    correlation = printed("psychological")
    found = model_fit(correlation, EXTRACTIONS["ml"].extract(correlation, factors).loadings, None, 145)

    assert found.df == df
    check(found.chi2, chi2, 2)
    assert f"{found.p:.3g}" == p


@pytest.mark.parametrize(
    ("factors", "rotation"), [(2, "varimax"), (3, "varimax"), (4, "varimax"), (5, "varimax"), (5, "promax")]
)
def test_maximum_likelihood_of_24_psychological_tests(printed, factors, rotation):
    """Uniquenesses and rotated loadings from the same output, which leaves out loadings below 0.1.

    R's promax() is psych's Promax.
    """
    rows = ML[(ML["factors"] == factors) & (ML["rotation"] == rotation)]
    expected = rows[[f"f{j}" for j in range(1, factors + 1)]].to_numpy()
    extraction = EXTRACTIONS["ml"].extract(printed("psychological"), factors)
    found = arranged(rotate(extraction.loadings, rotation.replace("promax", "Promax")).loadings, expected)

    shown = np.isfinite(expected)
    check(found[shown], expected[shown], 3)
    assert np.abs(found[~shown]).max() < 0.1
    if rotation == "varimax":
        check(extraction.uniquenesses, rows["uniqueness"], 3)


# --- Thurstone's nine ability tests -------------------------------------------------------------------------

# Revelle, W. (2025). How to: use the psych package for factor analysis and data reduction. 23 March 2025.
# Vignette `factor` of psychTools 2.5.3.


def solution(correlation: np.ndarray, extraction: str, rotation: Settings) -> CanonicalForm:
    found = rotate(EXTRACTIONS[extraction].extract(correlation, 3).loadings, rotation)
    return canonical_form(found.loadings, None, found.phi)


def test_three_oblique_factors_of_thurstones_tests(printed):
    """Revelle (2025), table 1, page 19: minres and oblimin of psych's Thurstone, 213 pupils."""
    expected = table("""
        0.90 -0.03 0.04
        0.89 0.06 -0.03
        0.84 0.03 0.00
        0.00 0.85 0.00
        -0.02 0.75 0.10
        0.18 0.63 -0.08
        0.03 -0.01 0.84
        0.38 -0.05 0.46
        -0.06 0.21 0.63
    """)
    correlation = printed("thurstone")
    found = solution(correlation, "minres", Settings("oblimin"))

    check(found.loadings, expected, 2)
    check(found.phi, [[1, 0.59, 0.53], [0.59, 1, 0.52], [0.53, 0.52, 1]], 2)
    communalities = np.diag(found.loadings @ found.phi @ found.loadings.T)
    check(communalities, [0.82, 0.84, 0.74, 0.73, 0.63, 0.50, 0.73, 0.51, 0.52], 2)
    check(np.diag(found.phi @ found.loadings.T @ found.loadings), [2.65, 1.87, 1.49], 2)
    check(complexity(found.loadings), [1, 1, 1, 1, 1, 1.2, 1, 2, 1.2], 1)
    check(score_adequacy(correlation, found.loadings, found.phi).r_squared, [0.93, 0.85, 0.82], 2)


def test_fit_of_three_factors_to_thurstones_tests(printed):
    """Revelle (2025), table 1, page 19."""
    correlation = printed("thurstone")
    found = solution(correlation, "minres", Settings("oblimin"))
    fit = model_fit(correlation, found.loadings, found.phi, 213)
    residuals = residual_fit(correlation, found.loadings, found.phi, 213)

    check([fit.null_chi2, fit.chi2, fit.bic], [1081.97, 2.98, -61.36], 2)
    assert (fit.null_df, fit.df) == (36, 12)
    check(fit.tli, 1.026, 3)
    assert (fit.rmsea, fit.rmsea_low, fit.rmsea_high) == (0, 0, 0)
    check(residuals.empirical_chi2, 0.52, 2)
    check([residuals.rmsr, residuals.rmsr_corrected], [0.01, 0.01], 2)


def test_three_components_of_thurstones_tests(printed):
    """Revelle (2025), table 4, page 25: principal components and Promax; table 10, page 37: congruence."""
    expected = table("""
        0.92 0.01 0.01
        0.90 0.10 -0.05
        0.91 0.04 -0.04
        0.01 0.84 0.07
        -0.05 0.81 0.17
        0.18 0.79 -0.15
        0.03 -0.03 0.88
        0.45 -0.16 0.57
        -0.19 0.19 0.86
    """)
    correlation = printed("thurstone")
    found = solution(correlation, "pca", Settings("Promax"))

    check(found.loadings, expected, 2)
    check(found.phi, [[1, 0.51, 0.53], [0.51, 1, 0.44], [0.53, 0.44, 1]], 2)
    factors = solution(correlation, "minres", Settings("oblimin")).loadings
    components = solution(correlation, "pca", Settings("oblimin")).loadings
    check(congruence(factors, components), table("1 0.09 0.08\n0.05 0.99 0.13\n0.13 0.04 0.99"), 2)


# --- Emmett's nine and Lawley & Maxwell's six tests ---------------------------------------------------------


def test_fit_of_three_factors_to_emmetts_tests(printed):
    """NAG Library, Mark 26.2, example program of g03ca: Lawley & Maxwell (1971), 211 children."""
    lower = """
        0.000
        -0.013 0.022
        0.011 -0.005 0.023
        -0.010 -0.019 -0.016 0.003
        -0.005 0.011 -0.012 -0.001 -0.001
        0.015 -0.022 -0.011 0.002 0.029 -0.012
        -0.001 -0.011 0.013 0.005 -0.006 -0.001 0.003
        -0.006 0.010 -0.005 -0.011 0.002 0.007 0.003 -0.001
    """
    correlation = printed("emmett")
    loadings = EXTRACTIONS["ml"].extract(correlation, 3).loadings
    found = model_fit(correlation, loadings, None, 211)

    assert found.df == 12
    check([found.chi2, found.p], [7.149, 0.848], 3)
    residuals = correlation - loadings @ loadings.T
    check(residuals[np.tril_indices(9, -1)], [float(word) for word in lower.split()], 3)


def test_score_coefficients_of_six_school_subjects(printed):
    """NAG Library, Mark 27.2, example program of g03cc: Lawley & Maxwell (1971), by regression."""
    expected = table("""
        0.1932 -0.3920
        0.1703 -0.2265
        0.1085 -0.3262
        0.3495 0.3374
        0.2989 0.2286
        0.1688 0.0978
    """)
    correlation = printed("subjects")
    found = EXTRACTIONS["ml"].extract(correlation, 2)
    weights = regression_weights(correlation, found.loadings, None, found.uniquenesses)

    check(arranged(weights, expected), expected, 4)
    check(model_fit(correlation, found.loadings, None, 220).discrepancy, 1.086720e-02, 8)
