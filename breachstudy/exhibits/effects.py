"""Figures of effects: speed times candour, and one contrast under several estimators."""

from __future__ import annotations

import numpy as np
import pandas as pd

from breachstudy.exhibits.figure import (
    PAGE,
    WINDOWS,
    FigureInputs,
    FigureMade,
    new_figure,
    percent_axis,
    signed_levels,
)
from breachstudy.exhibits.numbers import (
    count,
    effect,
    effect_interval,
    margin,
    number,
    plain,
)
from breachstudy.exhibits.style import COLOURS, GREY

__all__ = ["CONTRASTS", "ESTIMATORS", "balance_figure", "covariate_name", "estimator_figure",
           "surface_figure"]

ESTIMATORS = {"difference": "difference of means", "entropy_balance": "entropy balancing",
              "ipw": "inverse probability", "overlap": "overlap weights",
              "aipw": "augmented, cross-fitted", "matching": "matching"}
CONTRASTS = {"fast_weighted": "Within 30 days against later",
             "candid_weighted": "Candid against not",
             "self_disclosed_weighted": "Made public by the firm against outed"}
BALANCED = 0.1
"""Standardised difference below which groups count as balanced."""


def surface_figure(given: FigureInputs) -> FigureMade:
    """The fitted CAR over speed and candour, and the effect of speed along candour."""
    r = given.results
    focus = r[(r["spec"] == "h4_car") & (r["kind"] == "focus")].iloc[0]
    fitted = given.surfaces[(given.surfaces["spec"] == "h4_car")
                            & (given.surfaces["kind"] == "fitted")]
    wide = fitted.pivot(index="y", columns="x", values="estimate")
    x, y = np.meshgrid(wide.columns.to_numpy(), wide.index.to_numpy())
    value = wide.to_numpy()
    along = given.bands("moderation", "h4_car")
    figure = new_figure(PAGE, 3.2)
    left, right = figure.subplots(1, 2)
    left.contourf(x, y, value, levels=11, cmap="cividis", alpha=0.75)
    lines = left.contour(x, y, value * 100, levels=11, colors="#222222", linewidths=0.6,
                         linestyles="solid")
    left.clabel(lines, fmt=signed_levels(2), fontsize=7, inline_spacing=8)
    left.set_xlabel("Speed (SD; right: shorter lag)")
    left.set_ylabel("Candour (SD)")
    left.set_title("Fitted CAR, points from the mean")
    left.grid(visible=False)
    right.fill_between(along["x"], along["ci_lo"], along["ci_hi"], color=COLOURS["sky"], alpha=0.3,
                       linewidth=0)
    right.plot(along["x"], along["estimate"], color=COLOURS["blue"], linewidth=1.7)
    right.axhline(0, color=GREY, linewidth=0.9)
    right.set_xlabel("Candour (SD)")
    right.set_ylabel("Effect of one SD more speed")
    right.set_title("Does candour change it?")
    right.grid(axis="both")
    percent_axis(right)
    level = given.levels.interval
    caption = (f"From the regression of H4, n = {count(focus['n'])}: speed × candour "
               f"{effect(focus['estimate'], 'return')} ({level} interval "
               f"{effect_interval(focus['ci_lo'], focus['ci_hi'], 'return')}). Right: the {level} "
               "interval at each level. Conditional associations, not effects.")
    ends = along.iloc[[0, -1]]
    alt = (f"The effect of speed runs from {effect(ends['estimate'].iloc[0], 'return')} at low "
           f"candour to {effect(ends['estimate'].iloc[1], 'return')} at high candour.")
    data = pd.concat([
        along[["x", "estimate", "std_error", "df", "ci_lo", "ci_hi"]].rename(
            columns={"x": "candour"}).assign(part="effect of speed"),
        fitted[["x", "y", "estimate"]].rename(columns={"x": "speed", "y": "candour"}).assign(
            part="fitted")], ignore_index=True)
    return FigureMade(figure, caption, alt, data)


def estimator_figure(given: FigureInputs) -> FigureMade:
    """Each two-valued contrast under every estimator, with the band too small to matter."""
    r = given.results
    own = r[(r["kind"] == "effect") & r["spec"].isin(CONTRASTS)]
    specs = [s for s in CONTRASTS if own.loc[own["spec"] == s, "estimate"].notna().any()]
    small = float(own["smallest_effect"].dropna().iloc[0])
    figure = new_figure(PAGE, 1.62 * len(specs) + 0.6)
    axes = figure.subplots(len(specs), 1, sharex=True, squeeze=False)[:, 0]
    terms = list(ESTIMATORS)
    for axis, spec in zip(axes, specs, strict=True):
        mine = own[own["spec"] == spec].set_index("term").reindex(terms)
        axis.axvspan(-small, small, color="#E9E4D4", zorder=0)
        axis.axvline(0, color=GREY, linewidth=0.9)
        for k, row in enumerate(mine.itertuples()):
            if pd.isna(row.estimate):
                axis.annotate("could not be had", (0.01, -k), va="center", fontsize=7.5,
                              xycoords=("axes fraction", "data"), color=GREY)
                continue
            weighted = k > 0
            axis.plot([row.ci_lo, row.ci_hi], [-k, -k], linewidth=1.7,
                      color=COLOURS["blue"] if weighted else COLOURS["orange"])
            axis.plot(row.estimate, -k, "o" if weighted else "s", markersize=5,
                      color=COLOURS["blue"] if weighted else COLOURS["orange"])
        axis.set_yticks([-k for k in range(len(terms))], list(ESTIMATORS.values()))
        axis.set_ylim(-len(terms) + 0.4, 0.6)
        axis.tick_params(axis="y", length=0)
        n = mine["n"].dropna()
        axis.set_title(f"{CONTRASTS[spec]} (n = {count(n.max())})")
        percent_axis(axis, "x", 0)
    axes[-1].set_xlabel(f"Difference of CAR {WINDOWS['m1_p1']}, {given.levels.interval} interval")
    columns = ["spec", "term", "estimate", "std_error", "ci_lo", "ci_hi", "n"]
    data = own[own["spec"].isin(specs)][columns]
    caption = ("Contrasts balanced on the baseline controls, errors clustered by firm; square: "
               f"as observed. Shaded: too small to matter ({margin(small, 'return')}). An "
               "estimator is left out where the groups do not overlap enough for its weights.")
    alt = "; ".join(
        f"{CONTRASTS[row.spec]}, {ESTIMATORS[row.term]}: {effect(row.estimate, 'return')}"
        for row in data[data["estimate"].notna()].itertuples(index=False)) + "."
    return FigureMade(figure, caption, alt, data)


def balance_figure(given: FigureInputs) -> FigureMade:
    """Standardised differences of covariates before and after weighting."""
    data = given.balance
    names = {"fast_weighted": "Speed", "candid_weighted": "Candour",
             "self_disclosed_weighted": "Who was first"}
    specs = [s for s in names if s in set(data["spec"])]
    covariates = list(dict.fromkeys(data["covariate"]))
    figure = new_figure(PAGE, 0.24 * len(covariates) + 1.2)
    axes = figure.subplots(1, len(specs), squeeze=False, sharex=True)[0]
    y = np.arange(len(covariates))[::-1].astype(float)
    for axis, spec in zip(axes, specs, strict=True):
        own = data[data["spec"] == spec].set_index("covariate").reindex(covariates)
        axis.axvspan(-BALANCED, BALANCED, color="#E9E4D4", zorder=0)
        axis.axvline(0, color=GREY, linewidth=0.8)
        for column, mark, colour, shift, label in (
                ("smd_raw", "o", COLOURS["orange"], 0.0, "as observed"),
                ("smd_overlap", "s", COLOURS["sky"], 0.2, "overlap weights"),
                ("smd_entropy", "D", COLOURS["blue"], -0.2, "entropy balance")):
            axis.plot(own[column], y + shift, mark, color=colour, markersize=3.6, label=label,
                      fillstyle="none" if column == "smd_raw" else "full")
        axis.set_yticks(y, [covariate_name(c) for c in covariates] if axis is axes[0] else [])
        axis.set_ylim(-0.6, len(covariates) - 0.4)  # a covariate missing at an end keeps its row
        axis.tick_params(axis="y", length=0)
        axis.set_title(names[spec])
    axes[len(axes) // 2].set_xlabel("Standardised difference of means")
    figure.legend(*axes[0].get_legend_handles_labels(), frameon=False, fontsize=8, ncols=3,
                  loc="outside upper center")
    worst = data.groupby("spec")["smd_raw"].apply(lambda s: float(s.abs().max()))
    caption = ("Standardised mean differences of the baseline controls, "
               + "; ".join(f"{names[s].lower()}: {CONTRASTS[s][0].lower()}{CONTRASTS[s][1:]}"
                           for s in specs)
               + f". Shaded: below {plain(BALANCED)}. Largest as observed: "
               + "; ".join(f"{names[s].lower()} {number(worst[s], 2)}" for s in specs) + ".")
    return FigureMade(figure, caption, "Balance plot. " + caption, data)


def covariate_name(name: str) -> str:
    if "[" in name:
        column, level = name[:-1].split("[", 1)
        label = {"sector_group": "sector", "sensitivity": "data", "era": "era",
                 "is_affected_unknown": "number unknown", "has_prior_breach": "earlier breach"}
        stem = label.get(column, column)
        return stem if level == "True" else f"{stem}: {level}"
    return {"log_affected": "people affected (log)", "size_decile": "size decile"}.get(name, name)
