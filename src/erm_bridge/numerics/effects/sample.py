"""A matched sample: the outcome, who was matched with whom, and on what."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Score:
    """A fitted propensity score and the model that it comes from.

    Attributes
    ----------
    probability : array, length n
        Fitted probability of treatment, between 0 and 1 (both excluded).
    density : array, length n
        Derivative of the probability by the linear predictor; p (1 - p) for a logit.
    design : array, n x p
        Columns of the model without the column of ones.
    """

    probability: FloatArray
    density: FloatArray
    design: FloatArray


@dataclass(frozen=True)
class MatchedSample:
    """The outcome of n units, and who was matched with whom.

    Attributes
    ----------
    outcome : array, length n
        No missing values.
    treated : array of bool, length n
    weights : array, length n
        Weights of the match, times those of the survey if there are any; 0 for who is not matched. Only their
        proportions within a group count.
    matches : array of int, focal x ratio, or None
        Rows of the partners of each focal unit, focal units in data order; -1 where there is none. None
        for a match without pairs.
    subclass : array of int, length n, or None
        Number of the set of each unit, -1 for none; None where it follows from `matches`, or where units
        have no set of their own.
    focal : array of bool, length n, or None
        Whom the effect is about: None, the treated (ATT); the controls (ATC); everyone (ATE).
    places : array, length n or n x q, or None
        What was matched on: scores, or coordinates whose Euclidean distance is the distance.
    score : Score or None
        The propensity model, where the scores come from one.
    ratio : int or None
        How many partners a focal unit is given, ties aside; None: the columns of `matches`.
    neighbours : int
        Units of the same group, beside the unit itself, from which a variance given the place is estimated.
    replicates : int
        Bootstrap samples.
    seed : int or None
    survey : array, length n, or None
        Weights of the survey, above zero.
    """

    outcome: FloatArray
    treated: BoolArray
    weights: FloatArray
    matches: IntArray | None = None
    subclass: IntArray | None = None
    focal: BoolArray | None = None
    places: FloatArray | None = None
    score: Score | None = None
    ratio: int | None = None
    neighbours: int = 1
    replicates: int = 1000
    seed: int | None = None
    survey: FloatArray | None = None

    @cached_property
    def about(self) -> BoolArray:
        """Whom the effect is about."""
        return self.treated if self.focal is None else self.focal

    @cached_property
    def given_partners(self) -> BoolArray:
        """Who has a row of `matches`: the controls, where the effect is about them alone."""
        return self.treated if self.about[self.treated].any() else ~self.treated

    @cached_property
    def set_of_unit(self) -> IntArray:
        """Number of the set of each unit (n), -1 for none; no unit is in two."""
        if self.subclass is not None:
            return self.subclass
        numbers = np.full(len(self.outcome), -1, dtype=np.int64)
        numbers[self.sets.unit] = self.sets.number
        return numbers

    @cached_property
    def sets(self) -> "Sets":
        """The rows of all matched sets."""
        assert self.matches is not None
        paired = self.matches >= 0
        found = paired.sum(axis=1)
        numbers = np.flatnonzero(found)
        focal_units = np.flatnonzero(self.given_partners)[numbers]
        unit = np.concatenate([focal_units, self.matches[paired]])
        weight = np.concatenate([np.ones(len(numbers)), np.repeat(1 / found[numbers], found[numbers])])
        return Sets(
            unit=unit,
            weight=weight if self.survey is None else weight * self.survey[unit],
            number=np.concatenate(
                [np.arange(len(numbers)), np.repeat(np.arange(len(numbers)), found[numbers])]
            ),
            count=len(numbers),
        )


@dataclass(frozen=True, slots=True)
class Sets:
    """Rows of matched sets: first the focal unit of each set, then the partners set by set.

    A partner that serves several focal units stands in each of their sets.

    Attributes
    ----------
    unit : array of int, length m
        Row of the frame.
    weight : array, length m
        1 for a focal unit, 1/k for each of its k partners; times the unit's weight in the survey.
    number : array of int, length m
        Number of the set, from 0.
    count : int
        How many sets there are.
    """

    unit: IntArray
    weight: FloatArray
    number: IntArray
    count: int
