"""Which register rows are one breach: the two passes, contradictions and ids."""

import datetime as dt

import pandas as pd
import pytest

from breachstudy.compile.register_events import (
    Member,
    compile_events,
    contradict,
    link_notices,
    loose_rule,
    members_of,
    tight_rule,
)

DAY = dt.date(2019, 6, 1)


def member(ref, reported=0, discovered=None, breach=None, place="state CA", **more):
    """Dates are days after 1 June 2019; a breach is a pair of them."""
    at = lambda n: DAY + dt.timedelta(days=n)  # noqa: E731
    return Member(
        more.get("kind", "report"), ref, more.get("firm", "acme"), more.get("unit", "Acme"), "l1",
        at(reported), None if discovered is None else (at(discovered), at(discovered)),
        None if breach is None else (at(breach[0]), at(breach[1])), frozenset({place}))


@pytest.mark.parametrize(("a", "b", "rule"), [
    (dict(discovered=-20), dict(discovered=-50, place="state ME"), "discovered"),
    (dict(discovered=-20), dict(discovered=-51), ""),
    (dict(breach=(-90, -80)), dict(breach=(-87, -10), reported=300), "same_start"),
    (dict(breach=(-90, -80)), dict(breach=(-86, -10)), ""),
    (dict(breach=(-90, -80)), dict(breach=(-90, -80), reported=366), ""),
    (dict(breach=(-90, -80)), dict(breach=(-90, -80), unit="Acme Bank"), ""),
])
def test_rows_that_clearly_concern_one_breach(a, b, rule):
    assert tight_rule(member("a", **a), member("b", **b)) == rule


@pytest.mark.parametrize(("a", "b", "rule"), [
    (dict(breach=(-90, -80)), dict(breach=(-60, -10), place="state ME"), "breach"),
    (dict(breach=(-90, -80)), dict(breach=(-50, -10), place="state ME"), "breach"),
    (dict(breach=(-90, -80)), dict(breach=(-49, -10), place="state ME"), "same_day"),
    (dict(breach=(-90, -80)), dict(breach=(-49, -10), place="state ME", reported=2), ""),
    (dict(breach=(-90, -80)), dict(breach=(-60, -10)), ""),  # two entries of one register
    (dict(breach=(-900, -80)), dict(breach=(-400, -10), place="state ME", reported=9), ""),
    (dict(), dict(reported=60, place="state ME"), "reported"),
    (dict(), dict(reported=61, place="state ME"), ""),
    (dict(), dict(reported=3), "reported"),
    (dict(), dict(reported=4), ""),
])
def test_rows_that_may_concern_one_breach(a, b, rule):
    assert loose_rule(member("a", **a), member("b", **b)) == rule


def test_a_breach_cannot_be_reported_before_it_was_discovered():
    assert contradict(member("a", reported=0), member("b", reported=40, discovered=1))
    assert not contradict(member("a", reported=0), member("b", reported=40, discovered=0))


def test_ids_follow_firm_and_year_unless_a_group_is_matched():
    members = [member("a"), member("b", reported=1, place="state ME"), member("c", reported=120),
               member("d", reported=20, firm="bolt"), member("e", reported=240)]
    members = sorted(members, key=lambda m: (m.firm_id, m.reported))
    made = compile_events(members, {"report--c": "acme-hack"}).set_index("member_ref")
    assert made["event_id"].to_dict() == {
        "a": "acme-2019-a", "b": "acme-2019-a", "c": "acme-hack", "d": "bolt-2019",
        "e": "acme-2020"}
    assert made["rule"].to_dict() == {"a": "first", "b": "reported", "c": "first", "d": "first",
                                      "e": "first"}
    with pytest.raises(ValueError, match="report--b: begins no group"):
        compile_events(members, {"report--b": "acme-hack"})


def test_groups_never_hold_two_discoveries_that_contradict_each_other():
    members = [member("a", breach=(-90, -80), discovered=-70),
               member("b", reported=5, breach=(-90, -80), place="state ME"),
               member("c", reported=9, breach=(-90, -80), discovered=-20, place="state WA")]
    made = compile_events(members, {}).set_index("member_ref")["event_id"]
    assert made["a"] == made["b"] != made["c"]


def test_members_come_from_linked_notices_and_reports_with_a_day():
    notices = pd.DataFrame([
        {"notice_id": "n1", "organisation_key": "quiet", "source_id": "maine_ag_form;washington_ag",
         "regulator_submitted_lo": DAY, "individuals_notified_lo": dt.date(2019, 5, 30),
         "discovered_lo": dt.date(2019, 5, 1), "discovered_hi": dt.date(2019, 5, 2)},
        {"notice_id": "n2", "organisation_key": "quiet", "source_id": "washington_ag",
         "regulator_submitted_lo": None, "individuals_notified_lo": None},
        {"notice_id": "n3", "organisation_key": "other", "source_id": "washington_ag",
         "regulator_submitted_lo": DAY, "individuals_notified_lo": None},
    ], dtype=object)
    reports = pd.DataFrame([
        {"report_id": "r1", "register": "hhs_ocr", "state": "CA", "firm_id": "acme", "unit": "Q",
         "link_id": "l1", "reported_lo": DAY, "breach_start_lo": dt.date(2019, 1, 1),
         "breach_start_hi": dt.date(2019, 1, 31), "breach_end_hi": dt.date(2019, 3, 1)}],
        dtype=object)
    links = pd.DataFrame([{"link_id": "l1", "organisation_key": "quiet", "firm_id": "acme",
                           "unit": "Q", "valid_from": None, "valid_to": None}])
    members, undated = members_of(link_notices(notices, links), reports)
    assert undated == 1
    notice, report = members
    assert notice.member_id == "notice--n1" and notice.reported == dt.date(2019, 5, 30)
    assert notice.discovered == (dt.date(2019, 5, 1), dt.date(2019, 5, 2))
    assert notice.places == {"maine_ag_form", "washington_ag"}
    assert report.breach == (dt.date(2019, 1, 1), dt.date(2019, 3, 1))
    assert report.places == {"hhs_ocr"}
