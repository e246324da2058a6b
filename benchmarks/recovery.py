"""How well the model study recovers an effect that is known: 200 simulated surveys, the Python engine.

The truth of each survey is the average effect on its own treated persons, as the simulator states it.
"""

from pathlib import Path

import pandas as pd
from _measure import Row, report

import erm_bridge as eb

STUDY = Path(__file__).parents[1] / "studies" / "erm2017"
SEEDS = range(1, 201)
SHOWN = {
    ("unmatched", "pooled"): "unmatched, pooled error",
    ("matched", "psmatch2"): "matched, psmatch2 error",
    ("matched", "pair_and_unit"): "matched, error by pair and unit",
}


def one_survey(seed: int) -> pd.DataFrame:
    """Run the study on one survey: a row for each line of the effect, with the truth."""
    run = eb.run(STUDY, engines="python", seed=seed, settings={"effect.tie_orders": 0})
    effect = run.estimates.query("stage == 'effect'")
    wide = effect.pivot(index=["term", "component"], columns="quantity", values="value")
    assert run.cohort.source.simulated is not None
    return wide.assign(truth=run.cohort.source.simulated["effect"]["realised"], seed=seed)


def main() -> None:
    lines = pd.concat(one_survey(seed) for seed in SEEDS)
    rows = [
        Row("surveys", len(SEEDS), "count"),
        Row("true effect, mean", lines.groupby("seed")["truth"].first().mean(), "points"),
    ]
    for line, name in SHOWN.items():
        found = lines.loc[line]
        error = found["estimate"] - found["truth"]
        covered = (found["conf_low"] <= found["truth"]) & (found["truth"] <= found["conf_high"])
        rows += [
            Row(f"{name}: bias", error.mean(), "points"),
            Row(f"{name}: standard error of the bias", error.std() / len(found) ** 0.5, "points"),
            Row(f"{name}: standard deviation of the errors", error.std(), "points"),
            Row(f"{name}: mean standard error", found["std_error"].mean(), "points"),
            Row(f"{name}: coverage of the 95 % interval", covered.mean(), "share"),
        ]
    report(rows)


if __name__ == "__main__":
    main()
