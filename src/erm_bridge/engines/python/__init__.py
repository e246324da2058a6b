"""The engine of native Python: numpy, scipy, statsmodels and `erm_bridge.numerics`; it never calls R."""

from __future__ import annotations

import platform
from importlib import import_module, metadata
from typing import TYPE_CHECKING

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.errors import EngineError
from erm_bridge.one_thread import one_thread
from erm_bridge.options import StageName

if TYPE_CHECKING:
    import pandas as pd

    from erm_bridge.study.models import Study

NUMERIC_PACKAGES = ("numpy", "scipy", "pandas", "statsmodels")


class PythonEngine:
    """Runs each stage by the module of the same name in this folder.

    Parameters
    ----------
    allow_known_defects : bool
        Taken like every engine does; no defect of the packages in use is known.
    """

    name = "python"

    def __init__(self, allow_known_defects: bool = False) -> None:
        self._loaded: tuple[Study, pd.DataFrame] | None = None

    def start(self) -> None:
        """Do nothing: Python is running."""

    def load(self, study: Study, frame: pd.DataFrame) -> None:
        """Take the study and the analysis frame."""
        self._loaded = study, frame

    def run_stage(self, stage: StageName, given: Artefacts) -> StageResult:
        """Run one stage on the loaded study."""
        if self._loaded is None:
            raise EngineError("python: no study is loaded")
        with one_thread():
            result: StageResult = import_module(f"{__name__}.{stage}").run(*self._loaded, given)
        return result

    def versions(self) -> dict[str, str]:
        """Name the versions of Python and of the packages that compute."""
        packages = {name: metadata.version(name) for name in NUMERIC_PACKAGES}
        return {"python": platform.python_version(), **packages}

    def log(self) -> str:
        """Return nothing: what fails here is an exception with its own trace."""
        return ""

    def close(self) -> None:
        """Release the frame."""
        self._loaded = None
