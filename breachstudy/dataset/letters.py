"""The published letters table: measures of wording with the event that the letter is about."""

from __future__ import annotations

import pandas as pd

__all__ = ["build_letters"]


def build_letters(wording: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """``wording`` with ``event_id``: the event to which the letter's row of California's register
    belongs, missing where the letter has no row or the row no event.

    ``wording`` and ``members`` are the raw tables letter_wording and event_members.
    """
    reports = members[members["member_kind"] == "report"].set_index("member_ref")["event_id"]
    refs = [None if pd.isna(row) else f"california-ag-{int(row):05d}"
            for row in wording["register_row"]]
    events = pd.Series(refs, index=wording.index, dtype="str").map(reports)
    return wording.drop(columns="_row", errors="ignore").assign(event_id=events.astype("str"))
