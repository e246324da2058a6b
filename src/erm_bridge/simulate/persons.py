"""Persons with all their columns: the cohort, in which numbers are exact, and everybody else."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, IntArray
from erm_bridge.simulate import confounders
from erm_bridge.simulate.answers import ITEM_NAMES, Answers, answers
from erm_bridge.simulate.constants import Calibration
from erm_bridge.simulate.insurance import HOMETOWN, HOST, choose_host, insurance_columns, locations
from erm_bridge.simulate.living import health, household, public_services, stay
from erm_bridge.simulate.people import Columns, people
from erm_bridge.simulate.strata import Stratum


@dataclass(frozen=True)
class Persons:
    """Simulated persons.

    Attributes
    ----------
    columns : dict of arrays
        Survey columns; 0 where a coded question was skipped or not answered.
    stratum : array
    host : array of bool
        Insured in the host city.
    answers : Answers
    """

    columns: Columns
    stratum: IntArray
    host: BoolArray
    answers: Answers


def cohort(rng: np.random.Generator, n: int, n_host: int, effect: float, calibration: Calibration) -> Persons:
    """Draw n members of the cohort, n_host of them insured in the host city."""
    stratum = np.full(n, Stratum.COHORT, dtype=np.int64)
    known = _background(rng, stratum)
    level = confounders.levels(known)
    host = choose_host(rng, confounders.insurance_log_odds(level), n_host)
    insured = np.ones(n, dtype=np.bool_)
    return _complete(rng, known, level, stratum, insured, np.where(host, HOST, HOMETOWN), effect, calibration)


def others(rng: np.random.Generator, stratum: IntArray, effect: float, calibration: Calibration) -> Persons:
    """Draw one person outside the cohort for each entry of `stratum`."""
    known = _background(rng, stratum)
    level = confounders.levels(known)
    insured, place = locations(rng, stratum, confounders.insurance_log_odds(level))
    return _complete(rng, known, level, stratum, insured, place, effect, calibration)


def _background(rng: np.random.Generator, stratum: IntArray) -> Columns:
    known = people(rng, stratum)
    known |= household(rng, known)
    return known | health(rng, known)


def _complete(
    rng: np.random.Generator,
    known: Columns,
    level: IntArray,
    stratum: IntArray,
    insured: BoolArray,
    place: IntArray,
    effect: float,
    calibration: Calibration,
) -> Persons:
    host = place == HOST
    given = answers(rng, level, host, stratum == Stratum.YOUNGER, effect, calibration)
    columns = known | dict(zip(ITEM_NAMES, given.observed.T, strict=True))
    columns |= insurance_columns(rng, known, insured, place)
    columns |= public_services(rng, known, host)
    columns |= stay(rng, known)
    return Persons(columns, stratum, host, given)
