"""The analysis of a checkout: plan and dataset in, results and exhibits out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from breachstudy.dataset.load import read_tables
from breachstudy.errors import InputError, StaleError
from breachstudy.eventstudy import EventStudyResult
from breachstudy.exhibits.figure import as_inputs
from breachstudy.exhibits.lags import coefficient_table, median_table
from breachstudy.exhibits.registry import (
    FIGURES,
    TABLES,
    Source,
    caption_record,
    figure_entry,
    table_entry,
)
from breachstudy.exhibits.style import render, style
from breachstudy.exhibits.tables import Exhibit
from breachstudy.facts.returns import read_returns
from breachstudy.facts.validate import load_raw
from breachstudy.outcomes.investors import event_studies
from breachstudy.plan.describe import plan_summary
from breachstudy.plan.freeze import check_frozen, read_freeze
from breachstudy.plan.read import read_plan
from breachstudy.plan.records import Plan
from breachstudy.plan.runner import StudyResults, run_study
from breachstudy.schema.canonical import canonical
from breachstudy.schema.codebook import tables
from breachstudy.schema.inert import csv_frame
from breachstudy.schema.strict import read_text
from breachstudy.storage import read_folder, steady, writing
from breachstudy.study import Study, sha256

__all__ = ["Analysis", "analyze_study", "draw_one", "exhibit_files", "print_one",
           "read_plan_of", "renew_report", "report_files", "results_parquet", "source_of",
           "stored_source", "study_files", "verdict_text"]

FORMATS = ("png", "svg", "pdf")
STORED = ("results", "hypotheses", "curves", "lag_curves", "deadlines", "paths", "balance")
"""Frames of the study's results under reports/, one Parquet file each."""
TABLE_FORMS: dict[str, Callable[[Exhibit], str]] = {
    "md": Exhibit.markdown, "csv": Exhibit.csv, "tex": Exhibit.latex, "html": Exhibit.html}


@dataclass(frozen=True)
class Analysis:
    """Results of a plan, printable summaries, and the names of the files written."""

    results: pd.DataFrame
    summaries: tuple[str, ...]
    written: tuple[str, ...]


def analyze_study(study: Study, plan: Path | None, only: Sequence[str] | None,
                  outcome: str | None, progress: Callable[[str], None]) -> Analysis:
    """Run the plans of the study (lags, then the study proper), or another one.

    reports/ is written, with the report, if both own plans ran whole. ``only`` holds names of
    specifications or hypotheses, ``outcome`` a column: regressions of that outcome alone run.

    Raises FileNotFoundError if the dataset is not built, PlanError if a plan has faults or is not
    the frozen one, StaleError if the dataset is built anew meanwhile, StorageError if reports/
    cannot be written.
    """
    frames, dataset = steady(study.processed, lambda p: (read_tables(p), _dataset_id(p)))
    if plan is not None:
        mine = _plan(plan)
        found = _run(study, mine, frames, only, outcome, progress)
        return Analysis(found.results, _summaries(found, mine), ())
    lags = _plan(study.analysis / "plan.toml")
    text = read_text(study.analysis / "study.toml")
    check_frozen(text, read_freeze(read_text(study.analysis / "freeze.toml")))
    program = read_plan(text, "study.toml")
    if only or outcome:
        return _run_some(study, lags, program, frames, only, outcome, progress)
    with writing(study.reports):
        pass  # a folder that cannot be written is told now, not after the analysis
    lag_results = _run(study, lags, frames, None, None, progress).results
    found = _run(study, program, frames, None, None, progress)
    results = pd.concat([lag_results, found.results], ignore_index=True)
    files = study_files(results, found)
    progress("drawing exhibits …")
    files |= exhibit_files(source_of(study, lags, frames, stored_results(files)))
    progress("rendering the report …")
    files |= report_files(study, files)
    if steady(study.processed, _dataset_id) != dataset:
        raise StaleError("data/processed was built anew while the analysis ran; reports/ is as it "
                         "was. Run 'breachstudy analyze' again")
    study.replace_reports(files)
    return Analysis(results, _summaries(found, program), tuple(f"reports/{n}" for n in files))


def _dataset_id(processed: Path) -> str:
    """What tells one built dataset from another: the hash of its record, which holds all others."""
    return sha256((processed / "build.json").read_bytes())


def read_plan_of(study: Study, plan: Path | None) -> dict[str, Any]:
    """The plan of the study, or another one, as plain data; see
    :func:`breachstudy.plan.describe.plan_summary`."""
    freeze = None if plan else read_freeze(read_text(study.analysis / "freeze.toml"))
    return plan_summary(_plan(plan or study.analysis / "study.toml"), read_tables(study.processed),
                        freeze)


def _plan(path: Path) -> Plan:
    return read_plan(read_text(path), path.name)


def _run_some(study: Study, lags: Plan, program: Plan, frames: Mapping[str, pd.DataFrame],
              only: Sequence[str] | None, outcome: str | None, progress: Callable[[str], None]
              ) -> Analysis:
    """Part of the two plans; names may belong to either."""
    mine = [n for n in only or () if n in lags.names]
    rest = [n for n in only or () if n not in lags.names]
    parts: list[pd.DataFrame] = []
    summaries: list[str] = []
    if mine and outcome is None:
        found = _run(study, lags, frames, mine, None, progress)
        parts.append(found.results)
        summaries += _summaries(found, lags)
    if rest or not only or outcome is not None:
        found = _run(study, program, frames, rest or None, outcome, progress)
        parts.append(found.results)
        summaries += _summaries(found, program)
    return Analysis(pd.concat(parts, ignore_index=True), tuple(summaries), ())


def _run(study: Study, plan: Plan, frames: Mapping[str, pd.DataFrame],
         only: Sequence[str] | None, outcome: str | None, progress: Callable[[str], None]
         ) -> StudyResults:
    def studies() -> Mapping[str, EventStudyResult]:
        raw = load_raw(study.raw_files(), tables("raw"))
        returns = study.raw_returns()
        if returns is None:
            raise FileNotFoundError("data/raw/returns.parquet is missing; restore it from version "
                                    "control or run 'breachstudy compile market'")
        return event_studies(frames["events"], raw["event_securities"].drop(columns="_row"),
                             read_returns(returns), raw["factors"].drop(columns="_row"))

    return run_study(plan, frames, studies, only, outcome, progress)


def _summaries(found: StudyResults, plan: Plan) -> tuple[str, ...]:
    """The verdicts, or the tables of a plan without hypotheses."""
    if plan.hypotheses:
        return (verdict_text(found.hypotheses),) if len(found.hypotheses) else ()
    return tuple(t.markdown() for t in exhibit_tables(found.results, plan))


def verdict_text(hypotheses: pd.DataFrame) -> str:
    """The verdicts as lines for a terminal: effect, interval, n, verdict."""
    lines = []
    for h, own in hypotheses.groupby("hypothesis", sort=False):
        lines.append(f"{h}  {own['claim'].iloc[0]} (predicted: {own['seed_sign'].iloc[0]})")
        for row in own.to_dict("records"):
            name = row["test"] if isinstance(row["test"], str) else "–"
            if pd.isna(row.get("estimate")):
                why = row["detail"] if isinstance(row["detail"], str) else ""
                lines.append(f"    {name:18} {row['verdict']}: {why}")
                continue
            p = row["p_adjusted"]
            text = "" if pd.isna(p) else f", adjusted p = {p:.3f}"
            least = row["mde"]
            text += "" if pd.isna(least) else f", detectable ±{least:.4f}"
            lines.append(f"    {name:18} {row['estimate']:+.4f} [{row['ci_lo']:+.4f}, "
                         f"{row['ci_hi']:+.4f}], n = {int(row['n'])}{text}: "
                         f"{str(row['verdict']).replace('_', ' ')}")
    return "\n".join(lines)


def study_files(results: pd.DataFrame, found: StudyResults) -> dict[str, bytes]:
    """Bytes of the study's own files under reports/: results and what has another shape."""
    whole = replace(found, results=results)
    return {f"{name}.parquet": results_parquet(getattr(whole, name)) for name in STORED}


def exhibit_tables(results: pd.DataFrame, plan: Plan) -> list[Exhibit]:
    """The tables that the results at hand allow: medians, then one for each linear model."""
    ran = set(results.loc[results["estimate"].notna(), "spec"])
    summaries = [s for s in plan.of("interval_summary") if s.name in ran]
    out = []
    if summaries:
        out.append(median_table(results, summaries, "tab1_lag_medians",
                                "Days from discovery to disclosure, by group"))
    linear = [s for s in plan.of("linear") if s.name in ran]
    out += [coefficient_table(results, s, f"tab{i}_{s.name}")
            for i, s in enumerate(linear, start=2)]
    return out


def source_of(study: Study, lags: Plan, frames: Mapping[str, pd.DataFrame], found: StudyResults
              ) -> Source:
    """What the exhibits are made from. ``found.results`` holds the results of both plans."""
    attrition = pd.read_csv(study.processed / "attrition.csv")
    raw = load_raw(study.raw_files(), tables("raw"))
    return Source(as_inputs(found.results, found, frames), lags, attrition,
                  raw["published_findings"])


def stored_source(study: Study, stored_files: Mapping[str, bytes] | None = None) -> Source:
    """The same from what an earlier run stored under reports/, or from these bytes by name.

    Raises FileNotFoundError if the analysis has not run.
    """
    if stored_files is None:
        stored_files = read_folder(study.reports)
    frames = read_tables(study.processed)
    lags = _plan(study.analysis / "plan.toml")
    return source_of(study, lags, frames, stored_results(stored_files))


def stored_results(files: Mapping[str, bytes]) -> StudyResults:
    """The results as they stand in the stored files: exhibits are drawn from these and from
    nothing finer, in the run that makes them as in a later one."""
    return StudyResults(**{n: pd.read_parquet(io.BytesIO(_stored(files, f"{n}.parquet")))
                           for n in STORED})


def _stored(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise FileNotFoundError(f"reports/{name} is missing; run 'breachstudy analyze'")
    return files[name]


def draw_one(study: Study, name: str, kind: str) -> bytes:
    """One figure as ``png``, ``svg`` or ``pdf``, from the stored results.

    Raises KeyError for an unknown figure, ValueError for an unknown kind or a figure that the
    results cannot support.
    """
    if kind not in FORMATS:
        raise InputError(f"cannot write {kind!r}; use {', '.join(FORMATS)}")
    entry, source = figure_entry(name), stored_source(study)
    if not entry.needs(source.given):
        raise InputError(f"{entry.id}: the results hold nothing to draw it from")
    with style():
        return render(entry.make(source).figure, kind)


def print_one(study: Study, name: str, form: str) -> str:
    """One table as ``md``, ``csv``, ``tex`` or ``html``. Raises as :func:`draw_one`."""
    if form not in TABLE_FORMS:
        raise InputError(f"cannot print {form!r}; use {', '.join(TABLE_FORMS)}")
    entry, source = table_entry(name), stored_source(study)
    if not entry.needs(source.given):
        raise InputError(f"{entry.id}: the results hold nothing to print")
    return TABLE_FORMS[form](entry.make(source))


def exhibit_files(source: Source) -> dict[str, bytes]:
    """Bytes of every exhibit under reports/: tables in four forms, figures in three with the data
    that they draw, and the captions."""
    files: dict[str, bytes] = {}
    for table in TABLES:
        if table.needs(source.given):
            made = table.make(source)
            for form, write in TABLE_FORMS.items():
                files[f"tables/{table.name}.{form}"] = write(made).encode()
    captions: dict[str, tuple[str, str, str]] = {}
    with style():
        for entry in FIGURES:
            if not entry.needs(source.given):
                continue
            drawn = entry.make(source)
            captions[entry.name] = (entry.title, drawn.caption, drawn.alt)
            for kind in FORMATS:
                files[f"figures/{entry.name}.{kind}"] = render(drawn.figure, kind)
            files[f"figures/{entry.name}.csv"] = csv_frame(canonical(drawn.data)).to_csv(
                index=False, lineterminator="\n", float_format="%.10g").encode()
    files["figures/captions.json"] = caption_record(captions)
    return files


def results_parquet(results: pd.DataFrame) -> bytes:
    """The results as Parquet bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(results, preserve_index=False).replace_schema_metadata({})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def renew_report(study: Study) -> dict[str, bytes]:
    """Render the report anew from what is stored and exchange reports/ as one; gives the files of
    the report. Raises as :func:`report_files`, and StorageError if reports/ cannot be written."""
    with writing(study.reports) as replace_reports:
        stored = read_folder(study.reports)
        made = report_files(study, stored)
        replace_reports({**stored, **made})
    return made


def report_files(study: Study, stored: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """Bytes of report.html and report.md, from the dataset and what analyze made: ``stored`` by
    name below reports/, or what is there.

    Raises FileNotFoundError if one of them has not run.
    """
    from breachstudy.report.render import ReportInputs, render_html, render_markdown

    stored = read_folder(study.reports) if stored is None else stored
    source = stored_source(study, stored)
    captions = json.loads(_stored(stored, "figures/captions.json"))
    figures = {name: (c["title"], c["caption"], c["alt"],
                      _stored(stored, f"figures/{name}.svg"),
                      _stored(stored, f"figures/{name}.png"))
               for name, c in captions.items()}
    tables_made = {}
    for entry in TABLES:
        if entry.needs(source.given):
            made = entry.make(source)
            tables_made[entry.name] = (entry.title, made.html(), made.markdown())
    freeze = read_freeze(read_text(study.analysis / "freeze.toml"))
    record = json.loads((study.processed / "build.json").read_text("utf-8"))
    given = ReportInputs(record, source.given.results, source.given.hypotheses,
                         source.given.frames, figures, tables_made, freeze.current, freeze.commit)
    return {"report.html": render_html(given).encode(),
            "report.md": render_markdown(given).encode()}
