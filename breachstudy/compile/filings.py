"""The rows of the Maine and Washington registers, each as one :class:`Filing`.

A filing keeps what one row of a register says, read and classified, before rows about the same
incident are merged (:mod:`breachstudy.compile.notices`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from breachstudy.compile.freetext_dates import (
    NOT_COLLECTED,
    NOT_STATED,
    UNREADABLE,
    DateFact,
    day_fact,
    read_discovered,
    read_filed,
    read_first,
    read_noted,
    read_period,
)
from breachstudy.compile.freetext_values import (
    DATA_TYPES,
    read_count,
    read_data_types,
    read_months,
    read_providers,
)
from breachstudy.compile.names import (
    OrganisationName,
    is_personal_name,
    organisation_key,
    parse_name,
)

__all__ = [
    "DATES",
    "Filing",
    "MAINE_FORM",
    "MAINE_LIST",
    "WASHINGTON",
    "read_maine_form",
    "read_maine_list",
    "read_washington",
    "types_by_incident",
]

MAINE_FORM, MAINE_LIST, WASHINGTON = "maine_form", "maine_list", "washington"
DATES = ("occurred_start", "occurred_end", "discovered", "individuals_notified",
         "regulator_submitted")
WRITTEN_LENGTH = 60

FORM_COLUMNS = {
    "completed": "Completed Date",
    "name": "Entity Name",
    "occurred": "Date(s) Breach Occurred",
    "discovered": "Date Breach Discovered",
    "notified": "Date(s) of consumer notification",
    "total": "Total number of persons affected (including Maine residents)",
    "maine": "Total number of Maine residents affected",
    "offered": "Were identify theft protection services offered?",
    "duration": "If yes, for what duration?",
    "provider": "If yes, by what provider?",
    "previous": "List dates of any previous (within 12 months) breach notifications",
}
FORM_INDUSTRIES = (
    ("Health Care", "health"),
    ("Financial Services", "finance"),
    ("Educational", "education"),
    ("Governmental Entity in Maine", "government"),
    ("Other Governmental Entity", "government"),
    ("Not-for-Profit", "nonprofit"),
    ("POS Vendor", "technology"),
    ("Other Commercial", "business_other"),
)
FORM_TYPES = (
    ("Social Security Number", "ssn"),
    ("Driver's license", "driving_licence"),
    ("Financial account number", "financial_account"),
)
NOT_FILINGS = {
    "6/18/2020 2:36:21 PM": "test entry",
    "6/8/2020 9:30:55 AM": "written by an affected person",
    "6/3/2020 4:45:18 PM": "written by an affected person",
    "6/3/2020 2:44:25 PM": "written by an affected person",
    "3/30/2020 9:38:02 PM": "keyboard noise in place of every answer",
    "8/6/2019 12:55:07 PM": "test entry",
    "1/26/2019 10:30:42 AM": "test entry",
}
"""Entries of the Maine form that no organisation made, by the time at which they were made."""
LIST_COLUMNS = {
    "name": "Company Whose Data Was Breached",
    "breach": "Date of Breach",
    "filed": "Date of Notification",
    "types": "Type of Information",
    "maine": "Number of Maine Residents Affected",
}
WASHINGTON_COLUMNS = ("Id", "Name", "DateAware", "DateSubmitted", "DateStart", "DateEnd",
                      "DataBreachCause", "CyberattackType", "IndustryType", "BusinessType",
                      "WashingtoniansAffected")
INDUSTRIES = {"Finance": "finance", "Health": "health", "Education": "education",
              "Government": "government", "Non-Profit/Charity": "nonprofit"}
BUSINESSES = {
    "Retail": "retail", "Clothing": "retail", "Cosmetic": "retail", "Accessories": "retail",
    "Home": "retail", "Consumable": "consumer_goods", "Software": "technology",
    "Web Services": "technology", "Telecommunications": "telecommunications",
    "Hospitality": "hospitality", "Entertainment": "entertainment",
    "Professional Services": "professional_services", "Legal": "professional_services",
    "Human Resources": "professional_services", "Manufacturing": "manufacturing",
    "Biotech": "manufacturing", "Construction": "construction_real_estate",
    "Real Estate": "construction_real_estate", "Transportation": "transport",
    "Shipping": "transport", "Cryptocurrency": "finance", "Fitness": "business_other",
    "Cleaning": "business_other", "Other": "business_other",
}
CAUSES = {"Unauthorized Access": "unauthorised_access", "Theft or Mistake": "theft_or_mistake"}
ATTACKS = {"Ransomware": "ransomware", "Phishing": "phishing", "Malware": "malware",
           "Skimmers": "skimmers", "Other": "cyberattack_other",
           "Unclear/unknown": "cyberattack_unclear"}
TYPES = {
    "Name": "name",
    "Full Date of Birth": "birth_date",
    "Social Security Number": "ssn",
    "Financial & Banking Information": "financial_account",
    "Other": "other",
    "Medical Information": "health",
    "Driver's License or Washington ID Card Number": "driving_licence",
    "Health Insurance Policy or ID Number": "health_insurance",
    "Passport Number": "passport",
    "Username and Password/Security Question Answers": "account_login",
    "Email Address and Password/Security Question Answers": "account_login",
    "Student ID Number": "student_id",
    "Military ID Number": "military_id",
    "Biometric Data": "biometric",
    "Unique Private Key (e.g. used to authenticate or sign an electronic record)": "private_key",
}


@dataclass(frozen=True)
class Filing:
    """One row of a register. Codes are those of codebook/raw/notices.toml."""

    register: str
    row: str
    name: OrganisationName
    key: str
    dba_key: str
    behalf_key: str
    remark_key: str
    dates: dict[str, DateFact]
    written: dict[str, str] = field(default_factory=dict)
    last_notified: dt.date | None = None
    industry: str = "unknown"
    cause: str = "not_collected"
    data_types: tuple[str, ...] = ()
    types_status: str = "stated"
    total: tuple[int | None, str] = (None, "not_collected")
    maine: int | None = None
    washington: int | None = None
    offered: bool | None = None
    offered_status: str = "not_collected"
    months: int | None = None
    providers: tuple[str, ...] = ()
    protection_written: str = ""
    refers_to: DateFact = NOT_STATED
    is_supplement: bool = False

    @property
    def locator(self) -> str:
        return f"{self.register}:{self.row}"


@dataclass(frozen=True)
class Dropped:
    """A row that is no filing of an organisation, and why."""

    register: str
    row: str
    reason: str


Read = Filing | Dropped


def _text(value: Any) -> str:
    """One line of text; empty for a missing cell."""
    if value is None or value != value:
        return ""
    return re.sub(r"\s+", " ", str(value)).strip()


def _short(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= WRITTEN_LENGTH else text[: WRITTEN_LENGTH - 1].rstrip() + "…"


_SUPPLEMENT = re.compile(r"supple\w*ment|\bupdate|follow ?-?up|addendum|\bf/u\b|amend"
                         r"|see (?:original|prior|previous)|previously reported", re.IGNORECASE)


def _supplements(*cells: Any) -> bool:
    return any(_SUPPLEMENT.search(_text(c)) for c in cells)


def _is_true(value: Any) -> bool:
    return _text(value).lower() == "true"


def _require(frame: pd.DataFrame, columns: list[str], register: str) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise ValueError(f"{register}: columns are missing: {'; '.join(missing)}. "
                         "Read the register as published, with its header row")


def _column_starting(frame: pd.DataFrame, start: str, register: str) -> str:
    for column in frame.columns:
        if str(column).startswith(start):
            return str(column)
    raise ValueError(f"{register}: no column begins with {start!r}")


def _named(register: str, row: str, text: str) -> OrganisationName | Dropped:
    if not re.search(r"[A-Za-z0-9]", text) or re.fullmatch(r"[b-df-hj-np-tv-z]{8,}", text):
        return Dropped(register, row, "no organisation named")
    name = parse_name(text)
    if is_personal_name(name.organisation):
        return Dropped(register, row, "names a person, not an organisation")
    return name


def _keys(name: OrganisationName) -> dict[str, str]:
    return {
        "key": organisation_key(name.organisation),
        "dba_key": organisation_key(name.dba) if name.dba else "",
        "behalf_key": organisation_key(name.on_behalf_of) if name.on_behalf_of else "",
        "remark_key": organisation_key(name.remark) if name.remark else "",
    }


def _written(pairs: dict[str, tuple[Any, tuple[DateFact, ...]]]) -> dict[str, str]:
    """The wording of fields that say more, or less, than was read from them."""
    return {
        name: _short(value)
        for name, (value, facts) in pairs.items()
        if _text(value) and any(f.status == "unreadable" or not f.is_plain
                                or f.precision in ("week", "span") for f in facts)
    }


def _repeated(frame: pd.DataFrame) -> list[bool]:
    text = frame.astype("str").apply(lambda c: c.str.strip().str.lower())
    return text.duplicated().tolist()


def read_maine_form(frame: pd.DataFrame) -> Iterator[Read]:
    """Rows of Maine's form (filings from late 2018 to 2020); index: row in the public file."""
    _require(frame, list(FORM_COLUMNS.values()), MAINE_FORM)
    industries = [(_column_starting(frame, s, MAINE_FORM), c) for s, c in FORM_INDUSTRIES]
    types = [(_column_starting(frame, s, MAINE_FORM), c) for s, c in FORM_TYPES]
    repeated = _repeated(frame.drop(columns=FORM_COLUMNS["completed"]))
    records = frame.to_dict("records")
    for index, again, record in zip(frame.index, repeated, records, strict=True):
        row = str(index)
        cell = {short: record[column] for short, column in FORM_COLUMNS.items()}
        completed = _text(cell["completed"])
        if again:
            yield Dropped(MAINE_FORM, row, "exact repetition of another row")
            continue
        if completed in NOT_FILINGS:
            yield Dropped(MAINE_FORM, row, NOT_FILINGS[completed])
            continue
        name = _named(MAINE_FORM, row, _text(cell["name"]))
        if isinstance(name, Dropped):
            yield name
            continue
        start, end = read_period(cell["occurred"])
        discovered = read_discovered(cell["discovered"])
        notified, last = read_first(cell["notified"])
        submitted = read_discovered(completed.split(" ")[0])
        offered = {"yes": True, "no": False}.get(_text(cell["offered"]).lower())
        classes = [code for column, code in industries if _is_true(record[column])]
        total = read_count(cell["total"])
        yield Filing(
            MAINE_FORM, row, name, **_keys(name),
            dates=dict(zip(DATES, (start, end, discovered, notified, submitted), strict=True)),
            written=_written({"occurred": (cell["occurred"], (start, end)),
                              "discovered": (cell["discovered"], (discovered,)),
                              "individuals_notified": (cell["notified"], (notified,)),
                              "regulator_submitted": (completed, (submitted,)),
                              "affected_total": (cell["total"], (UNREADABLE,)) if total[1] in
                              ("approximate", "unreadable") else ("", ())}),
            last_notified=last,
            industry=classes[0] if classes and len(set(classes)) <= 2 else "unknown",
            data_types=tuple(code for column, code in types if _is_true(record[column])),
            total=total,
            maine=read_count(cell["maine"])[0],
            offered=offered,
            offered_status="not_stated" if offered is None else "stated",
            months=read_months(cell["duration"], cell["provider"]) if offered else None,
            providers=read_providers(cell["provider"], cell["duration"]) if offered else (),
            protection_written=_short("; ".join(
                t for t in (_text(cell["duration"]), _text(cell["provider"])) if t)),
            is_supplement=_supplements(cell["name"], cell["previous"], cell["occurred"],
                                       cell["notified"], cell["total"]),
        )


def read_maine_list(frame: pd.DataFrame) -> Iterator[Read]:
    """Rows of Maine's older list (2013 to 2018); index: row in the public file.

    "Date of Breach" may note the discovery; "Date of Notification" is that of the notice to
    the regulator.
    """
    frame = frame.rename(columns=lambda c: re.sub(r"\s+", " ", str(c)).strip())
    _require(frame, list(LIST_COLUMNS.values()), MAINE_LIST)
    repeated = _repeated(frame)
    records = frame.to_dict("records")
    for index, again, record in zip(frame.index, repeated, records, strict=True):
        row = str(index)
        cell = {short: record[column] for short, column in LIST_COLUMNS.items()}
        name = _named(MAINE_LIST, row, _text(cell["name"]))
        if isinstance(name, Dropped):
            yield name
            continue
        if again:
            yield Dropped(MAINE_LIST, row, "exact repetition of another row")
            continue
        start, end, discovered = read_noted(cell["breach"])
        filed = read_filed(cell["filed"])
        text = _text(cell["breach"])
        refers = re.search(r"(?:supple\w*|update|follow ?-?up|addendum|see)\b.*?\b(?:to|see)?\s*"
                           r"(?:the |original )?(\d{1,2}/\d{1,2}/\d{2,4})", text, re.IGNORECASE)
        yield Filing(
            MAINE_LIST, row, name, **_keys(name),
            dates=dict(zip(DATES, (start, end, discovered, NOT_COLLECTED, filed), strict=True)),
            written=_written({"occurred": (text, (start, end)),
                              "discovered": (text, (discovered,)),
                              "regulator_submitted": (cell["filed"], (filed,))}),
            data_types=read_data_types(cell["types"]),
            maine=read_count(cell["maine"])[0],
            refers_to=read_discovered(refers[1]) if refers else NOT_STATED,
            is_supplement=_supplements(cell["name"], text, cell["filed"], cell["types"],
                                       cell["maine"]),
        )


def types_by_incident(frame: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Data types of each Washington incident, by Id, in the order of the codebook.

    Raises ValueError for an information type that is not known.
    """
    _require(frame, ["Id", "InformationType"], "washington_types")
    unknown = sorted(set(frame["InformationType"].dropna()) - set(TYPES))
    if unknown:
        raise ValueError(f"washington_types: unknown InformationType: {'; '.join(unknown)}. "
                         "Add it to TYPES in breachstudy/compile/filings.py")
    found: dict[str, set[str]] = {}
    for ident, kind in zip(frame["Id"], frame["InformationType"], strict=True):
        if _text(kind):
            found.setdefault(_text(ident).replace(",", ""), set()).add(TYPES[kind])
    return {i: tuple(t for t in DATA_TYPES if t in kinds) for i, kinds in found.items()}


def _washington_day(value: Any) -> DateFact:
    if not isinstance(value, str) or not value.strip():
        return day_fact(value) or NOT_STATED if _text(value) else NOT_STATED
    match = re.match(r"(\d{4}) ([A-Z][a-z]{2}) (\d{1,2})\b", value)
    return read_discovered(f"{match[2]} {match[3]}, {match[1]}" if match else value.split("T")[0])


def _level(value: Any, levels: dict[str, str], column: str) -> str:
    text = _text(value)
    if text not in levels:
        raise ValueError(f"washington: unknown {column}: {text!r}. "
                         "Add it to breachstudy/compile/filings.py")
    return levels[text]


def read_washington(frame: pd.DataFrame, types: dict[str, tuple[str, ...]]) -> Iterator[Read]:
    """Rows of Washington's register (2015 to 2026), with data types by Id.

    Raises ValueError for a level of cause, attack, industry or business that is not known.
    """
    _require(frame, list(WASHINGTON_COLUMNS), WASHINGTON)
    repeated = _repeated(frame.drop(columns="Id"))
    for again, record in zip(repeated, frame.to_dict("records"), strict=True):
        row = _text(record["Id"]).replace(",", "")
        if again:
            yield Dropped(WASHINGTON, row, "exact repetition of another row")
            continue
        name = _named(WASHINGTON, row, _text(record["Name"]))
        if isinstance(name, Dropped):
            yield name
            continue
        facts = tuple(_washington_day(record[c])
                      for c in ("DateStart", "DateEnd", "DateAware", "DateSubmitted"))
        if _text(record["IndustryType"]) == "Business":
            industry = (_level(record["BusinessType"], BUSINESSES, "BusinessType")
                        if _text(record["BusinessType"]) else "business_other")
        else:
            industry = _level(record["IndustryType"], INDUSTRIES, "IndustryType")
        if _text(record["DataBreachCause"]) == "Cyberattack":
            cause = (_level(record["CyberattackType"], ATTACKS, "CyberattackType")
                     if _text(record["CyberattackType"]) else "cyberattack_unclear")
        else:
            cause = _level(record["DataBreachCause"], CAUSES, "DataBreachCause")
        yield Filing(
            WASHINGTON, row, name, **_keys(name),
            dates=dict(zip(DATES, (*facts[:3], NOT_COLLECTED, facts[3]), strict=True)),
            written=_written({d: (record[c], (f,)) for d, c, f in zip(
                ("occurred", "occurred", "discovered", "regulator_submitted"),
                ("DateStart", "DateEnd", "DateAware", "DateSubmitted"), facts, strict=True)}),
            industry=industry,
            cause=cause,
            data_types=types.get(row, ()),
            types_status="stated" if row in types else "not_collected",
            washington=read_count(record["WashingtoniansAffected"])[0],
            is_supplement=_supplements(record["Name"]),
        )
