"""Register rows that belong to events, as milestones and as register facts.

Registers hold dates of their own: when the incident began and ended, when it was discovered,
when individuals were told and when the regulator was. For each event they are read from the
rows that ``event_members`` assigns to it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from breachstudy.facts.compatibility import Account, Interval
from breachstudy.schema import codebook

__all__ = ["notice_account", "page_account", "register_facts", "register_milestones",
           "report_account"]

NOTICE_DATES = {
    "occurred_start": "incident_start",
    "occurred_end": "incident_end",
    "discovered": "discovered",
    "individuals_notified": "individuals_notified",
    "regulator_submitted": "regulator_notified",
}
REPORT_DATES = {
    "breach_start": "incident_start",
    "breach_end": "incident_end",
    "reported": "regulator_notified",
}
STATE_COUNTS = [n for n in codebook.table("raw", "notices").names
                if n.startswith("affected_") and not n.startswith("affected_total")]
"""Columns of notices that count the residents of one state."""
NOTICE_FACTS = ["notice_id", "source_id", "affected_total", *STATE_COUNTS, "protection_offered",
                "protection_months", "data_types", "industry", "n_filings"]
REPORT_FACTS = ["report_id", "register", "affected", "affected_scope"]
PUBLISHING = ("individuals_notified", "regulator_notified")
"""Milestones by which a register could have made an event known."""


def notice_account(row: Mapping[str, Any]) -> Account:
    """What a row of notices says of the breach; reported on the earlier of filing and letters."""
    days = [row[c] for c in ("regulator_submitted_lo", "individuals_notified_lo")
            if isinstance(row.get(c), dt.date)]
    states = _known(row.get(c) for c in STATE_COUNTS)
    return Account(
        reported=min(days, default=None),
        discovered=_interval(row, "discovered_lo", "discovered_hi"),
        breach=_breach(row, "occurred_start", "occurred_end"),
        has_end=isinstance(row.get("occurred_end_lo"), dt.date),
        places=frozenset(PLACES.get(s, s) for s in str(row["source_id"]).split(";")),
        national=_number(row.get("affected_total")),
        local=max((int(s) for s in states), default=None),
        cause=_text(row.get("cause")),
    )


def report_account(row: Mapping[str, Any]) -> Account:
    """What a row of register_reports says of the breach."""
    affected = _number(row.get("affected"))
    scope = row.get("affected_scope")
    return Account(
        reported=row["reported_lo"] if isinstance(row["reported_lo"], dt.date) else None,
        breach=_breach(row, "breach_start", "breach_end"),
        has_end=isinstance(row.get("breach_end_lo"), dt.date)
        and row["breach_end_lo"] != row["breach_start_lo"],
        places=frozenset({"hhs_ocr" if row["register"] == "hhs_ocr" else f"state {row['state']}"}),
        national=affected if scope == "national" else None,
        local=affected if scope == "state" else None,
    )


PAGE_SCOPE_SLACK = 1000
"""Numbers in pages count other things (a country, cards, one state): only gross gaps contradict."""


def page_account(milestones: pd.DataFrame, severity: pd.DataFrame | None) -> Account:
    """What the pages on one event say together.

    ``milestones`` are claims of pages that were not set aside; ``severity`` the severity facts.
    The discovery runs from the first warning to the last day told of the discovery; later
    confirmations and reviews say only when it was over, which registers give as well.
    """
    def span(*types: str) -> Interval | None:
        own = milestones[milestones["type"].isin(types)]
        return None if own.empty else (min(own["date_lo"]), max(own["date_hi"]))

    found = span("alert", "discovered")
    if found is not None:
        later = span("confirmed", "review_complete")
        found = (found[0], max(found[1], later[1]) if later else found[1])
    begun, ended = span("incident_start"), span("incident_end")
    causes = set() if severity is None else set(
        severity.loc[severity["field"] == "attack_type", "value"])
    numbers = [] if severity is None else [int(v) for v in severity.loc[severity["field"].isin(
        ["records_first", "records_final"]) & (severity["unit"] == "people"), "value"]]
    return Account(
        discovered=found,
        breach=begun and (begun[0], max(begun[1], ended[1]) if ended else begun[1]),
        has_end=ended is not None,
        at_least=max(numbers) // PAGE_SCOPE_SLACK if numbers else None,
        cause=next(iter(causes)) if len(causes) == 1 else None,
    )


PLACES = {"maine_ag_list": "state ME", "maine_ag_form": "state ME", "washington_ag": "state WA"}
"""Where notices were filed: one state is one register, whatever its lists are called."""


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _interval(row: Mapping[str, Any], lo: str, hi: str) -> Interval | None:
    a, b = row.get(lo), row.get(hi)
    if isinstance(a, dt.date) and isinstance(b, dt.date) and a <= b:
        return a, b
    return None


def _breach(row: Mapping[str, Any], start: str, end: str) -> Interval | None:
    """From the first day of the beginning to the last of the end (or of the beginning)."""
    begin = _interval(row, f"{start}_lo", f"{start}_hi")
    if begin is None:
        return None
    last = row.get(f"{end}_hi")
    return begin[0], max(begin[1], last) if isinstance(last, dt.date) else begin[1]


def register_milestones(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each date that a register row of an event holds.

    A register outside of :data:`OWN_END` that gives one day says when the incident began; its end
    is then unknown and has no row. ``frames`` needs event_members, notices and register_reports.
    Returns milestone_id, event_id, type, date_lo, date_hi, date_precision, source_id,
    source_locator, origin and source_kind.
    """
    members = frames["event_members"]
    rows: list[dict[str, object]] = []
    for kind, table, key, dates in (
        ("notice", "notices", "notice_id", NOTICE_DATES),
        ("report", "register_reports", "report_id", REPORT_DATES),
    ):
        chosen = members[members["member_kind"] == kind]
        used = [key, "source_id" if kind == "notice" else "register", "source_locator",
                *(f"{column}_{part}" for column in dates for part in ("lo", "hi", "precision"))]
        facts = {f[key]: f for f in frames[table][used].to_dict("records")}
        for event_id, ref in zip(chosen["event_id"], chosen["member_ref"], strict=True):
            fact = facts[ref]
            source = fact["source_id"] if kind == "notice" else fact["register"]
            rows += [{
                "milestone_id": f"{event_id}/{milestone}/{ref}",
                "event_id": event_id,
                "type": milestone,
                "date_lo": fact[f"{column}_lo"],
                "date_hi": fact[f"{column}_hi"],
                "date_precision": fact[f"{column}_precision"],
                "source_id": str(source).split(";")[0],
                "source_locator": fact["source_locator"],
                "origin": "register",
                "source_kind": "regulator",
            } for column, milestone in dates.items()
                if isinstance(fact[f"{column}_lo"], dt.date)
                and not (milestone == "incident_end" and _one_day_only(fact, column, dates))]
    columns = ["milestone_id", "event_id", "type", "date_lo", "date_hi", "date_precision",
               "source_id", "source_locator", "origin", "source_kind"]
    return pd.DataFrame(rows, columns=columns)


OWN_END = frozenset({"washington_ag", "oregon_doj"})
"""Registers that ask for the end apart from the beginning; empty where there is none."""


def _one_day_only(fact: Mapping[str, Any], column: str, dates: Mapping[str, str]) -> bool:
    """True where the end is but the day of the beginning, from a form that asks for one date."""
    start = next(c for c, milestone in dates.items() if milestone == "incident_start")
    ends = [fact[f"{column}_{end}"] == fact[f"{start}_{end}"] for end in ("lo", "hi")]
    registers = {*str(fact.get("source_id", "")).split(";"), fact.get("register")}
    return all(ends) and OWN_END.isdisjoint(registers)


def register_facts(frames: Mapping[str, pd.DataFrame], milestones: pd.DataFrame) -> pd.DataFrame:
    """For each event with register rows: registers, filings, numbers, earliest public date.

    ``milestones`` holds the rows of :func:`register_milestones`. ``is_issuer_notice`` is true
    where every row is a card issuer's notice of cards exposed at merchants: through a link marked
    as such, or, filed in the merchant's name, by event_matches. Returns one row an event, indexed
    by event_id.
    """
    links = frames["firm_links"]
    issuers = set(links.loc[links["caution"] == "issuer_notices", "link_id"])
    matches = frames["event_matches"]
    named = set(matches.loc[matches["reason"] == "issuer_notice", "member_id"])
    own_rows = ~(frames["event_members"]["link_id"].isin(issuers)
                 | frames["event_members"]["member_id"].isin(named))
    own_breach = set(frames["event_members"].loc[own_rows, "event_id"])
    notices = {n["notice_id"]: n for n in frames["notices"][NOTICE_FACTS].to_dict("records")}
    reports = {r["report_id"]: r
               for r in frames["register_reports"][REPORT_FACTS].to_dict("records")}
    members: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for event_id, kind, ref in zip(*(frames["event_members"][c] for c in (
            "event_id", "member_kind", "member_ref")), strict=True):
        members[event_id].append((kind, ref))
    rows: dict[str, dict[str, object]] = {}
    for event_id in sorted(members):
        own = [notices[r] for k, r in members[event_id] if k == "notice"]
        other = [reports[r] for k, r in members[event_id] if k == "report"]
        names = {s for n in own for s in n["source_id"].split(";")}
        names |= {r["register"] for r in other}
        totals = _known(n["affected_total"] for n in own)
        totals += _known(r["affected"] for r in other if r["affected_scope"] == "national")
        states = _known(n[c] for c in STATE_COUNTS for n in own)
        states += _known(r["affected"] for r in other if r["affected_scope"] == "state")
        offered = _known(n["protection_offered"] for n in own)
        types = {t for cell in _known(n["data_types"] for n in own) for t in cell.split(";")}
        rows[event_id] = {
            "registers": ";".join(sorted(names)),
            "n_filings": int(sum(n["n_filings"] for n in own)) + len(other),
            "register_total": max(totals, default=None),
            "register_state": max(states, default=None),
            "protection_offered": any(offered) if offered else None,
            "protection_months": max(_known(n["protection_months"] for n in own), default=None),
            "register_types": ";".join(sorted(types)),
            "register_industry": next(iter(_known(n["industry"] for n in own)), None),
            "is_issuer_notice": event_id not in own_breach,
        }
    facts = pd.DataFrame.from_dict(rows, orient="index")
    public = milestones[milestones["type"].isin(PUBLISHING)]
    first = public.sort_values(["event_id", "date_hi", "date_lo"]).drop_duplicates("event_id")
    first = first.set_index("event_id")
    for end in ("lo", "hi", "precision"):
        facts[f"register_public_{end}"] = first[f"date_{end}"].reindex(facts.index)
    return facts


def _known(values: Iterable[Any]) -> list[Any]:
    return [v for v in values if not pd.isna(v)]
