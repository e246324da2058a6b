"""The reader: empty sections, changes to keys, and where a message says that a key stands."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.study.index_section import Reliability
from erm_bridge.study.models import Difference, Effect, Study
from erm_bridge.study.reader import read_study

STUDY = """
study: small
data: {source: small.csv}
outcome: score
matching:
  treatment: {column: helped}
  covariates: [age, rooms]
  caliper: {value: 0.1}
"""


def read(
    folder: Path, text: str = STUDY, settings: Sequence[str] | Mapping[str, object] = (), seed: object = None
) -> Study:
    (folder / "study.yml").write_text(text, encoding="utf-8")
    return read_study(folder, settings, seed).study  # type: ignore[arg-type]


def test_an_empty_section_whose_keys_have_defaults_asks_for_them(tmp_path: Path) -> None:
    study = read(tmp_path, STUDY + "effect:\ndifference: # by treatment\n")
    assert study.effect == Effect(outcome="score")
    assert study.difference == Difference(outcome="score")
    assert read(tmp_path, STUDY + "effect: null\n").effect is None


def test_an_empty_section_within_the_index_asks_for_its_defaults(tmp_path: Path) -> None:
    index = STUDY + "index:\n  items: [a, b, c, d, e, f]\n  factors: 1\n  reliability:"
    for text, expected in (("", Reliability()), (" {}", Reliability()), (" null", None)):
        found = read(tmp_path, f"{index}{text}\n").index
        assert found is not None
        assert found.reliability == expected
    assert read(
        tmp_path, index + "\n", ["index.reliability.omega_factors=2"]
    ).index.reliability == Reliability(omega_factors=2)


def test_group_factors_that_items_do_not_determine_are_refused(tmp_path: Path) -> None:
    index = STUDY + "index: {items: [a, b, c, d, e], factors: 1, reliability: {omega_factors: 3}}\n"
    with pytest.raises(InputError, match=r"omega_factors: 3 group factors .* 5 items; at most 2 are; null"):
        read(tmp_path, index)


@pytest.mark.parametrize("section", ["index", "regression"])
def test_another_empty_section_is_refused(tmp_path: Path, section: str) -> None:
    with pytest.raises(InputError, match=rf"study.yml:9: {section}: is empty; fill it in or remove it"):
        read(tmp_path, STUDY + f"{section}:\n")
    assert getattr(read(tmp_path, STUDY + f"{section}: null\n"), section) is None


def test_settings_as_values_are_taken_as_they_are(tmp_path: Path) -> None:
    settings = {"title": "2017", "matching.caliper": None, "matching.ratio": np.int64(2)}
    study = read(tmp_path, settings=settings)
    assert study.title == "2017"
    assert study.matching is not None
    assert study.matching.caliper is None
    assert study.matching.ratio == 2
    assert read(tmp_path, settings={"title": "b: c"}).title == "b: c"


def test_settings_that_are_no_plain_data_are_refused(tmp_path: Path) -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(InputError, match="Circular reference"):
        read(tmp_path, settings={"notes": endless})
    with pytest.raises(InputError, match="nested too deeply"):
        read(tmp_path, settings=["a." * 20_000 + "b=1"])


def test_settings_as_texts_are_yaml(tmp_path: Path) -> None:
    study = read(tmp_path, settings=["title='2017'", "matching.caliper=", "matching.replace=true"])
    assert study.title == "2017"
    assert study.matching is not None
    assert study.matching.caliper is None
    assert study.matching.replace
    assert read(tmp_path, settings=["matching="]).matching is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["nope.x=1"], r"^--set nope\.x: nope: unknown key"),
        (["index.items=[a, b, c]"], r"^--set index\.items: index\.factors: this key is required"),
        (["matching.ratoi=2"], r"^--set matching\.ratoi: .*did you mean 'ratio'"),
        (["matching.distance.digits=x"], r"^--set matching\.distance\.digits: "),
        (
            ["study.x=1"],
            r"^--set study\.x: study is not a mapping in this study but 'small'; if it has keys, set",
        ),
        (["ratio"], r"must have the form key=value"),
        ({"matching.ratio": "2"}, r'^settings: matching\.ratio: .*whole number, found "2"'),
        ({"matching.ratio": object()}, r"value of type object is not possible"),
        (
            {"index": {"items": ["a", "b", "c"], "factors": 1, "composite": {"scale": float("inf")}}},
            r"^settings: index: index\.composite\.scale: must be a number greater than 0, found inf",
        ),
        ({"effect.conf_level": float("nan")}, r"^settings: effect\.conf_level: .*between 0 and 1, found nan"),
    ],
)
def test_a_wrong_change_is_blamed_on_the_change(
    tmp_path: Path, settings: Sequence[str] | Mapping[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, settings=settings)


def test_what_is_wrong_in_the_file_is_not_blamed_on_a_change(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"study\.yml:9: matching\.order"):
        read(tmp_path, STUDY + "  order: best\n", settings=["matching.ratio=2"])
    with pytest.raises(InputError, match=r"^seed: must be a whole number"):
        read(tmp_path, seed="x")


@pytest.mark.parametrize(
    ("value", "expected"), [("1.0", 1), ("TRUE", True), ("'yes'", "yes"), ("-3", -3), ("'1'", "1")]
)
def test_the_value_that_means_treated(tmp_path: Path, value: str, expected: object) -> None:
    text = STUDY.replace("{column: helped}", f"{{column: helped, treated: {value}}}")
    matching = read(tmp_path, text).matching
    assert matching is not None
    assert matching.treatment.treated == expected
    assert type(matching.treatment.treated) is type(expected)


@pytest.mark.parametrize("value", ["1.5", "[1]", "null"])
def test_what_cannot_mean_treated_takes_one_line(tmp_path: Path, value: str) -> None:
    text = STUDY.replace("{column: helped}", f"{{column: helped, treated: {value}}}")
    with pytest.raises(InputError, match="must be a whole number, text, true or false") as caught:
        read(tmp_path, text)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "effect: {std_error: [psmatch2, psmatch2]}",
            "study.yml:9: effect: std_error: 'psmatch2' is listed twice",
        ),
        (
            "index: {items: [a, b, c, d], factors: 2}",
            "2 factors are not determined by 4 items; at most 1 are",
        ),
        (
            "variables: {age: {type: number, levels: [1, 2]}}",
            "study.yml:9: variables.age: .*the type is number",
        ),
        ("variables: {age: {type: number, reference: 1}}", "variables.age: .*the type is number"),
        ("variables: {score: {type: category}}", "variables.score: .*difference.outcome needs numbers"),
        (
            "index: {items: [a, b, c], factors: 1}\nvariables: {c: {type: category}}",
            "study.yml:10: variables.c: .*index.items needs numbers",
        ),
        (
            "difference: {outcome: helped}",
            "study.yml:6: matching.treatment: 'helped' is the outcome of difference",
        ),
        (
            "difference: {by: [town, score]}",
            "study.yml:9: difference.by: 'score' is the outcome of difference",
        ),
        (
            "regression: {keep: [age, score]}",
            "study.yml:9: regression.keep: 'score' is the outcome of regression",
        ),
        ("regression: {candidates: [score]}", "regression.candidates: 'score' is the outcome"),
        ("effect: {outcome: rooms}", "study.yml:7: matching.covariates: 'rooms' is the outcome of effect"),
        ("effect: {outcome: helped}", "study.yml:6: matching.treatment: 'helped' is the outcome of effect"),
    ],
)
def test_contradictions_are_named(tmp_path: Path, lines: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, STUDY + lines + "\n")


def test_pairwise_correlations_are_for_the_python_call(tmp_path: Path) -> None:
    index = "index: {items: [a, b, c], factors: 1, correlation: {method: spearman, missing: pairwise}}\n"
    with pytest.raises(
        InputError, match=r"index.correlation.missing: 'pairwise' is for the Python call; .*complete"
    ):
        read(tmp_path, STUDY + index)
