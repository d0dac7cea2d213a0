"""Figures of the study: results in, figures out; nothing is fitted here."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from breachstudy.exhibits.figure import (
    LINES,
    PAGE,
    SHADES,
    FigureInputs,
    FigureMade,
    new_figure,
    percent_axis,
    tested_on_returns,
)
from breachstudy.exhibits.style import COLOURS, GREY
from breachstudy.exhibits.tables import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["caar_figure", "deadline_figure", "events_figure", "lag_curve_figure",
           "verdict_figure"]

REGISTERS = {"maine_form": "Maine, form 2018–20", "maine_list": "Maine, list 2013–18",
             "washington": "Washington", "all": "All"}


def events_figure(given: FigureInputs) -> FigureMade:
    """Events by year, stacked by sector group."""
    events = given.frames["events"]
    own = events[events["is_listed"].astype(bool) & ~events["is_issuer_notice"].astype(bool)
                 & events["sector_group"].notna() & events["year"].between(2005, 2025)]
    counts = own.groupby(["year", "sector_group"]).size().unstack(fill_value=0)
    order = ["consumer", "finance", "health", "business"]
    counts = counts.reindex(columns=order, fill_value=0)
    read = own[own["lookup"] == "found"].groupby("year").size().reindex(counts.index, fill_value=0)
    figure = new_figure(PAGE, 2.9)
    axis = figure.subplots()
    base = np.zeros(len(counts))
    for name, colour, hatch in zip(order, SHADES[:4], ("", "///", "...", "xx"), strict=True):
        axis.bar(counts.index, counts[name], bottom=base, color=colour, hatch=hatch,
                 edgecolor="white", linewidth=0.4, width=0.85, label=name)
        base += counts[name].to_numpy()
    axis.plot(counts.index, read, "o-", color="#111111", markersize=3.2, linewidth=1,
              label="found in pages")
    axis.set_ylabel("Events at listed firms")
    axis.set_xticks(range(2005, 2026, 2))
    axis.grid(axis="y")
    axis.grid(visible=False, axis="x")
    axis.legend(frameon=False, fontsize=8, ncols=1, loc="upper left")
    data = counts.assign(read=read).reset_index()
    caption = (f"Breach events at firms listed on the day, by year of the first date and sector; "
               f"n = {len(own):,}. The fall after 2021 is that of the registers held, not of "
               "breaches. Line: events that pages were found for.")
    alt = (f"Stacked bars of {len(own):,} events by year from {int(counts.index.min())} to "
           f"{int(counts.index.max())}; the most, {int(base.max())}, in "
           f"{int(counts.index[int(base.argmax())])}.")
    return FigureMade(figure, caption, alt, data)


def lag_curve_figure(given: FigureInputs) -> FigureMade:
    """Nonparametric curves of the lags, by register and for listed firms' first public news."""
    curves = given.lag_curves
    figure = new_figure(PAGE, 3.0)
    left, right = figure.subplots(1, 2, sharey=True)
    own = curves[curves["spec"] == "lag_curve"]
    groups = [g for g in REGISTERS if g in set(own["group"])]
    for i, name in enumerate(groups):
        _curve(left, own[own["group"] == name], SHADES[i], LINES[i], REGISTERS[name])
    listed = curves[curves["spec"] == "lag_curve_listed"]
    _curve(right, listed, SHADES[0], "-", "listed firms")
    for axis, title in ((left, "To the first notice (registers)"),
                        (right, "To the first public news (pages)")):
        axis.set_title(title)
        axis.set_xscale("symlog", linthresh=7)
        ticks = [0, 3, 7, 14, 30, 60, 120, 365]
        axis.set_xticks(ticks, [str(t) for t in ticks])
        axis.minorticks_off()
        axis.set_xlim(0, 730)
        axis.set_xlabel("Days from discovery")
        axis.grid(axis="both")
        for day in (30, 60):
            axis.axvline(day, color=GREY, linewidth=0.7, linestyle=":")
        axis.axhline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    left.set_ylabel("Share made known")
    percent_axis(left, digits=0)
    if len(groups) > 1:
        left.legend(frameon=False, fontsize=7.5, loc="upper left")
    n = ", ".join(f"{REGISTERS.get(g, g)} {int(own[own['group'] == g]['n'].iloc[0]):,}"
                  for g in groups)
    n_listed = int(listed["n"].iloc[0]) if len(listed) else 0
    halves = "; ".join([f"{REGISTERS.get(g, g)} {_half(own[own['group'] == g])}" for g in groups]
                       + ([f"listed firms {_half(listed)}"] if len(listed) else []))
    caption = (f"Turnbull estimates of interval-valued lags with 95% bootstrap bands; n: {n}; "
               f"listed firms {n_listed:,}. Dotted: one half, 30 and 60 days. At least half "
               f"are known, on the days estimated, by: {halves}.")
    alt = ("Rising curves of the share made known by days since discovery. " + "; ".join(
        f"{REGISTERS.get(g, g)}: {_share(own[own['group'] == g], 60):.0%} within 60 days"
        for g in groups) + (f"; listed firms' first news: {_share(listed, 60):.0%}."
                            if len(listed) else "."))
    return FigureMade(figure, caption, alt, curves)


def _share(curve: pd.DataFrame, day: float) -> float:
    row = curve[curve["day"] == day].iloc[0]
    return float((row["lower"] + row["upper"]) / 2)


def _half(curve: pd.DataFrame) -> str:
    """The days between which the curve passes one half, on the days at which it was estimated."""
    middle = (curve["lower"] + curve["upper"]) / 2
    past = curve.loc[middle >= 0.5, "day"]
    before = curve.loc[middle < 0.5, "day"]
    if past.empty:
        return f"more than {before.max():g} days"
    return f"{past.min():g} days"


def _curve(axis: Axes, own: pd.DataFrame, colour: str, line: str, label: str) -> None:
    middle = (own["lower"] + own["upper"]) / 2
    axis.fill_between(own["day"], own["band_lo"], own["band_hi"], color=colour, alpha=0.18,
                      linewidth=0)
    axis.plot(own["day"], middle, line, color=colour, linewidth=1.6,
              label=label)


def deadline_figure(given: FigureInputs) -> FigureMade:
    """Counts of lags by day with the counterfactual, and the excess at each deadline."""
    data = given.deadlines
    names = [("deadlines", "Maine and Washington"), ("deadlines_washington_45",
             "Washington, to 2019 (45 days)"), ("deadlines_washington_30",
             "Washington, from 2021 (30 days)")]
    names = [(s, t) for s, t in names if s in set(data["spec"])]
    figure = new_figure(PAGE, 1.75 * len(names) + 0.3)
    axes = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    results = given.results[given.results["kind"] == "bunching"]
    lines = []
    for axis, (spec, title) in zip(axes, names, strict=True):
        own = data[data["spec"] == spec]
        first = own[own["deadline"] == own["deadline"].iloc[0]]
        axis.bar(first["day"], first["count"], width=1.0, color="#BFD8E8", edgecolor="none")
        axis.plot(first["day"], first["counterfactual"], color=COLOURS["orange"], linewidth=1.4)
        axis.set_title(title)
        axis.set_ylabel("Notices a day")
        axis.grid(axis="y")
        top = float(first["count"].max())
        for row in results[results["spec"] == spec].itertuples(index=False):
            day = float(row.term)
            axis.axvline(day, color=GREY, linewidth=0.8, linestyle=":")
            star = "" if row.ci_lo <= 0 <= row.ci_hi else " *"
            axis.annotate(f"{row.term} d: {row.estimate:+.1f}{star}".replace("-", "−"),
                          (day, top), xytext=(3, -2), textcoords="offset points", fontsize=7.5,
                          va="top", bbox={"facecolor": "white", "alpha": 0.8, "pad": 0.8,
                                          "edgecolor": "none"})
            lines.append(f"{title}, {row.term} days: excess {row.estimate:+.1f} days' worth")
    axes[-1].set_xlabel("Days from discovery to the first notice")
    axes[-1].set_xlim(0, 120)
    n = int(results[results["spec"] == "deadlines"]["n"].iloc[0])
    caption = (f"Lags known to the day, n = {n:,} in all. Line: counterfactual polynomial that "
               "leaves out the days before a deadline. Numbers: excess mass in days' worth of "
               "notices; * the 95% bootstrap interval excludes zero.")
    return FigureMade(figure, caption, "Histograms of lags. " + "; ".join(lines) + ".", data)


ORDER = {"within 30 days": 0, "later": 1, "high": 0, "middle": 1, "low": 2, "by the firm": 0,
         "outed": 1, "other days": 0, "when few look": 1}
"""Groups in the order in which they take colours and lines: first the answer that is praised."""
SPLIT_TITLES = {"all": "All", "speed": "Speed", "candour": "Candour", "first": "Who was first",
                "timing": "Timing"}


def caar_figure(given: FigureInputs) -> FigureMade:
    """Cumulative average abnormal returns, overall and by split, with 95% bands."""
    paths = given.paths
    splits = [s for s in SPLIT_TITLES if s in set(paths["split"])
              and (s == "all" or paths[paths["split"] == s]["group"].nunique() > 1)]
    columns = min(2, len(splits))
    rows = -(-len(splits) // columns)
    figure = new_figure(PAGE, 2.4 * rows + 0.2)
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axis, split in zip(axes, splits, strict=False):
        own = paths[paths["split"] == split]
        groups = sorted(own["group"].unique(), key=lambda g: (ORDER.get(g, 9), g))
        for i, name in enumerate(groups):
            path = own[own["group"] == name]
            label = f"{name} (n = {int(path['n'].iloc[0])})"
            half = 1.96 * path["std_error"]
            axis.fill_between(path["offset"], path["caar"] - half, path["caar"] + half,
                              color=SHADES[i], alpha=0.13, linewidth=0)
            axis.plot(path["offset"], path["caar"], LINES[i], color=SHADES[i], linewidth=1.6,
                      label=label)
        axis.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
        axis.axhline(0, color=GREY, linewidth=0.8)
        axis.set_title(SPLIT_TITLES[split])
        axis.legend(frameon=False, fontsize=7.5, loc="lower left")
        axis.grid(axis="y")
        axis.grid(visible=False, axis="x")
        percent_axis(axis)
    for axis in axes[len(splits):]:
        axis.set_visible(False)
    for k, axis in enumerate(axes[:len(splits)]):
        if k >= len(splits) - columns:
            axis.set_xlabel("Sessions from day 0")
            axis.tick_params(labelbottom=True)
        if k % columns == 0:
            axis.set_ylabel("Cumulative abnormal return")
    total = paths[paths["split"] == "all"]
    last = total.iloc[-1]
    caption = (f"Market model; firms whose first public day was read in a page, "
               f"n = {int(last['n'])}; bands: 95%, cross-sectional. Splits leave out training "
               "cases and are not balanced on severity.")
    alt = (f"Cumulative average abnormal return: {last['caar']:.1%} by session "
           f"{int(last['offset'])} over {int(last['n'])} events.")
    return FigureMade(figure, caption, alt, paths)


def verdict_figure(given: FigureInputs) -> FigureMade:
    """Forest plot of every test that ran, with the band too small to matter: on investors in
    returns and, where such tests ran, on consumers in points of satisfaction."""
    h = given.hypotheses
    ran = h[h["estimate"].notna() & h["smallest_effect"].notna()]
    returns = tested_on_returns(ran)
    panels = [(own.iloc[::-1].reset_index(drop=True), on_returns)
              for own, on_returns in ((returns, True), (ran.drop(returns.index), False))
              if len(own)]
    heights = [0.36 * len(own) + 0.4 for own, _ in panels]
    figure = new_figure(PAGE, sum(heights) + 0.5 * len(panels))
    axes = figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axis, (own, on_returns) in zip(axes, panels, strict=True):
        _forest(axis, own, on_returns)
    bands = ", ".join(f"±{100 * _smallest(own):.1f} points of return" if on_returns
                      else f"±{_smallest(own):g} points of satisfaction"
                      for own, on_returns in panels)
    caption = ("Estimates with 95% intervals (wild bootstrap by firm where the plan asks for it). "
               f"Shaded: too small to matter ({bands}). Verdicts use p-values adjusted for the "
               "family: Holm for the primary tests, Benjamini–Hochberg elsewhere. Too small to "
               "matter is the verdict of two one-sided tests, so that a 95% interval of the "
               "bootstrap may still reach past the shade.")
    alt = "Forest plot: " + "; ".join(
        f"{r['hypothesis']} {show(r['estimate'])} [{show(r['ci_lo'])}, {show(r['ci_hi'])}], "
        f"{r['verdict'].replace('_', ' ')}"
        for own, on_returns in panels for show in (percent if on_returns else number,)
        for r in own.iloc[::-1].to_dict("records")) + "."
    return FigureMade(figure, caption, alt, ran)


def _smallest(tests: pd.DataFrame) -> float:
    return float(tests["smallest_effect"].iloc[0])


VERDICTS = {"supported": ("o", COLOURS["green"]), "contrary": ("X", COLOURS["orange"]),
            "too_small_to_matter": ("s", COLOURS["sky"]), "inconclusive": ("D", GREY)}


def _forest(axis: Axes, own: pd.DataFrame, on_returns: bool) -> None:
    """A row a test: interval, estimate marked by its verdict, verdict and n in words."""
    small = _smallest(own)
    axis.axvspan(-small, small, color="#E9E4D4", zorder=0)
    axis.axvline(0, color=GREY, linewidth=0.9)
    for i, row in enumerate(own.to_dict("records")):
        mark, colour = VERDICTS.get(row["verdict"], VERDICTS["inconclusive"])
        axis.plot([row["ci_lo"], row["ci_hi"]], [i, i], color=colour, linewidth=1.8)
        axis.plot(row["estimate"], i, mark, color=colour, markersize=5.5)
        axis.annotate(f"{row['verdict'].replace('_', ' ')}, n = {int(row['n']):,}", (1.0, i),
                      xycoords=("axes fraction", "data"), xytext=(4, 0),
                      textcoords="offset points", va="center", fontsize=7.5)
    labels = [textwrap.fill(f"{r['hypothesis']}  {str(r['question']).rstrip('?')}", 46)
              for r in own.to_dict("records")]
    axis.set_yticks(range(len(own)), labels, fontsize=7.5)
    axis.set_ylim(-0.6, len(own) - 0.4)
    axis.tick_params(axis="y", length=0)
    axis.locator_params(axis="x", nbins=5)
    if on_returns:
        percent_axis(axis, "x")
        axis.set_xlabel("Effect on the abnormal return (mean, per SD, or yes against no)")
    else:
        axis.set_xlabel("Effect on satisfaction, points of 100")
