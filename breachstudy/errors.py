"""Every error of ours: what a command reports as one message instead of a traceback."""

from __future__ import annotations

import errno
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CONTROL", "EXPECTED", "SHOWN", "BreachstudyError", "BusyError", "DefinitionError",
           "FactError", "InputError", "PlanError", "Problem", "StaleError", "StorageError",
           "UnknownNameError", "refuse", "visible"]

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
                     "\ud800-\udfff\ue000-\uf8ff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
"""Characters that are not seen or that act: controls, escapes, line breaks, marks that turn the
direction of writing, spaces of no width, halves of characters, private ones."""


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


def visible(text: str) -> str:
    """The text on one line, each control character shown by its code (``\\x1b``, ``\\n``)."""
    if text.isprintable():
        return text
    return CONTROL.sub(lambda m: m[0].encode("unicode_escape", "surrogatepass").decode(), text)


SHOWN = 50
"""Problems that a message prints; the rest is counted by file."""


@dataclass(frozen=True, order=True)
class Problem:
    """One fault in an input file. ``row`` is the line in the file (the header is line 1)."""

    file: str
    row: int | None
    column: str | None
    value: str | None
    what: str
    remedy: str

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f", row {self.row}"
        if self.column is not None:
            where += f", column {_shorten(self.column)}"
        shown = "" if self.value is None else f", value {_shorten(self.value)!r}"
        return visible(f"{where}{shown}: {_shorten(self.what, 600)}. {self.remedy}")


def _shorten(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


class FactError(BreachstudyError, ValueError):
    """All problems found in one pass over the inputs; nothing was written.

    ``problems`` holds every one, ordered by file and row; the message shows the first
    :data:`SHOWN`, those of whole files before those of cells, and counts the rest by file.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(
            problems, key=lambda p: (p.file, p.row or 0, p.column or "", p.what)
        )
        super().__init__(self.report())

    def report(self, limit: int | None = SHOWN) -> str:
        """One line a problem, after a line that counts them. ``limit`` None shows all."""
        n = len(self.problems)
        return (f"{n:,} problem{'s' if n != 1 else ''} in the input; nothing was written.\n"
                + self.listed(limit))

    def listed(self, limit: int | None = SHOWN) -> str:
        """One line a problem, those of whole files first, and a count of the rest by file."""
        ranked = sorted(self.problems, key=lambda p: p.row is not None)  # stable: files first
        shown, rest = ranked[:limit], [] if limit is None else ranked[limit:]
        lines = [f"  {p}" for p in shown]
        if rest:
            by_file = Counter(p.file for p in rest)
            lines.append(f"  … and {len(rest):,} more: " + visible(", ".join(
                f"{file} {count:,}" for file, count in sorted(by_file.items()))))
        return "\n".join(lines)


def refuse(problems: Sequence[Problem]) -> None:
    """Raise :class:`FactError` if there is a problem."""
    if problems:
        raise FactError(problems)


EXPECTED: tuple[type[Exception], ...] = (BreachstudyError, FileNotFoundError, PermissionError,
                                         IsADirectoryError, NotADirectoryError)
"""Ours, and what the system says of a path that a user gave. Anything else is a fault of the
program: it shows its traceback."""
