"""Figures of effects: speed times candour, and one contrast under several estimators."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from breachstudy.exhibits.figure import PAGE, FigureInputs, FigureMade, new_figure, percent_axis
from breachstudy.exhibits.style import COLOURS, GREY
from breachstudy.exhibits.tables import percent

__all__ = ["CONTRASTS", "ESTIMATORS", "balance_figure", "covariate_name", "estimator_figure",
           "marginal_effects", "surface_figure"]

ESTIMATORS = {"difference": "difference of means", "entropy_balance": "entropy balancing",
              "ipw": "inverse probability", "overlap": "overlap weights",
              "aipw": "augmented, cross-fitted", "matching": "matching"}
CONTRASTS = {"fast_weighted": "Within 30 days against later",
             "candid_weighted": "Candid against not",
             "self_disclosed_weighted": "Made public by the firm against outed"}
SPEED, CANDOUR, PRODUCT = "lag_analysis_days", "candour", "speed_x_candour"
RANGE = 2.0
"""Standard deviations on either side of the mean that the surface covers."""


def marginal_effects(speed: tuple[float, float], product: tuple[float, float],
                     candour: np.ndarray, df: float, confidence: float = 0.95) -> pd.DataFrame:
    """Effect of one standard deviation more speed at levels of ``candour`` (k,) in its own.

    ``speed`` and ``product`` hold an estimate and its standard error each. Their covariance is
    not among the results, so the band uses the largest that it can be (Cauchy–Schwarz): error
    se_speed + |candour| se_product. It is at least as wide as the exact one.
    """
    effect = speed[0] + product[0] * candour
    error = speed[1] + np.abs(candour) * product[1]
    half = stats.t.ppf(0.5 + confidence / 2, df) * error
    return pd.DataFrame({"candour": candour, "effect": effect, "band_lo": effect - half,
                         "band_hi": effect + half})


def surface_figure(given: FigureInputs) -> FigureMade:
    """The fitted CAR over speed and candour, and the effect of speed along candour."""
    r = given.results
    own = r[(r["spec"] == "h4_car") & (r["kind"] == "coefficient")].set_index("term")
    focus = r[(r["spec"] == "h4_car") & (r["kind"] == "focus")].iloc[0]
    b = own["estimate"].astype(float)
    se = own["std_error"].astype(float)
    grid = np.linspace(-RANGE, RANGE, 41)
    x, y = np.meshgrid(grid, grid)
    value = b[SPEED] * x + b[CANDOUR] * y + b[PRODUCT] * x * y
    along = marginal_effects((b[SPEED], se[SPEED]), (b[PRODUCT], se[PRODUCT]), grid,
                             float(own["df"].iloc[0]))
    figure = new_figure(PAGE, 3.2)
    left, right = figure.subplots(1, 2)
    left.contourf(x, y, value, levels=11, cmap="cividis", alpha=0.75)
    lines = left.contour(x, y, value * 100, levels=11, colors="#222222", linewidths=0.6,
                         linestyles="solid")
    left.clabel(lines, fmt=lambda v: f"{v:+.1f}".replace("-", "−"), fontsize=7, inline_spacing=8)
    left.set_xlabel("Speed (SD; right: shorter lag)")
    left.set_ylabel("Candour (SD)")
    left.set_title("Fitted CAR, points from the mean")
    left.grid(visible=False)
    right.fill_between(along["candour"], along["band_lo"], along["band_hi"],
                       color=COLOURS["sky"], alpha=0.3, linewidth=0)
    right.plot(along["candour"], along["effect"], color=COLOURS["blue"], linewidth=1.7)
    right.axhline(0, color=GREY, linewidth=0.9)
    right.set_xlabel("Candour (SD)")
    right.set_ylabel("Effect of one SD more speed")
    right.set_title("Does candour change it?")
    right.grid(axis="both")
    percent_axis(right)
    caption = (f"From the regression of H4, n = {int(focus['n'])}: speed × candour "
               f"{percent(float(focus['estimate']))} (95% interval {percent(focus['ci_lo'])} to "
               f"{percent(focus['ci_hi'])}). Right: a band at least as wide as the 95% interval "
               "at each level. Conditional associations, not effects.")
    ends = along.iloc[[0, -1]]
    alt = (f"The effect of speed runs from {percent(ends['effect'].iloc[0])} at low candour to "
           f"{percent(ends['effect'].iloc[1])} at high candour.")
    return FigureMade(figure, caption, alt, along)


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
        axis.set_title(f"{CONTRASTS[spec]} (n = {int(n.max())})")
        percent_axis(axis, "x", 0)
    axes[-1].set_xlabel("Difference of CAR −1 to +1, 95% interval")
    columns = ["spec", "term", "estimate", "std_error", "ci_lo", "ci_hi", "n"]
    data = own[own["spec"].isin(specs)][columns]
    caption = ("Contrasts balanced on the baseline controls, errors clustered by firm; square: "
               f"as observed. Shaded: too small to matter (±{100 * small:.1f} points). An "
               "estimator is left out where the groups do not overlap enough for its weights.")
    alt = "; ".join(
        f"{CONTRASTS[row.spec]}, {ESTIMATORS[row.term]}: {percent(row.estimate)}"
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
        axis.axvspan(-0.1, 0.1, color="#E9E4D4", zorder=0)
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
               + ". Shaded: below 0.1. Largest as observed: "
               + "; ".join(f"{names[s].lower()} {worst[s]:.2f}" for s in specs) + ".")
    return FigureMade(figure, caption, "Balance plot. " + caption, data)


def covariate_name(name: str) -> str:
    if "[" in name:
        column, level = name[:-1].split("[", 1)
        label = {"sector_group": "sector", "sensitivity": "data", "era": "era",
                 "is_affected_unknown": "number unknown", "has_prior_breach": "earlier breach"}
        stem = label.get(column, column)
        return stem if level == "True" else f"{stem}: {level}"
    return {"log_affected": "people affected (log)", "size_decile": "size decile"}.get(name, name)
