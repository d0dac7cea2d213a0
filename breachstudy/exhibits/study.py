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
    units,
)
from breachstudy.exhibits.numbers import (
    UNITS,
    count,
    effect,
    margin,
    number,
    percent,
    plain,
    share,
)
from breachstudy.exhibits.numbers import unit as named
from breachstudy.exhibits.style import COLOURS, GREY

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
               f"n = {count(len(own))}. A fall in the last years is that of the registers held, "
               "not of breaches. Line: events that pages were found for.")
    alt = (f"Stacked bars of {count(len(own))} events by year from {int(counts.index.min())} to "
           f"{int(counts.index.max())}; the most, {count(base.max())}, in "
           f"{int(counts.index[int(base.argmax())])}.")
    return FigureMade(figure, caption, alt, data)


MARKED = (30, 60)
"""Days that law or habit name, marked in the curves of lags."""


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
        for day in MARKED:
            axis.axvline(day, color=GREY, linewidth=0.7, linestyle=":")
        axis.axhline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    left.set_ylabel("Share made known")
    percent_axis(left, digits=0)
    if len(groups) > 1:
        left.legend(frameon=False, fontsize=7.5, loc="upper left")
    n = ", ".join(f"{REGISTERS.get(g, g)} {count(own[own['group'] == g]['n'].iloc[0])}"
                  for g in groups)
    n_listed = int(listed["n"].iloc[0]) if len(listed) else 0
    halves = "; ".join([f"{REGISTERS.get(g, g)} {_half(own[own['group'] == g])}" for g in groups]
                       + ([f"listed firms {_half(listed)}"] if len(listed) else []))
    caption = ("Turnbull estimates of interval-valued lags with "
               f"{given.levels.interval} bootstrap bands; n: {n}; listed firms "
               f"{count(n_listed)}. Dotted: one half, {' and '.join(map(str, MARKED))} days. At "
               f"least half are known, on the days estimated, by: {halves}.")
    last = MARKED[-1]
    alt = ("Rising curves of the share made known by days since discovery. " + "; ".join(
        f"{REGISTERS.get(g, g)}: {share(_known(own[own['group'] == g], last))} within {last} days"
        for g in groups) + (f"; listed firms' first news: {share(_known(listed, last))}."
                            if len(listed) else "."))
    return FigureMade(figure, caption, alt, curves)


def _known(curve: pd.DataFrame, day: float) -> float:
    row = curve[curve["day"] == day].iloc[0]
    return float((row["lower"] + row["upper"]) / 2)


def _half(curve: pd.DataFrame) -> str:
    """The days between which the curve passes one half, on the days at which it was estimated."""
    middle = (curve["lower"] + curve["upper"]) / 2
    past = curve.loc[middle >= 0.5, "day"]
    before = curve.loc[middle < 0.5, "day"]
    if past.empty:
        return f"more than {plain(before.max())} days"
    return f"{plain(past.min())} days"


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
            axis.annotate(f"{row.term} d: {number(row.estimate, 1, sign=True)}{star}",
                          (day, top), xytext=(3, -2), textcoords="offset points", fontsize=7.5,
                          va="top", bbox={"facecolor": "white", "alpha": 0.8, "pad": 0.8,
                                          "edgecolor": "none"})
            lines.append(f"{title}, {row.term} days: excess "
                         f"{number(row.estimate, 1, sign=True)} days' worth")
    axes[-1].set_xlabel("Days from discovery to the first notice")
    axes[-1].set_xlim(0, 120)
    n = int(results[results["spec"] == "deadlines"]["n"].iloc[0])
    caption = (f"Lags known to the day, n = {count(n)} in all. Line: counterfactual polynomial "
               "that leaves out the days before a deadline. Numbers: excess mass in days' worth of "
               f"notices; * the {given.levels.interval} bootstrap interval excludes zero.")
    return FigureMade(figure, caption, "Histograms of lags. " + "; ".join(lines) + ".", data)


ORDER = {"within 30 days": 0, "later": 1, "high": 0, "middle": 1, "low": 2, "by the firm": 0,
         "outed": 1, "other days": 0, "when few look": 1}
"""Groups in the order in which they take colours and lines: first the answer that is praised."""
SPLIT_TITLES = {"all": "All", "speed": "Speed", "candour": "Candour", "first": "Who was first",
                "timing": "Timing"}


def caar_figure(given: FigureInputs) -> FigureMade:
    """Cumulative average abnormal returns, overall and by split, with bands."""
    paths = given.bands("path")
    splits = [s for s in SPLIT_TITLES if s in set(paths["spec"])
              and (s == "all" or paths[paths["spec"] == s]["group"].nunique() > 1)]
    columns = min(2, len(splits))
    rows = -(-len(splits) // columns)
    figure = new_figure(PAGE, 2.4 * rows + 0.2)
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axis, split in zip(axes, splits, strict=False):
        own = paths[paths["spec"] == split]
        groups = sorted(own["group"].unique(), key=lambda g: (ORDER.get(g, 9), g))
        for i, name in enumerate(groups):
            path = own[own["group"] == name]
            label = f"{name} (n = {int(path['n'].iloc[0])})"
            axis.fill_between(path["x"], path["ci_lo"], path["ci_hi"], color=SHADES[i],
                              alpha=0.13, linewidth=0)
            axis.plot(path["x"], path["estimate"], LINES[i], color=SHADES[i], linewidth=1.6,
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
    last = paths[paths["spec"] == "all"].iloc[-1]
    caption = (f"Market model; firms whose first public day was read in a page, "
               f"n = {count(last['n'])}; bands: {given.levels.interval}, cross-sectional. "
               "Splits leave out training cases and are not balanced on severity.")
    alt = (f"Cumulative average abnormal return: {percent(last['estimate'], 1)} by session "
           f"{int(last['x'])} over {count(last['n'])} events.")
    data = paths.rename(columns={"spec": "split", "x": "offset", "estimate": "caar"})
    return FigureMade(figure, caption, alt, data[
        ["split", "group", "offset", "n", "caar", "std_error", "ci_lo", "ci_hi"]])


def verdict_figure(given: FigureInputs) -> FigureMade:
    """Forest plot of every test that ran, with the band too small to matter: a panel a unit, as
    effects on investors are returns and those on consumers points of satisfaction."""
    h = given.hypotheses
    ran = h[h["estimate"].notna() & h["smallest_effect"].notna()]
    own_units = pd.Series(units(ran), index=ran.index, dtype="object")
    panels = [(ran[own_units == unit].iloc[::-1].reset_index(drop=True), unit)
              for unit in dict.fromkeys([*UNITS, *own_units]) if (own_units == unit).any()]
    heights = [0.36 * len(own) + 0.4 for own, _ in panels]
    figure = new_figure(PAGE, sum(heights) + 0.5 * len(panels))
    axes = figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axis, (own, unit) in zip(axes, panels, strict=True):
        _forest(axis, own, unit)
    bands = ", ".join(margin(_smallest(own), unit) for own, unit in panels)
    caption = (f"Estimates with {given.levels.interval} intervals (wild bootstrap by firm where "
               f"the plan asks for it). Shaded: too small to matter ({bands}). Verdicts use "
               "p-values adjusted for the family: Holm for the primary tests, Benjamini–Hochberg "
               "elsewhere. Too small to matter is the verdict of two one-sided tests, so that an "
               "interval of the bootstrap may still reach past the shade.")
    alt = "Forest plot: " + "; ".join(
        f"{r['hypothesis']} {effect(r['estimate'], unit)} [{effect(r['ci_lo'], unit)}, "
        f"{effect(r['ci_hi'], unit)}], {r['verdict'].replace('_', ' ')}"
        for own, unit in panels for r in own.iloc[::-1].to_dict("records")) + "."
    return FigureMade(figure, caption, alt, ran)


def _smallest(tests: pd.DataFrame) -> float:
    return float(tests["smallest_effect"].iloc[0])


VERDICTS = {"supported": ("o", COLOURS["green"]), "contrary": ("X", COLOURS["orange"]),
            "too_small_to_matter": ("s", COLOURS["sky"]), "inconclusive": ("D", GREY)}


def _forest(axis: Axes, own: pd.DataFrame, unit: str) -> None:
    """A row a test: interval, estimate marked by its verdict, verdict and n in words."""
    small = _smallest(own)
    axis.axvspan(-small, small, color="#E9E4D4", zorder=0)
    axis.axvline(0, color=GREY, linewidth=0.9)
    for i, row in enumerate(own.to_dict("records")):
        mark, colour = VERDICTS.get(row["verdict"], VERDICTS["inconclusive"])
        axis.plot([row["ci_lo"], row["ci_hi"]], [i, i], color=colour, linewidth=1.8)
        axis.plot(row["estimate"], i, mark, color=colour, markersize=5.5)
        axis.annotate(f"{row['verdict'].replace('_', ' ')}, n = {count(row['n'])}", (1.0, i),
                      xycoords=("axes fraction", "data"), xytext=(4, 0),
                      textcoords="offset points", va="center", fontsize=7.5)
    labels = [textwrap.fill(f"{r['hypothesis']}  {str(r['question']).rstrip('?')}", 46)
              for r in own.to_dict("records")]
    axis.set_yticks(range(len(own)), labels, fontsize=7.5)
    axis.set_ylim(-0.6, len(own) - 0.4)
    axis.tick_params(axis="y", length=0)
    axis.locator_params(axis="x", nbins=5)
    if unit in ("return", "share"):
        percent_axis(axis, "x")
    axis.set_xlabel(named(unit).axis)
