"""Put a folder in its place complete or not at all, and touch nothing that others made."""

import ctypes
import errno
import fcntl
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from erm_bridge.errors import InputError
from erm_bridge.interruption import undone_by

# Held while something moves to its place, so that no interruption comes between two moves.
moving = threading.Lock()

_SECONDS_TO_MOVE = 0.3
_CAME_OR_WENT = (errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY)
_NO_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)
# From Linux's fcntl.h and fs.h, for renameat2(2).
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


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

    Folders that ended processes made for the same `path` and could not remove are removed first. A lock
    of the operating system, which ends with its process, tells them from those in use.

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
    _remove_abandoned(path)
    with undone_by(lambda: _take_away(partial, _beside(path, "partial"))):
        try:
            with _made(partial):
                yield partial
        except OSError as error:
            raise InputError(f"{shown}: cannot be written: {error}") from error
        finally:
            _remove(partial)


def put(folder: Path, path: Path, overwrite: bool) -> None:
    """Move a complete folder to its place; with `overwrite` one that is there goes.

    The two change places in one step where the file system can do that, else one after the other.

    Raises
    ------
    OSError
        The place is taken or cannot be written to. What was there is there again.
    """
    with moving:
        while True:
            try:
                if overwrite and path.exists():
                    _swap(folder, path)
                else:
                    folder.rename(path)
                break
            except OSError as error:
                # Another run may have put its folder there, or taken it away, in the meantime.
                if not overwrite and error.errno in (errno.EEXIST, errno.ENOTEMPTY):
                    raise FileExistsError(
                        error.errno, "another run has made it meanwhile", str(path)
                    ) from None
                if not (overwrite and error.errno in _CAME_OR_WENT and folder.exists()):
                    raise
    _remove(folder)


def _beside(path: Path, what: str) -> Path:
    """Name a folder beside another; no two runs get the same name."""
    return path.with_name(f"{path.name}.{what}-{os.getpid()}-{secrets.token_hex(4)}")


def _swap(one: Path, other: Path) -> None:
    """Let two folders change places; at no moment is there none at `other`, where that can be had."""
    if _exchange(one, other):
        return
    former = other.rename(_beside(other, "former"))
    try:
        one.rename(other)
    except BaseException:
        if not other.exists():
            former.rename(other)
        raise
    former.rename(one)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step (renameat2, Linux); False where that cannot be done."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    done: int = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    code = ctypes.get_errno()
    if done != 0 and code not in _NO_EXCHANGE:
        raise OSError(code, os.strerror(code), str(other))
    return done == 0


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder and hold a lock on it; on a file system without locks there is none."""
    lock = None
    while lock is None:
        folder.mkdir(parents=True)
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
            # Another run may have taken it for abandoned before it was locked.
            if not folder.exists():
                os.close(lock)
                lock = None
    try:
        yield
    finally:
        os.close(lock)


def _remove_abandoned(path: Path) -> None:
    """Remove what `temporary` made beside `path` in processes that have ended since."""
    pattern = re.compile(re.escape(path.name) + r"\.partial-\d+-[0-9a-f]{8}")
    with suppress(OSError):
        for name in filter(pattern.fullmatch, os.listdir(path.parent)):
            with suppress(OSError):
                _remove_unlocked(path.with_name(name))


def _remove_unlocked(folder: Path) -> None:
    """Remove a folder unless a process holds a lock on it; what is no folder, or a link, is left alone."""
    found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(found)


def _remove(folder: Path) -> None:
    """Remove a folder, to the end also where Ctrl-C comes in between."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except KeyboardInterrupt:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _take_away(folder: Path, elsewhere: Path) -> None:
    """Remove a folder into which another thread may be writing: under a new name it gets no new files."""
    moving.acquire(timeout=_SECONDS_TO_MOVE)
    with suppress(FileNotFoundError):
        shutil.rmtree(folder.rename(elsewhere))
