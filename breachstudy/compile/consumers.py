"""Customer satisfaction and reputation round the events, from published yearly scores.

A wave is labelled by its year. The American Customer Satisfaction Index surveys a sector in one
quarter, Harris rates companies in a few weeks; where no page was seen that tells when, any day of
the year counts. The wave before is the last surveyed wholly before the first public news, the wave
after the first surveyed wholly after it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["LATEST_YEARS", "MIN_AFFECTED", "MIN_PEERS", "Compiled", "compile_acsi",
           "compile_harris", "quarter_days"]

MIN_AFFECTED = 1000
"""Events with fewer people affected enter only if pages tell of them."""
LATEST_YEARS = 2
MIN_PEERS = 3
WAVES = ["year_before", "score_before", "year_after", "score_after", "peers_before",
         "peers_after", "n_peers"]

Days = Callable[[int], tuple[dt.date, dt.date]]


@dataclass(frozen=True)
class Compiled:
    """``rows``: one row an event and brand. ``unchecked``: events that a link proposes and that
    have no verdict by hand yet; they are left out."""

    rows: pd.DataFrame
    unchecked: tuple[str, ...]


def quarter_days(year: int, quarter: int | None) -> tuple[dt.date, dt.date]:
    """First and last day of a quarter; of the year where the quarter is unknown."""
    if quarter is None:
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    first = dt.date(year, 3 * quarter - 2, 1)
    following = dt.date(year + 1, 1, 1) if quarter == 4 else dt.date(year, 3 * quarter + 1, 1)
    return first, following - dt.timedelta(days=1)


def compile_acsi(scores: pd.DataFrame, links: pd.DataFrame, seasons: pd.DataFrame,
                 matches: pd.DataFrame, events: pd.DataFrame) -> Compiled:
    """Satisfaction round each event of a linked brand; peers are the sector's other brands.

    ``scores``: company, sector, year, acsi. ``links``, ``seasons`` and ``matches`` (rows of the
    index ``acsi``): raw tables. ``events``: event_id, firm_id, organisation, event_date,
    n_affected, lookup, is_issuer_notice.
    """
    quarters = {s: None if pd.isna(q) else int(q) for s, q in zip(
        seasons["acsi_sector"], seasons["quarter"], strict=True)}
    tables = {str(s): own.pivot_table(index="company", columns="year", values="acsi")
              for s, own in scores.groupby("sector")}

    def waves_of(brand: tuple[str, ...], day: dt.date) -> dict[str, Any] | None:
        company, sector = brand
        quarter = quarters.get(sector)
        return _waves(tables[sector], company, day, lambda year: quarter_days(year, quarter))

    return _compile(links, ("acsi_company", "acsi_sector"), matches, events, waves_of,
                    "acsi_scores")


def compile_harris(scores: pd.DataFrame, links: pd.DataFrame, waves: pd.DataFrame,
                   matches: pd.DataFrame, events: pd.DataFrame) -> Compiled:
    """Reputation round each event of a linked company; peers are all other companies rated.

    ``scores``: company, year, rq. ``links``, ``waves`` and ``matches`` (rows of the index
    ``harris``): raw tables. ``events`` as in :func:`compile_acsi`.
    """
    table = scores.pivot_table(index="company", columns="year", values="rq")
    fielded = {int(w.year): (w.first_day, w.last_day) for w in waves.itertuples(index=False)}

    def days(year: int) -> tuple[dt.date, dt.date]:
        return fielded.get(year, quarter_days(year, None))

    return _compile(links, ("harris_company",), matches, events,
                    lambda brand, day: _waves(table, brand[0], day, days), "harris_scores")


def _compile(links: pd.DataFrame, brand_columns: Sequence[str], matches: pd.DataFrame,
             events: pd.DataFrame,
             waves_of: Callable[[tuple[str, ...], dt.date], dict[str, Any] | None],
             source_id: str) -> Compiled:
    checked = {m.event_id: (m.verdict, None if pd.isna(m.reason) else m.reason)
               for m in matches.itertuples(index=False)}
    rows: list[dict[str, Any]] = []
    unchecked: list[str] = []
    for event_id, day, brand in _proposed(links, brand_columns, events):
        waves = waves_of(brand, day)
        if waves is None:  # the index does not follow the brand near the event at all
            continue
        if event_id not in checked:
            unchecked.append(event_id)
            continue
        verdict, reason = checked[event_id]
        row = {"event_id": event_id, **dict(zip(brand_columns, brand, strict=True)),
               "verdict": verdict, "reason": reason, "source_id": source_id}
        rows.append(row | waves if verdict == "matched" else row)
    frame = pd.DataFrame(rows, columns=["event_id", *brand_columns, "verdict", "reason", *WAVES,
                                        "source_id"])
    whole = ["year_before", "year_after", "n_peers"]
    return Compiled(frame.astype(dict.fromkeys(whole, "Int64")), tuple(unchecked))


def _proposed(links: pd.DataFrame, brand_columns: Sequence[str], events: pd.DataFrame
              ) -> Iterator[tuple[str, dt.date, tuple[str, ...]]]:
    """Dated events large or known enough, with the brand that the first fitting link gives."""
    patterns = [(firm, re.compile(pattern), tuple(brand)) for firm, pattern, *brand in links[
        ["firm_id", "organisation_pattern", *brand_columns]].itertuples(index=False, name=None)]
    for event in events.sort_values("event_id").itertuples(index=False):
        if not isinstance(event.event_date, dt.date) or bool(event.is_issuer_notice):
            continue
        large = pd.notna(event.n_affected) and event.n_affected >= MIN_AFFECTED
        if not large and event.lookup != "found":
            continue
        brand = next((b for firm, pattern, b in patterns
                      if firm == event.firm_id and pattern.search(event.organisation)), None)
        if brand is not None:
            yield event.event_id, event.event_date, brand


def _waves(table: pd.DataFrame, company: str, day: dt.date, days: Days
           ) -> dict[str, Any] | None:
    """The two waves and the peers' means in them; None where no wave is near the day at all."""
    if company not in table.index:
        return None
    own = table.loc[company].dropna()
    years = [int(y) for y in own.index if abs(int(y) - day.year) <= LATEST_YEARS]
    before = [y for y in years if days(y)[1] < day]
    after = [y for y in years if days(y)[0] > day]
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
