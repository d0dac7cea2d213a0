"""Trading sessions, event day 0, and where events of one firm meet.

Everything downstream counts in sessions of the market calendar, never in calendar days: an event
is a position in ``sessions`` and a window is a range of positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.eventstudy.dates import Days, event_times, table_days
from breachstudy.eventstudy.errors import CalendarError, EventsError, OptionError
from breachstudy.eventstudy.exchange import closing_seconds, zone_of

__all__ = ["DayZero", "EventClashes", "as_sessions", "clashes", "day_zero"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NON_TRADING_RULES = ("next", "previous", "drop")


@dataclass(frozen=True)
class DayZero:
    """Day 0 of n events.

    ``position`` (n,) is the index into the sessions, −1 where there is none; ``moved`` (n,) says
    that day 0 is not the calendar day of the news; ``reason`` (n,) is empty unless the position
    is −1: date_missing, before_calendar, after_calendar, or no_session (dropped by the rule).
    ``notes`` say which time zone was taken, if one was.
    """

    position: Ints
    moved: Bools
    reason: NDArray[np.object_]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventClashes:
    """How n events meet, all arrays (n,).

    ``n_same_security``: events of the same security, this one included. ``n_same_day``: events of
    the sample with the same day 0, this one included. ``overlaps_same_security``: another event
    of the security has an event window that shares a session with this one's.
    ``other_in_estimation``: another event window of the security falls into this estimation
    window. ``duplicate_of``: position of the earlier row with the same security, day 0 and group,
    −1 if none.
    """

    n_same_security: Ints
    n_same_day: Ints
    overlaps_same_security: Bools
    other_in_estimation: Bools
    duplicate_of: Ints


def as_sessions(index: object) -> Days:
    """Trading sessions as a strictly increasing ``datetime64[D]`` array.

    Stamps in a time zone count by their own day (see :mod:`breachstudy.eventstudy.dates`). Raises
    CalendarError if a date is missing, repeated or out of order.
    """
    out: Days = table_days(index, "sessions")[0].to_numpy().astype("datetime64[D]")
    if out.size > 1:
        step = np.diff(out).astype(np.int64)
        if (step <= 0).any():
            at = int(np.argmax(step <= 0)) + 1
            raise CalendarError(
                f"sessions must increase: {out[at]} follows {out[at - 1]}; sort and deduplicate"
            )
    return out


def day_zero(
    dates: Any,
    sessions: Days,
    *,
    after_close: Any = None,
    exchange: str | None = "XNYS",
    close: time | None = None,
    non_trading: str = "next",
) -> DayZero:
    """Event day 0: the first session that could price the news.

    Parameters
    ----------
    dates:
        n whole dates or timestamps in local market time. A time of day at or after the close makes
        the news after-close; midnight exactly is read as "no time known". Times with an offset
        are moved to the zone of the exchange first, and ``notes`` say so.
    sessions:
        market sessions, from :func:`as_sessions`.
    after_close:
        n booleans for news known to have come after the close; missing counts as False. The next
        session after the date is day 0. If it and ``dates`` are Series, their labels must agree.
    exchange:
        whose close counts, half-days included (14:00 on a day that closes at 13:00 is after the
        close): a code of ``exchange_calendars`` such as XNYS, XLON or XETR. Asked for only if an
        event has a clock time.
    close:
        a fixed close on every day instead of the exchange's.
    non_trading:
        what to do with news on a day without a session: ``"next"`` session (the default, since it
        is the first that can price it), ``"previous"`` session, or ``"drop"``.

    Raises
    ------
    OptionError
        for an unknown rule or exchange, or clock times without a close.
    EventsError
        for what is not a whole date, times with an offset and no exchange, or flags that do not
        belong to the dates.
    """
    if non_trading not in NON_TRADING_RULES:
        raise OptionError(f"non_trading must be one of {NON_TRADING_RULES}, not {non_trading!r}")
    stamps, n_zoned = event_times(dates, None if exchange is None else lambda: zone_of(exchange))
    n = len(stamps)
    missing = np.asarray(stamps.isna())
    days = stamps.to_numpy().astype("datetime64[D]")
    late = _is_late(stamps, days, missing, exchange, close)
    if after_close is not None:
        late |= _flagged(after_close, dates, n)
    days[missing] = sessions[0] if sessions.size else np.datetime64("1970-01-01")

    at_or_after = np.searchsorted(sessions, days, side="left")
    after = np.searchsorted(sessions, days, side="right")
    is_session = after > at_or_after
    position = np.where(late, after, at_or_after).astype(np.int64)
    if non_trading == "previous":
        position = np.where(is_session, position, at_or_after - 1)
    reason = np.full(n, "", dtype=object)
    reason[position >= sessions.size] = "after_calendar"
    reason[position < 0] = "before_calendar"
    if sessions.size:
        # News older than the calendar must not be attached to its first session.
        reason[days < sessions[0]] = "before_calendar"
    if non_trading == "drop":
        reason[~is_session & (reason == "")] = "no_session"
    reason[missing] = "date_missing"
    position = np.where(reason == "", position, -1)
    moved = np.zeros(n, dtype=bool)
    kept = position >= 0
    moved[kept] = sessions[position[kept]] != days[kept]
    notes = (f"events: {n_zoned:,} dates carry a UTC offset; clock times were taken in "
             f"{zone_of(exchange)}, the zone of {exchange}",) if n_zoned and exchange else ()
    return DayZero(position.astype(np.int64), moved, reason, notes)


def _is_late(stamps: pd.DatetimeIndex, days: Days, missing: Bools, exchange: str | None,
             close: time | None) -> Bools:
    """(n,) times of day at or after the close of their day."""
    seconds = np.where(missing, 0.0, np.asarray((stamps - stamps.normalize()).total_seconds()))
    timed = seconds > 0
    late = np.zeros(len(stamps), dtype=bool)
    if not timed.any():
        return late
    if close is not None:
        late[timed] = seconds[timed] >= close.hour * 3600 + close.minute * 60 + close.second
    elif exchange is not None:
        late[timed] = seconds[timed] >= closing_seconds(exchange, days[timed])
    else:
        raise OptionError("some events have a clock time; name the exchange whose close counts, or "
                          "give a fixed close")
    return late


def _flagged(after_close: Any, dates: Any, n: int) -> Bools:
    flags = pd.Series(after_close)
    if flags.size != n:
        raise EventsError(f"after_close has {flags.size} values for {n} events")
    if isinstance(after_close, pd.Series) and isinstance(dates, pd.Series) and not (
            after_close.index.equals(dates.index)):
        raise EventsError("after_close and dates are labelled differently; give both the same "
                          "index, or arrays to pair them by position")
    flagged: Bools = flags.astype("boolean").fillna(False).to_numpy(dtype=bool)
    return flagged


def clashes(
    security: Ints,
    position: Ints,
    group: NDArray[np.object_],
    event_window: tuple[int, int],
    estimation: tuple[int, int],
) -> EventClashes:
    """Find repeated securities, shared days and overlapping windows.

    ``security`` (n,) and ``position`` (n,) are integer codes; negative values mean "unknown" and
    never clash. Windows are inclusive session offsets.
    """
    n = position.size
    same_security = np.zeros(n, dtype=np.int64)
    same_day = np.zeros(n, dtype=np.int64)
    duplicate = np.full(n, -1, dtype=np.int64)
    overlaps = np.zeros(n, dtype=bool)
    in_estimation = np.zeros(n, dtype=bool)
    rows = np.flatnonzero((position >= 0) & (security >= 0))
    if rows.size == 0:
        return EventClashes(same_security, same_day, overlaps, in_estimation, duplicate)
    same_day[rows] = np.bincount(position[rows])[position[rows]]
    same_security[rows] = np.bincount(security[rows])[security[rows]]

    # One key orders events by security, then session, with securities further apart than any
    # window, so that what lies within a range of sessions is one search away.
    reach = max(abs(v) for v in (*event_window, *estimation))
    stride = int(position.max()) + 4 * reach + 2
    key = security[rows] * stride + position[rows]
    order = np.lexsort((rows, key))
    at, sorted_key = rows[order], key[order]
    # The nearest other event of the security is a neighbour in this order.
    near = np.diff(sorted_key) <= event_window[1] - event_window[0]
    overlaps[at[:-1]] |= near
    overlaps[at[1:]] |= near
    # Another event is in the estimation window if its session, less this one's, is from
    # estimation[0] − event_window[1] to estimation[1] − event_window[0]; the same session is not.
    low, high = estimation[0] - event_window[1], estimation[1] - event_window[0]
    count = (np.searchsorted(sorted_key, key + high, side="right")
             - np.searchsorted(sorted_key, key + low, side="left"))
    if low <= 0 <= high:
        count = count - (np.searchsorted(sorted_key, key, side="right")
                         - np.searchsorted(sorted_key, key, side="left"))
    in_estimation[rows] = count > 0

    codes = pd.factorize(group[at], use_na_sentinel=False)[0]
    again = np.lexsort((at, codes, sorted_key))
    first_of = np.ones(again.size, dtype=bool)
    first_of[1:] = (np.diff(sorted_key[again]) != 0) | (np.diff(codes[again]) != 0)
    leader = at[again][np.maximum.accumulate(np.where(first_of, np.arange(again.size), 0))]
    duplicate[at[again]] = np.where(first_of, -1, leader)
    return EventClashes(same_security, same_day, overlaps, in_estimation, duplicate)
