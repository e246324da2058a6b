"""The one table of the columns of the simulated survey: names, meanings, codes, how sure they are.

Names and codes of confidence `low` are expectations, not facts; whoever holds the real file compares
them with its questionnaire and writes the real names into the study file.
"""

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from erm_bridge.simulate.wording import ACTIONS, GROUPS, SCHEMES, STATEMENTS, TOPICS

Confidence = Literal["high", "medium", "low", "none"]
Codes = dict[int, str]


def _numbered(*labels: str) -> Codes:
    return dict(enumerate(labels, 1))


YES_NO = _numbered("yes", "no")
OFTEN = _numbered("never", "occasionally", "sometimes", "often")
AGREE = _numbered("completely disagree", "disagree", "basically agree", "completely agree")
HELD = _numbered("yes", "no", "unclear")
WHERE = _numbered("host place", "hukou place", "other place")


@dataclass(frozen=True)
class Column:
    """One column of the survey file.

    Attributes
    ----------
    name, meaning : str
    confidence : str
        How sure name and codes of the real survey are: high, medium, low; none for columns that only
        the simulation has.
    codes : dict
        Labels of the codes; empty for numbers, codes of places and text.
    nonresponse : float
        Share of people who do not answer.
    skips : bool
        The question is not put to everybody: code 0 means skipped and becomes a missing value.
    """

    name: str
    meaning: str
    confidence: Confidence
    codes: Codes = field(default_factory=dict)
    nonresponse: float = 0.0
    skips: bool = False


MARK = Column("simulated", "1: this row is simulated, nobody was asked", "none", _numbered("simulated"))

_ROSTER = (
    Column("newID", "respondent (in simulated files SIM and a running number)", "high"),
    Column("C1", "host province", "high"),
    Column("C2", "host prefecture (invented name)", "high"),
    Column("C3", "host county (invented name)", "high"),
    Column("Q100", "number of family members", "high"),
    Column("q101a1", "relation to respondent", "medium", _numbered("self")),
    Column("q101b1", "sex", "high", _numbered("male", "female")),
    Column("q101c1y", "year of birth", "high"),
    Column("q101c1m", "month of birth", "high"),
    Column("q101d1", "ethnicity (simulated: 2 for all others)", "medium", _numbered("Han", "other"), 0.001),
    Column(
        "q101e1",
        "education",
        "high",
        _numbered(
            "none",
            "primary",
            "junior high",
            "senior high or secondary technical",
            "junior college",
            "bachelor",
            "postgraduate",
        ),
    ),
    Column(
        "q101f1",
        "nature of the hukou",
        "high",
        _numbered(
            "agricultural",
            "non-agricultural",
            "agricultural turned resident",
            "non-agricultural turned resident",
            "resident",
            "other",
        ),
    ),
    Column(
        "q101h1",
        "marital status",
        "medium",
        _numbered("never married", "first marriage", "remarried", "divorced", "widowed", "cohabiting"),
    ),
    Column("q101i1", "locally registered", "medium", YES_NO),
    Column("q101j1a", "hukou county, six digits (first two: province)", "high"),
    Column("q101j1b", "hukou county (invented name)", "high"),
    Column("q101k1", "where the person lives now", "medium", _numbered("here")),
    Column(
        "q101l1",
        "range of the move",
        "high",
        _numbered("between provinces", "between prefectures", "between counties"),
    ),
    Column("q101m1y", "year of the current move", "high"),
    Column("q101m1m", "month of the current move", "high"),
    Column(
        "q101n1",
        "main reason of the current move",
        "low",
        _numbered(
            "work",
            "business",
            "accompany family",
            "marriage",
            "demolition move",
            "join relatives or friends",
            "study or training",
            "army",
            "birth",
            "retire elsewhere",
            "care for own elderly",
            "care for own children",
            "other",
        ),
        0.002,
    ),
)

_LIVING = (
    Column("Q102A", "money value of free food, yuan a month", "medium", nonresponse=0.003),
    Column("Q102B", "money value of free lodging, yuan a month", "medium", nonresponse=0.003),
    Column("Q103", "housing cost of the household, yuan a month", "high", nonresponse=0.002),
    Column("Q104", "spending of the household, yuan a month", "high", nonresponse=0.001),
    Column("Q105", "income of the household, yuan a month", "high"),
    Column("Q302Y", "year of the first departure", "medium", nonresponse=0.006),
    Column("Q302M", "month of the first departure", "medium", nonresponse=0.015),
    Column("Q304A", "first destination, code of the city", "medium", nonresponse=0.006),
    Column("Q304B", "first destination (invented name)", "medium"),
    Column(
        "Q305",
        "whom one mixes with most",
        "low",
        _numbered(
            "townspeople whose hukou moved here",
            "townspeople whose hukou is at home",
            "townspeople whose hukou is elsewhere",
            "other locals",
            "other outsiders",
            "few contacts",
        ),
        0.002,
    ),
    Column("Q307", "number of cities lived in", "medium", nonresponse=0.002),
    Column(
        "Q308",
        "housing",
        "low",
        {
            1: "unit or employer housing",
            21: "whole private rental",
            22: "shared private rental",
            3: "public rental",
            4: "own home, bought (kind 1)",
            5: "own home, bought (kind 2)",
            6: "own home, bought (kind 3)",
            7: "borrowed",
            8: "workplace",
            9: "own home, self-built",
            10: "other informal housing",
        },
    ),
    Column(
        "Q313",
        "willing to move the hukou here",
        "low",
        _numbered("willing", "not willing", "undecided"),
        0.001,
    ),
    Column("Q314", "plans to stay for a while", "high", _numbered("yes", "no", "undecided")),
    Column(
        "Q315",
        "expected length of stay",
        "low",
        _numbered("1-2 years", "3-5 years", "6-10 years", "more than 10 years", "settle", "undecided"),
        skips=True,
    ),
    Column(
        "Q317",
        "where to when leaving",
        "high",
        _numbered("return home", "elsewhere", "undecided"),
        skips=True,
    ),
    Column(
        "Q318",
        "when to return",
        "low",
        _numbered(
            "within 1 year", "in 1-2 years", "in 3-5 years", "in 6-10 years", "after 10 years", "undecided"
        ),
        skips=True,
    ),
    Column("Q321A", "next city, code", "medium", skips=True),
)

_HEALTH = (
    Column(
        "Q401",
        "self-rated health",
        "low",
        _numbered(
            "healthy", "basically healthy", "unhealthy, cares for self", "unhealthy, cannot care for self"
        ),
    ),
    Column("Q403", "heard of the national basic public health services", "low", YES_NO, 0.001),
    *(
        Column(f"Q404{letter}", f"health education received: {topic}", "low", YES_NO, 0.002)
        for letter, topic in zip("ABCDEFGHI", TOPICS, strict=True)
    ),
    Column("Q406", "health record set up locally", "low", YES_NO, 0.004),
    Column(
        "Q408",
        "doctor-diagnosed hypertension or type 2 diabetes",
        "low",
        _numbered("hypertension", "diabetes", "both", "neither", "never visited a doctor"),
        0.002,
    ),
)

_INTEGRATION = (
    *(Column(f"Q501{key}", f"took part in: {text}", "low", YES_NO, 0.0008) for key, text in GROUPS.items()),
    *(Column(f"Q502{key}", text, "low", OFTEN, 0.0008) for key, text in ACTIONS.items()),
    *(
        Column(f"Q503{key}", text, "medium" if key in "ADEH" else "low", AGREE, 0.0008)
        for key, text in STATEMENTS.items()
    ),
)

INSURANCE_COLUMNS = tuple(f"Q504{key}{part}" for key in SCHEMES for part in "12")
_INSURANCE = tuple(
    Column(
        f"Q504{key}{part}",
        f"{text}: {'insured' if part == '1' else 'where'}",
        "low",
        HELD if part == "1" else WHERE,
        skips=part == "2",
    )
    for key, text in SCHEMES.items()
    for part in "12"
)

COLUMNS: tuple[Column, ...] = (MARK, *_ROSTER, *_LIVING, *_HEALTH, *_INTEGRATION, *_INSURANCE)


def codebook() -> pd.DataFrame:
    """Return one row for each column of the survey: `name`, `meaning`, `codes`, `confidence`.

    `codes` is text such as `1 = male; 2 = female`, empty for numbers and text.
    """
    rows = [
        (
            column.name,
            column.meaning,
            "; ".join(f"{code} = {label}" for code, label in column.codes.items()),
            column.confidence,
        )
        for column in COLUMNS
    ]
    return pd.DataFrame(rows, columns=["name", "meaning", "codes", "confidence"])


def value_labels() -> dict[str, Codes]:
    """Return the labels of the codes of every coded column."""
    return {column.name: dict(column.codes) for column in COLUMNS if column.codes}
