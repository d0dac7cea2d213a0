"""The columns of the events table that tell how an organisation answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from breachstudy.response.agreement import forget_resamples
from breachstudy.response.coding import FIRST, code_columns, coverage_columns, final_codes
from breachstudy.response.indices import INDICES, index_versions
from breachstudy.response.reliability import agreement_table, index_agreement, usable_items
from breachstudy.schema.coding_book import Book

__all__ = ["Response", "build_response"]

STRATA = {"coverage_0_1": (0, 1), "coverage_2": (2, 2), "coverage_3_4": (3, 4)}


@dataclass(frozen=True)
class Response:
    """The coded answers of a study.

    ``columns``: events × columns of the events table. ``codes``: final codes, long. ``versions``:
    every version of every index, long. ``agreement``: the agreement table.
    """

    columns: pd.DataFrame
    codes: pd.DataFrame
    versions: pd.DataFrame
    agreement: pd.DataFrame


def build_response(coding: pd.DataFrame, coverage: pd.DataFrame, frame: pd.DataFrame,
                   book: Book) -> Response:
    """Final codes, agreement and indices from the raw tables of the coding.

    Agreement is measured on the sample: training events, on which the coders were tuned, are left
    out, as they are from the decision which items enter an index. Events without codes have no
    row. Raises ValueError if a disagreement has no adjudication.
    """
    final = final_codes(coding)
    seen = coverage_columns(coverage)
    table = measure_agreement(coding, seen, frame, book)
    usable = usable_items(table)
    values = final.pivot(index="event_id", columns="item", values="value").reindex(
        columns=[i.id for i in book.items]).astype("Float64")
    versions = index_versions(values, book, usable)
    baseline = versions[versions["version"] == "baseline"]
    columns: dict[str, Any] = {}
    for index in INDICES:
        own = baseline[baseline["index"] == index].set_index("event_id")
        columns[index] = own["value"]
        columns[f"n_{index}_items"] = own["n_items"]
    out = pd.concat([code_columns(final, book), pd.DataFrame(columns)], axis=1)
    t1, e5 = out[book["T1"].column], out[book["E5"].column]
    out["is_self_disclosed"] = (t1 >= 1).astype("boolean")
    out["is_revised_up"] = (e5 >= 1).astype("boolean")
    out["n_codes_adjudicated"] = final.assign(own=final["basis"] == "adjudicated").groupby(
        "event_id")["own"].sum().astype("Int64")
    out = out.join(seen)
    return Response(out, final, versions, table)


def measure_agreement(coding: pd.DataFrame, seen: pd.DataFrame, frame: pd.DataFrame, book: Book
                      ) -> pd.DataFrame:
    """Agreement of A and B per item and index, overall and by coverage; of the second look and of
    the coding from scratch with the final code of the first round, where they were done."""
    training = set(frame.loc[frame["coding_set"] == "training", "event_id"])
    own = coding[~coding["event_id"].isin(training)]
    coded = [e for e in seen.index if e not in training]
    strata: dict[str, list[str]] = {"all": coded}
    for name, (low, high) in STRATA.items():
        level = seen["coverage"].reindex(coded)
        strata[name] = list(level.index[level.between(low, high).fillna(False)])
    table = agreement_table(own, strata, book, FIRST)
    usable = usable_items(table)
    parts = [table, index_agreement(own, strata, book, usable)]
    final = final_codes(coding).rename(columns={"code": "written"})
    for again in ("second_look", "recode"):
        events = list(coding.loc[coding["coder"] == again, "event_id"].unique())
        if events:
            settled = final.assign(coder="final", value=final["written"])
            both = pd.concat([coding[coding["coder"] == again],
                              settled[settled["event_id"].isin(events)]], ignore_index=True)
            parts.append(agreement_table(both, {"all": events}, book, ("final", again),
                                         comparison=again))
            parts.append(index_agreement(both, {"all": events}, book, usable, ("final", again),
                                         comparison=again))
    forget_resamples()
    return pd.concat(parts, ignore_index=True)
