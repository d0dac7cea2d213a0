"""A table file as a frame of cells, with a line for what was recognised.

CSV in UTF-8, UTF-16 or Windows' encoding, with commas, semicolons, tabs or bars; gzipped; Excel; or
Parquet with its index, named or not. Cells of text files stay text: what they mean is decided in
:mod:`breachstudy.eventstudy.own.cells`.
"""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from breachstudy.errors import FactError, Problem

__all__ = ["FileTable", "read_file"]

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
TEXT = (".csv", ".txt", ".tsv", ".gz")
PARQUET = (".parquet", ".pq")
EXCEL = (".xlsx", ".xlsm")
SNIFFED = 65_536
SHOWN = 20


@dataclass(frozen=True)
class FileTable:
    """``frame``: the cells under their header. ``notes``: what was recognised, with the file."""

    frame: pd.DataFrame
    notes: tuple[str, ...]


def _refuse(path: Path, what: str, remedy: str, row: int | None = None,
            value: str | None = None) -> FactError:
    return FactError([Problem(path.name, row, None, value, what, remedy)])


def read_file(path: Path) -> FileTable:
    """The table in a file. Raises FileNotFoundError, or FactError for one that cannot be read."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not a file")
    kind = path.suffix.lower()
    if kind in PARQUET:
        found = _parquet(path)
    elif kind in EXCEL:
        found = _excel(path)
    elif kind in TEXT:
        found = _text(path)
    else:
        raise _refuse(path, f"a file of kind {kind or 'unknown'}", "It is neither CSV nor Parquet "
                      "nor Excel (.csv, .txt, .tsv, .gz, .parquet, .xlsx): save it as one")
    names = [str(c).strip() for c in found.frame.columns]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise _refuse(path, f"columns appear twice: {', '.join(twice)}", "Name each column once",
                      row=1)
    return FileTable(found.frame.set_axis(names, axis=1), found.notes)


def _parquet(path: Path) -> FileTable:
    """A Parquet file; what its index holds becomes columns, named by what it is where unnamed."""
    from pyarrow import ArrowException

    try:
        frame = pd.read_parquet(path)
    except (OSError, ArrowException) as error:
        raise _refuse(path, "it cannot be read as Parquet",
                      f"Write it again ({str(error).splitlines()[0]})") from None
    index = frame.index
    if isinstance(index, pd.RangeIndex) and index.name is None:
        return FileTable(frame, ())
    names: list[str] = []
    for level in range(index.nlevels):
        values = index.get_level_values(level)
        name = index.names[level]
        if name is None:
            name = "date" if isinstance(values, (pd.DatetimeIndex, pd.PeriodIndex)) or (
                pd.api.types.infer_dtype(values) == "date") else "security"
        names.append(str(name))
    if set(names) <= set(map(str, frame.columns)):  # the columns say it already
        return FileTable(frame.reset_index(drop=True), ())
    out = frame.reset_index(names=names if index.nlevels > 1 else names[0])
    return FileTable(out, (f"{path.name}: the index is {' and '.join(names)}",))


def _excel(path: Path) -> FileTable:
    try:
        import openpyxl  # noqa: F401
    except ImportError:
        raise _refuse(path, "an Excel file, for which the package openpyxl is needed",
                      "Install breachstudy[excel], or save the sheet as CSV") from None
    from zipfile import BadZipFile

    try:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            sheets = list(map(str, book.sheet_names))
            frame = pd.read_excel(book, sheet_name=0, dtype=object, keep_default_na=False)
    except (OSError, BadZipFile, KeyError) as error:
        raise _refuse(path, "it cannot be read as Excel", f"Save it again ({error})") from None
    frame = frame.replace("", pd.NA).dropna(how="all").dropna(how="all", axis=1)
    for column in frame.columns:
        frame[column] = frame[column].infer_objects()
    notes = [f"{path.name}: Excel, sheet {sheets[0]!r}"]
    if len(sheets) > 1:
        notes[0] += f" (not read: {', '.join(repr(s) for s in sheets[1:])})"
    return FileTable(frame, tuple(notes))


def _decoded(path: Path) -> tuple[str, str]:
    """The text of a file, and the name of its encoding where it is not UTF-8."""
    try:
        data = path.read_bytes()
        if path.suffix.lower() == ".gz":
            data = gzip.decompress(data)
    except (OSError, EOFError) as error:
        raise _refuse(path, "it cannot be read", f"Write it again ({error})") from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16"), "UTF-16"
    head = data[:4096]
    if head.count(0) > len(head) // 4:  # UTF-16 without its mark
        big = head[::2].count(0) > head[1::2].count(0)
        return data.decode("utf-16-be" if big else "utf-16-le"), "UTF-16 (without a mark)"
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "Windows-1252"


def _delimiter(text: str) -> str:
    """The delimiter that parts the header and its rows alike."""
    lines = [line for line in text[:SNIFFED].splitlines()[:50] if line.strip()]
    best, most = ",", 0
    for mark in DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=mark)]
        if not counts or counts[0] < 2:
            continue
        even = sum(c == counts[0] for c in counts) * 1000 + counts[0]
        if even > most:
            best, most = mark, even
    return best


def _text(path: Path) -> FileTable:
    text, encoding = _decoded(path)
    if not text.strip():
        raise _refuse(path, "an empty file", "Give a header and rows")
    mark = _delimiter(text)
    try:
        frame = pd.read_csv(io.StringIO(text), sep=mark, dtype="string", keep_default_na=False,
                            skip_blank_lines=False, index_col=False)
    except pd.errors.ParserError:
        raise _ragged(path, text, mark) from None
    filled = np.zeros(len(frame), dtype=bool)
    for column in frame:
        filled |= (frame[column].fillna("").str.strip() != "").to_numpy(dtype=bool)
    last = int(np.flatnonzero(filled)[-1]) + 1 if filled.any() else 0
    frame = frame.iloc[:last]  # without the lines after the last row
    notes = []
    if encoding:
        notes.append(f"{path.name}: text in {encoding}")
    if mark != "," and frame.shape[1] > 1:
        notes.append(f"{path.name}: {DELIMITERS[mark]} part the cells")
    return FileTable(frame, tuple(notes))


def _ragged(path: Path, text: str, mark: str) -> FactError:
    """Rows with more cells than the header has names."""
    rows = csv.reader(io.StringIO(text), delimiter=mark)
    width = len(next(rows))
    remedy = f"Give {width} cells, or quote those that hold {DELIMITERS[mark][:-1]}s"
    wrong = [(i, r) for i, r in enumerate(rows, 2) if len(r) > width]
    problems = [Problem(path.name, i, None, mark.join(r),
                        f"{len(r)} cells under a header of {width}", remedy)
                for i, r in wrong[:SHOWN]]
    if len(wrong) > SHOWN:
        problems.append(Problem(path.name, None, None, None,
                                f"too many cells ({len(wrong) - SHOWN:,} more rows)", remedy))
    return FactError(problems or [Problem(path.name, None, None, None, "it cannot be read as CSV",
                                          "Check its quotes")])
