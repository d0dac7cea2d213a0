"""The manifest of the raw tables: rows and SHA-256 of each, as they were last accepted.

A table that lost its last rows is sound in itself. So ``data/raw/manifest.json`` holds what each
table should be; the build refuses a table that differs, and ``breachstudy manifest`` accepts an
intended change and says what it was. One line a table, so that two changes of different tables
merge; where they do not, the manifest is made anew by that command.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from breachstudy.errors import FactError, Problem
from breachstudy.storage import sha256

__all__ = ["COMMAND", "MANIFEST_FILE", "Entry", "changes", "manifest_bytes", "manifest_problems",
           "measured", "read_manifest", "renewed"]

MANIFEST_FILE = "data/raw/manifest.json"
COMMAND = "breachstudy manifest"
ACCEPT = f"If the change is meant, accept it with '{COMMAND}'"


@dataclass(frozen=True)
class Entry:
    """One table: its number of rows, without the header (None if it cannot be read), and the hash
    of its bytes."""

    rows: int | None
    sha256: str


Manifest = Mapping[str, Entry]


def measured(name: str, data: bytes) -> Entry:
    """The entry of a raw file (``notices.csv``, ``returns.parquet``) as it is."""
    return Entry(_rows(name, data), sha256(data))


def _rows(name: str, data: bytes) -> int | None:
    try:
        if name.endswith(".parquet"):
            return int(pq.read_metadata(io.BytesIO(data)).num_rows)
        records = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
        return max(sum(1 for _ in records) - 1, 0)
    except (UnicodeDecodeError, csv.Error, pa.ArrowException, OSError):
        return None


def manifest_bytes(entries: Manifest) -> bytes:
    """The manifest as JSON, one line a table, sorted by name."""
    lines = [f"  {json.dumps(name)}: {json.dumps({'rows': e.rows, 'sha256': e.sha256})}"
             for name, e in sorted(entries.items())]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def read_manifest(data: bytes) -> dict[str, Entry]:
    """The entries by file name. Raises :class:`FactError` if the bytes are no manifest."""
    try:
        found = json.loads(data.decode("utf-8"))
        return {str(name): _entry(given) for name, given in found.items()}
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        raise FactError([_problem(MANIFEST_FILE, "is no manifest of rows and hashes",
                                  f"Make it again with '{COMMAND}'")]) from None


def _entry(given: Mapping[str, object]) -> Entry:
    rows, digest = given["rows"], given["sha256"]
    if not isinstance(digest, str) or not isinstance(rows, int):
        raise TypeError
    return Entry(rows, digest)


def _problem(file: str, what: str, remedy: str) -> Problem:
    return Problem(file, None, None, None, what, remedy)


def manifest_problems(data: bytes | None, files: Mapping[str, bytes]) -> list[Problem]:
    """Where the raw files (bytes by file name) are not those of the manifest, one problem a file.

    ``data`` are the bytes of the manifest, None if there is none.
    """
    if data is None:
        return [_problem(MANIFEST_FILE, "the file is missing",
                         f"Restore it from version control, or make it with '{COMMAND}'")]
    try:
        expected = read_manifest(data)
    except FactError as error:
        return error.problems
    out = []
    for name in sorted(expected.keys() | files.keys()):
        file = f"data/raw/{name}"
        if name not in files:
            out.append(_problem(file, "the manifest lists the table, but it is not there",
                                f"Restore it from version control. {ACCEPT}"))
        elif name not in expected:
            out.append(_problem(file, "the manifest does not list the table", ACCEPT))
        elif sha256(files[name]) != expected[name].sha256:
            old, new = expected[name].rows, measured(name, files[name]).rows
            out.append(_problem(file, f"is not the table of the manifest: {_counted(old)} "
                                f"expected, {_counted(new)} found",
                                f"Restore it from version control. {ACCEPT}"))
    return out


def _counted(rows: int | None) -> str:
    return "no readable table" if rows is None else f"{rows:,} row{'' if rows == 1 else 's'}"


def renewed(old: Manifest, files: Mapping[str, bytes]) -> dict[str, Entry]:
    """``old`` with the entries of ``files`` as these are now.

    Raises :class:`FactError` that names every file whose rows cannot be counted: what cannot be
    read is not accepted.
    """
    fresh = {name: measured(name, data) for name, data in files.items()}
    broken = [_problem(f"data/raw/{name}", "its rows cannot be counted",
                       "Restore the table, then accept the change")
              for name, e in fresh.items() if e.rows is None]
    if broken:
        raise FactError(broken)
    return {**old, **fresh}


def changes(old: Manifest, new: Manifest) -> list[str]:
    """What is different, one line a table: rows before and after."""
    out = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if before is None or after is None:
            what = f"new, {_counted(_of(after))}" if before is None else (
                f"no longer there, had {_counted(_of(before))}")
        elif before.rows == after.rows:
            what = f"{_counted(after.rows)} as before, other content"
        else:
            step = (after.rows or 0) - (before.rows or 0)
            what = (f"{before.rows:,} → {_counted(after.rows)} "
                    f"({abs(step):,} {'more' if step > 0 else 'FEWER'})")
        out.append(f"data/raw/{name}: {what}")
    return out


def _of(entry: Entry | None) -> int | None:
    return None if entry is None else entry.rows
