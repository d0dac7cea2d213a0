"""The reader's own tables for an event study: shapes that are accepted, and located problems.

Frames come as read from CSV (all text) or Parquet; every problem of all tables is collected before
anything is raised. CRSP's files are taken as they are: PERMNO, date (also as 20170907), RET with
its letters and −66 … −99 for missing, and vwretd or sprtrn as the market.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from breachstudy.errors import FactError, Problem

__all__ = ["OwnTables", "own_returns", "own_tables"]

SHOWN = 20
SECURITY = ("security", "permno", "ticker", "symbol")
DATE = ("date", "dlycaldt", "datadate", "event_date")
RETURN = ("ret", "dlyret", "return", "returns")
MARKET = ("vwretd", "sprtrn", "ewretd")
MISSING = frozenset({"", ".", "na", "nan", "null", "none"})
CRSP_CODES = frozenset({-44.0, -55.0, -66.0, -77.0, -88.0, -99.0})
FACTOR_NAMES = {"mkt-rf": "mkt_rf", "mktrf": "mkt_rf", "umd": "mom", "vwretd": "mkt",
                "sprtrn": "mkt", "market": "mkt"}
TRUE, FALSE = frozenset({"true", "1", "yes", "y"}), frozenset({"false", "0", "no", "n"})


@dataclass(frozen=True)
class OwnTables:
    """``returns`` wide (sessions × securities, decimals), ``events`` as :func:`event_study` takes
    them, ``factors`` by date or None, and ``notes``: what was read as missing, and how often."""

    returns: pd.DataFrame
    events: pd.DataFrame
    factors: pd.DataFrame | None
    notes: tuple[str, ...]


@dataclass
class _Reader:
    """One table while it is read: its name, its frame, and the problems found so far."""

    name: str
    frame: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)

    def column(self, names: tuple[str, ...]) -> str | None:
        """The column that has one of these names, whatever its case."""
        lower = {str(c).strip().lower(): str(c) for c in self.frame.columns}
        return next((lower[n] for n in names if n in lower), None)

    def bad(self, mask: pd.Series, column: str, what: str, remedy: str) -> None:
        """A problem for each row of ``mask``, up to 20, then how many more."""
        at = np.flatnonzero(mask.to_numpy(dtype=bool))
        values = self.frame[column].iloc[at[:SHOWN]].astype("string").fillna("")
        self.problems += [Problem(self.name, int(i) + 2, column, str(value), what, remedy)
                          for i, value in zip(at[:SHOWN], values, strict=True)]
        if at.size > SHOWN:
            self.problems.append(Problem(self.name, None, column, None,
                                         f"{what} ({at.size - SHOWN:,} more rows)", remedy))

    def absent(self, wanted: str, names: tuple[str, ...]) -> None:
        """A problem for a column that is not there."""
        there = ", ".join(map(str, self.frame.columns)) or "none"
        self.problems.append(Problem(
            self.name, 1, None, None, f"no column with the {wanted} (there are: {there})",
            f"Name it one of {', '.join(names)}"))

    def dates(self, column: str, times: bool = False) -> pd.Series:
        """Dates of a column: ISO, 20170907, or timestamps; NaT where unreadable."""
        raw = self.frame[column]
        if pd.api.types.infer_dtype(raw, skipna=True) == "date":  # as Parquet gives days
            raw = pd.to_datetime(raw)
        if pd.api.types.is_datetime64_any_dtype(raw):
            return raw if times else raw.dt.normalize()
        text = raw.astype("string").str.strip().str.replace(r"\.0$", "", regex=True).fillna("")
        compact = text.str.fullmatch(r"\d{8}").to_numpy(dtype=bool)
        out = pd.Series(pd.NaT, index=raw.index, dtype="datetime64[s]")
        out[compact] = pd.to_datetime(text[compact], format="%Y%m%d", errors="coerce")
        out[~compact] = pd.to_datetime(text[~compact], format="ISO8601", errors="coerce")
        self.bad(out.isna(), column, "not a date", "Write it as 2017-09-07 or 20170907")
        return out if times else out.dt.normalize()


def own_tables(returns: pd.DataFrame, events: pd.DataFrame, factors: pd.DataFrame | None = None, *,
               names: tuple[str, str, str] = ("returns", "events", "factors")) -> OwnTables:
    """Read the three tables. Raises FactError with every problem, each with its file, row (the
    header is row 1), column, value and remedy."""
    given = _Reader(names[0], returns.reset_index(drop=True))
    listed = _Reader(names[1], events.reset_index(drop=True))
    notes: list[str] = []
    wide, market = _returns(given, notes)
    rows = _events(listed, None if wide is None else wide.columns)
    problems = given.problems + listed.problems
    frame = None if market is None else market.to_frame()
    if factors is not None:
        third = _Reader(names[2], factors.reset_index(drop=True))
        frame = _factors(third)
        problems += third.problems
    if problems or wide is None or rows is None:
        raise FactError(problems)
    return OwnTables(wide, rows, frame, tuple(notes))


def own_returns(returns: pd.DataFrame, factors: pd.DataFrame | None = None, *,
                names: tuple[str, str] = ("returns", "factors")
                ) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Returns and factors alone, read as by :func:`own_tables`. Raises FactError."""
    given = _Reader(names[0], returns.reset_index(drop=True))
    wide, market = _returns(given, [])
    problems = given.problems
    frame = None if market is None else market.to_frame()
    if factors is not None:
        other = _Reader(names[1], factors.reset_index(drop=True))
        frame = _factors(other)
        problems = problems + other.problems
    if problems or wide is None:
        raise FactError(problems)
    return wide, frame


def _numbers(table: _Reader, column: str, raw: pd.Series, notes: list[str]) -> pd.Series:
    """Returns of a column: letters and missing codes become missing, the rest must be numbers."""
    if pd.api.types.is_numeric_dtype(raw):
        value = raw.astype("float64")
        empty = value.isna()
    else:
        text = raw.astype("string").str.strip().fillna("")
        value = pd.to_numeric(text, errors="coerce").astype("float64")
        letter = text.str.fullmatch(r"[A-Za-z]").to_numpy(dtype=bool)
        empty = text.str.lower().isin(MISSING) | letter
        if letter.any():
            counts = text[letter].str.upper().value_counts()
            notes.append(f"{table.name}: {', '.join(f'{n:,} × {k}' for k, n in counts.items())} "
                         f"in {column} read as missing")
        table.bad(value.isna() & ~empty, column, "not a number",
                  "Give returns as decimals, or leave the cell empty")
    coded = value.isin(CRSP_CODES)
    if coded.any():
        notes.append(f"{table.name}: {int(coded.sum()):,} missing-value codes in {column} "
                     "(−66 and the like) read as missing")
        value = value.mask(coded)
    table.bad(value < -1, column, "a return below −100 %",
              "Give simple returns as decimals (0.01 is one per cent)")
    table.bad(np.isinf(value), column, "an infinite return", "Leave the cell empty")
    typical = value.abs().median()
    if typical > 0.2:
        table.problems.append(Problem(
            table.name, None, column, None, f"half of the returns exceed {typical:.2g} in size",
            "They look like per cent: give decimals (0.01 is one per cent)"))
    return value


def _returns(table: _Reader, notes: list[str]) -> tuple[pd.DataFrame | None, pd.Series | None]:
    """Wide returns, and the market if the table brings it."""
    day, security, ret = table.column(DATE), table.column(SECURITY), table.column(RETURN)
    if day is None:
        table.absent("date", DATE)
        return None, None
    dates = table.dates(day)
    if security is None:
        others = [c for c in table.frame.columns if str(c) != day]
        repeated = dates.duplicated() & dates.notna()
        table.bad(repeated, day, "this date has two rows", "Keep one row a date")
        wide = pd.DataFrame({str(c): _numbers(table, str(c), table.frame[c], notes)
                             for c in others})
        return (None if table.problems else wide.set_axis(pd.DatetimeIndex(dates)).sort_index(),
                None)
    if ret is None:
        table.absent("return", RETURN)
        return None, None
    label = _labels(table.frame[security])
    table.bad(label == "", security, "no security", "Every return belongs to a security")
    values = _numbers(table, ret, table.frame[ret], notes)
    long = pd.DataFrame({"security": label, "date": dates, "ret": values})
    again = long.duplicated(["security", "date"]) & dates.notna()
    table.bad(again, day, "the security has two returns on this date", "Keep one")
    market = None
    name = table.column(MARKET)
    if name is not None:
        series = pd.to_numeric(table.frame[name], errors="coerce")
        market = series.groupby(dates).first().rename("mkt").rename_axis("date")
        notes.append(f"{table.name}: {name} is the market")
    if table.problems:
        return None, None
    return long.pivot(index="date", columns="security", values="ret"), market


def _labels(raw: pd.Series) -> pd.Series:
    """Names of securities as text: 14593.0 and 14593 are one PERMNO."""
    return raw.astype("string").str.strip().str.replace(r"\.0$", "", regex=True).fillna("")


def _events(table: _Reader, securities: pd.Index | None) -> pd.DataFrame | None:
    day, security = table.column(DATE), table.column(SECURITY)
    if day is None:
        table.absent("date", DATE)
    if security is None:
        table.absent("security", SECURITY)
    if day is None or security is None:
        return None
    label = _labels(table.frame[security])
    table.bad(label == "", security, "no security", "Name the security of the event")
    if securities is not None:
        table.bad((label != "") & ~label.isin(securities.astype("string")), security,
                  "this security has no returns", "Add its returns, or leave the event out")
    out = pd.DataFrame({"security": label, "date": table.dates(day, times=True)})
    for name in ("event_id", "group", "firm", "market"):
        column = table.column((name,))
        if column is not None:
            out[name] = table.frame[column]
    if "event_id" in out:
        twice = out["event_id"].duplicated() | out["event_id"].isna()
        table.bad(twice, str(table.column(("event_id",))), "event_id is empty or not unique",
                  "Give each event its own")
    else:
        out.insert(0, "event_id", np.arange(2, len(out) + 2))
    late = table.column(("after_close",))
    if late is not None:
        text = table.frame[late].astype("string").str.strip().str.lower().fillna("")
        known = text.isin(TRUE | FALSE)
        table.bad(~known & (text != ""), late, "neither yes nor no",
                  "Write true or false, or leave it empty")
        out["after_close"] = text.isin(TRUE).where(known).astype("boolean")
    return out


def _factors(table: _Reader) -> pd.DataFrame | None:
    day = table.column(DATE)
    if day is None:
        table.absent("date", DATE)
        return None
    dates = table.dates(day)
    table.bad(dates.duplicated() & dates.notna(), day, "this date has two rows",
              "Keep one row a date")
    columns: dict[str, pd.Series] = {}
    for column in table.frame.columns:
        if str(column) == day:
            continue
        raw = table.frame[column]
        value = pd.to_numeric(raw, errors="coerce")
        if value.notna().sum() == 0:
            continue  # text beside the factors, such as a source
        shown = raw.astype("string").str.strip().str.lower().fillna("")
        table.bad(value.isna() & ~shown.isin(MISSING), str(column), "not a number",
                  "Give factors as decimals, or leave the cell empty")
        name = str(column).strip().lower()
        name = FACTOR_NAMES.get(name, name)
        if name != "rf" and value.abs().median() > 0.05:
            table.problems.append(Problem(
                table.name, None, str(column), None,
                f"half of the values exceed {value.abs().median():.2g} in size",
                "They look like per cent: divide by 100"))
        columns[name if name in ("mkt", "mkt_rf", "smb", "hml", "rmw", "cma", "mom", "rf")
                else str(column)] = value
    if table.problems:
        return None
    return pd.DataFrame(columns).set_axis(pd.DatetimeIndex(dates).rename("date")).sort_index()
