"""Properties of the readers of dates, on phrases generated from days that are known.

A day is drawn first and then described, exactly or loosely: the interval read has to hold it.
"""

from __future__ import annotations

import calendar
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from breachstudy.compile.date_facts import DateFact
from breachstudy.compile.freetext_dates import (
    read_discovered,
    read_filed,
    read_first,
    read_noted,
    read_period,
)
from breachstudy.schema.codebook import COLLECTED_THROUGH, DATES_FROM

MARGIN = dt.timedelta(days=400)
"""Away from the ends of collection, where intervals are cut."""
days = st.dates(DATES_FROM + MARGIN, COLLECTED_THROUGH - MARGIN)
offsets = st.integers(0, 6)
# "about" is held to this many days; it is our convention and no fact about language
NEAR = st.integers(-3, 3)


def written(day: dt.date, style: int) -> str:
    """A day in one of the manners of the registers."""
    m, d, y = day.month, day.day, day.year
    return (f"{day:%m/%d/%Y}", f"{m}/{d}/{day:%y}", f"{day:%B} {d}, {y}", f"{day:%b}. {d}, {y}",
            day.isoformat(), f"{m}.{d}.{y}", f"{day:%B} {d}th, {y}")[style]


styles = st.integers(0, 6)


@st.composite
def exact(draw: st.DrawFn) -> tuple[str, dt.date]:
    day = draw(days)
    return written(day, draw(styles)), day


def _of_period(day: dt.date) -> list[str]:
    last = calendar.monthrange(day.year, day.month)[1]
    third = "early" if day.day <= 10 else "mid" if day.day <= 20 else "late"
    quarter = (day.month + 2) // 3
    half = "first" if day.month <= 6 else "second"
    nth = ("first", "second", "third", "fourth")[quarter - 1]
    out = [f"{day:%B} {day.year}", f"{day:%b}. {day.year}", f"{day:%B} of {day.year}",
           f"{day:%B}, {day.year}", f"{day.month}/{day.year}", str(day.year), f"late {day.year}",
           f"spring of {day.year}", f"{third} {day:%B} {day.year}", f"{third}-{day:%b} {day.year}",
           f"Q{quarter} {day.year}", f"{nth} quarter of {day.year}", f"{half} half of {day.year}",
           f"month of {day:%B} {day.year}", f"approximately {day:%B} {day.year}",
           f"circa {day.year}"]
    if day.month <= day.year % 100:
        out.append(f"{day.year}-{day.month:02d}")
    if day.day <= 7:
        out.append(f"first week of {day:%B} {day.year}")
    if day.day > last - 7:
        out.append(f"last week of {day:%B} {day.year}")
    if day.month in (12, 1, 2):
        out += [f"winter of {day.year}", f"winter {day.year}"]
    return out


@st.composite
def loose(draw: st.DrawFn) -> tuple[str, dt.date]:
    """A phrase that fixes no day, and a day that it may truly mean."""
    true, style = draw(days), draw(styles)
    named = true + dt.timedelta(days=draw(NEAR))
    back, on = (dt.timedelta(days=n) for n in (draw(offsets), draw(offsets)))
    about = [f"{word} {written(named, style)}" for word in
             ("about", "circa", "approximately", "approx.", "around", "~", "roughly", "ca.",
              "sometime around", "estimated to be", "probably", "believed to be on or about")]
    about += [f"{written(named, style)} {word}" for word in
              ("(approx.)", "(estimated)", "or so", "or thereabouts", "approximately")]
    saturday = true + dt.timedelta(days=5 - true.weekday())
    other = dt.timedelta(days=31)
    first, last = written(true - back, style), written(true + on, style)
    weeks = [f"week of {first}", f"week beginning {first}", f"the week ending {last}",
             f"week ended {last}", f"month ending {last}",
             f"week before {written(true + on + dt.timedelta(days=1), style)}",
             f"weeks of {first} or {written(true + other, style)}"]
    if true.weekday() >= 5:
        named = saturday + dt.timedelta(days=draw(st.integers(-3, 3)))
        weeks += [f"weekend of {written(named, style)}", f"the weekend of {written(named, style)}"]
    choices = [*_of_period(true), *about, *weeks,
               f"{written(true, style)} or {written(true + other, style)}",
               f"{written(true - other, style)} and/or {written(true, style)}",
               f"between {written(true - back - dt.timedelta(days=1), style)} and "
               f"{written(true + on, style)}"]
    following = true + other
    if true.year == following.year and true.month < following.month:
        choices += [f"{true:%B}/{following:%B} {true.year}",
                    f"{true:%b}./{following:%b}. {true.year}"]
    return draw(st.sampled_from(choices)), true


def holds(fact: DateFact, day: dt.date) -> bool:
    return fact.lo is not None and fact.hi is not None and fact.lo <= day <= fact.hi


@settings(max_examples=400, deadline=None, derandomize=True)
@given(exact())
def test_an_exact_day_is_that_day(drawn: tuple[str, dt.date]) -> None:
    text, day = drawn
    assert read_discovered(text) == DateFact(day, day, "day")
    assert read_period(text) == (DateFact(day, day, "day"),) * 2
    assert read_first(text) == (DateFact(day, day, "day"), None)


@settings(max_examples=800, deadline=None, derandomize=True)
@given(loose())
def test_a_loose_phrase_holds_the_day_and_is_never_a_single_day(drawn: tuple[str, dt.date]) -> None:
    text, day = drawn
    fact = read_discovered(text)
    assert holds(fact, day), (text, fact)
    assert fact.precision != "day"
    assert fact.lo < fact.hi


@settings(max_examples=400, deadline=None, derandomize=True)
@given(loose())
def test_a_loose_phrase_in_a_field_of_periods_is_no_single_day_or_unread(
        drawn: tuple[str, dt.date]) -> None:
    text, day = drawn
    if text.startswith("between"):  # by convention a beginning and an end, docs/notices.md
        return
    start, end = read_period(text)
    if start.status == "stated" and end.status == "stated":
        assert start.lo <= day <= end.hi, (text, start, end)
        assert "day" not in (start.precision, end.precision)
    else:
        assert {start.status, end.status} <= {"unreadable", "open"}, (text, start, end)


BOUNDS = ("after {}", "on or after {}", "later than {}", "no earlier than {}", "not before {}",
          "before {}", "on or before {}", "prior to {}", "no later than {}", "not later than {}",
          "by {}", "{} or after", "{} or later", "{} or before", "{} or earlier", "as late as {}",
          "{} at the latest", "sometime after {}", "shortly after {}", "in or prior to {}")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(days, styles, st.sampled_from(BOUNDS), st.booleans())
def test_a_bound_gives_no_days(day: dt.date, style: int, form: str, is_month: bool) -> None:
    text = form.format(f"{day:%B} {day.year}" if is_month else written(day, style))
    assert read_discovered(text).status == "open", text
    assert read_first(text)[0].status == "open", text
    assert {f.status for f in read_period(text)} == {"open"}, text
    assert read_noted(f"{written(day, style)} (discovered {text})")[2].status == "open", text


JOINS = ("{} - {}", "{} to {}", "from {} to {}", "{} through {}", "between {} and {}", "{}-{}",
         "From {} until {}")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(days, days, styles, st.sampled_from(JOINS))
def test_a_period_begins_and_ends_or_conflicts(a: dt.date, b: dt.date, style: int, form: str
                                               ) -> None:
    text = form.format(written(a, style), written(b, style))
    start, end = read_period(text)
    fact, (first, last) = read_discovered(text), read_first(text)
    if a > b:
        assert start.status == end.status == fact.status == first.status == "conflicting", text
        assert last is None
        return
    assert (start.lo, start.hi, end.lo, end.hi) == (a, a, b, b), text
    assert (fact.lo, fact.hi) == (a, b), text
    assert first.lo == a and (last is None) == (a == b), text


PIECES = st.sampled_from([
    "3/5/2019", "March 5, 2019", "June 2018", "2018", "6/18", "0018", "13/45/2019", "2018-06", "-",
    "to", "and", "or", "on or about", "week of", "weekend of", "after", "before", "approx.", "(",
    ")", ";", ",", "discovered", "unknown", "mid", "Q3", "winter", "May", "June/July 2018",
    "\u00a0", "\u200b", "?", "not", "by", "until", "since", "5-9", "99999", "first half of"])


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.one_of(st.lists(PIECES, max_size=9).map(" ".join), st.text(max_size=40)))
def test_any_text_is_read_or_not_but_never_out_of_order(text: str) -> None:
    facts = [read_discovered(text), read_first(text)[0], read_filed(text), *read_period(text),
             *read_noted(text)]
    for fact in facts:
        if fact.status == "stated":
            assert DATES_FROM <= fact.lo <= fact.hi <= COLLECTED_THROUGH
            assert fact.precision != "day" or fact.lo == fact.hi
        else:
            assert fact.lo is fact.hi is fact.precision is None
    for start, end in (read_period(text), read_noted(text)[:2]):
        if start.lo is not None and end.hi is not None:
            assert start.lo <= end.hi
