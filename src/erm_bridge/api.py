"""The Python call on studies: `run`.

Libraries are imported inside the calls, so that R starts first and loads its own at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from erm_bridge import arguments as args
from erm_bridge import engines as registry
from erm_bridge.errors import InputError

if TYPE_CHECKING:
    from erm_bridge.pipeline import Run
    from erm_bridge.run_folder import RunFolder


def run(
    study: str | Path,
    *,
    data: str | Path | None = None,
    engines: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    seed: int | None = None,
    settings: Mapping[str, object] | None = None,
    allow_known_defects: bool = False,
) -> Run:
    """Run a study with one or both engines and compare them.

    Parameters
    ----------
    study : path
        A study file, or a folder that holds `study.yml`.
    data : path, optional
        Data file or `r:package::name` to use instead of the study's.
    engines : {"python", "r"} or a sequence of them, optional
        None: both, or Python alone where R is not installed.
    out : path, optional
        Run folder to write; None writes nothing.
    overwrite : bool
        Replace an existing run folder.
    seed : int, optional
        Seed to use instead of the study's.
    settings : mapping, optional
        Keys of the study file to change, with values as they are, such as `{"matching.ratio": 4}`;
        None removes a key.
    allow_known_defects : bool
        Run although an installed package has a known defect that the study would hit.

    Returns
    -------
    Run
        `.estimates`, `.crosscheck`, `.verdict`, `.artefacts` and more.

    Raises
    ------
    InputError
        The study, the data or an argument is wrong.
    """
    if settings is not None and not isinstance(settings, Mapping):
        raise InputError('run: settings: must be a mapping of keys, such as {"matching.ratio": 4}')
    target = None if out is None else Path(args.path_text("out", out))
    finished, _ = run_study(
        Path(args.path_text("study", study)),
        data=None if data is None else args.path_text("data", data),
        engines=() if engines is None else tuple(args.listed(engines)),
        out=None if target is None else lambda name: target,
        overwrite=overwrite,
        seed=seed,
        settings=settings or {},
        allow_known_defects=allow_known_defects,
    )
    return finished


def run_study(
    study: Path,
    *,
    data: str | None,
    engines: tuple[str, ...],
    out: Callable[[str], Path] | None,
    overwrite: bool,
    seed: int | None,
    settings: Sequence[str] | Mapping[str, object],
    allow_known_defects: bool,
    progress: Callable[[str], None] = lambda message: None,
) -> tuple[Run, RunFolder | None]:
    """Run a study; write its folder where `out` names one for the study's name."""
    with registry.started(engines, allow_known_defects) as running:
        from erm_bridge.study.reader import read_study

        file = read_study(study, settings, seed)
        folder = None if out is None else out(file.study.study)
        from erm_bridge import pipeline, run_folder
        from erm_bridge.report.figures import prepare

        if folder is not None:
            run_folder.check_target(folder, overwrite)
        meanwhile = prepare if folder is not None else lambda: None
        finished = pipeline.execute(file, running, data=data, progress=progress, meanwhile=meanwhile)
    if folder is None:
        return finished, None
    progress("writing")
    changes = {"set": settings, "seed": seed, "data": data, "engine": engines}
    return finished, run_folder.write(finished, folder, overwrite=overwrite, changes=changes)
