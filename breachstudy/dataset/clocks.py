"""Date intervals and the clocks of a breach response.

A date is a closed interval of days ``[lo, hi]``; a lag between two dates is then an interval as
well. For a lag from date 1 to date 2 the bounds are ``lo2 - hi1`` and ``hi2 - lo1``, and the
point value is the difference of the midpoints, which is exact when both dates are single days.
Nothing is clipped or imputed: impossible lags stay as they are and carry a flag.

The seven lags (L1 to L7) follow the study's design; see docs/dates.md.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["LAGS", "Lag", "lag_between", "lags"]

_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Lag:
    """One clock: the days from the date ``start`` to the date ``end`` of an event."""

    code: str
    name: str
    start: str
    end: str


LAGS = (
    Lag("L1", "dwell", "incident_start", "discovered"),
    Lag("L2", "disclosure_lag", "discovered", "first_public"),
    Lag("L3", "regulator_lag", "discovered", "regulator_notified"),
    Lag("L4", "notification_lag", "discovered", "individuals_notified"),
    Lag("L5", "containment_lag", "discovered", "contained"),
    Lag("L6", "exposure_to_disclosure", "incident_start", "first_public"),
    Lag("L7", "revision_lag", "first_public", "scope_revised"),
)
"""The clocks. L2, from discovery to the first public news by anyone, is the primary one."""


def _ordinals(dates: pd.Series) -> np.ndarray:
    """Days as floats (NaN where missing) of a series of :class:`datetime.date`."""
    return np.array(
        [d.toordinal() - _EPOCH if isinstance(d, dt.date) else np.nan for d in dates], dtype=float
    )


def lag_between(start_lo: pd.Series, start_hi: pd.Series, end_lo: pd.Series, end_hi: pd.Series
                ) -> pd.DataFrame:
    """Lag from one interval-valued date to another, in days.

    Parameters are series of :class:`datetime.date` (missing: None) of equal length n. Returns a
    frame (n × 3) with ``lo`` and ``hi`` (Int64) and ``point`` (Float64); all missing where a
    date is missing. Values may be negative.
    """
    s_lo, s_hi = _ordinals(start_lo), _ordinals(start_hi)
    e_lo, e_hi = _ordinals(end_lo), _ordinals(end_hi)
    lo, hi = e_lo - s_hi, e_hi - s_lo
    point = (e_lo + e_hi) / 2 - (s_lo + s_hi) / 2
    index = start_lo.index
    return pd.DataFrame(
        {
            "lo": pd.Series(pd.array(lo, dtype="Float64"), index=index).astype("Int64"),
            "hi": pd.Series(pd.array(hi, dtype="Float64"), index=index).astype("Int64"),
            "point": pd.Series(pd.array(point, dtype="Float64"), index=index),
        }
    )


def lags(dates: pd.DataFrame) -> pd.DataFrame:
    """The lags of :data:`LAGS` for a frame with ``<date>_lo`` and ``<date>_hi`` columns.

    Returns the columns ``<lag>_lo_days``, ``<lag>_hi_days`` and ``<lag>_days``, indexed as
    ``dates``. Lags of which a date has no columns are left out. Raises nothing: a missing date
    gives a missing lag.
    """
    out = {}
    for clock in LAGS:
        columns = [f"{clock.start}_lo", f"{clock.start}_hi", f"{clock.end}_lo", f"{clock.end}_hi"]
        if not set(columns) <= set(dates.columns):
            continue
        found = lag_between(*(dates[c] for c in columns))
        out[f"{clock.name}_lo_days"] = found["lo"]
        out[f"{clock.name}_hi_days"] = found["hi"]
        out[f"{clock.name}_days"] = found["point"]
    return pd.DataFrame(out, index=dates.index)
