"""Writing so that whatever happens, the previous or the new set of files stands there whole.

A set is a folder: the dataset, or results with exhibits and report. A new set is written under a
lock to a folder beside it (``.NAME-new-…``), and the two change names in one system call. Where
the system has no such call the old set is first put aside (``.NAME-previous``); a process that is
killed before the new one has its name leaves it there, readers find it (:func:`standing`) and the
next command puts it back (:func:`recover`). Only the holder of the lock writes, so that every
other folder beside the set is a dead process's and is swept.

Files and folders get the modes that the umask gives (0644 and 0755 under the usual 022), as those
that git checks out.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from breachstudy.errors import BreachstudyError, StaleError, StorageError
from breachstudy.storage.locking import WAIT_SECONDS, locked, say_on_stderr

__all__ = ["read_folder", "recover", "replace_folder", "sha256", "standing", "steady", "storing",
           "write_atomic", "writing"]

T = TypeVar("T")
Replace = Callable[[Mapping[str, bytes]], None]

LEFT_AFTER_SECONDS = 3600.0
"""Age at which the temporary file of a single written file is taken for a dead process's."""
TRIES = 20
"""Times that a set is read again because a writer exchanged it meanwhile."""


@contextlib.contextmanager
def storing(what: Path | str, need: int | None = None) -> Iterator[None]:
    """Name what the system refuses: an OSError inside becomes a StorageError about ``what``."""
    try:
        yield
    except BreachstudyError:
        raise
    except OSError as error:
        raise StorageError(what, error, need) from error


@contextlib.contextmanager
def writing(target: Path, wait: float = WAIT_SECONDS,
            say: Callable[[str], None] = say_on_stderr) -> Iterator[Replace]:
    """Hold the lock of the folder ``target``; gives the function that replaces its content.

    What dead processes left is swept or put back first. Raises BusyError if another process
    holds the lock for longer than ``wait`` seconds, StorageError if the system does not let us
    write; the folder is then as it was.
    """
    real = Path(os.path.realpath(target))  # a link keeps pointing there
    with contextlib.ExitStack() as held:
        with storing(target):
            if real.exists() and not real.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target))
            real.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(locked(_beside(real, "lock"), target, wait, say))
            _settle(real)
        yield lambda files: _replace(real, target, files)


def replace_folder(target: Path, files: Mapping[str, bytes], wait: float = WAIT_SECONDS,
                   say: Callable[[str], None] = say_on_stderr) -> None:
    """Replace a folder's content by ``files`` (by path below it) so that readers see the old or
    the new set, whole. Raises as :func:`writing`."""
    with writing(target, wait, say) as replace:
        replace(files)


def recover(target: Path, say: Callable[[str], None] = say_on_stderr) -> None:
    """Put back a set that a killed process left aside. Raises as :func:`writing`."""
    if standing(target) != target:
        with writing(target, say=say):
            pass  # done on entering


def standing(target: Path) -> Path:
    """Where the set of the folder ``target`` stands: there, or aside. Reads only."""
    if target.exists():
        return target
    aside = _beside(Path(os.path.realpath(target)), "previous")
    return aside if aside.is_dir() else target


def steady(target: Path, read: Callable[[Path], T]) -> T:
    """What ``read`` finds in the folder ``target``, all of it from one set.

    It reads again if the set was exchanged meanwhile. Raises what ``read`` raises, and
    StaleError if the set changes without end.
    """
    for _ in range(TRIES):
        folder, before = _place(target)
        try:
            found = read(folder)
        except FileNotFoundError:
            if _place(target) == (folder, before):
                raise
            continue
        if _place(target) == (folder, before):
            return found
    raise StaleError(f"{target} changes faster than it can be read; wait until its writers are "
                     "done")


def read_folder(target: Path) -> dict[str, bytes]:
    """Bytes of every file of a set, by path below it (with slashes); empty if there is none."""
    return steady(target, lambda folder: {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*")) if p.is_file()})


def write_atomic(path: Path, data: bytes) -> None:
    """Write one file through a temporary one beside it, so that it is never half there.

    Raises StorageError if the system does not let us; the file is then as it was.
    """
    with storing(path, len(data)):
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep_temporaries(path.parent)
        temporary = path.parent / f".writing-{secrets.token_hex(6)}"
        try:
            _write(temporary, data)
            temporary.replace(path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256 of the bytes."""
    return hashlib.sha256(data).hexdigest()


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}-{what}")


def _place(target: Path) -> tuple[Path, tuple[int, ...] | None]:
    """Where the set stands and what tells it from the one exchanged for it; None without one."""
    folder = standing(target)
    try:
        found = folder.stat()
    except FileNotFoundError:
        return folder, None
    return folder, (found.st_dev, found.st_ino, found.st_mtime_ns)


def _settle(target: Path) -> None:
    """Undo what a killed writer left. Only the holder of the lock may."""
    aside = _beside(target, "previous")
    if aside.is_dir():
        if target.exists():
            _discard(aside)
        else:
            aside.rename(target)
    dead = tuple(f".{target.name}-{what}-" for what in ("new", "old"))
    for path in target.parent.iterdir():
        if path.name.startswith(dead):
            shutil.rmtree(path, ignore_errors=True)


def _replace(target: Path, named: Path, files: Mapping[str, bytes]) -> None:
    """Write the files beside ``target`` and exchange; ``named`` is what messages call it."""
    with storing(named, sum(map(len, files.values()))):
        fresh = _beside(target, f"new-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            fresh.mkdir()
            for name, data in files.items():
                path = fresh / name
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, data)
            _swap(fresh, target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, target: Path) -> None:
    """Give ``fresh`` the name ``target``; the old set, if any, is gone afterwards."""
    if not target.exists():
        fresh.rename(target)
    elif not _exchange(fresh, target):
        aside = _beside(target, "previous")
        target.rename(aside)
        try:
            fresh.rename(target)
        finally:
            if target.exists():
                _discard(aside)
            else:
                aside.rename(target)


def _discard(aside: Path) -> None:
    """Remove a set that was put aside: under another name first, since half of it must never be
    put back."""
    name = aside.name.removesuffix("-previous")
    dead = aside.with_name(f"{name}-old-{secrets.token_hex(4)}")
    aside.rename(dead)
    shutil.rmtree(dead, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two folders atomically where the system can; False where it cannot."""
    if sys.platform == "win32":
        return False
    library = ctypes.CDLL(None)
    first, second, at_cwd, exchange = os.fsencode(a), os.fsencode(b), -100, 2
    if hasattr(library, "renameat2"):  # Linux
        return bool(library.renameat2(at_cwd, first, at_cwd, second, exchange) == 0)
    if hasattr(library, "renamex_np"):  # macOS
        return bool(library.renamex_np(first, second, exchange) == 0)
    return False


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def _sweep_temporaries(folder: Path) -> None:
    """Remove temporary files that killed processes left in the folder long ago."""
    for path in folder.glob(".writing-*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > LEFT_AFTER_SECONDS:
                path.unlink()
