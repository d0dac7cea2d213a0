"""A date as it was read: an interval of days, or why there is none."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.compile.date_mentions import known_day

__all__ = [
    "CONFLICTING",
    "NOT_COLLECTED",
    "NOT_STATED",
    "OPEN",
    "UNREADABLE",
    "DateFact",
    "day_fact",
    "in_order",
    "is_empty",
]


@dataclass(frozen=True)
class DateFact:
    """A date as a closed interval of days.

    ``precision`` is day, week, month, quarter, year or span; ``status`` is stated, open (only a
    bound is written), conflicting (the period ends before it starts), unreadable, not_stated or
    not_collected. The days and the precision are None unless it is stated.
    ``is_plain`` is False where the wording says more than the interval keeps.
    """

    lo: dt.date | None = None
    hi: dt.date | None = None
    precision: str | None = None
    status: str = "stated"
    is_plain: bool = True


NOT_STATED = DateFact(status="not_stated")
NOT_COLLECTED = DateFact(status="not_collected")
UNREADABLE = DateFact(status="unreadable", is_plain=False)
OPEN = DateFact(status="open", is_plain=False)
CONFLICTING = DateFact(status="conflicting", is_plain=False)


def in_order(start: DateFact, end: DateFact) -> tuple[DateFact, DateFact]:
    """A beginning and an end; both conflicting where the end lies before the beginning."""
    if start.lo is not None and end.hi is not None and start.lo > end.hi:
        return CONFLICTING, CONFLICTING
    return start, end


def is_empty(value: Any) -> bool:
    """Whether a cell holds nothing."""
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return bool(value != value) or (isinstance(value, str) and not value.strip())


def day_fact(value: Any) -> DateFact | None:
    """A cell that holds a real date, or an Excel serial number; None for any other cell."""
    if isinstance(value, np.generic):
        value = pd.Timestamp(value) if isinstance(value, np.datetime64) else value.item()
    if is_empty(value):
        return None
    if isinstance(value, dt.datetime):
        value = value.date()
    elif isinstance(value, (int, float)) or (
        isinstance(value, str) and re.fullmatch(r"[34]\d{4}", value.strip())
    ):
        if not 30000 <= float(value) < 50000:
            return UNREADABLE
        value = dt.date(1899, 12, 30) + dt.timedelta(days=int(float(value)))
    if isinstance(value, dt.date):
        day = known_day(value.year, value.month, value.day)
        return DateFact(day, day, "day") if day else UNREADABLE
    return None
