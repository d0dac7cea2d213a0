"""Waves of customer satisfaction: aligned to the survey's quarter, set against peers."""

import datetime as dt

import pandas as pd
import pytest

from breachstudy.compile.consumers import compile_acsi, compile_harris, quarter_days
from breachstudy.outcomes.consumers import consumer_outcomes

SCORES = pd.DataFrame([(c, "Shops", y, 70 + i + (y - 2012) * s)
                       for i, (c, s) in enumerate([("Bolt", -2.0), ("P1", 1), ("P2", 1), ("P3", 1)])
                       for y in range(2012, 2017)], columns=["company", "sector", "year", "acsi"])
LINKS = pd.DataFrame([{"firm_id": "bolt", "organisation_pattern": "^Bolt", "acsi_company": "Bolt",
                       "acsi_sector": "Shops", "source_id": "s"}])


WAVES = ["year_before", "score_before", "year_after", "score_after", "peers_before", "peers_after"]


def verdicts(verdict="matched", reason=None, event_id="bolt-2014"):
    return pd.DataFrame({"event_id": [event_id], "verdict": [verdict], "reason": [reason]})


def nothing():
    return pd.DataFrame({"event_id": [], "verdict": [], "reason": [],
                         **{c: pd.Series(dtype="float64") for c in WAVES}})


def outcomes(acsi):
    return consumer_outcomes(acsi, nothing())


def compiled(day, quarter=4, matches=None, **fields):
    matches = verdicts() if matches is None else matches
    return proposed(day, quarter, matches, **fields).rows


def proposed(day, quarter, matches, **fields):
    event = {"event_id": "bolt-2014", "firm_id": "bolt", "organisation": "Bolt Shops",
             "event_date": day, "n_affected": 5000, "lookup": "not_sought",
             "is_issuer_notice": False, **fields}
    seasons = pd.DataFrame({"acsi_sector": ["Shops"],
                            "quarter": pd.array([quarter], dtype="Int64")})
    return compile_acsi(SCORES, LINKS, seasons, matches, pd.DataFrame([event]))


@pytest.mark.parametrize(("day", "quarter", "before", "after"), [
    (dt.date(2014, 3, 1), 4, 2013, 2014),     # before this year's survey
    (dt.date(2014, 12, 19), 4, 2013, 2015),   # within it: that wave is neither
    (dt.date(2014, 6, 1), 1, 2014, 2015),     # after this year's survey
    (dt.date(2014, 6, 1), None, 2013, 2015),  # quarter unknown: the whole year is avoided
])
def test_waves_lie_wholly_before_and_after(day, quarter, before, after):
    row = compiled(day, quarter).iloc[0]
    assert (row["year_before"], row["year_after"]) == (before, after)


def test_the_change_is_against_peers():
    row = compiled(dt.date(2014, 3, 1))
    found = outcomes(row).loc["bolt-2014"]
    assert found["acsi_change_raw"] == -2 and found["acsi_change"] == -2 - 1
    assert found["acsi_years_apart"] == 1 and row["n_peers"].iloc[0] == 3


def test_small_unknown_events_and_issuers_notices_do_not_enter():
    day = dt.date(2014, 3, 1)
    assert compiled(day, n_affected=10).empty and compiled(day, is_issuer_notice=True).empty
    assert len(compiled(day, n_affected=10, lookup="found")) == 1
    assert compiled(day, organisation="Other Bolt").empty


def test_why_there_is_no_change():
    late = compiled(dt.date(2016, 6, 1), 1)
    assert late["reason"].iloc[0] == "no_wave_after"
    assert pd.isna(outcomes(late)["acsi_change"].iloc[0])
    staff = compiled(dt.date(2014, 3, 1), matches=verdicts("rejected", "employees_only"))
    assert (staff["verdict"][0], staff["reason"][0]) == ("rejected", "employees_only")
    assert pd.isna(staff["year_before"][0]) and pd.isna(outcomes(staff)["acsi_change"].iloc[0])


def test_an_event_without_a_verdict_is_named_and_left_out():
    found = proposed(dt.date(2014, 3, 1), 4, verdicts(event_id="other"))
    assert found.rows.empty and found.unchecked == ("bolt-2014",)


def test_reputation_is_set_against_all_other_companies():
    scores = SCORES.rename(columns={"acsi": "rq"})
    links = LINKS.rename(columns={"acsi_company": "harris_company"})
    waves = pd.DataFrame({"year": [2014], "first_day": [dt.date(2014, 1, 2)],
                          "last_day": [dt.date(2014, 1, 18)]})
    event = {"event_id": "bolt-2014", "firm_id": "bolt", "organisation": "Bolt",
             "event_date": dt.date(2014, 3, 1), "n_affected": 5000, "lookup": "found",
             "is_issuer_notice": False}
    made = compile_harris(scores, links, waves, verdicts(), pd.DataFrame([event])).rows
    # 2014 was rated in January, before the event; when 2015 was is unknown, but it is after.
    assert (made["year_before"][0], made["year_after"][0]) == (2014, 2015)
    found = consumer_outcomes(nothing(), made).loc["bolt-2014"]
    assert found["reputation_change"] == -3 and pd.isna(found["acsi_change"])


def test_quarters_in_days():
    assert quarter_days(2014, 1) == (dt.date(2014, 1, 1), dt.date(2014, 3, 31))
    assert quarter_days(2014, 4) == (dt.date(2014, 10, 1), dt.date(2014, 12, 31))
    assert quarter_days(2014, None)[1] == dt.date(2014, 12, 31)
