"""Nothing from a study, its data or its files steers the terminal."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from erm_bridge.printable import printable

ESC = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
SHOWN = "\\u001b]0;owned\\u0007\\u001b[2J\\u009b31m\\u202e"
ESCAPED = SHOWN


def no_controls(text: str) -> bool:
    return all(character in "\n\t" or printable(character) == character for character in text)


# Where the text stands in the study file, or in the data: each is refused with the text in the message.
PLACES = {
    "unknown key": f'"{ESCAPED}": 1\n',
    "option": f'missing: "{ESCAPED}"\n',
    "column": f'id: "{ESCAPED}"\n',
    "rule": f'cohort: [{{name: "{ESCAPED}", keep: "age > 1000"}}]\n',
    "expression": f'cohort: [{{name: a, keep: "`{ESCAPED}` > 1000"}}]\n',
    "syntax": f'cohort: [{{name: a, keep: "age > {ESCAPED}"}}]\n',
    "source": f'outcome: "{ESCAPED}"\n',
}


@pytest.mark.parametrize("place", PLACES)
def test_messages_show_what_would_steer(place: str, folder: Path, run) -> None:
    code, stdout, stderr = run(study=(folder / "study.yml").read_text() + PLACES[place])
    assert (code, stdout) == (2, "")
    assert no_controls(stderr)
    assert "owned" in stderr


def test_values_of_the_data_are_shown(folder: Path, run) -> None:
    text = (folder / "small.csv").read_text()
    (folder / "small.csv").write_text(text.replace("north", ESC, 1))
    code, _, stderr = run()
    assert code == 2
    assert no_controls(stderr)
    assert "owned" in stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (f"{ESC}.yml",),
        ("x", f"--{ESC}"),
        ("x", "--data", ESC),
        ("x", "--set", ESC),
        ("x", "--engine", ESC),
        ("\udcff.yml",),
        ("x" * 10_000,),
    ],
    ids=["study", "option", "data", "set", "engine", "bytes that are not UTF-8", "long"],
)
def test_arguments_are_shown(arguments: tuple[str, ...], invoke) -> None:
    code, stdout, stderr = invoke("run", *arguments)
    assert (code, stdout) == (2, "")
    assert no_controls(stderr)


@pytest.mark.parametrize("command", ["report", "crosscheck"])
@pytest.mark.parametrize("name", [ESC, "x" * 10_000, "\udcff"])
def test_names_of_run_folders_are_shown(name: str, command: str, invoke) -> None:
    code, stdout, stderr = invoke(command, name)
    assert (code, stdout) == (2, "")
    assert no_controls(stderr)


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_summary_shows_what_would_steer(form: tuple[str, ...], folder: Path, run) -> None:
    study = (folder / "study.yml").read_text() + f'title: "{ESCAPED}"\n'
    code, stdout, stderr = run(*form, study=study)
    assert (code, stderr) == (0, "")
    assert no_controls(stdout)
    if form:
        assert json.loads(stdout)["title"] == ESC, "escaped in JSON it is the same text"


def test_payloads_become_visible(payloads: ModuleType) -> None:
    for text in payloads.CONTROLS.values():
        assert no_controls(printable(text))
        assert printable(text) != text
    for text in payloads.NAMES.values():
        assert printable(text) == text, "other text stays as it is"
    assert json.loads(f'"{printable(ESC)}"') == ESC
    assert printable(ESC) == SHOWN
