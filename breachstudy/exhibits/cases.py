"""Figures of events and answers: timelines of the seed cases, the atlas, how answers are coded."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.codebook.book import book
from breachstudy.exhibits.figure import LINES, PAGE, SHADES, FigureInputs, FigureMade, new_figure
from breachstudy.exhibits.style import COLOURS, GREY

__all__ = ["atlas_figure", "index_figure", "prevalence_figure", "timeline_figure"]

SEEDS = (("reddit-2018", "Reddit 2018"), ("microsoft-webmail-2019", "Microsoft webmail 2019"))
DATES = (("incident_start", "intrusion begins"), ("incident_end", "access ends"),
         ("discovered", "discovered"), ("first_public", "public"),
         ("scope_revised", "scope revised"))
HEIGHTS = (11, -11, 38, -38, 11)
"""Points above the line at which the labels of successive dates stand, so that none overlap."""
CLOCKS = (("dwell", "L1 dwell"), ("disclosure_lag", "L2 discovery to disclosure"),
          ("exposure_to_disclosure", "L6 start to disclosure"),
          ("revision_lag", "L7 disclosure to revision"))
FAMOUS = ("equifax-2017", "target-2013", "capital-one-2019", "marriott-2018", "home-depot-2014",
          "yahoo-2016-sept", "facebook-2018-sept", "anthem-2015", "solarwinds-2020",
          "under-armour-2018", "heartland-2009", "tjx-2007", "ebay-2014", "sony-psn-2011")


def timeline_figure(given: FigureInputs) -> FigureMade:
    """Reddit and Microsoft side by side on every clock."""
    events = given.frames["events"].set_index("event_id")
    figure = new_figure(PAGE, 4.4)
    axes = figure.subplots(len(SEEDS), 1)
    rows: list[dict[str, Any]] = []
    for axis, (event_id, title) in zip(axes, SEEDS, strict=True):
        event = events.loc[event_id]
        points = [(name, label, event[f"{name}_lo"], event[f"{name}_hi"]) for name, label in DATES
                  if isinstance(event[f"{name}_lo"], dt.date)]
        zero = event["discovered_lo"]
        for k, (name, label, lo, hi) in enumerate(points):
            a, b = (lo - zero).days, (hi - zero).days
            axis.plot([a, b], [0, 0], color=COLOURS["blue"], linewidth=6, solid_capstyle="butt")
            axis.plot((a + b) / 2, 0, "o", color=COLOURS["blue"], markersize=7)
            height = HEIGHTS[k % len(HEIGHTS)]
            axis.annotate(f"{label}\n{lo:%d %b %Y}", ((a + b) / 2, 0), xytext=(0, height),
                          textcoords="offset points", ha="center",
                          va="bottom" if height > 0 else "top", fontsize=7.5,
                          arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.5})
            rows.append({"event": title, "date": name, "lo": lo, "hi": hi, "day_lo": a,
                         "day_hi": b})
        clocks = "   ".join(f"{label}: {_clock(event, name)}" for name, label in CLOCKS
                            if pd.notna(event[f"{name}_days"]))
        axis.set_title(f"{title}    {clocks}", fontsize=8.5)
        axis.set_ylim(-1, 1)
        axis.set_yticks([])
        axis.spines["left"].set_visible(False)
        axis.margins(x=0.09)
    axes[-1].set_xlabel("Days from discovery")
    a, b = (events.loc[e] for e, _ in SEEDS)
    caption = ("The two standing examples, held out of estimation. On the clock that the firm "
               f"controls (L2) Microsoft was faster: {b['disclosure_lag_days']:.0f} days against "
               f"Reddit's {a['disclosure_lag_days']:.0f}; only from the start of the exposure (L6) "
               f"is Reddit ahead: {a['exposure_to_disclosure_days']:.0f} against "
               f"{b['exposure_to_disclosure_days']:.0f}.")
    return FigureMade(figure, caption, "Two timelines. " + caption, pd.DataFrame(rows))


def _clock(event: pd.Series, name: str) -> str:
    lo, hi = int(event[f"{name}_lo_days"]), int(event[f"{name}_hi_days"])
    return f"{lo} d" if lo == hi else f"{lo} to {hi} d"


def atlas_figure(given: FigureInputs) -> FigureMade:
    """Every event with a lag and a primary CAR: lag against candour (people affected where no
    candour is coded), coloured by the CAR, the famous ones named."""
    events = given.frames["events"]
    coded = events["candour"].notna().any()
    y = "candour" if coded else "log_affected"
    own = events[events["lag_analysis_days"].notna() & events["car_m1_p1"].notna()
                 & events[y].notna() & (events["event_date_basis"] == "page_day")]
    if y == "log_affected":
        own = own[~own["is_affected_unknown"].astype(bool)]
    lag = own["lag_analysis_days"].astype(float)
    height = own[y].astype(float)
    car = own["car_m1_p1"].astype(float)
    figure = new_figure(PAGE, 4.4)
    axis = figure.subplots()
    limit = 0.1
    drawn = axis.scatter(lag + 1, height, c=car.clip(-limit, limit), cmap="PuOr", vmin=-limit,
                         vmax=limit, s=16 + 170 * car.abs().clip(upper=0.3), edgecolor="#333333",
                         linewidth=0.5, alpha=0.9)
    axis.set_xscale("log")
    ticks = [0, 1, 3, 7, 14, 30, 60, 120, 365]
    axis.set_xticks([t + 1 for t in ticks], [str(t) for t in ticks])
    axis.minorticks_off()
    axis.set_xlabel("Days from discovery to the first public news")
    axis.set_ylabel("Candour (0 to 1)" if coded else "People affected (log10)")
    axis.grid(axis="both")
    bar = figure.colorbar(drawn, ax=axis, shrink=0.8)
    bar.set_label("CAR −1 to +1 (cut at ±10%)")
    bar.ax.set_yticks([-0.1, -0.05, 0, 0.05, 0.1], ["−10%", "−5%", "0", "5%", "10%"])
    _label(axis, own.assign(x=lag + 1, y=height))
    data = own[["event_id", "organisation", "lag_analysis_days", y, "car_m1_p1"]]
    caption = (f"Listed firms' events with a first public day read in a page, a lag and a primary "
               f"CAR; n = {len(own)}. Size grows with the size of the CAR.")
    correlation = float(np.corrcoef(np.log1p(lag), height)[0, 1]) if len(own) > 2 else float("nan")
    alt = (f"Scatter of {len(own)} events; lag and {axis.get_ylabel().lower()} have a correlation "
           f"of {correlation:.2f}.")
    return FigureMade(figure, caption, alt, data)


def _label(axis: Any, own: pd.DataFrame) -> None:
    """Names of the famous events, each moved up or down until it meets no other label."""
    import matplotlib.transforms as transforms
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(axis.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    taken: list[Any] = []
    famous = own[own["event_id"].isin(FAMOUS)].sort_values("x")
    for row in famous.itertuples(index=False):
        name = row.organisation.split(" (")[0].split(",")[0]
        for dx, dy in ((6, 4), (6, -10), (-6, 6), (-6, -12), (6, 16), (-6, 18), (6, -22),
                       (-6, -24), (6, 28), (-6, 30)):
            text = axis.annotate(name, (row.x, row.y), xytext=(dx, dy),
                                 textcoords="offset points", fontsize=7.5,
                                 ha="left" if dx > 0 else "right",
                                 arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.5}
                                 if abs(dy) > 12 else None)
            box = text.get_window_extent(renderer).expanded(1.05, 1.1)
            inside = transforms.Bbox.intersection(box, axis.get_window_extent(renderer))
            whole = inside is not None and inside.width >= box.width * 0.98
            if whole and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()


def prevalence_figure(given: FigureInputs) -> FigureMade:
    """Share of events at each level of every item, with the agreement of the coders."""
    codes, agreement = given.frames["codes"], given.frames["agreement"]
    sets = given.frames["events"].set_index("event_id")["coding_set"]
    own = codes[codes["event_id"].map(sets).isin(["largest", "random", "landmark"])]
    alpha = agreement[(agreement["comparison"] == "A_B") & (agreement["stratum"] == "all")
                      ].set_index("variable")
    items = book().items
    figure = new_figure(PAGE, 6.2)
    left, right = figure.subplots(1, 2, width_ratios=[2.4, 1], sharey=True)
    rows = []
    shades = ("#E6E6E6", COLOURS["sky"], COLOURS["blue"], "#003A5D")
    for k, item in enumerate(items):
        mine = own[own["item"] == item.id]
        found = mine[mine["status"] == "coded"]["value"].astype(float)
        total, start = max(len(mine), 1), 0.0
        for j, level in enumerate(sorted({float(v) for v in item.levels})):
            share = float((found == level).sum() / total)
            left.barh(-k, share, left=start, color=shades[min(j, 3)], height=0.75,
                      edgecolor="white", linewidth=0.4)
            start += share
            rows.append({"item": item.id, "level": level, "share": share, "n": total})
        missing = float((mine["status"] != "coded").sum() / total)
        left.barh(-k, missing, left=start, color="white", height=0.75, hatch="////",
                  edgecolor="#BBBBBB", linewidth=0.4)
        row = alpha.loc[item.id] if item.id in alpha.index else None
        if row is not None and pd.notna(row["alpha"]):
            right.plot([row["alpha_lo"], row["alpha_hi"]], [-k, -k], color=GREY, linewidth=1.4)
            right.plot(row["alpha"], -k, "o", color=COLOURS["blue"], markersize=4)
        if row is not None and pd.notna(row["ac1"]):
            right.plot(row["ac1"], -k, "D", color=COLOURS["orange"], markersize=3.4,
                       fillstyle="none")
    left.set_yticks([-k for k in range(len(items))], [f"{i.id}  {i.title}" for i in items],
                    fontsize=7.5)
    left.set_xlim(0, 1)
    left.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    left.set_xlabel("Share of coded events (hatched: not found or not applicable)")
    right.axvline(0.67, color=GREY, linestyle=":", linewidth=0.9)
    right.axvline(0.80, color=GREY, linestyle="--", linewidth=0.9)
    right.set_xlim(-0.3, 1.02)
    right.set_xlabel("α (dot, 95%) and AC1 (diamond)")
    right.set_title("Agreement")
    left.set_title("Levels, from absent (grey) to fullest (dark)")
    n = own["event_id"].nunique()
    caption = (f"Final codes of {n} events (training cases left out). Agreement of two machine "
               "coders who did not see each other: Krippendorff's α with bootstrap intervals, and "
               "Gwet's AC1. Dotted 0.67, dashed 0.80.")
    usable = int(alpha["verdict"].isin(["reliable", "tentative"]).sum()) if len(alpha) else 0
    return FigureMade(figure, caption, f"Bars of the levels of {len(items)} items over {n} events; "
                      f"{usable} variables reach an agreement of 0.67.", pd.DataFrame(rows))


def index_figure(given: FigureInputs) -> FigureMade:
    """Distributions of the three indices, and how they go together."""
    events = given.frames["events"]
    own = events[events["coding_set"].isin(["largest", "random", "landmark"])]
    names = ["candour", "accommodation", "evasion"]
    figure = new_figure(PAGE, 2.4)
    axes = figure.subplots(1, 3, sharey=True)
    bins = np.linspace(0, 1, 13)
    for k, (axis, name) in enumerate(zip(axes, names, strict=True)):
        values = own[name].dropna().astype(float)
        axis.hist(values, bins=bins, color=SHADES[k], edgecolor="white", linewidth=0.5)
        axis.axvline(float(values.mean()), color="#111111", linestyle=LINES[1], linewidth=1)
        axis.set_title(f"{name.capitalize()} (n = {len(values)})")
        axis.set_xlabel("Index, 0 to 1")
        axis.grid(axis="y")
    axes[0].set_ylabel("Events")
    corr = own[names].astype(float).corr()
    caption = ("Indices over coded events; dashed: mean. Correlations: candour with accommodation "
               f"{corr.iloc[0, 1]:.2f}, candour with evasion {corr.iloc[0, 2]:.2f}, accommodation "
               f"with evasion {corr.iloc[1, 2]:.2f}.").replace("-", "−")
    return FigureMade(figure, caption, "Three histograms. " + caption,
                      own[["event_id", *names]])
