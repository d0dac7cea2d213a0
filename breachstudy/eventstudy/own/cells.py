"""Cells of the reader's own tables: dates and numbers as people and programs write them.

What is recognised is said in a note; what could mean two things is refused with what to write. All
functions take a column as text (or as Parquet and Excel give it) and return values with masks of
the rows that are wrong; they know no files.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["MISSING", "Column", "decimal_mark", "plain_text", "read_dates", "read_numbers"]

Bools = NDArray[np.bool_]
MISSING = frozenset({"", ".", "-", "–", "na", "n/a", "#n/a", "#na", "nan", "nat", "null", "none",
                     "<na>"})
ISO = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[T ]\d.*)?"
COMPACT = r"\d{8}"
TRIPLE = r"\s*(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{4})(?:[T ,]\s*(\d.*))?"
MONTHS = r"\d{1,2}[ -][A-Za-z]{3,9}\.?[ -]\d{4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}"
PART = r"\d{4}|\d{4}[-/]\d{1,2}|[A-Za-z]{3,9}\.? \d{4}|\d{1,2}[./]\d{4}"
CLOCK = r"(?<=[\d:])\s*(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)$"
EARLIEST, LATEST = pd.Timestamp(1800, 1, 1), pd.Timestamp(2200, 1, 1)
WRITE_DAY = "Write it as 2017-09-07 or 20170907"


@dataclass(frozen=True)
class Column:
    """``values`` (n,) of a column; ``faults``: for each kind of fault the rows (n,), what is wrong
    and what to do; ``notes`` of what was taken."""

    values: pd.Series
    faults: list[tuple[Bools, str, str]] = field(default_factory=list)
    notes: tuple[str, ...] = ()


def plain_text(raw: pd.Series) -> pd.Series:
    """The cells as stripped text, "" where missing; whole floats without .0."""
    if pd.api.types.is_float_dtype(raw):
        whole = raw.isna() | (raw == raw.round())
        if whole.all():
            raw = raw.astype("Int64")
    text = raw.astype("string").str.strip().str.replace(r"^(\d+)\.0+$", r"\1", regex=True)
    return text.fillna("")


def read_dates(raw: pd.Series, *, times: bool = False, order: str | None = None) -> Column:
    """Days of a column; with ``times`` stamps, and text where a stamp has an offset.

    ISO, 20170907 and English month names as they are. Three numbers with the year last are
    day.month.year or month/day/year, whichever all rows of the column allow; where both are
    possible ``order`` (dmy or mdy) decides, and without it the rows are refused. A month or a year
    is not a date. In a table's column an offset leaves the day as written, unless a UTC time that
    is not midnight leaves the exchange's day open.
    """
    kind = pd.api.types.infer_dtype(raw, skipna=True)
    if kind in ("date", "datetime") and not pd.api.types.is_datetime64_any_dtype(raw):
        raw = pd.to_datetime(raw, errors="coerce")
    if pd.api.types.is_datetime64_dtype(raw):
        empty = raw.isna().to_numpy()
        return Column(raw if times else raw.dt.normalize(),
                      [(empty, "not a date", WRITE_DAY)] if empty.any() else [])
    if isinstance(raw.dtype, pd.DatetimeTZDtype):
        raw = raw.map(lambda v: v.isoformat() if pd.notna(v) else "")
    text = plain_text(raw)
    out = pd.Series(pd.NaT, index=raw.index, dtype="datetime64[s]")
    zoned = _is(text.str.contains(CLOCK, regex=True)) & _is(text.str.contains(":"))
    bare = text.where(~zoned, text.str.replace(CLOCK, "", regex=True))
    iso = _is(bare.str.fullmatch(ISO)) | _is(bare.str.fullmatch(COMPACT))
    out[iso] = pd.to_datetime(bare[iso].str.replace("/", "-"), format="ISO8601",
                              errors="coerce").astype(out.dtype)
    named = _is(bare.str.fullmatch(MONTHS))
    if named.any():
        words = bare[named].str.replace(r"[.,]", "", regex=True).str.replace("-", " ")
        for form in ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y"):
            out[named] = out[named].fillna(pd.to_datetime(words, format=form, errors="coerce"
                                                          ).astype(out.dtype))
    faults: list[tuple[Bools, str, str]] = []
    notes: list[str] = []
    triple = _is(bare.str.fullmatch(TRIPLE)) & ~iso
    if triple.any():
        _triples(bare, triple, out, order, faults, notes)
    odd = np.asarray((out < EARLIEST) | (out > LATEST))
    if odd.any():
        faults.append((odd, "a year that cannot be meant", WRITE_DAY))
    told = np.logical_or.reduce([m for m, _, _ in faults]) if faults else np.zeros(len(raw), bool)
    part = _is(text.str.fullmatch(PART)) & ~iso
    if part.any():
        faults.append((part, "a month or a year, not a day",
                       "Give the day; which session reacted cannot be guessed"))
    bad = np.asarray(out.isna()) & ~told & ~part
    if bad.any():
        faults.append((bad, "not a date", WRITE_DAY))
    if zoned.any():
        if times:
            local = out.astype("object").map(lambda v: "" if v is pd.NaT else v.isoformat())
            return Column(local.where(~zoned, text), faults, tuple(notes))
        utc = zoned & _is(text.str.contains(r"(?:Z|UTC|[+-]00:?00)$", regex=True)) & np.asarray(
            out != out.dt.normalize())
        if utc.any():
            faults.append((utc, "a time in UTC, which does not tell the day of the exchange",
                           "Give the exchange's date"))
        notes.append("dates carry a UTC offset; the day counts as it is written")
    return Column(out if times else out.dt.normalize(), faults, tuple(notes))


def _is(mask: pd.Series) -> Bools:
    held: Bools = mask.fillna(False).to_numpy(dtype=bool)
    return held


def _triples(text: pd.Series, at: Bools, out: pd.Series, order: str | None,
             faults: list[tuple[Bools, str, str]], notes: list[str]) -> None:
    """Dates of three numbers with the year last, into ``out``."""
    parts = text[at].str.extract(TRIPLE)
    a, b = parts[0].astype(int).to_numpy(), parts[1].astype(int).to_numpy()
    day_first, month_first = bool((a > 12).any()), bool((b > 12).any())
    rows = np.flatnonzero(at)

    def fault(which: Bools, what: str, remedy: str) -> None:
        mask = np.zeros(len(text), dtype=bool)
        mask[rows[which]] = True
        faults.append((mask, what, remedy))

    if day_first and month_first:
        fault((a > 12) if (b > 12).sum() >= (a > 12).sum() else (b > 12),
              "day and month stand in another order than in most rows", WRITE_DAY)
        return
    if not day_first and not month_first:
        if order is None and (a != b).any():
            fault(a != b, "day and month cannot be told apart in any row of this column",
                  "Write it as 2017-09-07, or say --date-order dmy (or mdy)")
            at = at.copy()
            at[rows[a != b]] = False
            parts, rows = parts[a == b], rows[a == b]
            a = b = a[a == b]
        day_first = order != "mdy"
    elif order is not None and (order == "dmy") != day_first:
        fault((a > 12) | (b > 12), f"not in the order {order}", WRITE_DAY)
        return
    if not rows.size:
        return
    day, month = (a, b) if day_first else (b, a)
    joined = (parts[2] + "-" + pd.Series(month, parts.index).astype("string").str.zfill(2) + "-"
              + pd.Series(day, parts.index).astype("string").str.zfill(2))
    clock = parts[3].fillna("")
    joined = joined + np.where(clock == "", "", " ") + clock
    out[at] = pd.to_datetime(joined, format="ISO8601", errors="coerce").astype(out.dtype)
    if order is None and not ((a > 12) | (b > 12)).any():
        return  # 5/5/2018 is one day either way
    telling = int(np.argmax((a > 12) | (b > 12)))
    shown = text[at].iloc[telling]
    notes.append(f"dates are read as {'day, month, year' if day_first else 'month, day, year'} "
                 f"(row {int(rows[telling]) + 2} has {shown})")


def decimal_mark(columns: list[pd.Series]) -> tuple[str, bool]:
    """The decimal mark of a table's numbers, and whether a comma leaves it open.

    A comma is the decimal mark if some cell can only mean that (0,01 or 12,5); it separates
    thousands if some cell has a point after it (1,234.5). "1,234" alone does not tell.
    """
    comma = point = grouped = False
    for column in columns:
        text = plain_text(column)
        some = text[_is(text.str.contains(",", regex=False))]
        if some.empty:
            continue
        number = some.str.replace(r"[\s%−-]", "", regex=True)
        groups = _is(number.str.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+"))
        comma |= bool((_is(number.str.fullmatch(r"\d*(?:\.\d{3})*,\d+")) & ~groups).any())
        point |= bool(_is(number.str.fullmatch(r"\d{1,3}(?:,\d{3})+\.\d+")).any())
        grouped |= bool(groups.any())
    if comma and not point:
        return ",", False
    return ".", grouped and not point


def read_numbers(raw: pd.Series, mark: str = ".") -> Column:
    """Numbers of a column, NaN where empty; letters alone (codes) are left to the caller as faults.

    ``mark`` is the decimal mark. A percent sign divides by 100.
    """
    if pd.api.types.is_numeric_dtype(raw) and not pd.api.types.is_bool_dtype(raw):
        return Column(raw.astype("float64"))
    text = plain_text(raw)
    value = pd.to_numeric(text.where(text != ""), errors="coerce").astype("float64")
    if mark == ",":  # "1.234" is a number to the computer, and 1234 where commas are decimal
        value = value.mask(_is(text.str.contains(".", regex=False)))
    left = np.asarray(value.isna()) & ~_is(text.str.lower().isin(MISSING))
    notes: tuple[str, ...] = ()
    if left.any():
        rest = text[left].str.replace("−", "-").str.replace(r"[\s\u00a0\u202f]", "", regex=True)
        share = _is(rest.str.endswith("%"))
        rest = rest.str.rstrip("%")
        group, point = (".", ",") if mark == "," else (",", ".")
        shape = rf"[+-]?(?:\d+|\d{{1,3}}(?:\{group}\d{{3}})+)?(?:\{point}\d+)?(?:[eE][+-]?\d+)?"
        good = _is(rest.str.fullmatch(shape)) & _is(rest.str.contains(r"\d", regex=True))
        number = rest.str.replace(group, "", regex=False).str.replace(point, ".", regex=False)
        found = pd.to_numeric(number.where(good), errors="coerce").astype("float64")
        value[left] = np.where(share, found / 100, found)
        if (share & good).any():
            notes = (f"{int((share & good).sum()):,} cells have a percent sign and were divided by "
                     "100",)
    bad = np.asarray(value.isna()) & ~_is(text.str.lower().isin(MISSING))
    return Column(value, [(bad, "not a number", "")] if bad.any() else [], notes)
