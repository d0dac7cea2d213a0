"""Notices and reports of one breach, brought together as one event at a listed firm.

Registers of several states hold the same breach, spelled and dated differently. Members of a
firm are taken in the order in which they were reported; each joins the first event whose first
member it agrees with (:func:`same_event`) or one of whose members began within three days of it,
if no member's date of discovery speaks against it; or it opens a new one.
"""

from __future__ import annotations

import datetime as dt
import string
from dataclasses import dataclass

import pandas as pd

__all__ = ["EventsCompilation", "Member", "compile_events", "members_of", "same_event"]

NEAR_DAYS = 30
"""Dates of discovery, or of the breach, at most this far apart may be of one breach."""
SAME_START_DAYS = 3
"""Breaches that began so close together are one, even where the first member says less."""
REPORT_DAYS = 60
"""Reports at most this far apart are of one breach where no other dates can be compared."""
LATEST_DAYS = 365
"""A report later than this after the first is never joined to it."""
SHORT_DAYS = 366
"""A longer period of the breach says too little to be compared by overlap."""

MEMBER_COLUMNS = ["member_id", "event_id", "member_kind", "member_ref", "firm_id", "unit",
                  "link_id", "rule"]
EVENT_COLUMNS = ["event_id", "firm_id", "organisation", "first_reported_lo", "discovered_lo",
                 "discovered_hi", "affected_max", "registers", "n_members", "price_ticker"]


@dataclass(frozen=True)
class Member:
    """One notice or report: its firm and breached unit, and the dates that can be compared."""

    kind: str
    ref: str
    firm_id: str
    unit: str
    link_id: str
    organisation: str
    reported: dt.date
    discovered: tuple[dt.date, dt.date] | None
    breach: tuple[dt.date, dt.date] | None
    affected: int | None
    registers: str


@dataclass(frozen=True)
class EventsCompilation:
    """``members``: columns :data:`MEMBER_COLUMNS`; ``events``: :data:`EVENT_COLUMNS`."""

    members: pd.DataFrame
    events: pd.DataFrame


def _gap(a: tuple[dt.date, dt.date], b: tuple[dt.date, dt.date]) -> int:
    """Days between two closed intervals (0 where they overlap)."""
    return max(0, (b[0] - a[1]).days, (a[0] - b[1]).days)


def _length(interval: tuple[dt.date, dt.date]) -> int:
    return (interval[1] - interval[0]).days


def _contradict(a: Member, b: Member) -> bool:
    """True where the dates of discovery cannot be of one breach."""
    if a.discovered and b.discovered and _gap(a.discovered, b.discovered) > NEAR_DAYS:
        return True
    return bool(
        a.discovered and a.discovered[0] > b.reported
        or b.discovered and b.discovered[0] > a.reported
    )


def same_event(first: Member, other: Member) -> str:
    """The rule by which two members are of one breach, or "" where they are not.

    Both must concern one unit of one firm and be reported within a year. "discovered": the dates
    of discovery lie within 30 days; "breach": the periods of the breach overlap or begin within
    30 days (periods longer than a year must begin within 30 days); "reported": nothing else can
    be compared, and the reports lie within 60 days. Dates of discovery that disagree, or a
    discovery later than the other's report, keep two members apart whatever else they say.
    """
    apart = abs((other.reported - first.reported).days)
    if (first.firm_id, first.unit) != (other.firm_id, other.unit) or apart > LATEST_DAYS:
        return ""
    if _contradict(first, other):
        return ""
    if first.discovered and other.discovered:
        return "discovered"
    if first.breach and other.breach:
        starts = abs((other.breach[0] - first.breach[0]).days) <= NEAR_DAYS
        short = max(_length(first.breach), _length(other.breach)) <= SHORT_DAYS
        near = short and _gap(first.breach, other.breach) <= NEAR_DAYS
        return "breach" if starts or near else ""
    return "reported" if apart <= REPORT_DAYS else ""


def _joins(group: list[tuple[Member, str]], other: Member) -> str:
    """The rule by which a member belongs to an event, or ""."""
    first = group[0][0]
    if other.unit != first.unit or any(_contradict(m, other) for m, _ in group):
        return ""
    rule = same_event(first, other)
    if rule or (other.reported - first.reported).days > LATEST_DAYS:
        return rule
    for member, _ in group:
        if member.breach and other.breach and (
            abs((member.breach[0] - other.breach[0]).days) <= SAME_START_DAYS
        ):
            return "same_start"
    return ""


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


def _number(value: object) -> int | None:
    return None if value is None or pd.isna(value) else int(value)  # type: ignore[call-overload]


def members_of(notices: pd.DataFrame, reports: pd.DataFrame) -> tuple[list[Member], int]:
    """Members from linked notices and reports, and how many had no day of report.

    ``notices`` has the columns of the notices table and firm_id, unit and link_id; ``reports``
    is the table of register reports. Rows without a firm are left out.
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
            row["organisation"], min(days), _interval(row, "discovered_lo", "discovered_hi"),
            _breach(row, "occurred_start", "occurred_end"), _number(row["affected_total"]),
            str(row["source_id"])))
    for row in reports.to_dict("records"):
        if not isinstance(row["reported_lo"], dt.date):
            undated += 1
            continue
        out.append(Member(
            "report", row["report_id"], row["firm_id"], row["unit"], row["link_id"],
            row["organisation"], row["reported_lo"], None,
            _breach(row, "breach_start", "breach_end"), _number(row["affected"]),
            row["register"]))
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
        raise ValueError("more events in a year than letters for their ids")
    used = {s: iter(_letters(n)) for s, n in counts.items()}
    return [s if counts[s] == 1 else f"{s}-{next(used[s])}" for s in stems]


def compile_events(members: list[Member], price_tickers: dict[tuple[str, dt.date], str | None]
                   ) -> EventsCompilation:
    """Group members into events.

    ``members`` in the order of :func:`members_of`; ``price_tickers`` gives the price series of
    (firm_id, day of the first report), missing where no price is known.
    """
    groups: list[list[tuple[Member, str]]] = []
    open_groups: dict[str, list[int]] = {}
    for member in members:
        for index in open_groups.get(member.firm_id, []):
            rule = _joins(groups[index], member)
            if rule:
                groups[index].append((member, rule))
                break
        else:
            open_groups.setdefault(member.firm_id, []).append(len(groups))
            groups.append([(member, "first")])
    ids = _event_ids([g[0][0] for g in groups])
    rows, events = [], []
    for event_id, group in zip(ids, groups, strict=True):
        first = group[0][0]
        found = [m.discovered for m, _ in group if m.discovered]
        known = [m.affected for m, _ in group if m.affected is not None]
        events.append({
            "event_id": event_id, "firm_id": first.firm_id, "organisation": first.organisation,
            "first_reported_lo": first.reported,
            "discovered_lo": min((d[0] for d in found), default=None),
            "discovered_hi": min((d[1] for d in found), default=None),
            "affected_max": max(known, default=None),
            "registers": ";".join(sorted({r for m, _ in group for r in m.registers.split(";")})),
            "n_members": len(group),
            "price_ticker": price_tickers.get((first.firm_id, first.reported)),
        })
        rows.extend({
            "member_id": f"{m.kind}--{m.ref}", "event_id": event_id, "member_kind": m.kind,
            "member_ref": m.ref, "firm_id": m.firm_id, "unit": m.unit, "link_id": m.link_id,
            "rule": rule,
        } for m, rule in group)
    return EventsCompilation(
        pd.DataFrame(rows, columns=MEMBER_COLUMNS).sort_values("member_id", ignore_index=True),
        pd.DataFrame(events, columns=EVENT_COLUMNS).sort_values("event_id", ignore_index=True))
