"""Customer satisfaction round the events, from the published scores of the ACSI.

A wave is labelled by year; its survey takes a quarter of that year, or, where no page was seen that
tells which, may take any part of it. The wave before is the last surveyed wholly before the first
public news, the wave after the first surveyed wholly after it.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pandas as pd

__all__ = ["LATEST_YEARS", "MIN_AFFECTED", "compile_acsi", "survey_days"]

MIN_AFFECTED = 1000
"""Events with fewer people affected enter only if pages tell of them."""
LATEST_YEARS = 2
MIN_PEERS = 3
REJECTED = {
    "toyota-2015": "other_business", "toyota-2016-b": "other_business",
    "toyota-2019-a": "other_business", "coca-cola-2014": "employees_only",
    "coca-cola-2018-a": "employees_only", "coca-cola-2018-b": "employees_only",
    "aetna-2009": "employees_only", "wellpoint-2010": "other_business",
    "macys-2018-b": "other_business", "ihg-2016-b": "other_business",
    "ihg-2017-b": "other_business",
}
"""Matches by name that the check by hand took out: financing arms, employees, applicants, hotels of
another brand."""


def survey_days(year: int, quarter: int | None) -> tuple[dt.date, dt.date]:
    """First and last day on which the wave of a year can have been surveyed."""
    if quarter is None:
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    first = dt.date(year, 3 * quarter - 2, 1)
    following = dt.date(year + 1, 1, 1) if quarter == 4 else dt.date(year, 3 * quarter + 1, 1)
    return first, following - dt.timedelta(days=1)


def compile_acsi(scores: pd.DataFrame, links: pd.DataFrame, seasons: pd.DataFrame,
                 events: pd.DataFrame) -> pd.DataFrame:
    """One row an event of a linked brand, with both waves and the peers.

    ``scores``: company, sector, year, acsi. ``links`` and ``seasons``: raw tables. ``events``:
    event_id, firm_id, organisation, event_date, n_affected, lookup, affected, is_issuer_notice.
    """
    quarters = {s: None if pd.isna(q) else int(q) for s, q in zip(
        seasons["acsi_sector"], seasons["quarter"], strict=True)}
    by_sector = {s: own.pivot_table(index="company", columns="year", values="acsi")
                 for s, own in scores.groupby("sector")}
    out = []
    patterns = [(row.firm_id, re.compile(row.organisation_pattern), row.acsi_company,
                 row.acsi_sector) for row in links.itertuples(index=False)]
    for event in events.sort_values("event_id").itertuples(index=False):
        if not isinstance(event.event_date, dt.date) or bool(event.is_issuer_notice):
            continue
        known = pd.notna(event.n_affected) and event.n_affected >= MIN_AFFECTED
        if not known and event.lookup != "found":
            continue
        found = [(company, sector) for firm, pattern, company, sector in patterns
                 if firm == event.firm_id and pattern.search(event.organisation)]
        if not found:
            continue
        company, sector = found[0]
        if company not in by_sector[sector].index:
            continue
        row: dict[str, Any] = {"event_id": event.event_id, "acsi_company": company,
                               "acsi_sector": sector, "source_id": "acsi_scores",
                               "verdict": "matched", "reason": None}
        if event.event_id in REJECTED or event.affected == "employees":
            row |= {"verdict": "rejected",
                    "reason": REJECTED.get(event.event_id, "employees_only")}
            out.append(row)
            continue
        waves = _waves(by_sector[sector], company, event.event_date, quarters.get(sector))
        if waves is None:  # the index does not follow the brand near the event at all
            continue
        out.append(row | waves)
    columns = ["event_id", "acsi_company", "acsi_sector", "verdict", "reason", "year_before",
               "score_before", "year_after", "score_after", "peers_before", "peers_after",
               "n_peers", "source_id"]
    frame = pd.DataFrame(out).reindex(columns=columns)
    return frame.astype({"year_before": "Int64", "year_after": "Int64", "n_peers": "Int64"})


def _waves(table: pd.DataFrame, company: str, day: dt.date, quarter: int | None
           ) -> dict[str, Any] | None:
    own = table.loc[company].dropna()
    before = [int(y) for y in own.index if survey_days(int(y), quarter)[1] < day]
    after = [int(y) for y in own.index if survey_days(int(y), quarter)[0] > day]
    before = [y for y in before if y >= day.year - LATEST_YEARS]
    after = [y for y in after if y <= day.year + LATEST_YEARS]
    if not before and not after:
        return None
    if not before:
        return {"reason": "no_wave_before"}
    if not after:
        return {"reason": "no_wave_after", "year_before": before[-1],
                "score_before": float(own[before[-1]])}
    a, b = before[-1], after[0]
    peers = table.drop(index=company)[[a, b]].dropna()
    row: dict[str, Any] = {"year_before": a, "score_before": float(own[a]), "year_after": b,
                           "score_after": float(own[b]), "n_peers": len(peers)}
    if len(peers) < MIN_PEERS:
        return row | {"reason": "few_peers"}
    return row | {"peers_before": round(float(peers[a].mean()), 4),
                  "peers_after": round(float(peers[b].mean()), 4)}
