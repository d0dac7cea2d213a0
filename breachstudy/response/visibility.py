"""What could be seen of an answer, and which absences that allows.

A coder's 0 says "read, and not there". It is the absence of the item only if the part of a document
where the item stands was visible, in a document that can show it; the coding book says both, item
by item (``stands``, ``shown_by``). Otherwise the 0 is *not seen*. Codes as written stay as they
are. All functions take and return frames.
"""

from __future__ import annotations

import pandas as pd

from breachstudy.schema.coding_book import Book

__all__ = ["PARTS", "absence_seen", "seen_parts", "with_effective_values"]

PARTS = ("own_opening", "own_whole", "account_whole", "n_whole", "n_cut")
ALWAYS = ("dates", "later")


def seen_parts(documents: pd.DataFrame, coverage: pd.Series, first_public: pd.Series | None,
               book: Book) -> pd.DataFrame:
    """What was visible of each event's answer, one row an event of ``coverage``.

    ``documents``: event_id, kind, published, chars_visible. ``coverage`` (by event): the lower of
    the two coders' levels. ``first_public`` (by event): day of the first news; documents dated more
    than the book's number of days after it do not count, undated ones and those of events without
    a day do.

    Columns: ``own_opening``, ``own_whole`` (of the organisation's own text), ``account_whole`` (an
    account of others that does not break off), ``n_whole``, ``n_cut`` (documents of any kind that
    end, or break off).
    """
    rule = book.visibility
    own = documents[documents["event_id"].isin(coverage.index)]
    if first_public is not None:
        first = pd.to_datetime(own["event_id"].map(first_public))
        lag = (pd.to_datetime(own["published"]) - first).dt.days
        own = own[~lag.gt(rule.days).fillna(False).to_numpy(dtype=bool)]
    cut = own["chars_visible"].ge(rule.cut_from).to_numpy(dtype=bool)
    by_firm = own["kind"].isin(rule.own_kinds).to_numpy(dtype=bool)

    def count(mask: object) -> pd.Series:
        return own[mask].groupby("event_id").size().reindex(coverage.index, fill_value=0)

    level = coverage.fillna(-1)
    return pd.DataFrame({
        "own_opening": (count(by_firm) > 0) | (level >= rule.own_opening_coverage),
        "own_whole": (count(by_firm & ~cut) > 0) | (level >= rule.own_whole_coverage),
        "account_whole": count(~by_firm & ~cut) > 0,
        "n_whole": count(~cut),
        "n_cut": count(cut),
    })


def absence_seen(parts: pd.DataFrame, book: Book) -> pd.DataFrame:
    """Whether the absence of an item could have been seen: events × item ids, boolean.

    ``parts`` as :func:`seen_parts` gives it.
    """
    whole = parts["own_whole"] | (parts["n_whole"] > 0)
    any_kind = {
        "head": parts["own_opening"] | (parts["n_whole"] + parts["n_cut"] > 0),
        "body": whole | parts["own_opening"] | (parts["n_cut"] >= 2),
        "end": whole,
        "anywhere": whole,
    }
    own_text = {"head": parts["own_opening"], "body": parts["own_opening"],
                "end": parts["own_whole"], "anywhere": parts["own_whole"]}
    both = {part: own_text[part] & parts["account_whole"] for part in own_text}
    tell = {"any": any_kind, "own": own_text, "both": both}
    always = pd.Series(True, index=parts.index)
    return pd.DataFrame({
        item.id: always if item.stands in ALWAYS
        else tell[item.shown_by][item.stands]
        for item in book.items}).astype(bool)


def with_effective_values(final: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Final codes with ``is_absence_seen`` and the value that it leaves.

    ``final`` as :func:`breachstudy.response.coding.final_codes` gives it (``code`` is as written),
    ``seen`` events × items. A code 0 whose absence could not be seen loses its value and gets the
    status ``not_seen``; every other code stays. Raises KeyError for an event or item that ``seen``
    lacks.
    """
    long = seen.rename_axis(index="event_id", columns="item").stack()
    keys = pd.MultiIndex.from_frame(final[["event_id", "item"]])
    missing = keys.difference(long.index)
    if len(missing):
        raise KeyError(f"no visibility of {missing[0][0]}/{missing[0][1]} "
                       f"({len(missing)} codes); give every coded event and item")
    visible = long.reindex(keys).to_numpy(dtype=bool)
    moved = final["code"].eq("0").to_numpy(dtype=bool) & ~visible
    return final.assign(
        is_absence_seen=visible,
        value=final["value"].mask(moved),
        status=final["status"].mask(moved, "not_seen"))
