"""Paths of abnormal returns: one a session and event, averaged by group."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from breachstudy.plan.context import Context

__all__ = ["ar_paths", "caar_paths", "splits"]


def ar_paths(long: pd.DataFrame, events: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Abnormal returns of the events with every session from ``first`` to ``last``, wide.
    ``long`` has event_id, offset, ar."""
    own = long[long["event_id"].isin(set(events["event_id"])) & long["offset"].between(first, last)]
    wide = own.pivot(index="event_id", columns="offset", values="ar").astype(float)
    return wide.reindex(columns=range(first, last + 1)).dropna()


def caar_paths(context: Context, sample: str, splits: Mapping[str, pd.Series], first: int,
               last: int) -> pd.DataFrame:
    """Cumulative average abnormal returns of a sample, overall and by group.

    ``splits`` maps the name of a split to a series of labels by event_id. One row a split, group
    and session: n, caar, std_error (cross-sectional).
    """
    frame = context.sample(sample)
    wide = ar_paths(context.frames["abnormal_returns"], frame, first, last)
    parts = []
    for split, labels in {"all": pd.Series("all", index=wide.index), **splits}.items():
        own = labels.reindex(wide.index)
        for group in sorted(own.dropna().unique()):
            paths = wide[(own == group).to_numpy(dtype=bool)].to_numpy().cumsum(axis=1)
            if len(paths) < 2:
                continue
            parts.append(pd.DataFrame({
                "split": split, "group": group, "offset": range(first, last + 1),
                "n": len(paths), "caar": paths.mean(axis=0),
                "std_error": paths.std(axis=0, ddof=1) / np.sqrt(len(paths))}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(
        columns=["split", "group", "offset", "n", "caar", "std_error"])


def splits(events: pd.DataFrame) -> dict[str, pd.Series]:
    """Groups of the paths: by speed, candour, who was first, timing. Training cases are out."""
    own = events[~events["is_training"].fillna(False).astype(bool)].set_index("event_id")
    candour = own["candour"].astype(float)
    thirds = pd.Series(None, index=own.index, dtype="object")
    if candour.notna().sum() >= 3:
        low, high = np.nanquantile(candour, [1 / 3, 2 / 3])
        thirds = pd.Series(np.select([candour <= low, candour > high], ["low", "high"], "middle"),
                           index=own.index).where(candour.notna())

    def named(column: str, yes: str, no: str) -> pd.Series:
        return own[column].map({True: yes, False: no})

    return {"speed": named("is_fast", "within 30 days", "later"), "candour": thirds,
            "first": named("is_self_disclosed", "by the firm", "outed"),
            "timing": named("e7_burying", "when few look", "other days")}
