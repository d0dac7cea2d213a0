"""The rows of the Maine and Washington registers, each as one :class:`Filing`.

A filing keeps what one row of a register says, read and classified, before rows about the same
incident are merged (:mod:`breachstudy.compile.notices`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from breachstudy.compile.date_facts import (
    NOT_COLLECTED,
    NOT_STATED,
    UNREADABLE,
    DateFact,
    day_fact,
    in_order,
)
from breachstudy.compile.durations import read_months
from breachstudy.compile.freetext_dates import (
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
    read_providers,
)
from breachstudy.compile.names import (
    OrganisationName,
    is_personal_name,
    organisation_key,
    parse_name,
)
from breachstudy.compile.register_levels import (
    ATTACKS,
    BUSINESSES,
    CAUSES,
    FORM_COLUMNS,
    FORM_INDUSTRIES,
    FORM_TYPES,
    INDUSTRIES,
    LIST_COLUMNS,
    NOT_FILINGS,
    TYPES,
    WASHINGTON_COLUMNS,
)
from breachstudy.errors import InputError

__all__ = [
    "DATES",
    "MAINE_FORM",
    "MAINE_LIST",
    "REGISTERS",
    "WASHINGTON",
    "Filing",
    "Register",
    "read_maine_form",
    "read_maine_list",
    "read_washington",
    "types_by_incident",
]

MAINE_FORM, MAINE_LIST, WASHINGTON = "maine_form", "maine_list", "washington"
DATES = ("occurred_start", "occurred_end", "discovered", "individuals_notified",
         "regulator_submitted")
WRITTEN_LENGTH = 60
_key = cache(organisation_key)

@dataclass(frozen=True)
class Filing:
    """One row of a register. Codes are those of schema/raw/notices.toml; ``residents``: people
    affected in the register's own state."""

    register: str
    row: str
    name: OrganisationName
    dates: dict[str, DateFact]
    written: dict[str, str] = field(default_factory=dict)
    last_notified: DateFact | None = None
    industry: str = "unknown"
    cause: str = "not_collected"
    data_types: tuple[str, ...] = ()
    types_status: str = "stated"
    total: tuple[int | None, str] = (None, "not_collected")
    residents: int | None = None
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

    @property
    def key(self) -> str:
        return _key(self.name.organisation)

    @property
    def dba_key(self) -> str:
        return _key(self.name.dba)

    @property
    def behalf_key(self) -> str:
        return _key(self.name.on_behalf_of)

    @property
    def remark_key(self) -> str:
        return _key(self.name.remark)


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
        raise InputError(f"{register}: columns are missing: {'; '.join(missing)}. "
                         "Read the register as published, with its header row")


def _column_starting(frame: pd.DataFrame, start: str, register: str) -> str:
    for column in frame.columns:
        if str(column).startswith(start):
            return str(column)
    raise InputError(f"{register}: no column begins with {start!r}")


def _named(register: str, row: str, text: str) -> OrganisationName | Dropped:
    if not re.search(r"[A-Za-z0-9]", text) or re.fullmatch(r"[b-df-hj-np-tv-z]{8,}", text):
        return Dropped(register, row, "no organisation named")
    name = parse_name(text)
    if is_personal_name(name.organisation):
        return Dropped(register, row, "names a person, not an organisation")
    return name


def _written(pairs: dict[str, tuple[Any, tuple[DateFact, ...]]]) -> dict[str, str]:
    """The wording of fields that say more, or less, than was read from them."""
    return {
        name: _short(value)
        for name, (value, facts) in pairs.items()
        if _text(value) and any(f.status in ("unreadable", "open", "conflicting")
                                or not f.is_plain or f.precision in ("week", "span")
                                for f in facts)
    }


def _repeated(frame: pd.DataFrame) -> list[bool]:
    text = frame.astype("str").apply(lambda c: c.str.strip().str.lower())
    return [bool(v) for v in text.duplicated()]


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
            MAINE_FORM, row, name,
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
            residents=read_count(cell["maine"])[0],
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
            MAINE_LIST, row, name,
            dates=dict(zip(DATES, (start, end, discovered, NOT_COLLECTED, filed), strict=True)),
            written=_written({"occurred": (text, (start, end)),
                              "discovered": (text, (discovered,)),
                              "regulator_submitted": (cell["filed"], (filed,))}),
            data_types=read_data_types(cell["types"]),
            residents=read_count(cell["maine"])[0],
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
        raise InputError(f"washington_types: unknown InformationType: {'; '.join(unknown)}. "
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
        raise InputError(f"washington: unknown {column}: {text!r}. "
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
        start, end, aware, submitted = (_washington_day(record[c]) for c in (
            "DateStart", "DateEnd", "DateAware", "DateSubmitted"))
        start, end = in_order(start, end)
        occurred = " - ".join(filter(None, map(_text, (record["DateStart"], record["DateEnd"]))))
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
            WASHINGTON, row, name,
            dates=dict(zip(DATES, (start, end, aware, NOT_COLLECTED, submitted), strict=True)),
            written=_written({"occurred": (occurred, (start, end)),
                              "discovered": (record["DateAware"], (aware,)),
                              "regulator_submitted": (record["DateSubmitted"], (submitted,))}),
            industry=industry,
            cause=cause,
            data_types=types.get(row, ()),
            types_status="stated" if row in types else "not_collected",
            residents=read_count(record["WashingtoniansAffected"])[0],
            is_supplement=_supplements(record["Name"]),
        )


@dataclass(frozen=True)
class Register:
    """A register that says when breaches were discovered: its row of sources.csv, its state, the
    column that counts the state's residents, its files by name of their frame (its own comes
    first), the row of a workbook that holds the names of columns, and what reads the frames."""

    source: str
    state: str
    residents: str
    files: dict[str, str]
    read: Callable[..., Iterator[Read]]
    header: int = 1


REGISTERS = {
    MAINE_FORM: Register("maine_ag_form", "ME", "affected_maine",
                         {MAINE_FORM: "maine_2018_2020.xlsx"}, read_maine_form),
    MAINE_LIST: Register("maine_ag_list", "ME", "affected_maine",
                         {MAINE_LIST: "maine_2013_2018.xlsx"}, read_maine_list, header=2),
    WASHINGTON: Register(
        "washington_ag", "WA", "affected_washington",
        {WASHINGTON: "washington_2015_2026.csv",
         "washington_types": "washington_by_information_type.csv"},
        lambda rows, types: read_washington(rows, types_by_incident(types))),
}
"""Every register of notices once, in the order in which notices name them."""
