"""The sample flow as a figure: how many stay at each stage, and why the others fell out."""

from __future__ import annotations

import pandas as pd

from breachstudy.exhibits.figure import PAGE, FigureMade, new_figure
from breachstudy.exhibits.numbers import MINUS, count
from breachstudy.exhibits.style import COLOURS, GREY

__all__ = ["flow_figure"]

SHOWN = ("disclosure lag of listed firms", "event date for event studies", "notice lag")
INSIDE = 0.24
"""Share of the width from which a number stands inside its bar."""


def flow_figure(attrition: pd.DataFrame) -> FigureMade:
    """Bars of what is left, one panel a chain; beside each, how many fell out and why."""
    own = attrition[attrition["chain"].isin(SHOWN)]
    chains = [c for c in SHOWN if c in set(own["chain"])]
    heights = [int((own["chain"] == c).sum()) for c in chains]
    figure = new_figure(PAGE, 0.27 * sum(heights) + 0.36 * len(chains) + 0.3)
    axes = figure.subplots(len(chains), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axis, chain in zip(axes, chains, strict=True):
        part = own[own["chain"] == chain].reset_index(drop=True)
        top = float(part["n"].max())
        axis.barh(-part.index, part["n"] / top, height=0.72, color=COLOURS["blue"])
        for k, row in enumerate(part.itertuples(index=False)):
            share = row.n / top
            inside = share > INSIDE
            axis.annotate(count(row.n), (share, -k), xytext=(-4 if inside else 4, 0),
                          textcoords="offset points", va="center",
                          ha="right" if inside else "left", fontsize=7.5,
                          color="white" if inside else "#222222")
            if row.n_dropped:
                axis.annotate(f"{MINUS}{count(row.n_dropped)}  {row.reason}", (1.03, -k),
                              va="center", xycoords=("axes fraction", "data"), fontsize=7.5,
                              color=GREY)
        axis.set_yticks(-part.index, part["stage"])
        axis.set_ylim(-len(part) + 0.5, 0.5)
        axis.set_xlim(0, 1)
        axis.set_xticks([])
        axis.tick_params(axis="y", length=0)
        axis.spines["bottom"].set_visible(False)
        axis.grid(visible=False)
        axis.set_title(f"{chain[0].upper()}{chain[1:]} ({part['unit'].iloc[0]})")
    axes[-1].set_xlabel("Left at each stage")
    ends = "; ".join(f"{c}: {count(p['n'].iloc[0])} to {count(p['n'].iloc[-1])}"
                     for c, p in own.groupby("chain", sort=False))
    caption = ("What is left at each stage, and how many fell out for which reason; computed by "
               "the build. Bars are scaled to the first stage of their panel.")
    return FigureMade(figure, caption, f"Bars of what is left: {ends}.",
                      own.reset_index(drop=True))
