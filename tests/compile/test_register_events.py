"""Which register rows are one breach: the two passes, contradictions and ids."""

import datetime as dt

import pandas as pd
import pytest

from breachstudy.compile.register_events import (
    Match,
    Member,
    compile_events,
    link_notices,
    loose_rule,
    members_of,
    tight_rule,
)
from breachstudy.facts.compatibility import Account, incompatibility

DAY = dt.date(2019, 6, 1)


def member(ref, reported=0, discovered=None, breach=None, place="state CA", **more):
    """Dates are days after 1 June 2019; a breach is a pair of them."""
    at = lambda n: DAY + dt.timedelta(days=n)  # noqa: E731
    return Member(
        more.get("kind", "report"), ref, more.get("firm", "acme"), more.get("unit", "Acme"), "l1",
        Account(at(reported), None if discovered is None else (at(discovered), at(discovered)),
                None if breach is None else (at(breach[0]), at(breach[1])),
                more.get("has_end", False), frozenset({place}), more.get("national"),
                more.get("local")),
        more.get("often", False))


@pytest.mark.parametrize(("a", "b", "rule"), [
    (dict(discovered=-20), dict(discovered=-50, place="state ME"), "discovered"),
    (dict(discovered=-20), dict(discovered=-51), ""),
    (dict(breach=(-90, -80)), dict(breach=(-90, -10), reported=300), "same_start"),
    (dict(breach=(-90, -80)), dict(breach=(-87, -10), place="state ME"), "same_start"),
    (dict(breach=(-90, -80)), dict(breach=(-87, -10), reported=300), ""),  # one register
    (dict(breach=(-90, -80)), dict(breach=(-86, -10), place="state ME"), ""),
    (dict(discovered=-20, often=True), dict(discovered=-24, place="state ME", often=True), ""),
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
    (dict(), dict(), "reported"),  # affiliates side by side
    (dict(), dict(reported=1), ""),
    (dict(often=True), dict(reported=3, place="state ME", often=True), "reported"),
    (dict(often=True), dict(reported=4, place="state ME", often=True), ""),
    (dict(national=100), dict(local=200, place="state ME"), ""),
])
def test_rows_that_may_concern_one_breach(a, b, rule):
    assert loose_rule(member("a", **a), member("b", **b)) == rule


def test_a_breach_cannot_be_reported_before_it_was_discovered():
    a = member("a", reported=0).account
    assert incompatibility(a, member("b", reported=40, discovered=1, place="x").account) == "order"
    assert incompatibility(a, member("b", reported=40, discovered=0, place="x").account) is None


def members_of_two_firms():
    members = [member("a"), member("b", reported=1, place="state ME"), member("c", reported=120),
               member("d", reported=20, firm="bolt"), member("e", reported=240)]
    return sorted(members, key=lambda m: (m.firm_id, m.reported))


def test_ids_follow_firm_and_year_unless_a_group_is_matched():
    made = compile_events(members_of_two_firms(), {"report--c": Match("acme-hack", "told so")})
    made = made.set_index("member_ref")
    assert made["event_id"].to_dict() == {
        "a": "acme-2019", "b": "acme-2019", "c": "acme-hack", "d": "bolt-2019",
        "e": "acme-2020"}
    assert made["rule"].to_dict() == {"a": "first", "b": "reported", "c": "first", "d": "first",
                                      "e": "first"}
    assert made["reason"].dropna().to_dict() == {"c": "told so"}
    with pytest.raises(ValueError, match="report--x: no register row"):
        compile_events(members_of_two_firms(), {"report--x": Match("acme-hack")})


def test_ids_once_given_stay_and_are_never_given_again():
    given = {"report--a": "acme-race", "report--b": "acme-race", "report--d": "bolt-2019"}
    apart = compile_events(members_of_two_firms(), {"report--b": Match("acme-2019-z")}, given,
                           ["acme-2019-a"]).set_index("member_ref")["event_id"]
    assert apart["a"] == "acme-race" and apart["b"] == "acme-2019-z"
    assert apart["c"] not in {"acme-race", "acme-2019-a", "acme-2019-z"}
    again = compile_events(members_of_two_firms(), {"report--b": Match("acme-2019-z")},
                           dict(zip("report--" + apart.index, apart, strict=True)))
    assert again.set_index("member_ref")["event_id"].to_dict() == apart.to_dict()


def test_a_row_moved_by_hand_says_so_and_one_row_begins_an_event():
    made = compile_events(members_of_two_firms(), {
        "report--c": Match("acme-one", "told so"), "report--e": Match("acme-one", "told so")})
    own = made[made["event_id"] == "acme-one"].set_index("member_ref")
    assert own["rule"].to_dict() == {"c": "first", "e": "by_hand"}


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
    assert notice.account.discovered == (dt.date(2019, 5, 1), dt.date(2019, 5, 2))
    assert notice.account.places == {"state ME", "state WA"}
    assert report.account.breach == (dt.date(2019, 1, 1), dt.date(2019, 3, 1))
    assert report.account.places == {"hhs_ocr"}
