"""data/raw/notices.csv: one row an incident of an organisation, from two state registers.

Maine published filings made through its form (2018 to 2020) and an older list (2013 to 2018);
Washington publishes breaches of more than 500 residents (2015 on). Rows are read one by one
(:mod:`breachstudy.compile.filings`) and then merged where they are about the same incident of
the same organisation (:mod:`breachstudy.compile.incidents`, docs/notices.md).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from breachstudy.compile.date_facts import NOT_COLLECTED, DateFact, in_order
from breachstudy.compile.filings import (
    DATES,
    REGISTERS,
    WASHINGTON,
    Dropped,
    Filing,
)
from breachstudy.compile.freetext_values import DATA_TYPES, PROVIDERS
from breachstudy.compile.incidents import LATEST, days_apart, group_filings
from breachstudy.compile.names import slug
from breachstudy.facts.read import typed_series
from breachstudy.schema.codebook import table

__all__ = ["REGISTER_FILES", "NoticesCompilation", "compile_notices", "read_registers",
           "shown"]

REGISTER_FILES = {name: file for r in REGISTERS.values() for name, file in r.files.items()}
"""Published files, by the name of their frame."""
_FINENESS = {"day": 0, "week": 1, "month": 2, "quarter": 3, "year": 4, "span": 5}


@dataclass(frozen=True)
class NoticesCompilation:
    """``notices`` (columns of the codebook, sorted by key); ``dropped`` (register, row,
    reason); ``summary``: counts by name. Rows in = sum of n_filings + rows dropped."""

    notices: pd.DataFrame
    dropped: pd.DataFrame
    summary: dict[str, int]


def read_registers(folder: Path) -> dict[str, pd.DataFrame]:
    """The published files by name, for :func:`compile_notices`.

    The index of Maine's frames is the row in the published sheet. Raises FileNotFoundError
    that names every missing file. Needs the extra ``compile`` (openpyxl).
    """
    missing = [n for n in REGISTER_FILES.values() if not (folder / n).is_file()]
    if missing:
        raise FileNotFoundError(f"{folder}: missing register files: {', '.join(missing)}. "
                                "docs/notices.md says where they are published")
    return {name: _read_sheet(folder / file, r.header) if file.endswith(".xlsx")
            else pd.read_csv(folder / file, dtype=str)
            for r in REGISTERS.values() for name, file in r.files.items()}


def _read_sheet(path: Path, header: int) -> pd.DataFrame:
    """The first sheet of a workbook, cells as they are shown; ``header`` is the row of names."""
    import openpyxl

    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    rows = [[shown(c.value, getattr(c, "number_format", "")) for c in row]
            for row in sheet.iter_rows()]
    while rows and all(v is None for v in rows[-1]):
        rows.pop()
    width = sum(1 for name in rows[header - 1] if name is not None)
    body = [row[:width] for row in rows[header:]]
    return pd.DataFrame(body, columns=rows[header - 1][:width], dtype=object,
                        index=pd.RangeIndex(header + 1, len(rows) + 1))


def shown(value: object, number_format: str) -> object:
    """A cell as the sheet shows it where its format hides the day or the year of a date.

    A clerk who types "April 2014" leaves 2014-04-01 shown as Apr-14, which is a month and not
    a day. One who types "5/14" leaves a day in the year of typing, shown without a year, which
    may have been meant as May 2014: it is given without the year and so is not read.
    """
    if not isinstance(value, dt.datetime):
        return value
    parts = re.sub(r"\[[^\]]*\]|\\.", "", number_format).lower()
    if "d" not in parts and "y" in parts:
        return value.strftime("%B %Y")
    if "y" not in parts and "d" in parts:
        return f"{value.day}-{value:%b}"
    return value


def _finest(facts: Sequence[DateFact], late: bool = False) -> DateFact | None:
    """Of the stated dates the most precise (then the narrowest), and of those the earliest or
    the latest one."""
    stated = [f for f in facts if f.lo is not None and f.precision is not None]
    if not stated:
        return None
    best = min(_FINENESS[f.precision or "span"] for f in stated)
    among = [f for f in stated if _FINENESS[f.precision or "span"] == best]
    width = min(_width(f) for f in among)
    among = [f for f in among if _width(f) == width]
    if late:
        return max(among, key=lambda f: (f.hi or LATEST, f.lo or LATEST))
    return min(among, key=lambda f: (f.lo or LATEST, f.hi or LATEST))


def _width(fact: DateFact) -> int:
    return (fact.hi - fact.lo).days if fact.hi and fact.lo else 0


def _earliest(facts: Sequence[DateFact]) -> DateFact | None:
    stated = [f for f in facts if f.lo is not None]
    return min(stated, key=lambda f: (f.lo or LATEST, f.hi or LATEST), default=None)


def _missing(facts: Sequence[DateFact]) -> DateFact:
    """The status of a date that no filing states: what the registers had to say about it."""
    for status in ("conflicting", "open", "unreadable", "not_stated"):
        if any(f.status == status for f in facts):
            return DateFact(status=status)
    return NOT_COLLECTED


_PICKERS: dict[str, Callable[[Sequence[DateFact]], DateFact | None]] = {
    "occurred_start": _finest,
    "occurred_end": lambda facts: _finest(facts, late=True),
    "discovered": _finest,
    "individuals_notified": _earliest,
    "regulator_submitted": _earliest,
}


def _dates(group: Sequence[Filing]) -> dict[str, object]:
    out: dict[str, object] = {}
    picked = {}
    for name in DATES:
        facts = [f.dates[name] for f in group]
        picked[name] = _PICKERS[name](facts) or _missing(facts)
    picked["occurred_start"], picked["occurred_end"] = in_order(
        picked["occurred_start"], picked["occurred_end"])
    for name, fact in picked.items():
        out |= {f"{name}_lo": fact.lo, f"{name}_hi": fact.hi,
                f"{name}_precision": fact.precision, f"{name}_status": fact.status}
        if name == "individuals_notified":
            out["individuals_notified_last"] = _last_day(
                fact, [d for f in group for d in (f.last_notified, f.dates[name])])
    for name in ("occurred", "discovered", "individuals_notified", "regulator_submitted",
                 "affected_total"):
        texts = dict.fromkeys(f.written[name] for f in group if f.written.get(name))
        out[f"{name}_written"] = " | ".join(texts) or None
    return out


def _last_day(first: DateFact, told: Sequence[DateFact | None]) -> dt.date | None:
    """The day of the last mailing, where it is a single day after the first one."""
    stated = [d for d in told if d is not None and d.hi is not None]
    last = max(stated, key=lambda d: (d.hi or dt.date.min, d.lo or dt.date.min), default=None)
    if first.hi is None or last is None or last.hi is None or last.hi <= first.hi:
        return None
    return last.hi if last.precision == "day" else None


def _notes(group: Sequence[Filing]) -> tuple[bool | None, str | None]:
    """Whether stated discoveries disagree, and a note that gives them."""
    stated = [f for f in group if f.dates["discovered"].lo is not None]
    disagree = any((days_apart(a.dates["discovered"], b.dates["discovered"]) or 0) > 0
                   for i, a in enumerate(stated) for b in stated[i + 1:])
    parts = []
    if disagree:
        shown = dict.fromkeys(f"{f.dates['discovered'].lo} ({f.locator})" for f in stated)
        parts.append("discovered: " + ", ".join(shown))
    if any(f.name.is_bundled for f in group):
        parts.append("name bundles several organisations")
    return (disagree if stated else None), "; ".join(parts) or None


def _total(group: Sequence[Filing]) -> tuple[int | None, str]:
    read = [f.total for f in group if f.total[0] is not None]
    if read:
        return max(read, key=lambda t: (t[0] or 0, t[1] == "stated"))
    for status in ("unreadable", "not_stated"):
        if any(f.total[1] == status for f in group):
            return None, status
    return None, "not_collected"


def _largest(values: Sequence[int | None]) -> int | None:
    return max((v for v in values if v is not None), default=None)


def _residents(group: Sequence[Filing]) -> dict[str, int | None]:
    """The largest number of residents, by the column of each state."""
    columns = dict.fromkeys(r.residents for r in REGISTERS.values())
    return {c: _largest([f.residents for f in group if REGISTERS[f.register].residents == c])
            for c in columns}


def _first(values: Sequence[str], empty: tuple[str, ...] = ("",)) -> str | None:
    return next((v for v in values if v not in empty), None)


def _industry(group: Sequence[Filing]) -> str:
    ordered = sorted(group, key=lambda f: f.register != WASHINGTON)
    return _first([f.industry for f in ordered], ("unknown", "business_other")) or (
        _first([f.industry for f in ordered], ("unknown",)) or "unknown")


def _listed(codes: Sequence[str], order: Sequence[str]) -> str | None:
    return ";".join(c for c in order if c in set(codes)) or None


def _row(group: Sequence[Filing]) -> dict[str, object]:
    first = group[0]
    disagree, note = _notes(group)
    total, total_status = _total(group)
    registers = [r for r in REGISTERS if any(f.register == r for f in group)]
    offers = [f.offered for f in group if f.offered is not None]
    statuses = {f.offered_status for f in group}
    types = [t for f in group for t in f.data_types]
    return {
        "organisation": first.name.organisation,
        "organisation_key": first.key,
        "organisation_as_filed": first.name.as_filed,
        "dba": _first([f.name.dba for f in group]),
        "on_behalf_of": _first([f.name.on_behalf_of for f in group]),
        "name_remark": _first([f.name.remark for f in group]),
        "is_bundled": any(f.name.is_bundled for f in group),
        "registers": ";".join(registers),
        "n_filings": len(group),
        "source_id": ";".join(REGISTERS[r].source for r in registers),
        "source_locator": ";".join(f.locator for f in group),
        "industry": _industry(group),
        "cause": _first([f.cause for f in group], ("not_collected",)) or "not_collected",
        "data_types": _listed(types, DATA_TYPES),
        "data_types_status": "stated" if types else (
            "not_collected" if all(f.types_status == "not_collected" for f in group)
            else "not_stated"),
        **_dates(group),
        "discovered_disagrees": disagree,
        "affected_total": total,
        "affected_total_status": total_status,
        **_residents(group),
        "protection_offered": any(offers) if offers else None,
        "protection_status": next((s for s in ("stated", "not_stated") if s in statuses),
                                  "not_collected"),
        "protection_months": _largest([f.months for f in group]),
        "protection_provider": _listed([p for f in group for p in f.providers], PROVIDERS),
        "protection_written": _first([f.protection_written for f in group]),
        "note": note,
    }


def _identifiers(rows: Sequence[dict[str, object]]) -> list[str]:
    """Organisation and day (discovered, else submitted), with -b, -c … where that repeats."""
    stems = []
    for row in rows:
        day = next((row[f"{d}_lo"] for d in ("discovered", "regulator_submitted",
                                             "individuals_notified", "occurred_start")
                    if row[f"{d}_lo"] is not None), "undated")
        stems.append(f"{slug(str(row['organisation']))}-{day}")
    order = sorted(range(len(rows)), key=lambda i: (stems[i], str(rows[i]["source_locator"])))
    seen: Counter[str] = Counter()
    out = [""] * len(rows)
    for i in order:
        n = seen[stems[i]]
        seen[stems[i]] += 1
        out[i] = stems[i] if n == 0 else f"{stems[i]}-{'bcdefghijklmnopqrstuvwxyz'[n - 1]}"
    return out


def _summary(rows_in: dict[str, int], filings: Sequence[Filing], dropped: Sequence[Dropped],
             notices: pd.DataFrame) -> dict[str, int]:
    told = notices["individuals_notified_lo"].notna() | notices["regulator_submitted_lo"].notna()
    discovered = notices["discovered_lo"].notna()
    registers = notices["registers"].str.split(";")
    out = {f"rows_{name}": n for name, n in rows_in.items()}
    out |= {
        "rows": sum(rows_in.values()),
        "filings": len(filings),
        "dropped": len(dropped),
        "notices": len(notices),
        "notices_merged": int((notices["n_filings"] > 1).sum()),
        "notices_in_maine_and_washington": int(sum(
            WASHINGTON in r and len(r) > 1 for r in registers)),
        "notices_with_discovery": int(discovered.sum()),
        "notices_with_both_dates": int((discovered & told).sum()),
        "discoveries_that_disagree": int(notices["discovered_disagrees"].fillna(False).sum()),
    }
    for name in DATES:
        for status, n in notices[f"{name}_status"].value_counts().sort_index().items():
            out[f"{name}_{status}"] = int(n)
    return out


def compile_notices(registers: Mapping[str, pd.DataFrame]) -> NoticesCompilation:
    """Compile the notices table from the registers as published (:func:`read_registers`); one whose
    frame is not given has no rows.

    Raises ValueError if a register lacks a column or holds a level that is not known.
    """
    given = {name: r for name, r in REGISTERS.items() if name in registers}
    read = [row for r in given.values() for row in r.read(*(registers[n] for n in r.files))]
    filings = [r for r in read if isinstance(r, Filing)]
    dropped = [r for r in read if isinstance(r, Dropped)]
    rows = [_row(group) for group in group_filings(filings)]
    for row, identifier in zip(rows, _identifiers(rows), strict=True):
        row["notice_id"] = identifier
    rows.sort(key=lambda r: str(r["notice_id"]))
    spec = table("raw", "notices")
    notices = pd.DataFrame({c.name: typed_series([r[c.name] for r in rows], c)
                            for c in spec.columns})
    rows_in = {name: len(registers[name]) for name in given}
    return NoticesCompilation(
        notices,
        pd.DataFrame([(d.register, d.row, d.reason) for d in dropped],
                     columns=["register", "row", "reason"]),
        _summary(rows_in, filings, dropped, notices),
    )
