import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.errors import InputError

FRAME = pd.DataFrame(
    {
        "t": [1, 0, 0, 1, 0, 0],
        "x": [1.0, 2, 3, 4, 5, 0],
        "g": pd.Categorical(["a", "a", "b", "b", "a", "b"]),
        "y": [3.0, 1, 2, 8, 4, 0],
    },
    index=list("uvwxyz"),
)
SCORES = [0.5, 0.52, 0.9, 0.8, 0.1, 0.45]


def matched(**changes):
    return eb.match(FRAME, treatment="t", covariates=["x", "g"], distance=SCORES, **changes)


def test_the_usual_columns_keep_their_place():
    assert matched().balance.columns.tolist() == [
        *(
            "smd_before",
            "smd_after",
            "variance_ratio_before",
            "variance_ratio_after",
            "ks_before",
            "ks_after",
        ),
        *("ecdf_mean_before", "ecdf_mean_after", "pair_distance_after"),
    ]


def test_sizes():
    sizes = matched().sizes
    assert sizes.columns.tolist() == ["treated", "controls"]
    assert sizes.loc["all"].tolist() == [2, 4]
    assert sizes.loc["matched"].tolist() == [2, 2]
    assert sizes.loc["unmatched"].tolist() == [0, 2]
    assert sizes.loc["discarded"].tolist() == [0, 0]
    # v serves u and x alone is w's: weights 1 and 1.
    assert sizes.loc["matched (ESS)"].tolist() == [2, 2]
    # Two rounds with replacement: u has v and z, x has w and v: weights .5, 1 and .5 times 3/2.
    twice = matched(ratio=2, replace=True).sizes
    assert twice.loc["matched (ESS)", "controls"] == pytest.approx(2**2 / (0.25 + 1 + 0.25))


def test_a_table_as_asked():
    table = matched().balance_table(
        denominator="all", interactions=True, prognosis=FRAME["y"], statistics=["mean_treated", "smd"]
    )
    assert table.columns.tolist() == ["mean_treated_before", "mean_treated_after", "smd_before", "smd_after"]
    assert table.index.tolist() == [
        *("x", "g[a]", "g[b]", "x^2", "x * g[a]", "x * g[b]", "(prognosis)", "(distance)")
    ]
    assert table.loc["x^2", "mean_treated_before"] == 8.5
    # Means 8.5 and 9.5; all six squares 1, 4, 9, 16, 25 and 0.
    assert table.loc["x^2", "smd_before"] == pytest.approx(-1 / np.std([1, 4, 9, 16, 25, 0], ddof=1))


def test_distances_within_pairs():
    table = matched().balance_table(statistics="pair_distance", denominator="control")
    # u and v, x and w: 1 and 1; controls 2, 3, 5 and 0.
    assert table.loc["x", "pair_distance_after"] == pytest.approx(1 / np.std([2, 3, 5, 0], ddof=1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"denominator": "cohen"}, "denominator"),
        ({"statistics": ["t"]}, "statistics"),
        ({"statistics": ["smd", "smd"]}, "smd"),
        ({"prognosis": FRAME["y"].iloc[:3]}, "outcome"),
    ],
)
def test_errors_name_the_argument(arguments, message):
    with pytest.raises(InputError, match=message):
        matched().balance_table(**arguments)


def test_a_prognosis_that_controls_do_not_tell():
    frame = FRAME.assign(x=[1.0, 2, 2, 4, 2, 2])
    found = eb.match(frame, treatment="t", covariates=["x"], distance=SCORES)
    with pytest.raises(InputError, match=r"prognosis among the controls.*'x'"):
        found.balance_table(prognosis=frame["y"])
