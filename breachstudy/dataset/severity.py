"""How severe an event was: one value a field from several sources, by a stated rule."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from breachstudy.facts.picking import SOURCE_RANK

__all__ = ["FIELDS", "sensitivity", "severity_columns"]

FIELDS = ("records_first", "records_first_unit", "records_first_day", "records_first_basis",
          "is_records_first_missing", "records_initial", "records_initial_unit",
          "records_initial_day", "records_final", "records_final_unit", "records_final_day",
          "records_final_basis", "records_unit", "n_affected", "n_affected_basis", "data_types",
          "sensitivity", "attack_type", "is_insider", "vendor", "affected", "confounding_news")
HEALTH = {"health", "insurance"}
FINANCIAL = {"ssn", "government_id", "payment_card", "bank_account", "tax"}
CREDENTIAL = {"password", "credentials_other"}
FROM_REGISTER = {
    "ssn": "ssn", "driving_licence": "government_id", "passport": "government_id",
    "military_id": "government_id", "student_id": "other", "financial_account": "bank_account",
    "name": "name", "birth_date": "birth_date", "health": "health",
    "health_insurance": "insurance", "account_login": "password", "biometric": "biometric",
    "private_key": "credentials_other", "other": "other",
}
"""Data types of the notices table in the words of the severity table."""

Fact = dict[str, Any]


def severity_columns(severity: pd.DataFrame, documents: pd.DataFrame, events: pd.DataFrame
                     ) -> pd.DataFrame:
    """The columns :data:`FIELDS` for each event, indexed as ``events``.

    ``severity`` and ``documents`` are raw tables; ``events`` holds register_total,
    register_state, register_types and event_date. A number is that of the best kind of source,
    the first published for the first number and the last published for the last. Only numbers in
    documents published by the day after the event's count as known then (``records_first``); the
    first number on whatever day is ``records_initial``. A larger national total of a register
    stands before a number of people in pages: filings are amended upwards after the news. Each
    keeps the day of its document, its unit and the kind of its source. Data types are the union
    of sources; the attack is the most frequent among them, ties going to the better source.

    Raises KeyError for a data type of a register that has no counterpart.
    """
    published = {(d["event_id"], d["source_id"]): d for d in reversed(
        documents[["event_id", "source_id", "kind", "published"]].to_dict("records"))}
    facts: dict[str, list[Fact]] = defaultdict(list)
    for fact in severity.to_dict("records"):
        document = published.get((fact["event_id"], fact["source_id"]), {})
        facts[fact["event_id"]].append({
            **fact, "rank": SOURCE_RANK.get(document.get("kind", ""), 9),
            "published": document.get("published"), "kind": document.get("kind")})
    rows = [_row(facts[event_id], total, state, types, day)
            for event_id, total, state, types, day in zip(
                events.index, events["register_total"], events["register_state"],
                events["register_types"], events["event_date"], strict=True)]
    return pd.DataFrame(
        {name: pd.Series([r[name] for r in rows], index=events.index, dtype="object")
         for name in FIELDS})


def _row(facts: Sequence[Fact], total: Any, state: Any, register_types: Any, day: Any
         ) -> dict[str, Any]:
    early = [f for f in facts if isinstance(f["published"], dt.date) and isinstance(day, dt.date)
             and (f["published"] - day).days <= 1]
    first = _number(early, "records_first", latest=False)
    initial = _number(facts, "records_first", latest=False)
    final = _number(facts, "records_final", latest=True)
    told = final if final.value is not None else initial
    is_larger = (told.unit == "people" and told.value is not None and not pd.isna(total)
                 and total > told.value)
    candidates = ((("register_total", total),) if is_larger else ()) + (
        ("page_final", final.value), ("page_first", initial.value), ("register_total", total),
        ("register_state", state))
    basis, number = next(((b, int(v)) for b, v in candidates
                          if v is not None and not pd.isna(v)), (None, None))
    types = set(_values(facts, "data_type"))
    if not types and isinstance(register_types, str):
        types = {FROM_REGISTER[t] for t in register_types.split(";") if t}
    insider = _most_frequent(facts, "insider")
    return {
        "records_first": first.value,
        "records_first_unit": first.unit,
        "records_first_day": first.day,
        "records_first_basis": first.kind,
        "is_records_first_missing": first.value is None,
        "records_initial": initial.value,
        "records_initial_unit": initial.unit,
        "records_initial_day": initial.day,
        "records_final": final.value,
        "records_final_unit": final.unit,
        "records_final_day": final.day,
        "records_final_basis": final.kind,
        "records_unit": told.unit,
        "n_affected": number,
        "n_affected_basis": basis,
        "data_types": ";".join(sorted(types)) or None,
        "sensitivity": sensitivity(types),
        "attack_type": _most_frequent(facts, "attack_type"),
        "is_insider": None if insider is None else insider == "yes",
        "vendor": _most_frequent(facts, "vendor"),
        "affected": ";".join(sorted(set(_values(facts, "affected")))) or None,
        "confounding_news": "; ".join(sorted(set(_values(facts, "confounding_news")))) or None,
    }


def _values(facts: Sequence[Fact], field: str) -> list[str]:
    return [f["value"] for f in facts if f["field"] == field]


@dataclass(frozen=True)
class Number:
    """A number of records with its unit, the day of its document and the kind of source."""

    value: int | None = None
    unit: str | None = None
    day: dt.date | None = None
    kind: str | None = None


def _number(facts: Sequence[Fact], field: str, *, latest: bool) -> Number:
    """The number of the best kind of source; among equals the latest or earliest published."""
    own = [f for f in facts if f["field"] == field]
    if not own:
        return Number()

    def order(fact: Fact) -> tuple[int, int, int, str]:
        day = fact["published"]
        # an undated page is never preferred to a dated one
        known = day.toordinal() if isinstance(day, dt.date) else (0 if latest else 10**7)
        return fact["rank"], -known if latest else known, -int(fact["value"]), fact["severity_id"]

    best = min(own, key=order)
    day = best["published"]
    return Number(int(best["value"]), None if pd.isna(best["unit"]) else str(best["unit"]),
                  day if isinstance(day, dt.date) else None, best["kind"])


def _most_frequent(facts: Sequence[Fact], field: str) -> str | None:
    counts = Counter(_values(facts, field))
    if not counts:
        return None
    ranks = {v: min(f["rank"] for f in facts if f["field"] == field and f["value"] == v)
             for v in counts}
    return min(counts, key=lambda v: (-counts[v], ranks[v], v))


def sensitivity(types: set[str]) -> str | None:
    """The most sensitive class among data types; None without any."""
    if not types:
        return None
    for name, members in (("health", HEALTH), ("financial", FINANCIAL),
                          ("credential", CREDENTIAL)):
        if types & members:
            return name
    return "contact"
