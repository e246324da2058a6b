"""The code itself: no shell, nothing that makes code of text, no unsafe reader."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = sorted((ROOT / "src").rglob("*.py"))
R = sorted((ROOT / "r" / "R").glob("*.R"))

# Calls by their last names, and the modules that are not imported at all.
CALLS = {
    *("eval", "exec", "compile", "__import__", "system", "popen", "getoutput", "getstatusoutput"),
    *("execv", "execve", "execvp", "spawnl", "spawnv", "literal_eval", "parse_expr", "rparse", "evalr"),
    *("read_pickle", "to_pickle", "unsafe_load", "full_load", "mktemp"),
}
# Methods of the same names on other things: file and line of the code, and why it is none.
ALLOWED_CALLS = {
    ("provenance.py", "platform.system"): "the name of the operating system",
}
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "code", "codeop", "pty"}
R_FUNCTIONS = (
    *("eval", "evalq", "eval_tidy", "eval_bare", "parse", "parse_expr", "parse_exprs", "str2lang"),
    *("str2expression", "as.formula", "reformulate", "formula", "update.formula", "system", "system2"),
    *("shell", "pipe", "readRDS", "unserialize", "dget", "source", "load", "glue"),
)
R_CALL = re.compile(rf"(?<![\w.$])(?:\w+:::?)?({'|'.join(map(re.escape, R_FUNCTIONS))})\s*\(")
# What cli would read as a template must be the code's own text: a message is never pasted together.
R_PASTED = re.compile(r"(refuse\([^,]+,|cli_\w+\(|abort\()\s*(c\()?\s*(paste0?|sprintf|conditionMessage)\(")


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def code_makers(path: Path) -> set[str]:
    names = {name for name, _ in calls(path) if name.rpartition(".")[2] in CALLS}
    return {name for name in names if name != "re.compile" and (path.name, name) not in ALLOWED_CALLS}


def test_python_makes_no_code_of_text() -> None:
    assert {path.name: found for path in PYTHON if (found := code_makers(path))} == {}


def test_python_calls_no_shell_and_reads_no_unsafe_yaml() -> None:
    for path in PYTHON:
        for name, call in calls(path):
            words = {word.arg: ast.unparse(word.value) for word in call.keywords}
            assert "shell" not in words, f"{path}: {name}"
            assert words.get("allow_pickle", "False") == "False", f"{path}: {name}"
            if name.endswith("YAML"):
                assert words == {"typ": "'safe'", "pure": "True"}, f"{path}: {name}"
            if name.startswith("subprocess."):
                assert isinstance(call.args[0], ast.List | ast.Name), f"{path}: {name} takes a list"


def test_python_imports_no_pickle() -> None:
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & MODULES, path


def code_of(path: Path) -> str:
    """R code without comments; quotes within comments would end them."""
    return "\n".join(re.sub(r"^\s*#.*", "", line) for line in path.read_text(encoding="utf-8").splitlines())


def test_r_makes_no_code_of_text() -> None:
    assert {path.name: found for path in R if (found := R_CALL.findall(code_of(path)))} == {}
    assert {path.name: found for path in R if (found := R_PASTED.findall(code_of(path)))} == {}


def names_looked_up(node: ast.AST) -> list[ast.expr]:
    """Names by which a function of R is fetched here."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("ri.baseenv", "ri.globalenv"):
        return [node.slice]
    return node.args if isinstance(node, ast.Call) and ast.unparse(node.func) == "_base" else []


def test_no_r_code_stands_in_python() -> None:
    """R's functions are fetched from base by names that stand in the code."""
    for path in (ROOT / "src/erm_bridge/bridge").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        looked_up = [name for node in ast.walk(tree) for name in names_looked_up(node)]
        # The function that keeps what it has looked up; each of its calls is among them.
        kept = [ast.unparse(node) for node in ast.walk(tree) if getattr(node, "name", "") == "_base"]
        assert all("return ri.baseenv[name]" in text for text in kept)
        written = [name for name in looked_up if isinstance(name, ast.Constant)]
        assert len(looked_up) - len(written) == len(kept), f"{path}: a name that is not written there"


@pytest.mark.parametrize(
    "code",
    ["eval(parse(text = x))", "x <- str2lang(name)", "stats::as.formula(paste(y))", "rlang::parse_expr(x)"],
)
def test_the_search_finds_r_code(code: str) -> None:
    assert R_CALL.search(code)


def test_the_search_finds_pasted_messages() -> None:
    assert R_PASTED.search('refuse("input", paste0("No column ", name))')
    assert not R_PASTED.search('refuse("input", "No column {.val {name}}.")')


@pytest.mark.parametrize("code", ["os.system(x)", "eval(x)", "pd.read_pickle(x)", "ri.rparse(x)"])
def test_the_search_finds_python_code(code: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(code)
    assert code_makers(tmp_path / "a.py")
