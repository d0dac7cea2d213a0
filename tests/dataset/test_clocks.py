"""Lags between interval-valued dates: cases by hand and properties."""

import datetime as dt

import numpy as np
import pandas as pd

from breachstudy.dataset.clocks import LAGS, lag_between, lags


def day(text):
    return None if text is None else dt.date.fromisoformat(text)


def series(*texts):
    return pd.Series([day(t) for t in texts], dtype="object")


def test_bounds_and_midpoint_by_hand():
    # "in June" to 1 August: between 32 and 61 days, midpoint 15.5 June to 1 August = 46.5
    found = lag_between(series("2018-06-01"), series("2018-06-30"), series("2018-08-01"),
                        series("2018-08-01"))
    assert found.to_dict("records") == [{"lo": 32, "hi": 61, "point": 46.5}]


def test_missing_dates_give_missing_lags_and_negative_ones_stay():
    found = lag_between(series("2018-06-10", None, "2018-01-01"),
                        series("2018-06-10", None, "2018-01-01"),
                        series("2018-06-01", "2018-06-01", "2018-01-01"),
                        series("2018-06-01", "2018-06-01", "2018-01-01"))
    assert found["lo"].tolist()[0] == -9 and found["point"].tolist()[2] == 0
    assert found.loc[1].isna().all()
    assert str(found["lo"].dtype) == "Int64"


def test_any_choice_of_days_lies_within_the_bounds():
    rng = np.random.default_rng(3)
    base = dt.date(2015, 1, 1)
    for _ in range(200):
        a, wa, b, wb = rng.integers(0, 60, 4)
        s = (base + dt.timedelta(int(a)), base + dt.timedelta(int(a + wa)))
        e = (base + dt.timedelta(int(b)), base + dt.timedelta(int(b + wb)))
        row = lag_between(*(pd.Series([d], dtype="object") for d in (*s, *e))).iloc[0]
        i, j = rng.integers(0, wa + 1), rng.integers(0, wb + 1)
        true = (e[0] - s[0]).days + j - i
        assert row["lo"] <= true <= row["hi"] and row["lo"] <= row["point"] <= row["hi"]


def test_the_seven_clocks():
    assert [c.code for c in LAGS] == [f"L{i}" for i in range(1, 8)]
    dates = {}
    for i, name in enumerate(["incident_start", "discovered", "first_public",
                              "regulator_notified", "individuals_notified", "contained",
                              "scope_revised"]):
        for end in ("lo", "hi"):
            dates[f"{name}_{end}"] = series(f"2019-01-{1 + i:02d}")
    found = lags(pd.DataFrame(dates)).iloc[0]
    assert found["dwell_days"] == 1 and found["disclosure_lag_days"] == 1
    assert found["exposure_to_disclosure_days"] == 2 and found["revision_lag_days"] == 4
    assert found["regulator_lag_days"] == 2 and found["containment_lag_days"] == 4
    assert len(found) == 21
