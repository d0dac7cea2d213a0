"""Which filings are about the same incident of the same organisation.

Wrong merges are worse than missed ones: names have to be equal after normalising, and dates
near. The rule is told in docs/notices.md.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence

from breachstudy.compile.date_facts import DateFact
from breachstudy.compile.filings import Filing

__all__ = ["LATEST", "days_apart", "group_filings", "is_same_incident"]

WINDOW_DAYS = 30
CLOSE_DAYS = 3
FREQUENT = 4
"""From this many rows of an organisation in one register on, a filing counts as the same
incident as another in that register only if a date agrees exactly."""
REFERENCE_DAYS = 10
LATEST = dt.date.max


def days_apart(a: DateFact, b: DateFact) -> int | None:
    """Days between two date intervals; 0 where they overlap, None where one is missing."""
    if a.lo is None or a.hi is None or b.lo is None or b.hi is None:
        return None
    return max((b.lo - a.hi).days, (a.lo - b.hi).days, 0)


def _agrees(a: DateFact, b: DateFact) -> bool:
    return a.lo is not None and (a.lo, a.hi) == (b.lo, b.hi)


def _same_names(a: Filing, b: Filing) -> str | None:
    """"key", "trade_name" or None: whether two filings name the same organisation."""
    if a.behalf_key != b.behalf_key:
        return None
    if a.remark_key and b.remark_key and a.remark_key != b.remark_key:
        return None
    if _joined(a.key) == _joined(b.key):
        return "key"
    return "trade_name" if _names(a) & _names(b) else None


def _joined(key: str) -> str:
    """A key without spaces: "live auctioneers" and "liveauctioneers" are one name."""
    return key.replace(" ", "")


def _names(filing: Filing) -> set[str]:
    return {_joined(filing.key), _joined(filing.dba_key)} - {""}


def is_same_incident(a: Filing, b: Filing, rows: Counter[tuple[str, str]]) -> bool:
    """Whether two filings are taken to be about one incident. ``rows`` counts the rows of a
    register by (register, key).

    The organisation's key is the same, and so is the organisation on whose behalf it files; two
    different remarks in brackets (vendors, brands) keep filings apart. Discoveries, where both
    are stated, lie within 30 days; otherwise submissions lie within 30 days and the beginnings
    do not contradict that.

    Some pairs need a date that agrees as well, that is discoveries within 3 days or the same
    beginning: two rows of one register of which neither says that it supplements a notice, and
    pairs that only a trade name joins. Where the organisation has four or more rows in the
    register that both come from, discovery or beginning must be the same day.
    """
    how = _same_names(a, b)
    if how is None:
        return False
    start_a, start_b = a.dates["occurred_start"], b.dates["occurred_start"]
    gap = days_apart(a.dates["discovered"], b.dates["discovered"])
    if gap is not None:
        near = gap <= WINDOW_DAYS
    else:
        submitted = days_apart(a.dates["regulator_submitted"], b.dates["regulator_submitted"])
        starts = days_apart(start_a, start_b)
        near = (submitted is not None and submitted <= WINDOW_DAYS
                and (starts is None or starts <= WINDOW_DAYS))
    if not near:
        return False
    same_start = _agrees(start_a, start_b)
    if a.register == b.register and rows[a.register, _joined(a.key)] >= FREQUENT:
        return same_start or _agrees(a.dates["discovered"], b.dates["discovered"])
    supplements = a.is_supplement or b.is_supplement
    if how == "trade_name" or (a.register == b.register and not supplements):
        return same_start or (gap is not None and gap <= CLOSE_DAYS)
    return True


def _refers(a: Filing, b: Filing) -> bool:
    """``a`` says that it supplements a notice of the day on which ``b`` was submitted."""
    gap = days_apart(a.refers_to, b.dates["regulator_submitted"])
    return _joined(a.key) == _joined(b.key) and gap is not None and gap <= REFERENCE_DAYS


def _order(filing: Filing) -> tuple[dt.date, dt.date, str, int]:
    submitted = filing.dates["regulator_submitted"].lo or LATEST
    return (submitted, filing.dates["discovered"].lo or LATEST, filing.register,
            int(filing.row))


def group_filings(filings: Sequence[Filing]) -> list[list[Filing]]:
    """Filings grouped into incidents: a filing joins the first group all of whose members are
    the same incident, or one that it says it supplements."""
    rows = Counter((f.register, _joined(f.key)) for f in filings)
    groups: list[list[Filing]] = []
    by_name: dict[str, list[int]] = defaultdict(list)
    for filing in sorted(filings, key=_order):
        names = _names(filing)
        near = sorted({i for name in names for i in by_name[name]})
        home = next((i for i in near if any(_refers(filing, g) for g in groups[i])), None)
        if home is None:
            home = next((i for i in near
                         if all(is_same_incident(filing, g, rows) for g in groups[i])), None)
        if home is None:
            home = len(groups)
            groups.append([])
        groups[home].append(filing)
        for name in names:
            by_name[name].append(home)
    return groups
