"""The numbers that docs and README quote."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from breachstudy.audit.score import summarise

__all__ = ["counts"]


def counts(raw: Mapping[str, pd.DataFrame], frames: Mapping[str, pd.DataFrame]
           ) -> dict[str, int]:
    """The numbers that docs and README quote, each computed here once."""
    events, notices = frames["events"], frames["notices"]
    listed = events[events["is_listed"].astype(bool)]
    both = notices["discovered_lo"].notna() & (
        notices["individuals_notified_lo"].notna() | notices["regulator_submitted_lo"].notna())
    exact = listed["event_date_basis"] == "page_day"
    return {
        "events": len(events),
        "events_listed": len(listed),
        "events_landmark": int((events["role"] != "listed").sum()),
        "events_unlisted": int((~events["is_listed"].astype(bool)).sum()),
        "listed_with_discovery": int(listed["discovered_lo"].notna().sum()),
        "listed_with_first_public_page": int(listed["first_public_lo"].notna().sum()),
        "listed_with_first_public_day": int(exact.sum()),
        "listed_with_disclosure_lag": int(listed["disclosure_lag_days"].notna().sum()),
        "listed_firms": int(listed["firm_id"].nunique()),
        "events_with_documents": int((events["n_documents"] > 0).sum()),
        "events_looked_up": int((events["lookup"] != "not_sought").sum()),
        "events_looked_up_not_found": int((events["lookup"] == "sought_not_found").sum()),
        "milestones": len(frames["milestones"]),
        "milestones_from_pages": int((frames["milestones"]["origin"] == "page").sum()),
        "documents": len(raw["documents"]),
        "sources": len(frames["sources"]),
        "notices": len(notices),
        "notices_with_discovery_and_notice": int(both.sum()),
        "notice_filings": int(notices["n_filings"].sum()),
        "register_reports": len(raw["register_reports"]),
        "firms": int(raw["firms"]["firm_id"].nunique()),
        "firm_links": len(raw["firm_links"]),
        "firm_links_rejected": len(raw["firm_links_rejected"]),
        "corrections": len(raw["corrections"]),
        "listed_with_primary_car": int(listed["car_m1_p1"].notna().sum()),
        "page_dated_with_primary_car": int((exact & listed["car_m1_p1"].notna()).sum()),
        "events_with_satisfaction": int(events["acsi_change"].notna().sum()),
        "events_with_reputation": int(events["reputation_change"].notna().sum()),
        "cases": len(raw["cases"]),
        "events_coded": int(events["coverage"].notna().sum()),
        "listed_coded": int(listed["coding_set"].isin(["largest", "random"]).sum()),
        "landmarks_coded": int((events["coding_set"] == "landmark").sum()),
        "training_events": int((events["coding_set"] == "training").sum()),
        "codes": len(raw["coding"]),
        "codes_adjudicated": int((raw["coding"]["coder"] == "adjudicated").sum()),
        "listed_without_issuer_notices": int(
            (~listed["is_issuer_notice"].astype(bool)).sum()),
        "absences_not_seen": int((frames["codes"]["status"] == "not_seen").sum()),
        **_audited(raw["audits"]),
    }


def _audited(audits: pd.DataFrame) -> dict[str, int]:
    """Facts audited, and of those compared how many were right."""
    every = summarise(audits).set_index("kind").loc["all"]
    return {f"audited_{name}": int(every[f"n_{name}"])
            for name in ("facts", "compared", "right", "not_found")}
