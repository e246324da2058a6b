"""The payloads work: evaluated, they make the file that the other tests look for."""

import pickle
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest


class Dropping:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", ["import", "open", "subclasses", "f-string"])
def test_python_would_execute(tmp_path: Path, name: str, payloads: Any) -> None:
    path = tmp_path / "CANARY"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        eval(payloads.PYTHON[name].replace("CANARY", str(path)))
    assert path.exists()


@pytest.mark.parametrize("name", ["substitution", "backticks", "command", "pipe", "line"])
def test_a_shell_would_execute(tmp_path: Path, name: str, payloads: Any) -> None:
    path = tmp_path / "CANARY"
    command = "true " + payloads.SHELL[name].replace("CANARY", str(path))
    subprocess.run(["sh", "-c", command], check=False, capture_output=True)
    assert path.exists()


@pytest.mark.parametrize("name", ["jinja", "jinja block"])
def test_a_template_would_execute(tmp_path: Path, name: str, payloads: Any) -> None:
    from jinja2 import Environment

    path = tmp_path / "CANARY"
    Environment().from_string(payloads.TEMPLATES[name].replace("CANARY", str(path))).render()
    assert path.exists()


def test_a_pickle_would_execute(tmp_path: Path) -> None:
    path = tmp_path / "CANARY"
    pickle.loads(pickle.dumps(Dropping(path)))
    assert path.exists()


@pytest.mark.r
def test_r_would_execute(tmp_path: Path, payloads: Any) -> None:
    """Each payload as code of its own, or inside the text that it is meant to leave."""
    around = {
        "closed formula": "identity(%s\n",
        "closed backtick": "`x%sy`",
        "closed quote": 'x <- "%s"',
        "knitr": "knit",
        "tilde": "(%s)[[2]] |> eval()",
        "glue": "glue",
        "nested glue": "glue",
    }
    lines = []
    for name, payload in payloads.R.items():
        code = payload.replace("CANARY", str(tmp_path / name.replace(" ", "-")))
        shape = around.get(name, "%s")
        if shape == "glue":
            lines.append(f"try(cli::cli_text({code!r}), silent = TRUE)")
        elif shape == "knit":
            lines.append(code.strip("`").removeprefix("r "))
        else:
            lines.append("x <- y <- 1; try({" + shape.replace("%s", code) + "}, silent = TRUE)")
    for number, line in enumerate(lines):
        (tmp_path / f"{number}.R").write_text(line + "\n", encoding="utf-8")
    run_all = 'for (f in list.files(pattern = "[.]R$")) try(source(f), silent = TRUE)'
    subprocess.run(["Rscript", "-e", run_all], cwd=tmp_path, check=True, capture_output=True)
    assert {name.replace(" ", "-") for name in payloads.R} <= {path.name for path in tmp_path.iterdir()}
