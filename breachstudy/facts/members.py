"""Register rows that belong to events, as milestones and as register facts.

Registers hold dates of their own: when the incident began and ended, when it was discovered,
when individuals were told and when the regulator was. For each event they are read from the
rows that ``event_members`` assigns to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

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
        facts = frames[table].set_index(key)
        for member in chosen.itertuples(index=False):
            fact = facts.loc[member.member_ref]
            source = fact["source_id"] if kind == "notice" else fact["register"]
            for column, milestone in dates.items():
                lo, hi = fact[f"{column}_lo"], fact[f"{column}_hi"]
                if not isinstance(lo, dt.date):
                    continue
                rows.append({
                    "milestone_id": f"{member.event_id}/{milestone}/{member.member_ref}",
                    "event_id": member.event_id,
                    "type": milestone,
                    "date_lo": lo,
                    "date_hi": hi,
                    "date_precision": fact[f"{column}_precision"],
                    "source_id": str(source).split(";")[0],
                    "source_locator": fact["source_locator"],
                    "origin": "register",
                    "source_kind": "regulator",
                })
    columns = ["milestone_id", "event_id", "type", "date_lo", "date_hi", "date_precision",
               "source_id", "source_locator", "origin", "source_kind"]
    return pd.DataFrame(rows, columns=columns)


def register_facts(frames: Mapping[str, pd.DataFrame], milestones: pd.DataFrame) -> pd.DataFrame:
    """For each event with register rows: registers, filings, numbers, earliest public date.

    ``milestones`` is the result of :func:`register_milestones`. Returns one row an event,
    indexed by event_id.
    """
    members = frames["event_members"]
    notices = frames["notices"].set_index("notice_id")
    reports = frames["register_reports"].set_index("report_id")
    rows: dict[str, dict[str, object]] = {}
    for event_id, group in members.groupby("event_id", sort=True):
        own = notices.loc[[r for k, r in zip(group["member_kind"], group["member_ref"],
                                             strict=True) if k == "notice"]]
        other = reports.loc[[r for k, r in zip(group["member_kind"], group["member_ref"],
                                               strict=True) if k == "report"]]
        names = {s for cell in own["source_id"] for s in str(cell).split(";")}
        names |= set(other["register"])
        totals = [v for v in own["affected_total"] if not pd.isna(v)]
        totals += [v for v, scope in zip(other["affected"], other["affected_scope"], strict=True)
                   if not pd.isna(v) and scope == "national"]
        states = [v for c in ("affected_maine", "affected_washington") for v in own[c]
                  if not pd.isna(v)]
        states += [v for v, scope in zip(other["affected"], other["affected_scope"], strict=True)
                   if not pd.isna(v) and scope == "state"]
        offered = [v for v in own["protection_offered"] if not pd.isna(v)]
        months = [v for v in own["protection_months"] if not pd.isna(v)]
        rows[str(event_id)] = {
            "registers": ";".join(sorted(names)),
            "n_filings": int(own["n_filings"].sum()) + len(other),
            "register_total": max(totals) if totals else None,
            "register_state": max(states) if states else None,
            "protection_offered": any(offered) if offered else None,
            "protection_months": max(months) if months else None,
            "register_types": ";".join(sorted({t for cell in own["data_types"]
                                               if not pd.isna(cell)
                                               for t in str(cell).split(";")})),
            "register_cause": next((c for c in own["cause"] if not pd.isna(c)), None),
            "register_industry": next((c for c in own["industry"] if not pd.isna(c)), None),
        }
    facts = pd.DataFrame.from_dict(rows, orient="index")
    public = milestones[milestones["type"].isin(PUBLISHING)]
    first = public.sort_values(["event_id", "date_hi", "date_lo"]).drop_duplicates("event_id")
    first = first.set_index("event_id")
    for end in ("lo", "hi", "precision"):
        facts[f"register_public_{end}"] = first[f"date_{end}"].reindex(facts.index)
    return facts
