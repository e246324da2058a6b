"""The engines: each runs the five stages and emits rows of the table of estimates.

An engine is a folder here and a line in `ENGINES`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from erm_bridge.engines.base import Engine
from erm_bridge.errors import InputError
from erm_bridge.interruption import undone_by

if TYPE_CHECKING:
    import pandas as pd

# Name: module and class, imported when used. The order is that of `a` and `b` in the crosscheck.
ENGINES: dict[str, tuple[str, str]] = {
    "python": ("erm_bridge.engines.python", "PythonEngine"),
    "r": ("erm_bridge.engines.r", "REngine"),
}


# The engine whose searches are this project's own: where two end in two optima, its must be the better one.
NATIVE = "python"


def check_names(names: tuple[str, ...]) -> None:
    """Refuse names that are not in the registry, and a name given twice.

    Raises
    ------
    InputError
    """
    for name in names:
        if not isinstance(name, str) or name not in ENGINES:
            raise InputError(f"engine: {name!r} is not available; choose from: {', '.join(ENGINES)}")
    if len(set(names)) < len(names):
        raise InputError(f"engine: named twice: {', '.join(names)}")


def module_of(engine: str, name: str) -> Any:
    """Import the module of an engine that holds the frame-level functions of a name.

    Raises
    ------
    InputError
        The engine is not in the registry.
    """
    check_names((engine,))
    module, _ = ENGINES[engine]
    return import_module(f"{module}.{name}")


def create(name: str, allow_known_defects: bool = False) -> Engine:
    """Make an engine of the registry.

    Raises
    ------
    InputError
        The name is not in the registry.
    """
    check_names((name,))
    module, class_name = ENGINES[name]
    engine: Engine = getattr(import_module(module), class_name)(allow_known_defects=allow_known_defects)
    return engine


@dataclass(frozen=True)
class Running:
    """Engines that have been started, and why the others will not run."""

    engines: dict[str, Engine]
    absent: dict[str, str]

    def load_dataset(self, package: str, name: str) -> pd.DataFrame:
        """Load a data set of an R package through the R of the run, else through one of its own."""
        from erm_bridge.engines.r import REngine, dataset

        engine = self.engines.get("r")
        return engine.dataset(package, name) if isinstance(engine, REngine) else dataset(package, name)


@contextmanager
def started(named: tuple[str, ...] = (), allow_known_defects: bool = False) -> Iterator[Running]:
    """Start the engines of a run: those that are named or, where none is, all that are installed.

    Nothing heavy is imported, so that R loads its packages while Python loads its own.

    Raises
    ------
    InputError
        A name is not in the registry or is given twice.
    """
    check_names(named)
    absent = {} if named else _not_installed()
    names = [name for name in ENGINES if (name in named if named else name not in absent)]
    with ExitStack() as stack:
        engines = {name: create(name, allow_known_defects) for name in names}
        for engine in engines.values():
            stack.callback(engine.close)
            stack.enter_context(undone_by(engine.close))
            engine.start()
        yield Running(engines, absent)


def _not_installed() -> dict[str, str]:
    from erm_bridge.bridge.availability import availability

    found = availability()
    return {} if found.installed else {"r": f"not installed: {found.reason}"}
