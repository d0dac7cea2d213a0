"""Notices and reports of one breach, brought together as one event at a listed firm.

Registers of several states hold the same breach, spelled and dated differently. Grouping goes in
two passes over the members of a firm in the order of their reports. First, members are joined
that were discovered or began at the same time (:func:`tight_rule`). Then each group joins the
first earlier group whose first member it agrees with more loosely (:func:`loose_rule`). No two
members of an event may contradict each other (:mod:`breachstudy.facts.compatibility`) unless a
hand has brought them together with a reason. Ids once given stay.
"""

from __future__ import annotations

import datetime as dt
import string
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from breachstudy.compile.firms import link_records
from breachstudy.errors import InputError
from breachstudy.facts.compatibility import (
    NEAR_DAYS,
    SHORT_DAYS,
    Account,
    days_between,
    incompatibility,
    length,
)
from breachstudy.facts.members import notice_account, report_account

__all__ = [
    "Match",
    "Member",
    "compile_events",
    "link_notices",
    "loose_rule",
    "members_of",
    "name_events",
    "tight_rule",
]

SAME_START_DAYS = 3
"""Breaches that began, or were reported in one register, so close together are one."""
REPORT_DAYS = 60
"""Reports at most this far apart are of one breach where no other dates can be compared."""
LATEST_DAYS = 365
"""A report later than this after the first is never joined to it."""
FREQUENT = 4
"""From this many breaches of a unit in one register and year on, dates that are only near join
nothing: an online service or an insurer reports every few weeks."""

MEMBER_COLUMNS = ["member_id", "event_id", "member_kind", "member_ref", "firm_id", "unit",
                  "link_id", "rule", "reason"]


@dataclass(frozen=True)
class Member:
    """One notice or report: its firm and breached unit, and what it says of the breach.

    ``is_frequent``: the unit reports so often that nearness of dates joins nothing.
    """

    kind: str
    ref: str
    firm_id: str
    unit: str
    link_id: str
    account: Account
    is_frequent: bool = False

    @property
    def member_id(self) -> str:
        return f"{self.kind}--{self.ref}"

    @property
    def reported(self) -> dt.date:
        """Day of the report; rows without one are no members."""
        if self.account.reported is None:
            raise InputError(f"{self.member_id} has no day of report")
        return self.account.reported


@dataclass(frozen=True)
class Match:
    """A register row assigned to an event by hand, with the reason."""

    event_id: str
    reason: str = ""


def _comparable(a: Member, b: Member) -> bool:
    return (a.firm_id, a.unit) == (b.firm_id, b.unit) and (
        abs((a.reported - b.reported).days) <= LATEST_DAYS) and (
        incompatibility(a.account, b.account) is None)


def tight_rule(a: Member, b: Member) -> str:
    """"discovered" or "same_start" where two members clearly concern one breach, else "".

    One unit of one firm, reported within a year, and discovered within 30 days of each other (3
    in a unit that reports often) or begun within 3.
    """
    if not _comparable(a, b):
        return ""
    x, y = a.account, b.account
    near = SAME_START_DAYS if a.is_frequent and b.is_frequent else NEAR_DAYS
    if x.discovered and y.discovered and days_between(x.discovered, y.discovered) <= near:
        return "discovered"
    if x.breach and y.breach and abs((x.breach[0] - y.breach[0]).days) <= SAME_START_DAYS:
        return "same_start"
    return ""


def loose_rule(a: Member, b: Member) -> str:
    """"breach", "same_day" or "reported" where two members may concern one breach, else "".

    "breach": the periods begin within 30 days, or overlap or lie within 30 days where neither is
    longer than a year. "same_day": the periods differ more, but two registers had the report on
    one day or the next. "reported": no periods can be compared and the reports lie within 60
    days. In a unit that reports often the reports must in each case lie within 3 days. Two
    entries of one register are two breaches unless a day agrees.
    """
    if not _comparable(a, b):
        return ""
    apart = abs((a.reported - b.reported).days)
    often = a.is_frequent and b.is_frequent
    if often and apart > SAME_START_DAYS:
        return ""
    x, y = a.account.breach, b.account.breach
    if x and y:
        starts = abs((x[0] - y[0]).days) <= NEAR_DAYS
        short = max(length(x), length(y)) <= SHORT_DAYS
        if starts or (short and days_between(x, y) <= NEAR_DAYS):
            return "breach"
        return "same_day" if apart <= 1 else ""
    return "reported" if apart <= REPORT_DAYS else ""


Group = list[tuple[Member, str]]


def _tight_groups(members: Sequence[Member]) -> list[Group]:
    groups: list[Group] = []
    for member in members:
        for group in groups:
            rule = next((r for m, _ in group if (r := tight_rule(m, member))), "")
            if rule and all(_comparable(m, member) for m, _ in group):
                group.append((member, rule))
                break
        else:
            groups.append([(member, "first")])
    return groups


def _loose_groups(groups: list[Group]) -> list[Group]:
    out: list[Group] = []
    for group in groups:
        for earlier in out:
            rule = loose_rule(earlier[0][0], group[0][0])
            if rule and all(_comparable(a, b) for a, _ in earlier for b, _ in group):
                earlier.append((group[0][0], rule))
                earlier.extend(group[1:])
                break
        else:
            out.append(list(group))
    return out


def _with_frequency(members: Sequence[Member]) -> list[Member]:
    """Members of one firm marked where their unit has :data:`FREQUENT` breaches in one register
    within half a year before and after the report."""
    groups = _tight_groups(members)
    entries: dict[str, dict[str, set[dt.date]]] = defaultdict(lambda: defaultdict(set))
    for group in groups:
        first: dict[str, dt.date] = {}
        for member, _ in group:
            for place in member.account.places:
                first.setdefault(place, member.reported)
        for place, day in first.items():
            entries[group[0][0].unit][place].add(day)
    return [replace(m, is_frequent=any(
        sum(abs((day - m.reported).days) <= LATEST_DAYS / 2 for day in days) >= FREQUENT
        for days in entries[m.unit].values())) for m in members]


def link_notices(notices: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Notices with the listed firm (firm_id, unit, link_id; None without one) of each.

    A link has to hold on the day of the submission to the regulator; without one, on the day
    of the first mailing. ``links`` is the crosswalk
    (:func:`breachstudy.compile.firms.link_records`).
    """
    days = [a if isinstance(a, dt.date) else b for a, b in zip(
        notices["regulator_submitted_lo"], notices["individuals_notified_lo"], strict=True)]
    linked = link_records(notices["organisation_key"],
                          pd.Series(days, index=notices.index, dtype=object), links)
    return pd.concat([notices, linked], axis=1)


def members_of(notices: pd.DataFrame, reports: pd.DataFrame) -> tuple[list[Member], int]:
    """Members from linked notices and reports, and how many had no day of report.

    ``notices`` is the result of :func:`link_notices`; ``reports`` is the table
    of register reports. Rows without a firm are left out.
    """
    out: list[Member] = []
    undated = 0
    for row in notices.to_dict("records"):
        if not isinstance(row["firm_id"], str):
            continue
        days = [row[c] for c in ("regulator_submitted_lo", "individuals_notified_lo")
                if isinstance(row[c], dt.date)]
        if not days:
            undated += 1
            continue
        out.append(Member("notice", row["notice_id"], row["firm_id"], row["unit"],
                          row["link_id"], notice_account(row)))
    for row in reports.to_dict("records"):
        if not isinstance(row["reported_lo"], dt.date):
            undated += 1
            continue
        out.append(Member("report", row["report_id"], row["firm_id"], row["unit"],
                          row["link_id"], report_account(row)))
    return sorted(out, key=lambda m: (m.firm_id, m.reported, m.kind, m.ref)), undated


def _letters(count: int) -> list[str]:
    """a, b … z, aa, ab …"""
    single = list(string.ascii_lowercase)
    return [*single, *(a + b for a in single for b in single)][:count]


def _fresh(stem: str, used: set[str]) -> str:
    """The next free id of firm and year: the stem alone, else with the next letter."""
    taken = [u for u in used if u == stem or u.startswith(f"{stem}-")]
    if not taken:
        return stem
    letters = [u.removeprefix(f"{stem}-") for u in taken]
    marks = _letters(26 * 27)
    after = max((marks.index(c) for c in letters if c in marks), default=0) + 1
    return f"{stem}-{marks[after]}"


def name_events(groups: Sequence[Group], matches: Mapping[str, Match],
                given: Mapping[str, str], used: Sequence[str] = ()) -> list[str]:
    """The event id of each group: the one it is matched to, else the one it has, else a new one.

    ``matches`` maps the member_id of a group's first member to an event by hand. ``given`` maps
    members to the ids of an earlier compilation, first the row that began the event: an id stays
    with the group that holds its first row, else with the first group that holds one of its
    rows. New ids are firm and year of the first report, with a letter where a year holds
    several; none of ``used`` is given again.
    """
    ids: list[str | None] = [matches[g[0][0].member_id].event_id
                             if g[0][0].member_id in matches else None for g in groups]
    kept: set[str] = set()
    where = {m.member_id: i for i, g in enumerate(groups) for m, _ in g}
    for member_id, event_id in given.items():
        i = where.get(member_id)
        if i is not None and ids[i] in (None, event_id) and event_id not in kept:
            ids[i] = event_id
            kept.add(event_id)
    taken = {*(i for i in ids if i), *used, *given.values()}
    stems = Counter(f"{g[0][0].firm_id}-{g[0][0].reported.year}"
                    for g, i in zip(groups, ids, strict=True) if i is None)
    for i, group in enumerate(groups):
        if ids[i] is None:
            stem = f"{group[0][0].firm_id}-{group[0][0].reported.year}"
            alone = stems[stem] == 1 or any(t == stem or t.startswith(f"{stem}-") for t in taken)
            ids[i] = _fresh(stem, taken) if alone else f"{stem}-a"
            taken.add(str(ids[i]))
    return [str(i) for i in ids]


def compile_events(members: Sequence[Member], matches: Mapping[str, Match],
                   given: Mapping[str, str] | None = None, used: Sequence[str] = ()
                   ) -> pd.DataFrame:
    """Group members into events: one row a member, columns :data:`MEMBER_COLUMNS`, sorted.

    ``members`` stand in the order of :func:`members_of`. ``matches`` assigns members to events
    by hand, by member_id: where the member begins a group, the group goes with it; elsewhere the
    member alone. For ``given`` and ``used`` see :func:`name_events`.

    Raises ValueError that names matches of rows that are no members.
    """
    unknown = sorted(set(matches) - {m.member_id for m in members})
    if unknown:
        raise InputError(f"event_matches.csv: {', '.join(unknown)}: no register row of a listed "
                         "firm with a day of report; correct the key, or drop the match")
    by_firm: dict[str, list[Member]] = {}
    for member in members:
        by_firm.setdefault(member.firm_id, []).append(member)
    groups = []
    for own in by_firm.values():
        found = _loose_groups(_tight_groups(_with_frequency(own)))
        for group in found:
            alone = [(m, r) for m, r in group[1:] if m.member_id in matches]
            groups.append([(m, r) for m, r in group if (m, r) not in alone])
            groups += [[(m, "first")] for m, _ in alone]
    named = zip(name_events(groups, matches, given or {}, used), groups, strict=True)
    rows = [
        {"member_id": m.member_id, "event_id": event_id, "member_kind": m.kind,
         "member_ref": m.ref, "firm_id": m.firm_id, "unit": m.unit, "link_id": m.link_id,
         "rule": rule,
         "reason": matches[m.member_id].reason or None if m.member_id in matches else None}
        for event_id, group in named for m, rule in group
    ]
    out = pd.DataFrame(rows, columns=MEMBER_COLUMNS).sort_values("member_id", ignore_index=True)
    return _one_first(out, members)


def _one_first(rows: pd.DataFrame, members: Sequence[Member]) -> pd.DataFrame:
    """Where a hand joined groups, the earliest row begins the event and the others say so."""
    order = {m.member_id: i for i, m in enumerate(members)}
    firsts = rows[rows["rule"] == "first"]
    ranked = firsts.assign(_order=firsts["member_id"].map(order)).sort_values("_order")
    joined = ranked.index[ranked.duplicated("event_id")]
    return rows.assign(rule=rows["rule"].mask(rows.index.isin(joined), "by_hand"))
