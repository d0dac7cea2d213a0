"""Checks of the coded answers: levels of the book, evidence, absence, completeness.

They hold the rules that make the codes worth something: a code of presence shows its evidence,
absence is only coded where enough was seen, and every difference between A and B is settled.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from breachstudy.errors import Problem
from breachstudy.schema.coding_book import NOT_APPLICABLE, NOT_FOUND, Book, Item

__all__ = ["ABSENCE_NEEDS", "check_coding"]

ABSENCE_NEEDS = 2
"""Coverage from which on absence may be coded: two independent accounts, or the firm's own text."""
BY_DATE = "dates"
"""Where items stand that are judged by who was first and when, whatever was seen of the answer."""
CODING, COVERAGE = "data/raw/coding.csv", "data/raw/coding_coverage.csv"


def check_coding(frames: Mapping[str, pd.DataFrame], book: Book) -> list[Problem]:
    """All problems of coding, coding_coverage and coding_frame, with file, row and remedy.

    ``frames`` are the typed raw tables (with ``_row``).
    """
    coding, coverage = frames["coding"], frames["coding_coverage"]
    if coding.empty:
        return []
    seen = {(e, c): v for e, c, v in zip(coverage["event_id"], coverage["coder"],
                                         coverage["coverage"], strict=True)}
    # A third reading may find absence only where both coders could have seen it.
    both = coverage[coverage["coder"].isin(["A", "B"])]
    lower = both.groupby("event_id")["coverage"].min().to_dict()
    out: list[Problem] = []
    by_pair: dict[tuple[str, str], dict[str, tuple[str, int]]] = {}
    known = {i.id: i for i in book.items}
    for line, event, coder, item, value, evidence, reason in zip(*(
            coding[n].tolist() for n in ("_row", "event_id", "coder", "item", "value", "evidence",
                                         "reason")), strict=True):
        by_pair.setdefault((event, coder), {})[item] = (value, line)
        out += _check_code(line, coder, item, value, evidence, reason,
                           lower.get(event) if coder == "adjudicated" else seen.get(
                               (event, coder)), known)
    out += _complete(by_pair, seen, book)
    out += _settled(by_pair)
    out += _framed(frames, {event for event, _ in by_pair})
    return out


def _check_code(line: int, coder: str, item: str, value: str, evidence: object, reason: object,
                coverage: object, known: Mapping[str, Item]) -> list[Problem]:
    if item not in known:
        return [Problem(CODING, line, "item", item, "is not an item of the coding book",
                        f"Use one of {', '.join(known)}")]
    out = []
    allowed = [*known[item].levels, NOT_APPLICABLE, NOT_FOUND]
    if value not in allowed:
        return [Problem(CODING, line, "value", value, f"is no level of {item}",
                        f"Use one of {', '.join(allowed)}")]
    if value not in ("0", NOT_FOUND, NOT_APPLICABLE) and pd.isna(evidence):
        out.append(Problem(CODING, line, "evidence", "", f"{item} is coded {value} without "
                           "evidence", "Give at most eight words of the source, or code 9"))
    if coder == "adjudicated" and pd.isna(reason):
        out.append(Problem(CODING, line, "reason", "", "an adjudication gives no reason",
                           "Say in a few words why this code holds"))
    if value == "0" and known[item].stands != BY_DATE and coverage is not None and (
            int(coverage) < ABSENCE_NEEDS):  # type: ignore[call-overload]
        out.append(Problem(CODING, line, "value", value, f"absence of {item} is coded at coverage "
                           f"{coverage}", f"Code {NOT_FOUND}, or correct the coverage"))
    return out


Pairs = Mapping[tuple[str, str], Mapping[str, tuple[str, int]]]


def _complete(pairs: Pairs, seen: Mapping[tuple[str, str], object], book: Book) -> list[Problem]:
    out = []
    for (event, coder), codes in pairs.items():
        if coder == "adjudicated":
            continue
        other = pairs.get((event, {"A": "B", "B": "A"}.get(coder, "")), {})
        missing = [i.id for i in book.items
                   if i.id not in codes and (not i.since or i.id in other)]
        if missing:
            out.append(Problem(CODING, None, "item", f"{event}/{coder}",
                               f"lacks {', '.join(missing)}",
                               f"Code every item; {NOT_FOUND} where nothing was seen"))
        if (event, coder) not in seen:
            out.append(Problem(COVERAGE, None, "event_id", f"{event}/{coder}",
                               "is coded but has no coverage", "Add its row"))
    return out


def _settled(pairs: Pairs) -> list[Problem]:
    out = []
    events = sorted({event for event, coder in pairs if coder in ("A", "B")})
    for event in events:
        first, second = pairs.get((event, "A"), {}), pairs.get((event, "B"), {})
        third = pairs.get((event, "adjudicated"), {})
        if not first or not second:
            out.append(Problem(CODING, None, "coder", event, "is coded by one of A and B only",
                               "Have it coded by both, or take it out"))
            continue
        for item in first.keys() & second.keys():
            differ = first[item][0] != second[item][0]
            if differ and item not in third:
                out.append(Problem(CODING, first[item][1], "value",
                                   f"{first[item][0]} / {second[item][0]}",
                                   f"A and B differ on {event}/{item} and no third reading settles "
                                   "it", "Add a row of coder 'adjudicated' with its reason"))
            if not differ and item in third:
                out.append(Problem(CODING, third[item][1], "coder", "adjudicated",
                                   f"A and B agree on {event}/{item}", "Remove the row"))
    return out


def _framed(frames: Mapping[str, pd.DataFrame], coded: set[str]) -> list[Problem]:
    sets = dict(zip(frames["coding_frame"]["event_id"], frames["coding_frame"]["coding_set"],
                    strict=True))
    out = [Problem("data/raw/coding_frame.csv", None, "event_id", event,
                   "is coded but not in the frame", "Add its row with the reason")
           for event in sorted(coded - set(sets))]
    return out + [Problem("data/raw/coding_frame.csv", None, "event_id", event,
                          f"is in the set {kind!r} but has no codes",
                          "Code it, or put it in the set 'out' with the reason")
                  for event, kind in sorted(sets.items()) if kind != "out" and event not in coded]
