"""Figures of the study: results in, figures out; nothing is fitted here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from breachstudy.exhibits.style import COLOURS, GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FigureInputs", "FigureMade", "balance_figure", "caar_figure", "curve_figure",
           "deadline_figure", "events_figure", "lag_curve_figure", "power_figure",
           "sensitivity_figure", "verdict_figure"]

COLUMN, PAGE = 3.6, 7.0
"""Widths in inches: one column and two of a journal page."""
LINES = ("-", "--", ":", "-.")
SHADES = (COLOURS["blue"], COLOURS["orange"], COLOURS["green"], COLOURS["purple"])
REGISTERS = {"maine_form": "Maine, form 2018–20", "maine_list": "Maine, list 2013–18",
             "washington": "Washington", "all": "All"}


@dataclass(frozen=True)
class FigureInputs:
    """What figures draw from: results (tidy), the study's other frames, and tables by name."""

    results: pd.DataFrame
    hypotheses: pd.DataFrame
    curves: pd.DataFrame
    lag_curves: pd.DataFrame
    deadlines: pd.DataFrame
    paths: pd.DataFrame
    balance: pd.DataFrame
    frames: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class FigureMade:
    """A figure with its caption, the text that stands for it, and the data it draws."""

    figure: Figure
    caption: str
    alt: str
    data: pd.DataFrame


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _percent(axis: Axes, which: str = "y", digits: int = 1) -> None:
    from matplotlib.ticker import FuncFormatter

    form = FuncFormatter(lambda v, _: f"{100 * v:.{digits}f}%".replace("-", "−"))
    (axis.yaxis if which == "y" else axis.xaxis).set_major_formatter(form)


def events_figure(given: FigureInputs) -> FigureMade:
    """Events by year, stacked by sector group."""
    events = given.frames["events"]
    own = events[events["is_listed"].astype(bool) & ~events["is_issuer_notice"].astype(bool)
                 & events["sector_group"].notna() & events["year"].between(2005, 2025)]
    counts = own.groupby(["year", "sector_group"]).size().unstack(fill_value=0)
    order = ["consumer", "finance", "health", "business"]
    counts = counts.reindex(columns=order, fill_value=0)
    read = own[own["lookup"] == "found"].groupby("year").size().reindex(counts.index, fill_value=0)
    figure = _figure(PAGE, 2.9)
    axis = figure.subplots()
    base = np.zeros(len(counts))
    for name, colour, hatch in zip(order, SHADES, ("", "///", "...", "xx"), strict=True):
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
    figure = _figure(PAGE, 3.0)
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
    left.set_ylabel("Share made known")
    _percent(left, digits=0)
    if len(groups) > 1:
        left.legend(frameon=False, fontsize=8, loc="upper left")
    n = ", ".join(f"{REGISTERS.get(g, g)} {int(own[own['group'] == g]['n'].iloc[0]):,}"
                  for g in groups)
    n_listed = int(listed["n"].iloc[0]) if len(listed) else 0
    caption = (f"Turnbull estimates of interval-valued lags with 95% bootstrap bands; n: {n}; "
               f"listed firms {n_listed:,}. Dotted: 30 and 60 days.")
    alt = ("Rising curves of the share made known by days since discovery. " + "; ".join(
        f"{REGISTERS.get(g, g)}: {_share(own[own['group'] == g], 60):.0%} within 60 days"
        for g in groups) + (f"; listed firms' first news: {_share(listed, 60):.0%}."
                            if len(listed) else "."))
    return FigureMade(figure, caption, alt, curves)


def _share(curve: pd.DataFrame, day: float) -> float:
    row = curve[curve["day"] == day].iloc[0]
    return float((row["lower"] + row["upper"]) / 2)


def _curve(axis: Axes, own: pd.DataFrame, colour: str, line: str, label: str) -> None:
    middle = (own["lower"] + own["upper"]) / 2
    axis.fill_between(own["day"], own["band_lo"], own["band_hi"], color=colour, alpha=0.18,
                      linewidth=0)
    axis.plot(own["day"], middle, line, color=colour, linewidth=1.6, label=label)


def deadline_figure(given: FigureInputs) -> FigureMade:
    """Counts of lags by day with the counterfactual, and the excess at each deadline."""
    data = given.deadlines
    names = [("deadlines", "Maine and Washington"), ("deadlines_washington_45",
             "Washington, to 2019 (45 days)"), ("deadlines_washington_30",
             "Washington, from 2021 (30 days)")]
    names = [(s, t) for s, t in names if s in set(data["spec"])]
    figure = _figure(PAGE, 1.75 * len(names) + 0.3)
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


SPLIT_TITLES = {"all": "All", "speed": "Speed", "candour": "Candour", "first": "Who was first",
                "timing": "Timing"}


def caar_figure(given: FigureInputs) -> FigureMade:
    """Cumulative average abnormal returns, overall and by split, with 95% bands."""
    paths = given.paths
    splits = [s for s in SPLIT_TITLES if s in set(paths["split"])
              and (s == "all" or paths[paths["split"] == s]["group"].nunique() > 1)]
    columns = min(2, len(splits))
    rows = -(-len(splits) // columns)
    figure = _figure(PAGE, 2.4 * rows + 0.2)
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axis, split in zip(axes, splits, strict=False):
        own = paths[paths["split"] == split]
        for i, (name, path) in enumerate(own.groupby("group", sort=True)):
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
        _percent(axis)
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
    """Forest plot of every test of a hypothesis on investors, with the band too small to matter."""
    h = given.hypotheses
    own = h[h["estimate"].notna() & h["smallest_effect"].eq(0.005)
            & ~h["hypothesis"].isin(["H0"])].iloc[::-1].reset_index(drop=True)
    figure = _figure(PAGE, 0.3 * len(own) + 1.3)
    axis = figure.subplots()
    small = 0.005
    axis.axvspan(-small, small, color="#E9E4D4", zorder=0)
    axis.axvline(0, color=GREY, linewidth=0.9)
    marks = {"supported": ("o", COLOURS["green"]), "contrary": ("X", COLOURS["orange"]),
             "too_small_to_matter": ("s", COLOURS["sky"]), "inconclusive": ("D", GREY)}
    for i, row in own.iterrows():
        mark, colour = marks.get(row["verdict"], ("D", GREY))
        axis.plot([row["ci_lo"], row["ci_hi"]], [i, i], color=colour, linewidth=1.8)
        axis.plot(row["estimate"], i, mark, color=colour, markersize=5.5)
        axis.annotate(f"{row['verdict'].replace('_', ' ')}, n = {int(row['n'])}", (1.0, i),
                      xycoords=("axes fraction", "data"), xytext=(4, 0),
                      textcoords="offset points", va="center", fontsize=7.5)
    labels = [f"{r['hypothesis']}  {_short(r['question'])}" for _, r in own.iterrows()]
    axis.set_yticks(range(len(own)), labels)
    axis.set_ylim(-0.6, len(own) - 0.4)
    axis.tick_params(axis="y", length=0)
    axis.locator_params(axis="x", nbins=5)
    _percent(axis, "x")
    axis.set_xlabel("Effect on the cumulative abnormal return (per SD, or yes against no)")
    caption = ("Estimates with 95% intervals (wild bootstrap by firm where the plan asks for it). "
               "Shaded: effects too small to matter (±0.5 points). Verdicts use p-values adjusted "
               "for the family: Holm for the primary tests, Benjamini–Hochberg elsewhere.")
    alt = "Forest plot: " + "; ".join(
        f"{r['hypothesis']} {r['estimate']:+.2%} [{r['ci_lo']:+.2%}, {r['ci_hi']:+.2%}], "
        f"{r['verdict'].replace('_', ' ')}" for _, r in own.iloc[::-1].iterrows()) + "."
    return FigureMade(figure, caption, alt, own)


def _short(text: str, limit: int = 58) -> str:
    text = text.rstrip("?")
    return text if len(text) <= limit else text[:limit - 1].rsplit(" ", 1)[0] + " …"


CURVE_ROWS = ("treatment", "window", "model", "sample", "controls")


def curve_figure(given: FigureInputs, spec: str, title: str) -> FigureMade:
    """A specification curve: estimates in order, and below which choices each makes."""
    own = given.curves[given.curves["spec"] == spec].sort_values("estimate").reset_index(drop=True)
    levels = [(c, v) for c in CURVE_ROWS for v in dict.fromkeys(
        given.curves[given.curves["spec"] == spec][c])]
    figure = _figure(PAGE, 5.6)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1.25, 1.5])
    x = np.arange(len(own))
    significant = own["p_value"] < 0.05
    top.fill_between(x, own["ci_lo"], own["ci_hi"], color="#D9E6EE", linewidth=0)
    top.plot(x[~significant], own["estimate"][~significant], ".", color=GREY, markersize=2)
    top.plot(x[significant], own["estimate"][significant], ".", color=COLOURS["orange"],
             markersize=3)
    top.axhline(0, color="#222222", linewidth=0.8)
    for bound in (-0.005, 0.005):
        top.axhline(bound, color=GREY, linewidth=0.7, linestyle="--")
    _percent(top)
    top.set_ylabel("Effect on CAR, per SD")
    top.set_title(title)
    top.grid(axis="y")
    for k, (column, value) in enumerate(levels):
        at = x[(own[column] == value).to_numpy()]
        bottom.plot(at, np.full(at.size, -k), "|", color=COLOURS["blue"], markersize=3.6,
                    markeredgewidth=0.35)
    bottom.set_yticks([-k for k in range(len(levels))],
                      [_choice(c, v) for c, v in levels], fontsize=6.5)
    bottom.set_xlabel(f"{len(own):,} specifications, ordered by estimate")
    bottom.grid(visible=False)
    r = given.results[(given.results["spec"] == spec) & (given.results["kind"] == "curve")]
    by = r.set_index("term")
    caption = (f"{len(own):,} specifications (windows × models of normal returns × versions × "
               f"samples × controls); orange: p < 0.05 taken alone. Median "
               f"{by.loc['median_estimate', 'estimate']:+.2%} (joint permutation "
               f"p = {by.loc['median_estimate', 'p_permutation']:.3f}); share significant in the "
               f"predicted sign {by.loc['share_significant', 'estimate']:.1%} "
               f"(p = {by.loc['share_significant', 'p_permutation']:.3f}). Dashed: ±0.5 points.")
    alt = (f"Curve of {len(own):,} estimates from {own['estimate'].min():+.2%} to "
           f"{own['estimate'].max():+.2%}, median {own['estimate'].median():+.2%}.")
    return FigureMade(figure, caption.replace("-", "−"), alt, own)


WINDOWS = {"m1_p1": "−1 to +1", "0_p1": "0 to +1", "0_p3": "0 to +3", "m1_p5": "−1 to +5",
           "0_p10": "0 to +10", "0_p30": "0 to +30", "m10_m2": "−10 to −2", "0_p90": "0 to +90"}


def _choice(column: str, value: str) -> str:
    text = WINDOWS.get(value, value).replace("_", " ").replace(":", ", ")
    return f"{column}: {text}"


def balance_figure(given: FigureInputs) -> FigureMade:
    """Standardised differences of covariates before and after weighting."""
    data = given.balance
    names = {"fast_weighted": "Fast against slow", "candid_weighted": "Candid against not",
             "self_disclosed_weighted": "Self-disclosed against outed"}
    specs = [s for s in names if s in set(data["spec"])]
    height = max(int((data["spec"] == s).sum()) for s in specs)
    figure = _figure(PAGE, 0.22 * height + 1.1)
    axes = figure.subplots(1, len(specs), squeeze=False)[0]
    covariates = list(dict.fromkeys(data["covariate"]))
    for axis, spec in zip(axes, specs, strict=True):
        own = data[data["spec"] == spec].set_index("covariate").reindex(covariates)
        y = np.arange(len(own))[::-1]
        axis.axvspan(-0.1, 0.1, color="#E9E4D4", zorder=0)
        axis.axvline(0, color=GREY, linewidth=0.8)
        for column, mark, colour, label in (
                ("smd_raw", "o", COLOURS["orange"], "as observed"),
                ("smd_overlap", "s", COLOURS["sky"], "overlap weights"),
                ("smd_entropy", "D", COLOURS["blue"], "entropy balance")):
            axis.plot(own[column], y, mark, color=colour, markersize=4, label=label,
                      fillstyle="none" if column == "smd_raw" else "full")
        axis.set_yticks(y, [_covariate(c) for c in covariates] if axis is axes[0] else [])
        axis.set_title(names[spec])
        axis.set_xlabel("Standardised difference")
    axes[0].legend(frameon=False, fontsize=7, loc="upper right")
    worst = data.groupby("spec")["smd_raw"].apply(lambda s: float(s.abs().max()))
    caption = ("Standardised mean differences of the baseline controls; shaded: below 0.1. Largest "
               "as observed: " + "; ".join(f"{names[s].lower()} {worst[s]:.2f}" for s in specs)
               + ".")
    return FigureMade(figure, caption, "Balance plot. " + caption, data)


def _covariate(name: str) -> str:
    if "[" in name:
        column, level = name[:-1].split("[", 1)
        label = {"sector_group": "sector", "sensitivity": "data", "era": "era",
                 "is_affected_unknown": "number unknown", "has_prior_breach": "earlier breach"}
        stem = label.get(column, column)
        return stem if level == "True" else f"{stem}: {level}"
    return {"log_affected": "people affected (log)", "size_decile": "size decile"}.get(name, name)


def sensitivity_figure(given: FigureInputs, test: str, title: str) -> FigureMade:
    """How strong an omitted variable would have to be to change an estimate."""
    from breachstudy.estimation.sensitivity import adjusted_estimate

    r = given.results
    own = r[(r["spec"] == f"sensitivity/{test}") & (r["kind"] == "sensitivity")].set_index("term")[
        "estimate"].astype(float)
    grid = np.linspace(0, 0.3, 61)
    treatment, outcome = np.meshgrid(grid, grid)
    value, _ = adjusted_estimate(own["estimate"], own["std_error"], int(own["df"]), treatment,
                                 outcome)
    figure = _figure(COLUMN + 0.6, 3.4)
    axis = figure.subplots()
    lines = axis.contour(treatment, outcome, value * 100, levels=9, colors=GREY, linewidths=0.8)
    axis.clabel(lines, fmt=lambda v: f"{v:+.2f}".replace("-", "−"), fontsize=7)
    axis.contour(treatment, outcome, value, levels=[0.0], colors=COLOURS["orange"], linewidths=1.8)
    marks = r[(r["spec"] == f"sensitivity/{test}") & (r["kind"] == "benchmark")]
    for row in marks.itertuples(index=False):
        if pd.notna(row.bound_lo) and row.bound_lo <= 0.3 and row.bound_hi <= 0.3:
            axis.plot(row.bound_lo, row.bound_hi, "D", color=COLOURS["blue"], markersize=4.5)
            axis.annotate(f"{row.term} {_covariate(row.group)}", (row.bound_lo, row.bound_hi),
                          xytext=(5, 4), textcoords="offset points", fontsize=7)
    axis.set_xlabel("Partial R² with the treatment")
    axis.set_ylabel("Partial R² with the outcome")
    axis.set_title(title)
    axis.grid(visible=False)
    caption = (f"Estimate in points ({own['estimate']:+.2%} as it stands) after an omitted "
               f"variable of the given strength; orange: none left. Robustness value "
               f"{own['robustness_value']:.3f}; {own['robustness_value_alpha']:.3f} to lose "
               "significance. Diamonds: as strong as, twice, thrice an observed covariate.")
    data = pd.DataFrame({"r2_treatment": treatment.ravel(), "r2_outcome": outcome.ravel(),
                         "estimate": value.ravel()})
    return FigureMade(figure, caption.replace("-", "−"), "Contour plot. " + caption, data)


def power_figure(given: FigureInputs) -> FigureMade:
    """Power at true effects from the realised errors, and equivalence to effects too small."""
    from breachstudy.estimation.equivalence import equivalence_power, power

    h = given.hypotheses
    own = h[h["std_error"].notna() & h["smallest_effect"].eq(0.005) & h["status"].isin(
        ["confirmatory"])]
    figure = _figure(PAGE, 3.0)
    left, right = figure.subplots(1, 2, width_ratios=[1.2, 1])
    effects = np.linspace(0, 0.03, 61)
    parts = []
    for i, row in enumerate(own.to_dict("records")):
        curve = power(effects, float(row["std_error"]), np.inf)
        left.plot(effects, curve, LINES[i % 4], color=SHADES[i % 4], linewidth=1.6,
                  label=f"{row['hypothesis']} (n = {int(row['n'])})")
        parts.append(pd.DataFrame({"test": row["test"], "effect": effects, "power": curve}))
    left.axhline(0.8, color=GREY, linewidth=0.8, linestyle="--")
    left.axvspan(0, 0.005, color="#E9E4D4", zorder=0)
    left.set_xlabel("True effect (points of return)")
    left.set_ylabel("Power at 0.05")
    left.legend(frameon=False, fontsize=7.5, loc="lower right")
    _percent(left, "x")
    left.grid(axis="both")
    base = own.iloc[0] if len(own) else None
    sizes = np.array([50, 100, 200, 400, 800, 1600, 3200])
    if base is not None:
        sd = float(base["std_error"]) * np.sqrt(float(base["n"]))
        found = [2.8 * sd / np.sqrt(n) for n in sizes]
        equal = [float(equivalence_power([0.0], sd / np.sqrt(n), n - 12, 0.005)[0]) for n in sizes]
        right.plot(sizes, found, "o-", color=COLOURS["blue"], markersize=4)
        right.set_xscale("log")
        right.set_xticks(sizes, [f"{s:,}" for s in sizes], rotation=45)
        right.minorticks_off()
        right.axhline(0.005, color=COLOURS["orange"], linewidth=1.2, linestyle="--")
        right.annotate("smallest effect of interest", (sizes[-1], 0.005), xytext=(0, 4),
                       textcoords="offset points", fontsize=7.5, color=COLOURS["orange"],
                       ha="right")
        right.set_xlabel("Events")
        right.set_ylabel("Minimum detectable effect")
        right.grid(axis="both")
        _percent(right)
        parts.append(pd.DataFrame({"test": "by size", "effect": found, "power": equal,
                                   "n": sizes}))
    caption = ("Left: power of each primary test on investors at true effects, from its realised "
               "standard error; shaded: too small to matter. Right: effect that would be found "
               "with power 0.8 by the number of events, with the spread of the first test.")
    mdes = "; ".join(f"{r['hypothesis']} {r['mde']:.2%}" for r in own.to_dict("records"))
    return FigureMade(figure, caption, f"Power curves. Minimum detectable effects: {mdes}.",
                      pd.concat(parts, ignore_index=True) if parts else pd.DataFrame())


def numeric(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Columns as plain floats, which matplotlib draws."""
    return frame.assign(**{
        c: frame[c].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for c in columns})


def as_inputs(results: pd.DataFrame, found: Any, frames: Mapping[str, pd.DataFrame]
              ) -> FigureInputs:
    """Inputs of the figures from the results of the study, numbers as plain floats."""
    columns = ["estimate", "std_error", "ci_lo", "ci_hi", "bound_lo", "bound_hi", "p_permutation",
               "p_value"]
    plain = numeric(results, columns)
    h = found.hypotheses
    if "estimate" in h:
        h = numeric(h, [c for c in ("estimate", "std_error", "ci_lo", "ci_hi", "smallest_effect",
                                    "mde") if c in h])
    return FigureInputs(plain, h, found.curves, found.lag_curves, found.deadlines, found.paths,
                        found.balance, frames)
