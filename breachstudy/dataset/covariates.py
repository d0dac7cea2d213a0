"""Covariates of the analysis, derived once so that every specification means the same by them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from breachstudy.errors import InputError

__all__ = ["ERAS", "FAST_DAYS", "SECTOR_GROUPS", "covariates"]

ERAS = ((0, 2013, "to 2013"), (2014, 2017, "2014-2017"), (2018, 2020, "2018-2020"),
        (2021, 9999, "2021 on"))
"""Eras break where breaches became headline news (2014), with the GDPR (2018), and with the wave of
ransomware (2021)."""
SECTOR_GROUPS = {
    "consumer": ("retail", "restaurants", "hospitality_travel", "hospitality", "consumer_goods",
                 "media", "entertainment", "telecom", "telecommunications", "transport",
                 "education", "real_estate", "construction_real_estate"),
    "finance": ("finance", "insurance"),
    "health": ("health", "pharma"),
    "business": ("technology", "professional_services", "manufacturing", "energy_utilities",
                 "government", "nonprofit", "business_other", "other"),
}
"""Industries of the crosswalk and of the registers; ``unknown`` stays without a group."""
FAST_DAYS = 30
"""A lag of at most this many days counts as fast: the shortest deadline in a statute in force."""


def covariates(events: pd.DataFrame) -> dict[str, Any]:
    """Columns that specifications use, from those of the events table.

    ``events`` needs year, sector, audience, n_affected, prior_breaches, lag_analysis_days, candour,
    role and coding_set. ``log_affected`` is log10(1 + people affected) and 0 where the number is
    unknown, which ``is_affected_unknown`` marks: the pair enters together. It is rounded to six
    digits, since logarithms differ in the last bit between machines.

    Raises ValueError for a sector that belongs to no group.
    """
    groups = {sector: group for group, own in SECTOR_GROUPS.items() for sector in own}
    unknown = sorted(set(events["sector"].dropna()) - set(groups) - {"unknown"})
    if unknown:
        raise InputError(f"sectors without a group: {', '.join(unknown)}; "
                         "add them to breachstudy.covariates.SECTOR_GROUPS")
    n = events["n_affected"].astype("Float64")
    year = events["year"]
    return {
        "log_affected": pd.Series(np.log10(n.fillna(0).to_numpy(dtype=float) + 1).round(6),
                                  index=events.index).astype("Float64"),
        "is_affected_unknown": n.isna().astype("boolean"),
        "sector_group": events["sector"].map(groups).astype("str"),
        "era": pd.Series([_era(y) for y in year], index=events.index, dtype="str"),
        "has_prior_breach": (events["prior_breaches"] > 0).astype("boolean"),
        "is_business_audience": (events["audience"] == "business").astype("boolean").mask(
            events["audience"].isna()),
        "is_fast": (events["lag_analysis_days"] <= FAST_DAYS).astype("boolean").mask(
            events["lag_analysis_days"].isna()),
        "is_candid": _above_median(events),
        "is_training": (events["coding_set"] == "training").fillna(False).astype("boolean")
        | (events["role"] == "seed").astype("boolean"),
    }


def _era(year: Any) -> str | None:
    if pd.isna(year):
        return None
    return next(name for first, last, name in ERAS if first <= year <= last)


def _above_median(events: pd.DataFrame) -> pd.Series:
    """Candour above the median of the coded listed sample."""
    sample = events["coding_set"].isin(["largest", "random"])
    candour = events["candour"].astype("Float64")
    above = (candour > candour[sample].median()).astype("boolean")
    return above.mask(candour.isna())
