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

__all__ = ["register_facts", "register_milestones"]

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
NOTICE_FACTS = ["notice_id", "source_id", "affected_total", "affected_maine",
                "affected_washington", "protection_offered", "protection_months", "data_types",
                "industry", "n_filings"]
REPORT_FACTS = ["report_id", "register", "affected", "affected_scope"]
PUBLISHING = ("individuals_notified", "regulator_notified")
"""Milestones by which a register could have made an event known."""


def register_milestones(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each date that a register row of an event holds.

    ``frames`` needs event_members, notices and register_reports. Returns milestone_id, event_id,
    type, date_lo, date_hi, date_precision, source_id, source_locator, origin and source_kind.
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
                if isinstance(fact[f"{column}_lo"], dt.date)]
    columns = ["milestone_id", "event_id", "type", "date_lo", "date_hi", "date_precision",
               "source_id", "source_locator", "origin", "source_kind"]
    return pd.DataFrame(rows, columns=columns)


def register_facts(frames: Mapping[str, pd.DataFrame], milestones: pd.DataFrame) -> pd.DataFrame:
    """For each event with register rows: registers, filings, numbers, earliest public date.

    ``milestones`` holds the rows of :func:`register_milestones`. ``is_issuer_notice`` is true
    where every row comes through a link marked as that of a card issuer whose notices tell of
    breaches at merchants. Returns one row an event, indexed by event_id.
    """
    links = frames["firm_links"]
    issuers = set(links.loc[links["caution"] == "issuer_notices", "link_id"])
    own_rows = ~frames["event_members"]["link_id"].isin(issuers)
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
        states = _known(n[c] for c in ("affected_maine", "affected_washington") for n in own)
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
