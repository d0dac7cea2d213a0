"""The published notices table: the compiled notices with their lags, flags and links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from breachstudy.dataset.clocks import lag_between
from breachstudy.facts.members import STATE_COUNTS
from breachstudy.schema.codebook import Table

__all__ = ["build_notices"]

CLOCKS = {
    "dwell": ("occurred_start", "discovered"),
    "notification_lag": ("discovered", "individuals_notified"),
    "regulator_lag": ("discovered", "regulator_submitted"),
    "first_notice_lag": ("discovered", "first_notice"),
}


def build_notices(frames: Mapping[str, pd.DataFrame], spec: Table) -> pd.DataFrame:
    """The notices with exactly the columns of ``spec``, one row a notice, sorted by key.

    ``frames`` are the raw tables (notices, event_members, events). The first notice is the
    earlier of the letters to individuals and the submission to the regulator.
    """
    out = frames["notices"].drop(columns="_row").sort_values("notice_id").reset_index(drop=True)
    first = [_earlier(*ends) for ends in zip(
        out["individuals_notified_lo"], out["individuals_notified_hi"],
        out["regulator_submitted_lo"], out["regulator_submitted_hi"], strict=True)]
    out["first_notice_lo"] = pd.Series([a for a, _ in first], dtype="object")
    out["first_notice_hi"] = pd.Series([b for _, b in first], dtype="object")
    for name, (start, end) in CLOCKS.items():
        lag = lag_between(out[f"{start}_lo"], out[f"{start}_hi"], out[f"{end}_lo"],
                          out[f"{end}_hi"])
        out[f"{name}_lo_days"], out[f"{name}_hi_days"] = lag["lo"], lag["hi"]
        out[f"{name}_days"] = lag["point"]
    conflicts = [
        ";".join(n for n in CLOCKS if not pd.isna(row[f"{n}_hi_days"])
                 and row[f"{n}_hi_days"] < 0)
        for row in out[[f"{n}_hi_days" for n in CLOCKS]].to_dict("records")
    ]
    out["is_conflict"] = [bool(c) for c in conflicts]
    out["conflict"] = [c or None for c in conflicts]
    out["year"] = pd.array([_year(*days) for days in zip(
        out["discovered_lo"], out["first_notice_lo"], strict=True)], dtype="Int64")
    out["n_affected"] = [_affected(*v) for v in zip(
        out["affected_total"], *(out[c] for c in STATE_COUNTS), strict=True)]
    out["is_affected_lower_bound"] = [
        None if pd.isna(n) else pd.isna(total)
        for n, total in zip(out["n_affected"], out["affected_total"], strict=True)]
    members = frames["event_members"]
    links = members[members["member_kind"] == "notice"].set_index("member_ref")["event_id"]
    out["event_id"] = out["notice_id"].map(links)
    firms = frames["events"].set_index("event_id")["firm_id"]
    out["firm_id"] = out["event_id"].map(firms)
    return out[spec.names]


def _earlier(a_lo: Any, a_hi: Any, b_lo: Any, b_hi: Any) -> tuple[Any, Any]:
    """Interval of the earlier of two dates, each an interval or missing."""
    known = [(lo, hi) for lo, hi in ((a_lo, a_hi), (b_lo, b_hi)) if isinstance(lo, dt.date)]
    if not known:
        return None, None
    return min(lo for lo, _ in known), min(hi for _, hi in known)


def _year(*days: Any) -> int | None:
    for day in days:
        if isinstance(day, dt.date):
            return day.year
    return None


def _affected(total: Any, *states: Any) -> int | None:
    if not pd.isna(total):
        return int(total)
    known = [int(v) for v in states if not pd.isna(v)]
    return max(known) if known else None
