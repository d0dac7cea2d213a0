"""Checks that need more than one cell: keys, references, intervals, and corrections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Set
from typing import Any

import pandas as pd

from breachstudy.errors import FactError, Problem
from breachstudy.facts.audit_checks import check_audits
from breachstudy.facts.coding_checks import check_coding
from breachstudy.facts.read import Parsed, check_cell, read_table, typed_series, whole_number
from breachstudy.schema.codebook import COLLECTED_THROUGH, ForeignKey, Table
from breachstudy.schema.coding_book import book

__all__ = ["apply_corrections", "check_tables", "file_of", "load_one", "load_raw"]

Frames = Mapping[str, pd.DataFrame]


def file_of(name: str) -> str:
    """File name of a raw table as it is named in messages."""
    return f"data/raw/{name}.csv"


def load_raw(files: Mapping[str, bytes], specs: Mapping[str, Table]) -> dict[str, pd.DataFrame]:
    """Parse, correct and check all raw tables.

    ``files`` maps table names to the bytes of their CSV files. Returns typed frames (dates as
    :class:`datetime.date`), in the order of the codebook.

    Raises :class:`FactError` with every problem of every file. References into a table that could
    not be read whole are left: each would be a problem that the one file makes.
    """
    problems: list[Problem] = []
    parsed: dict[str, Parsed] = {}
    for name in sorted(set(files) - set(specs)):
        problems.append(Problem(file_of(name), None, None, None, "the file is not a known table",
                                f"Remove it or define it in schema/raw/{name}.toml"))
    for name, spec in specs.items():
        if name not in files:
            problems.append(_missing(name))
            parsed[name] = Parsed(_blank(spec), [], False)
            continue
        parsed[name] = read_table(files[name], file_of(name), spec)
        problems.extend(parsed[name].problems)
    frames = {name: p.frame for name, p in parsed.items()}
    if "corrections" in frames:
        frames, found = apply_corrections(frames, specs)
        problems.extend(p for p in found if p.column != "key" or _is_whole(parsed, frames, p))
    unread = {(p.file, p.row, p.column) for p in problems}
    problems.extend(p for p in check_tables(frames, specs, parsed)
                    if (p.file, p.row, p.column) not in unread)
    if not problems and "coding" in frames:
        problems.extend(check_coding(frames, book()))
    if not problems and "audits" in frames:
        problems.extend(check_audits(frames["audits"]))
    if problems:
        raise FactError(problems)
    return frames


def load_one(files: Mapping[str, bytes], name: str, specs: Mapping[str, Table]) -> pd.DataFrame:
    """One raw table, corrected and held to its own definition; references into other tables are
    :func:`load_raw`'s to check.

    ``files`` needs that table and the corrections. Raises :class:`FactError` with every problem of
    the two, KeyError for a table that the codebook does not hold.
    """
    wanted = {n: specs[n] for n in (name, "corrections")}
    problems: list[Problem] = []
    frames: dict[str, pd.DataFrame] = {}
    for n, spec in wanted.items():
        parsed = (read_table(files[n], file_of(n), spec) if n in files
                  else Parsed(_blank(spec), [_missing(n)], False))
        frames[n] = parsed.frame
        problems += parsed.problems
    if not problems:
        fixes = frames["corrections"]
        own = fixes[fixes["table"] == name]
        corrected, problems = apply_corrections({**frames, "corrections": own}, wanted)
        frames[name] = corrected[name]
    if not problems and len(frames[name]):
        problems = _own_problems(frames[name], wanted[name])
    if problems:
        raise FactError(problems)
    return frames[name]


def _blank(spec: Table) -> pd.DataFrame:
    return pd.DataFrame({n: [] for n in [*spec.names, "_row"]})


def _missing(name: str) -> Problem:
    return Problem(file_of(name), None, None, None, "the file is missing",
                   "Restore it from version control or compile it again")


def _is_whole(parsed: Mapping[str, Parsed], frames: Frames, problem: Problem) -> bool:
    """Whether the table that a correction names was read whole, so that its key can be judged."""
    fixes = frames["corrections"]
    named = fixes.loc[fixes["_row"] == problem.row, "table"].iloc[0]
    return parsed[named].is_whole


def check_tables(frames: Frames, specs: Mapping[str, Table],
                 parsed: Mapping[str, Parsed] | None = None) -> list[Problem]:
    """All problems of keys, references, date intervals and days that cannot be.

    With ``parsed``, references are left where the table pointed at was not read whole, or where
    the key that they name stands in a cell that was refused.
    """
    refused: dict[str, set[str]] = {}
    for name, own in (parsed or {}).items():
        for p in own.problems:
            if p.column is not None and p.value is not None:
                refused.setdefault(f"{name}.{p.column}", set()).add(p.value)
    unread = {f"{name}.{column}" for name, own in (parsed or {}).items()
              for column in (specs[name].names if not own.is_whole else own.absent)}
    problems: list[Problem] = []
    for name, spec in specs.items():
        frame = frames[name]
        if frame.empty:
            continue
        problems.extend(_own_problems(frame, spec))
        for key in spec.foreign_keys:
            if key.references not in unread:
                problems.extend(_check_reference(frame, spec, key, frames,
                                                 refused.get(key.references, set())))
    return problems


def _own_problems(frame: pd.DataFrame, spec: Table) -> list[Problem]:
    """Problems that a table shows without the others."""
    return [*_check_key(frame, spec), *_check_order(frame, spec), *_check_dates(frame, spec),
            *_check_conditional(frame, spec)]


def _check_key(frame: pd.DataFrame, spec: Table) -> list[Problem]:
    key = list(spec.primary_key)
    repeated = frame[frame.duplicated(key, keep=False) & frame[key].notna().all(axis=1)]
    out = []
    for _, group in repeated.groupby(key, sort=True):
        rows = group["_row"].tolist()
        value = "/".join(str(group.iloc[0][k]) for k in key)
        out.append(Problem(file_of(spec.name), rows[1], "+".join(key), value,
                           f"the key stands in rows {', '.join(map(str, rows))}",
                           "Give each row its own key, or drop the repeated row"))
    return out


def _check_order(frame: pd.DataFrame, spec: Table) -> list[Problem]:
    """Rows stand in the order of the sort key, so that differences between versions are small."""
    parts = [["" if pd.isna(v) else str(v) for v in frame[name].tolist()] for name in spec.sort]
    keys = list(zip(*parts, strict=True))
    for previous, current, row in zip(keys, keys[1:], frame["_row"].tolist()[1:], strict=False):
        if current < previous:
            return [Problem(file_of(spec.name), int(row), "+".join(spec.sort), "/".join(current),
                            f"the row stands after {'/'.join(previous)!r}",
                            f"Sort the file by {', '.join(spec.sort)}")]
    return []


def _present(value: Any) -> bool:
    return isinstance(value, dt.date)


def _check_dates(frame: pd.DataFrame, spec: Table) -> list[Problem]:
    out: list[Problem] = []
    names, rows = set(spec.names), frame["_row"].tolist()
    stems = [n.removesuffix("_lo") for n in spec.names
             if n.endswith("_lo") and n.removesuffix("_lo") + "_hi" in names]
    for stem in stems:
        lo, hi, precision = f"{stem}_lo", f"{stem}_hi", f"{stem}_precision"
        grades = frame[precision].tolist() if precision in names else [None] * len(frame)
        for a, b, grade, row in zip(frame[lo], frame[hi], grades, rows, strict=True):
            if _present(a) != _present(b):
                empty = hi if _present(a) else lo
                out.append(Problem(file_of(spec.name), int(row), empty, "",
                                   "only one end of the date interval is filled",
                                   "Fill both ends, or neither"))
            elif _present(a) and a > b:
                out.append(Problem(file_of(spec.name), int(row), lo, str(a),
                                   f"is later than {hi} ({b})",
                                   "Check both days against the source"))
            elif _present(a) and grade == "day" and a != b:
                out.append(Problem(file_of(spec.name), int(row), precision, "day",
                                   f"the interval {a} to {b} is longer than a day",
                                   "Use the precision that the source supports"))
    for start, end in (("valid_from", "valid_to"),):
        if start in names and end in names:
            for a, b, row in zip(frame[start], frame[end], rows, strict=True):
                if _present(a) and _present(b) and a > b:
                    out.append(Problem(file_of(spec.name), int(row), start, str(a),
                                       f"is later than {end} ({b})", "Check both days"))
    for column in spec.columns:
        if column.type != "date":
            continue
        first, last = column.window
        for value, row in zip(frame[column.name], rows, strict=True):
            if not _present(value) or first <= value <= last:
                continue
            what = (f"lies before {first}, the earliest day that this column can hold"
                    if value < first else
                    f"lies after the last day of collection ({last})" if last == COLLECTED_THROUGH
                    else f"lies after {last}, the latest day that this column can hold")
            out.append(Problem(file_of(spec.name), int(row), column.name, str(value), what,
                               "Check the year; a date that cannot be right is unreadable"))
    return out


def _check_conditional(frame: pd.DataFrame, spec: Table) -> list[Problem]:
    rule = spec.conditional
    if rule is None:
        return []
    out = []
    for code, value, row in zip(*(frame[n].tolist() for n in (rule.by, rule.column, "_row")),
                                strict=True):
        if pd.isna(code) or pd.isna(value):
            continue
        levels = rule.levels.get(code)
        wrong = whole_number(str(value)) if code in rule.integer else None
        if wrong:
            out.append(Problem(file_of(spec.name), int(row), rule.column, str(value),
                               f"{wrong}, but {code} needs a whole number",
                               "Write digits only, without separators or units"))
        elif levels is not None and value not in levels:
            out.append(Problem(file_of(spec.name), int(row), rule.column, str(value),
                               f"is not a level of {code}",
                               f"Use one of: {', '.join(levels)}"))
    return out


def _check_reference(frame: pd.DataFrame, spec: Table, key: ForeignKey, frames: Frames,
                     refused: Set[str]) -> list[Problem]:
    target, column = key.references.split(".")
    if target not in frames:
        return []
    known = set(frames[target][column].dropna().tolist()) | refused
    name = key.columns[0]
    out = []
    if key.where is not None:
        frame = frame[frame[key.where[0]] == key.where[1]]
    for value, row in zip(frame[name].tolist(), frame["_row"].tolist(), strict=True):
        if value in known or pd.isna(value):
            continue
        parts = str(value).split(key.separator) if key.separator else [str(value)]
        for part in parts:
            if part not in known:
                out.append(Problem(file_of(spec.name), int(row), name, part,
                                   f"has no row in {file_of(target)} ({column})",
                                   f"Add it to {target}.csv or correct the reference"))
    return out


def apply_corrections(frames: Frames, specs: Mapping[str, Table]
                      ) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Apply corrections.csv; a correction whose target or old value does not match is a problem.

    Returns new frames; the given ones are not changed.
    """
    out = dict(frames)
    problems: list[Problem] = []
    for fix in frames["corrections"].to_dict("records"):
        found = _apply(fix, out, specs)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            out[fix["table"]] = found
    return out, problems


def _apply(fix: Mapping[str, Any], frames: Frames, specs: Mapping[str, Table]
           ) -> pd.DataFrame | Problem:
    """The corrected table, or why the correction cannot be applied."""

    def fault(column: str, what: str, remedy: str) -> Problem:
        value = None if pd.isna(fix[column]) else str(fix[column])
        return Problem(file_of("corrections"), int(fix["_row"]), column, value, what, remedy)

    if fix["table"] not in specs or fix["table"] == "corrections":
        return fault("table", "is not a raw table", "Name a table of data/raw")
    spec = specs[fix["table"]]
    if fix["column"] not in spec.names or fix["column"] in spec.primary_key:
        return fault("column", f"is not a column of {spec.name} that can be corrected",
                     "Name a column that is not part of the key")
    frame = frames[spec.name]
    hits = frame.index[frame[spec.primary_key[0]] == fix["key"]]
    if len(hits) != 1:
        return fault("key", f"names {len(hits)} rows of {spec.name}", "Name exactly one")
    column = spec[fix["column"]]
    current = frame.at[hits[0], column.name]
    shown = "" if pd.isna(current) else _as_written(current)
    if fix.get("applied") == "raw":
        wanted = "" if pd.isna(fix["new_value"]) else fix["new_value"]
        return frame if shown == wanted else fault(
            "new_value", f"the table holds {shown!r}",
            "A correction made in the raw table says what stands there now; mend the row")
    if shown != ("" if pd.isna(fix["old_value"]) else fix["old_value"]):
        return fault("old_value", f"the table holds {shown!r}",
                     "Write the value that the table holds, or drop the correction")
    value, wrong = check_cell("" if pd.isna(fix["new_value"]) else fix["new_value"], column)
    if wrong:
        return fault("new_value", wrong, f"Write a value that {spec.name} accepts")
    changed = [None if pd.isna(v) else v for v in frame[column.name].tolist()]
    changed[frame.index.get_loc(hits[0])] = value
    series = typed_series(changed, column)
    series.index = frame.index
    return frame.assign(**{column.name: series})


def _as_written(value: Any) -> str:
    if pd.api.types.is_bool(value):
        return "true" if value else "false"
    return str(value)
