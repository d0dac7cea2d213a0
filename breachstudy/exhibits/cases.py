"""Figures of events and answers: timelines of the seed cases, the atlas, how answers are coded."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from breachstudy.exhibits.figure import (
    LINES,
    PAGE,
    SHADES,
    WINDOWS,
    FigureInputs,
    FigureMade,
    new_figure,
)
from breachstudy.exhibits.numbers import between, count, number, share
from breachstudy.exhibits.style import COLOURS, GREY
from breachstudy.response.reliability import DROP_BELOW, TENTATIVE_BELOW
from breachstudy.schema.coding_book import book

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["atlas_figure", "index_figure", "prevalence_figure", "timeline_figure"]

SEEDS = (("reddit-2018", "Reddit 2018"), ("microsoft-webmail-2019", "Microsoft webmail 2019"))
DATES = (("incident_start", "intrusion\nbegins"), ("incident_end", "access\nends"),
         ("discovered", "discovered"), ("first_public", "public"),
         ("scope_revised", "scope\nrevised"))
PLACES = {"incident_start": (-5, 12), "incident_end": (-14, -12), "discovered": (8, 12),
          "first_public": (5, -12), "scope_revised": (20, 12)}
"""Points by which a date's label stands off the line, so that close dates do not overlap."""
CLOCKS = (("dwell", "L1 start to discovery"), ("disclosure_lag", "L2 discovery to disclosure"),
          ("notification_lag", "L4 discovery to first letter"),
          ("containment_lag", "L5 discovery to containment"),
          ("exposure_to_disclosure", "L6 start to disclosure"),
          ("revision_lag", "L7 disclosure to revision"))
FAMOUS = ("equifax-2017", "target-2013", "capital-one-2019", "marriott-2018", "home-depot-2014",
          "yahoo-2016-sept", "facebook-2018-sept", "anthem-2015", "solarwinds-2020",
          "under-armour-2018", "heartland-2009", "tjx-2007", "ebay-2014", "sony-psn-2011")


def timeline_figure(given: FigureInputs) -> FigureMade:
    """Reddit and Microsoft side by side: their dates on one scale, and every clock."""
    events = given.frames["events"].set_index("event_id")
    figure = new_figure(PAGE, 5.3)
    *axes, below = figure.subplots(len(SEEDS) + 1, 1, height_ratios=[1, 1, 1.9])
    rows: list[dict[str, Any]] = []
    for axis, (event_id, title), colour in zip(axes, SEEDS, SHADES, strict=False):
        rows += _timeline(axis, events.loc[event_id], title, colour)
    ends = [r[k] for r in rows for k in ("day_lo", "day_hi")]
    for axis in axes:
        axis.set_xlim(min(ends) - 8, max(ends) + 8)
    axes[0].tick_params(labelbottom=False)
    axes[-1].set_xlabel("Days from discovery")
    rows += _clocks(below, events)
    lags, exposed = ([number(events.loc[e, f"{clock}_days"], 0) for e, _ in SEEDS]
                     for clock in ("disclosure_lag", "exposure_to_disclosure"))
    caption = ("The two standing examples, held out of estimation. On the clock that the firm "
               f"controls (L2) Microsoft was faster: {lags[1]} days against Reddit's {lags[0]}; "
               f"only from the start of the exposure (L6) is Reddit ahead: {exposed[0]} against "
               f"{exposed[1]}. A clock without a bar: no page gives its dates.")
    return FigureMade(figure, caption, "Two timelines and the clocks. " + caption,
                      pd.DataFrame(rows))


def _timeline(axis: Axes, event: pd.Series, title: str, colour: str) -> list[dict[str, Any]]:
    """The dates of one event on a line, in days from discovery; a row a date."""
    rows = []
    zero = event["discovered_lo"]
    axis.axhline(0, color="#CCCCCC", linewidth=1, zorder=0)
    for name, label in DATES:
        lo, hi = event[f"{name}_lo"], event[f"{name}_hi"]
        if not isinstance(lo, dt.date):
            continue
        a, b = (lo - zero).days, (hi - zero).days
        axis.plot([a, b], [0, 0], color=colour, linewidth=6, solid_capstyle="butt")
        axis.plot((a + b) / 2, 0, "o", color=colour, markersize=6)
        dx, dy = PLACES[name]
        axis.annotate(f"{label}\n{lo.day} {lo:%b %Y}", ((a + b) / 2, 0), xytext=(dx, dy),
                      textcoords="offset points", fontsize=7, linespacing=0.95,
                      ha="right" if dx < 0 else "left" if dx > 0 else "center",
                      va="bottom" if dy > 0 else "top",
                      arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.5})
        rows.append({"event": title, "what": name, "lo": lo, "hi": hi, "day_lo": a, "day_hi": b})
    axis.set_title(title)
    axis.set_ylim(-1, 1)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    return rows


def _clocks(axis: Axes, events: pd.DataFrame) -> list[dict[str, Any]]:
    """Bars of every clock, one event above the other; a row an event and clock."""
    rows = []
    for j, ((event_id, title), colour) in enumerate(zip(SEEDS, SHADES, strict=False)):
        event = events.loc[event_id]
        for k, (name, _) in enumerate(CLOCKS):
            lo, hi = event[f"{name}_lo_days"], event[f"{name}_hi_days"]
            if pd.isna(lo):
                continue
            lo, hi = int(lo), int(hi)
            y = -k - 0.2 + 0.4 * (1 - j)
            axis.barh(y, hi, height=0.36, color=colour, hatch="///" if j else "",
                      edgecolor="white", linewidth=0)
            axis.annotate(f"{between(lo, hi)} d", (hi, y), xytext=(3, 0),
                          textcoords="offset points", va="center", fontsize=7)
            if k == 0:
                axis.annotate(title, (hi, y), xytext=(28, 0), textcoords="offset points",
                              va="center", fontsize=7.5, color=colour, fontweight="bold")
            rows.append({"event": title, "what": name, "day_lo": lo, "day_hi": hi})
    axis.set_yticks([-k for k in range(len(CLOCKS))], [label for _, label in CLOCKS],
                    fontsize=7.5)
    axis.tick_params(axis="y", length=0)
    axis.margins(x=0.12)
    axis.set_xlim(left=0)
    axis.set_xlabel("Days")
    axis.set_title("Every clock")
    return rows


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
    size = 14 + 260 * car.abs().clip(upper=0.3)
    for lost, mark in ((True, "v"), (False, "^")):
        of = (car < 0) == lost
        drawn = axis.scatter(lag[of] + 1, height[of], c=car[of].clip(-limit, limit), cmap="PuOr",
                             vmin=-limit, vmax=limit, s=size[of], marker=mark,
                             edgecolor="#333333", linewidth=0.5, alpha=0.9)
    axis.set_xscale("log")
    ticks = [0, 1, 3, 7, 14, 30, 60, 120, 365]
    axis.set_xticks([t + 1 for t in ticks], [str(t) for t in ticks])
    axis.minorticks_off()
    axis.set_xlabel("Days from discovery to the first public news")
    axis.set_ylabel("Candour (0 to 1)" if coded else "People affected (log10)")
    axis.grid(axis="both")
    bar = figure.colorbar(drawn, ax=axis, shrink=0.8)
    bar.set_label(f"CAR {WINDOWS['m1_p1']} (cut at ±{share(limit)})")
    marks = [-limit, -limit / 2, 0, limit / 2, limit]
    bar.ax.set_yticks(marks, [share(m) if m else "0" for m in marks])
    _label(axis, own.assign(x=lag + 1, y=height))
    data = own[["event_id", "organisation", "lag_analysis_days", y, "car_m1_p1"]]
    caption = (f"Listed firms' events with a first public day read in a page, a lag and a primary "
               f"CAR; n = {count(len(own))}. Down: a loss, up: a gain; the size grows with the "
               "size of the CAR.")
    correlation = float(np.corrcoef(np.log1p(lag), height)[0, 1]) if len(own) > 2 else float("nan")
    alt = (f"Scatter of {count(len(own))} events; lag and {axis.get_ylabel().lower()} have a "
           f"correlation of {number(correlation, 2)}.")
    return FigureMade(figure, caption, alt, data)


AROUND = tuple((dx, dy) for dy in (4, -10, 14, -20, 24, -30, 36, -42) for dx in (7, -7))


def _label(axis: Axes, own: pd.DataFrame) -> None:
    """Names of the famous events, each where it covers no other name and the fewest marks."""
    from matplotlib import transforms
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure: Any = axis.figure
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    window = axis.get_window_extent(renderer)
    marks = axis.transData.transform(own[["x", "y"]].to_numpy(dtype=float))
    taken: list[Any] = []
    famous = own[own["event_id"].isin(FAMOUS)].sort_values("x", kind="stable")
    for row in famous.itertuples(index=False):
        name = str(row.organisation).split(" (")[0].split(",")[0]
        best: tuple[int, int, Any] | None = None
        for rank, (dx, dy) in enumerate(AROUND):
            text = axis.annotate(name, (row.x, row.y), xytext=(dx, dy), fontsize=7.5,
                                 textcoords="offset points", ha="left" if dx > 0 else "right",
                                 arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.5}
                                 if abs(dy) > 10 else None)
            box = transforms.Bbox(text.get_window_extent(renderer).get_points()).padded(2)
            whole = box.x0 >= window.x0 and box.x1 <= window.x1 and (
                box.y0 >= window.y0 and box.y1 <= window.y1)
            if whole and not any(box.overlaps(other) for _, other in taken):
                covered = sum(bool(box.contains(x, y)) for x, y in marks)
                if best is None or covered < best[0]:
                    if best is not None:
                        best[2].remove()
                    best = (covered, rank, text)
                    if covered == 0:
                        break
                    continue
            text.remove()
        if best is not None:
            taken.append((name, transforms.Bbox(
                best[2].get_window_extent(renderer).get_points()).padded(2)))


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
            part = float((found == level).sum() / total)
            left.barh(-k, part, left=start, color=shades[min(j, 3)], height=0.75,
                      edgecolor="white", linewidth=0.4)
            start += part
            rows.append({"item": item.id, "level": level, "share": part, "n": total})
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
    left.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", *map(share, (0.25, 0.5, 0.75, 1))])
    left.set_xlabel("Share of coded events")
    right.axvline(DROP_BELOW, color=GREY, linestyle=":", linewidth=0.9)
    right.axvline(TENTATIVE_BELOW, color=GREY, linestyle="--", linewidth=0.9)
    right.set_xlim(-0.3, 1.02)
    right.set_xlabel("Agreement")
    right.set_title("Two coders")
    left.set_title("Levels of each item")
    n = own["event_id"].nunique()
    caption = (f"Final codes of {n} events (training cases left out). Agreement of two machine "
               "coders who did not see each other: Krippendorff's α with bootstrap intervals, and "
               f"Gwet's AC1 (diamond). Dotted {number(DROP_BELOW, 2)}, dashed "
               f"{number(TENTATIVE_BELOW, 2)}. Grey: absent; darker: fuller; hatched: not found, "
               "not applicable, or an absence that could not be seen.")
    of_items = alpha[alpha.index.isin([i.id for i in items])]
    usable = int(of_items["verdict"].isin(["reliable", "tentative"]).sum())
    return FigureMade(figure, caption, f"Bars of the levels of {len(items)} items over {n} events; "
                      f"{usable} reach an agreement of {number(DROP_BELOW, 2)}.",
                      pd.DataFrame(rows))


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
        axis.set_title(f"{name.capitalize()} (n = {count(len(values))})")
        axis.set_xlabel("Index, 0 to 1")
        axis.grid(axis="y")
    axes[0].set_ylabel("Events")
    corr = own[names].astype(float).corr()
    caption = ("Indices over coded events; dashed: mean. Correlations: candour with accommodation "
               f"{number(corr.iloc[0, 1], 2)}, candour with evasion {number(corr.iloc[0, 2], 2)}, "
               f"accommodation with evasion {number(corr.iloc[1, 2], 2)}.")
    return FigureMade(figure, caption, "Three histograms. " + caption,
                      own[["event_id", *names]])
