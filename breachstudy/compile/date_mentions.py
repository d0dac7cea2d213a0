"""Dates named in a text: where they stand and which days they allow.

Numbers are month/day/year. A year before 1990, a day that the calendar does not know and a day
after the end of collection are mentions without days: they are seen, and known to be impossible.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from breachstudy.schema.codebook import COLLECTED_THROUGH

__all__ = ["MONTH", "Mention", "known_day", "mentions", "normalise"]

FIRST_YEAR = 1990
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
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
        ("days", rf"(?P<mon>{MONTH})\s*(?P<d>{_DAY})(?P<more>(?:{_JOIN}{_DAY})+)"
                 r"\s*,?\s*(?P<y>\d{4})(?!\d)"),
        ("named", rf"(?P<mon>{MONTH}),?\s*(?P<d>{_DAY})\s*[,.]{{0,2}}\s*(?P<y>\d{{4}})(?!\d)"),
        ("numeric", rf"{_BEFORE}(?P<m>\d{{1,2}})(?P<s>[/.-])(?P<d>\d{{1,2}})(?P=s)(?P<y>{_YEAR})"
                    rf"{_AFTER}"),
        ("numbered", rf"{_BEFORE}(?P<m>\d{{1,2}})[/.](?P<d>\d{{1,2}})(?P<more>\s*[-&]\s*\d{{1,2}})"
                     rf"(?:[/.]|,\s*)(?P<y>{_YEAR}){_AFTER}"),
        ("monthly", rf"(?P<mon>{MONTH}),?\s*(?:of\s+)?(?P<y>\d{{4}})(?!\d)"),
        ("monthly", rf"{_BEFORE}(?P<m>\d{{1,2}})/(?P<y>\d{{4}}){_AFTER}"),
        ("dayless", rf"(?P<mon>{MONTH})\s*(?P<d>{_DAY})(?![\d/])"),
        ("dayless", rf"{_BEFORE}(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})(?![\d/])"),
        ("bare", rf"(?P<mon>{MONTH})(?=\s*(?:-|&|to\b|and\b|or\b|through\b|thru\b))"),
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
@dataclass(frozen=True)
class Mention:
    """One date in a text: its interval (None where it is impossible) and its place."""

    lo: dt.date | None
    hi: dt.date | None
    precision: str
    start: int
    end: int
    is_yearless: bool = False


def normalise(text: str) -> str:
    text = text.replace("\xa0", " ").lower()
    text = re.sub(r"[‐-―−]+", "-", text).replace("’", "'").replace("–", "-")
    text = re.sub(r"(?<=\d)\s*/\s*(?=\d)", "/", text)
    return re.sub(r"\s+", " ", text).strip(" :;,")


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) == 2:
        return 2000 + year if year < 90 else 1900 + year
    return year


def known_day(year: int, month: int, day: int) -> dt.date | None:
    """The day, or None if the calendar or the bounds of the registers do not know it."""
    try:
        found = dt.date(year, month, day)
    except ValueError:
        return None
    return found if year >= FIRST_YEAR and found <= COLLECTED_THROUGH else None


def _month_interval(year: int, month: int) -> tuple[dt.date | None, dt.date | None]:
    if not 1 <= month <= 12:
        return None, None
    first = known_day(year, month, 1)
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
        lo, hi = known_day(value, 1, 1), known_day(value, 12, 31)
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
    found = [known_day(year, month, day) for day in days]
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


