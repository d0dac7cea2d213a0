"""Published figures of single breaches, re-keyed from a list of figures seen in pages."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

__all__ = ["STAKEHOLDERS", "compile_cases", "shortened"]

STAKEHOLDERS = {"yougov_brandindex": "consumers_poll", "other_brand_polls": "consumers_poll",
                "customer_losses": "consumers_behaviour", "us_regulatory": "regulator",
                "uk_eu_regulatory": "regulator", "class_actions": "court",
                "exec_departures": "executives"}
"""Families of the list; surveys that name no organisation's breach are left out."""
WORDS = 8


def shortened(quote: str, value: object) -> str:
    """At most eight words of a quote, those round its number where it has one."""
    words = quote.replace("…", " ").split()
    if len(words) <= WORDS:
        return " ".join(words)
    digits = re.sub(r"\D", "", str(value).removesuffix(".0"))
    at = next((i for i, w in enumerate(words)
               if re.search(r"\d", w) and digits.startswith(re.sub(r"\D", "", w)[:2])),
              next((i for i, w in enumerate(words) if re.search(r"\d", w)), 0))
    first = min(max(at - WORDS // 2, 0), len(words) - WORDS)
    return " ".join(words[first:first + WORDS])


def compile_cases(figures: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The case table. ``figures``: family, organisation, breach, metric, value, unit, date,
    source_url, quote, status; only figures seen in a page count. ``events``: event_id, lookup,
    organisation. A figure joins an event of the same organisation and year, where one only fits.
    """
    rows: list[dict[str, Any]] = []
    seen = figures[(figures["status"] == "seen_in_stored_page")
                   & figures["family"].isin(STAKEHOLDERS) & figures["value"].notna()]
    for row in seen.itertuples(index=False):
        rows.append({
            "event_id": _event(row.organisation, row.breach, events),
            "organisation": row.organisation, "breach": row.breach,
            "stakeholder": STAKEHOLDERS[row.family], "measure": row.metric,
            "value": float(row.value), "unit": row.unit,
            "date": row.date if isinstance(row.date, str) and re.fullmatch(
                r"\d{4}(-\d{2}(-\d{2})?)?", row.date) else None,
            "url": row.source_url, "evidence": shortened(row.quote, row.value)})
    frame = pd.DataFrame(rows).sort_values(["organisation", "breach", "stakeholder", "measure",
                                            "value", "url"], ignore_index=True)
    slug = frame["organisation"].str.lower().str.replace(r"[^a-z0-9]+", "-", regex=True).str.strip(
        "-")
    number = frame.groupby(slug).cumcount() + 1
    frame.insert(0, "case_id", [f"{s}/{n:03}" for s, n in zip(slug, number, strict=True)])
    return frame.sort_values("case_id", ignore_index=True)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", re.sub(r"\(.*?\)", "", name.lower())).strip()


def _event(organisation: str, breach: str, events: pd.DataFrame) -> str | None:
    """The one event whose organisation begins alike and whose id carries a year of the breach."""
    years = re.findall(r"20\d{2}", breach)
    name = _plain(organisation)
    found = [(event, looked_up == "found") for event, other, looked_up in zip(
        events["event_id"], events["organisation"], events["lookup"], strict=True)
        if (_plain(other).startswith(name) or name.startswith(_plain(other)))
        and any(event.endswith(y) or f"-{y}-" in event for y in years)]
    read = [event for event, is_read in found if is_read]
    chosen = read or [event for event, _ in found]
    return chosen[0] if len(chosen) == 1 else None
