"""The model study `studies/erm2017` on its simulated survey: cohort, published figures, ties, notes."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import erm_bridge as eb
from erm_bridge import run_folder
from erm_bridge.simulate import simulate, write

STUDY = Path(__file__).parents[1] / "studies/erm2017"


@cache
def both() -> eb.Run:
    return eb.run(STUDY)


def value(run: eb.Run, stage: str, quantity: str, term: str, component: str = "", engine: str = "r") -> float:
    rows = run.estimates.query(
        "stage == @stage and quantity == @quantity and term == @term and component == @component"
        " and engine == @engine and input == 'own'"
    )
    return float(rows["value"].item())


@pytest.mark.r
def test_every_number_agrees() -> None:
    run = both()
    assert run.exit_code == 0
    assert set(run.crosscheck["verdict"]) == {"agree"}
    assert {"loading", "entered", "vif", "ks", "tie_low"} <= set(run.estimates["quantity"])


@pytest.mark.r
def test_the_cohort_is_the_published_one() -> None:
    flow = both().cohort.flow
    assert flow["n_out"].tolist() == [169_989, 6_187, 3_723, 3_478, 3_391, 3_333]
    assert value(both(), "difference", "n", "host_insurance", "1") == 606
    assert value(both(), "difference", "n", "host_insurance", "0") == 2_727


@pytest.mark.r
@pytest.mark.parametrize("engine", ["python", "r"])
def test_the_index_has_the_published_moments(engine: str) -> None:
    """Exact where the article's arithmetic is exact, within one per cent where it is calibrated."""

    def found(stage: str, quantity: str, term: str, component: str = "") -> float:
        return value(both(), stage, quantity, term, component, engine)

    assert abs(found("index", "index_mean", "all")) < 1e-8
    near = {
        ("difference", "mean", "host_insurance", "1"): 6.47,
        ("difference", "mean", "host_insurance", "0"): -1.44,
        ("difference", "sd", "host_insurance", "1"): 34.4,
        ("difference", "sd", "host_insurance", "0"): 32.8,
        ("difference", "f", "host_insurance", ""): 28.3,
        ("index", "index_sd", "all", ""): 33.2,
    }
    for key, printed in near.items():
        assert found(*key) == pytest.approx(printed, rel=0.01), key
    assert found("effect", "statistic", "unmatched", "pooled") == pytest.approx(5.32, rel=0.01)
    assert found("index", "n_factors", "all") == 4
    shares = np.array([found("index", "variance_share", "all", f"F{j}") for j in range(1, 5)])
    assert shares[0] / shares.sum() == pytest.approx(0.4542, rel=0.01)
    assert 0.51 < shares.sum() < 0.64


@pytest.mark.r
def test_match_sets_are_equal_for_all_treated_although_scores_are_tied() -> None:
    run = both()
    scores = run.artefacts["python"]["own"].propensity
    _, counts = np.unique(scores, return_counts=True)
    assert counts[counts > 1].sum() > 0.7 * len(scores)
    rows = run.crosscheck.query("quantity == 'sets_equal'")
    assert rows[["input_a", "input_b"]].to_numpy().tolist() == [
        ["own", "own"],
        ["own", "python"],
        ["r", "own"],
    ]
    assert (rows[["value_a", "value_b"]] == 606).all(axis=None)


@pytest.mark.r
def test_the_effect_hangs_on_the_order_of_ties_and_the_envelope_says_so() -> None:
    run = both()
    estimate = value(run, "effect", "estimate", "matched", "psmatch2")
    low, high = (value(run, "effect", name, "matched") for name in ("tie_low", "tie_high"))
    assert low - 1e-9 <= estimate <= high
    assert high - low > 1


def test_the_same_study_runs_on_a_file_of_the_survey(tmp_path: Path) -> None:
    path = write(simulate(20_000), tmp_path / "survey.csv")
    run = eb.run(STUDY, data=path, engines="python", out=tmp_path / "run", settings={"effect.tie_orders": 2})
    assert run.cohort.flow["n_out"].tolist()[-1] == 392
    for report in ("report.md", "report.html"):
        text = (tmp_path / "run" / report).read_text(encoding="utf-8")
        assert "Simulated data" in text
        assert "Survey weights are not used; the abstract does not mention any." in text
    assert run_folder.read(tmp_path / "run").study.notes == run.study.notes
