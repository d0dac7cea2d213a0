"""Exhibits on how long disclosure takes and what predicts it. Results in, exhibits out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from breachstudy.exhibits.figure import Levels
from breachstudy.exhibits.numbers import between, count, interval, number, p_value, plain
from breachstudy.exhibits.style import COLOURS, GREY
from breachstudy.exhibits.tables import Exhibit
from breachstudy.plan.kinds.interval_summary import IntervalSummary
from breachstudy.plan.kinds.linear import Regression

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["coefficient_table", "median_figure", "median_table", "readable"]


def readable(text: str) -> str:
    """A code of the dataset in words."""
    return text.replace("_", " ").replace(";", " and ")


def median_table(results: pd.DataFrame, summaries: Sequence[IntervalSummary], name: str,
                 title: str, levels: Levels) -> Exhibit:
    """Medians with bounds and intervals, one row a group, panels in the order of the plan."""
    rows = []
    for spec in summaries:
        own = results[(results["spec"] == spec.name) & (results["kind"] == "interval_median")]
        for row in own.itertuples(index=False):
            group = readable(row.term) if spec.by else "All"
            rows.append({
                "Panel": spec.by_label or "Overall",
                "Group": group,
                "Median, days": between(row.bound_lo, row.bound_hi),
                f"{levels.interval} interval": interval(row.ci_lo, row.ci_hi, plain),
                "n": count(row.n),
            })
    notes = ("The median is exact where every date is known to the day; a range gives the sharp "
             "bounds that interval-valued dates leave. Intervals invert the sign test. Groups "
             "below the plan's minimum are left out; n dropped stands in the results.")
    return Exhibit(name, title, pd.DataFrame(rows), notes, ("Panel", "Group"))


def coefficient_table(results: pd.DataFrame, spec: Regression, name: str,
                      levels: Levels) -> Exhibit:
    """Coefficients of one linear model: percent change of the lag, interval, p."""
    own = results[(results["spec"] == spec.name) & (results["kind"] == "coefficient")]
    labels = {t.column: t.label or t.column for t in spec.terms}
    rows = []
    for row in own.itertuples(index=False):
        level = row.term.split("[", 1)[1][:-1] if "[" in row.term else ""
        label = labels.get(row.group, "Constant")
        rows.append({
            "Term": f"{label}: {readable(level)}" if level else label,
            "Estimate": number(row.estimate),
            "Std. error": number(row.std_error),
            f"{levels.interval} interval": interval(row.ci_lo, row.ci_hi),
            "p": p_value(row.p_value),
        })
    fit = results[(results["spec"] == spec.name) & (results["kind"] == "fit")].iloc[0]
    baselines = ", ".join(f"{t.label or t.column}: {readable(t.baseline)}"
                          for t in spec.terms if t.baseline)
    notes = (f"Outcome: {fit['outcome']}. n = {count(fit['n'])} ({count(fit['n_dropped'])} rows "
             f"of the sample dropped for missing values); R² = {number(fit['estimate'])}; standard "
             f"errors: {fit['covariance']}"
             + (f" by {', '.join(spec.cluster)}" if spec.cluster else "")
             + f". Baselines: {baselines}. Conditional associations, not effects.")
    return Exhibit(name, spec.question, pd.DataFrame(rows), notes, ("Term",))


def median_figure(results: pd.DataFrame, panels: Sequence[IntervalSummary]) -> Figure:
    """Medians by group, one panel a summary: dot at the median, thick line for the bounds from
    interval-valued dates, thin line for the confidence interval, n at the right."""
    from matplotlib.figure import Figure

    found: list[pd.DataFrame] = []
    for spec in panels:
        own = results[(results["spec"] == spec.name)
                      & (results["kind"] == "interval_median")]
        if spec.by_transform == "none" and not spec.bins and spec.by != "year":
            own = own.sort_values("estimate", kind="stable")
        found.append(own)
    columns = _balanced([max(len(own), 1) + 3 for own in found])
    figure = Figure(figsize=(7.0, 0.19 * max(
        sum(len(found[k]) + 3 for k in column) for column in columns) + 0.5),
        layout="constrained")
    limit = float(max(own["ci_hi"].max() for own in found))
    for part, column in zip(figure.subfigures(1, len(columns), squeeze=False)[0], columns,
                            strict=True):
        axes = part.subplots(len(column), 1, sharex=True, squeeze=False,
                             height_ratios=[max(len(found[k]), 1) for k in column])[:, 0]
        for axis, k in zip(axes, column, strict=True):
            _panel(axis, found[k].reset_index(drop=True), panels[k], limit)
        axes[-1].set_xlabel("Median days to the first notice (log scale)")
    return figure


def _balanced(heights: Sequence[int]) -> list[list[int]]:
    """Panels in two columns, each put where less stands already, the highest first."""
    columns: list[list[int]] = [[], []]
    for k in sorted(range(len(heights)), key=lambda k: -heights[k]):
        columns[int(np.argmin([sum(heights[m] for m in c) for c in columns]))].append(k)
    return [sorted(c) for c in columns if c]


def _panel(axis: Any, own: pd.DataFrame, spec: IntervalSummary, limit: float) -> None:
    y = np.arange(len(own))[::-1] if spec.by == "year" or spec.bins else np.arange(len(own))
    numeric = own[["estimate", "bound_lo", "bound_hi", "ci_lo", "ci_hi"]].astype(float)
    axis.hlines(y, numeric["ci_lo"].clip(lower=1), numeric["ci_hi"], color=COLOURS["sky"],
                linewidth=1.4)
    axis.hlines(y, numeric["bound_lo"].clip(lower=1), numeric["bound_hi"],
                color=COLOURS["blue"], linewidth=4.2)
    axis.plot(numeric["estimate"], y, "o", color=COLOURS["blue"], markersize=4.2)
    for position, n in zip(y, own["n"], strict=True):
        axis.annotate(f"n = {count(n)}", (1.0, position), xycoords=("axes fraction", "data"),
                      xytext=(4, 0), textcoords="offset points", va="center", fontsize=7,
                      color=GREY)
    axis.set_yticks(y, [readable(t) if spec.by != "registers" else _register(t)
                        for t in own["term"]])
    axis.set_title(spec.by_label)
    axis.set_xscale("log")
    ticks = [t for t in (7, 15, 30, 60, 120, 240, 365) if t <= limit * 1.2]
    axis.set_xticks(ticks, [str(t) for t in ticks])
    axis.minorticks_off()
    axis.set_ylim(-0.6, len(own) - 0.4)
    axis.tick_params(axis="y", length=0)


_REGISTERS = {"maine_form": "Maine, form 2018–20", "maine_list": "Maine, list 2013–18",
              "washington": "Washington"}


def _register(text: str) -> str:
    return " and ".join(_REGISTERS.get(p, readable(p)) for p in text.split(";"))
