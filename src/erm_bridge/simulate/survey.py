"""A simulated survey: the table, the labels of its codes, and the truth behind it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, IntArray
from erm_bridge.one_thread import one_thread
from erm_bridge.simulate.answers import ITEM_NAMES
from erm_bridge.simulate.columns import COLUMNS, INSURANCE_COLUMNS, MARK, Codes, value_labels
from erm_bridge.simulate.confounders import CONFOUNDERS
from erm_bridge.simulate.constants import (
    CALIBRATED,
    DEFAULT_EFFECT,
    DEFAULT_ROWS,
    DEFAULT_SEED,
    EFFECT_RANGE,
    MOST_ROWS,
    NAME,
    VERSION,
)
from erm_bridge.simulate.index import fit_index
from erm_bridge.simulate.people import Columns
from erm_bridge.simulate.persons import Persons, cohort, others
from erm_bridge.simulate.places import places
from erm_bridge.simulate.seeds import streams
from erm_bridge.simulate.strata import Flow, Stratum, flow, strata_outside_cohort

DEFINITION = (
    "Average over the members of the cohort who are insured in the host city of (index of their answers)"
    " minus (index of the answers they would have given without that insurance), both scored by the index"
    " fitted to the observed cohort: Pearson correlations of the items, reverse-keyed; principal components"
    " with eigenvalue above 1; varimax with Kaiser normalisation; regression scores;"
    " 100 x sum of (share of total variance x score)."
)
# What a study analyses: whoever is in the cohort answered all of it.
ANALYSED = frozenset(ITEM_NAMES).union(*(confounder.columns for confounder in CONFOUNDERS))
_NO_INSURANCE_ANSWER = 0.002


@dataclass(frozen=True)
class SimulatedSurvey:
    """A simulated survey.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row per person; integer columns are nullable and hold codes, not labels.
    labels : dict
        Labels of the codes, by column.
    metadata : dict
        Name, version, rows, seed, flow of the cohort and the true effect; can be written as JSON.
    """

    frame: pd.DataFrame
    labels: dict[str, Codes]
    metadata: dict[str, Any]


@one_thread()
def simulate(
    rows: int = DEFAULT_ROWS, seed: int = DEFAULT_SEED, effect: float = DEFAULT_EFFECT
) -> SimulatedSurvey:
    """Simulate a survey of migrants with a known effect of the location of insurance.

    Parameters
    ----------
    rows : int
        Persons, at most 10 million; 169,989 is the size of the real survey. The cohort is 3,333 of 169,989
        at any size.
    seed : int
        At least 0. The same rows, seed and effect give the same survey.
    effect : float
        Average effect of host-city insurance on those who have it, in points of the index, between -15
        and 15. What a sample realises is in `metadata["effect"]["realised"]`.

    Raises
    ------
    InputError
        An argument is out of its range.
    """
    _check(rows, seed, effect)
    sizes, random = flow(rows), streams(seed)
    members = cohort(random.cohort, sizes.cohort, sizes.host_city, effect, CALIBRATED)
    rest = others(random.others, strata_outside_cohort(rows), effect, CALIBRATED)
    frame = _assemble(random.survey, members, rest)
    return SimulatedSurvey(frame, value_labels(), _metadata(sizes, seed, effect, members))


def _check(rows: int, seed: int, effect: float) -> None:
    for name, value, least in (("rows", rows, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise InputError(f"simulate:{NAME}: {name} must be a whole number from {least}, found {value!r}")
    if rows > MOST_ROWS:
        raise InputError(f"simulate:{NAME}: rows must be at most {MOST_ROWS:,}, found {rows:,}")
    low, high = EFFECT_RANGE
    if isinstance(effect, bool) or not isinstance(effect, int | float) or not low <= effect <= high:
        raise InputError(
            f"simulate:{NAME}: effect must be a number from {low:g} to {high:g}, found {effect!r}"
        )


def _metadata(sizes: Flow, seed: int, effect: float, members: Persons) -> dict[str, Any]:
    realised, difference = _realised(members)
    return {
        "name": NAME,
        "simulated": True,
        "note": "Simulated data. Nobody was asked; no real microdata went into it.",
        "simulator_version": VERSION,
        "rows": int(sizes.rows),
        "seed": int(seed),
        "flow": {
            "aged 60 and over": sizes.aged_60,
            "agricultural hukou": sizes.agricultural,
            "insured": sizes.insured,
            "location known": sizes.location_known,
            "complete": sizes.cohort,
        },
        "n_host_city": sizes.host_city,
        "n_hometown": sizes.cohort - sizes.host_city,
        "effect": {
            "requested": float(effect),
            "realised": realised,
            "raw_difference": difference,
            "unit": "index points",
            "estimand": "ATT",
            "definition": DEFINITION,
        },
    }


def _realised(members: Persons) -> tuple[float | None, float | None]:
    """Return the average effect on the treated and the difference of means; None for tiny samples."""
    if not members.host.any() or members.host.all():
        return None, None
    try:
        index_of = fit_index(members.answers.observed)
    except InputError:
        return None, None
    index = index_of(members.answers.observed)
    host, home = index[members.host], index[~members.host]
    realised = float((host - index_of(members.answers.without)).mean())
    found = (realised, float(host.mean() - home.mean()))
    return found if all(map(math.isfinite, found)) else (None, None)


def _assemble(rng: np.random.Generator, members: Persons, rest: Persons) -> pd.DataFrame:
    """Put everybody in random order, draw places, let people leave questions out."""
    stratum = np.concatenate([members.stratum, rest.stratum])
    order = rng.permutation(len(stratum))
    stratum = stratum[order]
    known = {
        name: np.concatenate([values, rest.columns[name]])[order] for name, values in members.columns.items()
    }
    codes, texts = places(rng, known)
    known |= codes
    known[MARK.name] = np.ones(len(order), dtype=np.int64)
    texts["newID"] = pd.Series(np.char.mod("SIM%08d", np.arange(1, len(order) + 1)))
    missing = _missing(rng, stratum, known)
    return pd.DataFrame(
        {
            column.name: texts[column.name]
            if column.name in texts
            else _coded(known[column.name], missing.get(column.name))
            for column in COLUMNS
        }
    )


def _missing(rng: np.random.Generator, stratum: IntArray, known: Columns) -> dict[str, BoolArray]:
    """Draw who leaves which question out."""
    n, in_cohort = len(stratum), stratum == Stratum.COHORT
    missing: dict[str, BoolArray] = {}
    for column in COLUMNS:
        if column.skips:
            missing[column.name] = known[column.name] == 0
        elif column.nonresponse:
            silent = rng.random(n) < column.nonresponse
            missing[column.name] = silent & ~in_cohort if column.name in ANALYSED else silent
    incomplete = np.flatnonzero(stratum == Stratum.ANSWER_MISSING)
    left_out = rng.integers(0, len(ITEM_NAMES), len(incomplete))
    for position, item in enumerate(ITEM_NAMES):
        missing[item][incomplete[left_out == position]] = True
    # The real file has one missing household income.
    missing["Q105"] = np.zeros(n, dtype=np.bool_)
    candidates = np.flatnonzero(~in_cohort)
    missing["Q105"][rng.choice(candidates, min(1, len(candidates)), replace=False)] = True
    outside = np.isin(stratum, (Stratum.YOUNGER, Stratum.CONVERTED, Stratum.NOT_RURAL))
    silent = outside & (rng.random(n) < _NO_INSURANCE_ANSWER)
    for name in INSURANCE_COLUMNS:
        missing[name] = missing.get(name, np.zeros(n, dtype=np.bool_)) | silent
    return missing


def _coded(values: IntArray, missing: BoolArray | None) -> pd.arrays.IntegerArray:
    """Store whole numbers as small as they fit."""
    largest = int(values.max(initial=0))
    dtype = next(kind for kind in (np.int8, np.int16, np.int32) if largest <= np.iinfo(kind).max)
    mask = np.zeros(len(values), dtype=np.bool_) if missing is None else missing
    return pd.arrays.IntegerArray(np.where(mask, 1, values).astype(dtype), mask)
