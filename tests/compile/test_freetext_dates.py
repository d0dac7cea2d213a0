"""Readings of dates written by hand for these tests, in the manners that registers show."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from breachstudy.compile.date_facts import DateFact, day_fact
from breachstudy.compile.date_mentions import mentions, normalise
from breachstudy.compile.freetext_dates import (
    read_discovered,
    read_filed,
    read_first,
    read_noted,
    read_period,
)
from breachstudy.schema.codebook import COLLECTED_THROUGH, DATES_FROM


def shown(fact: DateFact) -> str:
    """Compact form: "2019-03-05", "2019-03-01/2019-03-31 month", or the status."""
    if fact.lo is None or fact.hi is None:
        assert fact.lo is fact.hi
        assert fact.precision is None
        return fact.status
    assert fact.status == "stated"
    if fact.precision == "day":
        assert fact.lo == fact.hi
        return fact.lo.isoformat()
    return f"{fact.lo}/{fact.hi} {fact.precision}"


@pytest.mark.parametrize(("text", "expected"), [
    ("3/5/2019", "2019-03-05"),
    ("03/05/19", "2019-03-05"),
    ("3.5.2019", "2019-03-05"),
    ("03-05-2019", "2019-03-05"),
    ("03 / 05 / 2019", "2019-03-05"),
    ("2019-03-05", "2019-03-05"),
    ("March 5, 2019", "2019-03-05"),
    ("Mar. 5th, 2019", "2019-03-05"),
    ("March 5 ,2019", "2019-03-05"),
    ("March5, 2019", "2019-03-05"),
    ("on or about March 5, 2019", "2019-03-05"),
    ("March 2019", "2019-03-01/2019-03-31 month"),
    ("March, 2019", "2019-03-01/2019-03-31 month"),
    ("March of 2019", "2019-03-01/2019-03-31 month"),
    ("3/2019", "2019-03-01/2019-03-31 month"),
    ("February 2020", "2020-02-01/2020-02-29 month"),
    ("early June 2018", "2018-06-01/2018-06-10 week"),
    ("mid-June 2018", "2018-06-11/2018-06-20 week"),
    ("Late February 2019", "2019-02-21/2019-02-28 week"),
    ("early to mid June 2018", "2018-06-01/2018-06-20 week"),
    ("first week of June 2018", "2018-06-01/2018-06-07 week"),
    ("Week of 6/4/18", "2018-06-04/2018-06-10 week"),
    ("approximately June 10, 2018", "2018-06-07/2018-06-13 week"),
    ("~6/10/2018", "2018-06-07/2018-06-13 week"),
    ("2018", "2018-01-01/2018-12-31 year"),
    ("first half of 2018", "2018-01-01/2018-06-30 span"),
    ("43251", "2018-05-31"),
    # widened: about when, and which week or weekend is meant
    ("circa June 10, 2018", "2018-06-07/2018-06-13 week"),
    ("about 6/10/2018", "2018-06-07/2018-06-13 week"),
    ("6/10/2018 or thereabouts", "2018-06-07/2018-06-13 week"),
    ("approximately June 2018", "2018-05-01/2018-07-31 span"),
    ("circa 2018", "2017-01-01/2019-12-31 span"),
    ("approximately the week of 6/4/18", "2018-06-01/2018-06-13 span"),
    ("week ending June 10, 2018", "2018-06-04/2018-06-10 week"),
    ("Week of 6/6/18", "2018-06-03/2018-06-12 week"),  # a Wednesday: round it, or from it on
    ("weekend of June 9, 2018", "2018-06-09/2018-06-10 week"),
    ("weekend of June 10, 2018", "2018-06-09/2018-06-10 week"),
    ("weekend of June 8, 2018", "2018-06-08/2018-06-10 week"),
    ("weekend of July 4, 2018", "2018-06-30/2018-07-08 week"),  # a Wednesday: either
    ("week before June 10, 2018", "2018-05-28/2018-06-09 span"),
    ("month ending June 15, 2018", "2018-05-16/2018-06-15 span"),
    ("first week of June 2018", "2018-06-01/2018-06-07 week"),
    ("last week of June 2018", "2018-06-24/2018-06-30 week"),
    # no finer than written
    ("2018-06", "2018-06-01/2018-06-30 month"),
    ("2018/06", "2018-06-01/2018-06-30 month"),
    ("06-2018", "2018-06-01/2018-06-30 month"),
    ("Q3 2018", "2018-07-01/2018-09-30 quarter"),
    ("second quarter of 2018", "2018-04-01/2018-06-30 quarter"),
    ("second half of 2018", "2018-07-01/2018-12-31 span"),
    ("winter of 2018", "2017-12-01/2019-03-31 span"),
    ("2018/2019", "2018-01-01/2019-12-31 span"),
    ("November/December 2018", "2018-11-01/2018-12-31 span"),
    ("Nov./Dec. 2018", "2018-11-01/2018-12-31 span"),
    ("November or December 2018", "2018-11-01/2018-12-31 span"),
    ("March 5/6, 2018", "2018-03-05/2018-03-06 span"),
    ("June, July or August 2018", "2018-06-01/2018-08-31 span"),
    ("March 9\u00a0or\u202f10, 2019", "2019-03-09/2019-03-10 span"),
])
def test_one_date(text: str, expected: str) -> None:
    assert shown(read_discovered(text)) == expected


@pytest.mark.parametrize("text", [
    "5/30/3019", "5/30/2031", "12/31/1013", "13/5/2019", "2/31/2019", "February 29, 2019",
    "12//718", "3/28u/18", "10/14/216", "April 12, 202", "6/18", "December 7", "Late March",
    "3/17-7/17", "11/1/18?", "see attachment", "various", "2/3-6/17", "Februaryy 3, 2019",
    "2009 housing voucher background check",
    "March 5, 0018", "3/5/0018", "3/5/1918", "3/5/99", "December 31, 1999", "3/5/2102",
    "2009-11", "2003/04", "2018-13", "2018/19", "December/January 2018", "fiscal year 2018",
    "FY 2018", "within two weeks of 3/5/2019", "not 3/5/2019 but later",
])
def test_unreadable(text: str) -> None:
    assert shown(read_discovered(text)) == "unreadable"


@pytest.mark.parametrize("value", [None, "", "  ", float("nan"), "Unknown", "unknown", "?", "N/A",
                                   "Not stated", "recently discovered", "Not specified", "None"])
def test_not_stated(value: object) -> None:
    assert shown(read_discovered(value)) == "not_stated"


@pytest.mark.parametrize("text", [
    "after March 5, 2019", "on or after 3/5/19", "later than 3/5/19", "3/5/19 or later",
    "before 3/5/19", "on or before March 5, 2019", "prior to June 2018", "by 3/5/2019",
    "no later than May 1, 2019", "not later than 5/1/19", "5/1/19 at the latest",
    "not before 5/1/19", "since at least 2014", "after customers complained in June 2018",
    "no later than the week of 5/1/19", "after approximately 5/1/19", "up to 5/1/19",
])
def test_a_bound_is_open(text: str) -> None:
    assert shown(read_discovered(text)) == "open"


@pytest.mark.parametrize(("text", "expected"), [
    ("March 5, 2019, and no later than April 1, 2019, in full", "2019-03-05"),
    ("before March 5, 2019; reported April 1, 2019", "open"),
    ("after an alert the firm discovered it on 3/5/2019", "2019-03-05"),
    ("3/5/19 - 3/1/19", "conflicting"),
])
def test_bounds_beside_other_dates(text: str, expected: str) -> None:
    assert shown(read_discovered(text)) == expected


def test_cells_of_numpy_and_pandas() -> None:
    assert shown(read_discovered(pd.NaT)) == "not_stated"
    assert shown(read_period(pd.NaT)[0]) == "not_stated"
    assert shown(read_discovered(np.int64(43251))) == "2018-05-31"
    assert shown(read_discovered(np.float64("nan"))) == "not_stated"
    assert shown(read_discovered(np.datetime64("2018-05-31T12:00"))) == "2018-05-31"
    assert shown(read_discovered(pd.Timestamp("2018-05-31"))) == "2018-05-31"


def test_real_dates_and_bounds() -> None:
    assert shown(read_discovered(DATES_FROM)) == DATES_FROM.isoformat()
    assert shown(read_discovered(DATES_FROM - dt.timedelta(days=1))) == "unreadable"
    assert shown(read_discovered(dt.datetime(2019, 3, 5, 12))) == "2019-03-05"
    assert shown(read_discovered(dt.date(1989, 12, 31))) == "unreadable"
    assert shown(read_discovered(COLLECTED_THROUGH)) == COLLECTED_THROUGH.isoformat()
    assert shown(read_discovered(COLLECTED_THROUGH + dt.timedelta(days=1))) == "unreadable"
    assert day_fact("text") is None
    assert shown(read_discovered(12)) == "unreadable"


@pytest.mark.parametrize(("text", "start", "end"), [
    ("3/1/2019", "2019-03-01", "2019-03-01"),
    ("3/1/2019 - 4/2/2019", "2019-03-01", "2019-04-02"),
    ("03/01/19–04/02/19", "2019-03-01", "2019-04-02"),
    ("3/1/19 to April 2, 2019", "2019-03-01", "2019-04-02"),
    ("March 1 through April 2, 2019", "2019-03-01", "2019-04-02"),
    ("between March 1, 2019, and April 2, 2019", "2019-03-01", "2019-04-02"),
    ("From 3/1/19 until 4/2/19", "2019-03-01", "2019-04-02"),
    ("March 5-9, 2019", "2019-03-05", "2019-03-09"),
    ("March 5 and 9, 2019", "2019-03-05", "2019-03-09"),
    ("3/5-19/19", "2019-03-05", "2019-03-19"),
    ("3/5-9/2019", "2019-03-05", "2019-03-09"),
    ("3/5-4/9/19", "2019-03-05", "2019-04-09"),
    ("April - August, 2019", "2019-04-01/2019-04-30 month", "2019-08-01/2019-08-31 month"),
    ("2/2019-6/2019", "2019-02-01/2019-02-28 month", "2019-06-01/2019-06-30 month"),
    ("2017-2018", "2017-01-01/2017-12-31 year", "2018-01-01/2018-12-31 year"),
    ("2017 - 2/8/2019", "2017-01-01/2017-12-31 year", "2019-02-08"),
    ("3/1/19-3/9/19; 4/1/19-4/9/19", "2019-03-01", "2019-04-09"),
    ("4/1/19, 3/1/19, and 3/2/19", "2019-03-01", "2019-04-01"),
    ("Jan 20th or 21st, 2019", "2019-01-20/2019-01-21 span", "2019-01-20/2019-01-21 span"),
    ("1/20/19 or 1/25/19", "2019-01-20/2019-01-25 span", "2019-01-20/2019-01-25 span"),
    ("1/1/19-1/9/19 or 2/1/19-2/9/19", "2019-01-01/2019-02-01 span",
     "2019-01-09/2019-02-09 span"),
    ("November/December 2018", "2018-11-01/2018-12-31 span", "2018-11-01/2018-12-31 span"),
    ("Approx. 3/1/19 - 4/2/19", "2019-02-26/2019-03-04 week", "2019-03-30/2019-04-05 week"),
    ("3/1/19 - 4/2/19 est.", "2019-03-01", "2019-03-30/2019-04-05 week"),
    ("weekend of 6/9/18", "2018-06-09/2018-06-10 week", "2018-06-09/2018-06-10 week"),
    ("on or before 3/1/19 to 4/2/19", "open", "2019-04-02"),
    ("until 4/2/19", "open", "2019-04-02"),
    ("since at least 2014", "open", "not_stated"),
    ("3/1/19, 4/9/19-4/1/19", "conflicting", "conflicting"),
    ("between 3/1/19 & 3/9/19 or between 4/9/19 & 4/1/19", "conflicting", "conflicting"),
    ("Unknown - 4/2/19", "not_stated", "2019-04-02"),
    ("Beginning 4/2/19", "2019-04-02", "not_stated"),
    ("As early as 4/2/19", "2019-04-02", "not_stated"),
    ("April of 2019 on", "2019-04-01/2019-04-30 month", "not_stated"),
    ("4/2/19 - present", "2019-04-02", "not_stated"),
    ("5/30/3019 - 10/6/2019", "unreadable", "2019-10-06"),
    ("8/3/2019-8/19/2018", "conflicting", "conflicting"),
    ("On or before 4/2/19", "open", "open"),
    ("4/2/2019 or after", "open", "open"),
    ("On or before 4/2/19; 4/3/19", "open", "open"),
    ("10/13/17/1/9/18/2/12/18", "unreadable", "unreadable"),
    ("The site went live on 3/1/19 and was taken down on 4/2/19", "unreadable", "unreadable"),
    ("unknown", "not_stated", "not_stated"),
])
def test_period(text: str, start: str, end: str) -> None:
    first, last = read_period(text)
    assert (shown(first), shown(last)) == (start, end)


@pytest.mark.parametrize(("text", "expected"), [
    ("3/9/2019 and 4/2/2019", "2019-03-09"),
    ("April 2, 2019 (customers); March 9, 2019 (staff)", "2019-03-09"),
    ("March 9, 2019, with the review of files completed April 2, 2019.", "2019-03-09"),
    ("3/9/19-4/2/19", "2019-03-09/2019-04-02 span"),
    ("March 9 or 10, 2019", "2019-03-09/2019-03-10 span"),
    ("4/2/19-3/9/19", "conflicting"),
    ("3/9/19, 3/12/19 or 4/2/19", "2019-03-09/2019-04-02 span"),
])
def test_several_discoveries(text: str, expected: str) -> None:
    assert shown(read_discovered(text)) == expected


@pytest.mark.parametrize(("text", "first", "last"), [
    ("June 1, 2019, June 11, 2019 and July 9, 2019", "2019-06-01", "2019-07-09"),
    ("6/1/2019 - 7/9/2019", "2019-06-01", "2019-07-09"),
    ("6/11, 07/05/2019", "2019-06-11", "2019-07-05"),
    ("Week of 6/3/2019", "2019-06-03/2019-06-09 week", None),
    ("6/1/2019 by email and week of 7/1/2019 by mail", "2019-06-01", "2019-07-01/2019-07-07 week"),
    ("June 1, 2019, completed by July 9, 2019", "2019-06-01", None),
    ("December 4, 5, and/or 6, 2019", "2019-12-04/2019-12-06 span", None),
    ("7/9/2019 - 6/1/2019", "conflicting", None),
    ("mailed on June 1, 2019", "2019-06-01", None),
    ("6/1/2019 (written), letters planned for July 9, 2019", "2019-06-01", None),
    ("by June 18, 2019", "open", None),
    ("after June 18, 2019", "open", None),
    ("Anticipated, 6/18/19", "unreadable", None),
    ("pending", "not_stated", None),
    ("6/1/2018-7/9/2019 (exact date unknown)", "2018-06-01/2019-07-09 span", None),
])
def test_first_mailing(text: str, first: str, last: str | None) -> None:
    fact, end = read_first(text)
    assert shown(fact) == first
    assert (shown(end) if end else None) == last


@pytest.mark.parametrize(("text", "start", "end", "discovered"), [
    ("8/3/2018 (discovered 10/2/18)", "2018-08-03", "2018-08-03", "2018-10-02"),
    ("8/3/18-8/9/18 (Discovered 10/2/18", "2018-08-03", "2018-08-09", "2018-10-02"),
    ("8/3/18 Discovered Oct. 2, 2018", "2018-08-03", "2018-08-03", "2018-10-02"),
    ("Discovered 10/2/18", "not_stated", "not_stated", "2018-10-02"),
    ("Unknown, discovered 10/2/18", "not_stated", "not_stated", "2018-10-02"),
    ("8/3/18 (became aware on 10/2/18)", "2018-08-03", "2018-08-03", "2018-10-02"),
    ("Informed of breach on 10/2/18", "not_stated", "not_stated", "2018-10-02"),
    ("8/3/18 (discovered 10/2/18; 10/9/18)", "2018-08-03", "2018-08-03", "2018-10-02"),
    ("8/3/18 (discovered 10/2/18-10/9/18)", "2018-08-03", "2018-08-03",
     "2018-10-02/2018-10-09 span"),
    ("8/3/18 (discovered mid-Oct. 2018)", "2018-08-03", "2018-08-03",
     "2018-10-11/2018-10-20 week"),
    ("8/3/18 (discovered 10/2/28)", "2018-08-03", "2018-08-03",
     "unreadable"),
    ("8/3/18 (discovered after 10/2/18)", "2018-08-03", "2018-08-03", "open"),
    ("Discovered after beginning to receive complaints on 10/2/18", "not_stated", "not_stated",
     "open"),
    ("8/9/18-8/3/18 (discovered 10/2/18)", "conflicting", "conflicting", "2018-10-02"),
    ("Discovered 10/2/18 (possibly began 8/3/18)", "2018-08-03", "not_stated", "2018-10-02"),
    ("8/3/18 (confirmed 10/2/18)", "2018-08-03", "2018-08-03", "not_collected"),
    ("8/3/18 (recently learned)", "2018-08-03", "2018-08-03", "not_stated"),
    ("Notified customers on 10/2/18", "unreadable", "unreadable", "not_collected"),
    ("Supplement to 9/1/18 notice", "not_stated", "not_stated", "not_collected"),
    ("8/3/18 (discovered 10/2/18) SUPPLEMENT TO 11/4 NOTICE", "2018-08-03", "2018-08-03",
     "2018-10-02"),
    ("10/2/18 (date company became aware of breach)", "not_stated", "not_stated", "2018-10-02"),
    ("8/3/18", "2018-08-03", "2018-08-03", "not_collected"),
])
def test_noted_discovery(text: str, start: str, end: str, discovered: str) -> None:
    assert tuple(map(shown, read_noted(text))) == (start, end, discovered)


def test_filed_leaves_out_remarks() -> None:
    assert shown(read_filed("Rec'd 8/28/18")) == "2018-08-28"
    assert shown(read_filed("12/5/18 (supplement to 11/22/18 notice)")) == "2018-12-05"
    assert shown(read_filed("2/15/19 Update to 12/14/2018 notice")) == "2019-02-15"
    assert shown(read_filed("See 10/31/17 notice")) == "unreadable"
    assert shown(read_filed(dt.datetime(2018, 8, 28))) == "2018-08-28"
    assert shown(read_filed(None)) == "not_stated"


def test_mentions_keep_their_place() -> None:
    text = normalise("From  3/1/2019 – April 2, 2019")
    found = mentions(text)
    assert [text[m.start:m.end] for m in found] == ["3/1/2019", "april 2, 2019"]
    assert mentions(normalise("in may the firm may act")) == []


def test_plainness_tells_what_the_interval_loses() -> None:
    assert read_discovered("3/9/2019").is_plain
    assert not read_discovered("3/9/2019 and 4/2/2019").is_plain


@pytest.mark.parametrize("empty", [pd.NaT, pd.NA, None, float("nan"), np.datetime64("NaT"), ""])
def test_an_empty_cell_of_any_kind_states_nothing(empty):
    assert shown(read_period(empty)[0]) == shown(read_discovered(empty)) == "not_stated"
    assert shown(read_first(empty)[0]) == shown(read_noted(empty)[0]) == "not_stated"
    assert day_fact(empty) is None


@pytest.mark.parametrize("serial", [43831, 43831.0, np.int64(43831), np.float64(43831), "43831",
                                    np.datetime64("2020-01-01"), pd.Timestamp("2020-01-01")])
def test_a_day_is_one_whatever_type_holds_it(serial):
    for found in (read_period(serial)[0], read_discovered(serial), read_first(serial)[0],
                  read_noted(serial)[0]):
        assert shown(found) == "2020-01-01"
