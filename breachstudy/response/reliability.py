"""Agreement per item and per index, and which items are good enough to enter an index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.estimation.alignment import paired
from breachstudy.response.agreement import (
    DRAWS,
    SEED,
    Agreement,
    agreement,
    resampled,
    resamples_ahead,
)
from breachstudy.response.coding import FIRST, code_matrices, numeric
from breachstudy.response.indices import INDICES, coded_index, index_items
from breachstudy.schema.coding_book import NOT_FOUND, Book, Item

__all__ = ["DROP_BELOW", "TENTATIVE_BELOW", "agreement_table", "index_agreement",
           "mean_shift", "usable_items"]

DROP_BELOW, TENTATIVE_BELOW = 0.67, 0.80
"""Krippendorff's conventional bounds: below the first an item leaves the indices."""
RARE = 0.10
"""An item present (or absent) in less than this share of codes is rare: AC1 decides for it."""

COLUMNS = ["comparison", "variable", "title", "stratum", "metric", "alpha", "alpha_lo", "alpha_hi",
           "ac1", "share_agreed", "mean_shift", "shift_lo", "shift_hi", "prevalence", "n_events",
           "verdict"]


def _metric(item: Item) -> str:
    return "ordinal" if item.scale == "ordinal" else "nominal"


def _verdict(found: Agreement) -> str:
    """Alpha decides, AC1 where the item is rare; then the bounds."""
    rare = not RARE <= found.prevalence <= 1 - RARE
    value = found.ac1 if rare or not np.isfinite(found.alpha) else found.alpha
    if found.n_units == 0 or not np.isfinite(value):
        return "not_assessed"
    if value < DROP_BELOW:
        return "dropped"
    return "tentative" if value < TENTATIVE_BELOW else "reliable"


def agreement_table(coding: pd.DataFrame, events_of: Mapping[str, Iterable[str]], book: Book,
                    coders: tuple[str, ...] = FIRST, *, comparison: str = "A_B") -> pd.DataFrame:
    """Agreement of the coders for every item, a row an item and stratum.

    ``events_of`` maps the name of a stratum (``all``, ``coverage_2`` …) to its events. Besides the
    levels of an item, the variable ``seen`` of each stratum compares whether coders found the text
    at all (code 9 or not), over all items. ``mean_shift`` is the mean of the second coder's code
    minus the first one's (see :func:`mean_shift`): agreement says how often two codings differ,
    the shift whether they differ in one direction, which is what drift would do. Columns as
    :data:`COLUMNS`.
    """
    theirs = coding[coding["coder"].isin(coders)]
    parts = {stratum: _matrices(theirs[theirs["event_id"].isin(set(chosen))], book, coders)
             for stratum, chosen in events_of.items()}
    resamples_ahead(_both(m) for made in parts.values() for m in made.values() if _both(m) > 1)
    rows = []
    for stratum, matrices in parts.items():
        for item in book.items:
            matrix = matrices[item.id]
            found = agreement(matrix, _metric(item), n_levels=len(item.levels))
            rows.append(_row(comparison, item.id, item.title, stratum, found, _verdict(found),
                             mean_shift(matrix[0], matrix[1])))
        matrix = matrices["seen"]
        found = agreement(matrix, "nominal", n_levels=2)
        rows.append(_row(comparison, "seen", "Found or not found", stratum, found,
                         _verdict(found), mean_shift(matrix[0], matrix[1])))
    return pd.DataFrame(rows, columns=COLUMNS)


def _matrices(own: pd.DataFrame, book: Book, coders: tuple[str, ...]
              ) -> dict[str, NDArray[np.float64]]:
    """What is compared, coders × units: the codes of each item, and ``seen``."""
    codes = code_matrices(own, coders)
    none = np.empty((len(coders), 0))
    seen = own.assign(seen=(own["value"] != NOT_FOUND).astype(float)).pivot(
        index="coder", columns=["event_id", "item"], values="seen").reindex(list(coders))
    return {i.id: codes.get(i.id, none) for i in book.items} | {"seen": seen.to_numpy(dtype=float)}


def _both(matrix: NDArray[np.float64]) -> int:
    """Units that can be compared."""
    return int((np.isfinite(matrix).sum(axis=0) >= 2).sum())


def _row(comparison: str, variable: str, title: str, stratum: str, found: Agreement,
         verdict: str, shift: tuple[float, float, float]) -> list[object]:
    return [comparison, variable, title, stratum, found.metric, found.alpha, found.alpha_lo,
            found.alpha_hi, found.ac1, found.share, *shift, found.prevalence, found.n_units,
            verdict]


@paired("earlier", "later")
def mean_shift(earlier: NDArray[np.float64], later: NDArray[np.float64], *,
               n_bootstrap: int = DRAWS, seed: int = SEED, confidence: float = 0.95
               ) -> tuple[float, float, float]:
    """Mean of ``later`` − ``earlier`` over the units that both coded, with a percentile bootstrap
    interval over units; in levels of the item (or units of the index).

    Both of shape (units,), NaN for a missing code. NaN three times if no unit has both.
    """
    gap = np.asarray(later, dtype=np.float64) - np.asarray(earlier, dtype=np.float64)
    gap = gap[np.isfinite(gap)]
    if not gap.size:
        return (float("nan"),) * 3
    draws = np.concatenate([w @ gap for w in resampled(gap.size, n_bootstrap, seed)])
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(draws / gap.size, [tail, 100 - tail])
    return float(gap.mean()), float(low), float(high)


def index_agreement(coding: pd.DataFrame, events_of: Mapping[str, Iterable[str]], book: Book,
                    usable: set[str], coders: tuple[str, ...] = FIRST, *, comparison: str = "A_B"
                    ) -> pd.DataFrame:
    """Agreement (interval alpha) on the indices that each coder's codes alone would give, a row an
    index and stratum; ``events_of`` as in :func:`agreement_table`."""
    own = coding[coding["coder"].isin(coders)].assign(number=lambda f: numeric(f["value"]))
    wide = {coder: own[own["coder"] == coder].pivot(
        index="event_id", columns="item", values="number").reindex(
        columns=[i.id for i in book.items]) for coder in coders}
    rows = []
    for stratum, chosen in events_of.items():
        events = sorted(set(chosen))
        for index in INDICES:
            items = index_items(book, index, usable)
            values = np.array([coded_index(wide[coder].reindex(events), items)["value"].to_numpy(
                dtype=float, na_value=np.nan) for coder in coders])
            found = agreement(values, "interval")
            verdict = _verdict(replace(found, prevalence=0.5))
            rows.append(_row(comparison, index, f"Index of {index}", stratum,
                             replace(found, ac1=float("nan")), verdict,
                             mean_shift(values[0], values[1])))
    return pd.DataFrame(rows, columns=COLUMNS)


def usable_items(table: pd.DataFrame) -> set[str]:
    """Items that are not dropped in the stratum ``all`` of coders A and B."""
    own = table[(table["comparison"] == "A_B") & (table["stratum"] == "all")]
    return set(own.loc[own["verdict"].isin(["reliable", "tentative"]), "variable"])
