"""The literature beside the study, as a figure: sizes of the mean loss, and signs of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from breachstudy.exhibits.figure import PAGE, FigureInputs, FigureMade, new_figure, percent_axis
from breachstudy.exhibits.numbers import count, effect, percent, sign_text
from breachstudy.exhibits.style import COLOURS, GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["mean_losses", "replication_figure", "sign_counts"]

PERCENT = r"^(-?\d+(?:\.\d+)?) %"
RETURNS = r"return|CAR|BHAR|price|market value|shareholder"
SIGNS = ("-", "0", "+")
TESTED = ("H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "H8b")


def mean_losses(published: pd.DataFrame) -> pd.DataFrame:
    """Published mean reactions of investors in percent: study, year, outcome, estimate (share).

    Findings whose page gives a direction only, and those in other units, are left out.
    """
    own = published[(published["hypothesis"] == "H0") & (published["stakeholder"] == "investors")
                    & published["outcome"].str.contains(RETURNS)
                    & ~published["outcome"].str.contains("share of")]
    value = own["finding"].str.extract(PERCENT)[0].astype(float) / 100
    found = own.assign(estimate=value)[value.notna()]
    columns = ["finding_id", "study", "year", "outcome", "estimate"]
    return found[columns].sort_values(["estimate", "finding_id"], ignore_index=True)


def sign_counts(published: pd.DataFrame, hypotheses: pd.DataFrame) -> pd.DataFrame:
    """Signs of published findings by hypothesis beside ours.

    One row a hypothesis: negative, none, positive (counts), predicted, ours (sign of the first
    test with an estimate, empty without one), verdict.
    """
    rows = []
    for name in TESTED:
        own = published[published["hypothesis"] == name]["sign"]
        mine = hypotheses[hypotheses["hypothesis"] == name]
        if mine.empty:
            continue
        ran = mine[mine["estimate"].notna()]
        value = float(ran["estimate"].iloc[0]) if len(ran) else np.nan
        rows.append({"hypothesis": name, "claim": mine["claim"].iloc[0],
                     **{label: int((own == sign).sum())
                        for sign, label in zip(SIGNS, ("negative", "none", "positive"),
                                               strict=True)},
                     "predicted": mine["seed_sign"].iloc[0],
                     "ours": "" if np.isnan(value) else ("+" if value > 0 else "-"),
                     "verdict": (ran if len(ran) else mine)["verdict"].iloc[0]})
    return pd.DataFrame(rows)


def _surname(study: str, limit: int = 30) -> str:
    text = study.split(" (")[0]
    names = [n.strip() for part in text.split(" & ") for n in part.split(",")]
    if len(names) > 2:
        return f"{names[0]} et al."
    return text if len(text) <= limit else text[:limit - 1].rsplit(" ", 1)[0] + " …"


def replication_figure(given: FigureInputs, published: pd.DataFrame) -> FigureMade:
    """Left: published mean losses with ours as a band. Right: signs by hypothesis beside ours."""
    losses = mean_losses(published)
    signs = sign_counts(published, given.hypotheses)
    h = given.hypotheses.set_index("test")
    ours = [(name, h.loc[name]) for name in ("h0_page", "h0_priced")
            if name in h.index and pd.notna(h.loc[name, "estimate"])]
    figure = new_figure(PAGE, 0.3 * max(len(losses) + len(ours), len(signs)) + 1.3)
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    names = {"h0_page": "this study, dated by pages", "h0_priced": "this study, all listed"}
    y = np.arange(len(losses))
    left.plot(losses["estimate"], y, "o", color=GREY, markersize=5)
    labels = [f"{_surname(s)} {'' if pd.isna(v) else int(v)}".strip()
              for s, v in zip(losses["study"], losses["year"], strict=True)]
    for k, (name, row) in enumerate(ours):
        at = len(losses) + k
        left.plot([row["ci_lo"], row["ci_hi"]], [at, at], color=COLOURS["blue"], linewidth=2)
        left.plot(row["estimate"], at, "D", color=COLOURS["blue"], markersize=6)
        labels.append(f"{names[name]} (n = {count(row['n'])})")
    left.axvline(0, color=GREY, linewidth=0.9)
    left.set_yticks(range(len(labels)), labels, fontsize=7.5)
    left.tick_params(axis="y", length=0)
    left.set_xlabel("Mean reaction of investors")
    left.set_title("How large")
    percent_axis(left, "x", 0)
    _signs(right, signs)
    rows = [{"part": "size", "name": r.study, "estimate": r.estimate}
            for r in losses.itertuples(index=False)]
    rows += [{"part": "size", "name": names[n], "estimate": float(r["estimate"])}
             for n, r in ours]
    data = pd.concat([pd.DataFrame(rows), signs.drop(columns="claim").assign(part="sign").rename(
        columns={"hypothesis": "name"})], ignore_index=True)
    caption = (f"Left: {len(losses)} published means as their pages state them; windows and "
               "samples differ (BHAR: one year), and the pages give no errors. Right: number of "
               "published findings by sign, and the sign of our first test of the hypothesis, "
               "filled where its verdict is not 'inconclusive'. Outcomes differ between studies: "
               "signs are as printed there, not all of them signs of a return.")
    found = "; ".join(f"{names[n]} {effect(r['estimate'], 'return')}" for n, r in ours)
    alt = (f"Published mean reactions run from {percent(losses['estimate'].min())} to "
           f"{percent(losses['estimate'].max())}; {found}.")
    return FigureMade(figure, caption, alt, data)


def _signs(axis: Axes, signs: pd.DataFrame) -> None:
    """Counts of signs as numbers in three columns, ours as a diamond in one of them."""
    columns = {"negative": 0, "none": 1, "positive": 2}
    at = {"-": 0, "+": 2}
    for k, row in enumerate(signs.to_dict("records")):
        for name, x in columns.items():
            if row[name]:
                axis.plot(x - 0.15, -k, "o", color="#DADADA", markersize=6 + 2.2 * row[name])
            axis.annotate(str(row[name]) if row[name] else "·", (x - 0.15, -k), ha="center",
                          va="center", fontsize=7.5)
        if row["ours"] in at:
            clear = row["verdict"] not in ("inconclusive", "not run", "not testable")
            axis.plot(at[row["ours"]] + 0.3, -k, "D", color=COLOURS["blue"], markersize=6,
                      fillstyle="full" if clear else "none")
    axis.set_xticks([0, 1, 2], ["negative", "no\ndifference", "positive"])
    axis.set_xlim(-0.6, 2.6)
    axis.set_yticks([-k for k in range(len(signs))],
                    [f"{r['hypothesis']} (seed: {sign_text(r['predicted'])})"
                     for r in signs.to_dict("records")], fontsize=7.5)
    axis.set_ylim(-len(signs) + 0.4, 0.6)
    axis.tick_params(length=0)
    axis.grid(visible=False)
    axis.set_title("Which way")
    axis.set_xlabel("Number of findings\n(diamond: this study)")
