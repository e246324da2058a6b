"""Independent streams of random numbers from one seed."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Streams:
    """Generators for the cohort, everybody else, and the survey as a whole.

    The cohort has its own, so that it can be drawn without the rest.
    """

    cohort: np.random.Generator
    others: np.random.Generator
    survey: np.random.Generator


def streams(seed: int) -> Streams:
    """Make the generators that belong to a seed (a whole number of at least 0)."""
    return Streams(*(np.random.Generator(np.random.PCG64(s)) for s in np.random.SeedSequence(seed).spawn(3)))
