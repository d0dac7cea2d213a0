"""Each check of the built tables fails where its fault is put in, and only that one."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.dataset.load import read_tables
from breachstudy.workflow.check import check_frames

PROCESSED = Path(__file__).parents[2] / "data" / "processed"


@pytest.fixture(scope="module")
def sound():
    return read_tables(PROCESSED)


def put(frames, name, column, value, where):
    """``value`` in the first row that holds ``where``; the key of that row."""
    frame = frames[name].copy()
    assert where.any()
    row = frame.index[where.to_numpy(dtype=bool)][0]
    if not isinstance(value, str | int | float | bool):
        frame[column] = frame[column].astype(object)
    frame.loc[row, column] = value
    frames[name] = frame
    return str(frame.loc[row, {"events": "event_id", "milestones": "milestone_id"}[name]])


def same_key_twice(f):
    frame = f["events"]
    f["events"] = pd.concat([frame, frame[frame["role"] != "seed"].head(1)], ignore_index=True)
    return frame.loc[frame["role"] != "seed", "event_id"].iloc[0]


def point_outside_bounds(f):
    e = f["events"]
    return put(f, "events", "dwell_days", 99_999.0, e["dwell_days"].notna())


def bound_without_point(f):
    e = f["events"]
    return put(f, "events", "dwell_lo_days", 1, e["dwell_days"].isna())


def exact_lag_off_by_a_day(f):
    e = f["events"]
    where = (e["discovered_precision"].eq("day") & e["first_public_precision"].eq("day")
             & e["disclosure_lag_days"].notna())
    event = put(f, "events", "disclosure_lag_days",
                float(e.loc[where, "disclosure_lag_days"].iloc[0]) + 1, where)
    row = f["events"].index[where][0]
    for end in ("lo", "hi"):  # so that the bounds still enclose it
        f["events"].loc[row, f"disclosure_lag_{end}_days"] += 1
    return event


def negative_analysis_lag(f):
    return put(f, "events", "lag_analysis_days", -1.0, f["events"]["lag_analysis_days"].notna())


def conflict_with_a_lag(f):
    e = f["events"]
    return put(f, "events", "lag_analysis_days", 3.0,
               e["conflict"].fillna("").str.contains("disclosure_lag"))


def two_picked(f):
    m = f["milestones"]
    several = m.groupby(["event_id", "type"])["is_picked"].transform("size") > 1
    return put(f, "milestones", "is_picked", True,
               several & ~m["is_picked"].astype(bool)).rpartition("/")[0]


def page_day_elsewhere(f):
    return put(f, "events", "event_date", dt.date(1999, 1, 1),
               f["events"]["event_date_basis"].eq("page_day"))


def register_day_elsewhere(f):
    return put(f, "events", "event_date", dt.date(1999, 1, 1),
               f["events"]["event_date_basis"].eq("register"))


def day_without_basis(f):
    e = f["events"]
    return put(f, "events", "event_date_basis", None, e["event_date"].notna())


def a_third_seed(f):
    return put(f, "events", "role", "seed", f["events"]["role"].ne("seed"))


def more_people_than_there_are(f):
    return put(f, "events", "n_affected", 8_000_000_001, f["events"]["n_affected"].notna())


def a_source_of_nowhere(f):
    return put(f, "milestones", "source_id", "nowhere", f["milestones"]["source_id"].notna())


@pytest.mark.parametrize(("fault", "check"), [
    (same_key_twice, "every key is unique"),
    (point_outside_bounds, "lag bounds enclose"),
    (bound_without_point, "lag bounds enclose"),
    (exact_lag_off_by_a_day, "exact lags equal"),
    (negative_analysis_lag, "analysis lags"),
    (conflict_with_a_lag, "analysis lags"),
    (two_picked, "one milestone is picked"),
    (page_day_elsewhere, "event dates follow"),
    (register_day_elsewhere, "event dates follow"),
    (day_without_basis, "event dates follow"),
    (a_third_seed, "seed cases"),
    (more_people_than_there_are, "records do not exceed"),
    (a_source_of_nowhere, "sources of milestones"),
], ids=lambda v: getattr(v, "__name__", ""))
def test_a_fault_is_told_by_its_check_alone(sound, fault, check):
    frames = dict(sound)
    where = fault(frames)
    told = [f for f in check_frames(frames) if not f.ok]
    assert [f.check.startswith(check) for f in told] == [True], told
    assert where in told[0].detail


def test_every_check_has_a_fault_here(sound):
    begun = {c for m in test_a_fault_is_told_by_its_check_alone.pytestmark
             for _, c in m.args[1]}
    for found in check_frames(sound):
        assert any(found.check.startswith(c) for c in begun), found.check
