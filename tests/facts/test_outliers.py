"""Claims that cannot be right beside the others, by hand."""

import datetime as dt

from breachstudy.facts.outliers import Claim, find_outliers


def claim(type_, day, is_page=False, rank=1, hi=None, aside=False):
    lo = dt.date.fromisoformat(day)
    return Claim(type_, lo, dt.date.fromisoformat(hi) if hi else lo, rank, is_page, aside)


def outliers(*claims):
    return find_outliers(dict(enumerate(claims)))


def test_a_beginning_far_from_two_that_agree():
    assert outliers(claim("incident_start", "2014-08-13"), claim("incident_start", "2015-08-13"),
                    claim("incident_start", "2015-07-30")) == {0: "apart"}
    # two against two settle nothing, and reports may lie apart
    assert outliers(claim("incident_start", "2014-08-13"), claim("incident_start", "2014-08-14"),
                    claim("incident_start", "2015-08-13"),
                    claim("incident_start", "2015-08-12")) == {}
    assert outliers(claim("regulator_notified", "2014-08-13"),
                    claim("regulator_notified", "2015-08-13"),
                    claim("regulator_notified", "2015-08-14")) == {}


def test_the_same_day_of_an_earlier_year():
    report = claim("regulator_notified", "2014-02-27")
    assert outliers(claim("incident_start", "2012-12-23"), claim("incident_start", "2013-12-23"),
                    report) == {0: "year"}


def test_against_the_only_possible_order():
    news = claim("first_public", "2014-09-02", is_page=True)
    assert outliers(claim("discovered", "2014-09-02", is_page=True),
                    claim("discovered", "2014-09-05"), news) == {1: "order"}
    assert outliers(claim("discovered", "2014-09-05"), news) == {}  # the only one stays


def test_set_aside_by_hand_even_if_nothing_is_left():
    assert outliers(claim("discovered", "2014-09-05", aside=True)) == {0: "by_hand"}
