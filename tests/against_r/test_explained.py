"""Small random studies end in agreement or with a reason, which never excuses a fault of an engine."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.engines.python.factors import again, composite
from erm_bridge.numerics import factoring
from erm_bridge.numerics.factor_scores import SCORE_WEIGHTS

pytestmark = pytest.mark.r

# On improper solutions (a uniqueness at its bound) psych ends above the minimum.
IMPROPER = (5, 10, 23, 99)
TRUE_FORM, TRUE_INDEX = factoring.canonical_form, composite.composite_index
TRUE_ROTATION = factoring.rotate
PROPER = (1, 8, 25, 44, 60, 70, 92)


def random_study(seed: int, folder: Path) -> Path:
    """25 to 300 rows, 6 to 12 items of one to three factors, every second time in five categories."""
    rng = np.random.default_rng(1000 + seed)
    n, p = int(rng.integers(25, 301)), int(rng.integers(6, 13))
    k = min(int(rng.integers(1, 4)), max(j for j in range(1, 4) if (p - j) ** 2 >= p + j))
    pattern = np.zeros((p, k))
    pattern[np.arange(p), np.arange(p) % k] = rng.uniform(0.35, 0.85, p)
    pattern += rng.normal(0, 0.08, (p, k)) * (k > 1)
    unique = np.clip(1 - (pattern**2).sum(axis=1), 0.1, None)
    group, age = rng.integers(0, 3, n), rng.normal(50, 12, n)
    treat = (rng.random(n) < 0.4).astype(int)
    means = 0.3 * (group[:, None] == 1) + 0.02 * (age[:, None] - 50) + 0.3 * treat[:, None]
    factors = rng.normal(size=(n, k)) + means
    values = factors @ pattern.T + rng.normal(size=(n, p)) * np.sqrt(unique)
    if seed % 2:
        values = np.digitize(values, [-1.3, -0.4, 0.4, 1.3]) + 1
    items = [f"x{j + 1}" for j in range(p)]
    frame = pd.DataFrame(values, columns=items)
    frame = frame.assign(grp=np.array(list("abc"))[group], age=age.round(1), treat=treat)
    frame.to_csv(folder / "data.csv", index=False)
    path = folder / "study.yml"
    path.write_text(
        "study: small\ndata: {source: data.csv}\n"
        "variables: {grp: {type: category, levels: [a, b, c], reference: a}}\n"
        f"index: {{items: [{', '.join(items)}], factors: {k}, "
        f"rotation: {'varimax' if seed % 5 else 'none'}, composite: {{anchor: x1}}}}\n"
        "difference: {by: [grp]}\n"
        "regression: {keep: [treat, age, grp], std_error: [classical, HC3]}\n"
        "matching: {treatment: {column: treat}, covariates: [age, grp], replace: true}\n"
        "effect: {std_error: [psmatch2, pair_and_unit]}\n"
    )
    return path


@pytest.mark.parametrize("seed", PROPER)
def test_small_studies_agree_from_end_to_end(seed: int, tmp_path: Path) -> None:
    run = eb.run(random_study(seed, tmp_path), out=None)
    failing = run.crosscheck[run.crosscheck["verdict"].isin(["differ", "missing", "undefined"])]
    assert failing.empty, failing.to_string()


@pytest.mark.parametrize("seed", IMPROPER)
def test_improper_solutions_are_explained_by_the_better_optimum(seed: int, tmp_path: Path) -> None:
    run = eb.run(random_study(seed, tmp_path), out=None)
    assert (run.verdict, run.exit_code) == ("explained", 0)
    table = run.crosscheck
    objective = table[(table["quantity"] == "objective") & (table["input_a"] == table["input_b"])]
    assert (objective["value_a"] < objective["value_b"]).all()
    assert set(table.loc[table["input_a"] != table["input_b"], "verdict"]) == {"agree"}


def wrong_weights(*given: Any) -> Any:
    return 1.00001 * SCORE_WEIGHTS["regression"](*given)


def other_rotation(loadings: np.ndarray, *given: Any) -> Any:
    found, turn = TRUE_ROTATION(loadings, *given), np.eye(loadings.shape[1])
    turn[:2, :2] = [[np.cos(1e-3), np.sin(1e-3)], [-np.sin(1e-3), np.cos(1e-3)]]
    return replace(found, loadings=found.loadings @ turn)


def other_sign(loadings: np.ndarray, *given: Any) -> Any:
    form = TRUE_FORM(loadings, *given)
    return replace(form, loadings=-form.loadings)


def another_order_of_rows(solution: Any, options: Any) -> np.ndarray:
    return np.roll(TRUE_INDEX(solution, options), 1)


@pytest.mark.parametrize("fault", ["weights", "rotation", "sign", "rows"])
def test_a_fault_beside_a_better_optimum_is_not_excused(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "weights":
        for module in (factoring, again):
            monkeypatch.setattr(module, "SCORE_WEIGHTS", {"regression": wrong_weights})
    elif fault == "rotation":
        for module in (factoring, again):
            monkeypatch.setattr(module, "rotate", other_rotation)
    elif fault == "sign":
        for module in (factoring, again):
            monkeypatch.setattr(module, "canonical_form", other_sign)
    else:
        monkeypatch.setattr(composite, "composite_index", another_order_of_rows)
    run = eb.run(random_study(23, tmp_path), out=None)
    assert "explained" not in set(run.crosscheck["verdict"])
    assert (run.summary.culprit, run.exit_code) == ("index", 1)
