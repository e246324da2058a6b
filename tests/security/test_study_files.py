"""Hostile study files: refused with exit code 2 and the reason, in time; nothing in them is evaluated."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from erm_bridge.study.reader import MAX_BYTES

from_tag = "could not determine a constructor"
plain = "only text, numbers, true, false"
deep = "nested too deeply"

# name: (what is appended to the study, or the whole of it if it begins with "study:", words of the message)
HOSTILE: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    # Tags.
    "python apply": ("title: !!python/object/apply:os.system ['touch CANARY']\n", (from_tag, "study.yml:11")),
    "python name": ("title: !!python/name:os.system\n", (from_tag,)),
    "python module": ("title: !!python/module:os\n", (from_tag,)),
    "python new": ("title: !!python/object/new:os.system ['touch CANARY']\n", (from_tag,)),
    "R expression": ("title: !expr file.create('CANARY')\n", (from_tag, "!expr")),
    "R tag": ("title: !r file.create('CANARY')\n", (from_tag, "!r")),
    "full tag": ("title: !<tag:yaml.org,2002:python/object/apply:os.system> ['touch CANARY']\n", (from_tag,)),
    "binary": ("title: !!binary Y29zCnN5c3RlbQ==\n", (plain, "bytes")),
    "set": ("notes: !!set {a}\n", (plain, "set")),
    "handle of a tag": ("%TAG ! tag:yaml.org,2002:python/\n", ("study.yml",)),
    # Aliases and merge keys.
    "alias": ("title: &a x\nnotes: [*a]\n", ("aliases (*a) are not used", "study.yml:12")),
    "billion laughs": (
        "notes:\n  - &a0 [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)),
        ("aliases (*a0) are not used",),
    ),
    "alias to itself": ("notes: &a [*a]\n", ("aliases",)),
    "merge of an alias": ("x: &a {study: y}\n<<: *a\n", ("aliases",)),
    "merge of a mapping": ("<<: {weights: w}\n", ("weights", "unknown key")),
    # Depth and size.
    "deep list": ("notes: " + "[" * 900_000, (deep,)),
    "deep mapping": ("notes: " + "{a: " * 200_000, (deep,)),
    "deep block": ("notes:\n" + "- " * 400_000, (deep,)),
    "large": ("notes: [" + "x" * MAX_BYTES + "]\n", (f"larger than {MAX_BYTES:,} bytes",)),
    "many unknown keys": ("".join(f"k{n}: 1\n" for n in range(3_000)), ("k0: unknown key",)),
    "many equal names": ("outcome: y\n" * 2, ("duplicate key",)),
    "a long name": ("id: " + "x" * 60_000 + "\n", ("id", "at most 50,000 characters")),
    "a long list of one name": (
        "notes: []\noutcome: [" + "a," * 10_000 + "]\n",
        ("outcome", "must be text"),
    ),
    # Keys.
    "repeated key": ("title: a\ntitle: b\n", ("duplicate key", "study.yml:12")),
    "number and text as keys": ("derive: {1: age, '1': age}\n", ("occurs twice",)),
    "null as a key": ("~: 1\n", ("unknown key",)),
    "NaN as a key": (".nan: 1\n", (plain,)),
    "list as a key": ("? [a]\n: 1\n", (plain,)),
    "dunder as a key": ("__class__: {__init__: 1}\n", ("__class__: unknown key",)),
    "key of pydantic": ("model_config: {extra: allow}\n", ("model_config: unknown key",)),
    "R code as a key": ("'file.create(\"CANARY\")': 1\n", ("unknown key",)),
    # Values.
    "whole number of 100,000 digits": (f"seed: {'9' * 100_000}\n", (plain, "4300 digits")),
    "hexadecimal number": (f"seed: 0x{'f' * 100_000}\n", (plain, "4300 digits")),
    "infinity": ("seed: .inf\n", (plain,)),
    "a number beyond doubles": ("seed: 1e999\n", (plain,)),
    "date": ("title: 2020-01-01\n", (plain, "date")),
    "base 60": ("seed: 190:20:30\n", ("seed", "whole number")),
    "half a character": ('title: "\\ud800"\n', (plain, "surrogate")),
    "zero byte, escaped": ('title: "a\\0b"\n', ("zero byte",)),
    "zero byte in a key": ('derive: {"a\\0b": age}\n', ("zero byte",)),
    "zero byte": (b"title: a\0b\n", ("#x0000",)),
    "control character": (b"title: a\x1b]0;x\x07\n", ("#x001b",)),
    "two documents": ("---\nstudy: other\n", ("another document",)),
    "Latin-1": (b"title: caf\xe9\n", ("UTF-8",)),
    # The whole file.
    "UTF-16": ("study: small\n".encode("utf-16"), ("UTF-8",)),
    "list": ("study:\n- a\n", ("study",)),
    "study name that climbs": ("study: ../../evil\n", ("study", "letters, digits, - and _")),
    "absolute study name": ("study: /tmp/evil\n", ("study", "letters, digits, - and _")),
    "study name with a line": ('study: "a\\nb"\n', ("study", "letters, digits, - and _")),
    "study name as an option": ("study: --overwrite\n", ("study", "letters, digits, - and _")),
    "study name of a shell": ("study: $(touch CANARY)\n", ("study", "letters, digits, - and _")),
    "study name of the folder": ("study: ..\n", ("study", "letters, digits, - and _")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_study_files_are_refused(name: str, folder: Path, canary: Path, run) -> None:
    added, words = HOSTILE[name]
    text = added if isinstance(added, bytes) else added.encode("utf-8", "surrogatepass")
    whole = text.startswith((b"study:", b"\xff\xfe"))
    text = text if whole else (folder / "study.yml").read_bytes() + text
    code, stdout, stderr = run(study=text.replace(b"CANARY", bytes(canary)))
    assert (code, stdout) == (2, "")
    assert "study.yml" in stderr
    assert len(stderr) < 3_000
    for word in words:
        assert word in stderr


def test_the_tags_would_be_executed_by_another_loader(canary: Path, tmp_path: Path) -> None:
    from ruamel.yaml import YAML

    with pytest.warns(PendingDeprecationWarning):
        loader = YAML(typ="unsafe", pure=True)
    other = tmp_path / "here" / "executed"
    loader.load(HOSTILE["python apply"][0].replace("CANARY", str(other)))
    assert other.exists()


SOURCES = {
    "file without an ending": ("../../../../../../etc/passwd", "no such data file|files of type"),
    "another type": ("small.pkl", "no such data file"),
    "device": ("/dev/zero", "no such data file"),
    "code for R": ("r:psych::bfi); file.create('CANARY') #", "must have the form r:package::name"),
    "hidden object of R": ("r:psych:::bfi", "must have the form r:package::name"),
    "call for R": ("r:base::system('touch CANARY')", "must have the form r:package::name"),
    "package by path": ("r:../psych::bfi", "must have the form r:package::name"),
    "two lines for R": ("r:psych::bfi\nq()", "must have the form r:package::name"),
    "simulation by path": ("simulate:../os", "no survey '../os'"),
    "address": ("https://example.org/data.csv", "is not available"),
    "file address": ("file:///etc/passwd", "is not available"),
    "pipe for R": ("pipe:touch CANARY", "is not available"),
    "command": ("| touch CANARY", "no such data file"),
    "line and semicolon": ("small.csv\n; touch CANARY", "no such data file"),
    "zero byte": ("small.csv\0.txt", "no such data file|null byte"),
    "very long": ("x" * 10_000 + ".csv", "cannot be read|no such data file"),
}


@pytest.mark.parametrize("by", ["file", "option"])
@pytest.mark.parametrize("name", SOURCES)
def test_hostile_sources_are_refused(name: str, by: str, folder: Path, canary: Path, run) -> None:
    source, words = SOURCES[name]
    source = source.replace("CANARY", str(canary))
    if by == "option":
        code, stdout, stderr = run("--data", source)
    else:
        escaped = "".join(f"\\U{ord(character):08x}" for character in source)
        text = (folder / "study.yml").read_text().replace("source: small.csv", f'source: "{escaped}"')
        code, stdout, stderr = run(study=text)
    assert (code, stdout) == (2, "")
    assert any(word in stderr for word in [*words.split("|"), "zero byte"])


@pytest.mark.parametrize("place", ["folder", "study", "data"])
@pytest.mark.parametrize("name", ["--overwrite", "a;b", "$(touch CANARY)", "a\nb", "\x1b[31m", "'q'", "-"])
def test_file_names_are_names(name: str, place: str, folder: Path, canary: Path, invoke, run) -> None:
    """Whatever files are called, they are read, and shown without steering the terminal."""
    name = name.replace("CANARY", canary.name)
    if place == "data":
        (folder / f"{name}.csv").write_bytes((folder / "small.csv").read_bytes())
        code, stdout, stderr = run("--data", f"{name}.csv", "--json")
    else:
        (folder / name).mkdir()
        for file in ("small.csv", "study.yml"):
            (folder / name / file).write_bytes((folder / file).read_bytes())
        study = folder / name / ("study.yml" if place == "study" else "")
        code, stdout, stderr = invoke("run", study, "--engine", "python", "--out", folder / "out")
    assert (code, stderr) == (0, "")
    assert "\x1b" not in stdout


@pytest.mark.parametrize(
    "setting", ["matching.ratio=!!python/name:os.system", "a=*b", "title=[", "=", "__class__=1"]
)
def test_hostile_settings_are_refused(setting: str, run) -> None:
    code, stdout, stderr = run("--set", setting)
    assert (code, stdout) == (2, "")
    assert setting.partition("=")[0] in stderr


def test_out_through_links_and_upwards_touches_no_other_folder(folder: Path, run) -> None:
    """A link is followed to a run folder, never to anything else."""
    precious = folder / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    (folder / "out").symlink_to(precious)
    code, _, stderr = run("--overwrite")
    assert code == 2
    assert "not the folder of a run" in stderr
    assert sorted(path.name for path in precious.iterdir()) == ["thesis.txt"]


def test_the_interpreter_limits_digits() -> None:
    """Without Python's own limit a number of 100,000 digits takes seconds; see above."""
    assert 0 < sys.get_int_max_str_digits() <= 4300


def test_payloads_are_many(payloads: ModuleType) -> None:
    count = sum(map(len, payloads.KINDS.values())) + len(HOSTILE) + len(SOURCES)
    assert count >= 80
