"""When an exchange closes, half-days included, and its time zone.

From the maintained package ``exchange_calendars`` (XNYS, XLON, XETR, …), which is imported only
when an event has a clock time: everything else works without it.
"""

from __future__ import annotations

import datetime as dt
import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.eventstudy.dates import Days
from breachstudy.eventstudy.errors import OptionError

__all__ = ["closing_seconds", "zone_of"]

Floats = NDArray[np.float64]


def zone_of(exchange: str) -> dt.tzinfo:
    """Time zone of an exchange. Raises OptionError for one that is not known."""
    zone: dt.tzinfo = _calendar(exchange, None, None).tz
    return zone


def closing_seconds(exchange: str, days: Days) -> Floats:
    """(n,) seconds from local midnight to the close of each day; days must not be missing.

    On days without a session, and on those before or after what the calendar covers, the regular
    close stands. The package's own default begins twenty years ago; the calendar is asked for the
    years of the events instead, as far back as its rules go (the New York ones from 1885).
    """
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    calendar = _calendar(exchange, int(years.min()), int(years.max()))
    stamps = pd.DatetimeIndex(days.astype("datetime64[ns]"))
    closes = calendar.closes
    seconds = pd.Series(0.0, index=closes.index)
    local = closes.dt.tz_convert(calendar.tz)
    seconds[:] = (local.dt.hour * 3600 + local.dt.minute * 60 + local.dt.second).to_numpy()
    found = seconds.reindex(stamps.astype(closes.index.dtype)).to_numpy(dtype=np.float64)
    return np.where(np.isnan(found), _regular(calendar, stamps), found)


def _regular(calendar: Any, stamps: pd.DatetimeIndex) -> Floats:
    """(n,) seconds to the close that the rules of the day give for an ordinary session."""
    out = np.full(len(stamps), np.nan)
    for start, close in calendar.close_times:
        seconds = close.hour * 3600 + close.minute * 60 + close.second
        out[np.ones(len(stamps), bool) if start is None else stamps >= start] = seconds
    return out


@lru_cache(maxsize=32)
def _calendar(exchange: str, first: int | None, last: int | None) -> Any:
    """The calendar for whole years, cut to what its rules cover."""
    try:
        import exchange_calendars
        from exchange_calendars.errors import InvalidCalendarName
    except ImportError:
        raise OptionError(
            f"the close of {exchange} needs the package exchange_calendars; install it, or give a "
            "fixed close such as close=time(16, 0)") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas, about how the package uses it
        try:
            calendar = exchange_calendars.get_calendar(exchange)
        except InvalidCalendarName:
            known = ", ".join(exchange_calendars.get_calendar_names(include_aliases=False)[:12])
            raise OptionError(f"no exchange {exchange!r}; give a code such as XNYS, XLON or XETR "
                              f"(there are {known} …)") from None
        if first is None or last is None:
            return calendar
        start, end = pd.Timestamp(first, 1, 1), pd.Timestamp(last, 12, 31)
        if calendar.first_session <= start and end <= calendar.last_session:
            return calendar
        low, high = calendar.bound_min(), calendar.bound_max()
        start = start if low is None else max(start, low)
        end = end if high is None else min(end, high)
        if start >= end:  # wholly outside: the regular close stands for all days
            return calendar
        return exchange_calendars.get_calendar(exchange, start=start, end=end)
