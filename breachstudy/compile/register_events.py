"""Notices and reports of one breach, brought together as one event at a listed firm.

Registers of several states hold the same breach, spelled and dated differently. Grouping goes in
two passes over the members of a firm in the order of their reports. First, members are joined
that were discovered or began at the same time (:func:`tight_rule`). Then each group joins the
first earlier group whose first member it agrees with more loosely (:func:`loose_rule`). No two
members of an event may contradict each other in the date of discovery.
"""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from breachstudy.compile.firms import link_records
from breachstudy.errors import InputError

__all__ = [
    "Member",
    "compile_events",
    "contradict",
    "link_notices",
    "loose_rule",
    "members_of",
    "name_events",
    "tight_rule",
]

NEAR_DAYS = 30
"""Dates of discovery, or of the breach, at most this far apart may be of one breach."""
SAME_START_DAYS = 3
"""Breaches that began, or were reported in one register, so close together are one."""
REPORT_DAYS = 60
"""Reports at most this far apart are of one breach where no other dates can be compared."""
LATEST_DAYS = 365
"""A report later than this after the first is never joined to it."""
SHORT_DAYS = 366
"""A longer period of the breach says too little to be compared by overlap."""

MEMBER_COLUMNS = ["member_id", "event_id", "member_kind", "member_ref", "firm_id", "unit",
                  "link_id", "rule"]


@dataclass(frozen=True)
class Member:
    """One notice or report: its firm and breached unit, and the dates that can be compared."""

    kind: str
    ref: str
    firm_id: str
    unit: str
    link_id: str
    reported: dt.date
    discovered: tuple[dt.date, dt.date] | None
    breach: tuple[dt.date, dt.date] | None
    places: frozenset[str]

    @property
    def member_id(self) -> str:
        return f"{self.kind}--{self.ref}"


def _gap(a: tuple[dt.date, dt.date], b: tuple[dt.date, dt.date]) -> int:
    """Days between two closed intervals (0 where they overlap)."""
    return max(0, (b[0] - a[1]).days, (a[0] - b[1]).days)


def _length(interval: tuple[dt.date, dt.date]) -> int:
    return (interval[1] - interval[0]).days


def contradict(a: Member, b: Member) -> bool:
    """True where the dates of discovery cannot be of one breach.

    They lie more than 30 days apart, or one is later than the other's report.
    """
    if a.discovered and b.discovered and _gap(a.discovered, b.discovered) > NEAR_DAYS:
        return True
    return any(x.discovered is not None and x.discovered[0] > y.reported
               for x, y in ((a, b), (b, a)))


def _comparable(a: Member, b: Member) -> bool:
    return (a.firm_id, a.unit) == (b.firm_id, b.unit) and (
        abs((a.reported - b.reported).days) <= LATEST_DAYS) and not contradict(a, b)


def tight_rule(a: Member, b: Member) -> str:
    """"discovered" or "same_start" where two members clearly concern one breach, else "".

    One unit of one firm, reported within a year, and discovered within 30 days of each other or
    begun within 3.
    """
    if not _comparable(a, b):
        return ""
    if a.discovered and b.discovered:
        return "discovered"
    if a.breach and b.breach and abs((a.breach[0] - b.breach[0]).days) <= SAME_START_DAYS:
        return "same_start"
    return ""


def loose_rule(a: Member, b: Member) -> str:
    """"breach", "same_day" or "reported" where two members may concern one breach, else "".

    "breach": the periods begin within 30 days, or overlap or lie within 30 days where neither is
    longer than a year. "same_day": the periods differ more, but two registers had the report on
    one day or the next. "reported": no periods can be compared and the reports lie within 60
    days. Two entries of one register are taken for two breaches, unless they were filed within 3
    days and nothing else can be compared.
    """
    if not _comparable(a, b):
        return ""
    one_register = bool(a.places & b.places)
    apart = abs((a.reported - b.reported).days)
    if a.breach and b.breach:
        starts = abs((a.breach[0] - b.breach[0]).days) <= NEAR_DAYS
        short = max(_length(a.breach), _length(b.breach)) <= SHORT_DAYS
        near = short and _gap(a.breach, b.breach) <= NEAR_DAYS
        if (starts or near) and not one_register:
            return "breach"
        return "same_day" if apart <= 1 and not one_register else ""
    limit = SAME_START_DAYS if one_register else REPORT_DAYS
    return "reported" if apart <= limit else ""


Group = list[tuple[Member, str]]


def _tight_groups(members: list[Member]) -> list[Group]:
    groups: list[Group] = []
    for member in members:
        for group in groups:
            first = group[0][0]
            rule = next((r for m, _ in group if (r := tight_rule(m, member))), "")
            if rule and _comparable(first, member) and not any(
                contradict(m, member) for m, _ in group
            ):
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
            if rule and not any(contradict(a, b) for a, _ in earlier for b, _ in group) and not (
                _clash(earlier, group)
            ):
                earlier.append((group[0][0], rule))
                earlier.extend(group[1:])
                break
        else:
            out.append(list(group))
    return out


def _clash(a: Group, b: Group) -> bool:
    """True where one register holds both groups, with reports more than 3 days apart."""
    return any(
        x.places & y.places and abs((x.reported - y.reported).days) > SAME_START_DAYS
        for x, _ in a for y, _ in b
    )


def _interval(row: dict[str, object], lo: str, hi: str) -> tuple[dt.date, dt.date] | None:
    a, b = row.get(lo), row.get(hi)
    if isinstance(a, dt.date) and isinstance(b, dt.date) and a <= b:
        return a, b
    return None


def _breach(row: dict[str, object], start: str, end: str) -> tuple[dt.date, dt.date] | None:
    """From the first day of the beginning to the last of the end (or of the beginning)."""
    begin = _interval(row, f"{start}_lo", f"{start}_hi")
    if begin is None:
        return None
    last = row.get(f"{end}_hi")
    return begin[0], max(begin[1], last) if isinstance(last, dt.date) else begin[1]


def _place(row: dict[str, object]) -> str:
    """Where a report was filed: the federal portal, or a state whichever list repeats it."""
    return "hhs_ocr" if row["register"] == "hhs_ocr" else f"state {row['state']}"


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
        out.append(Member(
            "notice", row["notice_id"], row["firm_id"], row["unit"], row["link_id"],
            min(days), _interval(row, "discovered_lo", "discovered_hi"),
            _breach(row, "occurred_start", "occurred_end"),
            frozenset(str(row["source_id"]).split(";"))))
    for row in reports.to_dict("records"):
        if not isinstance(row["reported_lo"], dt.date):
            undated += 1
            continue
        out.append(Member(
            "report", row["report_id"], row["firm_id"], row["unit"], row["link_id"],
            row["reported_lo"], None, _breach(row, "breach_start", "breach_end"),
            frozenset({_place(row)})))
    return sorted(out, key=lambda m: (m.firm_id, m.reported, m.kind, m.ref)), undated


def _letters(count: int) -> list[str]:
    """a, b … z, aa, ab …"""
    single = list(string.ascii_lowercase)
    return [*single, *(a + b for a in single for b in single)][:count]


def _event_ids(firsts: list[Member]) -> list[str]:
    """Ids from firm and year of the first report; a letter where a year holds several."""
    stems = [f"{m.firm_id}-{m.reported.year}" for m in firsts]
    counts = {s: stems.count(s) for s in set(stems)}
    if max(counts.values(), default=0) > 26 * 27:
        raise InputError("more events in a year than letters for their ids")
    used = {s: iter(_letters(n)) for s, n in counts.items()}
    return [s if counts[s] == 1 else f"{s}-{next(used[s])}" for s in stems]


def name_events(groups: Sequence[Group], matches: Mapping[str, str]) -> list[str]:
    """The event id of each group: the one it is matched to, else firm and year.

    ``matches`` maps the member_id of a group's first member to an event id.

    Raises ValueError that names matches whose member does not begin a group.
    """
    firsts = [g[0][0] for g in groups]
    unused = sorted(set(matches) - {m.member_id for m in firsts})
    if unused:
        raise InputError(f"event_matches.csv: {', '.join(unused)}: begins no group of register "
                         "rows; name the first row of the group, or drop the match")
    return [matches.get(m.member_id, derived)
            for m, derived in zip(firsts, _event_ids(firsts), strict=True)]


def compile_events(members: Sequence[Member], matches: Mapping[str, str]) -> pd.DataFrame:
    """Group members into events: one row a member, columns :data:`MEMBER_COLUMNS`, sorted.

    ``members`` stand in the order of :func:`members_of`; for ``matches`` see
    :func:`name_events`.
    """
    by_firm: dict[str, list[Member]] = {}
    for member in members:
        by_firm.setdefault(member.firm_id, []).append(member)
    groups = [g for firm in by_firm.values() for g in _loose_groups(_tight_groups(firm))]
    rows = [
        {"member_id": m.member_id, "event_id": event_id, "member_kind": m.kind,
         "member_ref": m.ref, "firm_id": m.firm_id, "unit": m.unit, "link_id": m.link_id,
         "rule": rule}
        for event_id, group in zip(name_events(groups, matches), groups, strict=True)
        for m, rule in group
    ]
    return pd.DataFrame(rows, columns=MEMBER_COLUMNS).sort_values("member_id", ignore_index=True)
