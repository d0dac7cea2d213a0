"""Returns and factors on one market calendar, as dense arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.eventstudy.calendar import Days, as_sessions

__all__ = ["Panel", "build_panel"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LONG_COLUMNS = ("security", "date", "ret")


@dataclass(frozen=True)
class Panel:
    """Returns and factors of S securities over T sessions.

    ``values`` (S, T): returns, NaN for no trade, never filled. ``factors`` (q, T) with names
    ``factor_names``.
    """

    sessions: Days
    securities: pd.Index
    values: Floats
    factors: Floats
    factor_names: tuple[str, ...]

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
        """Row of a factor. Raises ValueError, naming those there are, if it is absent."""
        try:
            return self.factor_names.index(name)
        except ValueError:
            there = ", ".join(self.factor_names) or "none"
            raise ValueError(f"factor {name!r} is not among the factors given ({there})") from None

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
) -> Panel:
    """Put returns and factors on the market calendar.

    Parameters
    ----------
    returns:
        wide (index of dates, one column a security) or long (columns ``security``, ``date``,
        ``ret``); decimals, not percent unless the factors are in percent too.
    factors:
        index of dates, one column a factor, as decimals. ``mkt`` is the market's return; if only
        ``mkt_rf`` and ``rf`` are given, ``mkt`` is their sum.
    sessions:
        the trading sessions. By default the dates on which the factors are known, or, without
        factors, those on which at least one security has a return; so weekends and holidays in a
        calendar-day file are not sessions.
    columns:
        names used in ``factors`` for the standard ones, e.g. ``{"smb": "smb3"}``.

    Raises
    ------
    ValueError
        for repeated securities or dates, infinite returns, or returns on a day that is not a
        session.
    """
    wide = _wide(returns)
    values = wide.to_numpy(dtype=np.float64)
    if np.isinf(values).any():
        row, col = map(int, np.argwhere(np.isinf(values))[0])
        raise ValueError(f"return of {wide.columns[col]} on {wide.index[row].date()} is infinite")
    frame = _factors(factors, columns)
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
            raise ValueError(
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
        known = np.ascontiguousarray(aligned.to_numpy(dtype=np.float64).T)
        names = tuple(str(c) for c in frame.columns)
    return Panel(days, pd.Index(wide.columns), np.ascontiguousarray(dense), known, names)


def _wide(returns: pd.DataFrame) -> pd.DataFrame:
    if set(LONG_COLUMNS) <= set(map(str, returns.columns)):
        pair = returns.duplicated(["security", "date"])
        if pair.any():
            row = returns[pair].iloc[0]
            raise ValueError(
                f"two returns for {row['security']} on {row['date']} ({int(pair.sum())} repeats)"
            )
        dates = pd.to_datetime(returns["date"])
        returns = returns.assign(date=dates).pivot(index="date", columns="security", values="ret")
    out = returns.copy(deep=False)
    out.index = pd.DatetimeIndex(pd.to_datetime(out.index))
    if out.columns.has_duplicates:
        raise ValueError(f"security {out.columns[out.columns.duplicated()][0]!r} appears twice")
    as_sessions(out.index)
    return out


def _factors(factors: pd.DataFrame | None, columns: dict[str, str] | None) -> pd.DataFrame | None:
    if factors is None:
        return None
    frame = factors.copy(deep=False)
    if "date" in frame.columns:
        frame = frame.set_index("date")
    frame.index = pd.DatetimeIndex(pd.to_datetime(frame.index))
    for standard, given in (columns or {}).items():
        if given not in frame.columns:
            raise ValueError(f"factors have no column {given!r} (wanted as {standard!r})")
        frame[standard] = frame[given]
    frame = frame.select_dtypes("number").sort_index()
    if "mkt" not in frame.columns and {"mkt_rf", "rf"} <= set(frame.columns):
        frame["mkt"] = frame["mkt_rf"] + frame["rf"]
    if np.isinf(frame.to_numpy(dtype=np.float64)).any():
        raise ValueError("factors contain infinite values")
    return frame
