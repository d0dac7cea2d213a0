"""Raw facts to the published dataset: pure composition, bytes out.

:func:`build` takes the bytes of the raw files and returns the bytes of every file of the
dataset; it reads and writes nothing itself.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

import pandas as pd

from breachstudy._version import __version__
from breachstudy.attrition import attrition
from breachstudy.codebook import COLLECTED_THROUGH, Table, tables
from breachstudy.codebook.book import book
from breachstudy.codebook.render import codebook_json, codebook_markdown, data_package
from breachstudy.events import build_events, build_milestones
from breachstudy.facts.validate import load_raw
from breachstudy.notices import build_notices
from breachstudy.parquet import to_parquet
from breachstudy.response.columns import build_response
from breachstudy.study import sha256

__all__ = ["Dataset", "build", "build_frames", "counts"]

LOCKED = ("numpy", "pandas", "pyarrow")
"""Libraries whose version can change the bytes; the lock file pins them."""


@dataclass(frozen=True)
class Dataset:
    """A built dataset: ``frames`` by table name and ``files`` (bytes) by file name."""

    frames: dict[str, pd.DataFrame]
    files: dict[str, bytes]
    record: dict[str, object]


def build_frames(raw: Mapping[str, pd.DataFrame], specs: Mapping[str, Table]
                 ) -> dict[str, pd.DataFrame]:
    """The published tables from validated raw frames."""
    milestones = build_milestones(raw)
    response = build_response(raw["coding"], raw["coding_coverage"], raw["coding_frame"], book())
    events = build_events(raw, milestones, response.columns, specs["events"])
    notices = build_notices(raw, specs["notices"])
    return {
        "events": events,
        "notices": notices,
        "milestones": milestones[specs["milestones"].names],
        "codes": response.codes[specs["codes"].names],
        "index_versions": response.versions,
        "agreement": response.agreement,
        "sources": raw["sources"][specs["sources"].names],
    }


def build(files: Mapping[str, bytes]) -> Dataset:
    """Build the dataset from the bytes of the raw CSV files, by table name.

    Raises :class:`breachstudy.facts.problems.FactError` with every problem of every file, and
    ValueError if a built table departs from the codebook.
    """
    raw = load_raw(files, tables("raw"))
    specs = tables("processed")
    frames = build_frames(raw, specs)
    out = {f"{n}.parquet": to_parquet(f, specs[n], __version__) for n, f in frames.items()}
    fallen = attrition(raw, frames)
    out["attrition.csv"] = _csv(fallen)
    out["codebook.md"] = codebook_markdown(specs, __version__).encode()
    out["codebook.json"] = codebook_json(specs, __version__).encode()
    out["datapackage.json"] = data_package(specs, out, __version__).encode()
    record: dict[str, object] = {
        "dataset": "breachstudy",
        "version": __version__,
        "collected_through": COLLECTED_THROUGH.isoformat(),
        "libraries": {name: metadata.version(name) for name in LOCKED},
        "counts": counts(raw, frames),
        "inputs": {f"data/raw/{n}.csv": sha256(d) for n, d in sorted(files.items())},
        "outputs": {n: sha256(d) for n, d in sorted(out.items())},
    }
    out["build.json"] = _json(record)
    return Dataset(frames, out, record)


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
        "events_coded": int(events["coverage"].notna().sum()),
        "listed_coded": int(listed["coding_set"].isin(["largest", "random"]).sum()),
        "landmarks_coded": int((events["coding_set"] == "landmark").sum()),
        "training_events": int((events["coding_set"] == "training").sum()),
        "codes": len(raw["coding"]),
        "codes_adjudicated": int((raw["coding"]["coder"] == "adjudicated").sum()),
        "listed_without_issuer_notices": int(
            (~listed["is_issuer_notice"].astype(bool)).sum()),
    }


def _csv(frame: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
