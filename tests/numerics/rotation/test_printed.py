"""Rotations of printed loadings, as other programs print them."""

import numpy as np

from erm_bridge.numerics.rotation import Settings, rotate


def table(text: str) -> np.ndarray:
    return np.array([line.split() for line in text.strip().splitlines()], dtype=float)


def test_varimax_without_normalisation():
    """NAG Library, example program of g03ba: ten variables, three factors."""
    unrotated = table("""
        0.788 -0.152 -0.352
        0.874 0.381 0.041
        0.814 -0.043 -0.213
        0.798 -0.170 -0.204
        0.641 0.070 -0.042
        0.755 -0.298 0.067
        0.782 -0.221 0.028
        0.767 -0.091 0.358
        0.733 -0.384 0.229
        0.771 -0.101 0.071
    """)
    expected = table("""
        0.329 -0.289 -0.759
        0.849 -0.273 -0.340
        0.450 -0.327 -0.633
        0.345 -0.397 -0.657
        0.453 -0.276 -0.370
        0.263 -0.615 -0.464
        0.332 -0.561 -0.485
        0.472 -0.684 -0.183
        0.209 -0.754 -0.354
        0.423 -0.514 -0.409
    """)
    found = rotate(unrotated, Settings("Varimax", normalize=False)).loadings

    order = np.argmax(np.abs(expected.T @ found), axis=1)
    signs = np.sign((expected * found[:, order]).sum(axis=0))
    np.testing.assert_allclose(found[:, order] * signs, expected, rtol=0, atol=5e-4)


EIGHT = table("""
    0.830 -0.396
    0.818 -0.469
    0.777 -0.470
    0.798 -0.401
    0.786 0.500
    0.672 0.458
    0.594 0.444
    0.647 0.333
""")


def test_quartimax_and_quartimin_of_harmans_eight_physical_variables():
    """Bernaards & Jennrich (2005), Educational and Psychological Measurement 65, 676-696: their example.

    As quoted, with a gradient of 1e-8, by tests/Harman.R of GPArotation 2025.3-1, whose data are Harman's
    loadings.
    """
    quartimax = table("""
        0.898754567 0.194823580
        0.933943406 0.129748657
        0.902131483 0.103864268
        0.876508251 0.171284220
        0.315572019 0.876476069
        0.251123191 0.773488941
        0.198007116 0.714678376
        0.307857241 0.659334451
    """)
    quartimin = table("""
        0.891821769 0.056014645
        0.953679998 -0.023246000
        0.929149862 -0.046502739
        0.876682851 0.033658245
        0.013698831 0.925001382
        -0.017266808 0.821253544
        -0.052446899 0.764953638
        0.085888063 0.683116095
    """)

    found = rotate(EIGHT, Settings("quartimax", normalize=False))
    np.testing.assert_allclose(found.loadings, quartimax, rtol=0, atol=1e-8)
    found = rotate(EIGHT, Settings("quartimin", normalize=False))
    np.testing.assert_allclose(found.loadings, quartimin, rtol=0, atol=1e-8)
    np.testing.assert_allclose(found.phi, [[1, 0.472747617], [0.472747617, 1]], rtol=0, atol=1e-8)
