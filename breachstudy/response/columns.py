"""The columns of the events table that tell how an organisation answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from breachstudy.response.agreement import forget_resamples
from breachstudy.response.coding import FIRST, code_columns, coverage_columns, final_codes
from breachstudy.response.detection import detection_table
from breachstudy.response.indices import INDICES, index_versions
from breachstudy.response.reliability import agreement_table, index_agreement, usable_items
from breachstudy.response.visibility import absence_seen, seen_parts, with_effective_values
from breachstudy.schema.coding_book import Book

__all__ = ["Response", "build_response", "revised_up"]

STRATA = {"coverage_0_1": (0, 1), "coverage_2": (2, 2), "coverage_3_4": (3, 4)}


@dataclass(frozen=True)
class Response:
    """The coded answers of a study.

    ``columns``: events × columns of the events table. ``codes``: final codes, long. ``versions``:
    every version of every index, long. ``agreement``: the agreement table. ``detection``: the
    chance of finding an item.
    """

    columns: pd.DataFrame
    codes: pd.DataFrame
    versions: pd.DataFrame
    agreement: pd.DataFrame
    detection: pd.DataFrame


def build_response(coding: pd.DataFrame, coverage: pd.DataFrame, frame: pd.DataFrame,
                   documents: pd.DataFrame, first_public: pd.Series | None, book: Book
                   ) -> Response:
    """Final codes, agreement and indices from the raw tables of the coding.

    A 0 counts where the absence could be seen in ``documents`` (see
    :mod:`breachstudy.response.visibility`; ``first_public`` is the day of the first news by event).
    An index takes an item only there, whether found or absent: else what is found in a page that
    breaks off would count, and what is not found would not. Agreement is measured over the same
    cells, on the sample: training events, on which the coders were tuned, are left out, as they
    are from the decision which items enter an index. Events without codes have no row.

    Raises ValueError if a disagreement has no adjudication.
    """
    coverages = coverage_columns(coverage)
    visible = absence_seen(seen_parts(documents, coverages["coverage"], first_public, book), book)
    written = final_codes(coding)
    final = with_effective_values(written, visible)
    training = set(frame.loc[frame["coding_set"] == "training", "event_id"])
    table = measure_agreement(coding, coverages, training, visible, book)
    usable = usable_items(table)
    values = _wide(final, book)
    versions = index_versions(values.where(visible.reindex(values.index)), book, usable,
                              {"found_counts": values, "absent_as_zero": _wide(written, book)})
    out = pd.concat([code_columns(final, book), _index_columns(versions)], axis=1)
    t1, e5 = out[book["T1"].column], out[book["E5"].column]
    out["is_self_disclosed"] = (t1 >= 1).astype("boolean")
    out["is_revised_up"] = (e5 >= 1).astype("boolean")
    by_event = final.assign(adjudicated=final["basis"] == "adjudicated",
                            moved=final["status"] == "not_seen").groupby("event_id")
    out["n_codes_adjudicated"] = by_event["adjudicated"].sum().astype("Int64")
    out["n_absences_not_seen"] = by_event["moved"].sum().astype("Int64")
    detection = detection_table(coding[~coding["event_id"].isin(training)], visible,
                                coverages["coverage"], book)
    return Response(out.join(coverages), final, versions, table, detection)


def revised_up(coding: pd.DataFrame) -> frozenset[str]:
    """Events whose settled code says that the scope was later revised upwards (E5 of 1 or 2)."""
    final = final_codes(coding[coding["item"] == "E5"])
    return frozenset(final.loc[(final["value"] >= 1).fillna(False).astype(bool), "event_id"])


def _wide(final: pd.DataFrame, book: Book) -> pd.DataFrame:
    """Values as events × item ids."""
    return final.pivot(index="event_id", columns="item", values="value").reindex(
        columns=[i.id for i in book.items]).astype("Float64")


def _index_columns(versions: pd.DataFrame) -> pd.DataFrame:
    baseline = versions[versions["version"] == "baseline"]
    columns: dict[str, Any] = {}
    for index in INDICES:
        own = baseline[baseline["index"] == index].set_index("event_id")
        columns[index] = own["value"]
        columns[f"n_{index}_items"] = own["n_items"]
    return pd.DataFrame(columns)


def measure_agreement(coding: pd.DataFrame, seen: pd.DataFrame, training: set[str],
                      visible: pd.DataFrame, book: Book) -> pd.DataFrame:
    """Agreement of A and B per item and index, overall and by coverage; of the second look and of
    the coding from scratch with the final code of the first round, where they were done.

    Over the cells whose absence could be seen (``visible``, events × items): two readers of a page
    that breaks off agree on an absence that neither could see. ``A_B_written`` is the agreement of
    A and B over all cells as they wrote them.
    """
    own = coding[~coding["event_id"].isin(training)]
    coded = [e for e in seen.index if e not in training]
    strata: dict[str, list[str]] = {"all": coded}
    for name, (low, high) in STRATA.items():
        level = seen["coverage"].reindex(coded)
        strata[name] = list(level.index[level.between(low, high).fillna(False)])
    shown = _visible_codes(own, visible)
    table = agreement_table(shown, strata, book, FIRST)
    usable = usable_items(table)
    parts = [table, index_agreement(shown, strata, book, usable)]
    every = {"all": coded}
    parts += [agreement_table(own, every, book, FIRST, comparison="A_B_written"),
              index_agreement(own, every, book, usable, FIRST, comparison="A_B_written")]
    final = final_codes(coding).rename(columns={"code": "written"})
    for again in ("second_look", "recode"):
        events = list(coding.loc[coding["coder"] == again, "event_id"].unique())
        if events:
            settled = final.assign(coder="final", value=final["written"])
            both = _visible_codes(
                pd.concat([coding[coding["coder"] == again],
                           settled[settled["event_id"].isin(events)]], ignore_index=True), visible)
            parts.append(agreement_table(both, {"all": events}, book, ("final", again),
                                         comparison=again))
            parts.append(index_agreement(both, {"all": events}, book, usable, ("final", again),
                                         comparison=again))
    forget_resamples()
    return pd.concat(parts, ignore_index=True)


def _visible_codes(coding: pd.DataFrame, visible: pd.DataFrame) -> pd.DataFrame:
    """The codes of cells whose absence could be seen."""
    long = visible.rename_axis(index="event_id", columns="item").stack()
    keys = pd.MultiIndex.from_frame(coding[["event_id", "item"]])
    return coding[long.reindex(keys).to_numpy(dtype=bool)]
