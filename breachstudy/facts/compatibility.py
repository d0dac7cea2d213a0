"""Whether two accounts can be of one breach: discovery, order, period, scope and cause.

An account is what one register row, or all pages on an event together, say of a breach. Two
accounts that contradict each other may stand in one event only with a reason written by hand
(docs/events.md). The rule errs towards two breaches: a breach told of as two counts once too
often, while another breach's dates inside an event make its facts wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["NEAR_DAYS", "REASONS", "SHORT_DAYS", "Account", "agree_exactly", "cause_family",
           "days_between", "incompatibility", "incompatible_members", "length"]

Interval = tuple[dt.date, dt.date]

NEAR_DAYS = 30
"""Dates of discovery, or of the breach, at most this far apart may be of one breach."""
SHORT_DAYS = 366
"""A longer period of the breach says too little to be compared by overlap."""
REPORT_DAYS = 60
SCOPE_RATIO = 10
"""Numbers of people that differ by more than this factor are not of one breach."""
SCOPE_SLACK = 1.05
"""A register's total may be rounded: residents of a state may exceed it by this factor."""

REASONS = {
    "discovery": f"discoveries lie more than {NEAR_DAYS} days apart",
    "order": "one began or was discovered after the other was reported, or went on for more than "
             f"{NEAR_DAYS} days after it was, or began so long after its discovery",
    "period": "the periods of the breach do not meet",
    "one_register": "two entries of one register that share no day of beginning or discovery, nor "
                    "the day of the report without any dates",
    "scope": "the numbers of people cannot be of one breach",
    "cause": "one was an intrusion, the other a loss or a mistake",
}
"""Why two accounts cannot be of one breach, as codes and in words."""

INTRUSION = frozenset({
    "cyberattack_other", "cyberattack_unclear", "malware", "phishing", "ransomware", "skimmers",
    "malware_pos", "credential_stuffing", "web_skimming", "hacking", "sim_swap"})
LOSS = frozenset({"lost_or_stolen_device", "lost_media", "accidental_disclosure"})


@dataclass(frozen=True)
class Account:
    """What one source says of a breach, as far as it can be compared.

    ``breach`` runs from the first day of the beginning to the last day told (of the end, or of
    the beginning); ``has_end`` says that the source gives an end. ``national`` and ``local`` are
    numbers of people in all, and in one state; ``at_least`` a number that no total of the same
    breach can fall below. ``places`` are the registers; pages have none.
    """

    reported: dt.date | None = None
    discovered: Interval | None = None
    breach: Interval | None = None
    has_end: bool = False
    places: frozenset[str] = frozenset()
    national: int | None = None
    local: int | None = None
    at_least: int | None = None
    cause: str | None = None


def days_between(a: Interval, b: Interval) -> int:
    """Days between two closed intervals (0 where they overlap)."""
    return max(0, (b[0] - a[1]).days, (a[0] - b[1]).days)


def length(interval: Interval) -> int:
    """Days from the first to the last day of an interval."""
    return (interval[1] - interval[0]).days


def cause_family(cause: str | None) -> str | None:
    """"intrusion", "loss" or None where a cause, of a register or of pages, is neither surely."""
    if cause in INTRUSION:
        return "intrusion"
    return "loss" if cause in LOSS else None


def agree_exactly(a: Account, b: Account) -> bool:
    """True where both give the same first day of the breach, or the same day of discovery."""
    if a.breach and b.breach and a.breach[0] == b.breach[0]:
        return True
    return bool(a.discovered and a.discovered == b.discovered and length(a.discovered) == 0)


def incompatibility(a: Account, b: Account) -> str | None:
    """The first of :data:`REASONS` why two accounts cannot be of one breach, else None.

    Symmetric in its arguments. What an account does not say contradicts nothing.
    """
    for reason, holds in (("discovery", _discovery), ("order", _order), ("period", _period),
                          ("one_register", _one_register), ("scope", _scope),
                          ("cause", _cause)):
        if holds(a, b):
            return reason
    return None


def _discovery(a: Account, b: Account) -> bool:
    return bool(a.discovered and b.discovered
                and days_between(a.discovered, b.discovered) > NEAR_DAYS)


def _order(a: Account, b: Account) -> bool:
    return any(_later(x, y) for x, y in ((a, b), (b, a)))


def _later(x: Account, y: Account) -> bool:
    """x began or was found after y was reported, or went on, or began, long after y was known."""
    if y.reported and ((x.discovered and x.discovered[0] > y.reported)
                       or (x.breach and x.breach[0] > y.reported)
                       or (x.breach and x.has_end
                           and (x.breach[1] - y.reported).days > NEAR_DAYS)):
        return True
    return bool(x.breach and y.discovered
                and (x.breach[0] - y.discovered[1]).days > NEAR_DAYS)


def _period(a: Account, b: Account) -> bool:
    if not (a.breach and b.breach) or (
            abs((a.breach[0] - b.breach[0]).days) <= NEAR_DAYS):
        return False
    gap = days_between(a.breach, b.breach)
    if max(length(a.breach), length(b.breach)) <= SHORT_DAYS:
        met = gap <= NEAR_DAYS
    else:  # a long period holds many others: only one reported with it is the same
        met = gap == 0 and _reported_within(a, b, REPORT_DAYS)
    # Registers fill a single day with that of the report or the discovery as well.
    one_day = bool(a.reported and b.reported) and _reported_within(a, b, 1)
    one_day = one_day and not a.places & b.places and not (a.has_end and b.has_end)
    return not met and not one_day


def _reported_within(a: Account, b: Account, days: int) -> bool:
    if a.reported is None or b.reported is None:
        return True
    return abs((a.reported - b.reported).days) <= days


def _one_register(a: Account, b: Account) -> bool:
    if not a.places & b.places or agree_exactly(a, b):
        return False
    # Affiliates enter one breach side by side, on one day and without dates.
    dated = (a.breach and b.breach) or (a.discovered and b.discovered)
    return bool(dated) or a.reported != b.reported


def _scope(a: Account, b: Account) -> bool:
    if agree_exactly(a, b):
        return False
    for x, y in ((a, b), (b, a)):
        if x.at_least is not None and y.national is not None and y.national < x.at_least:
            return True
        if x.local is not None and y.national is not None and (
                x.local > SCOPE_SLACK * y.national):
            return True
        # The federal health portal counts only those whose health data were concerned.
        if x.national is not None and y.national is not None and "hhs_ocr" not in y.places and (
                x.national > SCOPE_RATIO * y.national):
            return True
    return False


def _cause(a: Account, b: Account) -> bool:
    families = {cause_family(a.cause), cause_family(b.cause)}
    return families == {"intrusion", "loss"}


def incompatible_members(accounts: Sequence[Account], explained: Iterable[int] = (),
                         pages: Account | None = None) -> list[tuple[int, str]]:
    """Members of one event that contradict it and stand there without a reason.

    ``accounts`` are the register rows, the first of them the row that began the event;
    ``explained`` the positions of rows with a reason written by hand, which contradict nothing;
    ``pages`` what the pages on the event say together. Returns (position, reason) of each row
    that contradicts the pages, or a row before it that is not itself at fault.
    """
    kept: list[Account] = [] if pages is None else [pages]
    out = []
    excused = set(explained)
    for i, account in enumerate(accounts):
        if i in excused:
            continue
        reason = next((r for other in kept if (r := incompatibility(other, account))), None)
        if reason is None:
            kept.append(account)
        else:
            out.append((i, reason))
    return out
