"""Read a raw fact table: text in, typed frame and located problems out.

Files are UTF-8 without a byte-order mark, comma-separated, with LF line ends; an empty cell is
a missing value. Whatever departs from that, or from the table's definition in the codebook, is
collected as a :class:`Problem`; nothing is repaired silently. Digits are those of ASCII, numbers
are finite and no larger than every reader holds exactly, and no cell holds control characters.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from breachstudy.errors import Problem
from breachstudy.schema.codebook import EXACT_WHOLE, Column, Table
from breachstudy.schema.inert import CONTROL, visible

__all__ = ["Parsed", "check_cell", "parse_table", "read_table", "typed_series", "whole_number"]

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SLASHED = re.compile(r"\d{1,4}[/.]\d{1,2}[/.]\d{1,4}( .*)?", re.ASCII)
_MONTHLY = re.compile(r"(\d{1,2}-)?[A-Za-z]{3}-\d{2,4}", re.ASCII)
_SERIAL = re.compile(r"[1-5]\d{4}(\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"-?\d+", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", re.ASCII)


def _parse_date(text: str) -> dt.date:
    if _ISO.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise _Bad("is not a day of the calendar", "Write an existing day as YYYY-MM-DD"
                       ) from None
    if _SLASHED.fullmatch(text) or _MONTHLY.fullmatch(text) or _SERIAL.fullmatch(text):
        raise _Bad(
            "looks like a date rewritten by a spreadsheet",
            "Restore YYYY-MM-DD from the source and keep the file out of the spreadsheet",
        )
    raise _Bad("is not a date", "Write YYYY-MM-DD, or leave the cell empty")


def _parse_integer(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise _Bad("is not a whole number", "Write digits only, without separators or units")
    # the length first: Python itself refuses to read thousands of digits
    if len(text.lstrip("-0")) > len(str(EXACT_WHOLE)) or abs(int(text)) > EXACT_WHOLE:
        raise _Bad(f"is beyond {EXACT_WHOLE:,}, the largest number that is stored exactly",
                   "Check it against the source")
    return int(text)


def whole_number(text: str) -> str | None:
    """What is wrong with a text as a whole number that is not negative, or None."""
    try:
        return "is below 0" if _parse_integer(text) < 0 else None
    except _Bad as bad:
        return bad.what


def _parse_number(text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise _Bad("is not a number", "Write a decimal number with a point, without separators")
    value = float(text)
    if not math.isfinite(value):
        raise _Bad("is too large to be stored", "Check the exponent against the source")
    return value


def _parse_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise _Bad("is not true or false", "Write true or false in small letters")
    return text == "true"


def _parse_string(text: str) -> str:
    return text


PARSERS: dict[str, Callable[[str], Any]] = {
    "string": _parse_string,
    "integer": _parse_integer,
    "number": _parse_number,
    "boolean": _parse_boolean,
    "date": _parse_date,
}


class _Bad(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy


def _decode(data: bytes, file: str, problems: list[Problem]) -> str | None:
    if not data.strip():
        problems.append(Problem(file, None, None, None, "the file is empty",
                                "Restore it from version control or compile it again"))
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.append(Problem(file, None, None, None, "the file is UTF-16",
                                "Save it as UTF-8 without a byte-order mark"))
        return None
    if data.startswith(b"\xef\xbb\xbf"):
        problems.append(Problem(file, 1, None, None, "the file begins with a byte-order mark",
                                "Save it as UTF-8 without a byte-order mark"))
        data = data[3:]
    if b"\r" in data:
        row = data[: data.index(b"\r")].count(b"\n") + 1
        problems.append(Problem(file, row, None, None, "the line ends with a carriage return",
                                "Save the file with LF line ends"))
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\x00" in data:
        row = data[: data.index(b"\x00")].count(b"\n") + 1
        problems.append(Problem(file, row, None, None, "the line holds a NUL byte",
                                "Restore the line from version control"))
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        problems.append(Problem(file, row, None, repr(data[error.start : error.end]),
                                "the bytes are not UTF-8",
                                "Save the file as UTF-8 (it may be latin-1 or Windows-1252)"))
        return None


def _header(file: str, header: list[str], spec: Table, problems: list[Problem]) -> None:
    seen: set[str] = set()
    for name in header:
        if name in seen:
            problems.append(Problem(file, 1, name, name, "the column stands twice",
                                    "Remove one of the two"))
        elif name not in spec.names:
            problems.append(Problem(file, 1, name, name, "the column is unknown",
                                    f"Remove it or define it in schema/raw/{spec.name}.toml"))
        seen.add(name)
    for name in spec.names:
        if name not in seen:
            problems.append(Problem(file, 1, name, None, "the column is missing",
                                    "Add it (empty cells are allowed where it is optional)"))


def _checked(text: str, column: Column) -> Any:
    """The value of a non-empty cell, or raises _Bad."""
    if not text.isprintable() and CONTROL.search(text):
        raise _Bad("holds characters that are not seen "
                   f"({', '.join(sorted({visible(c) for c in CONTROL.findall(text)}))})",
                   "Remove them; a cell is one line of plain text")
    if text != text.strip():
        raise _Bad("has spaces at its ends", "Remove them")
    value = PARSERS[column.type](text)
    if column.levels:
        parts = text.split(column.separator) if column.separator else [text]
        unknown = [p for p in parts if p not in column.levels]
        if unknown:
            raise _Bad(f"{', '.join(map(repr, unknown))} is not a level of this column",
                       f"Use one of: {', '.join(column.levels)}")
        if len(set(parts)) != len(parts):
            raise _Bad("names a level twice", "Name each level once")
    if column.minimum is not None and not isinstance(value, str) and value < column.minimum:
        raise _Bad(f"is below {column.minimum:,.12g}", "Check it against the source")
    if column.maximum is not None and not isinstance(value, str) and value > column.maximum:
        raise _Bad(f"is above {column.maximum:,.12g}", "Check it against the source")
    if column.pattern is not None and not re.fullmatch(column.pattern, text, re.ASCII):
        raise _Bad(f"does not match {column.pattern}", "Rewrite it in that form")
    if column.max_words is not None and len(text.split()) > column.max_words:
        raise _Bad(f"has more than {column.max_words} words",
                   "Shorten the phrase; only a short phrase may be kept")
    return value


def _column(cells: Sequence[str], lines: Sequence[int], file: str, column: Column
            ) -> tuple[list[Any], list[Problem]]:
    """Values of a column's cells, None where empty or wrong, and the problems. Each distinct text
    is read once: most columns hold few."""
    values: dict[str, Any] = {}
    faults: dict[str, tuple[str, str]] = {}
    for text in set(cells):
        if text == "":
            values[text] = None
            if column.required:
                faults[text] = ("the cell is empty but required",
                                "Fill it from the source or drop the row")
            continue
        try:
            values[text] = _checked(text, column)
        except _Bad as bad:
            values[text], faults[text] = None, (bad.what, bad.remedy)
    problems = [Problem(file, row, column.name, text, *faults[text])
                for text, row in zip(cells, lines, strict=True) if text in faults
                ] if faults else []
    return [values[text] for text in cells], problems


def check_cell(text: str, column: Column) -> tuple[Any, str | None]:
    """The value of one cell (None when empty), and what is wrong with it, if anything."""
    if text == "":
        return None, "is empty but required" if column.required else None
    try:
        return _checked(text, column), None
    except _Bad as bad:
        return None, bad.what


def typed_series(values: list[Any], column: Column) -> pd.Series[Any]:
    """Values (None for missing) as a series of the column's type."""
    return pd.Series(values, dtype=column.dtype, name=column.name)


@dataclass(frozen=True)
class Parsed:
    """A raw table as read: ``frame`` and ``problems`` as :func:`parse_table` gives them.

    ``is_whole`` is False where rows could not be read at all, ``absent`` names columns that the
    file lacks: what points at such a table cannot be judged.
    """

    frame: pd.DataFrame
    problems: list[Problem]
    is_whole: bool = True
    absent: list[str] = field(default_factory=list)


def parse_table(data: bytes, file: str, spec: Table) -> tuple[pd.DataFrame, list[Problem]]:
    """Parse the bytes of one raw CSV file against its definition.

    Returns the frame (columns of ``spec`` in order, plus ``_row``, the line of each record in
    the file) and the problems found. Cells with a problem are missing in the frame. Dates are
    :class:`datetime.date` objects.
    """
    parsed = read_table(data, file, spec)
    return parsed.frame, parsed.problems


def read_table(data: bytes, file: str, spec: Table) -> Parsed:
    """:func:`parse_table` that also says whether all rows and columns could be read."""
    problems: list[Problem] = []
    text = _decode(data, file, problems)
    if text is None:
        return Parsed(pd.DataFrame({n: [] for n in [*spec.names, "_row"]}), problems, False)
    absent: list[str] = []
    is_whole = True
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[list[str]] = []
    lines: list[int] = []
    header: list[str] = []
    try:
        header = next(reader, [])
        _header(file, header, spec, problems)
        absent = [n for n in spec.names if n not in header]
        end = reader.line_num
        for record in reader:
            row, end = end + 1, reader.line_num
            if len(record) == len(header):
                records.append(record)
                lines.append(row)
            else:
                is_whole = False
                problems.append(Problem(
                    file, row, None, None,
                    f"the row has {len(record)} cells, the header {len(header)}",
                    "Quote cells that hold commas, and remove blank lines"))
    except csv.Error as error:
        is_whole = False
        problems.append(Problem(file, reader.line_num, None, None,
                                f"the CSV cannot be read ({error})",
                                "Check the quotation marks on and before this line"))
    places = {name: i for i, name in enumerate(header)}
    columns: dict[str, list[Any]] = {}
    for column in spec.columns:
        at = places.get(column.name)
        if at is None:
            columns[column.name] = [None] * len(lines)
            continue
        cells = [record[at] for record in records]
        columns[column.name], found = _column(cells, lines, file, column)
        problems.extend(found)
    frame = pd.DataFrame({c.name: typed_series(columns[c.name], c) for c in spec.columns})
    frame["_row"] = lines
    if not lines and not problems and not spec.may_be_empty:
        problems.append(Problem(file, None, None, None, "the file has a header but no rows",
                                "Restore it from version control or compile it again"))
    return Parsed(frame, problems, is_whole, absent)
