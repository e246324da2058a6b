"""Expressions are a whitelist of syntax: everything else is refused by name, and nothing is unbounded."""

import itertools
from pathlib import Path

import pandas as pd
import pytest

from erm_bridge.errors import InputError
from erm_bridge.study.expressions import parse

COLUMNS = {"a": pd.Series([1.0, 2.0, None]), "t": pd.Series(["x", "y", None], dtype=object)}

REFUSED = {
    "__import__('os').system('touch CANARY')": "Call is not allowed",
    "open('CANARY', 'w')": "Call is not allowed",
    "eval('a')": "Call is not allowed",
    "(lambda: open('CANARY', 'w'))()": "Call is not allowed",
    "lambda: a": "Lambda is not allowed",
    "[open('CANARY', 'w') for x in [1]]": "ListComp is not allowed",
    "{x for x in a}": "SetComp is not allowed",
    "{x: x for x in a}": "DictComp is not allowed",
    "(x for x in a)": "GeneratorExp is not allowed",
    "f'{open(\"CANARY\")}'": "JoinedStr is not allowed",
    "(b := a)": "NamedExpr is not allowed",
    "a.__class__": "Attribute is not allowed",
    "''.__class__.__base__.__subclasses__()": "Call is not allowed",
    "a.str": "Attribute is not allowed",
    "a[0]": "Subscript is not allowed",
    "a[a > 1]": "Subscript is not allowed",
    "a if a else a": "IfExp is not allowed",
    "await a": "Await is not allowed",
    "yield": "not an expression",
    "*a": "not an expression",
    "a; open('CANARY', 'w')": "not an expression",
    "import os": "not an expression",
    "a\nimport os": "not an expression",
    "{}": "Dict is not allowed",
    "{1}": "Set is not allowed",
    "[a]": "a list stands only after `in`",
    "a in [open('CANARY', 'w')]": "a list holds only numbers or text",
    "a in t": "needs a list",
    "a is a": "Is is not allowed",
    "a @ a": "not allowed",
    "a << 99999999": "not allowed",
    "~a": "use not",
    "1j * a": "Constant is not allowed",
    "b'x' == t": "Constant is not allowed",
    "...": "Constant is not allowed",
    "None": "Constant is not allowed",
    "9**9**9": "cannot compute",
    "a * 9**9**9": "cannot compute",
    "a < (-1) ** 0.5": "root of a negative number",
    "'x' * 10**9": "arithmetic needs numbers",
    "t * 10**9": "arithmetic needs numbers",
    "'%s' % a": "arithmetic needs numbers",
    "1 / 0": "cannot compute",
    f"a == 0x{'f' * 40_000}": "cannot compute",
    f"a == {'9' * 40_000}": "not an expression",
    "a == 1e9999 * 0 * t": "arithmetic needs numbers",
    "_quoted_0_ + `a`": "no column '_quoted_0_'",
    "`a": "not an expression",
    "``": "not an expression",
    "a\0": "not an expression",
    "\ud800": "not an expression",
    "'" + "\\'" * 20_000: "not an expression",
    "(" * 40_000: "not an expression",
    "-" * 40_000 + "a": "not an expression",
    "not " * 12_000 + "a": "not an expression",
    "+".join(["a"] * 20_000): "not an expression",
    "+".join(["a"] * 300): "nested more than 250 deep",
    "a" + ".b" * 20_000: "not an expression",
    "a(" * 20_000: "not an expression",
    "lambda:" * 7_000 + "a": "not an expression",
}


@pytest.mark.parametrize(
    ("text", "words"), REFUSED.items(), ids=[f"{n}-{text[:20]!a}" for n, text in enumerate(REFUSED)]
)
def test_other_syntax_is_refused(text: str, words: str, canary: Path) -> None:
    with pytest.raises(InputError) as caught:
        parse(text.replace("CANARY", str(canary)), "study.yml", "derive.b").evaluate(COLUMNS)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 600


ACCEPTED = {
    "a > 1": [False, True, pd.NA],
    "'\\s' == t": [False, False, pd.NA],
    "a in [1e999, 0xff]": [False, False, pd.NA],
    "a == (-4) ** 3 + 65": [True, False, pd.NA],
    "+".join(["a"] * 200): [200.0, 400.0, pd.NA],
    "a" + " <= a" * 400: [True, True, pd.NA],
    " or ".join(["a == 2"] * 400): [False, True, pd.NA],
    f"a in [{', '.join(map(str, range(5_000)))}]": [True, True, pd.NA],
    "`__class__` + `a b`": [5.0, 5.0, 5.0],
    "`_quoted_0_` + _quoted_1_": [3.0, 3.0, 3.0],
}


@pytest.mark.parametrize("text", ACCEPTED, ids=range(len(ACCEPTED)))
def test_long_and_odd_expressions_are_computed(text: str) -> None:
    odd = zip(
        ("__class__", "a b", "_quoted_0_", "_quoted_1_"), itertools.chain([2.0, 3.0], [1.0, 2.0]), strict=True
    )
    columns = {**COLUMNS, **{name: pd.Series([value] * 3) for name, value in odd}}
    found = parse(text, "study.yml", "derive.b").evaluate(columns)
    assert [pd.NA if value is pd.NA else value for value in found.tolist()] == ACCEPTED[text]


@pytest.mark.parametrize("place", ["derive", "keep"])
def test_a_study_with_code_in_an_expression_is_refused(place: str, folder: Path, canary: Path, run) -> None:
    text = f"open('{canary}', 'w')"
    added = f'derive: {{b: "{text}"}}\n' if place == "derive" else f'cohort: [{{name: a, keep: "{text}"}}]\n'
    code, stdout, stderr = run(study=(folder / "study.yml").read_text() + added)
    assert (code, stdout) == (2, "")
    assert "Call is not allowed" in stderr
