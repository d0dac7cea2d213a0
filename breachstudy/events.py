"""The events table: one row an event, composed of picked dates, lags, severity and firm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from breachstudy.clocks import LAGS, lag_between, lags
from breachstudy.codebook import Table
from breachstudy.facts.members import register_facts, register_milestones
from breachstudy.facts.picking import SOURCE_RANK, pick_milestones

__all__ = ["build_events", "build_milestones"]

DATES = ("incident_start", "incident_end", "alert", "discovered", "confirmed", "contained",
         "review_complete", "first_public", "firm_statement", "individuals_notified",
         "regulator_notified", "scope_revised")
ONE_WAY = ("dwell", "disclosure_lag", "regulator_lag", "notification_lag", "containment_lag",
           "exposure_to_disclosure", "revision_lag")
"""Lags that cannot be negative unless the event was outed or a date is wrong."""

HEALTH = {"health", "insurance"}
FINANCIAL = {"ssn", "government_id", "payment_card", "bank_account", "tax"}
CREDENTIAL = {"password", "credentials_other"}
FROM_REGISTER = {
    "ssn": "ssn", "driving_licence": "government_id", "financial_account": "bank_account",
    "name": "name", "birth_date": "birth_date", "health": "health",
}
"""Data types of the notices table in the words of the severity table."""

Frames = Mapping[str, pd.DataFrame]


def build_milestones(frames: Frames) -> pd.DataFrame:
    """All milestones of all events, from pages and registers, with one picked a type.

    ``frames`` are the raw tables. See :func:`breachstudy.facts.picking.pick_milestones`.
    """
    pages = frames["milestones"].drop(columns="_row")
    kinds = frames["documents"].set_index(["event_id", "source_id"])["kind"]
    keys = pd.MultiIndex.from_frame(pages[["event_id", "source_id"]])
    pages = pages.assign(origin="page", source_kind=kinds[~kinds.index.duplicated()]
                         .reindex(keys).fillna("reference").to_numpy())
    registers = register_milestones(frames)
    both = pd.concat([pages, registers.reindex(columns=[*pages.columns, "source_locator"])],
                     ignore_index=True)
    picked = pick_milestones(both)
    urls = frames["sources"].set_index("source_id")["url"]
    return picked.assign(url=picked["source_id"].map(urls))


def build_events(frames: Frames, milestones: pd.DataFrame, spec: Table) -> pd.DataFrame:
    """The events table with exactly the columns of ``spec``, one row an event, sorted by key.

    ``milestones`` is the result of :func:`build_milestones`.
    """
    events = frames["events"].drop(columns="_row").set_index("event_id", drop=False)
    events = events.sort_index()
    dates = _picked_dates(milestones, events.index)
    facts = register_facts(frames, register_milestones(frames)).reindex(events.index)
    out = pd.concat([events, dates, facts], axis=1)
    out["n_filings"] = [0 if pd.isna(v) else int(v) for v in out["n_filings"]]
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
    out = out.assign(**_severity(frames, out))
    out["prior_breaches"] = _prior(out)
    return out[spec.names].reset_index(drop=True)


def _picked_dates(milestones: pd.DataFrame, index: pd.Index[Any]) -> pd.DataFrame:
    picked = milestones[milestones["is_picked"]]
    columns = {}
    for name in DATES:
        own = picked[picked["type"] == name].set_index("event_id")
        for end in ("lo", "hi", "precision"):
            columns[f"{name}_{end}"] = own[f"date_{end}"].reindex(index)
    public = picked[picked["type"] == "first_public"].set_index("event_id")
    columns["public_by"] = public["by"].reindex(index)
    columns["public_time"] = public["time"].reindex(index)
    found = picked[picked["type"] == "discovered"].set_index("event_id")
    columns["discovered_basis"] = found["origin"].reindex(index)
    for flag, name in (("is_discovered_disputed", "discovered"),
                       ("is_public_disputed", "first_public")):
        group = milestones[milestones["type"] == name].groupby("event_id")["is_disagreeing"]
        columns[flag] = group.any().reindex(index).astype("boolean")
    return pd.DataFrame(columns, index=index)


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
    dates: list[dt.date | None] = []
    basis: list[str | None] = []
    for row in events.itertuples(index=False):
        for name, prefix in (("page_day", "first_public"), ("register", "register_public")):
            lo, hi = getattr(row, f"{prefix}_lo"), getattr(row, f"{prefix}_hi")
            if isinstance(lo, dt.date) and lo == hi:
                dates.append(lo)
                basis.append(name)
                break
        else:
            dates.append(None)
            basis.append(None)
    return {"event_date": pd.Series(dates, index=events.index, dtype="object"),
            "event_date_basis": pd.Series(basis, index=events.index, dtype="str")}


def _firm(frames: Frames, events: pd.DataFrame) -> dict[str, Any]:
    """The security spell of the listed parent that covers the event date."""
    spells = {k: g for k, g in frames["firms"].groupby("firm_id")}
    columns: dict[str, list[Any]] = {n: [] for n in (
        "firm_name", "cik", "ticker", "exchange", "price_ticker", "industry", "audience",
        "is_listed")}
    for event in events.itertuples(index=False):
        when = event.event_date
        if not isinstance(when, dt.date):
            when = event.first_public_lo if isinstance(event.first_public_lo, dt.date) \
                else event.register_public_lo
        own = spells.get(event.firm_id)
        spell = _spell(own, when) if own is not None else None
        columns["is_listed"].append(spell is not None)
        fact = spell if spell is not None else (own.iloc[0] if own is not None else None)
        for name in ("firm_name", "cik", "industry", "audience"):
            columns[name].append(None if fact is None else fact[name])
        for name in ("ticker", "exchange", "price_ticker"):
            columns[name].append(None if spell is None else spell[name])
    out: dict[str, Any] = {k: pd.Series(v, index=events.index) for k, v in columns.items()}
    sector = out.pop("industry")
    out["sector"] = sector.where(sector.notna(), events["register_industry"])
    return out


def _spell(spells: pd.DataFrame, when: Any) -> pd.Series[Any] | None:
    if not isinstance(when, dt.date):
        return None
    for _, spell in spells.iterrows():
        start, end = spell["valid_from"], spell["valid_to"]
        if (not isinstance(start, dt.date) or start <= when) and (
                not isinstance(end, dt.date) or when <= end):
            return spell
    return None


def _flags(events: pd.DataFrame, milestones: pd.DataFrame) -> dict[str, Any]:
    lag_hi = events["disclosure_lag_hi_days"]
    outed = ((lag_hi < 0) & (events["public_by"] != "firm")).astype("boolean")
    outed = outed.mask(lag_hi.isna() | events["public_by"].isna())
    is_outed = outed.fillna(False).astype(bool)
    conflicts = []
    for i, event_id in enumerate(events.index):
        names = [n for n in ONE_WAY if not pd.isna(events.at[event_id, f"{n}_hi_days"])
                 and events.at[event_id, f"{n}_hi_days"] < 0
                 and not (n == "disclosure_lag" and is_outed.iloc[i])]
        conflicts.append(";".join(names))
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


def _severity(frames: Frames, events: pd.DataFrame) -> dict[str, Any]:
    severity = frames["severity"].merge(
        frames["documents"][["event_id", "source_id", "kind", "published"]].drop_duplicates(
            ["event_id", "source_id"]), on=["event_id", "source_id"], how="left")
    severity["rank"] = severity["kind"].map(SOURCE_RANK).fillna(9)
    groups = {k: g for k, g in severity.groupby("event_id")}
    columns: dict[str, list[Any]] = {n: [] for n in (
        "records_first", "records_final", "records_unit", "n_affected", "n_affected_basis",
        "data_types", "sensitivity", "attack_type", "is_insider", "vendor", "affected",
        "confounding_news")}
    empty = severity.iloc[:0]
    for event in events.itertuples(index=False):
        own = groups.get(event.event_id, empty)
        first, first_unit = _number(own, "records_first", latest=False)
        final, final_unit = _number(own, "records_final", latest=True)
        columns["records_first"].append(first)
        columns["records_final"].append(final)
        columns["records_unit"].append(final_unit if final is not None else first_unit)
        number, basis = None, None
        for value, name in ((final, "page_final"), (first, "page_first"),
                            (event.register_total, "register_total"),
                            (event.register_state, "register_state")):
            if value is not None and not pd.isna(value):
                number, basis = int(value), name
                break
        columns["n_affected"].append(number)
        columns["n_affected_basis"].append(basis)
        types = set(own.loc[own["field"] == "data_type", "value"])
        if not types and isinstance(event.register_types, str):
            types = {FROM_REGISTER.get(t, "other") for t in event.register_types.split(";") if t}
        columns["data_types"].append(";".join(sorted(types)) or None)
        columns["sensitivity"].append(_sensitivity(types))
        columns["attack_type"].append(_most_frequent(own, "attack_type"))
        said = _most_frequent(own, "insider")
        columns["is_insider"].append(None if said is None else said == "yes")
        columns["vendor"].append(_most_frequent(own, "vendor"))
        columns["affected"].append(
            ";".join(sorted(set(own.loc[own["field"] == "affected", "value"]))) or None)
        columns["confounding_news"].append(
            "; ".join(sorted(set(own.loc[own["field"] == "confounding_news", "value"]))) or None)
    return {k: pd.Series(v, index=events.index, dtype="object") for k, v in columns.items()}


def _number(facts: pd.DataFrame, field: str, *, latest: bool) -> tuple[int | None, str | None]:
    """The number of the best kind of source; among equals the latest or earliest published."""
    own = facts[facts["field"] == field]
    if own.empty:
        return None, None
    day = [d.toordinal() if isinstance(d, dt.date) else None for d in own["published"]]
    order = pd.Series(day, index=own.index, dtype="Float64")
    order = order.fillna(0 if latest else 10**7) * (-1 if latest else 1)
    value = own["value"].astype("int64")
    best = own.assign(_day=order, _value=-value).sort_values(
        ["rank", "_day", "_value", "severity_id"]).iloc[0]
    return int(best["value"]), None if pd.isna(best["unit"]) else str(best["unit"])


def _most_frequent(facts: pd.DataFrame, field: str) -> str | None:
    own = facts[facts["field"] == field]
    if own.empty:
        return None
    counts = own.groupby("value").agg(n=("value", "size"), rank=("rank", "min")).reset_index()
    ordered = counts.assign(n=-counts["n"]).sort_values(["n", "rank", "value"])
    return str(ordered.iloc[0]["value"])


def _sensitivity(types: set[str]) -> str | None:
    if not types:
        return None
    for name, members in (("health", HEALTH), ("financial", FINANCIAL),
                          ("credential", CREDENTIAL)):
        if types & members:
            return name
    return "contact"


def _prior(events: pd.DataFrame) -> list[int | None]:
    """Events of the same firm with an earlier event date; missing where there is no date."""
    out: list[int | None] = []
    dated = [(f, d) for f, d in zip(events["firm_id"], events["event_date"], strict=True)]
    for firm, day in dated:
        if pd.isna(firm) or not isinstance(day, dt.date):
            out.append(None)
        else:
            out.append(sum(1 for f, d in dated if f == firm and isinstance(d, dt.date)
                           and d < day))
    return out


assert {lag.name for lag in LAGS} == set(ONE_WAY)
