"""The generated parts of docs/outcomes.md: means, placebos, reasons, counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from breachstudy.exhibits.numbers import DASH, count, number, share
from breachstudy.exhibits.tables import Link, pipe_table
from breachstudy.schema.codebook import table

__all__ = ["OUTCOMES", "mean_row", "studied"]

Frames = Mapping[str, pd.DataFrame]

SAMPLES = (("page", "first public day read in a page"), ("register", "day of a register"))
CARS = (("car_m10_m2", "[-10,-2], before the news"), ("car_m1_p1", "[-1,+1], primary"),
        ("car_0_p1", "[0,+1]"), ("car_0_p3", "[0,+3]"), ("car_m1_p5", "[-1,+5]"),
        ("car_0_p10", "[0,+10]"), ("car_0_p30", "[0,+30]"), ("car_0_p90", "[0,+90]"),
        ("matched_car_m1_p1", "[-1,+1], matched firms' own"),
        ("matched_adjusted_car_m1_p1", "[-1,+1], less matched firms'"))
LONG = (("bhar_6m_market", "6 months, less the market's"),
        ("bhar_6m_matched", "6 months, less matched firms'"),
        ("bhar_12m_market", "12 months, less the market's"),
        ("bhar_12m_matched", "12 months, less matched firms'"))


def studied(events: pd.DataFrame) -> pd.DataFrame:
    """Events at listed firms, without training cases and card issuers' notices of others'
    breaches."""
    return events[events["is_listed"].astype(bool) & ~events["is_training"].astype(bool)
                  & ~events["is_issuer_notice"].astype(bool)]


def _sample(events: pd.DataFrame, which: str) -> pd.DataFrame:
    basis = {"page": "page_day", "register": "register"}[which]
    return studied(events)[studied(events)["event_date_basis"] == basis]


def mean_row(values: pd.Series, clusters: pd.Series) -> tuple[int, float, float, float, float]:
    """n, mean, its standard error clustered by ``clusters``, median and share below zero.

    With residuals e and G clusters the variance is G/(G − 1) Σ_g (Σ_{i∈g} e_i)² / n² (Liang &
    Zeger 1986, *Biometrika* 73, 13–22). NaN for the error of fewer than two clusters.
    """
    known = values.notna()
    y = values[known].astype(float)
    n = len(y)
    if n == 0:
        return 0, np.nan, np.nan, np.nan, np.nan
    sums = (y - y.mean()).groupby(clusters[known]).sum()
    g = len(sums)
    error = float(np.sqrt(g / (g - 1) * (sums**2).sum()) / n) if g > 1 else np.nan
    return n, float(y.mean()), error, float(y.median()), float((y < 0).mean())


def _percent(value: float) -> str:
    return share(value, 2)


def _means(columns: tuple[tuple[str, str], ...]) -> Callable[[Frames, Frames], str]:
    def make(raw: Frames, frames: Frames) -> str:
        rows: list[tuple[object, ...]] = []
        for which, label in SAMPLES:
            events = _sample(frames["events"], which)
            for name, window in columns:
                n, mean, error, median, below = mean_row(events[name], events["firm_id"])
                rows.append((label, window, n, _percent(mean), _percent(error), _percent(median),
                             share(below)))
        return pipe_table(("event date", "window", "n", "mean", "s.e.", "median", "below zero"),
                          rows, "llrrrrr")
    return make


def _models(raw: Frames, frames: Frames) -> str:
    meaning = table("processed", "cars")["model"].levels
    cars = frames["cars"][frames["cars"]["window"] == "m1_p1"]
    rows: list[tuple[object, ...]] = []
    for which, label in SAMPLES:
        events = _sample(frames["events"], which)
        for model, what in meaning.items():
            own = events[["event_id", "firm_id"]].merge(
                cars[cars["model"] == model], on="event_id", how="left")
            n, mean, error, median, _ = mean_row(own["car"], own["firm_id"])
            rows.append((label, what, n, _percent(mean), _percent(error), _percent(median)))
    return pipe_table(("event date", "normal returns", "n", "mean", "s.e.", "median"), rows,
                      "llrrrr")


def _published(raw: Frames, frames: Frames) -> str:
    address = raw["sources"].set_index("source_id")["url"]
    rows: list[tuple[object, ...]] = []
    for study in raw["published_means"].sort_values("year").to_dict("records"):
        known = {k: DASH if pd.isna(study[k]) else study[k] for k in ("period", "window")}
        size = count(study["n_events"])
        sign = "smaller than " if study["is_bound"] else ""
        rows.append((Link((f"{study['authors']} ({int(study['year'])})",
                           address[study["source_id"]])), known["period"], size, known["window"],
                     sign + _percent(study["mean_pct"] / 100)))
    for which, label in SAMPLES:
        events = _sample(frames["events"], which)
        n, mean, error, _, _ = mean_row(events["car_m1_p1"], events["firm_id"])
        years = events.loc[events["car_m1_p1"].notna(), "year"]
        rows.append((f"**this study**, {label}", f"{int(years.min())}–{int(years.max())}"
                     if n else DASH, count(n), "[-1,+1]",
                     f"{_percent(mean)} (s.e. {_percent(error)})"))
    return pipe_table(("study", "breaches of", "events", "window", "mean"), rows, "llrlr")


def _reasons(raw: Frames, frames: Frames) -> str:
    events = frames["events"]
    rows: list[tuple[object, ...]] = []
    for column, value in (("car_reason", "car_m1_p1"), ("revision_reason", "revision_car_m1_p1"),
                          ("bhar_12m_reason", "bhar_12m_market"), ("acsi_reason", "acsi_change"),
                          ("reputation_reason", "reputation_change")):
        meaning = table("processed", "events")[column].levels
        rows.append((f"`{value}`", "*known*", int(events[value].notna().sum())))
        counted = events[column].value_counts()
        rows += [(f"`{value}`", meaning[str(k)], int(n)) for k, n in sorted(
            counted.items(), key=lambda item: (-item[1], str(item[0])))]
    return pipe_table(("outcome", "why it is missing", "n"), rows, "llr")


def _compiled(raw: Frames, frames: Frames) -> str:
    own, checks = raw["event_securities"], raw["return_checks"]
    matched, events = raw["matched_firms"], frames["events"]
    rows: list[tuple[object, ...]] = [
        ("events compiled", len(own)),
        ("securities of these events", int(own["security"].nunique())),
        ("of these under a ticker that another firm uses now",
         int(own["security"].str.endswith("#old").sum())),
        ("events whose security did not move on a tenth or more of the days before",
         int((events["zero_return_share"].fillna(0) >= 0.1).sum())),
        ("events with a matched portfolio", int((own["n_matched"] > 0).sum())),
        ("of these matched within the industry", int((own["matched_by"] == "industry").sum())),
        ("of these matched within the wider sector", int((own["matched_by"] == "sector").sum())),
        ("different firms in the portfolios", int(matched["firm_id"].nunique())),
        ("daily returns beyond ±50 %", len(checks)),
        ("of these kept", int((checks["verdict"] == "kept").sum())),
        ("of these left out", int((checks["verdict"] == "left_out").sum())),
        ("events whose news is known to have come after the close",
         int(events["is_after_close"].fillna(False).astype(bool).sum())),
        ("events whose window overlaps another of the same security",
         int(events["overlaps_own_event"].fillna(False).astype(bool).sum())),
        ("events that share day 0 with another event",
         int((events["n_same_day"].fillna(0) > 1).sum())),
    ]
    return pipe_table(("", "n"), rows, "lr")


def _consumers(raw: Frames, frames: Frames) -> str:
    rows: list[tuple[object, ...]] = []
    events = frames["events"]
    for name, index in (("acsi", "satisfaction (ACSI), against the sector's brands"),
                        ("reputation", "reputation (Harris), against all companies")):
        own = events[events[f"{name}_change"].notna() & ~events["is_training"].astype(bool)]
        for column, what in ((f"{name}_change_raw", "own change"),
                             (f"{name}_change", "less the peers'")):
            n, mean, error, median, _ = mean_row(own[column], own["firm_id"])
            rows.append((index, what, n, int(own["firm_id"].nunique()),
                         *(number(v, 2) for v in (mean, error, median))))
    return pipe_table(("score", "", "events", "firms", "mean", "s.e.", "median"), rows, "llrrrrr")


def _cases(raw: Frames, frames: Frames) -> str:
    cases = frames["cases"]
    meaning = table("raw", "cases")["measure"].levels
    rows: list[tuple[object, ...]] = [
        (meaning[str(k)], len(own), int(own["organisation"].nunique()))
        for k, own in sorted(cases.groupby("measure"), key=lambda g: (-len(g[1]), str(g[0])))]
    return pipe_table(("measure", "figures", "organisations"), rows, "lrr")


OUTCOMES: dict[str, Callable[[Frames, Frames], str]] = {
    "compiled": _compiled, "means": _means(CARS), "models": _models, "published": _published,
    "long-run": _means(LONG), "reasons": _reasons, "consumers": _consumers, "cases": _cases,
}
"""Generated parts of docs/outcomes.md: marker → function of the raw and the built frames."""
