"""The part of docs/decisions.md on corrections of facts: counts by kind, before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from breachstudy.exhibits.tables import pipe_table
from breachstudy.facts.event_checks import outside_the_news
from breachstudy.schema.codebook import table

__all__ = ["CORRECTIONS", "MEASURES"]

Frames = Mapping[str, pd.DataFrame]


def _ends_as_beginnings(events: pd.DataFrame, milestones: pd.DataFrame) -> int:
    both = events["incident_start_lo"].notna() & events["incident_end_lo"].notna()
    return int((both & (events["incident_start_lo"] == events["incident_end_lo"])).sum())


def _register_discoveries(events: pd.DataFrame, milestones: pd.DataFrame) -> int:
    found = milestones[milestones["type"] == "discovered"]
    pages = set(found.loc[found["origin"] == "page", "event_id"])
    own = found[(found["origin"] == "register") & found["is_picked"]
                & found["event_id"].isin(pages)]
    return int(own["is_disagreeing"].sum() + len(set(own["event_id"]) & set(
        found.loc[(found["origin"] == "page") & found["is_disagreeing"], "event_id"])))


def _outed(events: pd.DataFrame, milestones: pd.DataFrame) -> int:
    return int(events["is_outed"].fillna(False).sum())


def _uncoded_revisions(events: pd.DataFrame, milestones: pd.DataFrame) -> int:
    up = events["is_revised_up"].fillna(False).astype(bool)
    return int((events["scope_revised_lo"].notna() & ~up).sum())


def _shared_days(events: pd.DataFrame, milestones: pd.DataFrame) -> int:
    own = events[events["firm_id"].notna() & events["event_date"].notna()
                 & ~events["is_issuer_notice"].astype(bool)]
    sizes = own.groupby(["firm_id", "event_date"]).size()
    return int((sizes > 1).sum())


def _outside(events: pd.DataFrame, milestones: pd.DataFrame) -> int:
    return len(outside_the_news(events))


MEASURES: dict[str, tuple[str, Callable[[pd.DataFrame, pd.DataFrame], int]]] = {
    "ends_as_beginnings": ("incidents that end on the day on which they begin",
                           _ends_as_beginnings),
    "register_discoveries": ("discoveries of a register where a page gives another day",
                             _register_discoveries),
    "outed": ("events called outed", _outed),
    "outside_the_news": ("days of a register outside of the interval of the first news", _outside),
    "shared_days": ("days of a firm with two events (issuers' notices aside), now with a reason",
                    _shared_days),
    "uncoded_revisions": ("dated revisions that the coded answer does not hold",
                          _uncoded_revisions),
}
"""What the rules of picking changed, measured on any built events and milestones."""


def _kinds(raw: Frames, frames: Frames) -> str:
    levels = table("raw", "corrections")["kind"].levels
    fixes, changes = raw["corrections"]["kind"], raw["event_changes"]
    rows = [(what, int((fixes == kind).sum()),
             int(changes.loc[changes["kind"] == kind, "event_id"].nunique()))
            for kind, what in levels.items()]
    return pipe_table(("kind", "corrections", "events that they changed"),
                      [r for r in rows if any(r[1:])], "lrr")


def _measures(raw: Frames, frames: Frames) -> str:
    before = dict(zip(raw["fact_measures"]["measure"], raw["fact_measures"]["before"],
                      strict=True))
    rows = [(what, int(before[name]), measure(frames["events"], frames["milestones"]))
            for name, (what, measure) in MEASURES.items()]
    return pipe_table(("", "before", "now"), rows, "lrr")


def _days(raw: Frames, frames: Frames) -> str:
    changes = raw["event_changes"]
    own = changes[changes["column"].isin(["event_date", "event_id"])]
    rows = [(f"`{c.event_id}`", "part of" if c.column == "event_id" else "day",
             "" if c.column == "event_id" or pd.isna(c.before) else c.before,
             f"`{c.after}`" if c.column == "event_id" else
             ("none known" if pd.isna(c.after) else c.after))
            for c in own.itertuples()]
    return pipe_table(("event", "", "before", "after"), rows, "llll")


CORRECTIONS: dict[str, Callable[[Frames, Frames], str]] = {
    "correction-kinds": _kinds, "fact-measures": _measures, "day-changes": _days}
