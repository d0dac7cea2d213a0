"""Indices of candour, accommodation and evasion, and the versions that test their robustness.

An index is the mean of its items, each rescaled to 0–1 by its highest level. It is formative: its
items need not move together. Items that two coders could not agree on do not enter the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from breachstudy.response.irt import graded_response_scores
from breachstudy.schema.coding_book import Book, Item, book

__all__ = ["INDICES", "MIN_SHARE", "centred_index", "coded_index", "first_component", "index_items",
           "index_versions", "rescaled"]

INDICES = ("candour", "accommodation", "evasion")
MIN_SHARE = book().min_share
"""An index needs codes for at least this share of its items; below, it is missing."""
DIGITS = 6
"""Scores that come from an iteration are rounded so that the same versions give the same bytes."""


def index_items(book: Book, index: str, usable: set[str]) -> tuple[Item, ...]:
    """The items of an index that agreement lets in."""
    return tuple(i for i in book.of_index(index) if i.id in usable)


def rescaled(values: pd.DataFrame, items: tuple[Item, ...]) -> pd.DataFrame:
    """Item values (events × item ids, levels of the book) on 0–1."""
    return pd.DataFrame({i.id: values[i.id].astype("Float64") / i.maximum for i in items})


def coded_index(values: pd.DataFrame, items: tuple[Item, ...], min_share: float = MIN_SHARE
                ) -> pd.DataFrame:
    """Mean of the coded items on 0–1, with ``n_items`` coded.

    ``values`` is events × item ids. Items not found or not applicable do not count; where fewer
    than ``min_share`` of the items are coded the index is missing.
    """
    if not items:
        return pd.DataFrame({"value": pd.Series(pd.NA, index=values.index, dtype="Float64"),
                             "n_items": pd.Series(0, index=values.index, dtype="Int64")})
    scaled = rescaled(values, items)
    n = scaled.notna().sum(axis=1)
    enough = n >= np.ceil(min_share * len(items))
    return pd.DataFrame({"value": scaled.mean(axis=1).where(enough).astype("Float64"),
                         "n_items": n.astype("Int64")})


def first_component(values: pd.DataFrame, items: tuple[Item, ...]) -> pd.Series:
    """First principal component of the standardised items, mean 0, variance 1, signed so that it
    rises with the plain mean. Missing codes take the item's mean (and so add nothing); events
    below :data:`MIN_SHARE` are missing, and so are all where fewer than two items vary."""
    scaled = rescaled(values, items).astype(float)
    scaled = scaled.loc[:, scaled.std(ddof=0) > 0]
    enough = values[[i.id for i in items]].notna().mean(axis=1) >= MIN_SHARE
    rows = scaled[enough]
    if rows.shape[1] < 2 or len(rows) < 3:
        return pd.Series(pd.NA, index=values.index, dtype="Float64")
    standard = ((rows - rows.mean()) / rows.std(ddof=0)).fillna(0.0).to_numpy()
    _, _, loadings = np.linalg.svd(standard, full_matrices=False)
    score = standard @ loadings[0]
    if np.corrcoef(score, rows.mean(axis=1))[0, 1] < 0:
        score = -score
    out = pd.Series((score / score.std()).round(DIGITS), index=rows.index)
    return out.reindex(values.index).astype("Float64")


def centred_index(values: pd.DataFrame, items: tuple[Item, ...]) -> pd.Series:
    """As :func:`coded_index`, each item less its mean over events, plus the mean of those means.

    Where items are missing, a plain mean also says which items were coded: events in which only
    the common ones could be seen stand higher. Centred, an item moves an event only by what it
    departs from the other events.
    """
    plain = coded_index(values, items)
    scaled = rescaled(values, items)
    level = scaled.mean()
    out = (scaled - level).mean(axis=1) + level.mean()
    return out.where(plain["value"].notna()).astype("Float64")


def index_versions(values: pd.DataFrame, book: Book, usable: set[str],
                   others: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """Every version of the three indices, long: event_id, index, version, value, n_items.

    Versions: ``baseline`` (usable items), ``all_items``, ``complete`` (usable, all coded),
    ``irt`` (graded response), ``component`` (first principal component), ``centred``
    (:func:`centred_index`), ``without_<item>``, and one for each of ``others``: the usable items
    of other values of the same shape, by name. ``values`` is events × item ids.
    """
    parts: list[pd.DataFrame] = []

    def add(index: str, version: str, frame: pd.DataFrame) -> None:
        parts.append(frame.assign(index=index, version=version))

    for index in INDICES:
        every, used = book.of_index(index), index_items(book, index, usable)
        baseline = coded_index(values, used)
        add(index, "baseline", baseline)
        add(index, "all_items", coded_index(values, every))
        add(index, "complete", coded_index(values, used, min_share=1.0))
        for version, other in (others or {}).items():
            add(index, version, coded_index(other, used))
        for version, score in (("irt", _irt(values, used)),
                               ("centred", centred_index(values, used) if used else None),
                               ("component", first_component(values, used) if used else None)):
            if score is not None:
                add(index, version, pd.DataFrame({"value": score, "n_items": baseline["n_items"]}))
        if len(used) > 2:
            for left_out in used:
                rest = tuple(i for i in used if i is not left_out)
                add(index, f"without_{left_out.id}", coded_index(values, rest))
    out = pd.concat(parts).rename_axis("event_id").reset_index()
    return out[["event_id", "index", "version", "value", "n_items"]]


def _irt(values: pd.DataFrame, items: tuple[Item, ...]) -> pd.Series | None:
    if len(items) < 3:
        return None
    own = values[[i.id for i in items]].astype(float)
    enough = own.notna().mean(axis=1) >= MIN_SHARE
    if (own[enough].nunique() < 2).all():
        return pd.Series(pd.NA, index=own.index, dtype="Float64")
    scores = graded_response_scores(own[enough].to_numpy())
    out = pd.Series(np.round(scores, DIGITS - 2), index=own.index[enough])
    return out.reindex(values.index).astype("Float64")
