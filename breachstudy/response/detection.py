"""The chance that a reader finds what is there: by item, and by how much was seen.

Three sources, none of which sees everything. Two readers of the same pages (``A_B``) and later
readings (``second_look``, ``recode``) say how often one finds what another found *in the visible
text*; they cannot see what the pages cut off. An audit (``audit``, see :mod:`breachstudy.audit`)
says how often an item that a reader of other pages found is coded present here; it is what tells
of cut pages.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from breachstudy.estimation.shares import exact_interval
from breachstudy.response.coding import FIRST, final_codes, numeric
from breachstudy.schema.coding_book import NOT_APPLICABLE, NOT_FOUND, Book

__all__ = ["COLUMNS", "detection_table", "found_where_seen"]

COLUMNS = ["comparison", "item", "title", "stratum", "n_present", "n_found", "n_absent",
           "n_not_seen", "share_found", "share_lo", "share_hi"]
STRATA = {"coverage_0_1": (0, 1), "coverage_2": (2, 2), "coverage_3_4": (3, 4)}


def detection_table(coding: pd.DataFrame, visible: pd.DataFrame, coverage: pd.Series, book: Book
                    ) -> pd.DataFrame:
    """Of what one reader found, how much another found; a row a comparison, item and stratum.

    ``coding`` long (event_id, coder, item, value as written), ``visible`` events × items,
    ``coverage`` by event. ``A_B``: of what A found, B's code, and the other way round; later
    readings: of what the final code says is there. ``n_absent`` are codes 0 that stand (the absence
    could be seen), ``n_not_seen`` codes 9 and zeros that do not stand. ``share_found`` is found
    among found and absent, with its exact interval. Columns as :data:`COLUMNS`.
    """
    if coding.empty:
        return pd.DataFrame({name: [] for name in COLUMNS})
    wide = coding.pivot(index=["event_id", "item"], columns="coder", values="value")
    first = coding[coding["coder"].isin([*FIRST, "adjudicated"])]
    wide["final"] = final_codes(first).set_index(["event_id", "item"])["code"]
    pairs = [("A_B", "A", "B"), ("A_B", "B", "A"),
             *((c, "final", c) for c in ("second_look", "recode") if c in wide)]
    found = []
    for comparison, known, reader in pairs:
        present = wide[numeric(wide[known]).gt(0).fillna(False) & wide[reader].notna()]
        found.append(pd.DataFrame({"comparison": comparison, "code": present[reader]}))
    cells = pd.concat(found).reset_index()
    long = visible.rename_axis(index="event_id", columns="item").stack()
    keys = pd.MultiIndex.from_frame(cells[["event_id", "item"]])
    seen = long.reindex(keys).to_numpy(dtype=bool)
    level = numeric(cells["code"])
    cells["outcome"] = "found"
    cells.loc[level.eq(0).fillna(False), "outcome"] = "absent"
    cells.loc[cells["code"].isin([NOT_FOUND, NOT_APPLICABLE])
              | (level.eq(0).fillna(False) & ~seen), "outcome"] = "not_seen"
    cells["coverage"] = cells["event_id"].map(coverage)
    rows = []
    for comparison, own in cells.groupby("comparison", sort=False):
        rows += _rows(str(comparison), "all", own, book)
        if comparison == "A_B":
            for name, (low, high) in STRATA.items():
                rows += _rows("A_B", name, own[own["coverage"].between(low, high)], book)
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(comparison: str, stratum: str, cells: pd.DataFrame, book: Book) -> list[list[Any]]:
    counts = pd.crosstab(cells["item"], cells["outcome"]).reindex(
        index=[i.id for i in book.items], columns=["found", "absent", "not_seen"], fill_value=0)
    out = []
    for item in book.items:
        found, absent, unseen = (int(v) for v in counts.loc[item.id])
        n = found + absent
        # A pair in which both found it stands twice among A_B, once from each side. The pairs are
        # the observations: with both / (both or one) = J, the chance of either reader is
        # 2J / (1 + J), which carries the ends of the exact interval of J over.
        pairs = comparison == "A_B"
        both = found // 2 if pairs else found
        lo, hi = (2 * j / (1 + j) if pairs else j for j in exact_interval(both, both + absent))
        out.append([comparison, item.id, item.title, stratum, n + unseen, found, absent, unseen,
                    found / n if n else None, lo if n else None, hi if n else None])
    return out


def found_where_seen(codes: pd.DataFrame, book: Book) -> pd.DataFrame:
    """How often an item was found where its absence could be seen, and where not: a row an item.

    ``codes`` as the table of that name. ``n_seen``, ``found_seen``: cells whose absence could be
    seen and that have a code, and those of them in which the item is present. ``n_hidden``,
    ``found_hidden``: the same of the other cells, zeros that do not stand among them.
    ``n_zero``, ``n_moved``: codes 0 as written, and those of them that do not stand.
    """
    own = codes[codes["status"].isin(["coded", "not_seen"])]
    present = own["value"].gt(0).fillna(False)
    seen = own["is_absence_seen"].astype(bool)
    zero = own["code"].eq("0")
    rows = []
    for item in book.items:
        mine = own["item"] == item.id
        rows.append((item.id, item.title, item.stands, item.shown_by,
                     int((mine & zero).sum()), int((mine & zero & ~seen).sum()),
                     int((mine & seen).sum()), int((mine & seen & present).sum()),
                     int((mine & ~seen).sum()), int((mine & ~seen & present).sum())))
    return pd.DataFrame(rows, columns=["item", "title", "stands", "shown_by", "n_zero", "n_moved",
                                       "n_seen", "found_seen", "n_hidden", "found_hidden"])
