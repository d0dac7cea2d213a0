"""Every fact that an audit can draw, with the question that a reader is asked.

A fact is one claim of the dataset: a date, who was first, a number, a code, a link, a security.
Where the dataset is silent there is nothing to audit, except for codes: an item that was not seen
may be drawn as kind ``unseen``, to learn how often it was there.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from breachstudy.schema.codebook import table
from breachstudy.schema.coding_book import Book

__all__ = ["COLUMNS", "FAMOUS_AFFECTED", "FAMOUS_DOCUMENTS", "KINDS", "Kind", "all_facts",
           "is_famous"]

Frames = Mapping[str, pd.DataFrame]

FAMOUS_DOCUMENTS, FAMOUS_AFFECTED = 6, 1_000_000
"""An event is famous from so many documents read, above so many people or records affected, or if
it is a landmark or seed case."""

COLUMNS = ["fact_id", "kind", "event_id", "organisation", "event", "field", "question",
           "answer_form", "dataset_value", "is_famous"]


@dataclass(frozen=True)
class Kind:
    """A kind of facts: its title, and when a reader's value counts as the dataset's."""

    title: str
    rule: str
    claims: bool = True


KINDS: dict[str, Kind] = {
    "dates": Kind("Dates", "right if the two intervals overlap; equal intervals are counted too"),
    "who_first": Kind("Who was first", "right if the same level"),
    "numbers": Kind("Numbers", "same unit; right if equal once both are rounded to the significant "
                    "digits of the coarser one, and within 5 %"),
    "codes": Kind("Codes", "right if the same level; the next level is wrong, and counted"),
    "links": Kind("Members and firms", "the same firm by name or ticker; for register rows, the "
                  "same yes or no"),
    "securities": Kind("Securities", "the same ticker or key, without case and punctuation"),
    "unseen": Kind("Codes not seen", "no claim of the dataset: says how often a reader finds the "
                   "item", claims=False),
}

DATES = {
    "incident_start": "When did the incident (the intrusion, loss or exposure) begin?",
    "incident_end": "When did the incident end?",
    "discovered": "When did the organisation or its vendor first have notice of it?",
    "contained": "When was it contained?",
    "first_public": "When was the first public news of it, by anyone?",
    "firm_statement": "When did the organisation first speak of it in public?",
    "individuals_notified": "When were the first people affected told directly?",
    "regulator_notified": "When was a regulator first told?",
    "scope_revised": "When did the organisation first revise its scope upwards?",
}
NUMBERS = {
    "records_first": "The first number of {unit} affected that was made public",
    "records_final": "The last number of {unit} affected that became known",
    "compensation_months": "Months of credit monitoring or identity protection offered in the "
                           "first week",
}
DATE_FORM = "YYYY-MM-DD, YYYY-MM, YYYY, or first day/last day"


def is_famous(events: pd.DataFrame) -> pd.Series:
    """Whether each event is famous, by :data:`FAMOUS_DOCUMENTS` and :data:`FAMOUS_AFFECTED`."""
    return (events["n_documents"].ge(FAMOUS_DOCUMENTS)
            | events["n_affected"].gt(FAMOUS_AFFECTED).fillna(False)
            | events["role"].ne("listed")).astype(bool)


def all_facts(raw: Frames, frames: Frames, book: Book) -> pd.DataFrame:
    """Every auditable fact, columns :data:`COLUMNS`, sorted by fact_id.

    ``frames``: the built events and codes; ``raw``: event_members, notices and register_reports.
    """
    events = frames["events"]
    shown = events.assign(famous=is_famous(events)).set_index("event_id")
    words = {kind: dict(zip(events["event_id"], _words(events, kind), strict=True))
             for kind in KINDS}
    rows = [*_dates(shown), *_who_first(shown), *_numbers(shown), *_codes(frames["codes"], shown,
                                                                          book),
            *_firms(shown), *_members(raw, shown), *_securities(shown)]
    out = pd.DataFrame([(f"{kind}:{event}:{field}", kind, event, shown.at[event, "organisation"],
                         words[kind][event], field, question, form, value,
                         bool(shown.at[event, "famous"]))
                        for kind, event, field, question, form, value in rows], columns=COLUMNS)
    return out.sort_values("fact_id", ignore_index=True)


Row = tuple[str, str, str, str, str, str]


MONTHS = "|".join(calendar.month_name[1:])
HIDDEN = {
    "numbers": r"(?:\b(?:about|some|over|under|up to|nearly)\s+)?\b\d[\d.,]*"
               r"(?:\s*(?:million|billion|thousand)\b)?",
    "dates": rf"(?:\b\d{{1,2}}\s+)?\b(?:{MONTHS})\b(?:\s+\d{{4}}\b)?",
}
"""What a name may give away, by kind of fact."""


def _words(events: pd.DataFrame, kind: str) -> list[str]:
    """Enough to know which breach is meant: its name and year, without what the name gives away
    of a fact of this kind. Without a name: its year and registers, the day of the register's
    report (for a date: the number of people) and, where the organisation has another in that
    year, how it happened."""
    several = events.duplicated(["organisation", "year"], keep=False)
    out = []
    for row, many in zip(events.itertuples(index=False), several, strict=True):
        year = "" if pd.isna(row.year) else f" ({int(row.year)})"
        if isinstance(row.event_name, str):
            name = row.event_name
            if kind in HIDDEN:
                name = re.sub(HIDDEN[kind], " … ", name, flags=re.IGNORECASE)
            out.append(f"{' '.join(name.split())}{year}")
            continue
        told = [f"breach known{year}"]
        if isinstance(row.registers, str):
            told.append(f"in {row.registers.replace(';', ', ')}")
        if kind == "dates":
            told += [f"{int(row.n_affected):,} people"] if pd.notna(row.n_affected) else []
        elif isinstance(row.register_public_lo, dt.date):
            told.append(f"reported {row.register_public_lo}")
        if many and isinstance(row.attack_type, str):
            told.append(f"by {row.attack_type}")
        out.append(", ".join(told))
    return out


def _span(lo: dt.date, hi: dt.date) -> str:
    return lo.isoformat() if lo == hi else f"{lo.isoformat()}/{hi.isoformat()}"


def _dates(shown: pd.DataFrame) -> list[Row]:
    out = []
    for field, question in DATES.items():
        own = shown[shown[f"{field}_lo"].notna()]
        out += [("dates", str(event), field, question, DATE_FORM, _span(lo, hi))
                for event, lo, hi in zip(own.index, own[f"{field}_lo"], own[f"{field}_hi"],
                                         strict=True)]
    return out


def _levels(levels: Mapping[str, str]) -> str:
    return "; ".join(f"{code} = {meaning}" for code, meaning in levels.items())


def _who_first(shown: pd.DataFrame) -> list[Row]:
    levels = table("processed", "events")["public_by"].levels
    own = shown["public_by"].dropna()
    return [("who_first", str(event), "public_by", "Who made it public first?", _levels(levels),
             str(value)) for event, value in own.items()]


def _numbers(shown: pd.DataFrame) -> list[Row]:
    out = []
    units = table("processed", "events")["records_unit"].levels
    for field, question in NUMBERS.items():
        own = shown[shown[field].notna()]
        out += [("numbers", str(event), field,
                 question.format(unit=units.get(unit, "people or records")), "a number",
                 str(int(value)))
                for event, value, unit in zip(own.index, own[field], own["records_unit"],
                                              strict=True)]
    basis = {"register_total": "People affected, the total that the register gives",
             "register_state": "Residents affected, the largest number that a state's register "
                               "gives"}
    own = shown[shown["n_affected_basis"].isin(list(basis))]
    out += [("numbers", str(event), "n_affected", f"{basis[b]} ({registers})", "a number",
             str(int(value)))
            for event, value, b, registers in zip(own.index, own["n_affected"],
                                                  own["n_affected_basis"], own["registers"],
                                                  strict=True)]
    return out


def _codes(codes: pd.DataFrame, shown: pd.DataFrame, book: Book) -> list[Row]:
    items = {i.id: i for i in book.items}
    out = []
    for row in codes.itertuples(index=False):
        if row.status == "not_applicable" or row.event_id not in shown.index:
            continue
        item = items[row.item]
        claimed = row.status == "coded"
        out.append(("codes" if claimed else "unseen", row.event_id, row.item,
                    f"{item.title}: {item.rule} (Texts of the first seven days.)"
                    if not item.look_ahead else f"{item.title}: {item.rule}",
                    _levels(item.levels), row.code if claimed else ""))
    return out


def _firms(shown: pd.DataFrame) -> list[Row]:
    own = shown[shown["is_listed"].astype(bool) & shown["firm_name"].notna()]
    return [("links", str(event), "firm",
             "Which listed company owned the organisation when the breach became public?",
             "its name or ticker", f"{name} ({ticker})" if isinstance(ticker, str) else str(name))
            for event, name, ticker in zip(own.index, own["firm_name"], own["ticker"],
                                           strict=True)]


def _members(raw: Frames, shown: pd.DataFrame) -> list[Row]:
    """Register rows of events with several, and for each event one of the firm's nearest other
    event, so that the answer is not always yes."""
    members = raw["event_members"]
    rows = _register_words(raw)
    members = members[members["member_ref"].isin(rows.index)
                      & members["event_id"].isin(shown.index)]
    question = "Does this row of a register tell of the same breach? {}"
    out = []
    events = members.groupby("event_id")["member_ref"].apply(list)
    firms = members.drop_duplicates("event_id").set_index("event_id")["firm_id"]
    by_firm = firms.groupby(firms).apply(lambda s: list(s.index))
    for event, refs in events.items():
        if len(refs) > 1:
            out += [("links", str(event), f"row:{ref}", question.format(rows[ref]), "yes or no",
                     "yes") for ref in refs[1:]]
        others = [e for e in by_firm[firms[event]] if e != event]
        if others and len(refs) > 1:
            near = min(others, key=lambda other: (_apart(shown, str(event), other), other))
            out.append(("links", str(event), f"row:{events[near][0]}",
                        question.format(rows[events[near][0]]), "yes or no", "no"))
    return out


def _apart(shown: pd.DataFrame, event: str, other: str) -> float:
    """Years between two events; those without a year stand last."""
    years = shown.loc[[event, other], "year"].astype("Float64")
    return float(abs(years.iloc[0] - years.iloc[1])) if years.notna().all() else float("inf")


def _register_words(raw: Frames) -> pd.Series:
    """What a reader is told of a register row, by its key."""

    def words(organisation: object, register: object, day: object, n: object) -> str:
        told = [str(organisation), str(register).replace(";", ", ")]
        told += [f"reported {day}"] if isinstance(day, dt.date) else []
        told += [f"{int(n):,} people"] if pd.notna(n) else []  # type: ignore[call-overload]
        return ", ".join(told)

    notices, reports = raw["notices"], raw["register_reports"]
    out = {r.notice_id: words(r.organisation, r.registers, r.regulator_submitted_lo,
                              r.affected_total) for r in notices.itertuples(index=False)}
    out |= {r.report_id: words(r.organisation, r.register, r.reported_lo, r.affected)
            for r in reports.itertuples(index=False)}
    return pd.Series(out, dtype="str")


def _securities(shown: pd.DataFrame) -> list[Row]:
    own = shown[shown["is_listed"].astype(bool)]
    asked = {"ticker": ("The ticker of the listed parent on the day of the first public news",
                        "a ticker"),
             "exchange": ("The exchange of that security on that day", "NYSE, Nasdaq, …"),
             "cik": ("The SEC's key (CIK) of the listed parent of that time", "a number")}
    return [("securities", str(event), field, question, form, str(value))
            for field, (question, form) in asked.items()
            for event, value in own[field].dropna().items()]
