"""The analysis of a checkout: plan and dataset in, results and exhibits out."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from breachstudy.dataset import read_tables
from breachstudy.estimation.run import run
from breachstudy.estimation.specs import Plan, read_plan
from breachstudy.exhibits.lags import coefficient_table, median_figure, median_table
from breachstudy.exhibits.style import render, style
from breachstudy.exhibits.tables import Exhibit
from breachstudy.study import Study, replace_folder

__all__ = ["Analysis", "analyze_study", "exhibit_files", "results_parquet"]

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
                  progress: Callable[[str], None]) -> Analysis:
    """Run the study's plan (or another one) and write reports/ if the whole own plan ran.

    Raises FileNotFoundError if the dataset is not built, PlanError if the plan has faults.
    """
    text = (plan or study.analysis / "plan.toml").read_text("utf-8")
    parsed = read_plan(text)
    frames = read_tables(study.processed)
    progress(f"running {len(only or parsed.names)} specifications …")
    results = run(parsed, frames, only)
    tables = exhibit_tables(results, parsed)
    summaries = tuple(t.markdown() for t in tables)
    if plan is not None or only:
        return Analysis(results, summaries, ())
    progress("drawing exhibits …")
    files = exhibit_files(results, parsed, tables)
    replace_folder(study.reports, files)
    return Analysis(results, summaries, tuple(f"reports/{n}" for n in files))


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
    files = {"results.parquet": results_parquet(results)}
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
