"""Renew reports/: only what is stale runs, the rest is taken from what is stored."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from breachstudy.dataset.load import RESULT_TABLES
from breachstudy.estimation.results import COLUMNS
from breachstudy.plan.runner import StudyResults
from breachstudy.study import Study, sha256
from breachstudy.workflow.steps import RECORD, Made, combined, read_record, record_bytes

__all__ = ["Renewed", "Work", "renew", "report_changes", "results_parquet",
           "stored_results", "with_report"]

Files = Mapping[str, bytes]
REPORT = ("report.html", "report.md")


@dataclass(frozen=True)
class Work:
    """The steps as functions: results of the lags, of the study, exhibits of the stored results,
    report of those and the exhibits."""

    lags: Callable[[], pd.DataFrame]
    study: Callable[[], StudyResults]
    exhibits: Callable[[Files], Files]
    report: Callable[[Files], Files]


@dataclass(frozen=True)
class Renewed:
    """The whole set of ``files``, the results of both plans, those of the study, and ``changes``:
    why each step ran, nothing where it did not."""

    files: dict[str, bytes]
    results: pd.DataFrame
    found: StudyResults
    changes: dict[str, list[str]]


def renew(study: Study, stored: Files, work: Work, everything: bool) -> Renewed:
    """The set that belongs to the study's present inputs, from ``stored`` and what must run.

    With ``everything`` every step runs. Raises what the steps raise.
    """
    before = read_record(stored.get(RECORD))
    hashes = _hashes(stored)
    made: dict[str, Made] = {}
    changes: dict[str, list[str]] = {}

    def stale(name: str, made_from: Mapping[str, str]) -> bool:
        made[name] = Made.of(name, made_from)
        changes[name] = (["--all"] if everything
                         else made[name].changes(before.get(name), hashes))
        return bool(changes[name])

    stale("lags", _inputs(study, plans=("plan.toml",)))
    stale("study", _inputs(study, plans=("study.toml",), raw=("event_securities", "factors"),
                           returns=True))
    rows = before["lags"].rows if "lags" in before else 0
    lags = work.lags() if changes["lags"] else _kept_rows(stored, 0, rows)
    found = (work.study() if changes["study"]
             else replace(stored_results(stored), results=_kept_rows(stored, rows, None)))
    results = pd.concat([lags, found.results], ignore_index=True)
    files = _result_files(results, found, stored, bool(changes["lags"]), bool(changes["study"]))
    made["lags"] = replace(made["lags"], rows=len(lags),
                           outputs=_hashes({"results.parquet": files["results.parquet"]}))
    made["study"] = replace(made["study"], outputs=_hashes(files))
    if stale("exhibits", {"results": combined(_hashes(files)),
                          **_inputs(study, raw=("published_findings",))}):
        drawn = dict(work.exhibits(files))
    else:
        drawn = {n: stored[n] for n in before["exhibits"].outputs}
    made["exhibits"] = replace(made["exhibits"], outputs=_hashes(drawn))
    files |= drawn
    if stale("report", _report_inputs(study, files)):
        written = dict(work.report(files))
    else:
        written = {n: stored[n] for n in before["report"].outputs}
    made["report"] = replace(made["report"], outputs=_hashes(written))
    files |= written
    files[RECORD] = record_bytes(made)
    return Renewed(files, results, replace(found, results=results), changes)


def report_changes(study: Study, stored: Files) -> list[str]:
    """Why the stored report is not that of the stored results and exhibits; empty if it is."""
    before = read_record(stored.get(RECORD)).get("report")
    return Made.of("report", _report_inputs(study, _without_report(stored))).changes(
        before, _hashes(stored))


def with_report(study: Study, stored: Files, written: Files) -> dict[str, bytes]:
    """The stored set with a new report and its record; a set without a record gets none."""
    made = read_record(stored.get(RECORD))
    files = {**stored, **written}
    if made:
        own = Made.of("report", _report_inputs(study, _without_report(stored)))
        made["report"] = replace(own, outputs=_hashes(written))
        files[RECORD] = record_bytes(made)
    return files


def stored_results(files: Files) -> StudyResults:
    """The results as they stand in the stored files: exhibits are drawn from these and from
    nothing finer, in the run that makes them as in a later one.

    Raises FileNotFoundError if one is missing.
    """
    absent = [n for n in RESULT_TABLES if f"{n}.parquet" not in files]
    if absent:
        raise FileNotFoundError(f"reports/{absent[0]}.parquet is missing; run 'breachstudy "
                                "analyze'")
    return StudyResults(**{n: pd.read_parquet(io.BytesIO(files[f"{n}.parquet"]))
                           for n in RESULT_TABLES})


def _kept_rows(stored: Files, first: int | None, end: int | None) -> pd.DataFrame:
    """Stored rows of one part, typed as when they were made."""
    results = pd.read_parquet(io.BytesIO(stored["results.parquet"]))
    return results.iloc[first:end].reset_index(drop=True).astype(COLUMNS)


def results_parquet(results: pd.DataFrame) -> bytes:
    """The results as Parquet bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(results, preserve_index=False).replace_schema_metadata({})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _result_files(results: pd.DataFrame, found: StudyResults, stored: Files, lags: bool,
                  study: bool) -> dict[str, bytes]:
    """Bytes of the results; what did not run keeps its own."""
    out = {}
    for name in RESULT_TABLES:
        ran = study or (lags and name == "results")
        frame = results if name == "results" else getattr(found, name)
        out[f"{name}.parquet"] = results_parquet(frame) if ran else stored[f"{name}.parquet"]
    return out


def _inputs(study: Study, plans: tuple[str, ...] | None = None, raw: tuple[str, ...] = (),
            returns: bool = False) -> dict[str, str]:
    """Hashes of the dataset, of plans (all, or these) and of raw tables with their corrections."""
    out = {f"data/processed/{n}": h for n, h in _dataset(study)["outputs"].items()
           if n.endswith((".parquet", ".csv"))}
    out = {"data/processed": combined(out)}
    paths = sorted(study.analysis.glob("*.toml")) if plans is None else [
        study.analysis / n for n in plans]
    out |= {f"analysis/{p.name}": sha256(p.read_bytes()) for p in paths}
    if raw:
        found = study.raw_bytes(*raw, "corrections")
        out |= {f"data/raw/{n}.csv": sha256(data) for n, data in found.items()}
    data = study.raw_returns() if returns else None
    if data is not None:
        out["data/raw/returns.parquet"] = sha256(data)
    return out


def _report_inputs(study: Study, files: Files) -> dict[str, str]:
    """Results and exhibits, and what the report says of dataset and plan beside them."""
    record = {k: v for k, v in _dataset(study).items() if k not in ("code", "libraries")}
    return {"results and exhibits": combined(_hashes(_without_report(files))),
            "data/processed/build.json": sha256(json.dumps(record, sort_keys=True).encode()),
            **_inputs(study, raw=("published_findings",))}


def _dataset(study: Study) -> Any:
    return json.loads((study.processed / "build.json").read_text("utf-8"))


def _without_report(files: Files) -> Files:
    return {n: d for n, d in files.items() if n not in (*REPORT, RECORD)}


def _hashes(files: Files) -> dict[str, str]:
    return {n: sha256(d) for n, d in sorted(files.items())}
