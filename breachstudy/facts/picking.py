"""Which of several sources' dates stands in the events table, and why.

The rule (docs/dates.md): for the first public news, the earliest claim that is exact to the day,
else the narrowest; for every other milestone the best kind of source, then the narrowest
interval, then the earliest. Nothing is averaged; what was not picked stays in the table.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from breachstudy.errors import InputError

__all__ = ["SOURCE_RANK", "pick_milestones"]

SOURCE_RANK = {
    "regulator": 1,
    "filing": 2,
    "firm_statement": 2,
    "letter": 2,
    "court": 3,
    "press": 4,
    "researcher": 5,
    "reference": 6,
}
_PUBLIC = "first_public"


def pick_milestones(milestones: pd.DataFrame) -> pd.DataFrame:
    """Mark one milestone for each event and type.

    ``milestones`` needs milestone_id, event_id, type, date_lo, date_hi (dates), date_precision
    and source_kind. Returns it with is_picked, pick_rule (missing where not picked) and
    is_disagreeing, sorted by event, type and key.
    """
    frame = milestones.sort_values(["event_id", "type", "milestone_id"]).reset_index(drop=True)
    width = [(b - a).days for a, b in zip(frame["date_lo"], frame["date_hi"], strict=True)]
    work = frame.assign(
        _width=width,
        _rank=frame["source_kind"].map(SOURCE_RANK),
        _exact=[0 if w == 0 else 1 for w in width],
    )
    unknown = sorted(set(frame["source_kind"].dropna()) - set(SOURCE_RANK))
    if unknown:
        raise InputError(f"source kinds without a rank: {', '.join(unknown)}")
    public = work["type"] == _PUBLIC
    parts = [
        work[public].sort_values(["event_id", "type", "_exact", "_width", "date_lo", "_rank",
                                  "milestone_id"]),
        work[~public].sort_values(["event_id", "type", "_rank", "_width", "date_lo",
                                   "milestone_id"]),
    ]
    picked: dict[int, str] = {}
    for part in parts:
        records = part[["event_id", "type", "_exact", "_rank", "_width"]].to_dict("index")
        groups: dict[tuple[str, str], list[int]] = {}
        for index, record in records.items():
            groups.setdefault((record["event_id"], record["type"]), []).append(index)
        for members in groups.values():
            picked[members[0]] = _reason([records[i] for i in members[:2]])
    frame["is_picked"] = [i in picked for i in frame.index]
    frame["pick_rule"] = pd.Series([picked.get(i) for i in frame.index], dtype="str")
    chosen = frame[frame["is_picked"]].set_index(["event_id", "type"])
    keys = pd.MultiIndex.from_frame(frame[["event_id", "type"]])
    lo = chosen["date_lo"].reindex(keys).to_numpy()
    hi = chosen["date_hi"].reindex(keys).to_numpy()
    frame["is_disagreeing"] = [
        bool(a > h or b < low)
        for a, b, low, h in zip(frame["date_lo"], frame["date_hi"], lo, hi, strict=True)
    ]
    return frame


def _reason(ordered: list[dict[str, Any]]) -> str:
    """Why the first of the ordered claims won; only the first two are needed."""
    if len(ordered) == 1:
        return "only"
    first, second = ordered
    if first["type"] == _PUBLIC:
        return "public_day" if first["_exact"] == 0 else "public_narrowest"
    if first["_rank"] < second["_rank"]:
        return "source_rank"
    return "precision" if first["_width"] < second["_width"] else "earliest"
