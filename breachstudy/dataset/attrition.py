"""What fell out where: chains of counts that add up."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

__all__ = ["attrition"]


def _chain(name: str, unit: str, start: str, frame: pd.DataFrame,
           steps: list[tuple[str, str, pd.Series]]) -> list[dict[str, object]]:
    """Rows of one chain. Each step keeps rows of ``frame``; ``reason`` says why others go."""
    rows: list[dict[str, object]] = [
        {"chain": name, "step": 0, "stage": start, "unit": unit, "n": len(frame),
         "n_dropped": 0, "reason": ""}]
    keep = pd.Series(True, index=frame.index)
    for i, (stage, reason, holds) in enumerate(steps, start=1):
        after = keep & holds.fillna(False).astype(bool)
        rows.append({"chain": name, "step": i, "stage": stage, "unit": unit,
                     "n": int(after.sum()), "n_dropped": int(keep.sum() - after.sum()),
                     "reason": reason})
        keep = after
    return rows


def attrition(raw: Mapping[str, pd.DataFrame], frames: Mapping[str, pd.DataFrame]
              ) -> pd.DataFrame:
    """Counts along three chains: events to the disclosure lag, events to an event date for
    event studies, and notices to the notice lag.

    Columns: chain, step, stage, unit, n (left after the step), n_dropped (by the step), reason.
    Within a chain ``n`` of a step plus its ``n_dropped`` is ``n`` of the step before.
    """
    events, notices = frames["events"], frames["notices"]
    listed = events["is_listed"]
    conflict = events["conflict"].fillna("").str.contains("disclosure_lag")
    rows = _chain("disclosure lag of listed firms", "events", "all events", events, [
        ("role listed", "landmark or seed case, held out", events["role"] == "listed"),
        ("listed on the event date", "no security of the firm is known for that day", listed),
        ("looked up in pages", "dates come from registers alone; not looked up",
         events["lookup"] != "not_sought"),
        ("pages found", "looked up, nothing found", events["lookup"] == "found"),
        ("first public date known", "no page dates the first public news",
         events["first_public_lo"].notna()),
        ("discovery date known", "no source dates the discovery",
         events["discovered_lo"].notna()),
        ("possible order of dates", "first public before discovery without having been outed",
         ~conflict),
    ])
    rows += _chain("event date for event studies", "events", "all events", events, [
        ("role listed", "landmark or seed case, held out", events["role"] == "listed"),
        ("listed on the event date", "no security of the firm is known for that day", listed),
        ("event date known to the day", "neither pages nor registers give a day",
         events["event_date"].notna()),
        ("first public day read in a page", "the day is that of a register",
         events["event_date_basis"] == "page_day"),
    ])
    rows += _chain("notice lag", "notices", "all notices", notices, [
        ("discovery date readable", "the filing gives no readable discovery date",
         notices["discovered_lo"].notna()),
        ("a notice date readable", "neither letters nor submission can be dated",
         notices["first_notice_lo"].notna()),
        ("possible order of dates", "notice before discovery, as filed",
         ~notices["conflict"].fillna("").str.contains("first_notice_lag")),
    ])
    rows += _chain("register rows at listed firms", "register rows", "rows of listed firms",
                   raw["event_members"], [
        ("assigned to an event", "every row of a listed firm belongs to an event",
         raw["event_members"]["event_id"].notna())])
    return pd.DataFrame(rows)
