import math

import pytest

from erm_bridge.numerics.e_value import e_value, e_value_of_difference, e_value_of_ratio

# VanderWeele & Ding (2017), Annals of Internal Medicine 167, 268-274.
PRINTED = (
    # Breastfeeding and death of infants by respiratory infection.
    ((3.9, 1.8, 8.7), 7.26, 3.0),
    # Breastfeeding and leukaemia of children.
    ((0.80, 0.71, 0.91), 1.81, 1.43),
)


@pytest.mark.parametrize(("ratio", "point", "limit"), PRINTED)
def test_as_printed(ratio, point, limit):
    found = e_value_of_ratio(*ratio)
    assert round(found.point, 2) == point
    assert round(found.limit, 2) == limit


def test_a_difference_of_means_by_hand():
    # d = -0.42 with standard error 0.14: risk ratio 0.682, upper limit exp(-.3822 + .2492) = 1 / 1.14225.
    found = e_value_of_difference(-0.84, 0.28, 2.0)
    assert found.point == pytest.approx(e_value(math.exp(-0.91 * 0.42)))
    assert found.limit == pytest.approx(1.14225 + math.sqrt(1.14225 * 0.14225), abs=1e-4)


def test_an_interval_that_holds_no_effect_needs_nothing():
    assert e_value_of_ratio(1.2, 0.9, 1.6).limit == 1
    assert e_value_of_ratio(0.8, 0.5, 1.0).limit == 1
    assert e_value(1) == 1


def test_a_ratio_and_its_inverse_need_the_same():
    there, back = e_value_of_ratio(2.5, 1.25, 5.0), e_value_of_ratio(0.4, 0.2, 0.8)
    assert there.point == pytest.approx(back.point)
    assert there.limit == pytest.approx(back.limit)
