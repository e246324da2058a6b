import numpy as np
import pytest
from statsmodels.nonparametric.kernel_regression import KernelReg

from erm_bridge.numerics.matching import METHODS, Problem
from erm_bridge.numerics.matching.kernel import kernel_weights
from erm_bridge.numerics.matching.kernel_sums import kernel_sums
from erm_bridge.numerics.matching.local_linear import local_linear_weights

KERNELS = ("uniform", "epanechnikov", "biweight", "tricube", "normal")


def scores(seed: int, digits: int = 15, treated: int = 60, controls: int = 200):
    """Scores of controls and treated units, ascending; the fewer digits the more ties."""
    rng = np.random.default_rng(seed)
    partners, units = rng.beta(1, 3, controls), rng.beta(2, 2, treated)
    return np.sort(np.round(partners, digits)), np.sort(np.round(units, digits))


def kernel_at(kernel: str, distance, bandwidth: float):
    u = np.abs(distance) / bandwidth
    inside = u <= 1 if kernel == "uniform" else u < 1
    values = {
        "uniform": np.ones_like(u),
        "epanechnikov": 1 - u**2,
        "biweight": (1 - u**2) ** 2,
        "tricube": (1 - u**3) ** 3,
        "normal": np.exp((u.min() ** 2 - u**2) / 2),
    }[kernel]
    return values if kernel == "normal" else np.where(inside, values, 0)


def means(partners, units, kernel, bandwidth):
    """The weights of kernel matching, a unit at a time."""
    weights = np.zeros(len(partners))
    for unit in units:
        values = kernel_at(kernel, partners - unit, bandwidth)
        if values.any():
            weights += values / values.sum()
    return weights


def lines(partners, units, kernel, bandwidth):
    """The weights of local linear matching by least squares, a unit at a time."""
    weights = np.zeros(len(partners))
    for unit in units:
        root = np.sqrt(kernel_at(kernel, partners - unit, bandwidth))
        if len(np.unique(partners[root > 1e-10])) > 1:
            design = np.column_stack([np.ones_like(partners), (partners - unit) / bandwidth])
            weights += np.linalg.pinv(root[:, None] * design)[0] * root
    return weights


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("digits", [15, 4, 2])
@pytest.mark.parametrize("bandwidth", [0.003, 0.06, 0.5, 3.0])
def test_sums_without_pairs_equal_sums_over_pairs(kernel, digits, bandwidth):
    partners, units = scores(digits, digits)
    weights, matched = kernel_weights(partners, units, kernel, bandwidth)
    np.testing.assert_allclose(weights, means(partners, units, kernel, bandwidth), rtol=0, atol=1e-12)
    assert weights.sum() == pytest.approx(matched.sum(), rel=1e-12)
    assert (weights >= 0).all()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("digits", [15, 2])
@pytest.mark.parametrize("bandwidth", [0.06, 0.5])
def test_lines_equal_least_squares(kernel, digits, bandwidth):
    partners, units = scores(10 + digits, digits)
    # Units in the middle: far from everyone the pseudo-inverse itself has few digits.
    units = units[units < 0.6]
    weights, matched = local_linear_weights(partners, units, kernel, bandwidth)
    np.testing.assert_allclose(weights, lines(partners, units, kernel, bandwidth), rtol=0, atol=1e-10)
    assert weights.sum() == pytest.approx(matched.sum(), rel=1e-11)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("power", [0, 1, 2])
def test_sums_have_the_digits_they_promise(kernel, power):
    rng = np.random.default_rng(power)
    sources, targets = np.sort(rng.random(500)), rng.random(100)
    values = rng.random(500)
    u = (sources - targets[:, None]) / 0.07
    expected = (np.stack([kernel_at(kernel, row, 1.0) for row in u]) * u**power) @ values
    if kernel == "normal":
        expected = (np.exp(-(u**2) / 2) * u**power) @ values
    found = kernel_sums(sources, values, targets, kernel, 0.07, power)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * values.sum())


def test_lone_partner_at_the_edge_of_the_window_has_all_the_weight():
    # Its kernel weight is some 1e-36: sums over many would not keep it.
    partners, units = np.append(np.zeros(500), 1 - 1e-13), np.array([0.1, 0.2, 2 - 2.1e-13])
    weights, matched = kernel_weights(partners, units, "tricube", 1.0)
    assert matched.all()
    np.testing.assert_allclose(weights, means(partners, units, "tricube", 1.0), rtol=1e-12)
    assert weights[-1] > 1


def test_window_ends_where_the_distance_says():
    # .1 + .2 is above .3, the distance of .3 and .1 is below .2: the distance decides.
    partners, units = np.array([0.3]), np.array([0.1])
    assert kernel_weights(partners, units, "uniform", 0.2)[1].all()
    assert not kernel_weights(partners, units, "uniform", np.nextafter(0.3 - 0.1, 0))[1].any()
    # A partner exactly at the bandwidth has the weight 0 by the other kernels.
    for kernel in ("epanechnikov", "biweight", "tricube"):
        assert not kernel_weights(np.array([0.75]), np.array([0.5]), kernel, 0.25)[1].any()
    assert kernel_weights(np.array([0.75]), np.array([0.5]), "uniform", 0.25)[1].all()


def test_one_score_determines_no_line():
    weights, matched = local_linear_weights(np.array([0.5, 0.5, 0.9]), np.array([0.49]), "uniform", 0.06)
    assert not matched.any()
    assert not weights.any()


def test_lines_reproduce_lines():
    partners, units = scores(4)
    for kernel in KERNELS:
        weights, matched = local_linear_weights(partners, units, kernel, 0.1)
        expected = (3 - 7 * units[matched]).sum()
        assert weights @ (3 - 7 * partners) == pytest.approx(expected, rel=1e-10)


def test_far_normal_units_keep_their_digits():
    # 50 bandwidths away only the nearest counts; its plain density would be 0.
    partners = np.array([0.0, 0.1, 0.97, 1.0])
    weights, matched = kernel_weights(partners, np.array([6.0]), "normal", 0.1)
    assert matched.all()
    assert weights[3] == pytest.approx(1, rel=1e-6)
    assert weights[2] == pytest.approx(np.exp((50**2 - 50.3**2) / 2), rel=1e-6)
    line, _ = local_linear_weights(partners, np.array([6.0]), "normal", 0.1)
    # The line through the two nearest, whose weights leave the others next to none.
    assert line == pytest.approx([0, 0, -5 / 0.03, 1 + 5 / 0.03], rel=1e-9, abs=1e-9)


def test_a_weight_of_rounding_determines_no_line():
    # .3 - .1 is a bit below .2: what the kernel leaves of the far partner is rounding.
    partners = np.array([0.1, 0.25])
    assert kernel_at("biweight", 0.3 - 0.1, 0.2) > 0
    weights, matched = local_linear_weights(partners, np.array([0.3]), "biweight", 0.2)
    assert not matched.any()
    assert not weights.any()


def weights_of(asked: Problem, method: str, bandwidth: float = 0.03, kernel: str = "epanechnikov"):
    settings = {"radius": bandwidth} if method == "radius" else {"kernel": kernel, "bandwidth": bandwidth}
    return METHODS[method](asked, **settings).weights


def problem(seed: int, **settings) -> Problem:
    rng = np.random.default_rng(seed)
    treated = rng.random(120) < 0.3
    return Problem(treated=treated, scores=np.round(rng.beta(2, 4, 120) + 0.1 * treated, 3), **settings)


def test_radius_by_hand():
    # The first treated unit has two controls within .02, one of them just there; the second has one, shared.
    found = METHODS["radius"](
        Problem(
            treated=np.array([True, True, False, False, False, True]),
            scores=np.array([0.50, 0.53, 0.48, 0.5125, 0.60, 0.90]),
        ),
        radius=0.0200000001,
    )
    # Shares .5 and 1.5, scaled to average 1 over the two.
    assert found.weights == pytest.approx([1, 1, 0.5, 1.5, 0, 0])
    assert found.matches is None
    assert found.subclass is None


@pytest.mark.parametrize("method", ["radius", "kernel", "local_linear"])
def test_promises_of_every_method(method):
    asked = problem(1)
    weights = weights_of(asked, method)
    used = (weights != 0) & ~asked.treated
    assert set(weights[asked.treated]) <= {0, 1}
    assert weights[used].mean() == pytest.approx(1)
    distance = np.abs(asked.scores[:, None] - asked.scores[asked.treated & (weights == 1)])
    assert (used == (~asked.treated & (distance <= 0.03).any(axis=1)))[distance.min(axis=1) < 0.0299].all()


@pytest.mark.parametrize("method", ["radius", "kernel", "local_linear"])
def test_row_order_scale_and_shift_do_not_matter(method):
    asked = problem(2)
    weights = weights_of(asked, method, kernel="biweight")
    order = np.random.default_rng(5).permutation(120)
    shuffled = Problem(treated=asked.treated[order], scores=asked.scores[order])
    np.testing.assert_allclose(weights_of(shuffled, method, kernel="biweight"), weights[order], atol=1e-12)
    scaled = Problem(treated=asked.treated, scores=4 - 8 * asked.scores)
    np.testing.assert_allclose(weights_of(scaled, method, 0.24, "biweight"), weights, atol=1e-10)


@pytest.mark.parametrize("method", ["radius", "kernel", "local_linear"])
def test_effect_on_controls_turns_the_groups_round(method):
    asked = problem(3)
    turned = Problem(treated=~asked.treated, scores=asked.scores, estimand="ATC")
    assert (weights_of(turned, method) == weights_of(asked, method)).all()


@pytest.mark.parametrize("method", ["radius", "kernel", "local_linear"])
def test_strata_are_matched_on_their_own_and_discarded_units_not_at_all(method):
    asked = problem(4)
    strata, usable = np.arange(120) % 3, np.arange(120) % 7 != 0
    whole = weights_of(
        Problem(treated=asked.treated, scores=asked.scores, strata=strata, usable=usable), method
    )
    assert not whole[~usable].any()
    for stratum in range(3):
        rows = (strata == stratum) & usable
        focal = asked.treated[rows]
        part = weights_of(Problem(treated=focal, scores=asked.scores[rows]), method)
        assert (whole[rows][focal] == part[focal]).all()
        # On their own they average 1, so shares are equal but for a factor.
        np.testing.assert_allclose(
            whole[rows][~focal] / whole[rows][~focal].sum(), part[~focal] / part[~focal].sum(), atol=1e-12
        )


def test_nobody_within_reach_is_an_empty_match():
    found = METHODS["radius"](
        Problem(treated=np.array([True, False]), scores=np.array([0.1, 0.9])), radius=0.1
    )
    assert found.empty


def test_kernel_regression_of_statsmodels():
    partners, units = scores(8, treated=15)
    outcome = np.sin(9 * partners)
    model = KernelReg(outcome, partners, "c", reg_type="ll", bw=[0.08], rng=0)
    expected = model.fit(units)[0].sum()
    weights, _ = local_linear_weights(partners, units, "normal", 0.08)
    assert weights @ outcome == pytest.approx(expected, rel=1e-9)
    model = KernelReg(outcome, partners, "c", reg_type="lc", bw=[0.08], rng=0)
    weights, _ = kernel_weights(partners, units, "normal", 0.08)
    assert weights @ outcome == pytest.approx(model.fit(units)[0].sum(), rel=1e-9)
