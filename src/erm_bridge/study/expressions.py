"""Expressions of `derive` and `keep`: a whitelist of syntax over columns; nothing is ever executed.

Allowed: column names (in backticks where they are not plain words), numbers, text, true and false,
`+ - * / // % **`, comparisons (also chained), `in` and `not in` with a list, `and`, `or`, `not`.
A missing value makes the result missing, except where `and`/`or` are decided by the other side.
"""

import ast
import operator
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.study.validation import nearest

_ARITHMETIC: dict[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type[ast.cmpop], Any] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_LITERALS = {"true": True, "false": False}
# Text in quotes comes first, so that backticks inside it are left alone; one without an end takes the rest.
_BACKTICKS = re.compile(r"""'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|`([^`]+)`""", re.DOTALL)
# A sum of n columns is nested n deep. Python gives up at about 450.
_DEEPEST = 250
_MOST_SHOWN = 200
_MISPLACED_LIST = "a list stands only after `in` and `not in`"


@dataclass(frozen=True)
class Expression:
    """A parsed expression; `names` are the columns it needs."""

    text: str
    file: str
    key: str
    tree: ast.expr
    names: tuple[str, ...]
    quoted: Mapping[str, str]

    @property
    def where(self) -> str:
        """Say in messages where the expression stands."""
        return f"{self.file}: {self.key}"

    @property
    def shown(self) -> str:
        """The text as messages show it."""
        return _shown(self.text)

    @property
    def only_column(self) -> str | None:
        """The column that the expression merely names; None where it computes something."""
        return self.names[0] if isinstance(self.tree, ast.Name) and self.names else None

    def evaluate(self, columns: Mapping[str, pd.Series]) -> pd.Series:
        """Compute the expression row by row.

        Parameters
        ----------
        columns : mapping
            Columns of equal length; numbers as float64 (NaN missing), text as object (None missing).

        Returns
        -------
        pandas.Series
            `boolean`, `Float64` or `string`, missing values as NA.

        Raises
        ------
        InputError
            A column is unknown, or text meets a number.
        """
        for name in self.names:
            if name not in columns:
                raise InputError(
                    f"{self.where}: no column {name!r}{nearest(name, list(columns))} in: {self.shown}"
                )
        values = {name: _nullable(columns[name]) for name in self.names}
        try:
            result = _evaluate(self.tree, values, self.quoted)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise InputError(f"{self.where}: cannot compute {self.shown}: {error}") from None
        if not isinstance(result, pd.Series):
            raise InputError(f"{self.where}: names no column: {self.shown}")
        return result


def parse(text: str, file: str, key: str) -> Expression:
    """Parse the expression that stands at a key (such as `derive.age`) of a study file.

    Raises
    ------
    InputError
        The text is not an expression or uses syntax outside the whitelist.
    """
    quoted: dict[str, str] = {}
    prefix = "_quoted_"
    while prefix in text:
        prefix += "_"

    def plain_word(match: re.Match[str]) -> str:
        if match.group(1) is None:
            return match.group()
        word = f"{prefix}{len(quoted)}_"
        quoted[word] = match.group(1)
        return word

    try:
        tree = _tree(_BACKTICKS.sub(plain_word, text).strip())
        names = _names(tree, quoted)
    except InputError as error:
        raise InputError(f"{file}: {key}: {error} in: {_shown(text)}") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        single = " (equality is written ==)" if re.search(r"[^=<>!]=[^=]", text) else ""
        raise InputError(
            f"{file}: {key}: not an expression{single}; names that are not plain words need `backticks`: "
            f"{_shown(text)}"
        ) from None
    return Expression(text, file, key, tree, tuple(dict.fromkeys(names)), quoted)


def _shown(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _tree(text: str) -> ast.expr:
    """Parse text; what it may hold is for `_names` to say.

    Raises
    ------
    InputError
        It is nested too deeply.
    """
    with warnings.catch_warnings():
        # Python warns of backslashes in text and of comparisons such as `1 is 1`.
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        tree = ast.parse(text, mode="eval").body
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree
    raise InputError(f"nested more than {_DEEPEST} deep; derive parts of it first")


def _names(node: ast.expr, quoted: Mapping[str, str]) -> list[str]:
    """Collect the column names and refuse every node that is not on the whitelist."""
    match node:
        case ast.Name(id=word):
            return [] if word in _LITERALS else [quoted.get(word, word)]
        case ast.Constant(value=bool() | int() | float() | str()):
            return []
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=operand):
            return _names(operand, quoted)
        case ast.UnaryOp(op=ast.Invert()):
            raise InputError("~ is not allowed; use not")
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            raise InputError("& and | are not allowed; use and / or")
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _names(left, quoted) + _names(right, quoted)
        case ast.BoolOp(values=values):
            return [name for value in values for name in _names(value, quoted)]
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _names_compared(ops, [left, *others], quoted)
        case ast.List() | ast.Tuple():
            raise InputError(_MISPLACED_LIST)
    raise InputError(f"{type(node).__name__} is not allowed")


def _names_compared(ops: list[ast.cmpop], operands: list[ast.expr], quoted: Mapping[str, str]) -> list[str]:
    """Collect the names of a comparison; `in` needs a column on its left and a list on its right."""
    found = [[] if _is_list(operand) else _names(operand, quoted) for operand in operands]
    for op, left, right, names in zip(ops, operands, operands[1:], found, strict=False):
        if _is_list(left):
            raise InputError(_MISPLACED_LIST)
        if isinstance(op, ast.In | ast.NotIn):
            _check_members(right)
            if not names:
                raise InputError("`in` needs a column on its left")
        elif type(op) not in _COMPARISONS:
            raise InputError(f"{type(op).__name__} is not allowed")
        elif _is_list(right):
            raise InputError(_MISPLACED_LIST)
    return [name for names in found for name in names]


def _is_list(node: ast.expr) -> bool:
    return isinstance(node, ast.List | ast.Tuple)


def _check_members(node: ast.expr) -> None:
    if not isinstance(node, ast.List | ast.Tuple):
        raise InputError("`in` needs a list such as [1, 2]")
    for member in node.elts:
        match member:
            case ast.Constant(value=bool() | int() | float() | str()):
                continue
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float())):
                continue
        raise InputError("a list holds only numbers or text")


def _nullable(column: pd.Series) -> pd.Series:
    return column.astype("Float64") if pd.api.types.is_numeric_dtype(column) else column.astype("string")


def _evaluate(node: ast.expr, columns: Mapping[str, pd.Series], quoted: Mapping[str, str]) -> Any:
    def value(part: ast.expr) -> Any:
        return _evaluate(part, columns, quoted)

    match node:
        case ast.Name(id=word):
            return _LITERALS[word] if word in _LITERALS else columns[quoted.get(word, word)]
        case ast.Constant(value=constant):
            return constant
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = _truth(value(operand))
            return not truth if isinstance(truth, bool) else ~truth
        case ast.UnaryOp(op=op, operand=operand):
            return -_number(value(operand)) if isinstance(op, ast.USub) else _number(value(operand))
        case ast.BinOp(left=left, op=op, right=right):
            result = _ARITHMETIC[type(op)](_number(value(left)), _number(value(right)))
            if isinstance(result, complex):
                raise TypeError("a root of a negative number")
            return result
        case ast.BoolOp(op=op, values=values):
            join = operator.and_ if isinstance(op, ast.And) else operator.or_
            result = _truth(value(values[0]))
            for other in values[1:]:
                result = join(result, _truth(value(other)))
            return result
        case ast.Compare(left=left, ops=ops, comparators=others):
            first, second = value(left), value(others[0])
            result = _compare(ops[0], first, second)
            for comparison, other in zip(ops[1:], others[1:], strict=True):
                first, second = second, value(other)
                result = result & _compare(comparison, first, second)
            return result
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [value(item) for item in items]
    raise AssertionError(f"{type(node).__name__} passed the whitelist")


def _compare(op: ast.cmpop, left: Any, right: Any) -> Any:
    members = right if isinstance(op, ast.In | ast.NotIn) else [right]
    if any(_is_text(member) != _is_text(left) for member in members):
        raise TypeError("text is compared with a number")
    if isinstance(op, ast.In | ast.NotIn):
        found = left.isin(right).astype("boolean").mask(left.isna())
        return ~found if isinstance(op, ast.NotIn) else found
    result = _COMPARISONS[type(op)](left, right)
    return result.astype("boolean") if isinstance(result, pd.Series) else result


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, pd.Series) and value.dtype == "string")


def _number(value: Any) -> Any:
    if _is_text(value):
        raise TypeError("arithmetic needs numbers, found text")
    # Python's own integers could grow without bound; floats cannot.
    return value.astype("Float64") if isinstance(value, pd.Series) else float(value)


def _truth(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, pd.Series) and value.dtype == "boolean"):
        return value
    raise TypeError("and, or and not need comparisons or true and false")
