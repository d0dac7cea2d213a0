"""What is in the dataset: counts and missingness, as frames for the terminal or JSON."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

__all__ = ["describe"]


def _counts(values: pd.Series, name: str) -> pd.DataFrame:
    shown = values.map(lambda v: "(none)" if pd.isna(v) else str(v))
    table = shown.value_counts().rename_axis(name).reset_index(name="events")
    return table.sort_values(name).reset_index(drop=True)


def describe(frames: Mapping[str, pd.DataFrame], counts: Mapping[str, int]
             ) -> dict[str, pd.DataFrame]:
    """Tables that describe the dataset, by title.

    ``frames`` are the published tables, ``counts`` those of the build record.
    """
    events, notices = frames["events"], frames["notices"]
    listed = events["is_listed"].fillna(False).astype(bool)
    registers = events["registers"].dropna().str.split(";").explode()
    origin = pd.concat([registers, pd.Series(["pages"] * int((events["n_documents"] > 0).sum()))])
    by_year = (
        pd.DataFrame({"year": events["year"].astype("str").where(events["year"].notna()),
                      "listed": listed, "other": ~listed})
        .groupby("year", dropna=False)[["listed", "other"]].sum().reset_index()
    )
    by_year["year"] = by_year["year"].fillna("(none)")
    key = ["incident_start_lo", "discovered_lo", "first_public_lo", "firm_statement_lo",
           "individuals_notified_lo", "regulator_notified_lo", "contained_lo",
           "scope_revised_lo", "disclosure_lag_days", "n_affected", "data_types", "attack_type",
           "sector"]
    missing = pd.DataFrame({
        "column": key,
        "known": [int(events[c].notna().sum()) for c in key],
        "known, listed": [int(events.loc[listed, c].notna().sum()) for c in key],
        "missing": [int(events[c].isna().sum()) for c in key],
        "missing_share": [round(float(events[c].isna().mean()), 3) for c in key],
    })
    notice_year = notices["year"].astype("str").where(notices["year"].notna(), "(none)")
    return {
        "Counts": pd.DataFrame({"what": list(counts), "number": list(counts.values())}),
        "Events by year": by_year,
        "Events by source": _counts(origin, "source"),
        "Events by sector": _counts(events["sector"], "sector"),
        "Events by who made them public": _counts(events["public_by"], "public_by"),
        "Notices by year": notice_year.value_counts().rename_axis("year").reset_index(
            name="notices").sort_values("year").reset_index(drop=True),
        "Missing values in events": missing,
    }
