"""Put a folder in its place complete or not at all, and touch nothing that others made."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from erm_bridge.errors import InputError


def check_place(path: Path) -> Path:
    """Refuse a place where no folder can be made; returns the place with links followed.

    Raises
    ------
    InputError
        The path is not valid, or the folder in which it would lie is a file or may not be written to.
    """
    try:
        target = path.resolve()
        # The name of the temporary folder is the longest that is needed.
        _beside(target, "partial").exists()
        above = next(parent for parent in target.parents if parent.exists())
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{path}: cannot be a run folder: {error}") from None
    if not above.is_dir():
        raise InputError(f"{path}: {above} is a file, not a folder; choose another --out")
    if not os.access(above, os.W_OK | os.X_OK):
        raise InputError(f"{path}: the folder {above} may not be written to; choose another --out")
    return target


@contextmanager
def temporary(path: Path, shown: Path) -> Iterator[Path]:
    """Make a folder beside `path` with a name of its own, and remove it if it is still there afterwards.

    Parameters
    ----------
    path : Path
    shown : Path
        How messages name what is written.

    Raises
    ------
    InputError
        The disk is full, or writing fails in another way.
    """
    partial = _beside(path, "partial")
    try:
        partial.mkdir(parents=True)
        yield partial
    except OSError as error:
        raise InputError(f"{shown}: cannot be written: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def put(folder: Path, path: Path, overwrite: bool) -> None:
    """Move a complete folder to its place; with `overwrite` one that is there goes last.

    Raises
    ------
    OSError
        The place is taken or cannot be written to. What was there is there again.
    """
    former: list[Path] = []
    try:
        while True:
            if overwrite and path.exists():
                with suppress(FileNotFoundError):
                    former.append(path.rename(_beside(path, "former")))
            try:
                folder.rename(path)
                break
            except OSError:
                # Another run may have put its folder there in the meantime.
                if not (overwrite and path.exists()):
                    raise
    except BaseException:
        if former and not path.exists():
            former.pop().rename(path)
        raise
    for replaced in former:
        shutil.rmtree(replaced, ignore_errors=True)


def _beside(path: Path, what: str) -> Path:
    """Name a folder beside another; no two runs get the same name."""
    return path.with_name(f"{path.name}.{what}-{secrets.token_hex(4)}")
