"""Small example runs: both engines agree, one differs, one engine only, and labels that do harm."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from erm_bridge.crosscheck.join import COLUMNS as CROSSCHECK
from erm_bridge.estimates import COLUMNS
from erm_bridge.options import STAGES
from erm_bridge.report import ReportData, build
from erm_bridge.study.models import Study

ITEMS = ("trust", "belonging", "friends", "language", "customs", "food")
SNAPSHOTS = Path(__file__).with_name("snapshots")
HANDED = ("difference", "regression", "matching", "effect")
Key = tuple[str, str, str, str]
Numbers = dict[Key, float]
ARTEFACTS: dict[Key, tuple[float, float]] = {
    ("index", "congruence", "F1", ""): (1.0, 1.0 - 1e-9),
    ("index", "congruence", "F2", ""): (1.0, 1.0 - 2e-9),
    ("matching", "sets_equal", "", ""): (606.0, 606.0),
}


def study(items: tuple[str, ...] = ITEMS, group: str = "school", **changes: Any) -> Study:
    """A study of all five stages, resolved."""
    return Study.model_validate(
        {
            "study": "town",
            "title": "Neighbours and integration",
            "data": {"source": "town.csv"},
            "seed": 7,
            "variables": {
                "moved": {"type": "number", "levels": ("0", "1")},
                "age": {"type": "number"},
                group: {"type": "category", "levels": ("none", "primary"), "reference": "none"},
            },
            "derive": {"age": "2017 - birth_year"},
            "cohort": ({"name": "aged 60 and over", "keep": "age >= 60"},),
            "index": {
                "items": items,
                "reverse": (items[-1],),
                "factors": 2,
                "composite": {"scale": 100.0, "anchor": items[0]},
            },
            "difference": {"by": (group,)},
            "regression": {"keep": ("moved",), "candidates": ("age", group)},
            "matching": {
                "treatment": {"column": "moved", "treated": 1},
                "covariates": ("age", group),
                "ratio": 4,
                "replace": True,
                "caliper": {"value": 0.02},
            },
            "effect": {},
            **changes,
        }
    )


def numbers(items: tuple[str, ...] = ITEMS, group: str = "school") -> Numbers:
    """Numbers of every stage; made up, of the size that such a study has."""
    return {
        **_index(items),
        **_difference(group),
        **_regression(group),
        **_matching(group),
        **_effect(),
    }


def _put(stage: str, term: str, part: str, **values: float) -> Numbers:
    return {(stage, quantity, term, part): value for quantity, value in values.items()}


def _index(items: tuple[str, ...]) -> Numbers:
    whole = {"kmo": 0.7412345678, "bartlett_chi2": 1843.5271, "bartlett_df": 15.0, "bartlett_p": 0.0}
    found = _put("index", "all", "", **whole, objective=0.0123456, index_mean=3.1e-16, index_sd=33.2241)
    for position, value in enumerate((2.41, 1.52, 0.71, 0.55, 0.45, 0.36), start=1):
        found |= _put("index", "all", str(position), eigenvalue=value)
    high = [0.81, 0.74, 0.66, 0.12, 0.08, -0.31]
    low = [0.11, 0.05, 0.21, 0.77, 0.69, 0.524321]
    for n, item in enumerate(items):
        shared = high[n % 6] ** 2 + low[n % 6] ** 2
        found |= _put("index", item, "", kmo=0.7 + n / 100, communality=shared, uniqueness=1 - shared)
        for factor, loading in (("F1", high[n % 6]), ("F2", low[n % 6])):
            found |= _put("index", item, factor, loading=loading, score_weight=loading / 2)
    for factor, value in (("F1", 1.8422), ("F2", 1.3971)):
        found |= _put("index", "all", factor, ss_loadings=value, variance_share=value / len(items))
    return found


def _difference(group: str) -> Numbers:
    found: Numbers = {}
    for column, levels in {"moved": ("0", "1"), group: ("none", "primary")}.items():
        for n, level in enumerate(levels):
            sizes = {"n": 2727.0 - 2121 * n, "mean": -1.4381 + 7.909 * n, "sd": 32.7951 + 1.588 * n}
            found |= _put("difference", column, level, **sizes)
        test = {"f": 28.3271, "df1": 1.0, "df2": 3331.0, "p_value": 1.09e-7, "eta_squared": 0.008432}
        found |= _put("difference", column, "", **test)
    return found


def _regression(group: str) -> Numbers:
    found: Numbers = {}
    for term, row in {
        "(Intercept)": (12.3456, 4.5678, 2.7027, 0.00691),
        "moved": (7.1234, 1.4871, 4.7902, 1.7e-6),
        "age": (-0.04512, 0.06123, -0.7369, 0.46122),
        f"{group}[primary]": (1.98765, 1.00231, 1.9831, 0.04745),
    }.items():
        names = ("estimate", "std_error", "statistic", "p_value")
        found |= _put("regression", term, "", **dict(zip(names, row, strict=True)))
    return found | _put("regression", "model", "", r_squared=0.01234, adj_r_squared=0.01156, f=13.8712)


def _matching(group: str) -> Numbers:
    found = _put("matching", "", "", n_treated_matched=604.0, n_controls_matched=1412.0)
    found |= _put("matching", "", "", n_pairs=2402.0, pair_distance_max=0.01987)
    for component, sizes in {"treated": (606.0, 604.0), "controls": (2727.0, 1412.0)}.items():
        found |= {("matching", "n_units", "sample", component): sizes[0]}
        found |= {("matching", "n_units", "matched", component): sizes[1]}
    found |= {("matching", "ess", "matched", "treated"): 604.0}
    found |= {("matching", "ess", "matched", "controls"): 1012.34}
    coefficients = {"(Intercept)": -1.23456, "age": 0.0034567, f"{group}[primary]": 0.456789}
    for term, value in coefficients.items():
        found |= _put("matching", term, "", score_coefficient=value)
    for n, term in enumerate(("(distance)", "age", f"{group}[none]", f"{group}[primary]")):
        found |= _put("matching", term, "before", smd=0.412 - n / 7)
        found |= _put("matching", term, "after", smd=0.0123 - n / 90)
    for term in ("(distance)", "age"):
        found |= _put("matching", term, "before", variance_ratio=1.312)
        found |= _put("matching", term, "after", variance_ratio=1.021)
    return found


def _effect() -> Numbers:
    found: Numbers = {}
    for row, kind, values in (
        ("unmatched", "pooled", (7.9091, 1.48613, 5.3219, 1.09e-7, 4.9953, 10.8229)),
        ("matched", "psmatch2", (6.2034, 1.91237, 3.2438, 0.00118, 2.4552, 9.9516)),
    ):
        names = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
        found |= _put("effect", row, kind, **dict(zip(names, values, strict=True)))
    return found


def estimates(by_engine: Mapping[str, Numbers], note: str = "") -> pd.DataFrame:
    """The table of estimates; `note` is put on the first row of every engine but the first."""
    rows: list[tuple[object, ...]] = []
    for n, (engine, found) in enumerate(by_engine.items()):
        others = [name for name in by_engine if name != engine]
        for given in ("own", *others):
            kept = {key: value for key, value in found.items() if given == "own" or key[0] in HANDED}
            first = next(iter(kept))
            rows += [
                (engine, given, *key, value, note if n and key == first else "")
                for key, value in kept.items()
            ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def crosscheck(by_engine: Mapping[str, Numbers]) -> pd.DataFrame:
    """The crosscheck of the first two engines; every number may be off by 1e-6."""
    if len(by_engine) < 2:
        return pd.DataFrame(columns=list(CROSSCHECK))
    (a, left), (b, right) = list(by_engine.items())[:2]
    rows: list[tuple[object, ...]] = []
    for stage in STAGES:
        for inputs in (("own", "own"), ("own", a), (b, "own")):
            if inputs != ("own", "own") and stage not in HANDED:
                continue
            for key in dict.fromkeys([*left, *right]):
                if key[0] == stage:
                    rows.append((*inputs, a, b, *key, *_judged(left.get(key), right.get(key))))
            for key, values in ARTEFACTS.items():
                if key[0] == stage:
                    rows.append((*inputs, a, b, *key, *_judged(*values)))
    return pd.DataFrame(rows, columns=list(CROSSCHECK))


def _judged(left: float | None, right: float | None) -> tuple[object, ...]:
    if left is None or right is None:
        return left, right, None, None, "missing", ""
    distance = abs(left - right)
    return left, right, distance, 1e-6, "agree" if distance <= 1e-6 else "differ", ""


PROVENANCE: dict[str, Any] = {
    "status": {"python": "ok", "r": "ok"},
    "study": {"file": "town.yml", "sha256": "0f" * 32},
    "changes": {"set": ["matching.ratio=4"], "seed": 7},
    "data": {"source": "town.csv", "sha256": "a1" * 32, "rows": 3400, "columns": 12},
    "versions": {
        "erm_bridge": "0.1.0",
        "python": "3.11.2",
        "packages": {"numpy": "2.4.6", "jinja2": "3.1.6"},
        "engines": {"python": {"python": "3.11.2"}, "r": {"r": "4.2.2", "MatchIt": "4.7.1"}},
    },
    "seed": 7,
    "n_rows": 3333,
    "seconds": {"python": {"index": 0.0213, "matching": 0.31}, "r": {"index": 0.4, "matching": 1.25}},
    "created": "2026-01-31T12:00:00Z",
}


def flow() -> pd.DataFrame:
    """The cohort flow."""
    steps = [
        ("rows read", 3400, 3400, 0, ""),
        ("aged 60 and over", 3400, 3350, 50, "age >= 60"),
        ("complete", 3350, 3333, 17, "a value is missing in: trust, age"),
    ]
    return pd.DataFrame(steps, columns=["step", "n_in", "n_out", "removed", "reason"])


def report(
    by_engine: Mapping[str, Numbers], status: Mapping[str, str] | None = None, **changes: Any
) -> ReportData:
    """The report of a run with these numbers."""
    found = changes.pop("study", study())
    run = {**PROVENANCE, "status": status or dict.fromkeys(by_engine, "ok"), **changes.pop("provenance", {})}
    table = estimates(by_engine, changes.pop("note", ""))
    return build(found, run, table, crosscheck(by_engine), changes.pop("flow", flow()))


@pytest.fixture(scope="session")
def agreeing() -> ReportData:
    """Both engines agree; R's numbers are off by less than the tolerance."""
    right = {key: value if value.is_integer() else value + 1e-9 for key, value in numbers().items()}
    return report({"python": numbers(), "r": right}, note="psych: the matrix was smoothed")


@pytest.fixture(scope="session")
def differing() -> ReportData:
    """R matched other controls, and one number is missing on its side."""
    right = numbers()
    right["matching", "smd", "age", "after"] += 0.25
    right["matching", "pair_distance_max", "", ""] += 0.0000021
    del right["matching", "variance_ratio", "age", "after"]
    for quantity, change in {"estimate": 1.21, "conf_low": 1.21, "conf_high": 1.21}.items():
        right["effect", quantity, "matched", "psmatch2"] += change
    return report({"python": numbers(), "r": right})


@pytest.fixture(scope="session")
def alone() -> ReportData:
    """Python alone."""
    return report({"python": numbers()}, {"python": "ok", "r": "not installed"})


@pytest.fixture
def example() -> SimpleNamespace:
    """Build other runs: `report`, `numbers`, `study`, `estimates`, `crosscheck`, `flow`, `build`."""

    def built(left: Numbers, right: Numbers, table: pd.DataFrame) -> ReportData:
        """The report of two engines with a crosscheck that is given."""
        return build(study(), PROVENANCE, estimates({"python": left, "r": right}), table, flow())

    return SimpleNamespace(
        report=report,
        numbers=numbers,
        study=study,
        estimates=estimates,
        crosscheck=crosscheck,
        flow=flow,
        build=built,
    )


@pytest.fixture
def snapshot() -> Callable[[str, str], None]:
    """Compare text with a stored file; ERM_BRIDGE_SNAPSHOTS=write stores it instead."""

    def check(name: str, text: str) -> None:
        path = SNAPSHOTS / name
        if os.environ.get("ERM_BRIDGE_SNAPSHOTS") == "write":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path}: see the head of test_markdown.py"

    return check
