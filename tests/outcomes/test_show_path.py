"""The path of abnormal returns that ``breachstudy show`` prints."""

import pandas as pd
import pytest

from breachstudy import load
from breachstudy.exhibits.numbers import percent
from breachstudy.report.show import car_path, event_record, event_text, find_event

RETURNS = pd.DataFrame({"event_id": ["a"] * 4 + ["b"], "offset": [-2, -1, 0, 2, 0],
                        "ar": [0.01, -0.02, -0.10, 0.03, 0.5]})


def test_the_sum_stops_where_a_session_is_missing():
    path = car_path("a", RETURNS)
    assert path["car"].head(3).tolist() == pytest.approx([0.01, -0.01, -0.11])
    assert pd.isna(path["car"].iloc[3]) and len(path) == 4
    assert car_path("a", None).empty and car_path("c", RETURNS).empty


def test_equifax_is_shown_with_day_zero_and_its_path():
    events, milestones, returns = load("events"), load("milestones"), load("abnormal_returns")
    row = events[events["event_id"] == "equifax-2017"].iloc[0]
    text = event_text(row, milestones, returns)
    assert "day 0 is 2017-09-08" in text and f"CAR[-1,+1] {percent(row['car_m1_p1'])}" in text
    record = event_record(row, milestones, returns)
    path = {r["offset"]: r["ar"] for r in record["abnormal_returns"]}
    assert sum(path[d] for d in (-1, 0, 1)) == pytest.approx(row["car_m1_p1"], abs=1e-7)
    assert percent(path[0]) in text


def test_an_event_without_returns_says_why():
    events = load("events")
    row = events[events["car_reason"] == "not_listed"].iloc[0]
    text = event_text(row, load("milestones"), load("abnormal_returns"))
    assert "no CAR: not_listed" in text and "session   abnormal" not in text


def test_words_that_spell_an_identifier_name_that_event():
    assert find_event(load("events"), "Equifax 2017") == "equifax-2017"
