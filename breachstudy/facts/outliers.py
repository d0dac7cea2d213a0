"""Claims that cannot be right beside the other dates of their event.

Forms hold typing errors: a beginning in 2014 for a breach of 2015, a discovery after the letters.
Such a claim stays in the milestones table as an outlier with a code and is never picked, as long
as another claim of its type stands. Where the only claim is out of order the event keeps it and
carries a conflict.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["APART_DAYS", "OUTLIERS", "Claim", "find_outliers"]

APART_DAYS = 180
"""A claim so far from two that agree is an outlier."""
TOGETHER_DAYS = 30

OUTLIERS = {
    "by_hand": "set aside by hand; the reason stands beside it",
    "order": "stands before or after another milestone against the only possible order",
    "apart": f"more than {APART_DAYS} days from two claims that agree",
    "year": "the same day of another year, farther from the discovery or the report",
}
"""Why a claim was set aside, as codes and in words."""

BEFORE = {
    "incident_start": ("discovered", "first_public", "firm_statement", "individuals_notified",
                       "regulator_notified"),
    "discovered": ("first_public", "firm_statement", "individuals_notified",
                   "regulator_notified"),
}
"""Milestones that cannot come after certain others."""
AFTER = {
    "individuals_notified": ("discovered",),
    "regulator_notified": ("discovered",),
    "incident_end": ("incident_start",),
    "discovered": ("incident_start",),
}
"""Milestones that cannot come before certain others."""


DATED_ONCE = frozenset({"incident_start", "incident_end", "discovered"})
"""Milestones of one day, which claims can only meet or miss; letters and news come repeatedly."""


@dataclass(frozen=True)
class Claim:
    """One dated claim: its interval, the rank of its kind of source (1 is best), whether a page
    or a register makes it, and whether it was set aside by hand."""

    type: str
    lo: dt.date
    hi: dt.date
    rank: int
    is_page: bool
    is_aside: bool = False

    @property
    def days(self) -> int:
        """Days from the first to the last day of the interval; 0 for a claim to the day."""
        return (self.hi - self.lo).days

    def apart(self, other: Claim) -> int:
        """Days between the two intervals; 0 where they overlap."""
        return max(0, (self.lo - other.hi).days, (other.lo - self.hi).days)


def find_outliers(claims: Mapping[int, Claim]) -> dict[int, str]:
    """Codes of :data:`OUTLIERS` for the claims of one event that are to be set aside, by key.

    At least one claim of each type is left, unless all of them were set aside by hand.
    """
    out = {i: "by_hand" for i, c in claims.items() if c.is_aside}
    live = {i: c for i, c in claims.items() if i not in out}
    for code, find in (("apart", _apart), ("year", _year), ("order", _out_of_order)):
        for type_ in dict.fromkeys(c.type for c in live.values()):
            own = [i for i, c in live.items() if c.type == type_]
            bad = [i for i in own if find(live[i], live)] if len(own) > 1 else []
            if len(bad) == len(own):
                continue
            for i in bad:
                out[i] = code
                del live[i]
    return out


def _apart(claim: Claim, live: Mapping[int, Claim]) -> bool:
    if claim.type not in DATED_ONCE:
        return False
    far = [c for c in live.values()
           if c.type == claim.type and c is not claim and c.apart(claim) > APART_DAYS]
    near = [c for c in live.values() if c.type == claim.type and c is not claim
            and c.apart(claim) <= TOGETHER_DAYS]
    agreeing = max((sum(a.apart(b) <= TOGETHER_DAYS for b in far) for a in far), default=0)
    return agreeing >= 2 and agreeing > len(near) + 1


def _year(claim: Claim, live: Mapping[int, Claim]) -> bool:
    """The same day of the year as another claim of the type that lies nearer to what followed."""
    later = [c.lo for c in live.values() if c.type in BEFORE.get(claim.type, ())]
    if claim.days or not later:
        return False
    after = min(later)
    twins = [c for c in live.values() if c.type == claim.type and c.days == 0
             and (c.lo.month, c.lo.day) == (claim.lo.month, claim.lo.day)
             and c.lo.year != claim.lo.year]
    return any(claim.lo < c.lo <= after for c in twins)


def _out_of_order(claim: Claim, live: Mapping[int, Claim]) -> bool:
    early = _others(claim, live, BEFORE.get(claim.type, ()))
    late = _others(claim, live, AFTER.get(claim.type, ()))
    return any(claim.lo > c.hi for c in early) or any(claim.hi < c.lo for c in late)


def _others(claim: Claim, live: Mapping[int, Claim], types: Sequence[str]) -> list[Claim]:
    """For each of ``types`` the claim of the best source, narrowest first."""
    out = []
    for type_ in types:
        own = [c for c in live.values() if c.type == type_]
        if own:
            out.append(min(own, key=lambda c: (c.type == "discovered" and not c.is_page, c.rank,
                                               c.days, c.lo)))
    return out
