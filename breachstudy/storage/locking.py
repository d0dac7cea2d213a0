"""Locks between processes: one writes at a time, and a killed one leaves no lock behind.

The lock is the system's (``flock``; ``msvcrt.locking`` on Windows) on a small file that holds the
number of the process. The system frees it when the process ends in whatever way, so that there is
no stale lock to judge by its age.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from breachstudy.errors import BusyError

__all__ = ["WAIT_SECONDS", "locked", "say_on_stderr"]

WAIT_SECONDS = 120.0
"""How long a writer waits for another: writing and rendering take a few seconds."""
PAUSE_SECONDS = 0.02
"""Between two tries."""
BYTE = 1 << 30
"""Windows locks ranges and forbids to read them: one byte far behind the number."""


def say_on_stderr(text: str) -> None:
    """The line that tells why a command waits; in a pipe, too, since it may wait for long."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def locked(path: Path, what: Path | str, wait: float = WAIT_SECONDS,
           say: Callable[[str], None] = say_on_stderr) -> Iterator[None]:
    """Hold the lock file ``path`` while ``what`` is written; it is gone afterwards.

    Raises BusyError if another process still holds it after ``wait`` seconds, OSError if the
    system lets us have no such file.
    """
    descriptor = _acquire(path, what, wait, say)
    try:
        yield
    finally:
        _release(path, descriptor)


def _acquire(path: Path, what: Path | str, wait: float, say: Callable[[str], None]) -> int:
    until = time.monotonic() + wait
    told = False
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        with contextlib.ExitStack() as opened:
            opened.callback(os.close, descriptor)
            if _try(descriptor):
                if _stands(path, descriptor):
                    opened.pop_all()
                    with contextlib.suppress(OSError):  # on a full disk the lock holds unnamed
                        os.ftruncate(descriptor, 0)
                        os.write(descriptor, str(os.getpid()).encode())
                    return descriptor
                continue  # its last holder removed it while we opened it
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
        if time.monotonic() >= until:
            raise BusyError(f"{what} is being written by another process ({holder}), which has "
                            f"not finished within {wait:.0f} seconds. Nothing was changed; run "
                            "the command again when that one has ended.")
        if not told:
            say(f"waiting for process {holder}, which writes {what} …")
            told = True
        time.sleep(PAUSE_SECONDS)


def _stands(path: Path, descriptor: int) -> bool:
    """Whether the file that we locked is still the one of that name."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(descriptor))


if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> bool:
        os.lseek(descriptor, BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

    def _release(path: Path, descriptor: int) -> None:
        os.close(descriptor)  # the file stays: an open one cannot be removed here
else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(path: Path, descriptor: int) -> None:
        # Removed while still held: whoever opened it before finds that it is gone and tries anew.
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)
