"""What consumers made of an event: satisfaction and reputation against peers."""

from __future__ import annotations

import pandas as pd

__all__ = ["consumer_outcomes"]


def consumer_outcomes(acsi: pd.DataFrame, harris: pd.DataFrame) -> pd.DataFrame:
    """Changes from the wave before to the wave after, less the peers' change, by event_id.

    ``acsi`` and ``harris`` are the raw tables. Returns ``acsi_change`` (points of 100, less the
    sector's other brands), ``acsi_change_raw`` (the brand's own), ``acsi_years_apart``,
    ``acsi_reason``, and the same of ``reputation_`` against all other companies rated.
    """
    return _changes(acsi, "acsi").join(_changes(harris, "reputation"), how="outer")


def _changes(waves: pd.DataFrame, prefix: str) -> pd.DataFrame:
    own = waves.set_index("event_id")
    used = own["verdict"] == "matched"
    raw = (own["score_after"] - own["score_before"]).astype("Float64").where(used)
    peers = (own["peers_after"] - own["peers_before"]).astype("Float64")
    return pd.DataFrame({
        f"{prefix}_change": (raw - peers).round(4),
        f"{prefix}_change_raw": raw.round(4),
        f"{prefix}_years_apart":
            (own["year_after"] - own["year_before"]).astype("Int64").where(used),
        f"{prefix}_reason": own["reason"].where(own["reason"].notna(), other=None),
    })
