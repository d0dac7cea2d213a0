"""Dates named in a text: where they stand and which days they allow.

Numbers are month/day/year. A day that the calendar does not know, a day before the first that a
fact may have and one after the end of collection are mentions without days: they are seen, and
known to be impossible. Words round a date make it wider or a bound
(:mod:`breachstudy.compile.date_qualifiers`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from breachstudy.compile.date_qualifiers import (
    Qualifier,
    about,
    clipped,
    qualifier,
    week_of,
)
from breachstudy.compile.intervals import interval_of
from breachstudy.schema.codebook import COLLECTED_THROUGH, DATES_FROM

__all__ = ["MONTH", "Mention", "known_day", "mentions", "normalise"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:\d{4}|\d{2})"
_JOIN = r"\s*(?:-|&|/|,?\s*and/or|,?\s*and|,?\s*or|,)\s*"
_PART = r"(?:early to mid|mid to late|early|mid|late)[\s-]+"
_BEFORE = r"(?<![\d/])(?<!\d\.)"
_AFTER = r"(?![\d/]|\.\d)"
_QUARTERS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4,
             "4th": 4, "last": 4}
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
        ("quarter", r"\b(?:q(?P<q>[1-4])|(?P<nth>first|second|third|fourth|last|1st|2nd|3rd|4th)"
                    r"\s+quarter)\s*,?\s*(?:of\s+)?(?P<y>\d{4})(?!\d)"),
        ("quarter", rf"{_BEFORE}(?P<y>\d{{4}})[\s-]*q(?P<q>[1-4])(?!\d)"),
        ("winter", r"\bwinter\s+(?:of\s+)?(?P<y>\d{4})(?![\d/])"),
        ("monthly", rf"(?P<mon>{MONTH}),?\s*(?:of\s+)?(?P<y>\d{{4}})(?!\d)"),
        ("monthly", rf"{_BEFORE}(?P<m>\d{{1,2}})/(?P<y>\d{{4}}){_AFTER}"),
        ("monthly", rf"{_BEFORE}(?P<m>\d{{1,2}})-(?P<y>(?:19|20)\d\d)(?![\d/-]|\.\d)"),
        ("yearly", rf"{_BEFORE}(?P<y>(?:19|20)\d\d)(?P<s>[-/])(?P<m>\d\d)(?![\d/-]|\.\d)"),
        ("years", rf"{_BEFORE}(?P<y>(?:19|20)\d\d)/(?P<more>(?:19|20)\d\d){_AFTER}"),
        ("dayless", rf"(?P<mon>{MONTH})\s*(?P<d>{_DAY})(?![\d/])"),
        ("dayless", rf"{_BEFORE}(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})(?![\d/])"),
        ("bare", rf"(?P<mon>{MONTH})(?=\s*(?:-|&|to\b|and\b|or\b|through\b|thru\b"
                 rf"|[,/]\s*(?:(?:and|or)\s+)?(?:{_PART})?{MONTH}))"),
        ("year", r"(?<![\d/.,])(?<!, )(?P<y>(?:19|20)\d\d)(?![\d/.]|-\d{1,2}(?!\d))"),
    )
)
_THIRD = re.compile(r"(early to mid|mid to late|early|mid|late)[\s-]*$")
_NTH_WEEK = re.compile(r"(first|second|third|last) week (?:of|in)\s*$")
_HALF = re.compile(r"(first|second|latter) half of\s*$")
_WEEKS = {"first": (1, 7), "second": (8, 14), "third": (15, 21)}
_TO = re.compile(r"[\s,]*(?:-|to|through|thru|until|and|&|,)[\s,]*")
_YEAR_FOLLOWS = re.compile(
    rf"[\s,]*(?:-|&|/|to|and/or|and|or|through|thru|,(?:\s*(?:and|or))?)[\s,]*"
    rf"(?:{_PART}|sometime\s*|approximately\s*)?")


@dataclass(frozen=True)
class Mention:
    """One date in a text: its interval (None where it is impossible) and its place.

    ``bound`` is "before" or "after" where what happened lies on that side of the date, on it or
    beyond. The place takes in the words that qualify the date.
    """

    lo: dt.date | None
    hi: dt.date | None
    precision: str
    start: int
    end: int
    is_yearless: bool = False
    bound: str = ""


def normalise(text: str) -> str:
    text = re.sub("[\u00ad\u200b-\u200d\u2060\ufeff]", "", text)
    text = re.sub(r"\s", " ", text).lower()
    text = re.sub(r"[‐-―−]+", "-", text).replace("’", "'")
    text = re.sub(r"(?<=\d)\s*/\s*(?=\d)", "/", text)
    return re.sub(r" +", " ", text).strip(" :;,")


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) == 2:
        return 2000 + year if year < 90 else 1900 + year
    return year


def known_day(year: int, month: int, day: int) -> dt.date | None:
    """The day, or None if the calendar or the bounds of the study do not know it."""
    found = interval_of(year, month, day)
    return found.lo if found and DATES_FROM <= found.lo <= COLLECTED_THROUGH else None


def _known(year: int, month: int | None = None, months: int = 1
           ) -> tuple[dt.date | None, dt.date | None]:
    """A year, or ``months`` months from ``month`` on, that has begun."""
    first = interval_of(year, month)
    last = first if month is None else interval_of(year, month + months - 1)
    if first is None or last is None or known_day(year, first.lo.month, 1) is None:
        return None, None
    return clipped(first.lo, last.hi)


def _part_of_month(before: str, lo: dt.date, hi: dt.date) -> tuple[dt.date, dt.date] | None:
    """Thirds and weeks of a month: early is days 1 to 10, mid 11 to 20, late 21 to the last."""
    end = interval_of(lo.year, lo.month)
    last = hi.day if end is None else end.hi.day
    week, third = _NTH_WEEK.search(before), _THIRD.search(before)
    if week:
        days = _WEEKS.get(week[1], (last - 6, last))
    elif third:
        days = {"early": (1, 10), "mid": (11, 20), "late": (21, last),
                "early to mid": (1, 20), "mid to late": (11, last)}[third[1]]
    else:
        return None
    found = lo.replace(day=days[0]), min(lo.replace(day=days[1]), COLLECTED_THROUGH)
    return found if found[0] <= found[1] else None


def _month_of(match: re.Match[str]) -> int:
    groups = match.groupdict()
    if groups.get("mon"):
        return _MONTHS.index(groups["mon"][:3]) + 1
    return int(groups["m"])


def _of_years(kind: str, match: re.Match[str], before: str, start: int, end: int) -> Mention:
    """The mention of a year, a quarter, a winter, of two years, or of a month written after its
    year."""
    year = int(match["y"])
    if kind == "quarter":
        quarter = int(match["q"]) if match["q"] else _QUARTERS[match["nth"]]
        return Mention(*_known(year, 3 * quarter - 2, 3), "quarter", start, end)
    if kind == "yearly":
        month = int(match["m"])
        # "2009-11" may be November 2009 or 2009 to 2011, and "2018/19" is no month
        if month > 12 or (month > year % 100 and year >= 2000):
            return Mention(None, None, "month", start, end)
        return Mention(*_known(year, month), "month", start, end)
    lo, hi = _known(year)
    if lo is None or hi is None:
        return Mention(None, None, "year", start, end)
    half = _HALF.search(before)
    if kind == "years":
        return Mention(lo, _known(int(match["more"]))[1], "span", start, end)
    if kind == "winter":  # the one that begins or the one that ends in the year
        return Mention(*clipped(dt.date(year - 1, 12, 1), dt.date(year + 1, 3, 31)), "span",
                       start, end)
    if half:
        lo, hi = (lo, dt.date(year, 6, 30)) if half[1] == "first" else (dt.date(year, 7, 1), hi)
        return Mention(lo, hi, "span", start, end) if lo <= hi else Mention(
            None, None, "span", start, end)
    return Mention(lo, hi, "year", start, end)


def _build(kind: str, match: re.Match[str], year: int | None, before: str) -> list[Mention]:
    """The mentions of one match; a list of days gives its first and its last, "A or B" one."""
    start, end = match.span()
    if kind in ("year", "years", "yearly", "quarter", "winter"):
        return [_of_years(kind, match, before, start, end)]
    month = _month_of(match)
    if year is None:
        return [Mention(None, None, "day", start, end, is_yearless=True)]
    if kind in ("monthly", "bare"):
        lo, hi = _known(year, month)
        if lo is None or hi is None:
            return [Mention(None, None, "month", start, end)]
        part = _part_of_month(before, lo, hi)
        return [Mention(*(part or (lo, hi)), "week" if part else "month", start, end)]
    days = [int(re.sub(r"\D", "", match["d"]))]
    if kind in ("days", "numbered"):
        days += [int(n) for n in re.findall(r"\d+", match["more"])]
        # 2/3-6/17 may be 3 to 6 February 2017 or 3 February to 17 June: not read
        if kind == "numbered" and days[-1] <= 12 and len(match["y"]) == 2:
            return [Mention(None, None, "day", start, end)]
    found = [known_day(year, month, day) for day in days]
    known = [day for day in found if day is not None]
    if len(known) < len(found):
        return [Mention(None, None, "day", start, end)]
    if len(known) == 1:
        return [Mention(known[0], known[0], "day", start, end)]
    if re.search(r"or|/", match["more"]):
        return [Mention(min(known), max(known), "span", start, end)]
    middle = start + 1
    return [Mention(known[0], known[0], "day", start, middle),
            Mention(known[-1], known[-1], "day", middle, end)]


def _matches(text: str) -> list[tuple[str, re.Match[str]]]:
    taken: list[tuple[str, re.Match[str]]] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= m.start() or match.start() >= m.end() for _, m in taken):
                taken.append((kind, match))
    return sorted(taken, key=lambda item: item[1].start())


def _years(text: str, found: Sequence[tuple[str, re.Match[str]]]) -> list[int | None]:
    """The year of each match. A month or a day without one takes that of the next date if only a
    joining word stands between and the order of the calendar allows it ("June 22 - July 3,
    2020")."""
    years: list[int | None] = [None] * len(found)
    for i in range(len(found) - 1, -1, -1):
        match = found[i][1]
        if match.groupdict().get("y"):
            years[i] = _full_year(match["y"])
        elif i + 1 < len(found):
            following = found[i + 1]
            between = text[match.end():following[1].start()]
            if (_YEAR_FOLLOWS.fullmatch(between)
                    and following[0] not in ("year", "years", "yearly", "quarter", "winter")
                    and _month_of(match) <= _month_of(following[1])):
                years[i] = years[i + 1]
    return years


def _qualified(mention: Mention, said: Qualifier) -> Mention:
    """A mention with what the words round it say."""
    start, end = mention.start - said.left, mention.end + said.right
    lo, hi, precision = mention.lo, mention.hi, mention.precision
    if lo is None or hi is None or said.bound in ("denied", "vague"):
        return replace(mention, lo=None, hi=None, start=start, end=end)
    if said.week and precision == "day":
        lo, hi, precision = week_of(said.week, lo)
    if said.about:
        lo, hi, precision = about(lo, hi, precision)
    return replace(mention, lo=lo, hi=hi, precision=precision, start=start, end=end,
                   bound=said.bound)


def _spread(text: str, found: Sequence[Sequence[Mention]], said: list[Qualifier]) -> None:
    """Let "about A to B" and "weeks of A and B" speak of both dates, in place; "A to B (est.)" is
    about B."""
    for i in range(len(found) - 1):
        between = text[found[i][-1].end + said[i].right:found[i + 1][0].start - said[i + 1].left]
        if not _TO.fullmatch(between):
            continue
        if said[i].week == "weeks" and not said[i + 1].week:
            said[i + 1] = replace(said[i + 1], week="weeks")
        if said[i].about == "left" and not said[i + 1].about:
            said[i + 1] = replace(said[i + 1], about="left")


def mentions(text: str) -> list[Mention]:
    """All dates of a normalised text in order, with the words that qualify them.

    A month or a day whose year is neither written nor told by the next date is yearless and
    unreadable.
    """
    matches = _matches(text)
    years = _years(text, matches)
    found: list[list[Mention]] = []
    said: list[Qualifier] = []
    right = len(text)  # where the words that qualify the next date begin
    for i in range(len(matches) - 1, -1, -1):
        kind, match = matches[i]
        before = text[matches[i - 1][1].end() if i else 0:match.start()]
        said.insert(0, qualifier(before, text[match.end():right]))
        found.insert(0, _build(kind, match, years[i], before))
        right = match.start() - said[0].left
    _spread(text, found, said)
    out: list[Mention] = []
    for own, words in zip(found, said, strict=True):
        first, last = replace(words, right=0), replace(words, left=0)
        if len(own) == 1:
            out.append(_qualified(own[0], words))
        else:
            out += [_qualified(own[0], first), _qualified(own[1], last)]
    return out
