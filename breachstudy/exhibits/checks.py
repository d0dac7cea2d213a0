"""Figures of checks: specification curves, omitted variables, power and equivalence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from breachstudy.exhibits.effects import covariate_name
from breachstudy.exhibits.figure import (
    COLUMN,
    LINES,
    PAGE,
    SHADES,
    WINDOWS,
    FigureInputs,
    FigureMade,
    new_figure,
    percent_axis,
    tested_on_returns,
)
from breachstudy.exhibits.returns import MODELS
from breachstudy.exhibits.style import COLOURS, GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["curve_figure", "power_figure", "sensitivity_figure"]

CURVE_ROWS = ("treatment", "window", "model", "sample", "controls")


def curve_figure(given: FigureInputs, spec: str, title: str) -> FigureMade:
    """A specification curve: estimates in order, and below which choices each makes."""
    own = given.curves[given.curves["spec"] == spec].sort_values(
        ["estimate", *CURVE_ROWS], kind="stable", ignore_index=True)  # equal estimates: one order
    levels = [(c, v) for c in CURVE_ROWS for v in dict.fromkeys(
        given.curves[given.curves["spec"] == spec][c])]
    figure = new_figure(PAGE, 5.6)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1.25, 1.5])
    x = np.arange(len(own))
    significant = own["p_value"] < 0.05
    top.fill_between(x, own["ci_lo"], own["ci_hi"], color="#D9E6EE", linewidth=0)
    top.plot(x[~significant], own["estimate"][~significant], ".", color=GREY, markersize=2)
    top.plot(x[significant], own["estimate"][significant], ".", color=COLOURS["orange"],
             markersize=3)
    top.axhline(0, color="#222222", linewidth=0.8)
    small = tested_on_returns(given.hypotheses)["smallest_effect"].dropna().max()
    for bound in (-small, small):
        top.axhline(bound, color=GREY, linewidth=0.7, linestyle="--")
    percent_axis(top)
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
               f"(p = {by.loc['share_significant', 'p_permutation']:.3f}). "
               f"Dashed: ±{100 * small:.1f} points.")
    alt = (f"Curve of {len(own):,} estimates from {own['estimate'].min():+.2%} to "
           f"{own['estimate'].max():+.2%}, median {own['estimate'].median():+.2%}.")
    return FigureMade(figure, caption.replace("-", "−"), alt, own)


def _choice(column: str, value: str) -> str:
    if column == "treatment":
        kind, form = value.split(":")
        return f"{kind}: {form.replace('_', ' ')}"
    text = WINDOWS.get(value) or MODELS.get(value) or value.replace("_", " ")
    return f"{column}: {text}"


def sensitivity_figure(given: FigureInputs, test: str, title: str) -> FigureMade:
    """How strong an omitted variable would have to be to change an estimate."""
    from matplotlib.ticker import MaxNLocator

    from breachstudy.estimation.sensitivity import adjusted_estimate

    r = given.results
    own = r[(r["spec"] == f"sensitivity/{test}") & (r["kind"] == "sensitivity")].set_index("term")[
        "estimate"].astype(float)
    grid = np.linspace(0, 0.3, 61)
    treatment, outcome = np.meshgrid(grid, grid)
    value, _ = adjusted_estimate(own["estimate"], own["std_error"], int(own["df"]), treatment,
                                 outcome)
    figure = new_figure(COLUMN + 0.6, 3.4)
    axis = figure.subplots()
    levels = [v for v in MaxNLocator(8).tick_values(100 * value.min(), 100 * value.max())
              if abs(v) > 1e-9]
    lines = axis.contour(treatment, outcome, value * 100, levels=levels, colors=GREY,
                         linewidths=0.8, linestyles="solid")
    axis.clabel(lines, fmt=lambda v: f"{v:+.2f}".replace("-", "−"), fontsize=6.5)
    axis.contour(treatment, outcome, value, levels=[0.0], colors=COLOURS["orange"], linewidths=1.8)
    marks = r[(r["spec"] == f"sensitivity/{test}") & (r["kind"] == "benchmark")]
    for row in marks.itertuples(index=False):
        if pd.notna(row.bound_lo) and row.bound_lo <= 0.3 and row.bound_hi <= 0.3:
            axis.plot(row.bound_lo, row.bound_hi, "D", color=COLOURS["blue"], markersize=4.5)
            axis.annotate(row.term.replace("x", "×"), (row.bound_lo, row.bound_hi),
                          xytext=(6, 0), fontsize=7, textcoords="offset points", va="center")
    observed = " and ".join(dict.fromkeys(covariate_name(g) for g in marks["group"])) or (
        "an observed covariate")
    axis.set_xlabel("Partial R² with the treatment")
    axis.set_ylabel("Partial R² with the outcome")
    axis.set_title(title)
    axis.grid(visible=False)
    caption = (f"Estimate in points ({own['estimate']:+.2%} as it stands) after an omitted "
               f"variable of the given strength; orange: none left. Robustness value "
               f"{own['robustness_value']:.3f}; {own['robustness_value_alpha']:.3f} to lose "
               f"significance. Diamonds: as strong as, twice, thrice {observed}.")
    data = pd.DataFrame({"r2_treatment": treatment.ravel(), "r2_outcome": outcome.ravel(),
                         "estimate": value.ravel()})
    return FigureMade(figure, caption.replace("-", "−"), "Contour plot. " + caption, data)


def power_figure(given: FigureInputs) -> FigureMade:
    """Power at true effects from the realised errors, the effect that more events would find,
    and each test against the effects that are too small to matter."""
    from breachstudy.estimation.equivalence import equivalence_power, power

    own = tested_on_returns(given.hypotheses)
    own = own[own["status"] == "confirmatory"]
    small = float(own["smallest_effect"].iloc[0])
    figure = new_figure(PAGE, 5.2)
    grid = figure.add_gridspec(2, 2, height_ratios=[1.25, 1])
    left, right = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    effects = np.linspace(0, 0.03, 61)
    parts = []
    for i, row in enumerate(own.to_dict("records")):
        curve = power(effects, float(row["std_error"]), np.inf)
        left.plot(effects, curve, linestyle=LINES[i % len(LINES)], color=SHADES[i % len(SHADES)],
                  linewidth=1.6, label=f"{row['hypothesis']} (n = {int(row['n'])})")
        parts.append(pd.DataFrame({"test": row["test"], "effect": effects, "power": curve}))
    left.axhline(0.8, color=GREY, linewidth=0.8, linestyle="--")
    left.axvspan(0, small, color="#E9E4D4", zorder=0)
    left.set_xlabel("True effect (points of return)")
    left.set_ylabel("Power at 0.05")
    left.legend(frameon=False, fontsize=7.5, loc="center right",
                bbox_to_anchor=(1.0, 0.58))
    left.set_title("What each test could find")
    percent_axis(left, "x")
    left.grid(axis="both")
    base = own.iloc[0]
    sd = float(base["std_error"]) * np.sqrt(float(base["n"]))
    sizes = np.array([50, 100, 200, 400, 800, 1600, 3200])
    error = sd / np.sqrt(sizes)
    found = np.array([float(power([small], e, np.inf)[0]) for e in error])
    equal = np.array([float(equivalence_power([0.0], e, n - 12, small)[0])
                      for e, n in zip(error, sizes, strict=True)])
    right.plot(sizes, found, "o-", color=COLOURS["blue"], markersize=4)
    right.plot(sizes, equal, "s--", color=COLOURS["orange"], markersize=4)
    for text, curve, (dx, dy), at, colour in (
            ("find it\nif it is there", found, (0, 45), 0, COLOURS["blue"]),
            ("exclude it\nif there is none", equal, (8, -12), 3, COLOURS["orange"])):
        right.annotate(text, (sizes[at], curve[at]), xytext=(dx, dy), ha="left", color=colour,
                       textcoords="offset points", fontsize=7.5,
                       va="bottom" if dy > 0 else "top")
    right.axhline(0.8, color=GREY, linewidth=0.8, linestyle="--")
    right.set_xscale("log")
    right.set_xticks(sizes, [f"{s:,}" for s in sizes], fontsize=7)
    right.minorticks_off()
    right.set_xlabel("Events")
    right.set_ylabel("Power")
    right.set_title(f"An effect of {100 * small:.1f} points")
    right.grid(axis="both")
    parts.append(pd.DataFrame({"test": "by size", "effect": small, "power": found,
                               "power_equivalence": equal, "n": sizes}))
    parts.append(_equivalence(figure.add_subplot(grid[1, :]), own, small))
    caption = ("Above: power from the realised standard errors; shaded: too small to matter; on "
               f"the right with the spread of {base['hypothesis']}. Below: 90% intervals, which "
               "lie within the shaded band where two one-sided tests at 0.05 exclude every effect "
               "that matters.")
    mdes = "; ".join(f"{r['hypothesis']} {r['mde']:.2%}" for r in own.to_dict("records"))
    return FigureMade(figure, caption, f"Power curves. Minimum detectable effects: {mdes}.",
                      pd.concat(parts, ignore_index=True))


def _equivalence(axis: Axes, tests: pd.DataFrame, small: float) -> pd.DataFrame:
    """90% intervals against the band of effects too small to matter; a row a test."""
    error = tests["std_error"].astype(float)
    estimate = tests["estimate"].astype(float)
    df = np.maximum(tests["n_clusters"].fillna(tests["n"]).astype(float) - 1, 1)
    half = stats.t.ppf(0.95, df) * error
    y = -np.arange(len(tests))
    axis.axvspan(-small, small, color="#E9E4D4", zorder=0)
    axis.axvline(0, color=GREY, linewidth=0.9)
    axis.hlines(y, estimate - half, estimate + half, color=COLOURS["blue"], linewidth=1.8)
    axis.plot(estimate, y, "o", color=COLOURS["blue"], markersize=5)
    axis.set_yticks(y, [f"{h} (p of equivalence {p:.2f})" for h, p in zip(
        tests["hypothesis"], tests["p_equivalence"].astype(float), strict=True)], fontsize=7.5)
    axis.set_ylim(-len(tests) + 0.4, 0.6)
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel("Effect on the cumulative abnormal return, 90% interval")
    axis.set_title("Can effects that matter be excluded?")
    percent_axis(axis, "x")
    return pd.DataFrame({"test": [f"{t} equivalence" for t in tests["test"]],
                         "effect": estimate, "lo": estimate - half, "hi": estimate + half})
