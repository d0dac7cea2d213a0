"""The analysis of a checkout: plan and dataset in, results and exhibits out."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from breachstudy.codebook import tables
from breachstudy.dataset import read_tables
from breachstudy.estimation.run import run
from breachstudy.estimation.specs import Plan, PlanError, read_plan
from breachstudy.eventstudy import EventStudyResult
from breachstudy.exhibits.lags import coefficient_table, median_figure, median_table
from breachstudy.exhibits.style import render, style
from breachstudy.exhibits.tables import Exhibit
from breachstudy.facts.returns import read_returns
from breachstudy.facts.validate import load_raw
from breachstudy.outcomes.investors import event_studies
from breachstudy.program.freeze import check_frozen, read_freeze
from breachstudy.program.plan import StudyPlan, read_study_plan
from breachstudy.program.runner import StudyResults, run_study
from breachstudy.study import Study, replace_folder

__all__ = ["Analysis", "analyze_study", "exhibit_files", "results_parquet", "study_files",
           "verdict_text"]

FIGURE_PANELS = ("notice_lag_by_year", "notice_lag_by_sector", "notice_lag_by_cause",
                 "notice_lag_by_size")
FORMATS = ("png", "svg", "pdf")


@dataclass(frozen=True)
class Analysis:
    """Results of a plan, printable summaries, and the names of the files written."""

    results: pd.DataFrame
    summaries: tuple[str, ...]
    written: tuple[str, ...]


def analyze_study(study: Study, plan: Path | None, only: Sequence[str] | None,
                  outcome: str | None, progress: Callable[[str], None]) -> Analysis:
    """Run the plans of the study (lags, then the study proper), or another one.

    reports/ is written if both own plans ran whole. ``only`` holds names of specifications or
    hypotheses, ``outcome`` a column: regressions of that outcome alone run.

    Raises FileNotFoundError if the dataset is not built, PlanError if a plan has faults or is not
    the frozen one.
    """
    frames = read_tables(study.processed)
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
    lag_results, _ = _run_lags(lags, frames, None, progress)
    found = _run(study, program, frames, None, None, progress)
    results = pd.concat([lag_results, found.results], ignore_index=True)
    progress("drawing exhibits …")
    files = dict(exhibit_files(results, lags, exhibit_tables(results, lags)))
    files |= study_files(results, found)
    replace_folder(study.reports, files)
    return Analysis(results, _study_summaries(found), tuple(f"reports/{n}" for n in files))


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
    results = run(plan, frames, only)
    return results, tuple(t.markdown() for t in exhibit_tables(results, plan))


def _run(study: Study, plan: StudyPlan, frames: Mapping[str, pd.DataFrame],
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


def _study_summaries(found: StudyResults) -> tuple[str, ...]:
    return (verdict_text(found.hypotheses),) if len(found.hypotheses) else ()


def verdict_text(hypotheses: pd.DataFrame) -> str:
    """The verdicts as lines for a terminal: effect, interval, n, verdict."""
    lines = []
    for h, own in hypotheses.groupby("hypothesis", sort=False):
        lines.append(f"{h}  {own['claim'].iloc[0]} (predicted: {own['seed_sign'].iloc[0]})")
        for row in own.to_dict("records"):
            name = row["test"] or "–"
            if pd.isna(row.get("estimate")):
                why = row["detail"] if isinstance(row["detail"], str) else ""
                lines.append(f"    {name:18} {row['verdict']}: {why}")
                continue
            p = row["p_adjusted"]
            text = "" if pd.isna(p) else f", adjusted p = {p:.3f}"
            lines.append(f"    {name:18} {row['estimate']:+.4f} [{row['ci_lo']:+.4f}, "
                         f"{row['ci_hi']:+.4f}], n = {int(row['n'])}{text}: "
                         f"{str(row['verdict']).replace('_', ' ')}")
    return "\n".join(lines)


def study_files(results: pd.DataFrame, found: StudyResults) -> dict[str, bytes]:
    """Bytes of the study's own files under reports/: results and what has another shape."""
    frames = {"results": results, "hypotheses": found.hypotheses, "curves": found.curves,
              "lag_curves": found.lag_curves, "deadlines": found.deadlines, "paths": found.paths,
              "balance": found.balance}
    return {f"{name}.parquet": results_parquet(frame) for name, frame in frames.items()}


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


def exhibit_files(results: pd.DataFrame, plan: Plan, tables: Sequence[Exhibit]
                  ) -> Mapping[str, bytes]:
    """Bytes of every file under reports/: results, tables, figures."""
    files: dict[str, bytes] = {}
    for table in tables:
        stem = f"tables/{table.name}"
        files[f"{stem}.md"] = table.markdown().encode()
        files[f"{stem}.csv"] = table.csv().encode()
        files[f"{stem}.tex"] = table.latex().encode()
        files[f"{stem}.html"] = table.html().encode()
    panels = [s for s in plan.summaries if s.name in FIGURE_PANELS]
    overall = results[results["spec"] == "notice_lag_overall"].iloc[0]
    caption = (f"Sources: registers of Maine and Washington; n = {int(overall['n']):,} notices. "
               "Dot: median; thick line: bounds from\ninterval-valued dates; thin line: 95% "
               "interval of the median. Cause is recorded by Washington only.")
    with style():
        figure = median_figure(results, panels, caption)
        for kind in FORMATS:
            files[f"figures/fig1_notice_lag.{kind}"] = render(figure, kind)
    return files


def results_parquet(results: pd.DataFrame) -> bytes:
    """The results as Parquet bytes, unrounded."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(results, preserve_index=False).replace_schema_metadata({})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
