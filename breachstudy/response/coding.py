"""From the coders' codes to one final code an item, with its basis.

All functions take and return frames. ``coding`` is the raw long table (event, coder, item, value,
evidence, source, reason), ``coverage`` the raw table of what each coder saw.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.response.errors import CodingError
from breachstudy.schema.coding_book import NOT_APPLICABLE, NOT_FOUND, Book

__all__ = ["FIRST", "code_columns", "code_matrices", "coverage_columns", "final_codes", "numeric"]

FIRST = ("A", "B")
"""The two independent coders."""


def numeric(values: pd.Series) -> pd.Series:
    """Codes as numbers; not found and not applicable become missing."""
    known = ~values.isin([NOT_FOUND, NOT_APPLICABLE]) & values.notna()
    return pd.to_numeric(values.where(known)).astype("Float64")


def final_codes(coding: pd.DataFrame) -> pd.DataFrame:
    """One row an event and item: the agreed code, else the adjudicated one.

    Returns columns event_id, item, code (as written), value (number, missing for 8 and 9),
    status (``coded``, ``not_found``, ``not_applicable``), basis (``agreed``, ``adjudicated``),
    code_a and code_b (what the two coders wrote), evidence and source_id (of the adjudicator, else
    of A, else of B).

    Raises ValueError if a code on which A and B differ has no adjudication.
    """
    first = coding[coding["coder"].isin(FIRST)]
    wide = {name: first.pivot(index=["event_id", "item"], columns="coder", values=name)
            .reindex(columns=list(FIRST)) for name in ("value", "evidence", "source_id")}
    third = coding[coding["coder"] == "adjudicated"].set_index(["event_id", "item"]).reindex(
        wide["value"].index)
    agreed = wide["value"]["A"] == wide["value"]["B"]
    missing = third.index[~agreed & third["value"].isna()]
    if len(missing):
        places = ", ".join(f"{e}/{i}" for e, i in missing[:10])
        raise CodingError(f"{len(missing)} codes on which A and B differ are not adjudicated: "
                          f"{places}; add rows of coder 'adjudicated' to coding.csv")
    code = wide["value"]["A"].where(agreed, third["value"])
    out = pd.DataFrame({"code": code, "value": numeric(code)})
    out["status"] = "coded"
    out.loc[code == NOT_FOUND, "status"] = "not_found"
    out.loc[code == NOT_APPLICABLE, "status"] = "not_applicable"
    out["code_a"], out["code_b"] = wide["value"]["A"], wide["value"]["B"]
    out["basis"] = agreed.map({True: "agreed", False: "adjudicated"})
    for name in ("evidence", "source_id"):
        own = wide[name]["A"].where(wide["value"]["A"] == code)
        other = wide[name]["B"].where(wide["value"]["B"] == code)
        out[name] = third[name].where(~agreed).fillna(own).fillna(other)
    return out.reset_index()


def code_columns(final: pd.DataFrame, book: Book) -> pd.DataFrame:
    """One row an event, a column an item (``t2_root_cause`` …) with its final value."""
    wide = final.pivot(index="event_id", columns="item", values="value")
    return pd.DataFrame({item.column: wide[item.id].astype("Float64") if item.id in wide
                         else pd.Series(pd.NA, index=wide.index, dtype="Float64")
                         for item in book.items})


def coverage_columns(coverage: pd.DataFrame) -> pd.DataFrame:
    """One row an event: ``coverage`` (the lower of A's and B's, so that absence is never credited
    to a text that one of them did not see), ``compensation_months`` (the larger stated one)."""
    own = coverage[coverage["coder"].isin(FIRST)].groupby("event_id")
    return pd.DataFrame({
        "coverage": own["coverage"].min().astype("Int64"),
        "compensation_months": own["compensation_months"].max().astype("Int64"),
    })


def code_matrices(coding: pd.DataFrame, coders: tuple[str, ...] = FIRST
                  ) -> dict[str, NDArray[np.float64]]:
    """Codes of each item as numbers, coders × events (in the order of their names) by item; NaN
    for 8 and 9 and for a code that a coder did not give. Items without codes have no entry."""
    own = coding[coding["coder"].isin(coders)]
    code = numeric(own["value"]).to_numpy(dtype=np.float64, na_value=np.nan)
    wide = own.assign(value=code).pivot(index="coder", columns=["item", "event_id"],
                                        values="value").reindex(list(coders))
    items, values = wide.columns.get_level_values("item"), wide.to_numpy()
    return {item: values[:, items == item] for item in items.unique()}
