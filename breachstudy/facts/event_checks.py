"""What must hold of events and their sources together: functions of raw and built tables.

Each returns the events (or milestones) at fault with what is wrong, as one line each; `breachstudy
check` lists them. Reasons written by hand stand in event_members, day_reasons and set_aside.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from breachstudy.facts.compatibility import incompatible_members
from breachstudy.facts.members import OWN_END, notice_account, page_account, report_account

__all__ = ["blogs_called_press", "copied_ends", "discoveries_apart", "misjoined_members",
           "news_before_the_day", "outside_the_news", "parts_called_all",
           "securities_of_other_days",
           "shared_days", "unknown_claims_set_aside", "unsourced_outings", "wrong_revisions"]

Frames = Mapping[str, pd.DataFrame]


def misjoined_members(raw: Frames, built: Frames) -> pd.Series:
    """Register rows that contradict the pages or the other rows of their event without a reason."""
    notices = {n["notice_id"]: n for n in raw["notices"].to_dict("records")}
    reports = {r["report_id"]: r for r in raw["register_reports"].to_dict("records")}
    pages = built["milestones"][(built["milestones"]["origin"] == "page")
                                & built["milestones"]["outlier"].isna()]
    told = dict(iter(pages.groupby("event_id")))
    numbers = dict(iter(raw["severity"].groupby("event_id")))
    members = raw["event_members"].assign(_later=raw["event_members"]["rule"] != "first")
    out = []
    for event_id, own in members.sort_values(["_later", "member_id"]).groupby("event_id"):
        accounts = [notice_account(notices[ref]) if kind == "notice"
                    else report_account(reports[ref])
                    for kind, ref in zip(own["member_kind"], own["member_ref"], strict=True)]
        explained = [i for i, reason in enumerate(own["reason"]) if isinstance(reason, str)]
        page = page_account(told[event_id], numbers.get(event_id)) if event_id in told else None
        ids = own["member_id"].tolist()
        out += [f"{event_id}: {ids[i]} ({why})"
                for i, why in incompatible_members(accounts, explained, page)]
    return pd.Series(out, dtype="str")


def news_before_the_day(raw: Frames, built: Frames) -> pd.Series:
    """Events with a letter, filing, statement, document or claim before their day, unexplained."""
    reasons = raw["day_reasons"]
    explained = set(zip(reasons["event_id"], reasons["about"], strict=True))
    events = built["events"].set_index("event_id")
    out = []
    for event_id, about, day in _earlier(raw, built, events):
        own = events.at[event_id, "event_date"]
        if day < own and (event_id, about) not in explained:
            out.append(f"{event_id}: {about} of {day} before {own}")
    return pd.Series(sorted(set(out)), dtype="str")


CLAIMS = {"first_public": "claim", "firm_statement": "statement", "scope_revised": "statement",
          "individuals_notified": "letters"}
"""Milestones of pages that tell of something at the latest on their last day."""


def _earlier(raw: Frames, built: Frames, events: pd.DataFrame
             ) -> Iterator[tuple[str, str, dt.date]]:
    """(event, kind, last possible day) of everything that an event with a day can be held to."""
    dated = {e for e, day in events["event_date"].items() if isinstance(day, dt.date)}
    pages = built["milestones"][(built["milestones"]["origin"] == "page")
                                & built["milestones"]["outlier"].isna()
                                & built["milestones"]["type"].isin(list(CLAIMS))]
    for event_id, type_, day in zip(pages["event_id"], pages["type"], pages["date_hi"],
                                    strict=True):
        if event_id in dated:
            yield event_id, CLAIMS[type_], day
    documents = raw["documents"]
    for event_id, day in zip(documents["event_id"], documents["published"], strict=True):
        if event_id in dated and isinstance(day, dt.date):
            yield event_id, "document", day
    for event_id, day in events["register_public_hi"].items():
        if event_id in dated and isinstance(day, dt.date):
            yield str(event_id), "register", day


def outside_the_news(events: pd.DataFrame) -> pd.Series:
    """Events dated by a register outside of the interval that pages give for the first news."""
    out = [e for e, basis, day, lo, hi in zip(
        events["event_id"], events["event_date_basis"], events["event_date"],
        events["first_public_lo"], events["first_public_hi"], strict=True)
        if basis == "register" and isinstance(lo, dt.date) and not lo <= day <= hi]
    return pd.Series(out, dtype="str")


def shared_days(raw: Frames, built: Frames) -> pd.Series:
    """Events that share firm and day with another, without a reason; issuers' notices aside."""
    events = built["events"]
    own = events[events["firm_id"].notna() & events["event_date"].notna()
                 & ~events["is_issuer_notice"].astype(bool)]
    shared = own[own.duplicated(["firm_id", "event_date"], keep=False)]
    reasons = raw["day_reasons"]
    explained = set(reasons.loc[reasons["about"] == "shared_day", "event_id"])
    return shared.loc[~shared["event_id"].isin(explained), "event_id"]


def unsourced_outings(raw: Frames, built: Frames) -> pd.Series:
    """Events called outed without a claim of the first news, by others, that says so."""
    milestones = built["milestones"]
    told = milestones[milestones["is_outing"].eq(True).fillna(False)
                      & (milestones["type"] == "first_public") & milestones["by"].notna()
                      & (milestones["by"] != "firm") & milestones["evidence"].notna()]
    events = built["events"]
    outed = events["is_outed"].fillna(False).astype(bool)
    wrong = events.loc[outed & ~events["event_id"].isin(told["event_id"]), "event_id"]
    stray = milestones.loc[milestones["is_outing"].eq(True).fillna(False)
                           & ~milestones["milestone_id"].isin(told["milestone_id"]),
                           "milestone_id"]
    return pd.concat([wrong, stray], ignore_index=True)


def copied_ends(raw: Frames, built: Frames) -> pd.Series:
    """Ends that a register without a field for the end took from its single date."""
    milestones = built["milestones"]
    own = milestones[(milestones["origin"] == "register")
                     & ~milestones["source_id"].isin(OWN_END)]
    row = own["milestone_id"].str.rsplit("/", n=1).str[-1]
    keyed = own.assign(_row=own["event_id"] + "/" + row).set_index("_row")
    start = keyed[keyed["type"] == "incident_start"]["date_lo"]
    end = keyed[keyed["type"] == "incident_end"]
    own_form = raw["notices"].set_index("notice_id")["source_id"].str.contains("washington_ag")
    two_dates = {i for i, holds in own_form.items() if holds}
    same = [key for key, i, s, e in zip(end["milestone_id"], end.index, start.reindex(end.index),
                                        end["date_hi"], strict=True)
            if s == e and i.split("/", 1)[1] not in two_dates]
    return pd.Series(same, dtype="str")


def wrong_revisions(raw: Frames, built: Frames) -> pd.Series:
    """Events with a dated revision that the coded answer does not hold, or before the news."""
    events = built["events"]
    dated = events["scope_revised_lo"].notna()
    wrong = dated & ~events["is_revised_up"].fillna(False).astype(bool)
    early = [isinstance(a, dt.date) and isinstance(b, dt.date) and b < a for a, b in zip(
        events["first_public_lo"], events["scope_revised_hi"], strict=True)]
    return events.loc[wrong | pd.Series(early, index=events.index), "event_id"]


def securities_of_other_days(raw: Frames, built: Frames) -> pd.Series:
    """Listed events whose ticker, key and series are not together one spell of their day."""
    spells: dict[str, list[dict[str, Any]]] = {}
    for spell in raw["firms"].to_dict("records"):
        spells.setdefault(spell["firm_id"], []).append(spell)
    events = built["events"]
    out = []
    for event in events[events["is_listed"].astype(bool)].to_dict("records"):
        day = next((d for d in (event["event_date"], event["first_public_lo"],
                                event["register_public_lo"]) if isinstance(d, dt.date)), None)
        if day is None or not any(
                _covers(s, day) and all(_same(s[c], event[c]) for c in ("ticker", "cik",
                                                                       "price_ticker"))
                for s in spells.get(event["firm_id"], [])):
            out.append(event["event_id"])
    return pd.Series(out, dtype="str")


def _covers(spell: Mapping[str, Any], day: dt.date) -> bool:
    start, end = spell["valid_from"], spell["valid_to"]
    return not (isinstance(start, dt.date) and day < start) and not (
        isinstance(end, dt.date) and day > end)


def _same(a: Any, b: Any) -> bool:
    return bool((pd.isna(a) and pd.isna(b)) or a == b)


def unknown_claims_set_aside(raw: Frames, built: Frames) -> pd.Series:
    """Rows of set_aside that name no milestone."""
    known = set(built["milestones"]["milestone_id"])
    rows = raw["set_aside"]["milestone_id"]
    return rows[~rows.isin(known)]


BLOGS = r"krebsonsecurity\.com|databreaches\.net"
"""Addresses of security blogs that find breaches out themselves."""


def blogs_called_press(raw: Frames, built: Frames) -> pd.Series:
    """First news called that of the press although its words name a security blog as the finder,
    or its page is one and repeats nobody."""
    own = raw["milestones"]
    own = own[(own["type"] == "first_public") & (own["by"] == "press")]
    urls = own["source_id"].map(raw["sources"].set_index("source_id")["url"]).fillna("")
    named = own["evidence"].str.contains("Krebs")
    itself = urls.str.contains(BLOGS) & ~own["evidence"].str.contains("report")
    return own.loc[named | itself, "milestone_id"]


def parts_called_all(raw: Frames, built: Frames) -> pd.Series:
    """Events of which one source counts parts in several units, without a row of their sum."""
    own = raw["severity"]
    own = own[own["field"] == "records_final"]
    out = []
    for (event_id, _), rows in own.groupby(["event_id", "source_id"]):
        numbers = sorted(int(v) for v in rows["value"])
        if rows["unit"].nunique() > 1 and numbers[-1] != sum(numbers[:-1]):
            out.append(event_id)
    return pd.Series(out, dtype="str")


def discoveries_apart(raw: Frames, built: Frames) -> pd.Series:
    """Events of clients of one vendor, named in their filings and hit on one day, whose discovery
    is later than pages tell of another of its clients."""
    vendors = raw["notices"]["organisation_as_filed"].str.extract(r"\(([^()]+)\)$")[0]
    keyed = raw["notices"].assign(_vendor=vendors).dropna(subset=["_vendor", "occurred_start_lo"])
    members = raw["event_members"].merge(keyed[["notice_id", "_vendor", "occurred_start_lo"]],
                                         left_on="member_ref", right_on="notice_id")
    events = built["events"].set_index("event_id")[["discovered_lo", "discovered_basis"]]
    members = members.join(events, on="event_id").dropna(subset=["discovered_lo"])
    out = []
    for _, own in members.groupby(["_vendor", "occurred_start_lo"]):
        told = own.loc[own["discovered_basis"] == "page", "discovered_lo"].tolist()
        out += own.loc[[bool(told) and day > min(told) for day in own["discovered_lo"]],
                       "event_id"].tolist()
    return pd.Series(sorted(set(out)), dtype="str")
