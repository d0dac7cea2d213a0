"""Words round a date that say how it is meant: about when, which week, before or after.

"Circa", "week ending", "weekend of", "on or after", "no later than": each makes the interval
wider, or says that the date is only a bound. What stands next to a date is read here, whatever
the date itself looks like (:mod:`breachstudy.compile.date_mentions`).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from breachstudy.compile.intervals import interval_of
from breachstudy.schema.codebook import COLLECTED_THROUGH, DATES_FROM

__all__ = ["ABOUT_DAYS", "Days", "Qualifier", "about", "clipped", "qualifier", "week_of"]

Days = tuple[dt.date, dt.date, str]
"""First day, last day, precision."""

ABOUT_DAYS = 3
"""Days to each side of "about" a day."""

_FILLER = (r"(?:(?:on|in|the|of|at|a|early|mid|late|date|month of|beginning of|end of|some ?time"
           r"|or about|or around)[\s-]+)*")
_PERIODS = {"week": 7, "month": 1, "quarter": 3, "year": 12}
_LEFT = {
    "denied": rf"(?:\bnot|\bother than|\brather than|\binstead of)\s+{_FILLER}",
    "vague": r"(?:\bwithin\b[^;.()]*\b(?:of|from)|\bfiscal(?: year)?|\bfy)\s*",
    "week_before": rf"\bweek-?(?:end)? (?:before|prior to|preceding)\s+{_FILLER}",
    "week_after": rf"\bweek-?(?:end)? (?:after|following)\s+{_FILLER}",
    "ending": rf"\b(?P<period>week|month|quarter|year)[ -](?:ending|ended)\s+{_FILLER}",
    "weekend": rf"\bweek[ -]?end(?: of| starting| beginning)?\s+{_FILLER}",
    "weeks": rf"\bweeks (?:of|beginning|commencing|starting)\s+{_FILLER}",
    "week": rf"(?<!first )(?<!second )(?<!third )(?<!last )\bweek (?:of|beginning|commencing"
            rf"|starting|that (?:began|started))\s+{_FILLER}",
    "before": rf"(?:\bone? or (?:before|prior to)|\bin or prior to|(?<!not )\bbefore|\bprior to"
              rf"|\bpreceding|\bin advance of|\bno(?:t)? later than|\bby|\bas late as"
              rf"|\bat ?least(?: as (?:early|far back) as| since)?)\s+{_FILLER}",
    "after": rf"(?:\bon or after|(?<!not )(?<!no )\b(?:after|later than)"
             rf"|\bno(?:t)? (?:earlier|sooner) than|\bnot before|\bfollowing|\bsubsequent to)"
             rf"\s+{_FILLER}",
    "about": r"(?:\bapproximately|\bapprox\.?|\bappo?x\.?|\baprox\.?|\bapp\.|(?<!or )\baround"
             r"|(?<!or )\babout|\broughly|~|\bcirca|\bca?\.|\bca\b|\bnear(?:ly)?|\bclose to"
             r"|\bestimated(?: to (?:be|have been))?|\best\.?|\b(?:most )?likely|\bprobably"
             rf"|\bpresumably|\b(?:believed|thought) to be)[\s,]*{_FILLER}",
    # "after beginning to receive complaints on 12/23/15"; not after a review, discovered on a day
    "after ": r"\bafter\b(?:(?!\b(?:disc|dic|detect|identif|learn|aware|notif|found|inform|alert"
              r"|confirm))[^;.(),])*",
}
_RIGHT = {
    "after": r"\(?(?:or (?:after|later|thereafter|subsequently|since)|at the earliest)\b\)?",
    "before": r"\(?(?:(?:or|and) (?:before|prior|earlier|sooner)|at the latest)\b\)?",
    "about": r"\(?(?:approx(?:imate(?:ly)?)?\b\.?|est(?:imated?)?\b\.?|circa\b|or so\b"
             r"|(?:or )?thereabouts\b|give or take|\+/-)\)?",
}
_LEFT_PATTERNS = {k: re.compile(rf"(?:{p})$") for k, p in _LEFT.items()}
_RIGHT_PATTERNS = {k: re.compile(rf"[\s,]*{p}") for k, p in _RIGHT.items()}


@dataclass(frozen=True)
class Qualifier:
    """What stands round one date.

    ``bound`` is "before" or "after" where the date only bounds what happened, "denied" or "vague"
    where it is not the date meant ("not 3 May", "within two weeks of"); ``week`` names the kind of
    week or period, ``about`` the side on which such a word stands ("left", "right"). ``left`` and
    ``right`` count the characters that the words take up on each side.
    """

    bound: str = ""
    week: str = ""
    about: str = ""
    left: int = 0
    right: int = 0


def qualifier(before: str, after: str) -> Qualifier:
    """The qualifier of a date from the texts that separate it from its neighbours."""
    bound = week = about_side = ""
    rest, is_found = before, True
    while is_found and rest:
        is_found = False
        for kind, pattern in _LEFT_PATTERNS.items():
            match = pattern.search(rest)
            if match is None:
                continue
            rest, is_found = rest[:match.start()], True
            if kind == "about":
                about_side = "left"
            elif kind.startswith("week") or kind == "ending":
                week = week or (f"{match['period']}_ending" if kind == "ending" else kind)
            else:
                bound = kind.strip()
            break
    right = 0
    for kind, pattern in _RIGHT_PATTERNS.items():
        match = pattern.match(after)
        if match:
            right = match.end()
            if kind == "about":
                about_side = about_side or "right"
            else:
                bound = kind
            break
    return Qualifier(bound, week, about_side, len(before) - len(rest), right)


def clipped(lo: dt.date, hi: dt.date) -> tuple[dt.date, dt.date]:
    """An interval within the days that a fact may have."""
    return max(lo, DATES_FROM), min(hi, COLLECTED_THROUGH)


def _days(lo: dt.date, hi: dt.date, precision: str) -> Days:
    return (*clipped(lo, hi), precision)


def week_of(kind: str, day: dt.date) -> Days:
    """The days of "week of", "week ending", "weekend of" and their like, named by one day.

    A week named by a Sunday or Monday runs from it for seven days; one named by another day may
    also be the week round it, and so begins on the Sunday before. "Week ending" is the seven days
    up to the day, and so on for months, quarters and years. A weekend is its Saturday and Sunday
    and the day named; named by a day from Tuesday to Thursday it may be either weekend. The week
    before or after a day is any of thirteen days.
    """
    after_sunday = day.isoweekday() % 7  # 0 on a Sunday, 6 on a Saturday

    def shifted(n: int) -> dt.date:
        return day + dt.timedelta(days=n)

    if kind.endswith("_ending"):
        period = kind.removesuffix("_ending")
        if period == "week":
            return _days(shifted(-6), day, "week")
        months = day.year * 12 + day.month - 1 - _PERIODS[period]
        earlier = interval_of(months // 12, months % 12 + 1)
        if earlier is None:  # before year 1
            return _days(day, day, "day")
        first = min(earlier.lo + dt.timedelta(days=day.day - 1), earlier.hi)
        return _days(first + dt.timedelta(days=1), day, "span")
    if kind == "week_before":
        return _days(shifted(-13), shifted(-1), "span")
    if kind == "week_after":
        return _days(shifted(1), shifted(13), "span")
    if kind == "weekend":
        saturday = 0 if after_sunday >= 5 else -after_sunday - 1
        sunday = 0 if after_sunday <= 1 else 7 - after_sunday
        return _days(shifted(saturday), shifted(sunday), "week")
    return _days(shifted(0 if after_sunday <= 1 else -after_sunday), shifted(6), "week")


def about(lo: dt.date, hi: dt.date, precision: str) -> Days:
    """The interval of "about" a date: three days to each side of a day or week, a month to each
    side of a month or quarter, a year to each side of a year."""
    if precision in ("month", "quarter"):
        before, after = lo - dt.timedelta(days=1), hi + dt.timedelta(days=1)
        month, following = (interval_of(d.year, d.month) for d in (before, after))
        if month is not None and following is not None:
            return _days(month.lo, following.hi, "span")
    if precision == "year":
        return _days(dt.date(lo.year - 1, 1, 1), dt.date(hi.year + 1, 12, 31), "span")
    width = dt.timedelta(days=ABOUT_DAYS)
    return _days(lo - width, hi + width, "week" if precision == "day" else "span")
