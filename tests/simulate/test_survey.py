"""The table: deterministic, of known size, with the codes of the codebook and plausible gaps."""

import hashlib
import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from erm_bridge.errors import InputError
from erm_bridge.simulate import COLUMNS, SURVEYS, SimulatedSurvey, codebook, simulate
from erm_bridge.simulate.answers import ITEM_NAMES
from erm_bridge.simulate.confounders import CONFOUNDERS, levels
from erm_bridge.simulate.places import PROVINCES
from erm_bridge.simulate.strata import flow


def fingerprint(survey: SimulatedSurvey) -> str:
    hashes = pd.util.hash_pandas_object(survey.frame.astype(object).where(survey.frame.notna(), None))
    return hashlib.sha256(hashes.to_numpy().tobytes() + json.dumps(survey.metadata).encode()).hexdigest()


def share(column: pd.Series, *codes: int) -> float:
    return float(column.dropna().isin(codes).mean())


def test_same_arguments_give_the_same_survey_and_other_seeds_another() -> None:
    first = fingerprint(simulate(3000, seed=7))
    assert fingerprint(simulate(3000, seed=7)) == first
    assert fingerprint(simulate(3000, seed=8)) != first
    assert fingerprint(simulate(3000, seed=7, effect=4.0)) != first


def test_effect_changes_answers_of_the_host_insured_only() -> None:
    without, with_effect = simulate(3000, effect=0.0).frame, simulate(3000, effect=10.0).frame
    differ = [name for name in without if not without[name].equals(with_effect[name])]
    assert differ
    assert set(differ) <= set(ITEM_NAMES)
    told = without["Q504A1"].notna()
    host = (without[[f"Q504{key}2" for key in "ABCDE"]] == 1).any(axis="columns")
    changed = (without[differ].fillna(0) != with_effect[differ].fillna(0)).any(axis="columns")
    assert changed.sum() > 50
    assert not (changed & told & ~host).any()


@pytest.mark.parametrize("rows", [1, 51, 1000, 20_000, 50_001])
def test_cohort_has_its_size_at_any_number_of_rows(rows: int, select: Callable) -> None:
    survey = simulate(rows, seed=3)
    table, counts = select(survey.frame)
    sizes = flow(rows)
    assert counts == [
        rows,
        sizes.aged_60,
        sizes.agricultural,
        sizes.insured,
        sizes.location_known,
        sizes.cohort,
    ]
    assert counts[1:] == list(survey.metadata["flow"].values())
    assert sizes.cohort == int(rows * 3333 / 169_989 + 0.5)
    assert (table["host_insurance"] == 1).sum() == survey.metadata["n_host_city"] == sizes.host_city
    assert (table["host_insurance"] == 0).sum() == survey.metadata["n_hometown"]


def test_full_size_flow(full: SimulatedSurvey, select: Callable) -> None:
    table, counts = select(full.frame)
    assert counts == [169_989, 6187, 3723, 3478, 3391, 3333]
    assert table["host_insurance"].value_counts().to_dict() == {0.0: 2727, 1.0: 606}


def test_every_column_is_in_the_codebook_and_holds_its_codes_only(full: SimulatedSurvey) -> None:
    frame = full.frame
    assert list(frame) == [column.name for column in COLUMNS] == codebook()["name"].tolist()
    assert len(set(frame)) == len(frame.columns)
    for column in COLUMNS:
        if column.codes:
            found = set(frame[column.name].dropna().unique())
            # Nobody is registered where the survey meets migrants.
            assert found == ({2} if column.name == "q101i1" else set(column.codes)), column.name
            assert full.labels[column.name] == column.codes
        else:
            assert column.name not in full.labels
        if not column.skips and not column.nonresponse and not column.name.startswith(("Q504", "Q105")):
            assert frame[column.name].notna().all(), column.name
    assert set(codebook()["confidence"]) == {"high", "medium", "low", "none"}
    assert codebook().set_index("name").loc["q101b1", "codes"] == "1 = male; 2 = female"


def test_dates_are_in_order(full: SimulatedSurvey) -> None:
    frame = full.frame
    born, arrived, left = frame["q101c1y"], frame["q101m1y"], frame["Q302Y"].dropna()
    assert born.min() >= 1921
    assert born.max() <= 2002
    assert (arrived >= born).all()
    assert (arrived <= 2017).all()
    assert (left <= arrived[left.index]).all()
    assert (left >= born[left.index]).all()
    same = frame[(frame["Q302Y"] == arrived).fillna(False) & frame["Q302M"].notna()]
    assert (same["Q302M"] <= same["q101m1m"]).all()


def test_places_fit_the_range_of_the_move(full: SimulatedSurvey) -> None:
    frame = full.frame
    code_of = {name: code for code, (name, _, _) in PROVINCES.items()}
    host_county = frame["C3"].str[3:].astype(int)
    origin = frame["q101j1a"].astype(int)
    assert (frame["C1"].map(code_of) == host_county // 10_000).all()
    assert (frame["C2"].str[3:].astype(int) == host_county // 100).all()
    # The Production and Construction Corps lies in Xinjiang.
    host_county = host_county.where(host_county // 10_000 != 66, host_county - 10_000)
    found = np.select(
        [host_county // 10_000 != origin // 10_000, host_county // 100 != origin // 100], [1, 2], 3
    )
    assert (found == frame["q101l1"]).all()
    assert (host_county != origin).all()


def test_questions_are_skipped_where_they_are_not_put(full: SimulatedSurvey) -> None:
    frame = full.frame
    assert (frame["Q315"].notna() == (frame["Q314"] == 1)).all()
    assert (frame["Q317"].notna() == (frame["Q314"] == 2)).all()
    assert (frame["Q318"].notna() == (frame["Q317"] == 1).fillna(False)).all()
    assert (frame["Q321A"].notna() == (frame["Q317"] == 2).fillna(False)).all()
    for key in "ABCDE":
        located = frame[f"Q504{key}2"].notna()
        assert (frame.loc[located, f"Q504{key}1"] == 1).all()


def test_gaps_are_few_and_none_is_in_what_the_cohort_is_analysed_by(
    full: SimulatedSurvey, members: pd.DataFrame
) -> None:
    frame = full.frame
    assert frame["Q105"].isna().sum() == 1
    gaps = frame[list(ITEM_NAMES)].isna().mean()
    assert gaps.between(0.0004, 0.002).all()
    assert frame["Q302M"].isna().mean() == pytest.approx(0.015, abs=0.003)
    used = {name for confounder in CONFOUNDERS for name in confounder.columns}
    assert members[sorted(used)].notna().all(axis=None)
    assert members["Q302M"].isna().any()


def test_guide_derives_the_confounders_that_the_simulator_uses(guide: dict, members: pd.DataFrame) -> None:
    raw = {name: members[name].to_numpy().astype("int64") for c in CONFOUNDERS for name in c.columns}
    for position, confounder in enumerate(CONFOUNDERS):
        assert guide["derive"][confounder.name] == confounder.expression
        first = 1 if confounder.name == "migration_range" else 0
        assert (members[confounder.name] - first == levels(raw)[:, position]).all()
        assert members[confounder.name].nunique() == len(confounder.levels)


def test_shares_are_near_the_published_ones(full: SimulatedSurvey) -> None:
    frame = full.frame
    women, older = frame[frame["q101b1"] == 2], frame[frame["q101c1y"] <= 1957]
    age = 2017 - older["q101c1y"]
    insured = (frame[[f"Q504{key}1" for key in "ABCDE"]] == 1).any(axis="columns")
    host = (frame[[f"Q504{key}2" for key in "ABCDE"]] == 1).any(axis="columns")
    near = {
        "women": (share(frame["q101b1"], 2), 0.4831),
        "never married": (share(women["q101h1"], 1), 0.1423),
        "with a spouse": (share(women["q101h1"], 2, 3, 6), 0.8147),
        "host place": (host.sum() / insured.sum(), 0.293),
        "diagnosed": (share(frame["Q408"], 1, 2, 3), 0.0545),
        "heard": (share(frame["Q403"], 1), 0.618),
        "record": (share(frame["Q406"], 1), 0.314),
        "healthy at 60+": (share(older["Q401"], 1, 2), 0.82),
        "60-64": (float((age < 65).mean()), 0.54),
        "80+": (float((age >= 80).mean()), 0.045),
        "between provinces": (share(frame["q101l1"], 1), 0.5075),
    }
    plans = {
        "Q314": (0.8284, 0.0242, 0.1474),
        "Q315": (0.0769, 0.1376, 0.0533, 0.0892, 0.3883, 0.2547),
        "Q317": (0.697, 0.151, 0.152),
    }
    for name, published in plans.items():
        for code, value in enumerate(published, 1):
            near[f"{name} = {code}"] = (share(frame[name], code), value)
    assert {name: pair for name, pair in near.items() if abs(pair[0] - pair[1]) > 0.02} == {}


def test_propensity_scores_come_in_blocks(members: pd.DataFrame) -> None:
    cells = members.groupby([confounder.name for confounder in CONFOUNDERS]).size()
    assert len(cells) < 0.5 * len(members)
    assert cells[cells > 1].sum() > 0.7 * len(members)


@pytest.mark.parametrize(
    "arguments",
    [
        {"rows": 0},
        {"rows": 1.5},
        {"rows": True},
        {"seed": -1},
        {"effect": 16},
        {"effect": float("nan")},
        {"effect": "5"},
    ],
)
def test_arguments_out_of_range_are_refused_by_name(arguments: dict) -> None:
    with pytest.raises(InputError, match=f"simulate:cmds2017: {next(iter(arguments))} must be"):
        simulate(**arguments)


def test_survey_is_known_by_name() -> None:
    assert SURVEYS["cmds2017"] is simulate
