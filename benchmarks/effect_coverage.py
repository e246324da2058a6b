"""How near each method of matching comes to an effect that is known, and what its standard errors are worth.

Treatment and effect depend on two covariates, so that the effects on the treated, on the controls and on
everyone differ. Part one: each method once on 4,000 units; part two: errors of nearest matching on 200
samples of 1,000. The truth is the mean effect in the population, from 2,000,000 units of it.
"""

from typing import Any

import numpy as np
import pandas as pd
from _measure import Row, report

import erm_bridge as eb

LARGE, SMALL, REPLICATES = 4_000, 1_000, 200
KINDS = ("psmatch2", "pair", "pair_and_unit", "abadie_imbens", "abadie_imbens_score")
PAIRS, ALL = ("ATT", "ATC"), ("ATT", "ATC", "ATE")
DESIGNS: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "nearest with replacement": ({"replace": True}, "abadie_imbens_score", PAIRS),
    "all ties": ({"replace": True, "ties": "all"}, "abadie_imbens_score", PAIRS),
    "Mahalanobis with replacement": ({"replace": True, "distance": "mahalanobis"}, "pair_and_unit", PAIRS),
    "nearest, caliper": ({"caliper": 0.02}, "pair", ("ATT",)),
    "nearest, variable ratio": ({"ratio": 2, "max_controls": 4, "caliper": 0.02}, "pair", ("ATT",)),
    "optimal": ({"method": "optimal", "caliper": 0.02}, "pair", ("ATT",)),
    "coarsened exact": ({"method": "coarsened_exact"}, "HC3", ALL),
    "coarsened exact, pairs": ({"method": {"method": "coarsened_exact", "k2k": True}}, "pair", ("ATT",)),
    "subclassification": ({"method": {"method": "subclassification", "subclasses": 20}}, "HC3", ALL),
    "full": ({"method": "full"}, "subclass", ALL),
    "generalised full": ({"method": "generalised_full"}, "subclass", ALL),
    "radius": ({"method": {"method": "radius", "radius": 0.02}}, "HC3", PAIRS),
    "kernel": ({"method": {"method": "kernel", "bandwidth": 0.03}}, "HC3", PAIRS),
    "local linear": ({"method": {"method": "local_linear", "bandwidth": 0.06}}, "psmatch2", PAIRS),
}


def population(seed: int, n: int) -> pd.DataFrame:
    """Draw units: the effect is 1 + a, the log odds of treatment are -1 + 0.7 a + 0.5 b."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    treated = rng.random(n) < 1 / (1 + np.exp(1 - 0.7 * a - 0.5 * b))
    y = 2 * a + b + treated * (1 + a) + rng.normal(size=n)
    return pd.DataFrame({"t": treated.astype(int), "a": a, "b": b, "y": y})


def truths() -> dict[str, float]:
    """Return the mean effect of each group in the population."""
    people = population(0, 2_000_000)
    effect, treated = 1 + people["a"], people["t"] == 1
    return {"ATT": effect[treated].mean(), "ATC": effect[~treated].mean(), "ATE": effect.mean()}


def effect_of(
    frame: pd.DataFrame, kinds: tuple[str, ...], options: dict[str, Any], adjust: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Match and estimate: a line for each kind of standard error, those adjusted for covariates last."""
    match = eb.match(frame, treatment="t", covariates=["a", "b"], **options)
    table = eb.estimate_effect(match, outcome=frame["y"], std_error=kinds, adjust=adjust).table
    return table.loc[["matched", *(["adjusted"] if adjust else [])]]


def recovered(truth: dict[str, float]) -> list[Row]:
    """Estimate with every method once."""
    frame, rows = population(1, LARGE), []
    for name, (options, kind, estimands) in DESIGNS.items():
        for estimand in estimands:
            line = effect_of(frame, (kind,), {**options, "estimand": estimand}).iloc[0]
            error = line["estimate"] - truth[estimand]
            rows += [
                Row(f"{name}, {estimand}: estimate - truth", error, "points"),
                Row(f"{name}, {estimand}: std. error {kind}", line["std_error"], "points"),
            ]
    return rows


def covered(truth: dict[str, float], replicates: int) -> list[Row]:
    """Compare standard errors with the spread of estimates over samples."""
    rows = []
    for name, replace in (("with replacement", True), ("without replacement, caliper 0.02", False)):
        kinds = KINDS if replace else KINDS[:2]
        options = {"replace": True} if replace else {"caliper": 0.02}
        seeds = range(1, replicates + 1)
        lines = pd.concat(effect_of(population(s, SMALL), kinds, options, ("a", "b")) for s in seeds)
        lines["kind"] = lines["kind"].where(lines.index == "matched", lines["kind"] + " adjusted")
        for kind, found in lines.groupby("kind", sort=False):
            within = (found["conf_low"] <= truth["ATT"]) & (truth["ATT"] <= found["conf_high"])
            rows += [
                Row(f"{name}, {kind}: bias", found["estimate"].mean() - truth["ATT"], "points"),
                Row(f"{name}, {kind}: spread of the estimates", found["estimate"].std(), "points"),
                Row(f"{name}, {kind}: mean standard error", found["std_error"].mean(), "points"),
                Row(f"{name}, {kind}: coverage of the 95 % interval", within.mean(), "share"),
            ]
    return rows


def main() -> None:
    truth = truths()
    report([*recovered(truth), *covered(truth, REPLICATES)])


if __name__ == "__main__":
    main()
