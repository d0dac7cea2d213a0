"""The crosswalk from names in breach registers to listed firms: proposing and applying links.

Which organisation belongs to which firm, and when, is data (``firm_links.csv``), settled by hand
from evidence. This module proposes the candidates whose legal name a securities register holds,
applies the settled links to records, and confirms again what rests on equal names alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

import pandas as pd

from breachstudy.compile.names import organisation_key
from breachstudy.errors import InputError

__all__ = [
    "exact_candidates",
    "link_records",
    "match_key",
    "securities_key",
    "unconfirmed_links",
]

_STATE_MARK = re.compile(r"\s*[/\\](?:[A-Z]{2,}|new)\b[/\\]?.*$", re.IGNORECASE)
_GENERIC_END = re.compile(r"\s(?:holdings?|group)$")


def match_key(key: str) -> str:
    """A key of :func:`organisation_key` without its spaces.

    Some registers print names run together ("QuestDiagnostics"), so links are looked up on this.
    """
    return key.replace(" ", "")


def securities_key(name: str) -> str:
    """Key of a conformed company name of the securities register.

    Marks of the state of incorporation ("/DE/", "\\DE\\", "/NEW/") and a final "Holdings" or
    "Group" are left off: "HCA Healthcare Holdings, Inc. /DE/" gives "hca healthcare".
    """
    return _GENERIC_END.sub("", organisation_key(_STATE_MARK.sub("", name)))


def exact_candidates(organisations: Iterable[str], securities: pd.DataFrame) -> pd.DataFrame:
    """Organisation keys that equal the legal name of a listed company.

    ``organisations`` are keys of :func:`organisation_key`; ``securities`` has the columns cik,
    name, ticker and exchange. Returns one row a pair (organisation_key, cik, name, ticker,
    exchange), sorted. Equality is of names only: short and common names give false friends, so
    each candidate needs a look at its industry before it becomes a link.
    """
    keyed = securities.assign(
        key=[match_key(securities_key(str(n))) for n in securities["name"]]
    )
    keyed = keyed[keyed["key"].str.len() > 2].drop_duplicates(["key", "cik"])
    keys = sorted({k for k in organisations if k})
    names = pd.DataFrame({
        "organisation_key": keys,
        "key": [match_key(_GENERIC_END.sub("", k)) for k in keys],
    })
    found = names.merge(keyed, on="key", how="inner")
    columns = ["organisation_key", "cik", "name", "ticker", "exchange"]
    return found[columns].sort_values(["organisation_key", "cik"]).reset_index(drop=True)


def _covers(start: object, end: object, day: dt.date) -> bool:
    return not (isinstance(start, dt.date) and day < start) and not (
        isinstance(end, dt.date) and day > end
    )


def link_records(keys: pd.Series, days: pd.Series, links: pd.DataFrame) -> pd.DataFrame:
    """The listed firm of each record at its day.

    ``keys`` are organisation keys and ``days`` :class:`datetime.date` (None where unknown), of
    equal index. ``links`` has organisation_key, firm_id, unit, link_id, valid_from and valid_to
    (dates or missing). Returns a frame of that index with link_id, firm_id and unit; None where
    no link holds. A record without a day is linked only where its link is not limited in time.

    Raises ValueError if two links of one organisation hold on one day.
    """
    table: dict[str, list[tuple[object, object, str, str, str]]] = {}
    for row in links.itertuples(index=False):
        table.setdefault(match_key(row.organisation_key), []).append(
            (row.valid_from, row.valid_to, row.link_id, row.firm_id, row.unit))
    out: list[tuple[str | None, str | None, str | None]] = []
    for key, day in zip(keys, days, strict=True):
        known = table.get(match_key(key), [])
        if isinstance(day, dt.date):
            hits = [k for k in known if _covers(k[0], k[1], day)]
        else:
            hits = [k for k in known
                    if not isinstance(k[0], dt.date) and not isinstance(k[1], dt.date)]
        if len(hits) > 1:
            raise InputError(f"{key!r} has {len(hits)} links on {day}: "
                             f"{', '.join(h[2] for h in hits)}; let their periods not overlap")
        out.append((hits[0][2], hits[0][3], hits[0][4]) if hits else (None, None, None))
    return pd.DataFrame(out, columns=["link_id", "firm_id", "unit"], index=keys.index,
                        dtype=object)


def unconfirmed_links(links: pd.DataFrame, firms: pd.DataFrame, securities: pd.DataFrame
                      ) -> list[str]:
    """Links by exact name whose name is not, or no longer, that of the firm in ``securities``.

    ``links`` and ``firms`` are the raw tables, ``securities`` is as in
    :func:`exact_candidates`. A link is confirmed where a company of equal name has the index key
    (CIK) of one of the firm's spells. Returns the ids of the links that are not.
    """
    exact = links[links["method"] == "exact_name"]
    found = exact_candidates(exact["organisation_key"], securities)
    of_firm = firms.dropna(subset=["cik"]).groupby("firm_id")["cik"].agg(
        lambda ciks: {int(c) for c in ciks})
    of_name = found.groupby("organisation_key")["cik"].agg(lambda ciks: {int(c) for c in ciks})
    return [
        link for link, key, firm in zip(exact["link_id"], exact["organisation_key"],
                                        exact["firm_id"], strict=True)
        if not of_name.get(key, set()) & of_firm.get(firm, set())
    ]
