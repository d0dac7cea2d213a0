"""The errors that a command reports as one message instead of a traceback."""

from __future__ import annotations

import errno
import math
from collections.abc import Sequence
from pathlib import Path

__all__ = ["EXPECTED", "BreachstudyError", "BusyError", "DefinitionError", "InputError",
           "PlanError", "StaleError", "StorageError", "UnknownNameError"]


class BreachstudyError(Exception):
    """Base of every error of this package: its message says what is wrong and what to do."""


class InputError(BreachstudyError, ValueError):
    """What a user gave (an option, a file, a frame) cannot be used; the message says why."""


class UnknownNameError(BreachstudyError, KeyError):
    """A name that nothing has; the message lists those that there are."""

    def __str__(self) -> str:  # KeyError shows the repr of its message
        return str(self.args[0]) if self.args else ""


class DefinitionError(BreachstudyError, ValueError):
    """Every fault of a definition (a plan, its freeze, the codebook, the coding book), each with
    file, table, key, value and what may stand there."""

    head = "the definition cannot be used"

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        super().__init__(f"{self.head}:\n  " + "\n  ".join(self.faults))

    def __reduce__(self) -> tuple[type[DefinitionError], tuple[list[str]]]:
        return type(self), (self.faults,)


class PlanError(DefinitionError):
    """All faults of a plan, or of a plan against the tables that it is to run on."""

    head = "the plan cannot be used"


class StorageError(BreachstudyError, OSError):
    """A file or folder that the system does not let us write.

    ``what`` is what was to be written and ``cause`` the system's error; ``need`` is the size of
    the whole set in bytes, if known. The set that stood there before is whole.
    """

    def __init__(self, what: Path | str, cause: OSError, need: int | None = None) -> None:
        reason = cause.strerror or str(cause) or type(cause).__name__
        super().__init__(f"{what} cannot be written: {reason}. "
                         f"{_remedy(cause.errno, need)}. Nothing there was changed.")
        self.errno = cause.errno


class BusyError(BreachstudyError):
    """Another process has held a folder longer than we wait for it."""


class StaleError(BreachstudyError):
    """What a result was made from changed before the result could be stored."""


def _remedy(number: int | None, need: int | None) -> str:
    if number in (errno.ENOSPC, errno.EDQUOT):
        much = "some space" if need is None else f"at least {math.ceil(need / 1e5) / 10:,.1f} MB"
        return f"Free {much} on that disk, then run the command again"
    if number == errno.EROFS:
        return "The file system is read-only: work in a copy of the checkout on another disk"
    if number in (errno.EACCES, errno.EPERM):
        return "Make the folder that it lies in writable for your user, or work in a copy"
    if number == errno.ENAMETOOLONG:
        return "Give a shorter name, or move the checkout to a folder with a shorter path"
    if number in (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY):
        return "A file stands where a folder belongs, or the reverse: move it away"
    if number in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
        return "This file system has no locks: work in a copy of the checkout on a local disk"
    if number in (errno.EBUSY, errno.EXDEV):
        return ("The folder is a mount point or in use: mount the folder above it instead, or "
                "close what holds it")
    return "Put this right, then run the command again"


EXPECTED: tuple[type[Exception], ...] = (BreachstudyError, FileNotFoundError, PermissionError,
                                         IsADirectoryError, NotADirectoryError)
"""Ours, and what the system says of a path that a user gave. Anything else is a fault of the
program: it shows its traceback."""
