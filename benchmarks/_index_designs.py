"""Random designs of the index stage, and both engines' verdict on each: every option in turn."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product
from typing import get_args

import numpy as np
import pandas as pd

from erm_bridge import estimates as est
from erm_bridge import options as opt
from erm_bridge.artefact_tables import PAIR_COLUMNS
from erm_bridge.crosscheck import Tables
from erm_bridge.engines.base import Artefacts, Engine
from erm_bridge.engines.r.frames import small_study
from erm_bridge.handoff import taken
from erm_bridge.numerics.rotation import ROTATIONS
from erm_bridge.pipeline import crosscheck_tables
from erm_bridge.study.models import Index

# Shapes: items, factors, rows, answers (0: continuous), least and largest loading.
SHAPES = (
    (6, 1, 100, 5, 0.4, 0.8),
    (6, 2, 300, 0, 0.5, 0.9),
    (9, 3, 200, 4, 0.4, 0.9),
    (12, 2, 1000, 7, 0.3, 0.7),
    (12, 4, 150, 0, 0.5, 0.99),
    (15, 3, 500, 2, 0.5, 0.8),
    (20, 5, 3333, 5, 0.4, 0.8),
    (24, 6, 400, 0, 0.3, 0.9),
    (30, 3, 5000, 4, 0.3, 0.7),
    (40, 8, 1200, 0, 0.4, 0.8),
    (60, 8, 800, 6, 0.4, 0.8),
)


@dataclass(frozen=True)
class Design:
    """A data set and how to factor it."""

    number: int
    correlation: str
    extraction: str
    rotation: str
    scores: str
    frame: pd.DataFrame
    factors: int

    @property
    def name(self) -> str:
        how = f"{self.correlation}/{self.extraction}/{self.rotation}/{self.scores}"
        return f"{self.number}-{how}-{'x'.join(map(str, self.frame.shape))}-{self.factors}"


def designs(count: int, first: int = 0) -> Iterator[Design]:
    """Yield designs that go through all combinations of extraction, rotation and scores.

    Every fifth correlates otherwise than Pearson.
    """
    chosen = combinations()
    others = [name for name in get_args(opt.Correlation) if name != "pearson"]
    for number in range(first, first + count):
        extraction, rotation, scores = chosen[number % len(chosen)]
        shape = SHAPES[number % len(SHAPES)]
        correlation = others[number // 5 % len(others)] if number % 5 == 4 else "pearson"
        if correlation in ("polychoric", "mixed"):
            # psych takes a minute for the 1,770 pairs of 60 items.
            shape = (min(shape[0], 30), min(shape[1], 6), shape[2], shape[3] or 4, *shape[4:])
        if correlation == "tetrachoric":
            shape = (*shape[:3], 2, *shape[4:])
        frame = simulated(number, *shape)
        yield Design(number, correlation, extraction, rotation, scores, frame, shape[1])


def combinations() -> list[tuple[str, str, str]]:
    """List extraction, rotation and scores that go together, in a random order; targets are made by hand."""
    lists = (opt.Extraction, opt.Rotation, opt.ScoreMethod)
    every = [
        (extraction, rotation, scores)
        for extraction, rotation, scores in product(*map(get_args, lists))
        if (extraction != "pca" or scores == "regression") and "target" not in ROTATIONS[rotation].keys
    ]
    order = np.random.default_rng(11).permutation(len(every))
    return [every[at] for at in order]


def simulated(
    seed: int, items: int, factors: int, rows: int, answers: int, least: float, most: float
) -> pd.DataFrame:
    """Simulate items with one large loading each and small ones beside it; large ones threaten Heywood."""
    random = np.random.default_rng([2026, seed])
    home = np.arange(items) % factors
    pattern = random.uniform(-0.15, 0.15, (items, factors))
    pattern[np.arange(items), home] = random.uniform(least, most, items)
    pattern /= np.sqrt(np.maximum(np.square(pattern).sum(axis=1), 1) + 1e-3)[:, None]
    noise = random.normal(size=(rows, items)) * np.sqrt(1 - np.square(pattern).sum(axis=1))
    values = random.normal(size=(rows, factors)) @ pattern.T + noise
    if answers:
        cuts = np.quantile(values, np.linspace(0, 1, answers + 1)[1:-1])
        values = np.searchsorted(np.sort(cuts), values).astype(float)
    return pd.DataFrame(values, columns=[f"i{number}" for number in range(items)])


def index_of(design: Design) -> Index:
    """Return the section of the study file."""
    return Index(
        items=tuple(design.frame.columns),
        factors=design.factors,
        correlation={"method": design.correlation, "smooth": True},
        extraction=design.extraction,
        rotation={"method": design.rotation},
        scores=design.scores,
    )


def compared(engines: dict[str, Engine], design: Design) -> pd.DataFrame:
    """Let both engines run the stage, on their own and on each other's solution; compare every number."""
    study = small_study(design.frame, index=index_of(design))
    own = {}
    for name, engine in engines.items():
        engine.load(study, design.frame)
        own[name] = engine.run_stage("index", Artefacts())
    results = {(name, est.OWN): result for name, result in own.items()}
    for name, other in permutations(engines, 2):
        given = own[other].artefacts.only(*taken(study, "index"))
        results[name, other] = engines[name].run_stage("index", given)
    tables = [est.table(*key, "index", result.rows) for key, result in results.items()]
    scores = [_scores(*key, result.artefacts) for key, result in results.items()]
    pairs = pd.DataFrame(columns=list(PAIR_COLUMNS))
    return crosscheck_tables(study, Tables(est.concat(tables), pairs, pd.concat(scores)), engines)


def _scores(engine: str, given: str, held: Artefacts) -> pd.DataFrame:
    found = pd.DataFrame(held.factor_scores).rename(columns=lambda j: f"F{j + 1}")
    return found.assign(index=held.index, id=range(len(found)), engine=engine, input=given)
