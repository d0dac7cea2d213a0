"""Which date is picked: cases by hand for each rule."""

import datetime as dt

import pandas as pd
import pytest

from breachstudy.facts.picking import pick_milestones


def milestones(*rows):
    return pd.DataFrame(
        [{"milestone_id": f"m{i}", "event_id": "e", "type": t,
          "date_lo": dt.date.fromisoformat(a), "date_hi": dt.date.fromisoformat(b),
          "date_precision": "day" if a == b else "month", "source_kind": k,
          "origin": "register" if k == "register" else "page",
          "set_aside": None} | ({"source_kind": "regulator"} if k == "register" else {})
         for i, (t, a, b, k) in enumerate(rows)])


def picked(*rows):
    found = pick_milestones(milestones(*rows))
    chosen = found[found["is_picked"]]
    assert len(chosen) == 1
    return chosen.iloc[0]["milestone_id"], chosen.iloc[0]["pick_rule"], found


def test_only_one():
    assert picked(("discovered", "2018-06-19", "2018-06-19", "press"))[:2] == ("m0", "only")


def test_kind_of_source_beats_precision():
    chosen = picked(("discovered", "2018-06-19", "2018-06-19", "press"),
                    ("discovered", "2018-06-01", "2018-06-30", "firm_statement"))
    assert chosen[:2] == ("m1", "source_rank")


def test_a_page_dates_the_discovery_before_a_register_unless_the_page_is_vague():
    assert picked(("discovered", "2018-06-19", "2018-06-19", "press"),
                  ("discovered", "2018-06-10", "2018-06-10", "register"))[:2] == (
                      "m0", "page_first")
    assert picked(("discovered", "2018-06-01", "2018-06-30", "press"),
                  ("discovered", "2018-06-10", "2018-06-10", "register"))[:2] == (
                      "m1", "source_rank")
    assert picked(("incident_end", "2018-06-19", "2018-06-19", "press"),
                  ("incident_end", "2018-06-10", "2018-06-10", "register"))[0] == "m1"


def test_the_day_that_most_claims_share_comes_before_the_earliest():
    claims = [("incident_start", d, d, "register") for d in (
        "2018-06-02", "2018-06-08", "2018-06-08")]
    assert picked(*claims)[:2] == ("m1", "shared")
    claims = [("regulator_notified", d, d, "register") for d in (
        "2018-06-02", "2018-06-08", "2018-06-08")]
    assert picked(*claims)[:2] == ("m0", "earliest")  # the first report is the earliest one
    assert picked(("incident_end", "2018-06-02", "2018-06-02", "press"),
                  ("incident_end", "2018-06-08", "2018-06-08", "press"))[:2] == ("m1", "latest")


def test_precision_then_earliest():
    assert picked(("discovered", "2018-06-01", "2018-06-30", "press"),
                  ("discovered", "2018-06-19", "2018-06-19", "press"))[:2] == ("m1", "precision")
    assert picked(("discovered", "2018-06-20", "2018-06-20", "press"),
                  ("discovered", "2018-06-19", "2018-06-19", "press"))[:2] == ("m1", "earliest")


def test_first_public_is_the_earliest_day_whoever_says_so():
    chosen = picked(("first_public", "2018-08-02", "2018-08-02", "firm_statement"),
                    ("first_public", "2018-08-01", "2018-08-01", "reference"),
                    ("first_public", "2018-07-20", "2018-08-10", "press"))
    assert chosen[:2] == ("m1", "public_day")
    assert chosen[2].set_index("milestone_id")["is_disagreeing"].to_dict() == {
        "m0": True, "m1": False, "m2": False}


def test_news_that_ended_before_the_first_day_is_earlier_news():
    assert picked(("first_public", "2018-08-01", "2018-08-01", "press"),
                  ("first_public", "2018-07-01", "2018-07-31", "press"))[:2] == (
                      "m1", "public_narrowest")


def test_first_public_without_a_day_is_the_narrowest():
    assert picked(("first_public", "2018-01-01", "2018-12-31", "press"),
                  ("first_public", "2018-08-01", "2018-08-31", "press"))[:2] == (
                      "m1", "public_narrowest")


def test_the_order_of_rows_does_not_matter():
    frame = milestones(("discovered", "2018-06-20", "2018-06-20", "press"),
                       ("discovered", "2018-06-20", "2018-06-20", "press"),
                       ("first_public", "2018-06-21", "2018-06-21", "court"))
    first = pick_milestones(frame)
    again = pick_milestones(frame.iloc[::-1])
    pd.testing.assert_frame_equal(first, again)


def test_an_unranked_kind_of_source_is_an_error():
    with pytest.raises(ValueError, match="rumour"):
        pick_milestones(milestones(("discovered", "2018-06-20", "2018-06-20", "rumour")))
