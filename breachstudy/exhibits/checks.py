"""Figures of checks: specification curves, omitted variables, power and equivalence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

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
    signed_levels,
    tested_on_returns,
)
from breachstudy.exhibits.numbers import (
    count,
    effect,
    effect_interval,
    margin,
    number,
    p_equals,
    p_value,
    plain,
    points,
    share,
    size,
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
    significant = own["p_value"] < given.levels.alpha
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
    bottom.set_xlabel(f"{count(len(own))} specifications, ordered by estimate")
    bottom.grid(visible=False)
    r = given.results[(given.results["spec"] == spec) & (given.results["kind"] == "curve")]
    by = r.set_index("term")
    middle, signed = by.loc["median_estimate"], by.loc["share_significant"]
    caption = (f"{count(len(own))} specifications (windows × models of normal returns × versions × "
               f"samples × controls); orange: p < {plain(given.levels.alpha)} taken alone. Median "
               f"{effect(middle['estimate'], 'return')} (joint permutation "
               f"{p_equals(middle['p_permutation'])}); share significant in the predicted sign "
               f"{share(signed['estimate'], 1)} ({p_equals(signed['p_permutation'])}). "
               f"Dashed: {margin(small, 'return')}.")
    ends = effect_interval(own["estimate"].min(), own["estimate"].max(), "return")
    alt = (f"Curve of {count(len(own))} estimates from {ends}, median "
           f"{effect(middle['estimate'], 'return')}.")
    return FigureMade(figure, caption, alt, own)


def _choice(column: str, value: str) -> str:
    if column == "treatment":
        kind, form = value.split(":")
        return f"{kind}: {form.replace('_', ' ')}"
    text = WINDOWS.get(value) or MODELS.get(value) or value.replace("_", " ")
    return f"{column}: {text}"


def sensitivity_figure(given: FigureInputs, test: str, title: str) -> FigureMade:
    """How strong an omitted variable would have to be to change an estimate."""
    from matplotlib.ticker import MaxNLocator

    r = given.results
    own = r[(r["spec"] == f"sensitivity/{test}") & (r["kind"] == "sensitivity")].set_index("term")[
        "estimate"].astype(float)
    data = given.surfaces
    data = data[(data["spec"] == f"sensitivity/{test}") & (data["kind"] == "omitted_variable")]
    wide = data.pivot(index="y", columns="x", values="estimate")
    treatment, outcome = np.meshgrid(wide.columns.to_numpy(), wide.index.to_numpy())
    value, limit = wide.to_numpy(), float(treatment.max())
    figure = new_figure(COLUMN + 0.6, 3.4)
    axis = figure.subplots()
    levels = [v for v in MaxNLocator(8).tick_values(100 * value.min(), 100 * value.max())
              if abs(v) > 1e-9]
    lines = axis.contour(treatment, outcome, value * 100, levels=levels, colors=GREY,
                         linewidths=0.8, linestyles="solid")
    axis.clabel(lines, fmt=signed_levels(2), fontsize=6.5)
    axis.contour(treatment, outcome, value, levels=[0.0], colors=COLOURS["orange"], linewidths=1.8)
    marks = r[(r["spec"] == f"sensitivity/{test}") & (r["kind"] == "benchmark")]
    for row in marks.itertuples(index=False):
        if pd.notna(row.bound_lo) and max(row.bound_lo, row.bound_hi) <= limit:
            axis.plot(row.bound_lo, row.bound_hi, "D", color=COLOURS["blue"], markersize=4.5)
            axis.annotate(row.term.replace("x", "×"), (row.bound_lo, row.bound_hi),
                          xytext=(6, 0), fontsize=7, textcoords="offset points", va="center")
    observed = " and ".join(dict.fromkeys(covariate_name(g) for g in marks["group"])) or (
        "an observed covariate")
    axis.set_xlabel("Partial R² with the treatment")
    axis.set_ylabel("Partial R² with the outcome")
    axis.set_title(title)
    axis.grid(visible=False)
    caption = (f"Estimate in points ({effect(own['estimate'], 'return')} as it stands) after an "
               "omitted variable of the given strength; orange: none left. Robustness value "
               f"{number(own['robustness_value'])}; {number(own['robustness_value_alpha'])} to "
               f"lose significance. Diamonds: as strong as, twice, thrice {observed}.")
    data = data[["x", "y", "estimate"]].rename(columns={"x": "r2_treatment", "y": "r2_outcome"})
    return FigureMade(figure, caption, "Contour plot. " + caption, data)


def power_figure(given: FigureInputs) -> FigureMade:
    """Power at true effects from the realised errors, the effect that more events would find,
    and each test against the effects that are too small to matter."""
    own = tested_on_returns(given.hypotheses)
    own = own[own["status"] == "confirmatory"]
    small, levels = float(own["smallest_effect"].iloc[0]), given.levels
    figure = new_figure(PAGE, 5.2)
    grid = figure.add_gridspec(2, 2, height_ratios=[1.25, 1])
    left, right = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    parts = []
    for i, row in enumerate(own.to_dict("records")):
        curve = given.bands("power", row["test"])
        left.plot(curve["x"], curve["estimate"], linestyle=LINES[i % len(LINES)],
                  color=SHADES[i % len(SHADES)], linewidth=1.6,
                  label=f"{row['hypothesis']} (n = {count(row['n'])})")
        parts.append(pd.DataFrame({"test": row["test"], "effect": curve["x"],
                                   "power": curve["estimate"], "df": curve["df"]}))
    left.axhline(levels.power, color=GREY, linewidth=0.8, linestyle="--")
    left.axvspan(0, small, color="#E9E4D4", zorder=0)
    left.set_xlabel("True effect (points of return)")
    left.set_ylabel(f"Power at {plain(levels.alpha)}")
    left.legend(frameon=False, fontsize=7.5, loc="center right",
                bbox_to_anchor=(1.0, 0.58))
    left.set_title("What each test could find")
    percent_axis(left, "x")
    left.grid(axis="both")
    base = own.iloc[0]
    parts.append(_by_size(right, given, base["test"], levels.power).assign(effect=small))
    right.set_title(f"An effect of {points(small, 1, sign=False)} points")
    parts.append(_equivalence(figure.add_subplot(grid[1, :]), given, own, small))
    caption = ("Above: power from the realised standard errors and their degrees of freedom; "
               "shaded: too small to matter; on the right with the spread of "
               f"{base['hypothesis']}. Below: {levels.equivalence} intervals, which lie within the "
               f"shaded band where two one-sided tests at {plain(levels.alpha)} exclude every "
               "effect that matters.")
    mdes = "; ".join(f"{r['hypothesis']} {size(r['mde'], 'return')} points"
                     for r in own.to_dict("records"))
    return FigureMade(figure, caption, f"Power curves. Minimum detectable effects: {mdes}.",
                      pd.concat(parts, ignore_index=True))


def _by_size(axis: Axes, given: FigureInputs, test: str, wanted: float) -> pd.DataFrame:
    """Power of one test by the number of events; a row a number."""
    found, equal = (given.bands(kind, test) for kind in ("power_by_n", "equivalence_power_by_n"))
    sizes = found["x"].to_numpy()
    axis.plot(sizes, found["estimate"], "o-", color=COLOURS["blue"], markersize=4)
    axis.plot(sizes, equal["estimate"], "s--", color=COLOURS["orange"], markersize=4)
    for text, curve, (dx, dy), at, colour in (
            ("find it\nif it is there", found, (0, 45), 0, COLOURS["blue"]),
            ("exclude it\nif there is none", equal, (8, -12), 3, COLOURS["orange"])):
        axis.annotate(text, (sizes[at], curve["estimate"].iloc[at]), xytext=(dx, dy), ha="left",
                      color=colour, textcoords="offset points", fontsize=7.5,
                      va="bottom" if dy > 0 else "top")
    axis.axhline(wanted, color=GREY, linewidth=0.8, linestyle="--")
    axis.set_xscale("log")
    axis.set_xticks(sizes, [count(s) for s in sizes], fontsize=7)
    axis.minorticks_off()
    axis.set_xlabel("Events")
    axis.set_ylabel("Power")
    axis.grid(axis="both")
    return pd.DataFrame({"test": f"{test} by size", "power": found["estimate"].to_numpy(),
                         "power_equivalence": equal["estimate"].to_numpy(), "n": sizes,
                         "df": found["df"].to_numpy()})


def _equivalence(axis: Axes, given: FigureInputs, tests: pd.DataFrame, small: float
                 ) -> pd.DataFrame:
    """Stored intervals against the band of effects too small to matter; a row a test."""
    bands = given.bands("equivalence").set_index("spec").loc[tests["test"]]
    y = -np.arange(len(tests))
    axis.axvspan(-small, small, color="#E9E4D4", zorder=0)
    axis.axvline(0, color=GREY, linewidth=0.9)
    axis.hlines(y, bands["ci_lo"], bands["ci_hi"], color=COLOURS["blue"], linewidth=1.8)
    axis.plot(bands["estimate"], y, "o", color=COLOURS["blue"], markersize=5)
    axis.set_yticks(y, [f"{h} (p of equivalence {p_value(p)})" for h, p in zip(
        tests["hypothesis"], tests["p_equivalence"], strict=True)], fontsize=7.5)
    axis.set_ylim(-len(tests) + 0.4, 0.6)
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel("Effect on the cumulative abnormal return, "
                    f"{given.levels.equivalence} interval")
    axis.set_title("Can effects that matter be excluded?")
    percent_axis(axis, "x")
    return pd.DataFrame({"test": [f"{t} equivalence" for t in bands.index],
                         "effect": bands["estimate"].to_numpy(), "df": bands["df"].to_numpy(),
                         "lo": bands["ci_lo"].to_numpy(), "hi": bands["ci_hi"].to_numpy()})
