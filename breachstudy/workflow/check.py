"""Data tests: what must hold of the raw facts and of the dataset built from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from breachstudy._version import __version__
from breachstudy.dataset.counts import counts
from breachstudy.dataset.load import read_table
from breachstudy.errors import FactError
from breachstudy.facts import event_checks as own
from breachstudy.facts.checkout import held
from breachstudy.schema.codebook import COLLECTED_THROUGH, tables
from breachstudy.schema.parquet import conform
from breachstudy.study import Study
from breachstudy.workflow.build import load_facts
from breachstudy.workflow.dataset import changed_inputs, changed_outputs, read_build
from breachstudy.workflow.steps import STEPS

__all__ = ["Finding", "check_events", "check_frames", "check_study"]

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Finding:
    """One check: what it says, whether it holds, and what was seen if it does not."""

    check: str
    ok: bool
    detail: str = ""


def check_study(study: Study) -> list[Finding]:
    """All checks of a checkout, on the files as they stand: raw facts, the dataset's files against
    their record, and the data tests on the tables read from disk. Nothing is built or written."""
    out: list[Finding] = []
    raw: Frames | None = None
    try:
        strayed = held(study)
        out.append(Finding("raw tables are those of the manifest", not strayed,
                           FactError(strayed).listed(20) if strayed else ""))
        raw, _ = load_facts(study.raw_files(), study.raw_returns())
        out.append(Finding("raw facts are sound", True))
    except FactError as error:
        out.append(Finding("raw facts are sound", False, error.report(limit=20)))
    record = read_build(study)
    if record is None:
        return [*out, Finding("data/processed has a build record", False,
                              "data/processed/build.json is missing or cannot be read; run "
                              "'breachstudy build'")]
    changed = changed_inputs(study, record)
    out.append(_listed("data/processed is what data/raw gives", changed,
                       "changed since the build; run 'breachstudy build'"))
    out.append(_listed("hashes in build.json match", changed_outputs(study, record),
                       "not what was built; run 'breachstudy build'"))
    known = {"dataset": "breachstudy", "version": __version__, "code": STEPS["build"].code,
             "collected_through": COLLECTED_THROUGH.isoformat()}
    out.append(_listed("data/processed was built by this code",
                       [n for n, v in known.items() if record.get(n) != v],
                       "in data/processed/build.json is another; run 'breachstudy build'"))
    frames: Frames = {}
    unread = []
    for name, spec in tables("processed").items():
        try:
            frames[name] = read_table(study.processed, spec)
            conform(frames[name], spec)
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            frames.pop(name, None)
            unread.append(f"{name}.parquet: {error}")
    out.append(Finding("tables are as the codebook says", not unread, "; ".join(unread)))
    if unread:
        return out
    if raw is not None:
        out += check_events(raw, frames)
    if raw is not None and not changed:
        counted = counts(raw, frames)
        out.append(_listed("counts in build.json are those of the tables",
                           [f"{n} ({record['counts'].get(n)}, counted {v})"
                            for n, v in counted.items() if record["counts"].get(n) != v],
                           "in data/processed/build.json; run 'breachstudy build'"))
    return out + check_frames(frames)


def _listed(check: str, bad: list[str], why: str) -> Finding:
    shown = ", ".join(bad[:8]) + (f" and {len(bad) - 8} more" if len(bad) > 8 else "")
    return Finding(check, not bad, f"{shown} {why}" if bad else "")


def check_events(raw: Frames, built: Frames) -> list[Finding]:
    """Whether events and their sources fit: members, days, order of dates, securities."""
    checks: list[tuple[str, Callable[[Frames, Frames], pd.Series]]] = [
        ("register rows fit their event, or say why not", own.misjoined_members),
        ("no event's day comes after news, letters or filings, or says why",
         own.news_before_the_day),
        ("no two events of a firm share a day, or say why", own.shared_days),
        ("others had the news first only where a source says so", own.unsourced_outings),
        ("no end of an incident is a copy of its beginning", own.copied_ends),
        ("revisions are those of the coded answers", own.wrong_revisions),
        ("ticker, index key and prices are one security of the day",
         own.securities_of_other_days),
        ("claims set aside exist", own.unknown_claims_set_aside),
        ("a security blog that found it out is no press", own.blogs_called_press),
        ("numbers of parts come with their sum", own.parts_called_all),
        ("clients of one vendor have its discovery", own.discoveries_apart),
    ]
    return [_finding(name, find(raw, built)) for name, find in checks]


def _finding(name: str, bad: pd.Series) -> Finding:
    shown = ", ".join(map(str, bad.head(8)))
    return Finding(name, bad.empty, f"{len(bad)}: {shown}" if len(bad) else "")


def check_frames(frames: Frames) -> list[Finding]:
    """Properties of the built tables that no single cell shows."""
    checks: list[tuple[str, Callable[[Frames], pd.Series]]] = [
        ("every key is unique", _repeated_keys),
        ("lag bounds enclose the point value", _lag_outside_bounds),
        ("exact lags equal the difference of their dates", _inexact_lags),
        ("analysis lags are never negative and never of conflicts", _bad_analysis_lags),
        ("one milestone is picked an event and type, unless all were set aside", _wrong_picks),
        ("event dates follow their basis", _wrong_event_dates),
        ("seed cases and landmarks carry their role", _wrong_roles),
        ("records do not exceed the population of the earth", _too_many_records),
        ("sources of milestones are known", _unknown_sources),
    ]
    return [_finding(name, find(frames)) for name, find in checks]


def _repeated_keys(frames: Frames) -> pd.Series:
    out = []
    for name, spec in tables("processed").items():
        if name in frames:
            key = list(spec.primary_key)
            out += [f"{name}:{'/'.join(map(str, k))}"
                    for k in frames[name].loc[frames[name].duplicated(key), key].to_numpy()]
    return pd.Series(out, dtype="str")


LAG_NAMES = ("dwell", "disclosure_lag", "regulator_lag", "notification_lag", "containment_lag",
             "exposure_to_disclosure", "revision_lag", "register_lag")


def _lag_outside_bounds(frames: Frames) -> pd.Series:
    events = frames["events"]
    bad = pd.Series(False, index=events.index)
    for name in LAG_NAMES:
        lo, point, hi = (events[f"{name}_lo_days"], events[f"{name}_days"],
                         events[f"{name}_hi_days"])
        bad |= ((point < lo) | (point > hi)).fillna(False).astype(bool)
        bad |= lo.isna() != point.isna()
    return events.loc[bad, "event_id"]


def _inexact_lags(frames: Frames) -> pd.Series:
    events = frames["events"]
    exact = events[(events["discovered_precision"] == "day")
                   & (events["first_public_precision"] == "day")]
    days = [(b - a).days for a, b in zip(exact["discovered_lo"], exact["first_public_lo"],
                                         strict=True)]
    return exact.loc[exact["disclosure_lag_days"].to_numpy(dtype=float, na_value=-1e9)
                     != days, "event_id"]


def _bad_analysis_lags(frames: Frames) -> pd.Series:
    events = frames["events"]
    lag = events["lag_analysis_days"]
    conflicting = events["conflict"].fillna("").str.contains("disclosure_lag")
    negative = (lag < 0).fillna(False).astype(bool)
    return events.loc[negative | (conflicting & lag.notna()), "event_id"]


def _wrong_picks(frames: Frames) -> pd.Series:
    own = frames["milestones"]
    groups = own.assign(_live=own["outlier"].isna()).groupby(["event_id", "type"])
    picked, expected = groups["is_picked"].sum(), groups["_live"].any().astype(int)
    wrong = picked[picked != expected].reset_index()
    return wrong["event_id"] + "/" + wrong["type"]


def _wrong_event_dates(frames: Frames) -> pd.Series:
    events = frames["events"]
    page = events["event_date_basis"] == "page_day"
    register = events["event_date_basis"] == "register"
    wrong = (page & (events["event_date"] != events["first_public_lo"])) | (
        register & (events["event_date"] != events["register_public_lo"]))
    wrong |= events["event_date"].notna() & events["event_date_basis"].isna()
    return events.loc[wrong, "event_id"]


def _wrong_roles(frames: Frames) -> pd.Series:
    events = frames["events"]
    seeds = set(events.loc[events["role"] == "seed", "event_id"])
    expected = {"reddit-2018", "microsoft-webmail-2019"}
    return pd.Series(sorted(seeds ^ expected), dtype="str")


def _too_many_records(frames: Frames) -> pd.Series:
    events = frames["events"]
    return events.loc[(events["n_affected"] > 8_000_000_000).fillna(False), "event_id"]


def _unknown_sources(frames: Frames) -> pd.Series:
    milestones = frames["milestones"]
    known = set(frames["sources"]["source_id"])
    return milestones.loc[~milestones["source_id"].isin(known), "milestone_id"]
