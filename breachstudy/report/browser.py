"""What the event browser of the report holds, as plain data for a script in the page."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from breachstudy.exhibits.numbers import count, plain
from breachstudy.schema.coding_book import book
from breachstudy.schema.inert import web_address

__all__ = ["browser_data", "embedded"]

Frames = Mapping[str, pd.DataFrame]
PATH_LAST = 30


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and value else None


def _date(lo: Any, hi: Any) -> str | None:
    if not isinstance(lo, dt.date):
        return None
    return lo.isoformat() if lo == hi else f"{lo.isoformat()} to {hi.isoformat()}"


def _number(value: Any, digits: int) -> float | None:
    return None if pd.isna(value) else round(float(value), digits)


def browser_data(frames: Frames) -> dict[str, Any]:
    """Events with a document in full, the other events of listed firms in one line.

    Keys of an event: ``id``, ``name``, ``year``, ``sector``, ``lag``, ``candour``, ``car``, and in
    full ``facts``, ``timeline``, ``codes``, ``path`` (cumulative abnormal returns in percent from
    session −10).
    """
    events = frames["events"]
    urls = frames["sources"].set_index("source_id")["url"].to_dict()
    picked = frames["milestones"]
    picked = picked[picked["is_picked"].astype(bool)]
    timeline = dict(iter(picked.sort_values(["date_lo", "type"]).groupby("event_id")))
    codes = dict(iter(frames["codes"].groupby("event_id")))
    returns = frames["abnormal_returns"]
    returns = returns[returns["offset"] <= PATH_LAST]
    paths = {e: own.sort_values("offset") for e, own in returns.groupby("event_id")}
    items = {i.id: i for i in book().items}
    out = []
    for row in events.to_dict("records"):
        full = bool(row["n_documents"])
        if not full and not bool(row["is_listed"]):
            continue
        event: dict[str, Any] = {
            "id": row["event_id"], "name": row["organisation"],
            "year": None if pd.isna(row["year"]) else int(row["year"]),
            "sector": _text(row["sector_group"]), "lag": _number(row["lag_analysis_days"], 1),
            "candour": _number(row["candour"], 2), "car": _number(row["car_m1_p1"], 4)}
        if full:
            event["what"] = _text(row["event_name"])
            event["facts"] = _facts(row)
            event["timeline"] = _timeline(timeline.get(row["event_id"]))
            event["codes"] = _codes(codes.get(row["event_id"]), items, urls)
            path = paths.get(row["event_id"])
            if path is not None:
                total = (100 * path["ar"].astype(float)).cumsum().round(2)
                event["path"] = [[int(o), v] for o, v in zip(path["offset"], total, strict=True)]
        out.append(event)
    out.sort(key=lambda e: (str(e["name"]).lower(), e["id"]))
    return {"events": out}


def _facts(row: dict[str, Any]) -> list[list[str]]:
    facts = []
    for key, label in (("n_affected", "People affected"), ("sensitivity", "Kind of data"),
                       ("attack_type", "How"), ("public_by", "Made public by"),
                       ("dwell_days", "L1 dwell, days"), ("disclosure_lag_days", "L2 lag, days"),
                       ("exposure_to_disclosure_days", "L6 start to public, days"),
                       ("coverage", "How much the coders saw, 0 to 4")):
        value = row[key]
        if pd.isna(value):
            continue
        shown = count(value) if isinstance(value, int) else (
            plain(value) if isinstance(value, float) else str(value).replace("_", " "))
        facts.append([label, shown])
    return facts


def _timeline(own: pd.DataFrame | None) -> list[dict[str, Any]]:
    if own is None:
        return []
    return [{"type": r.type.replace("_", " "), "date": _date(r.date_lo, r.date_hi),
             "by": _text(r.by), "evidence": _text(r.evidence), "url": web_address(r.url)}
            for r in own.itertuples(index=False)]


def _codes(own: pd.DataFrame | None, items: Mapping[str, Any], urls: Mapping[str, str]
           ) -> list[dict[str, Any]]:
    if own is None:
        return []
    out = []
    for r in own.itertuples(index=False):
        item = items[r.item]
        meaning = (item.levels.get(r.code) if r.status == "coded" else None) or \
            r.status.replace("_", " ")
        out.append({"item": r.item, "title": item.title, "code": r.code, "meaning": meaning,
                    "a": r.code_a, "b": r.code_b, "evidence": _text(r.evidence),
                    "url": web_address(urls.get(r.source_id))})
    order = list(items)
    return sorted(out, key=lambda c: order.index(c["item"]))


def embedded(data: Mapping[str, Any]) -> str:
    """JSON that can stand in a script element: no character there ends it or begins a tag."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return (text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
            .replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
