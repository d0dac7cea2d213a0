"""From validated raw frames to the published tables: pure composition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from breachstudy.audit.score import audit_detection
from breachstudy.dataset.events import build_events, build_milestones
from breachstudy.dataset.letters import build_letters
from breachstudy.dataset.notices import build_notices
from breachstudy.facts.validate import load_raw
from breachstudy.outcomes.consumers import consumer_outcomes
from breachstudy.outcomes.investors import investor_outcomes, no_outcomes, with_outcomes
from breachstudy.response.columns import Response, build_response, revised_up
from breachstudy.schema.codebook import Table, tables
from breachstudy.schema.coding_book import book

__all__ = ["build_frames", "events_before_outcomes"]


def build_frames(raw: Mapping[str, pd.DataFrame], returns: pd.DataFrame,
                 specs: Mapping[str, Table]) -> dict[str, pd.DataFrame]:
    """The published tables from validated raw frames and daily returns.

    Outcomes are the columns of the events table that are not there before: the codebook lists
    them, the functions of ``outcomes`` make them. Without returns (an empty frame) those of
    investors are missing, with reason.
    """
    milestones, response, events = _before_outcomes(raw, specs)
    consumers = consumer_outcomes(raw["acsi"], raw["harris"])
    if len(returns):
        investors = investor_outcomes(events, raw["event_securities"].drop(columns="_row"),
                                      returns, raw["factors"].drop(columns="_row"))
    else:
        known = {*events.columns, *consumers.columns}
        investors = no_outcomes(events, [c for c in specs["events"].columns
                                         if c.name not in known])
    events = with_outcomes(events, investors.columns).merge(
        consumers, left_on="event_id", right_index=True, how="left", validate="one_to_one")
    notices = build_notices(raw, specs["notices"])
    return {
        "events": events[specs["events"].names],
        "cars": investors.cars[specs["cars"].names],
        "abnormal_returns": investors.abnormal_returns[specs["abnormal_returns"].names],
        "notices": notices,
        "letters": build_letters(raw["letter_wording"], raw["event_members"])[
            specs["letters"].names],
        "milestones": milestones[specs["milestones"].names],
        "codes": response.codes[specs["codes"].names],
        "index_versions": response.versions,
        "agreement": response.agreement,
        "detection": pd.concat([response.detection, audit_detection(raw["audits"], book())],
                               ignore_index=True),
        "cases": raw["cases"].merge(raw["sources"][["source_id", "url"]], on="source_id",
                                    how="left", validate="many_to_one")[specs["cases"].names],
        "sources": raw["sources"][specs["sources"].names],
    }


def _before_outcomes(raw: Mapping[str, pd.DataFrame], specs: Mapping[str, Table]
                     ) -> tuple[pd.DataFrame, Response, pd.DataFrame]:
    """Milestones, coded answers, and events without their outcomes."""
    milestones = build_milestones(raw, revised_up(raw["coding"]))
    response = build_response(raw["coding"], raw["coding_coverage"], raw["coding_frame"],
                              raw["documents"], _first_public(milestones), book())
    return milestones, response, build_events(raw, milestones, response.columns, specs["events"])


def _first_public(milestones: pd.DataFrame) -> pd.Series:
    """The last possible day of the first public news, by event."""
    own = milestones[(milestones["type"] == "first_public")
                     & milestones["is_picked"].astype(bool)]
    return own.set_index("event_id")["date_hi"]


def events_before_outcomes(files: Mapping[str, bytes], leave_out: Sequence[str]) -> pd.DataFrame:
    """The events as the raw facts give them, for what is compiled from outcomes' sources.

    Tables in ``leave_out`` are read as empty: they are about to be compiled again.
    """
    specs = tables("raw")
    kept = {n: (",".join(specs[n].names) + "\n").encode() if n in leave_out else d
            for n, d in files.items()}
    return _before_outcomes(load_raw(kept, specs), tables("processed"))[2]
