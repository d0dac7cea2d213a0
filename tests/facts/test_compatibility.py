"""Whether two accounts can be of one breach: each reason by a case, both ways round."""

import datetime as dt

import pytest

from breachstudy.facts.compatibility import Account, incompatibility, incompatible_members

DAY = dt.date(2019, 6, 1)


def days(lo, hi=None):
    return (DAY + dt.timedelta(days=lo), DAY + dt.timedelta(days=lo if hi is None else hi))


def account(place="CA", reported=0, **told):
    return Account(reported=None if reported is None else days(reported)[0],
                   places=frozenset({place}), **told)


@pytest.mark.parametrize(("a", "b", "why"), [
    (dict(discovered=days(-40)), dict(discovered=days(-70)), None),
    (dict(discovered=days(-40)), dict(discovered=days(-71)), "discovery"),
    # begun after the other was reported, or long after it was discovered
    (dict(reported=0), dict(breach=days(1), reported=30), "order"),
    (dict(discovered=days(-60)), dict(breach=days(-30)), None),
    (dict(discovered=days(-60)), dict(breach=days(-29)), "order"),
    (dict(reported=-100), dict(breach=days(-300, -60), has_end=True), "order"),
    (dict(breach=days(-90, -80)), dict(breach=days(-50, -10), reported=9), None),
    (dict(breach=days(-90, -80)), dict(breach=days(-40, -10), reported=9), "period"),
    # one of two forms filed on one day may give the day of the report as the beginning
    (dict(breach=days(-90, -80), has_end=True), dict(breach=days(-40), reported=1), None),
    (dict(breach=days(-90, -80), has_end=True),
     dict(breach=days(-40, -39), has_end=True, reported=1), "period"),
    (dict(national=100), dict(local=105), None),
    (dict(national=100), dict(local=106), "scope"),
    (dict(national=1000), dict(national=100), None),
    (dict(national=1001), dict(national=100), "scope"),
    (dict(national=1001), dict(national=100, place="hhs_ocr"), None),
    (dict(at_least=11_900), dict(national=1), "scope"),
    (dict(cause="phishing"), dict(cause="lost_media"), "cause"),
    (dict(cause="phishing"), dict(cause="unauthorised_access"), None),
])
def test_each_reason_both_ways(a, b, why):
    first, second = account(**a), account(**{"place": "ME", **b})
    assert incompatibility(first, second) == incompatibility(second, first) == why


@pytest.mark.parametrize(("a", "b", "why"), [
    (dict(), dict(), None),  # affiliates on one day
    (dict(), dict(reported=1), "one_register"),
    (dict(breach=days(-90)), dict(breach=days(-88)), "one_register"),
    (dict(breach=days(-90), national=2), dict(breach=days(-90), national=900, reported=90), None),
    (dict(discovered=days(-9)), dict(discovered=days(-9), reported=50), None),
])
def test_two_entries_of_one_register_need_a_day_that_agrees(a, b, why):
    assert incompatibility(account(**a), account(**b)) == why


def test_rows_with_a_reason_are_excused_and_a_row_at_fault_faults_no_other():
    rows = [account(breach=days(-90)), account("ME", breach=days(-300), reported=5),
            account("WA", breach=days(-300), reported=5), account("OR", breach=days(-90))]
    assert incompatible_members(rows) == [(1, "period"), (2, "period")]
    assert incompatible_members(rows, explained=[1, 2]) == []
    pages = Account(breach=days(-400))
    assert incompatible_members(rows[:1], pages=pages) == [(0, "period")]
