"""Dates of tables and times of events, as days and clock times of the exchange.

A date is whole: "2018-06" is a month and is refused, for which of its days was meant is not known.
Where stamps carry a time zone, the exchange's date counts:

- A table's index in a zone stands for its own wall-clock days, as data services give daily bars at
  midnight of the exchange. UTC stamps that are not at midnight do not tell the exchange's day, and
  are refused.
- An event's time with an offset is moved to the zone of the exchange; exactly midnight means that
  only the date is known, and the date stays.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.eventstudy.errors import CalendarError, EventsError

__all__ = ["Days", "event_times", "named_rows", "ordered", "table_days"]

Days = NDArray[np.datetime64]
OFFSET = re.compile(r"\s*(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)$", re.I)
WHOLE = r"\d{4}-\d{1,2}-\d{1,2}(?:[T ].*)?|\d{8}(?:T.*)?"
SHOWN = 5


def named_rows(labels: Any, limit: int = SHOWN) -> str:
    """The first labels, and how many more there are."""
    given = list(labels)
    more = f" and {len(given) - limit:,} more" if len(given) > limit else ""
    return ", ".join(map(str, given[:limit])) + more


def table_days(index: Any, what: str) -> tuple[pd.DatetimeIndex, tuple[str, ...]]:
    """Days (n,) of an index without zone and clock time, and a note if it carried a zone.

    ``index`` holds dates, timestamps, periods, ISO text or whole numbers such as 20170907. Raises
    CalendarError if one is missing or not a whole date, or if the zone leaves the day open.
    """
    given = pd.Index(index)
    if isinstance(given, pd.PeriodIndex):
        given = given.to_timestamp()
    if not isinstance(given, pd.DatetimeIndex):
        given = _parsed(given, what)
    if given.hasnans:
        raise CalendarError(f"{what}: a date is missing (row {int(np.argmax(given.isna())) + 1})")
    if given.tz is None:
        return given.normalize(), ()
    wall = given.tz_localize(None)
    days = wall.normalize()
    if _is_utc(given.tz) and not (wall == days).all():
        at = int(np.argmax(wall != days))
        raise CalendarError(
            f"{what}: {given[at]} is a time in UTC and does not tell the day of the exchange; "
            "convert the index to the exchange's zone (tz_convert) or to plain dates")
    return days, (f"{what}: dates are those of {given.tz}, the zone of the index",)


def _is_utc(zone: dt.tzinfo) -> bool:
    return str(zone).upper() in {"UTC", "ETC/UTC", "UTC+00:00", "+00:00", "ZULU", "GMT0"}


def _parsed(given: pd.Index, what: str) -> pd.DatetimeIndex:
    """An index of text, of whole numbers or of mixed objects as stamps."""
    if pd.api.types.is_float_dtype(given) or pd.api.types.is_bool_dtype(given):
        raise CalendarError(f"{what} are not indexed by dates but by {given.dtype}; set the dates "
                            "as the index")
    text = given.to_series(index=range(len(given))).map(_written).astype("string").str.strip()
    missing = text.isna() | text.str.lower().isin(["", "nan", "nat", "none", "<na>"])
    strange = ~missing & ~text.str.fullmatch(WHOLE)
    if strange.any():
        raise CalendarError(f"{what}: {text[strange].iloc[0]!r} is not a date such as 2017-09-07 "
                            f"({int(strange.sum()):,} such rows)")
    zones = text.str.extract(rf"[T ].*?({OFFSET.pattern})", flags=re.I)[0].dropna().unique()
    try:
        stamps = pd.to_datetime(text.mask(missing).str.replace(r"(?<=:\d\d)\s*(?:Z|UTC|[+-][\d:]+)"
                                                               "$", "", regex=True),
                                format="ISO8601")
    except ValueError as error:
        raise CalendarError(f"{what}: {error}") from None
    if len(zones) == 1 and OFFSET.fullmatch(zones[0]):
        stamps = stamps.dt.tz_localize("UTC" if zones[0].strip().upper() in ("Z", "UTC")
                                       else dt.datetime.fromisoformat(
                                           f"2000-01-01T00:00:00{zones[0].strip()}").tzinfo)
    return pd.DatetimeIndex(stamps)


def _written(value: Any) -> Any:
    """A cell as text that tells the same: stamps and days in ISO form, 20170907.0 without .0."""
    if value is None or value is pd.NaT or value is pd.NA:
        return pd.NA
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
        return pd.NA if value is pd.NaT else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (float, np.floating)):
        return pd.NA if np.isnan(value) else f"{value:.0f}" if value == int(value) else str(value)
    return str(value)


def ordered(frame: pd.DataFrame, what: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The frame indexed by its days, oldest first, with notes of what was taken and done.

    Raises CalendarError as :func:`table_days`, and for a day that appears twice.
    """
    days, notes = table_days(frame.index, what)
    out = frame.copy(deep=False)
    out.index = days
    if days.has_duplicates:
        twice = days[days.duplicated()]
        raise CalendarError(f"{what}: {twice[0].date()} appears twice ({len(twice):,} such rows); "
                            "keep one row a date")
    if not days.is_monotonic_increasing:
        newest = "newest first" if days.is_monotonic_decreasing else "out of order"
        out = out.sort_index()
        notes = (*notes, f"{what} came {newest} and were sorted by date")
    return out, notes


def event_times(dates: Any, zone: Callable[[], dt.tzinfo] | None
                ) -> tuple[pd.DatetimeIndex, int]:
    """Local times (n,) of events without zone, NaT where missing, and how many had an offset.

    ``zone`` gives the exchange's zone, asked for only if needed; None refuses offsets. Raises
    EventsError for what is not a whole date, with the row.
    """
    given = pd.Series(dates).reset_index(drop=True)
    if isinstance(given.dtype, pd.PeriodDtype):
        given = given.dt.to_timestamp()
    if pd.api.types.is_datetime64_dtype(given):
        return pd.DatetimeIndex(given), 0
    if isinstance(given.dtype, pd.DatetimeTZDtype):
        wall, utc = given.dt.tz_localize(None), given.dt.tz_convert("UTC")
        zoned = given.notna()
    else:
        text = given.map(_written).astype("string").str.strip()
        text = text.mask(text.str.lower().isin(["", "nan", "nat", "none", "<na>"]))
        strange = text.notna() & ~text.str.fullmatch(WHOLE).fillna(False)
        if strange.any():
            at = int(np.argmax(strange))
            raise EventsError(
                f"event in row {at + 1}: {text[at]!r} is not a whole date such as 2017-09-07 "
                f"({int(strange.sum()):,} such rows); a month or a year names no day 0")
        clock = r"(?<=[\d:])\s*(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)$"
        zoned = (text.str.contains("[T ]", regex=True)
                 & text.str.contains(clock, regex=True, flags=re.I)).fillna(False).astype(bool)
        bare = text.where(~zoned, text.str.replace(clock, "", regex=True, flags=re.I))
        wall = _stamps(bare, text)
        utc = pd.Series(pd.NaT, index=given.index, dtype="datetime64[us, UTC]")
        if zoned.any():
            utc[zoned] = pd.to_datetime(text[zoned], format="ISO8601", utc=True).astype(utc.dtype)
    local = zoned & (wall != wall.dt.normalize())
    if zoned.any() and zone is None:
        raise EventsError("event times carry a time zone; name the exchange whose zone counts "
                          "(exchange='XNYS'), or convert them to local market time")
    if local.any() and zone is not None:
        moved = utc[local].dt.tz_convert(zone()).dt.tz_localize(None)
        wall = wall.copy()
        wall[local] = moved.astype(wall.dtype)
    return pd.DatetimeIndex(wall), int(zoned.sum())


def _stamps(bare: pd.Series, text: pd.Series) -> pd.Series:
    found = pd.to_datetime(bare, format="ISO8601", errors="coerce")
    bad = found.isna() & text.notna()
    if bad.any():
        at = int(np.argmax(bad))
        raise EventsError(f"event in row {at + 1}: {text[at]!r} is not a date "
                          f"({int(bad.sum()):,} such rows); write it as 2017-09-07")
    return found
