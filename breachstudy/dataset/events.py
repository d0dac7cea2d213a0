"""The events table: one row an event, composed of picked dates, lags, severity and firm."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from breachstudy.dataset.clocks import LAGS, lag_between, lags
from breachstudy.dataset.covariates import covariates
from breachstudy.dataset.severity import severity_columns
from breachstudy.facts.members import register_facts, register_milestones
from breachstudy.facts.picking import pick_milestones
from breachstudy.schema.codebook import Table

__all__ = ["build_events", "build_milestones"]

DATES = ("incident_start", "incident_end", "alert", "discovered", "confirmed", "contained",
         "review_complete", "first_public", "firm_statement", "individuals_notified",
         "regulator_notified", "scope_revised")
ONE_WAY = tuple(lag.name for lag in LAGS if lag.name != "containment_lag")
"""Lags that cannot be negative unless the event was outed or a date is wrong. A vendor, or a
block that worked, can end an incident before anyone at the firm knows of it."""

Frames = Mapping[str, pd.DataFrame]
Spell = dict[str, Any]


NO_REVISION = "no revision upwards in the coded answer (E5)"


def build_milestones(frames: Frames, revised: Collection[str]) -> pd.DataFrame:
    """All milestones of all events, from pages and registers, with one picked a type.

    ``frames`` are the raw tables; ``revised`` the events whose coded answer holds a revision of
    the scope upwards: in others no claim of one is picked. See
    :func:`breachstudy.facts.picking.pick_milestones`.
    """
    pages = frames["milestones"].drop(columns="_row")
    kinds = frames["documents"].set_index(["event_id", "source_id"])["kind"]
    keys = pd.MultiIndex.from_frame(pages[["event_id", "source_id"]])
    pages = pages.assign(origin="page", source_kind=kinds[~kinds.index.duplicated()]
                         .reindex(keys).fillna("reference").to_numpy())
    registers = register_milestones(frames)
    both = pd.concat([pages, registers.reindex(columns=[*pages.columns, "source_locator"])],
                     ignore_index=True)
    aside = frames["set_aside"].set_index("milestone_id")["reason"]
    both["set_aside"] = both["milestone_id"].map(aside)
    without = (both["type"] == "scope_revised") & ~both["event_id"].isin(revised)
    both["set_aside"] = both["set_aside"].mask(without & both["set_aside"].isna(), NO_REVISION)
    picked = pick_milestones(both)
    urls = frames["sources"].set_index("source_id")["url"]
    return picked.assign(url=picked["source_id"].map(urls))


def build_events(frames: Frames, milestones: pd.DataFrame, response: pd.DataFrame, spec: Table
                 ) -> pd.DataFrame:
    """The events table before its outcomes: columns of ``spec``, one row an event, sorted by key.

    ``milestones`` is the result of :func:`build_milestones`, ``response`` the columns of
    :func:`breachstudy.response.columns.build_response`, by event.
    """
    events = frames["events"].drop(columns="_row").set_index("event_id", drop=False)
    events = events.sort_index()
    dates = _picked_dates(milestones, events.index)
    registers = milestones[milestones["origin"] == "register"]
    facts = register_facts(frames, registers).reindex(events.index)
    out = pd.concat([events, dates, facts], axis=1)
    out["n_filings"] = [0 if pd.isna(v) else int(v) for v in out["n_filings"]]
    out["is_issuer_notice"] = out["is_issuer_notice"].eq(True)
    out = out.assign(**_documents(frames, events.index))
    out = out.assign(**_event_date(out))
    out["year"] = pd.array([_year(a, b) for a, b in zip(
        out["first_public_lo"], out["register_public_lo"], strict=True)], dtype="Int64")
    out = out.assign(**_firm(frames, out))
    out = pd.concat([out, lags(dates)], axis=1)
    register_lag = lag_between(out["discovered_lo"], out["discovered_hi"],
                               out["register_public_lo"], out["register_public_hi"])
    out["register_lag_lo_days"] = register_lag["lo"]
    out["register_lag_hi_days"] = register_lag["hi"]
    out["register_lag_days"] = register_lag["point"]
    out = out.assign(**_flags(out, milestones))
    out = pd.concat([out, severity_columns(frames["severity"], frames["documents"], out)], axis=1)
    out["prior_breaches"] = _prior(out)
    sets = frames["coding_frame"].set_index("event_id")["coding_set"]
    out["coding_set"] = sets.reindex(out.index)
    out = out.join(response)
    out = out.assign(**covariates(out))
    return out[[n for n in spec.names if n in out.columns]].reset_index(drop=True)


def _picked_dates(milestones: pd.DataFrame, index: pd.Index[Any]) -> pd.DataFrame:
    picked = milestones[milestones["is_picked"]]
    columns = {}
    for name in DATES:
        own = picked[picked["type"] == name].set_index("event_id")
        for end in ("lo", "hi", "precision"):
            columns[f"{name}_{end}"] = own[f"date_{end}"].reindex(index)
    public = picked[picked["type"] == "first_public"].set_index("event_id")
    columns["public_by"] = public["by"].reindex(index)
    columns["public_time"] = public["time"].reindex(index).fillna(
        _time_of_same_day(milestones, public).reindex(index))
    found = picked[picked["type"] == "discovered"].set_index("event_id")
    columns["discovered_basis"] = found["origin"].reindex(index)
    for flag, name in (("is_discovered_disputed", "discovered"),
                       ("is_public_disputed", "first_public")):
        group = milestones[milestones["type"] == name].groupby("event_id")["is_disagreeing"]
        columns[flag] = group.any().reindex(index).astype("boolean")
    return pd.DataFrame(columns, index=index)


def _time_of_same_day(milestones: pd.DataFrame, public: pd.DataFrame) -> pd.Series:
    """Time of day of the first public news as another page of the same day gives it."""
    told = milestones[(milestones["type"] == "first_public") & milestones["time"].notna()]
    lo, hi = (told["event_id"].map(public[c]) for c in ("date_lo", "date_hi"))
    same = told[(told["date_lo"] == told["date_hi"]) & (told["date_lo"] == lo)
                & (told["date_hi"] == hi)]
    return same.sort_values("milestone_id").drop_duplicates("event_id").set_index("event_id")[
        "time"]


def _documents(frames: Frames, index: pd.Index[Any]) -> dict[str, Any]:
    documents = frames["documents"]
    groups = documents.groupby("event_id")
    own_text = documents[documents["kind"].isin(["firm_statement", "letter", "filing"])]
    return {
        "n_documents": groups.size().reindex(index, fill_value=0).astype("Int64"),
        "chars_visible": groups["chars_visible"].sum().reindex(index).fillna(0).astype("Int64"),
        "has_firm_text": index.isin(own_text["event_id"]),
    }


def _year(public: Any, register: Any) -> int | None:
    for day in (public, register):
        if isinstance(day, dt.date):
            return day.year
    return None


def _event_date(events: pd.DataFrame) -> dict[str, Any]:
    """The day of the first news: a page's, else a register's where no page tells of other days.

    Where pages know the first news only as an interval, a register's day outside of it cannot
    be that of the first news, and the event has no day.
    """
    dates: list[dt.date | None] = []
    basis: list[str | None] = []
    for page_lo, page_hi, register_lo, register_hi in zip(
            events["first_public_lo"], events["first_public_hi"],
            events["register_public_lo"], events["register_public_hi"], strict=True):
        exact = isinstance(register_lo, dt.date) and register_lo == register_hi
        if not isinstance(page_lo, dt.date):
            name, day = ("register", register_lo) if exact else (None, None)
        elif page_lo == page_hi:
            name, day = "page_day", page_lo
        elif exact and page_lo <= register_lo <= page_hi:
            name, day = "register", register_lo
        else:
            name, day = None, None
        dates.append(day)
        basis.append(name)
    return {"event_date": pd.Series(dates, index=events.index, dtype="object"),
            "event_date_basis": pd.Series(basis, index=events.index, dtype="str")}


def _firm(frames: Frames, events: pd.DataFrame) -> dict[str, Any]:
    """The security spell of the listed parent that covers the event date."""
    spells: dict[str, list[Spell]] = defaultdict(list)
    for spell in frames["firms"].to_dict("records"):
        spells[spell["firm_id"]].append(spell)
    columns: dict[str, list[Any]] = {n: [] for n in (
        "firm_name", "cik", "ticker", "exchange", "price_ticker", "industry", "audience",
        "is_listed")}
    for firm_id, *days in zip(events["firm_id"], events["event_date"],
                              events["first_public_lo"], events["register_public_lo"],
                              strict=True):
        when = next((d for d in days if isinstance(d, dt.date)), None)
        own = spells.get(firm_id, [])
        spell = next((s for s in own if when is not None and _covers(s, when)), None)
        columns["is_listed"].append(spell is not None)
        fact = spell or (own[0] if own else None)
        for name in ("firm_name", "cik", "industry", "audience"):
            columns[name].append(None if fact is None else fact[name])
        for name in ("ticker", "exchange", "price_ticker"):
            columns[name].append(None if spell is None else spell[name])
    out: dict[str, Any] = {k: pd.Series(v, index=events.index) for k, v in columns.items()}
    sector = out.pop("industry")
    out["sector"] = sector.where(sector.notna(), events["register_industry"])
    return out


def _covers(spell: Spell, day: dt.date) -> bool:
    start, end = spell["valid_from"], spell["valid_to"]
    return (not isinstance(start, dt.date) or start <= day) and (
        not isinstance(end, dt.date) or day <= end)


def _flags(events: pd.DataFrame, milestones: pd.DataFrame) -> dict[str, Any]:
    lag_hi = events["disclosure_lag_hi_days"]
    news = milestones[milestones["type"] == "first_public"]
    told = set(news.loc[news["is_outing"].eq(True), "event_id"])
    is_outed = pd.Series([e in told for e in events.index], index=events.index)
    outed = is_outed.astype("boolean").mask(events["public_by"].isna())
    bounds = events[[f"{n}_hi_days" for n in ONE_WAY]].to_dict("records")
    conflicts = [
        ";".join(n for n in ONE_WAY if not pd.isna(row[f"{n}_hi_days"])
                 and row[f"{n}_hi_days"] < 0 and not (n == "disclosure_lag" and was_outed))
        for row, was_outed in zip(bounds, is_outed, strict=True)]
    pages = set(milestones.loc[milestones["origin"] == "page", "event_id"])
    usable = ~pd.Series(["disclosure_lag" in c for c in conflicts], index=events.index)
    # Where the intervals overlap, only the part with disclosure after discovery is possible.
    lag_lo, point = events["disclosure_lag_lo_days"], events["disclosure_lag_days"]
    overlapping = ((lag_lo < 0) & (lag_hi >= 0)).fillna(False).astype(bool)
    possible = point.mask(overlapping, lag_hi.astype("Float64") / 2)
    analysis = possible.where(usable).mask(is_outed, 0.0)
    return {
        "is_outed": outed,
        "is_register_only": [e not in pages for e in events.index],
        "is_conflict": [bool(c) for c in conflicts],
        "conflict": [c or None for c in conflicts],
        "lag_analysis_days": analysis,
    }


def _prior(events: pd.DataFrame) -> list[int | None]:
    """Events of the same firm with an earlier event date; missing where there is no date.

    A card issuer's notice of a breach at a merchant is no breach of the firm and not counted.
    """
    dates: dict[str, list[dt.date]] = defaultdict(list)
    dated = list(zip(events["firm_id"], events["event_date"], strict=True))
    for (firm, day), elsewhere in zip(dated, events["is_issuer_notice"], strict=True):
        if isinstance(firm, str) and isinstance(day, dt.date) and not elsewhere:
            dates[firm].append(day)
    for days in dates.values():
        days.sort()
    return [bisect_left(dates[firm], day)
            if isinstance(firm, str) and isinstance(day, dt.date) else None
            for firm, day in dated]
