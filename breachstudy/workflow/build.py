"""Raw facts to the published dataset: pure composition, bytes out.

:func:`build` takes the bytes of the raw files and returns the bytes of every file of the
dataset; it reads and writes nothing itself.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

import pandas as pd

from breachstudy._version import __version__
from breachstudy.audit.score import audit_detection, summarise
from breachstudy.dataset.attrition import attrition
from breachstudy.dataset.events import build_events, build_milestones
from breachstudy.dataset.letters import build_letters
from breachstudy.dataset.notices import build_notices
from breachstudy.facts.problems import FactError, Problem
from breachstudy.facts.returns import RETURNS_FILE, check_securities, read_returns
from breachstudy.facts.validate import load_raw
from breachstudy.outcomes.consumers import consumer_outcomes
from breachstudy.outcomes.investors import investor_outcomes, with_outcomes
from breachstudy.response.columns import Response, build_response, revised_up
from breachstudy.schema.codebook import COLLECTED_THROUGH, Table, tables
from breachstudy.schema.coding_book import book
from breachstudy.schema.inert import csv_frame
from breachstudy.schema.parquet import to_parquet
from breachstudy.schema.render import codebook_json, codebook_markdown, data_package
from breachstudy.study import sha256

__all__ = ["Dataset", "build", "build_frames", "counts", "events_before_outcomes", "load_facts"]

LOCKED = ("numpy", "pandas", "pyarrow")
"""Libraries whose version can change the bytes; the lock file pins them."""


@dataclass(frozen=True)
class Dataset:
    """A built dataset: ``frames`` by table name and ``files`` (bytes) by file name."""

    frames: dict[str, pd.DataFrame]
    files: dict[str, bytes]
    record: dict[str, object]


def build_frames(raw: Mapping[str, pd.DataFrame], returns: pd.DataFrame,
                 specs: Mapping[str, Table]) -> dict[str, pd.DataFrame]:
    """The published tables from validated raw frames and daily returns."""
    milestones, response, events = _before_outcomes(raw, specs)
    investors = investor_outcomes(events, raw["event_securities"].drop(columns="_row"), returns,
                                  raw["factors"].drop(columns="_row"))
    consumers = consumer_outcomes(raw["acsi"], raw["harris"])
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


def load_facts(files: Mapping[str, bytes], returns: bytes | None, known: Sequence[Problem] = ()
               ) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Raw tables and daily returns, read, checked and held against each other.

    ``known`` are problems already found in these files. Raises
    :class:`breachstudy.facts.problems.FactError` with every problem, those included.
    """
    problems = list(known)
    raw: dict[str, pd.DataFrame] = {}
    try:
        raw = load_raw(files, tables("raw"))
    except FactError as error:
        problems += error.problems
    try:
        found = _returns(returns, raw)
        if raw and len(raw["event_securities"]):
            problems += check_securities(found, raw["event_securities"])
    except FactError as error:
        problems += error.problems
    if problems:
        raise FactError(problems)
    return raw, found


def build(files: Mapping[str, bytes], returns: bytes | None = None,
          known: Sequence[Problem] = ()) -> Dataset:
    """Build the dataset from the bytes of the raw CSV files, by table name, and of the returns.

    ``known`` are problems already found in these files, such as those of the manifest
    (:func:`breachstudy.workflow.manifest.held`), told with the rest. Without ``returns`` no event
    has a security: outcomes of investors are missing, with reason.

    Raises :class:`breachstudy.facts.problems.FactError` with every problem of every file, and
    ValueError if a built table departs from the codebook.
    """
    raw, daily = load_facts(files, returns, known)
    specs = tables("processed")
    frames = build_frames(raw, daily, specs)
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
        "inputs": {f"data/raw/{n}.csv": sha256(d) for n, d in sorted(files.items())}
        | ({RETURNS_FILE: sha256(returns)} if returns is not None else {}),
        "outputs": {n: sha256(d) for n, d in sorted(out.items())},
    }
    out["build.json"] = _json(record)
    return Dataset(frames, out, record)


def _returns(data: bytes | None, raw: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    if data is not None:
        return read_returns(data)
    if raw and len(raw["event_securities"]):
        raise FactError([Problem(RETURNS_FILE, None, None, None, "the file is missing",
                                 "Restore it from version control or compile it again")])
    return pd.DataFrame({"security": pd.Series(dtype="str"),
                         "date": pd.Series(dtype="datetime64[s]"),
                         "ret": pd.Series(dtype="float64"),
                         "log_volume": pd.Series(dtype="float64")})


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


def _csv(frame: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    csv_frame(frame).to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
