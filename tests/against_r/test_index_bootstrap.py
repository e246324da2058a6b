"""Bootstrap and sensitivity table of the two engines, number by number, and against psych's own bootstrap."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb

pytestmark = pytest.mark.r

STUDY = """
study: made
seed: 11
data: {{source: made.csv}}
index:
  items: [{items}]
  extraction: {extraction}
  factors: {factors}
  rotation: {rotation}
  composite: {{weights: variance, scale: 100, anchor: x1}}
  sensitivity:
    extraction: [minres, pca]
    rotation: [varimax, none]
    weights: [variance, initial_variance, equal]
  bootstrap: {{replicates: 60, conf_level: 0.9}}
difference: {{by: [region, sex]}}
"""
NEW = "bootstrap_|loading_|variance_share_|sensitivity_|index_weight"


def made(seed: int, items: int, factors: int, rows: int) -> pd.DataFrame:
    """Graded answers to items of clear factors; `sex` goes with the first item, `region` has three levels."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(0, 0.1, (items, factors))
    loadings[np.arange(items), np.arange(items) % factors] += rng.uniform(0.5, 0.8, items)
    values = rng.normal(size=(rows, factors)) @ loadings.T + 0.6 * rng.normal(size=(rows, items))
    frame = pd.DataFrame(np.clip(np.round(3.5 + 1.3 * values), 1, 6)).set_axis(
        [f"x{j + 1}" for j in range(items)], axis="columns"
    )
    sex = np.where(frame["x1"] + rng.normal(size=rows) > 3.5, "woman", "man")
    return frame.assign(sex=sex, region=rng.choice(["north", "south", "west"], rows))


def run(folder: Path, frame: pd.DataFrame, factors: int, extraction: str, rotation: str) -> eb.Run:
    frame.to_csv(folder / "made.csv", index=False)
    names = ", ".join(name for name in frame if name.startswith("x"))
    text = STUDY.format(items=names, factors=factors, extraction=extraction, rotation=rotation)
    (folder / "study.yml").write_text(text)
    return eb.run(folder / "study.yml")


@pytest.mark.parametrize(
    ("extraction", "rotation", "items", "factors", "rows"),
    [
        ("minres", "varimax", 12, 3, 400),
        ("minres", "varimax", 24, 6, 600),
        ("minres", "none", 10, 2, 900),
        ("pca", "varimax", 20, 5, 300),
        ("pca", "none", 9, 1, 150),
    ],
)
def test_the_engines_agree_on_made_data(tmp_path, extraction, rotation, items, factors, rows):
    found = run(tmp_path, made(items + rows, items, factors, rows), factors, extraction, rotation)
    own = found.crosscheck.query("input_a == 'own' and input_b == 'own'")
    compared = own[own["quantity"].str.contains(NEW)]

    assert set(compared["verdict"]) == {"agree"}
    counts = compared["quantity"].value_counts()
    assert counts["loading_low"] == items * factors
    assert counts["variance_share_std_error"] == counts["index_weight"] == factors
    assert counts["sensitivity_correlation"] == counts["sensitivity_computed"] == 12
    # The first column of two levels, not the first column.
    differences = compared[compared["quantity"] == "sensitivity_difference"]
    assert set(differences["component"]) == {"sex"}
    assert (differences["value_a"] > 0).all()


def test_a_way_that_fails_is_said_by_both(tmp_path):
    """Six items do not determine four factors; of four components there are enough."""
    frame = made(5, 6, 2, 200)
    found = run(tmp_path, frame, 4, "pca", "varimax")
    table = found.estimates[found.estimates["quantity"] == "sensitivity_computed"]

    assert set(found.crosscheck["verdict"]) == {"agree"}
    failed = table[table["value"] == 0]
    assert set(failed["term"]) == {
        f"minres/{rotation}/{weights}"
        for rotation in ("varimax", "none")
        for weights in ("variance", "initial_variance", "equal")
    }
    assert set(failed["engine"]) == {"python", "r"}
    assert failed["note"].str.contains("4 factors are not determined by 6 items; at most 3 are").all()
    assert not table[table["value"] == 1]["term"].str.startswith("minres").any()


def test_replicates_that_fail_are_said_by_both(tmp_path):
    """Three people answer the last item otherwise: where none of them is drawn it is constant."""
    rng = np.random.default_rng(4)
    frame = made(4, 7, 1, 60)
    frame["x7"] = 1.0
    frame.loc[frame.index[:3], "x7"] = 2.0
    frame["x6"] = frame["x5"] + rng.normal(0, 0.5, 60)
    found = run(tmp_path, frame, 2, "minres", "none")
    table = found.estimates[found.estimates["quantity"] == "bootstrap_replicates"].set_index("engine")

    assert table.loc["python", "value"] == table.loc["r", "value"] < 60
    for engine in ("python", "r"):
        note = table.loc[engine, "note"]
        assert f"{60 - table.loc[engine, 'value']:.0f} of 60 replicates have no solution" in note


def test_one_factor_varies_as_much_as_psych_says(rscript):
    frame = made(7, 8, 1, 300).filter(like="x")[[f"x{j}" for j in range(1, 9)]]
    psych = rscript("index_bootstrap.R", 500, data={"items": frame})["psych"]
    found = eb.factor_analysis(frame, 1, bootstrap=2000, seed=3)
    resampled = found.bootstrap

    np.testing.assert_allclose(found.loadings["F1"], psych["loading"], atol=5e-5)
    # Two samples of standard deviations, of 500 and of 2,000 numbers: five times their error.
    error = 5 * np.sqrt(1 / (2 * 500) + 1 / (2 * 2000))
    np.testing.assert_allclose(resampled.loadings.std_error["F1"], psych["std_error"], rtol=error)
    for end in ("low", "high"):
        # psych's limits are those of a normal distribution.
        apart = getattr(resampled.loadings, end)["F1"].to_numpy() - psych[end].to_numpy()
        assert np.abs(apart / psych["std_error"]).max() < 0.5
