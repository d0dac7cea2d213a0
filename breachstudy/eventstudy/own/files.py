"""The reader's own tables for an event study: shapes that are accepted, and located problems.

Frames come as read from a file (text, or as Parquet and Excel give them); every problem of all
tables is collected before anything is raised. CRSP's files are taken as they are: PERMNO, date
(also as 20170907), RET with its letters and −66 … −99 for missing, DLRET for the return at
delisting, PRC negative where it is the mean of bid and ask, and vwretd or sprtrn as the market.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.errors import FactError, Problem
from breachstudy.eventstudy.own.cells import (
    MISSING,
    Column,
    decimal_mark,
    plain_text,
    read_dates,
    read_numbers,
)
from breachstudy.eventstudy.returns import returns_from_prices

__all__ = ["OwnTables", "own_returns", "own_tables"]

SHOWN = 20
SECURITY = ("security", "permno", "ticker", "symbol", "isin")
DATE = ("date", "dlycaldt", "datadate", "event_date", "datum", "day")
RETURN = ("ret", "dlyret", "return", "returns")
DELISTING = ("dlret", "delisting return", "delisting_return", "dlyret_delisting")
PRICE = ("adj_close", "adj close", "adjusted close", "adjclose", "price", "close", "prc", "dlyprc",
         "px_last")
MARKET = ("vwretd", "sprtrn", "ewretd")
CRSP_CODES = frozenset({-44.0, -55.0, -66.0, -77.0, -88.0, -99.0})
FACTOR_NAMES = {"mkt-rf": "mkt_rf", "mktrf": "mkt_rf", "umd": "mom", "vwretd": "mkt",
                "sprtrn": "mkt", "market": "mkt"}
STANDARD = ("mkt", "mkt_rf", "smb", "hml", "rmw", "cma", "mom", "rf")
EVENT_COLUMNS = ("event_id", "group", "firm", "market")
TRUE, FALSE = frozenset({"true", "1", "yes", "y"}), frozenset({"false", "0", "no", "n"})
JUMP = 0.5


@dataclass(frozen=True)
class OwnTables:
    """``returns`` wide (sessions × securities, decimals), ``events`` as :func:`event_study` takes
    them (with every other column of theirs as text), ``factors`` by date or None, and ``notes``:
    what was recognised, and what was read as missing, how often."""

    returns: pd.DataFrame
    events: pd.DataFrame
    factors: pd.DataFrame | None
    notes: tuple[str, ...]


@dataclass
class _Reader:
    """One table while it is read: its name, its frame, the problems and notes so far."""

    name: str
    frame: pd.DataFrame
    order: str | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    mark: str = "."

    def column(self, names: tuple[str, ...]) -> str | None:
        """The column that has one of these names, whatever its case."""
        lower = {str(c).strip().lower(): str(c) for c in self.frame.columns}
        return next((lower[n] for n in names if n in lower), None)

    def bad(self, mask: pd.Series | NDArray[np.bool_], column: str, what: str, remedy: str) -> None:
        """A problem for each row of ``mask``, up to 20, then how many more."""
        at = np.flatnonzero(np.asarray(mask, dtype=bool))
        values = plain_text(self.frame[column].iloc[at[:SHOWN]])
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

    def say(self, notes: Sequence[str]) -> None:
        """Notes with the table's name."""
        self.notes += [f"{self.name}: {n}" for n in notes]

    def taken(self, found: Column, column: str, remedy: str = "") -> pd.Series:
        """A column's values; its faults become problems."""
        for mask, what, own in found.faults:
            self.bad(mask, column, what, own or remedy)
        self.say(found.notes)
        return found.values

    def dates(self, column: str, times: bool = False) -> pd.Series:
        """Dates of a column, NaT where unreadable."""
        return self.taken(read_dates(self.frame[column], times=times, order=self.order), column)

    def sorted_note(self, days: pd.Series) -> None:
        """Say so if rows came with the newest first."""
        known = days.dropna()
        if len(known) > 1 and known.is_monotonic_decreasing and known.iloc[0] != known.iloc[-1]:
            self.say(["rows came newest first and were sorted by date"])

    def learn_mark(self, columns: Sequence[str]) -> None:
        """Find the decimal mark of the number columns; refuse them if it is open."""
        text = [c for c in columns if not pd.api.types.is_numeric_dtype(self.frame[c])]
        self.mark, is_open = decimal_mark([self.frame[c] for c in text])
        if self.mark == ",":
            self.say(["commas are read as decimal marks"])
        if is_open:
            for c in text:
                commas = plain_text(self.frame[c]).str.contains(",", regex=False)
                if commas.any():
                    self.bad(commas, c, "the comma may part thousands or decimals",
                             "Write numbers without thousands, with a point or (in all) a comma")


def own_tables(returns: pd.DataFrame, events: pd.DataFrame, factors: pd.DataFrame | None = None, *,
               names: tuple[str, str, str] = ("returns", "events", "factors"),
               prices: bool = False, date_order: str | None = None) -> OwnTables:
    """Read the three tables; with ``prices`` the first holds prices instead of returns.

    ``date_order`` (dmy or mdy) settles dates whose day and month cannot be told apart. Raises
    FactError with every problem, each with its file, row (the header is row 1), column, value and
    remedy.
    """
    given = _Reader(names[0], returns.reset_index(drop=True), date_order)
    listed = _Reader(names[1], events.reset_index(drop=True), date_order)
    wide, market = _returns(given, prices)
    rows = _events(listed, None if wide is None else wide.columns)
    problems, notes = given.problems + listed.problems, given.notes + listed.notes
    frame = None if market is None else market.to_frame()
    if factors is not None:
        third = _Reader(names[2], factors.reset_index(drop=True), date_order)
        frame = _factors(third)
        problems += third.problems
        notes += third.notes
    if problems or wide is None or rows is None:
        raise FactError(problems)
    return OwnTables(wide, rows, frame, tuple(notes))


def own_returns(returns: pd.DataFrame, factors: pd.DataFrame | None = None, *,
                names: tuple[str, str] = ("returns", "factors"), prices: bool = False,
                date_order: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Returns and factors alone, read as by :func:`own_tables`. Raises FactError."""
    given = _Reader(names[0], returns.reset_index(drop=True), date_order)
    wide, market = _returns(given, prices)
    problems = given.problems
    frame = None if market is None else market.to_frame()
    if factors is not None:
        other = _Reader(names[1], factors.reset_index(drop=True), date_order)
        frame = _factors(other)
        problems = problems + other.problems
    if problems or wide is None:
        raise FactError(problems)
    return wide, frame


def _values(table: _Reader, column: str) -> pd.Series:
    """Returns of a column: letters and missing codes become missing, the rest must be numbers."""
    raw = table.frame[column]
    text = plain_text(raw)
    letter = text.str.fullmatch(r"[A-Za-z]").fillna(False).to_numpy(dtype=bool)
    if letter.any():
        counts = text[letter].str.upper().value_counts()
        table.say([f"{', '.join(f'{n:,} × {k}' for k, n in counts.items())} in {column} read as "
                   "missing"])
        raw = text.mask(letter, "")
    value = table.taken(read_numbers(raw, table.mark), column,
                        "Give returns as decimals, or leave the cell empty")
    coded = value.isin(CRSP_CODES)
    if coded.any():
        table.say([f"{int(coded.sum()):,} missing-value codes in {column} (−66 and the like) read "
                   "as missing"])
        value = value.mask(coded)
    table.bad(np.isinf(value), column, "an infinite value", "Leave the cell empty")
    return value


def _looks_wrong(table: _Reader, frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Returns in per cent, or prices in their place, are one problem; else those below −100 %."""
    typical = float(np.nanmedian(np.abs(frame.to_numpy(dtype=np.float64)))) if (
        frame.notna().to_numpy().any()) else 0.0
    if typical > 0.2:
        table.problems.append(Problem(
            table.name, None, columns[0] if len(columns) == 1 else None, None,
            f"half of the returns exceed {typical:.2g} in size",
            "They look like per cent: give decimals (0.01 is one per cent); prices go to --prices"))
        return
    for column in columns:
        table.bad(frame[column] < -1, column, "a return below −100 %",
                  "Give simple returns as decimals (0.01 is one per cent)")


def _price_values(table: _Reader, column: str) -> pd.Series:
    """Prices: those of CRSP that are negative are means of bid and ask, zero is missing."""
    value = _values(table, column)
    negative, zero = value < 0, value == 0
    if negative.any() and column.strip().lower() in ("prc", "dlyprc"):
        table.say([f"{int(negative.sum()):,} negative prices in {column} are means of bid and ask "
                   "(CRSP) and were taken without the sign"])
        value = value.abs()
    else:
        table.bad(negative, column, "a negative price", "Leave the cell empty where none is known")
    if zero.any():
        table.say([f"{int(zero.sum()):,} prices of zero in {column} read as missing"])
    return value.mask(zero)


def _returns(table: _Reader, prices: bool) -> tuple[pd.DataFrame | None, pd.Series | None]:
    """Wide returns, and the market if the table brings it."""
    wanted, names = ("price", PRICE) if prices else ("return", RETURN)
    read = _price_values if prices else _values
    day, security, value = table.column(DATE), table.column(SECURITY), table.column(names)
    if day is None:
        table.absent("date", DATE)
        return None, None
    dates = table.dates(day)
    table.sorted_note(dates)
    if security is None:
        others = [str(c) for c in table.frame.columns if str(c) != day]
        table.learn_mark(others)
        table.bad(dates.duplicated() & dates.notna(), day, "this date has two rows",
                  "Keep one row a date")
        frame = pd.DataFrame({c: read(table, c) for c in others})
        if not prices and others:
            _looks_wrong(table, frame, others)
        if table.problems:
            return None, None
        wide = frame.set_axis(pd.DatetimeIndex(dates)).sort_index()
        return (_from_prices(table, wide) if prices else wide), None
    if value is None:
        table.absent(wanted, names)
        return None, None
    market_name, delisting = table.column(MARKET), None if prices else table.column(DELISTING)
    table.learn_mark([c for c in (value, delisting, market_name) if c is not None])
    label = _labels(table.frame[security])
    table.bad(label == "", security, "no security", f"Every {wanted} belongs to a security")
    values = read(table, value)
    if not prices:
        _looks_wrong(table, values.to_frame(value), [value])
    if delisting is not None:
        values = _delisted(table, values, _values(table, delisting), delisting)
    long = pd.DataFrame({"security": label, "date": dates, "value": values})
    again = long.duplicated(["security", "date"]) & dates.notna()
    table.bad(again, day, f"the security has two {wanted}s on this date", "Keep one")
    market = None
    if market_name is not None:
        series = table.taken(read_numbers(table.frame[market_name], table.mark), market_name,
                             "Give the market's return as a decimal, or leave the cell empty")
        market = series.groupby(dates).first().rename("mkt").rename_axis("date")
        table.say([f"{market_name} is the market"])
    if table.problems:
        return None, None
    wide = long.pivot(index="date", columns="security", values="value")
    return (_from_prices(table, wide) if prices else wide), market


def _from_prices(table: _Reader, wide: pd.DataFrame) -> pd.DataFrame:
    """Simple returns of one session to the next among the days on which anything has a price."""
    found = returns_from_prices(wide.dropna(how="all"))
    jumps = int((found.abs() > JUMP).to_numpy().sum())
    table.say(["returns are price over the session's before, less one; prices must be adjusted for "
               "splits and dividends"
               + (f" ({jumps:,} returns are beyond {JUMP:.0%}: look at them)" if jumps else "")])
    return found


def _delisted(table: _Reader, returns: pd.Series, delisting: pd.Series, column: str) -> pd.Series:
    """Returns with those at delisting: compounded where the day has both, else in its place."""
    table.bad(delisting < -1, column, "a return below −100 %",
              "Give simple returns as decimals (−1 is the whole loss)")
    known = delisting.notna()
    if known.any():
        table.say([f"{int(known.sum()):,} returns at delisting in {column} were used, compounded "
                   "with the day's return where it has one"])
    both = (1 + returns.fillna(0.0)) * (1 + delisting) - 1
    return returns.where(~known, both)


def _labels(raw: pd.Series) -> pd.Series:
    """Names of securities as text: 14593.0 and 14593 are one PERMNO."""
    return plain_text(raw)


def _events(table: _Reader, securities: pd.Index | None) -> pd.DataFrame | None:
    day, security = table.column(DATE), table.column(SECURITY)
    if day is None:
        table.absent("date", DATE)
    if security is None:
        table.absent("security", SECURITY)
    if day is None or security is None:
        return None
    if table.frame.empty:
        table.problems.append(Problem(table.name, None, None, None, "no events",
                                      "Give at least one row below the header"))
        return None
    label = _labels(table.frame[security])
    table.bad(label == "", security, "no security", "Name the security of the event")
    if securities is not None:
        table.bad((label != "") & ~label.isin(securities.astype("string")), security,
                  "this security has no returns", "Add its returns, or leave the event out")
    out = pd.DataFrame({"security": label, "date": table.dates(day, times=True)})
    used = {day, security}
    for name in EVENT_COLUMNS:
        column = table.column((name,))
        if column is not None:
            used.add(column)
            text = plain_text(table.frame[column])
            out[name] = text.mask(text.str.lower().isin(MISSING).fillna(True))
    if "event_id" in out:
        twice = out["event_id"].duplicated() | out["event_id"].isna()
        table.bad(twice, str(table.column(("event_id",))), "event_id is empty or not unique",
                  "Give each event its own")
    else:
        out.insert(0, "event_id", np.arange(2, len(out) + 2))
    late = table.column(("after_close",))
    if late is not None:
        used.add(late)
        text = plain_text(table.frame[late]).str.lower()
        known = text.isin(TRUE | FALSE)
        table.bad(~known & ~text.isin(MISSING), late, "neither yes nor no",
                  "Write true or false, or leave it empty")
        out["after_close"] = text.isin(TRUE).where(known).astype("boolean")
    for column in table.frame.columns:  # whatever else there is, to group by
        if column not in used and str(column) not in out:
            text = plain_text(table.frame[column])
            out[str(column)] = text.mask(text == "")
    return out


def _factors(table: _Reader) -> pd.DataFrame | None:
    day = table.column(DATE)
    if day is None:
        table.absent("date", DATE)
        return None
    dates = table.dates(day)
    table.sorted_note(dates)
    table.bad(dates.duplicated() & dates.notna(), day, "this date has two rows",
              "Keep one row a date")
    others = [c for c in table.frame.columns if str(c) != day]
    table.learn_mark([str(c) for c in others])
    columns: dict[str, pd.Series] = {}
    for column in others:
        found = read_numbers(table.frame[column], table.mark)
        name = str(column).strip().lower()
        name = FACTOR_NAMES.get(name, name)
        if found.values.notna().sum() == 0 and name not in STANDARD:
            continue  # text beside the factors, such as a source
        value = table.taken(found, str(column), "Give factors as decimals, or leave the cell empty")
        if name != "rf" and value.abs().median() > 0.05:
            table.problems.append(Problem(
                table.name, None, str(column), None,
                f"half of the values exceed {value.abs().median():.2g} in size",
                "They look like per cent: divide by 100"))
        columns[name if name in STANDARD else str(column)] = value
    if table.problems:
        return None
    return pd.DataFrame(columns).set_axis(pd.DatetimeIndex(dates).rename("date")).sort_index()
