"""Returns and factors on one market calendar, as dense arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.eventstudy.calendar import as_sessions
from breachstudy.eventstudy.dates import Days, ordered, table_days
from breachstudy.eventstudy.errors import FactorsError, OptionError, ReturnsError

__all__ = ["Panel", "build_panel"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LONG_COLUMNS = ("security", "date", "ret")
SHOWN = 10
# The whole loss, below which no simple return can lie, in each unit; a logarithm has no such floor.
FLOORS = {"decimal": -1.0, "percent": -100.0, "log": -np.inf}


@dataclass(frozen=True)
class Panel:
    """Returns and factors of S securities over T sessions.

    ``values`` (S, T): returns, NaN for no trade, never filled. ``factors`` (q, T) with names
    ``factor_names``. ``notes`` say what was done to the tables on the way (sorted, a time zone
    taken). ``unit``: decimal, percent or log; raises ReturnsError with the rows for a loss of more
    than the whole, OptionError for another unit.
    """

    sessions: Days
    securities: pd.Index
    values: Floats
    factors: Floats
    factor_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    unit: str = "decimal"

    def __post_init__(self) -> None:
        if self.unit not in FLOORS:
            raise OptionError(f"unit must be one of {tuple(FLOORS)}, not {self.unit!r}")
        low = self.values < FLOORS[self.unit]
        if low.any():
            at = np.argwhere(low)
            rows = [f"{self.securities[s]} on {self.sessions[t]}: {self.values[s, t]:.4g}"
                    for s, t in at[:SHOWN]]
            more = f" and {len(at) - SHOWN:,} more" if len(at) > SHOWN else ""
            raise ReturnsError(
                f"returns below −100 %: {'; '.join(rows)}{more}. Give simple returns as decimals, "
                "or say unit='percent' or 'log'; a negative price of CRSP is the mean of bid and "
                "ask: take its absolute value before dividing")

    @cached_property
    def design(self) -> Floats:
        """(1 + q, T) the intercept above the factors, so that a run of regressors is one copy."""
        return np.vstack([np.ones((1, self.n_sessions)), self.factors])

    @cached_property
    def factors_complete(self) -> bool:
        """Whether every factor is known on every session."""
        return bool(np.isfinite(self.factors).all())

    @property
    def n_sessions(self) -> int:
        """Number of sessions T."""
        return int(self.sessions.size)

    def factor_row(self, name: str) -> int:
        """Row of a factor. Raises FactorsError, naming those there are, if it is absent."""
        if name not in self.factor_names:
            there = ", ".join(self.factor_names) or "none"
            raise FactorsError(f"factor {name!r} is not among the factors given ({there})")
        return self.factor_names.index(name)

    def last_trade(self) -> Ints:
        """(S, T) index of the last session strictly before t with a return, −1 if none."""
        seen = np.where(np.isfinite(self.values), np.arange(self.n_sessions)[None, :], -1)
        running = np.maximum.accumulate(seen, axis=1)
        out = np.full_like(running, -1)
        out[:, 1:] = running[:, :-1]
        return out.astype(np.int64)


def build_panel(
    returns: pd.DataFrame,
    factors: pd.DataFrame | None = None,
    sessions: object | None = None,
    columns: dict[str, str] | None = None,
    unit: str = "decimal",
) -> Panel:
    """Put returns and factors on the market calendar.

    Parameters
    ----------
    returns:
        wide (index of dates, one column a security) or long (columns ``security``, ``date``,
        ``ret``, or the first two as index). Rows may come in any order: they are sorted by
        date. A zoned index counts by its own days.
    factors:
        index of dates, one column a factor, as decimals. ``mkt`` is the market's return; if only
        ``mkt_rf`` and ``rf`` are given, ``mkt`` is their sum.
    sessions:
        the trading sessions. By default the dates on which the factors are known, or, without
        factors, those on which at least one security has a return; so weekends and holidays in a
        calendar-day file are not sessions.
    columns:
        names used in ``factors`` for the standard ones, e.g. ``{"smb": "smb3"}``.
    unit:
        that of returns and factors: decimal, percent, or log (logarithms of gross returns).

    Raises
    ------
    ReturnsError
        for repeated or missing securities, returns that are infinite, below −100 % or not numbers,
        or on a day that is not a session.
    FactorsError
        for a factor that is absent, infinite or not a number.
    CalendarError
        for dates that are missing, repeated or not dates.
    """
    wide, notes = _wide(returns)
    values = _numbers(wide)
    if np.isinf(values).any():
        row, col = map(int, np.argwhere(np.isinf(values))[0])
        raise ReturnsError(f"return of {wide.columns[col]} on {wide.index[row].date()} is "
                           "infinite; mark it missing")
    frame, factor_notes = _factors(factors, columns)
    if sessions is not None:
        days = as_sessions(sessions)
    elif frame is not None:
        days = as_sessions(frame.index[frame.notna().any(axis=1)])
    else:
        days = as_sessions(wide.index[np.isfinite(values).any(axis=1)])
    own = wide.index.to_numpy().astype("datetime64[D]")
    where = np.searchsorted(days, own)
    inside = where < days.size
    inside[inside] = days[where[inside]] == own[inside]
    stray = ~inside & np.isfinite(values).any(axis=1)
    if stray.any():
        within = stray & (own >= days[0]) & (own <= days[-1])
        if within.any():
            raise ReturnsError(
                f"returns on {own[within][0]}, which is not a session ({int(within.sum())} such "
                "days); drop them or pass the sessions they belong to"
            )
    dense = np.full((values.shape[1], days.size), np.nan)
    dense[:, where[inside]] = values[inside].T
    if frame is None:
        known = np.empty((0, days.size))
        names: tuple[str, ...] = ()
    else:
        aligned = frame.reindex(pd.DatetimeIndex(days).astype(frame.index.dtype))
        known = np.ascontiguousarray(aligned.to_numpy(dtype=np.float64, na_value=np.nan).T)
        names = tuple(str(c) for c in frame.columns)
    return Panel(days, pd.Index(wide.columns), np.ascontiguousarray(dense), known, names,
                 (*notes, *factor_notes), unit)


def _wide(returns: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Sessions × securities, oldest first, and what was done to get there."""
    if isinstance(returns.index, pd.MultiIndex):
        returns = returns.reset_index()
    if not set(LONG_COLUMNS) <= set(map(str, returns.columns)):
        return _checked(*ordered(returns, "returns"))
    lacking = returns["security"].isna()
    if lacking.any():
        raise ReturnsError(f"returns: {int(lacking.sum()):,} rows have no security; name it, or "
                           "leave them out")
    days, notes = table_days(returns["date"], "returns")
    long = returns.assign(date=days)
    pair = long.duplicated(["security", "date"])
    if pair.any():
        row = long[pair].iloc[0]
        raise ReturnsError(f"two returns for {row['security']} on {row['date'].date()} "
                           f"({int(pair.sum())} repeats); keep one")
    return _checked(long.pivot(index="date", columns="security", values="ret"), notes)


def _checked(wide: pd.DataFrame, notes: tuple[str, ...]
             ) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if wide.columns.has_duplicates:
        twice = wide.columns[wide.columns.duplicated()][0]
        raise ReturnsError(f"security {twice!r} appears twice; keep one column a security")
    if wide.columns.hasnans:
        raise ReturnsError("returns: a column has no security; name it, or leave it out")
    return wide, notes


def _numbers(wide: pd.DataFrame) -> Floats:
    """Values as floats; text that is not a number is refused with its place."""
    for at, dtype in enumerate(wide.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            column = wide.iloc[:, at]
            bad = pd.to_numeric(column, errors="coerce").isna() & column.notna()
            if bad.any():
                raise ReturnsError(f"return of {wide.columns[at]} on "
                                   f"{column.index[bad][0].date()} is not a number: "
                                   f"{column[bad].iloc[0]!r}")
    values: Floats = wide.to_numpy(dtype=np.float64, na_value=np.nan)
    return values


def _factors(factors: pd.DataFrame | None, columns: dict[str, str] | None
             ) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    if factors is None:
        return None, ()
    frame = factors.copy(deep=False)
    if "date" in frame.columns:
        frame = frame.set_index("date")
    frame, notes = ordered(frame, "factors")
    for standard, given in (columns or {}).items():
        if given not in frame.columns:
            raise FactorsError(f"factors have no column {given!r} (wanted as {standard!r})")
        frame[standard] = frame[given]
    frame = frame.select_dtypes("number")
    if "mkt" not in frame.columns and {"mkt_rf", "rf"} <= set(frame.columns):
        frame["mkt"] = frame["mkt_rf"] + frame["rf"]
    if np.isinf(frame.to_numpy(dtype=np.float64, na_value=np.nan)).any():
        raise FactorsError("factors contain infinite values; mark them missing")
    return frame, notes
