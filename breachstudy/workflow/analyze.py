"""The analysis of a checkout: plan and dataset in, results and exhibits out."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from breachstudy.dataset.load import read_tables
from breachstudy.errors import StaleError
from breachstudy.estimation.run import run
from breachstudy.estimation.specs import Plan, PlanError, read_plan
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
from breachstudy.facts.validate import load_raw_table
from breachstudy.outcomes.investors import event_studies
from breachstudy.plan.describe import plan_summary
from breachstudy.plan.freeze import check_frozen, read_freeze
from breachstudy.plan.read import StudyPlan, read_study_plan
from breachstudy.plan.runner import StudyResults, run_study
from breachstudy.schema.canonical import canonical
from breachstudy.schema.codebook import tables
from breachstudy.schema.inert import csv_frame
from breachstudy.storage import read_folder, steady, writing
from breachstudy.study import Study, sha256
from breachstudy.workflow.renew import Work, renew, report_changes, stored_results, with_report
from breachstudy.workflow.steps import said

__all__ = ["Analysis", "analyze_study", "draw_one", "exhibit_files", "print_one",
           "raw_table", "read_plan_of", "renew_report", "report_files", "source_of",
           "stored_source", "verdict_text"]

FORMATS = ("png", "svg", "pdf")
TABLE_FORMS: dict[str, Callable[[Exhibit], str]] = {
    "md": Exhibit.markdown, "csv": Exhibit.csv, "tex": Exhibit.latex, "html": Exhibit.html}


@dataclass(frozen=True)
class Analysis:
    """Results of a plan, printable summaries, the names of the files whose content changed, and a
    line on what ran."""

    results: pd.DataFrame
    summaries: tuple[str, ...]
    written: tuple[str, ...]
    ran: str = ""


def analyze_study(study: Study, plan: Path | None, only: Sequence[str] | None,
                  outcome: str | None, progress: Callable[[str], None],
                  everything: bool = False) -> Analysis:
    """Run the plans of the study (lags, then the study proper), or another one.

    If both own plans are asked for whole, reports/ is renewed with exhibits and report: of these
    steps only the stale ones run (:mod:`breachstudy.workflow.steps`), or ``everything``. ``only``
    holds names of specifications or hypotheses, ``outcome`` a column: regressions of that outcome
    alone run.

    Raises FileNotFoundError if the dataset is not built, PlanError if a plan has faults or is not
    the frozen one, StaleError if the dataset is built anew meanwhile, StorageError if reports/
    cannot be written.
    """
    frames, dataset = steady(study.processed, lambda p: (read_tables(p), _dataset_id(p)))
    if plan is not None:
        text = plan.read_text("utf-8")
        if _is_study_plan(text):
            found = _run(study, read_study_plan(text), frames, only, outcome, progress)
            return Analysis(found.results, _study_summaries(found), ())
        results, summaries = _run_lags(read_plan(text), frames, only, progress)
        return Analysis(results, summaries, ())
    lags = read_plan((study.analysis / "plan.toml").read_text("utf-8"))
    text = (study.analysis / "study.toml").read_text("utf-8")
    check_frozen(text, read_freeze((study.analysis / "freeze.toml").read_text("utf-8")))
    program = read_study_plan(text)
    if only or outcome:
        return _run_some(study, lags, program, frames, only, outcome, progress)
    with writing(study.reports):
        pass  # a folder that cannot be written is told now, not after the analysis

    def draw(files: Mapping[str, bytes]) -> dict[str, bytes]:
        progress("drawing exhibits …")
        return exhibit_files(source_of(study, lags, frames, stored_results(files)))

    def write(files: Mapping[str, bytes]) -> dict[str, bytes]:
        progress("rendering the report …")
        return report_files(study, files)

    stored = read_folder(study.reports)
    made = renew(study, stored, Work(
        lambda: _run_lags(lags, frames, None, progress)[0],
        lambda: _run(study, program, frames, None, None, progress), draw, write), everything)
    if steady(study.processed, _dataset_id) != dataset:
        raise StaleError("data/processed was built anew while the analysis ran; reports/ is as it "
                         "was. Run 'breachstudy analyze' again")
    if made.files != stored:
        study.replace_reports(made.files)
    return Analysis(made.results, _study_summaries(made.found),
                    tuple(f"reports/{n}" for n, d in made.files.items() if stored.get(n) != d),
                    said(made.changes))


def _dataset_id(processed: Path) -> str:
    """What tells one built dataset from another: the hash of its record, which holds all others."""
    return sha256((processed / "build.json").read_bytes())


def read_plan_of(study: Study, plan: Path | None) -> dict[str, Any]:
    """The plan of the study, or another one, as plain data; see
    :func:`breachstudy.plan.describe.plan_summary`."""
    text = (plan or study.analysis / "study.toml").read_text("utf-8")
    freeze = None if plan else read_freeze((study.analysis / "freeze.toml").read_text("utf-8"))
    return plan_summary(read_study_plan(text), read_tables(study.processed), freeze)


def _is_study_plan(text: str) -> bool:
    """Whether a plan is of the study's kind: it names control sets or hypotheses."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError([f"not valid TOML: {error}"]) from None
    return "control_set" in data or "hypothesis" in data


def _run_some(study: Study, lags: Plan, program: StudyPlan, frames: Mapping[str, pd.DataFrame],
              only: Sequence[str] | None, outcome: str | None, progress: Callable[[str], None]
              ) -> Analysis:
    """Part of the two plans; names may belong to either."""
    mine = [n for n in only or () if n in lags.names]
    rest = [n for n in only or () if n not in lags.names]
    parts: list[pd.DataFrame] = []
    summaries: list[str] = []
    if mine and outcome is None:
        results, texts = _run_lags(lags, frames, mine, progress)
        parts.append(results)
        summaries += texts
    if rest or not only or outcome is not None:
        found = _run(study, program, frames, rest or None, outcome, progress)
        parts.append(found.results)
        summaries += _study_summaries(found)
    return Analysis(pd.concat(parts, ignore_index=True), tuple(summaries), ())


def _run_lags(plan: Plan, frames: Mapping[str, pd.DataFrame], only: Sequence[str] | None,
              progress: Callable[[str], None]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    progress(f"running {len(only or plan.names)} specifications of lags …")
    results = canonical(run(plan, frames, only))
    return results, tuple(t.markdown() for t in exhibit_tables(results, plan))


def _run(study: Study, plan: StudyPlan, frames: Mapping[str, pd.DataFrame],
         only: Sequence[str] | None, outcome: str | None, progress: Callable[[str], None]
         ) -> StudyResults:
    def studies() -> Mapping[str, EventStudyResult]:
        returns = study.raw_returns()
        if returns is None:
            raise FileNotFoundError("data/raw/returns.parquet is missing; restore it from version "
                                    "control or run 'breachstudy compile market'")
        return event_studies(frames["events"], raw_table(study, "event_securities"),
                             read_returns(returns), raw_table(study, "factors"))

    return run_study(plan, frames, studies, only, outcome, progress)


def raw_table(study: Study, name: str) -> pd.DataFrame:
    """One raw table, corrected and checked by itself. Raises FactError."""
    return load_raw_table(name, study.raw_bytes(name, "corrections"), tables("raw")).drop(
        columns="_row")


def _study_summaries(found: StudyResults) -> tuple[str, ...]:
    return (verdict_text(found.hypotheses),) if len(found.hypotheses) else ()


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


def exhibit_tables(results: pd.DataFrame, plan: Plan) -> list[Exhibit]:
    """The tables that the results at hand allow: medians, then one for each linear model."""
    ran = set(results["spec"])
    summaries = [s for s in plan.summaries if s.name in ran]
    out = []
    if summaries:
        out.append(median_table(results, summaries, "tab1_lag_medians",
                                "Days from discovery to disclosure, by group"))
    linear = [s for s in plan.linear if s.name in ran]
    out += [coefficient_table(results, s, f"tab{i}_{s.name}")
            for i, s in enumerate(linear, start=2)]
    return out


def source_of(study: Study, lags: Plan, frames: Mapping[str, pd.DataFrame], found: StudyResults
              ) -> Source:
    """What the exhibits are made from. ``found.results`` holds the results of both plans."""
    attrition = pd.read_csv(study.processed / "attrition.csv")
    return Source(as_inputs(found.results, found, frames), lags, attrition,
                  raw_table(study, "published_findings"))


def stored_source(study: Study, stored_files: Mapping[str, bytes] | None = None) -> Source:
    """The same from what an earlier run stored under reports/, or from these bytes by name.

    Raises FileNotFoundError if the analysis has not run.
    """
    if stored_files is None:
        stored_files = read_folder(study.reports)
    frames = read_tables(study.processed)
    lags = read_plan((study.analysis / "plan.toml").read_text("utf-8"))
    return source_of(study, lags, frames, stored_results(stored_files))


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
        raise ValueError(f"cannot write {kind!r}; use {', '.join(FORMATS)}")
    entry, source = figure_entry(name), stored_source(study)
    if not entry.needs(source.given):
        raise ValueError(f"{entry.id}: the results hold nothing to draw it from")
    with style():
        return render(entry.make(source).figure, kind)


def print_one(study: Study, name: str, form: str) -> str:
    """One table as ``md``, ``csv``, ``tex`` or ``html``. Raises as :func:`draw_one`."""
    if form not in TABLE_FORMS:
        raise ValueError(f"cannot print {form!r}; use {', '.join(TABLE_FORMS)}")
    entry, source = table_entry(name), stored_source(study)
    if not entry.needs(source.given):
        raise ValueError(f"{entry.id}: the results hold nothing to print")
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


def renew_report(study: Study, everything: bool = False) -> dict[str, bytes]:
    """Render the report anew from what is stored, if it is stale or ``everything`` is asked for,
    and exchange reports/ as one; gives the files of the report, none if it was up to date.

    Raises as :func:`report_files`, and StorageError if reports/ cannot be written.
    """
    with writing(study.reports) as replace_reports:
        stored = read_folder(study.reports)
        if not everything and not report_changes(study, stored):
            return {}
        made = report_files(study, stored)
        replace_reports(with_report(study, stored, made))
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
    freeze = read_freeze((study.analysis / "freeze.toml").read_text("utf-8"))
    record = json.loads((study.processed / "build.json").read_text("utf-8"))
    given = ReportInputs(record, source.given.results, source.given.hypotheses,
                         source.given.frames, figures, tables_made, freeze.current, freeze.commit)
    return {"report.html": render_html(given).encode(),
            "report.md": render_markdown(given).encode()}
