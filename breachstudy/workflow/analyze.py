"""The analysis of a checkout: plan and dataset in, results and exhibits out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from breachstudy.dataset.load import read_tables
from breachstudy.errors import StaleError
from breachstudy.eventstudy import EventStudyResult
from breachstudy.exhibits.figure import Levels
from breachstudy.exhibits.lags import coefficient_table, median_table
from breachstudy.exhibits.numbers import DASH, count, effect, p_equals, size
from breachstudy.exhibits.render_all import exhibit_files
from breachstudy.exhibits.tables import Exhibit
from breachstudy.exhibits.units import unit_of
from breachstudy.facts.returns import read_returns
from breachstudy.facts.validate import load_one
from breachstudy.outcomes.investors import event_studies
from breachstudy.plan.describe import plan_summary
from breachstudy.plan.freeze import check_frozen, read_freeze
from breachstudy.plan.read import read_plan
from breachstudy.plan.records import Plan
from breachstudy.plan.runner import StudyResults, run_study
from breachstudy.schema.codebook import tables
from breachstudy.schema.strict import read_text
from breachstudy.storage import read_folder, steady, writing
from breachstudy.study import Study, sha256
from breachstudy.workflow.drawing import POWER, input_hashes, report_files, stored_source
from breachstudy.workflow.renew import Work, renew
from breachstudy.workflow.steps import said

__all__ = ["Analysis", "analyze_study", "read_plan_of", "verdict_text"]


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
    steps only the stale ones run (:mod:`breachstudy.workflow.steps`), and of the figures only those
    that would be drawn otherwise, or ``everything``. ``only`` holds names of specifications or
    hypotheses, ``outcome`` a column: regressions of that outcome alone run.

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

    def draw(files: Mapping[str, bytes]) -> dict[str, bytes]:
        progress("drawing exhibits …")
        return exhibit_files(stored_source(study, files), input_hashes(study, files), stored,
                             every=everything)

    def write(files: Mapping[str, bytes]) -> dict[str, bytes]:
        progress("rendering the report …")
        return report_files(study, files)

    stored = read_folder(study.reports)
    made = renew(study, stored, Work(
        lambda: _run(study, lags, frames, None, None, progress).results,
        lambda: _run(study, program, frames, None, None, progress), draw, write), everything)
    if steady(study.processed, _dataset_id) != dataset:
        raise StaleError("data/processed was built anew while the analysis ran; reports/ is as it "
                         "was. Run 'breachstudy analyze' again")
    if made.files != stored:
        study.replace_reports(made.files)
    return Analysis(made.results, _summaries(made.found, program),
                    tuple(f"reports/{n}" for n, d in made.files.items() if stored.get(n) != d),
                    said(made.changes))


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
        returns = study.raw_returns()
        if returns is None:
            raise FileNotFoundError("data/raw/returns.parquet is missing; restore it from version "
                                    "control or run 'breachstudy compile market'")
        return event_studies(frames["events"], _raw(study, "event_securities"),
                             read_returns(returns), _raw(study, "factors"))

    return run_study(plan, frames, studies, only, outcome, progress)


def _raw(study: Study, name: str) -> pd.DataFrame:
    return load_one(study.raw_bytes(name, "corrections"), name, tables("raw")).drop(columns="_row")


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
            name = row["test"] if isinstance(row["test"], str) else DASH
            if pd.isna(row.get("estimate")):
                why = row["detail"] if isinstance(row["detail"], str) else ""
                lines.append(f"    {name:18} {row['verdict']}: {why}")
                continue
            unit = unit_of(row)
            text = "" if pd.isna(row["p_adjusted"]) else f", adjusted {p_equals(row['p_adjusted'])}"
            text += "" if pd.isna(row["mde"]) else f", detectable {size(row['mde'], unit)}"
            lines.append(f"    {name:18} {effect(row['estimate'], unit)} "
                         f"[{effect(row['ci_lo'], unit)}, {effect(row['ci_hi'], unit)}], "
                         f"n = {count(row['n'])}{text}: {str(row['verdict']).replace('_', ' ')}")
    return "\n".join(lines)


def exhibit_tables(results: pd.DataFrame, plan: Plan) -> list[Exhibit]:
    """The tables that the results at hand allow: medians, then one for each linear model."""
    ran = set(results.loc[results["estimate"].notna(), "spec"])
    levels = Levels(plan.confidence, 1 - plan.confidence, POWER)
    summaries = [s for s in plan.of("interval_summary") if s.name in ran]
    out = []
    if summaries:
        out.append(median_table(results, summaries, "tab1_lag_medians",
                                "Days from discovery to disclosure, by group", levels))
    linear = [s for s in plan.of("linear") if s.name in ran]
    out += [coefficient_table(results, s, f"tab{i}_{s.name}", levels)
            for i, s in enumerate(linear, start=2)]
    return out
