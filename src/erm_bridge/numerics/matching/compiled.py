"""Loops of plain Python, compiled where there is much to do.

The compiler costs half a second to load and more to run, so small problems are left to Python.
"""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

# Below this many units Python is done before the compiler is loaded.
WORTH_COMPILING = 5_000


def run(module: ModuleType, name: str, size: int, *arguments: Any) -> None:
    """Call a function of a module of loops, which changes arrays among its arguments in place.

    Parameters
    ----------
    module : module
        Its functions call one another and are written so that numba can compile them.
    name : str
    size : int
        How many units there are.
    arguments
        Numbers, arrays, and named tuples of such.
    """
    if size >= WORTH_COMPILING and available():
        _compiled(module)[name](*arguments)
        return
    # Python is faster on lists than on arrays.
    lists: dict[int, list[Any]] = {}
    getattr(module, name)(*(_as_lists(argument, lists) for argument in arguments))
    for array in _arrays(arguments):
        array[:] = lists[id(array)]


def available() -> bool:
    """Tell whether there is a compiler."""
    return find_spec("numba") is not None


@cache
def _compiled(module: ModuleType) -> dict[str, Callable[..., None]]:
    """Compile the functions of a module; the machine code is kept for later sessions if it can be.

    A copy of each function is compiled, in which its neighbours' names mean the compiled ones.
    """
    import numba

    scope = dict(vars(module))
    own = {
        name: function
        for name, function in vars(module).items()
        if isinstance(function, FunctionType) and function.__module__ == module.__name__
    }
    inner = {name for function in own.values() for name in function.__code__.co_names}
    for name, function in own.items():
        copy = FunctionType(function.__code__, scope, name, function.__defaults__)
        copy.__module__ = module.__name__
        # Taking apart Python's objects is a large part of the machine code; only calls from Python need it.
        bare: dict[str, Any] = {"no_cpython_wrapper": name in inner, "no_cfunc_wrapper": True}
        try:
            scope[name] = numba.njit(cache=True, **bare)(copy)
        except RuntimeError:
            # There is no folder that the machine code could be kept in.
            scope[name] = numba.njit(**bare)(copy)
    return scope


def _arrays(arguments: tuple[Any, ...]) -> list[Any]:
    """List the arrays among arguments and in the tuples among them."""
    found = []
    for argument in arguments:
        if isinstance(argument, tuple):
            found += _arrays(argument)
        elif isinstance(argument, np.ndarray):
            found.append(argument)
    return found


def _as_lists(argument: Any, lists: dict[int, list[Any]]) -> Any:
    """Put lists in the place of arrays; the same array becomes the same list."""
    if isinstance(argument, tuple):
        return type(argument)(*(_as_lists(part, lists) for part in argument))
    if not isinstance(argument, np.ndarray):
        return argument
    if id(argument) not in lists:
        lists[id(argument)] = argument.tolist()
    return lists[id(argument)]
