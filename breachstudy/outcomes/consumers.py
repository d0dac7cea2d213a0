"""What consumers made of an event: customer satisfaction against the sector's peers."""

from __future__ import annotations

import pandas as pd

__all__ = ["consumer_outcomes"]


def consumer_outcomes(acsi: pd.DataFrame) -> pd.DataFrame:
    """Change of satisfaction from the wave before to the wave after, less the peers' change.

    ``acsi`` is the raw table. Returns, by event_id, ``acsi_change`` (points of 100),
    ``acsi_change_raw`` (the brand's own), ``acsi_years_apart`` and ``acsi_reason``.
    """
    own = acsi.set_index("event_id")
    raw = (own["score_after"] - own["score_before"]).astype("Float64")
    peers = (own["peers_after"] - own["peers_before"]).astype("Float64")
    used = own["verdict"] == "matched"
    reason = own["reason"].where(own["reason"].notna(), other=None)
    return pd.DataFrame({
        "acsi_change": (raw - peers).where(used).round(4),
        "acsi_change_raw": raw.where(used).round(4),
        "acsi_years_apart": (own["year_after"] - own["year_before"]).astype("Int64").where(used),
        "acsi_reason": reason,
    })
