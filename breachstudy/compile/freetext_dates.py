"""Dates that people typed into forms, read as intervals of days.

Registers hold dates as free text: "March 6, 2020", "02/07/2020 - 05/20/2020", "Late May 2016",
"Week of 10/23/17", "8/3/2018 (discovered 10/2/18)". Each reader returns :class:`DateFact`: the
first and last day that the wording allows, how precise it is, and whether it was read at all.
Numbers are month/day/year. Nothing is repaired: a year before 1990 or a day after the end of
collection is unreadable, and so is whatever these rules do not cover.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from breachstudy.codebook import COLLECTED_THROUGH

__all__ = [
    "NOT_COLLECTED",
    "NOT_STATED",
    "UNREADABLE",
    "DateFact",
    "Mention",
    "day_fact",
    "mentions",
    "read_discovered",
    "read_filed",
    "read_first",
    "read_noted",
    "read_period",
]

FIRST_YEAR = 1990
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:\d{4}|\d{2})"
_JOIN = r"\s*(?:-|&|,?\s*and/or|,?\s*and|,?\s*or|,)\s*"
_BEFORE = r"(?<![\d/])(?<!\d\.)"
_AFTER = r"(?![\d/]|\.\d)"
_PATTERNS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("iso", rf"{_BEFORE}(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)"),
        ("days", rf"(?P<mon>{_MONTH})\s*(?P<d>{_DAY})(?P<more>(?:{_JOIN}{_DAY})+)"
                 r"\s*,?\s*(?P<y>\d{4})(?!\d)"),
        ("named", rf"(?P<mon>{_MONTH}),?\s*(?P<d>{_DAY})\s*[,.]{{0,2}}\s*(?P<y>\d{{4}})(?!\d)"),
        ("numeric", rf"{_BEFORE}(?P<m>\d{{1,2}})(?P<s>[/.-])(?P<d>\d{{1,2}})(?P=s)(?P<y>{_YEAR})"
                    rf"{_AFTER}"),
        ("numbered", rf"{_BEFORE}(?P<m>\d{{1,2}})[/.](?P<d>\d{{1,2}})(?P<more>\s*[-&]\s*\d{{1,2}})"
                     rf"(?:[/.]|,\s*)(?P<y>{_YEAR}){_AFTER}"),
        ("monthly", rf"(?P<mon>{_MONTH}),?\s*(?:of\s+)?(?P<y>\d{{4}})(?!\d)"),
        ("monthly", rf"{_BEFORE}(?P<m>\d{{1,2}})/(?P<y>\d{{4}}){_AFTER}"),
        ("dayless", rf"(?P<mon>{_MONTH})\s*(?P<d>{_DAY})(?![\d/])"),
        ("dayless", rf"{_BEFORE}(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})(?![\d/])"),
        ("bare", rf"(?P<mon>{_MONTH})(?=\s*(?:-|&|to\b|and\b|or\b|through\b|thru\b))"),
        ("year", r"(?<![\d/.,])(?<!, )(?P<y>(?:19|20)\d\d)(?![\d/.]|-\d{1,2}(?!\d))"),
    )
)
_THIRD = re.compile(r"(early to mid|mid to late|early|mid|late)[\s-]*$")
_WEEK_OF = re.compile(r"week of\s*$")
_FIRST_WEEK = re.compile(r"first week of\s*$")
_FIRST_HALF = re.compile(r"first half of\s*$")
_APPROXIMATE = re.compile(r"(?:approximately|approx\.?|appo?x\.?|app\.|(?<!on or )around|roughly|~"
                          r"|believed to be(?: on or around)?)\s*$")
_ESTIMATED = re.compile(r"\s*\(?(?:approx|est)")
_UNREAD = re.compile(rf"\d+\s*[/.-]+\s*\d|\d{{3,}}|\b{_MONTH}\s*\d|\?")
_NO_DATE = re.compile(
    r"unknown|unsure|unclear|undetermined|not (?:stated|specified|given|provided|available|sure)"
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
    r"\(?(?:breach(?:ed)?\s+|just\s+|company\s+|they were\s+|first\s+)?"
    r"(?:disc?overed|dicovered|discoved|detected|identified|learned|became aware|informed|alerted"
    r"|found out|(?<!recently )notified(?! customer| consumer| resident| individual))(?P<clause>[^();]*)\)?"
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


@dataclass(frozen=True)
class Mention:
    """One date in a text: its interval (None where it is impossible) and its place."""

    lo: dt.date | None
    hi: dt.date | None
    precision: str
    start: int
    end: int
    is_yearless: bool = False


def _normalise(text: str) -> str:
    text = text.replace("\xa0", " ").lower()
    text = re.sub(r"[‐-―−]+", "-", text).replace("’", "'").replace("–", "-")
    text = re.sub(r"(?<=\d)\s*/\s*(?=\d)", "/", text)
    return re.sub(r"\s+", " ", text).strip(" :;,")


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) == 2:
        return 2000 + year if year < 90 else 1900 + year
    return year


def _date(year: int, month: int, day: int) -> dt.date | None:
    """The day, or None if the calendar or the bounds of the registers do not know it."""
    try:
        found = dt.date(year, month, day)
    except ValueError:
        return None
    return found if FIRST_YEAR <= year and found <= COLLECTED_THROUGH else None


def _month_interval(year: int, month: int) -> tuple[dt.date | None, dt.date | None]:
    if not 1 <= month <= 12:
        return None, None
    first = _date(year, month, 1)
    if first is None:
        return None, None
    last = dt.date(year, month, calendar.monthrange(year, month)[1])
    return first, min(last, COLLECTED_THROUGH)


def _third(word: str, lo: dt.date, hi: dt.date) -> tuple[dt.date, dt.date]:
    """Thirds of a month: days 1 to 10, 11 to 20, 21 to the last."""
    first, last = {"early": (1, 10), "mid": (11, 20), "late": (21, hi.day),
                   "early to mid": (1, 20), "mid to late": (11, hi.day)}[word]
    return lo.replace(day=first), lo.replace(day=last)


def _month_of(match: re.Match[str]) -> int:
    groups = match.groupdict()
    if groups.get("mon"):
        return _MONTHS.index(groups["mon"][:3]) + 1
    return int(groups["m"])


def _build(kind: str, match: re.Match[str], year: int | None, before: str, after: str
           ) -> list[Mention]:
    """The mentions of one match; a list of days gives its first and its last."""
    start, end = match.span()
    lo: dt.date | None
    hi: dt.date | None
    if kind == "year":
        value = int(match["y"])
        lo, hi = _date(value, 1, 1), _date(value, 12, 31)
        if _FIRST_HALF.search(before) and lo:
            return [Mention(lo, dt.date(value, 6, 30), "span", start, end)]
        return [Mention(lo, hi, "year", start, end)]
    month = _month_of(match)
    if year is None:
        return [Mention(None, None, "day", start, end, is_yearless=True)]
    if kind in ("monthly", "bare"):
        lo, hi = _month_interval(year, month)
        if lo is None or hi is None:
            return [Mention(None, None, "month", start, end)]
        if _FIRST_WEEK.search(before):
            return [Mention(lo, lo.replace(day=7), "week", start, end)]
        third = _THIRD.search(before)
        if third:
            lo, hi = _third(third[1], lo, hi)
            return [Mention(lo, hi, "week", start, end)]
        return [Mention(lo, hi, "month", start, end)]
    days = [int(re.sub(r"\D", "", match["d"]))]
    if kind in ("days", "numbered"):
        days.append(int(re.findall(r"\d+", match["more"])[-1]))
        # 2/3-6/17 may be 3 to 6 February 2017 or 3 February to 17 June: not read
        if kind == "numbered" and days[-1] <= 12 and len(match["y"]) == 2:
            return [Mention(None, None, "day", start, end)]
    found = [_date(year, month, day) for day in days]
    if len(found) == 2:
        middle = start + 1
        return [Mention(found[0], found[0], "day", start, middle),
                Mention(found[1], found[1], "day", middle, end)]
    lo = hi = found[0]
    precision = "day"
    if lo is not None and _WEEK_OF.search(before):
        hi, precision = min(lo + dt.timedelta(days=6), COLLECTED_THROUGH), "week"
    elif lo is not None and (_APPROXIMATE.search(before) or _ESTIMATED.match(after)):
        lo, hi, precision = lo - dt.timedelta(days=3), lo + dt.timedelta(days=3), "week"
        hi = min(hi, COLLECTED_THROUGH)
    return [Mention(lo, hi, precision, start, end)]


def _matches(text: str) -> list[tuple[str, re.Match[str]]]:
    taken: list[tuple[str, re.Match[str]]] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= m.start() or match.start() >= m.end() for _, m in taken):
                taken.append((kind, match))
    return sorted(taken, key=lambda item: item[1].start())


def mentions(text: str) -> list[Mention]:
    """All dates of a normalised text in order.

    A month or a day without a year takes the year of the next date if only a joining word
    stands between and the order of the calendar allows it ("June 22 - July 3, 2020");
    otherwise it is yearless and unreadable.
    """
    found = _matches(text)
    out: list[Mention] = []
    years: list[int | None] = [None] * len(found)
    for i in range(len(found) - 1, -1, -1):
        kind, match = found[i]
        if match.groupdict().get("y"):
            years[i] = _full_year(match["y"])
        elif i + 1 < len(found):
            following = found[i + 1]
            between = text[match.end():following[1].start()]
            if (re.fullmatch(r"[\s,]*(?:-|&|to|and|or|through|thru|,)[\s,]*"
                             r"(?:early|mid|late|sometime|approximately)?[\s-]*", between)
                    and following[0] != "year"
                    and _month_of(match) <= _month_of(following[1])):
                years[i] = years[i + 1]
    for (kind, match), year in zip(found, years, strict=True):
        out.extend(_build(kind, match, year, text[:match.start()], text[match.end():]))
    return out


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
    if isinstance(value, dt.datetime):
        value = value.date()
    elif isinstance(value, (int, float)) or (
        isinstance(value, str) and re.fullmatch(r"[34]\d{4}", value.strip())
    ):
        if not 30000 <= float(value) < 50000:
            return UNREADABLE
        value = dt.date(1899, 12, 30) + dt.timedelta(days=int(float(value)))
    if isinstance(value, dt.date):
        day = _date(value.year, value.month, value.day)
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
    return value is None or value != value or (isinstance(value, str) and not value.strip())


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
_RANGE = re.compile(rf"(?:from |between |beginning |starting )?D ?{_TO} ?D|between D,? ?(?:and|&) ?D")
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
    text = _normalise(str(value))
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
    text = _normalise(str(value))
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
    text = _normalise(str(value))
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
    text = re.sub(r"\([^)]*\)?|\bbut dated\b.*", " ", _normalise(value))
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
    text = _normalise(str(value))
    if _AWARE_AFTER.search(text):
        return NOT_STATED, NOT_STATED, read_discovered(_AWARE_AFTER.sub("", text))
    discovered = NOT_COLLECTED
    clauses = [m["clause"] for m in _LEARNT.finditer(text)]
    if clauses:
        dated = [read_discovered(c) for c in clauses
                 if re.search(rf"\d|\b{_MONTH}", c)]
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
