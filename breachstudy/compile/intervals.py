"""Dates as intervals of days: what a year, a month or a day on its own allows."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

__all__ = ["Interval", "interval_of"]


@dataclass(frozen=True)
class Interval:
    """A closed interval of days; ``precision`` is day, month or year."""

    lo: dt.date
    hi: dt.date
    precision: str


def interval_of(year: int, month: int | None = None, day: int | None = None) -> Interval | None:
    """The days of a year, of a month, or one day; None where the calendar has no such day."""
    try:
        if month is None:
            return Interval(dt.date(year, 1, 1), dt.date(year, 12, 31), "year")
        if day is None:
            lo = dt.date(year, month, 1)
            return Interval(lo, lo.replace(day=calendar.monthrange(year, month)[1]), "month")
        lo = dt.date(year, month, day)
    except ValueError:
        return None
    return Interval(lo, lo, "day")
