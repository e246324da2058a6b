"""The engine of R: its packages in a process of their own; it computes nothing itself."""

from __future__ import annotations

import threading
import weakref
from contextlib import suppress
from importlib import import_module, metadata
from typing import TYPE_CHECKING

from erm_bridge.bridge import limits
from erm_bridge.bridge.availability import availability
from erm_bridge.bridge.client import RWorker
from erm_bridge.bridge.pool import process_pool
from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.errors import EngineError, ErmBridgeError
from erm_bridge.estimates import StageRows
from erm_bridge.options import StageName

# R is started before pandas and the study's models are loaded: it loads its packages meanwhile.
if TYPE_CHECKING:
    import pandas as pd

    from erm_bridge.bridge.defects import Defect
    from erm_bridge.engines.r.session import Session
    from erm_bridge.study.models import Study


class REngine:
    """Runs each stage by the module of the same name in this folder, which asks R.

    Parameters
    ----------
    allow_known_defects : bool
        Run also what a known defect of an installed package would spoil; the rows carry its id.
    worker : RWorker, optional
        An R to use; by default one of the process's pool, to which `close` gives it back.

    Raises
    ------
    InputError
        A limit of time or memory in the environment is none.
    """

    name = "r"

    def __init__(self, allow_known_defects: bool = False, worker: RWorker | None = None) -> None:
        # Later, a wrong limit would be taken for a mistake in the study file.
        limits.time_limit()
        limits.memory_limit()
        self._allowed = allow_known_defects
        self._worker = worker
        self._pool = process_pool() if worker is None else None
        self._session: Session | None = None
        self._starting: threading.Thread | None = None
        self._defects: list[Defect] = []
        self._closed = False
        # Held while the worker is taken or given back, so that none is taken by an engine that is closed.
        self._lock = threading.Lock()
        self._last_log = ""

    def start(self) -> None:
        """Start R and return at once; what is wrong with it is told by `load`."""

        def start() -> None:
            with suppress(ErmBridgeError):
                if availability().usable:
                    if self._pool is not None:
                        self._keep(self._pool.take_at_once())
                    if self._worker is not None:
                        self._worker.start()

        # Asking R for its environment takes a tenth of a second in which Python can load libraries.
        self._starting = threading.Thread(target=start, daemon=True)
        self._starting.start()

    def load(self, study: Study, frame: pd.DataFrame) -> None:
        """Take the study and the frame; they are sent with the first stage.

        Raises
        ------
        DefectError
            The study would meet a known defect of an installed package.
        EngineError
            R is not installed or not usable.
        """
        from erm_bridge.engines.r.readiness import check_ready
        from erm_bridge.engines.r.session import Session

        self._defects = check_ready(study, self._allowed)
        worker = self._r()
        worker.start()
        self._session = Session(worker, study, frame, bool(self._defects))

    def run_stage(self, stage: StageName, given: Artefacts) -> StageResult:
        """Run one stage on the loaded study.

        Raises
        ------
        InputError
            R finds the input wrong.
        EngineError
            R failed, ended or did not answer in time; the next stage starts a fresh R.
        """
        if self._session is None:
            raise EngineError("r: no study is loaded")
        result: StageResult = import_module(f"{__name__}.{stage}").run(self._session, given)
        ids = [defect.id for defect in self._defects if defect.stage == stage]
        return StageResult(_noted(result.rows, ids), result.artefacts) if ids else result

    def versions(self) -> dict[str, str]:
        """Name the versions of R, its packages and rpy2, its linear algebra and its random numbers."""
        found = self._r().call("versions")
        others = {name: (found.get(name) or [None])[0] for name in ("blas", "lapack", "rng")}
        return {
            "r": found["r"][0],
            **{name: version for name, version in found["packages"].items() if version},
            **{name: value for name, value in others.items() if value},
            "rpy2-rinterface": metadata.version("rpy2-rinterface"),
        }

    def dataset(self, package: str, name: str) -> pd.DataFrame:
        """Load a data set of an R package through this engine's R; see `dataset`."""
        return _dataset(self._r(), package, name)

    def log(self) -> str:
        """Return what R printed, with the errors of its calls and R's traces."""
        worker = self._worker
        return self._last_log if worker is None else worker.log()

    def close(self) -> None:
        """Release the frame and give R back for the next run; R that still runs a stage is ended."""
        self._session = None
        if self._starting is not None:
            self._starting.join()
        with self._lock:
            self._closed = True
            if self._pool is not None and self._worker is not None:
                self._last_log = self._worker.log()
                self._give_back()
                self._worker = None

    def _r(self) -> RWorker:
        """Return the engine's R; waits where all are lent."""
        if self._starting is not None:
            self._starting.join()
        if self._worker is None and self._pool is not None:
            self._keep(self._pool.take(given_up=lambda: self._closed))
        if self._worker is None:
            raise EngineError("r: the engine has been closed")
        return self._worker

    def _keep(self, worker: RWorker | None) -> None:
        """Keep a worker of the pool, or give it back where the engine has been closed meanwhile."""
        with self._lock:
            if self._closed or self._worker is not None:
                if worker is not None and self._pool is not None:
                    self._pool.give_back(worker)
            elif worker is not None and self._pool is not None:
                self._worker = worker
                # An engine that nobody closed gives its R back when it is forgotten.
                self._give_back = weakref.finalize(self, self._pool.give_back, worker)
                self._give_back.atexit = False


def dataset(package: str, name: str) -> pd.DataFrame:
    """Load a data set of an R package: numbers as float64, factors as categories, text as text.

    Raises
    ------
    EngineError
        R is not usable.
    InputError
        The package is not installed or has no such data frame.
    """
    with process_pool().lend() as worker:
        return _dataset(worker, package, name)


def _dataset(worker: RWorker, package: str, name: str) -> pd.DataFrame:
    data: pd.DataFrame = worker.call("dataset", {"package": package, "name": name})
    for position, dtype in enumerate(data.dtypes):
        if dtype.kind in "if":
            data.isetitem(position, data.iloc[:, position].to_numpy("float64", na_value=float("nan")))
    return data


def _noted(rows: StageRows, ids: list[str]) -> StageRows:
    """Add to the note of every row which known defects apply."""
    mark = f"known defect {', '.join(ids)}"
    return StageRows(
        [(*row, f"{note}; {mark}" if note else mark) for *row, note in rows.rows]  # type: ignore[misc]
    )
