"""Which of several sources' dates stands in the events table, and why.

The rule (docs/dates.md). Claims that cannot be right beside the event's other dates are set
aside first (:mod:`breachstudy.facts.outliers`). Then, for the first public news, the earliest
claim that is exact to the day, unless another ended before it, else the narrowest; for the
discovery a page before a register, which often gives the day of the confirmation; for every
milestone the best kind of source, then the narrowest interval. What is a first by definition
(letters, reports, statements) is the earliest of the claims left; elsewhere the day that most
claims share comes before it. Nothing is averaged; what was not picked stays in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from breachstudy.errors import InputError
from breachstudy.facts.outliers import Claim, find_outliers

__all__ = ["AGREE_DAYS", "SOURCE_RANK", "pick_milestones"]

SOURCE_RANK = {
    "regulator": 1,
    "filing": 2,
    "firm_statement": 2,
    "letter": 2,
    "court": 3,
    "press": 4,
    "researcher": 5,
    "reference": 6,
}
AGREE_DAYS = 3
"""Claims whose intervals lie at most so far apart support each other."""
_PUBLIC = "first_public"
FIRSTS = frozenset({"alert", "firm_statement", "individuals_notified", "regulator_notified",
                    "scope_revised"})
"""Milestones that are the first of several by definition: among equals the earliest."""
LASTS = frozenset({"incident_end", "contained", "review_complete"})
"""Milestones that close something: among equals that are shared alike, the latest."""
OWN_WORDS = 3
"""Ranks to here are the organisation's own words, or what it told a regulator or court."""


def pick_milestones(milestones: pd.DataFrame) -> pd.DataFrame:
    """Mark one milestone for each event and type that has a claim not set aside.

    ``milestones`` needs milestone_id, event_id, type, date_lo, date_hi (dates), date_precision,
    source_kind, origin and set_aside (a reason by hand, or missing). Returns it with is_picked,
    pick_rule (missing where not picked), outlier (why a claim was set aside) and is_disagreeing,
    sorted by event, type and key.
    """
    frame = milestones.sort_values(["event_id", "type", "milestone_id"]).reset_index(drop=True)
    unknown = sorted(set(frame["source_kind"].dropna()) - set(SOURCE_RANK))
    if unknown:
        raise InputError(f"source kinds without a rank: {', '.join(unknown)}")
    picked: dict[int, str] = {}
    outliers: dict[int, str] = {}
    events: dict[str, dict[int, Claim]] = {}
    for i, (event, *cells) in enumerate(zip(frame["event_id"].tolist(), *(
            frame[c].tolist() for c in CELLS), strict=True)):
        events.setdefault(event, {})[i] = _claim(*cells)
    for claims in events.values():
        outliers |= find_outliers(claims)
        types: dict[str, list[int]] = {}
        for i, claim in claims.items():
            if i not in outliers:
                types.setdefault(claim.type, []).append(i)
        for members in types.values():
            best, rule = _pick([claims[i] for i in members])
            picked[members[best]] = rule
    frame["is_picked"] = [i in picked for i in frame.index]
    frame["pick_rule"] = pd.Series([picked.get(i) for i in frame.index], dtype="str")
    frame["outlier"] = pd.Series([outliers.get(i) for i in frame.index], dtype="str")
    chosen = frame[frame["is_picked"]].set_index(["event_id", "type"])
    keys = pd.MultiIndex.from_frame(frame[["event_id", "type"]])
    lo = chosen["date_lo"].reindex(keys).to_numpy()
    hi = chosen["date_hi"].reindex(keys).to_numpy()
    frame["is_disagreeing"] = [
        bool(isinstance(low, type(a)) and (a > h or b < low))
        for a, b, low, h in zip(frame["date_lo"], frame["date_hi"], lo, hi, strict=True)
    ]
    return frame


CELLS = ("type", "date_lo", "date_hi", "source_kind", "origin", "set_aside")
"""Columns that make a claim."""


def _claim(kind: str, lo: Any, hi: Any, source_kind: str, origin: str, aside: object) -> Claim:
    return Claim(kind, lo, hi, SOURCE_RANK[source_kind], origin == "page", isinstance(aside, str))


def _pick(claims: Sequence[Claim]) -> tuple[int, str]:
    """Position of the claim picked among those of one type, and the rule that decided."""
    if len(claims) == 1:
        return 0, "only"
    order = _public_order if claims[0].type == _PUBLIC else _order
    keyed = sorted((*order(c, claims), i) for i, c in enumerate(claims))
    first, best = keyed[0], keyed[0][-1]
    days = (claims[best].lo, claims[best].hi)
    second = next((k for k in keyed if (claims[k[-1]].lo, claims[k[-1]].hi) != days), keyed[1])
    if claims[0].type == _PUBLIC:
        return best, "public_day" if claims[best].days == 0 else "public_narrowest"
    names = ("page_first", "source_rank", "precision", "shared", "shared")
    for name, a, b in zip(names, first, second, strict=False):
        if a != b:
            return best, name
    return best, "latest" if claims[0].type in LASTS else "earliest"


def _public_order(claim: Claim, claims: Sequence[Claim]) -> tuple[int, ...]:
    """Only claims that begin before any has ended can be of the first news; a day before them."""
    is_later = claim.lo > min(c.hi for c in claims)
    return (int(is_later), int(claim.days > 0), claim.days, claim.lo.toordinal(), claim.rank)


def _order(claim: Claim, claims: Sequence[Claim]) -> tuple[int, ...]:
    """The smallest wins: page, kind of source, width, claims of the same day, near ones, day."""
    found = claim.type == "discovered"
    same = sum((c.lo, c.hi) == (claim.lo, claim.hi) for c in claims)
    near = sum(c.apart(claim) <= AGREE_DAYS for c in claims)
    day = claim.lo.toordinal()
    return (int(found and not claim.is_page and not _within_pages(claim, claims)),
            int(claim.rank > OWN_WORDS) if found else claim.rank,
            claim.days,
            0 if claim.type in FIRSTS else -same,
            0 if claim.type in FIRSTS else -near,
            -day if claim.type in LASTS else day,
            claim.rank)


def _within_pages(claim: Claim, claims: Sequence[Claim]) -> bool:
    """True where pages only give a longer interval, and the register's claim lies inside it."""
    pages = [c for c in claims if c.is_page]
    return bool(pages) and all(c.days > claim.days and c.lo <= claim.lo and claim.hi <= c.hi
                               for c in pages)
