"""Numbers as people read them."""

import math

import pytest

from erm_bridge.report import numbers


@pytest.mark.parametrize(
    ("value", "style", "scale", "text"),
    [
        (2236.0, "count", None, "2,236"),
        (2236.5, "count", None, "2,236"),
        (0.0, "p", None, "< .001"),
        (0.00099, "p", None, "< .001"),
        (0.001, "p", None, ".001"),
        (0.0474, "p", None, ".047"),
        (1.0, "p", None, "1.000"),
        (0.30703, "percent", None, "30.7 %"),
        (-0.0001, "fixed3", None, "0.000"),
        (-0.0006, "fixed3", None, "-0.001"),
        (16484.7823, "fixed3", None, "16,484.782"),
        (6349.14, "scaled", 7867.4, "6,349"),
        (894.367, "scaled", 730.295, "894.4"),
        (-0.0091112, "scaled", 0.0079891, "-0.009111"),
        (3.1e-16, "scaled", 33.2241, "0.00"),
        (12.5, "scaled", 0.0, "12.50"),
        (12.5, "scaled", math.nan, "12.50"),
        (0.0, "significant", None, "0"),
        (0.01987, "significant", None, "0.01987"),
        (1.23456e-9, "significant", None, "1.235e-9"),
        (1.23456e12, "significant", None, "1.235e12"),
        (None, "count", None, "–"),
        (math.nan, "p", None, "undefined"),
        (-math.inf, "fixed3", None, "-∞"),
    ],
)
def test_a_number_has_the_digits_its_kind_needs(value, style, scale, text):
    assert numbers.number(value, style, scale) == text


@pytest.mark.parametrize(
    ("values", "style", "differ", "texts"),
    [
        ((0.81, 0.81000001), "fixed3", False, ("0.810", "0.810")),
        ((0.019870, 0.0198721), "significant", True, ("0.019870", "0.019872")),
        ((0.092499, 0.092501), "percent", False, ("9.25 %", "9.25 %")),
        ((0.04649, 0.04651), "p", False, ("0.0465", "0.0465")),
        ((1e-7, 2e-7), "p", True, ("1.00e-7", "2.00e-7")),
        ((1.0, None), "fixed3", False, ("1.000", "–")),
        ((1.0, math.nan), "fixed3", True, ("1.000", "undefined")),
        ((0.1, 0.1 + 2**-55, 0.2), "fixed3", True, ("0.100", "0.100", "0.200")),
    ],
)
def test_engines_are_written_with_as_many_digits_as_the_verdict_needs(values, style, differ, texts):
    assert numbers.together(values, style, differ=differ) == texts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (0.0, "0"),
        (0.25, "0.25"),
        (1234.5, "1,234"),
        (2.1e-6, "2.1e-6"),
        (1e9, "1.0e9"),
        (math.inf, "∞"),
    ],
)
def test_differences_are_short(value, text):
    assert numbers.small(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0 %"),
        (1e-7, "under 0.01 %"),
        (0.0024, "0.24 %"),
        (0.999, "99 %"),
        (1.0, "100 %"),
        (1.0001, "101 %"),
        (40.85, "4,085 %"),
        (math.inf, "over 10,000 %"),
    ],
)
def test_a_share_of_the_tolerance_is_never_rounded_across_100_percent(value, text):
    assert numbers.share(value) == text


@pytest.mark.parametrize("value", [0.1, -1 / 3, 2236.0, 1e-300, 6.02e23, -0.0])
def test_full_numbers_read_back_equal(value):
    assert float(numbers.full(value)) == value


def test_full_numbers_that_are_none_or_undefined():
    assert (numbers.full(None), numbers.full(math.nan), numbers.full(2236.0)) == ("", "NaN", "2236")
