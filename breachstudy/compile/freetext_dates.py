"""Dates that people typed into forms, read as intervals of days.

Registers hold dates as free text: "March 6, 2020", "02/07/2020 - 05/20/2020", "Late May 2016",
"Week of 10/23/17", "8/3/2018 (discovered 10/2/18)". Each reader returns :class:`DateFact`: the
first and last day that the wording allows, how precise it is, and whether it was read at all.
Nothing is repaired: an impossible day is unreadable, and so is whatever these rules do not cover.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.compile.date_mentions import MONTH, Mention, known_day, mentions, normalise

__all__ = [
    "NOT_COLLECTED",
    "NOT_STATED",
    "UNREADABLE",
    "DateFact",
    "day_fact",
    "read_discovered",
    "read_filed",
    "read_first",
    "read_noted",
    "read_period",
]

_UNREAD = re.compile(rf"\d+\s*[/.-]+\s*\d|\d{{3,}}|\b{MONTH}\s*\d|\?")
_NO_DATE = re.compile(
    r"unknown|unsure|unclear|undetermined|^tbd|^none"
    r"|not (?:yet )?(?:determined|stated|specified|given|provided|available|sure)"
    r"|no (?:specific )?date|info not|n/a|recent|pending|in process|in progress|^\W*\??\W*$"
    r"|doesn't state|didn't specify|date not|supplement|suppletment|update|follow|addendum"
)
_REFERENCE = re.compile(
    r"\(?(?:\bthis is (?:a )?)?(?:supplement(?:al)?|suppletment|update|follow[ -]?up|addendum"
    r"|\bsee (?:original|prior)?|referred|originally rec'?d notice|\?? ?date of notice)\b[^);]*\)?"
)
_LATER_STEP = re.compile(
    r"\(?(?:(?<!/)confirmed (?!compromised)|completed data|finished investigation)[^);]*\)?")
_LEARNT = re.compile(
    r"(?P<open>\()?(?:breach(?:ed)?\s+|just\s+|company\s+|they were\s+|first\s+)?"
    r"(?:disc?overed|dicovered|discoved|detected|identified|learned|became aware|informed|alerted"
    r"|found out|(?<!recently )notified(?! customer| consumer| resident| individual))"
    r"(?P<clause>(?(open)[^()]*|[^();]*))\)?"
)
_AWARE_AFTER = re.compile(r"\(date company became aware[^)]*\)")


@dataclass(frozen=True)
class DateFact:
    """A date as a closed interval of days.

    ``precision`` is day, week, month, quarter, year or span; ``status`` is stated, unreadable,
    not_stated or not_collected. The days and the precision are None unless it is stated.
    ``is_plain`` is False where the wording says more than the interval keeps.
    """

    lo: dt.date | None = None
    hi: dt.date | None = None
    precision: str | None = None
    status: str = "stated"
    is_plain: bool = True


NOT_STATED = DateFact(status="not_stated")
NOT_COLLECTED = DateFact(status="not_collected")
UNREADABLE = DateFact(status="unreadable", is_plain=False)


def _template(text: str, found: Iterable[Mention]) -> str:
    """The text with each date replaced by D, comments in brackets and fillers taken out."""
    parts, position = [], 0
    for mention in found:
        parts += [text[position:mention.start], "D"]
        position = mention.end
    parts.append(re.sub(r"^ on$", " onwards", text[position:]))
    out = "".join(parts).replace("DD", "D - D")
    out = re.sub(r"\([^()D]*(?:\)|$)", " ", out).replace("(", " ").replace(")", " ")
    out = re.sub(r"\bas early as\b|\bas far back as\b|\bdating back to(?: at ?least)?\b",
                 "since", out.replace("  ", " "))
    out = re.sub(
        r"\b(?:on or about|on or around|potential(?:ly)?|breach occurred|occurred|possibly"
        r"|sometime|in|on|the|of|approx(?:imately)?\.?|appo?x\.?|app\.|est\.?|around|roughly"
        r"|early to mid|mid to late|early|mid|late|first week|week|first half|spring"
        r"|believed to be|some|period)(?![a-z])|[~\"*]", " ", out)
    out = re.sub(r"\s+", " ", out.replace("mid-", " "))
    return re.sub(r"[ .,:;&-]+(?:and)?$", "", out).lstrip(" .,:;-")


def day_fact(value: Any) -> DateFact | None:
    """A cell that holds a real date, or an Excel serial number; None for any other cell."""
    if _empty(value):
        return None
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, dt.datetime):
        value = value.date()
    elif isinstance(value, (int, float, np.integer, np.floating)) or (
        isinstance(value, str) and re.fullmatch(r"[34]\d{4}", value.strip())
    ):
        if not 30000 <= float(value) < 50000:
            return UNREADABLE
        value = dt.date(1899, 12, 30) + dt.timedelta(days=int(float(value)))
    if isinstance(value, dt.date):
        day = known_day(value.year, value.month, value.day)
        return DateFact(day, day, "day") if day else UNREADABLE
    return None


def _fact(mention: Mention, plain: bool = True) -> DateFact:
    if mention.lo is None or mention.hi is None:
        return UNREADABLE
    return DateFact(mention.lo, mention.hi, mention.precision, is_plain=plain)


def _span(first: Mention, last: Mention) -> DateFact:
    if first.lo is None or last.hi is None or first.lo > last.hi:
        return UNREADABLE
    return DateFact(first.lo, last.hi, "span", is_plain=False)


def _empty(value: Any) -> bool:
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return bool(value != value) or (isinstance(value, str) and not value.strip())


def _without_date(text: str) -> DateFact:
    return NOT_STATED if _NO_DATE.search(text) else UNREADABLE


def _has_unread(text: str, found: Iterable[Mention]) -> bool:
    rest, position = [], 0
    for mention in found:
        rest.append(text[position:mention.start])
        position = mention.end
    rest.append(text[position:])
    return bool(_UNREAD.search(" D ".join(rest)))


def _only_years(text: str, found: list[Mention]) -> bool:
    """True where bare years stand in a longer text, in which they may count something else."""
    return all(m.precision == "year" for m in found) and len(re.findall(r"[a-z]{2,}", text)) > 3


_TO = r"(?:-|to|through|thru|until|and ending|up to)"
_RANGE = re.compile(
    rf"(?:from |between |beginning |starting )?D ?{_TO} ?D|between D,? ?(?:and|&) ?D")
_ITEM = rf"(?:from |between )?D(?: ?{_TO} ?D)?"
_LIST = re.compile(rf"{_ITEM}(?:(?:\s*(?:[,;&]|and/or|and|or))+\s*{_ITEM})*")
_OPEN_START = re.compile(rf"(?:unknown|not known)(?: beginning date| start)? ?{_TO} ?[a-z ]*D")
_OPEN_END = re.compile(
    rf"(?:(?:beginning|began|starting|started|from) )?(?:since )?D(?: ?{_TO} ?D)?(?: onwards)?"
    rf"|D ?{_TO} ?(?:present|ongoing|unknown|current)")


def read_period(value: Any) -> tuple[DateFact, DateFact]:
    """When an incident began and ended, from the cell of one free-text field.

    One date is both. "A - B", "from A to B" and "between A and B" are a beginning and an end;
    of several dates or periods the earliest is the beginning and the latest the end. "On or
    before A" gives no beginning and is unreadable; "beginning A" leaves the end not stated.
    """
    cell = day_fact(value)
    if cell is not None and not _empty(value):
        return cell, cell
    if _empty(value):
        return NOT_STATED, NOT_STATED
    text = normalise(str(value))
    found = mentions(text)
    if not found:
        fact = _without_date(text)
        return fact, fact
    if _has_unread(text, found) or _only_years(text, found):
        return UNREADABLE, UNREADABLE
    template = _template(text, found)
    if _OPEN_START.fullmatch(template):
        return NOT_STATED, _fact(found[-1])
    is_plain = len(found) == 1 and template == "D"
    if not is_plain and not _RANGE.fullmatch(template) and _OPEN_END.fullmatch(template):
        end = _fact(found[1], plain=False) if len(found) == 2 else NOT_STATED
        return _fact(found[0], plain=False), end
    if is_plain:
        return _fact(found[0]), _fact(found[0])
    if _RANGE.fullmatch(template) and len(found) == 2:
        return _fact(found[0]), _fact(found[1])
    if _LIST.fullmatch(template):
        if any(m.lo is None for m in found):
            return UNREADABLE, UNREADABLE
        first = min(found, key=lambda m: (m.lo, m.hi))
        last = max(found, key=lambda m: (m.hi, m.lo))
        return _fact(first, plain=False), _fact(last, plain=False)
    return UNREADABLE, UNREADABLE


_BOUND_ONLY = re.compile(r"(?:on or before|before|prior to|no later than|\bby|until|up to)\s*$")
_PLANNED = re.compile(r"anticipat|expect|planned|\bplan\b|will (?:be|issue|follow)|to occur")


def read_discovered(value: Any) -> DateFact:
    """When the incident was discovered, from a field that asks for it.

    The earliest date that the field states; a range, or "A or B", is a span.
    """
    cell = day_fact(value)
    if cell is not None and not _empty(value):
        return cell
    if _empty(value):
        return NOT_STATED
    text = normalise(str(value))
    found = mentions(text)
    if not found:
        return _without_date(text)
    if _has_unread(text, found) or _only_years(text, found):
        return UNREADABLE
    template = _template(text, found)
    if len(found) == 2 and (_RANGE.fullmatch(template) or template == "D or D"):
        return _span(found[0], found[1])
    dated = [m for m in found if m.lo is not None and not _BOUND_ONLY.search(text[:m.start])]
    if not dated or any(m.lo is None for m in found):
        return UNREADABLE
    return _fact(min(dated, key=lambda m: (m.lo, m.hi)), plain=len(found) == 1)


def read_first(value: Any) -> tuple[DateFact, dt.date | None]:
    """When people were first told, and the last day of mailing where several are given.

    Notices announced for the future ("anticipated", "by September 18") are unreadable.
    """
    cell = day_fact(value)
    if cell is not None and not _empty(value):
        return cell, None
    if _empty(value):
        return NOT_STATED, None
    text = normalise(str(value))
    found = mentions(text)
    if not found:
        return _without_date(text), None
    if _has_unread(text, found) or _only_years(text, found):
        return UNREADABLE, None
    first = found[0]
    before = text[:first.start]
    if any(m.lo is None for m in found) or _BOUND_ONLY.search(before) or _PLANNED.search(before):
        return UNREADABLE, None
    if len(found) == 2 and "exact date" in text:
        return _span(found[0], found[1]), None
    done = [m for m in found
            if not _PLANNED.search(re.split(r"[.;]", text[:m.start])[-1])]
    first = min(done, key=lambda m: (m.lo, m.hi))
    last = max((m.hi for m in done if m.hi is not None), default=None)
    many = len(done) > 1 and last is not None and last != first.hi
    return _fact(first, plain=len(found) == 1), last if many else None


def read_filed(value: Any) -> DateFact:
    """The day on which a notice reached the regulator, from a free-text cell.

    Remarks in brackets and references to other notices are left out.
    """
    if not isinstance(value, str):
        return read_first(value)[0]
    text = re.sub(r"\([^)]*\)?|\bbut dated\b.*", " ", normalise(value))
    text = _REFERENCE.sub(" ", text)
    return read_first(text)[0] if re.search(r"\d", text) else UNREADABLE


def read_noted(value: Any) -> tuple[DateFact, DateFact, DateFact]:
    """Beginning, end and discovery from a field for the date of the breach that may note more.

    "8/3/2018 (discovered 10/2/18)" gives all three. Discovery counts from the words discovered,
    detected, identified, learned, became aware, informed, alerted and notified (not of notices
    to customers); "confirmed" and the end of an investigation are later steps and not read.
    Where the text has no such word, discovery is not collected. References to an earlier notice
    ("Supplement to 10/18/18 notice") are left out.
    """
    cell = day_fact(value)
    if (cell is not None and not _empty(value)) or _empty(value):
        start, end = read_period(value)
        return start, end, NOT_COLLECTED
    text = normalise(str(value))
    if _AWARE_AFTER.search(text):
        return NOT_STATED, NOT_STATED, read_discovered(_AWARE_AFTER.sub("", text))
    discovered = NOT_COLLECTED
    clauses = [m["clause"] for m in _LEARNT.finditer(text)]
    if clauses:
        dated = [read_discovered(c) for c in clauses
                 if re.search(rf"\d|\b{MONTH}", c)]
        stated = [d for d in dated if d.lo is not None]
        if dated and len(stated) == len(dated):
            discovered = min(stated, key=lambda d: (d.lo or dt.date.max, d.hi or dt.date.max))
        else:
            discovered = UNREADABLE if dated else NOT_STATED
    rest = _REFERENCE.sub(" ", _LATER_STEP.sub(" ", _LEARNT.sub(" ", text)))
    if not re.search(r"[a-z0-9?]", rest):
        return NOT_STATED, NOT_STATED, discovered
    start, end = read_period(rest)
    return start, end, discovered
