"""Figures of mean abnormal returns: by window and model, and how the loss builds up."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
)
from breachstudy.exhibits.numbers import count, effect, effect_interval, percent
from breachstudy.exhibits.style import COLOURS, GREY

__all__ = ["MODELS", "decay_figure", "means_figure"]

MODELS = {"market": "Market model", "market_adjusted": "Market-adjusted",
          "constant_mean": "Constant mean", "ff3": "Fama–French 3", "carhart": "Carhart",
          "ff5": "Fama–French 5"}
MARKS = ("o", "s", "^", "D", "v", "P")
PLACEBO = "m10_m2"


def _means(given: FigureInputs, spec: str) -> pd.DataFrame:
    """The stored intervals of mean returns: a row a window and model."""
    own = given.bands("mean", spec).rename(columns={"term": "window", "group": "model"})
    return own[["window", "model", "estimate", "std_error", "ci_lo", "ci_hi", "n"]]


def means_figure(given: FigureInputs) -> FigureMade:
    """Mean CAR with its interval: a row a window, a mark a model, the placebo window last."""
    data = _means(given, "h0_page")
    windows = [w for w in WINDOWS if w in set(data["window"]) and w != PLACEBO]
    windows += [PLACEBO] if PLACEBO in set(data["window"]) else []
    models = [m for m in MODELS if m in set(data["model"])]
    figure = new_figure(PAGE, 0.62 * len(windows) + 1.0)
    axis = figure.subplots()
    shades = (*SHADES, COLOURS["yellow"], "#333333")
    for j, model in enumerate(models):
        own = data[data["model"] == model].set_index("window").reindex(windows)
        y = -np.arange(len(windows)) - (j - (len(models) - 1) / 2) * 0.13
        axis.hlines(y, own["ci_lo"], own["ci_hi"], color=shades[j], linewidth=1.3)
        axis.plot(own["estimate"], y, MARKS[j], color=shades[j], markersize=4.4,
                  label=MODELS[model])
    axis.axvline(0, color=GREY, linewidth=0.9)
    if PLACEBO in windows:
        last = len(windows) - 1
        axis.axhspan(-last - 0.5, -last + 0.5, color="#F1F1F1", zorder=0)
    axis.set_yticks([-k for k in range(len(windows))],
                    [WINDOWS[w] + ("\nbefore the news" if w == PLACEBO else "") for w in windows])
    axis.set_ylim(-len(windows) + 0.5, 0.5)
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel(f"Mean cumulative abnormal return, {given.levels.interval} interval")
    axis.set_ylabel("Sessions round day 0")
    percent_axis(axis, "x", 0)
    axis.legend(frameon=False, fontsize=7.5, loc="center left", bbox_to_anchor=(1.0, 0.5))
    n = int(data["n"].max())
    main = data[(data["window"] == "m1_p1") & (data["model"] == "market")].iloc[0]
    spread = data[data["window"] == "m1_p1"]["estimate"]
    caption = (f"Events whose first public day was read in a page, n = {count(n)}; intervals from "
               "errors clustered by firm. The shaded window ends before the news: a mean away from "
               "zero there would be leakage or a fault.")
    alt = (f"From −1 to +1 the mean is {effect(main['estimate'], 'return')} with the market model, "
           f"and from {effect_interval(spread.min(), spread.max(), 'return')} over {len(spread)} "
           "models.")
    return FigureMade(figure, caption, alt, data)


def decay_figure(given: FigureInputs) -> FigureMade:
    """How the mean loss builds up over the sessions after the news, and the share that is early."""
    own = _means(given, "h0_page")
    own = own[(own["model"] == "market") & own["window"].str.match(r"0_p\d+$")]
    rows = [{"session": int(w.split("_p")[1]), "estimate": e, "ci_lo": a, "ci_hi": b, "n": n,
             "of": "means"} for w, e, a, b, n in own[["window", "estimate", "ci_lo", "ci_hi", "n"]]
            .itertuples(index=False)]
    found = given.results[given.results["spec"] == "h9_decay"]
    early = found[found["kind"] == "focus"].iloc[0]
    ends = given.bands("decay", "h9_decay").set_index("term")
    last = ends.loc["loss_at_horizon"]
    first, horizon = int(ends.loc["loss_at_first", "x"]) + 1, int(last["x"])
    rows.append({"session": horizon, **{c: float(last[c]) for c in ("estimate", "ci_lo", "ci_hi")},
                 "n": int(last["n"]), "of": "decay"})
    data = pd.DataFrame(rows).sort_values("session", kind="stable", ignore_index=True)
    figure = new_figure(COLUMN + 0.9, 3.0)
    axis = figure.subplots()
    x = data["session"] + 1
    axis.plot(x, data["estimate"], LINES[0], color=COLOURS["blue"], linewidth=1.3)
    axis.vlines(x, data["ci_lo"], data["ci_hi"], color=COLOURS["sky"], linewidth=1.6)
    axis.plot(x, data["estimate"], "o", color=COLOURS["blue"], markersize=4.5)
    for session, value in zip(data["session"], data["estimate"], strict=True):
        axis.annotate(percent(value, 1), (session + 1, value), xytext=(4, 5),
                      textcoords="offset points", fontsize=7.5)
    axis.axhline(0, color=GREY, linewidth=0.9)
    axis.set_xscale("log")
    axis.set_xticks(x, [f"+{s}" for s in data["session"]])
    axis.minorticks_off()
    axis.margins(x=0.12)
    axis.set_xlabel("Last session of the window from day 0")
    axis.set_ylabel("Mean cumulative abnormal return")
    axis.grid(axis="y")
    axis.grid(visible=False, axis="x")
    percent_axis(axis)
    level = given.levels.interval
    caption = (f"Market model, n = {count(early['n'])}; bars: {level}, clustered by firm. Share of "
               f"the loss of {horizon} sessions that came in the first {first}: "
               f"{effect(early['estimate'], 'share')} ({level} interval "
               f"{effect_interval(early['ci_lo'], early['ci_hi'], 'share')}).")
    alt = "Mean loss by last session: " + "; ".join(
        f"+{s} {percent(v, 1)}" for s, v in zip(data["session"], data["estimate"], strict=True))
    return FigureMade(figure, caption, alt + ".", data)
