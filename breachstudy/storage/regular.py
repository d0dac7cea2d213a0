"""The files of data/raw as bytes: regular files only, each that cannot be read named.

A pipe would wait for ever, a device never end and a loop of links has no file behind it; so what
is no regular file is refused by its name, before a byte of it is read.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

from breachstudy.errors import FactError, Problem

__all__ = ["KINDS", "file_problem", "read_regular"]

KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a named pipe"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISSOCK, "is a socket"),
)
REMEDY = "Put a regular file in its place, or restore it from version control"


def read_regular(paths: Sequence[Path], shown: str = "data/raw") -> dict[str, bytes]:
    """Bytes of the files by name, in the order given. Links to regular files are followed.

    Raises :class:`FactError` that names every path that is no regular file or cannot be read;
    ``shown`` is the folder as messages name it.
    """
    out: dict[str, bytes] = {}
    problems = []
    for path in paths:
        what = file_problem(path)
        if what is None:
            try:
                out[path.name] = path.read_bytes()
            except OSError as error:
                what = f"cannot be read ({error.strerror})"
        if what is not None:
            problems.append(Problem(f"{shown}/{path.name}", None, None, None, what, REMEDY))
    if problems:
        raise FactError(problems)
    return out


def file_problem(path: Path) -> str | None:
    """Why a path is no regular file, or None if it is one."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        what = "is a link without a file behind it" if path.is_symlink() else "cannot be read"
        return f"{what} ({error.strerror})"
    if stat.S_ISREG(mode):
        return None
    return next((text for test, text in KINDS if test(mode)), "is no regular file")
