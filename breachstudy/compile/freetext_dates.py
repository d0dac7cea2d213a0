"""Dates that people typed into forms, read as intervals of days.

Registers hold dates as free text: "March 6, 2020", "02/07/2020 - 05/20/2020", "Late May 2016",
"Week of 10/23/17", "8/3/2018 (discovered 10/2/18)". Each reader returns :class:`DateFact`: the
first and last day that the wording allows, how precise it is, and whether it was read at all.
Nothing is repaired: an impossible day is unreadable, and so is whatever these rules do not cover.
A date that only bounds what happened ("on or after 3/5/19") is open, and a period that ends before
it starts is conflicting: neither has days, and the two are never exchanged.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from breachstudy.compile.date_facts import (
    CONFLICTING,
    NOT_COLLECTED,
    NOT_STATED,
    OPEN,
    UNREADABLE,
    DateFact,
    day_fact,
    in_order,
    is_empty,
)
from breachstudy.compile.date_mentions import MONTH, Mention, mentions, normalise

__all__ = ["read_discovered", "read_filed", "read_first", "read_noted", "read_period"]

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


def _template(text: str, found: Iterable[Mention]) -> str:
    """The text with each date and its qualifier replaced by D, comments in brackets and fillers
    taken out."""
    parts, position = [], 0
    for mention in found:
        parts += [text[position:mention.start], "D"]
        position = mention.end
    parts.append(re.sub(r"^(?: on| onwards?| forward| and (?:after|onwards?))$", " onwards",
                        text[position:]))
    out = "".join(parts).replace("DD", "D - D")
    out = re.sub(r"\([^()D]*(?:\)|$)", " ", out).replace("(", " ").replace(")", " ")
    out = re.sub(r"\bas early as\b|\bas far back as\b|\bdating back to\b", "since",
                 out.replace("  ", " "))
    out = re.sub(
        r"\b(?:on or about|on or around|potential(?:ly)?|breach occurred|occurred|possibly"
        r"|sometime|in|on|the|of|or about|or around"
        r"|early to mid|mid to late|early|mid|late|(?:first|second|third|last) week|week"
        r"|(?:first|second|latter) half|spring|summer|fall|autumn"
        r"|believed to be|some|period)(?![a-z])|[~\"*]", " ", out)
    out = re.sub(r"\s+", " ", out.replace("mid-", " "))
    return re.sub(r"[ .,:;&-]+(?:and)?$", "", out).lstrip(" .,:;-")


def _fact(mention: Mention, plain: bool = True) -> DateFact:
    if mention.lo is None or mention.hi is None:
        return UNREADABLE
    if mention.bound:
        return OPEN
    return DateFact(mention.lo, mention.hi, mention.precision, is_plain=plain)


def _whole(found: Sequence[Mention], is_range: bool = False) -> DateFact:
    """One interval round several dates; those of a range stand in order."""
    facts = [_fact(m) for m in found]
    unclear = [f for f in facts if f.lo is None]
    if unclear:
        return min(unclear, key=lambda f: f.status == "open")
    if is_range and in_order(facts[0], facts[-1])[0] is CONFLICTING:
        return CONFLICTING
    return DateFact(min(f.lo for f in facts if f.lo), max(f.hi for f in facts if f.hi), "span",
                    is_plain=False)


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
_ITEM = rf"(?:from )?D(?: ?{_TO} ?D)?|between D ?(?:{_TO}|and|&) ?D"
_LIST = re.compile(rf"(?:{_ITEM})(?:(?:\s*(?:[,;&/]|and/or|and|or))+\s*(?:{_ITEM}))*")
_OPEN_START = re.compile(rf"(?:unknown|not known)(?: beginning date| start)? ?{_TO} ?[a-z ]*D")
_OPEN_END = re.compile(
    rf"(?:(?:beginning|began|starting|started|from) )?(?:since )?D(?: ?{_TO} ?D)?(?: onwards)?"
    rf"|D ?{_TO} ?(?:present|ongoing|unknown|current)")
_END_ONLY = re.compile(r"(?:until|through|thru|up to|up until|till|ended|ending) D")
_UP_TO = re.compile(r"(?:until|through|thru|up to|till|ended|ending)\s*$")


def _items(template: str, found: Sequence[Mention]) -> list[Sequence[Mention]]:
    """The dates and periods of a list, each as one date or as its first and last."""
    out: list[Sequence[Mention]] = []
    position = 0
    for match in re.finditer(_ITEM, template):
        n = match[0].count("D")
        out.append(found[position:position + n])
        position += n
    return out


def _listed(template: str, found: Sequence[Mention]) -> tuple[DateFact, DateFact]:
    """Beginning and end of a list of dates and periods: the earliest and the latest; of those
    joined by "or" any may be meant."""
    unclear = [f for f in map(_fact, found) if f.lo is None]
    if unclear:
        worst = min(unclear, key=lambda f: f.status == "open")
        return worst, worst
    items = _items(template, found)
    if any(in_order(_fact(i[0]), _fact(i[-1]))[0] is CONFLICTING for i in items):
        return CONFLICTING, CONFLICTING
    if re.search(r"\bor\b|/", template):
        return _whole([i[0] for i in items]), _whole([i[-1] for i in items])
    first = min(found, key=lambda m: (m.lo, m.hi))
    last = max(found, key=lambda m: (m.hi, m.lo))
    return _fact(first, plain=False), _fact(last, plain=False)


def read_period(value: Any) -> tuple[DateFact, DateFact]:
    """When an incident began and ended, from the cell of one free-text field.

    One date is both. "A - B", "from A to B" and "between A and B" are a beginning and an end;
    of several dates or periods the earliest is the beginning and the latest the end. "A or B" and
    "November/December 2018" leave both open to either. "On or before A" gives neither a beginning
    nor an end, and is open; "beginning A" leaves the end not stated, "until A" the beginning open.
    An end before the beginning makes both conflicting.
    """
    cell = day_fact(value)
    if cell is not None:
        return cell, cell
    if is_empty(value):
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
    if _END_ONLY.fullmatch(template):
        return OPEN, _fact(found[0], plain=False)
    if len(found) == 1 and template == "D":
        return _fact(found[0]), _fact(found[0])
    if len(found) == 2 and _RANGE.fullmatch(template):
        return in_order(_fact(found[0]), _fact(found[1]))
    if _OPEN_END.fullmatch(template):
        end = _fact(found[1], plain=False) if len(found) == 2 else NOT_STATED
        return in_order(_fact(found[0], plain=False), end)
    if _LIST.fullmatch(template):
        return _listed(template, found)
    if all(m.bound for m in found) and all(m.lo is not None for m in found):
        return OPEN, OPEN
    return UNREADABLE, UNREADABLE


_PLANNED = re.compile(r"anticipat|expect|planned|\bplan\b|will (?:be|issue|follow)|to occur")


def _several(text: str, found: Sequence[Mention]) -> DateFact | None:
    """The interval of "A to B" or "A or B", where nothing else is written; None of other texts."""
    template = _template(text, found)
    if len(found) == 2 and _RANGE.fullmatch(template):
        return _whole(found, is_range=True)
    if len(found) > 1 and _LIST.fullmatch(template) and re.search(r"\bor\b|/", template):
        return _whole(found)
    return None


_FROM_ABOUT = re.compile(r"\bas (?:early|far back) as\s*$|\bdating back to\s*$|\bsince\s*$")


def _bounding(text: str, found: Sequence[Mention]) -> list[bool]:
    """For each date, whether it only bounds what happened; "A until B" is a period of both."""
    out, position = [], 0
    for mention in found:
        between = text[position:mention.start]
        joins = position > 0 and _UP_TO.fullmatch(between.strip())
        out.append(bool(mention.bound or _FROM_ABOUT.search(between)
                        or (_UP_TO.search(between) and not joins)))
        position = mention.end
    return out


def _earliest(text: str, found: Sequence[Mention]) -> Mention | DateFact:
    """The earliest of several dates, or open where a bound leaves room before it."""
    if any(m.lo is None for m in found):
        return UNREADABLE
    bounding = _bounding(text, found)
    first = min((m for m, b in zip(found, bounding, strict=True) if not b), key=_days_of,
                default=None)
    if first is None or any(b and _days_of(m) <= _days_of(first)
                            for m, b in zip(found, bounding, strict=True)):
        return OPEN
    return first


def _days_of(mention: Mention) -> tuple[dt.date, dt.date]:
    return mention.lo or dt.date.max, mention.hi or dt.date.max


def read_discovered(value: Any) -> DateFact:
    """When the incident was discovered, from a field that asks for it.

    The earliest date that the field states; a range, or "A or B", is a span. "After A" and "no
    later than A" are open, unless an earlier date is stated too.
    """
    cell = day_fact(value)
    if cell is not None:
        return cell
    if is_empty(value):
        return NOT_STATED
    text = normalise(str(value))
    found = mentions(text)
    if not found:
        return _without_date(text)
    if _has_unread(text, found) or _only_years(text, found):
        return UNREADABLE
    whole = _several(text, found)
    if whole is not None:
        return whole
    first = _earliest(text, found)
    return first if isinstance(first, DateFact) else _fact(first, plain=len(found) == 1)


def read_first(value: Any) -> tuple[DateFact, DateFact | None]:
    """When people were first told, and when last where several dates are given.

    Notices announced for the future ("anticipated") are unreadable; "by September 18" is open.
    """
    cell = day_fact(value)
    if cell is not None:
        return cell, None
    if is_empty(value):
        return NOT_STATED, None
    text = normalise(str(value))
    found = mentions(text)
    if not found:
        return _without_date(text), None
    if _has_unread(text, found) or _only_years(text, found):
        return UNREADABLE, None
    if any(m.lo is None for m in found) or _PLANNED.search(text[:found[0].start]):
        return UNREADABLE, None
    if len(found) == 2 and "exact date" in text:
        return _whole(found, is_range=True), None
    whole = _several(text, found)
    if whole is not None and (whole.status != "stated" or not _RANGE.fullmatch(
            _template(text, found))):
        return whole, None
    done = [m for m in found
            if not _PLANNED.search(re.split(r"[.;]", text[:m.start])[-1])]
    first = _earliest(text, done)
    if isinstance(first, DateFact):
        return first, None
    last = max((m for m in done if not m.bound), key=lambda m: _days_of(m)[::-1])
    return (_fact(first, plain=len(found) == 1),
            _fact(last, plain=False) if last.hi != first.hi else None)


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
    if cell is not None or is_empty(value):
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
            discovered = next((d for d in dated if d.lo is None), NOT_STATED)
    rest = _REFERENCE.sub(" ", _LATER_STEP.sub(" ", _LEARNT.sub(" ", text)))
    if not re.search(r"[a-z0-9?]", rest):
        return NOT_STATED, NOT_STATED, discovered
    start, end = read_period(rest)
    return start, end, discovered
