"""Waves of customer satisfaction: aligned to the survey's quarter, set against peers."""

import datetime as dt

import pandas as pd
import pytest

from breachstudy.compile.consumers import compile_acsi, survey_days
from breachstudy.outcomes.consumers import consumer_outcomes

SCORES = pd.DataFrame([(c, "Shops", y, 70 + i + (y - 2012) * s)
                       for i, (c, s) in enumerate([("Bolt", -2.0), ("P1", 1), ("P2", 1), ("P3", 1)])
                       for y in range(2012, 2017)], columns=["company", "sector", "year", "acsi"])
LINKS = pd.DataFrame([{"firm_id": "bolt", "organisation_pattern": "^Bolt", "acsi_company": "Bolt",
                       "acsi_sector": "Shops", "source_id": "s"}])


def compiled(day, quarter=4, **fields):
    event = {"event_id": "bolt-2014", "firm_id": "bolt", "organisation": "Bolt Shops",
             "event_date": day, "n_affected": 5000, "lookup": "not_sought", "affected": None,
             "is_issuer_notice": False, **fields}
    seasons = pd.DataFrame({"acsi_sector": ["Shops"],
                            "quarter": pd.array([quarter], dtype="Int64")})
    return compile_acsi(SCORES, LINKS, seasons, pd.DataFrame([event]))


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
    found = consumer_outcomes(row).loc["bolt-2014"]
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
    assert pd.isna(consumer_outcomes(late)["acsi_change"].iloc[0])
    staff = compiled(dt.date(2014, 3, 1), affected="employees").iloc[0]
    assert (staff["verdict"], staff["reason"]) == ("rejected", "employees_only")


def test_quarters_in_days():
    assert survey_days(2014, 1) == (dt.date(2014, 1, 1), dt.date(2014, 3, 31))
    assert survey_days(2014, 4) == (dt.date(2014, 10, 1), dt.date(2014, 12, 31))
    assert survey_days(2014, None)[1] == dt.date(2014, 12, 31)
