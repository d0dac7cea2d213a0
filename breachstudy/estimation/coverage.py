"""How often the intervals cover: simulated data with a known effect, small and skewed.

All designs but one draw skewed errors, and where rows are independent their spread rises with a
skewed regressor: hard cases for asymptotics. The effect is known, so an interval holds it or not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.estimation.bootstrap import wild_cluster_bootstrap
from breachstudy.estimation.errors import EstimationError
from breachstudy.estimation.linear import fit_linear
from breachstudy.estimation.parallel import Backend, chunk_sizes, run_tasks, task_seeds
from breachstudy.estimation.rubin import combine, draw_ordered_dates

__all__ = ["DESIGNS", "Design", "coverage_page", "coverage_table"]

EFFECT = -0.5
CONFIDENCE = 0.95
WIDTH = 100
BATCH = 50
BOOTSTRAP_DRAWS = 399
IMPUTATIONS = 20
Generator = np.random.Generator
Floats = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Design:
    """A way to draw data, and the estimators whose intervals it tries.

    ``simulate`` (generator) returns the interval of each estimator, by name, for one sample of
    ``n`` rows in ``clusters`` clusters (0: independent rows).
    """

    name: str
    title: str
    n: int
    clusters: int
    simulate: Callable[[Generator], dict[str, Interval]]


def _skewed(rng: Generator, n: int) -> Floats:
    """Errors (n,) with mean 0, variance 1 and skewness 2."""
    return rng.exponential(size=n) - 1


def _regressor(rng: Generator, n: int) -> Floats:
    """A log-normal regressor (n,), standardised by its true moments (mean e^½, skewness 6)."""
    moments = math.exp(0.5), ((math.e - 1) * math.e) ** 0.5
    return np.asarray((rng.lognormal(size=n) - moments[0]) / moments[1])


def _fit(y: Floats, x: Floats, covariance: str,
         clusters: pd.Series | pd.DataFrame | None = None) -> Interval:
    fit = fit_linear(pd.Series(y), pd.DataFrame({"const": 1.0, "x": x}), covariance=covariance,
                     clusters=clusters, confidence=CONFIDENCE)
    return float(fit.ci_lo[1]), float(fit.ci_hi[1])


def _independent(n: int, skewed: bool = True) -> Callable[[Generator], dict[str, Interval]]:
    def simulate(rng: Generator) -> dict[str, Interval]:
        x = _regressor(rng, n) if skewed else rng.normal(size=n)
        errors = _skewed(rng, n) if skewed else rng.normal(size=n)
        y = EFFECT * x + errors * np.sqrt(0.5 + 0.5 * x**2)
        boot = wild_cluster_bootstrap(
            pd.Series(y), pd.DataFrame({"const": 1.0, "x": x}), "x", pd.Series(np.arange(n)),
            draws=BOOTSTRAP_DRAWS, seed=int(rng.integers(2**32)), confidence=CONFIDENCE)
        return {**{kind: _fit(y, x, kind) for kind in ("HC1", "HC2", "HC3")},
                "wild bootstrap (each event a cluster)": (boot.ci_lo, boot.ci_hi)}
    return simulate


def _clustered(groups: int, weights: str) -> Callable[[Generator], dict[str, Interval]]:
    def simulate(rng: Generator) -> dict[str, Interval]:
        sizes = rng.integers(2, 15, groups)
        firm = pd.Series(np.repeat(np.arange(groups), sizes))
        x = _regressor(rng, groups)[firm] + 0.5 * rng.normal(size=len(firm))
        y = EFFECT * x + _skewed(rng, groups)[firm] + _skewed(rng, len(firm))
        frame = pd.DataFrame({"const": 1.0, "x": x})
        boot = wild_cluster_bootstrap(pd.Series(y), frame, "x", firm, weights=weights,
                                      draws=BOOTSTRAP_DRAWS, seed=int(rng.integers(2**32)),
                                      confidence=CONFIDENCE)
        return {"HC3 (clusters ignored)": _fit(y, x, "HC3"),
                "clustered (CR1, t with G − 1)": _fit(y, x, "cluster", firm),
                f"wild cluster bootstrap ({weights})": (boot.ci_lo, boot.ci_hi)}
    return simulate


def _two_way(groups: int, n: int) -> Callable[[Generator], dict[str, Interval]]:
    def simulate(rng: Generator) -> dict[str, Interval]:
        by = pd.DataFrame(rng.integers(0, groups, (n, 2)), columns=["firm", "date"])
        firm, date = by["firm"].to_numpy(), by["date"].to_numpy()
        x = _regressor(rng, groups)[firm] + rng.normal(size=groups)[date] + rng.normal(size=n)
        y = (EFFECT * x + _skewed(rng, groups)[firm] + _skewed(rng, groups)[date]
             + _skewed(rng, n))
        return {"clustered by firm": _fit(y, x, "cluster", by["firm"]),
                "clustered by firm and date": _fit(y, x, "cluster", by)}
    return simulate


def _censored(n: int, width: int) -> Callable[[Generator], dict[str, Interval]]:
    """Discovery known to an interval of ``width`` days in half of the rows, disclosure to a day."""
    def simulate(rng: Generator) -> dict[str, Interval]:
        discovered = rng.integers(0, 2000, n).astype(float)
        public = discovered + np.floor(rng.lognormal(3.3, 1.0, n))
        y = EFFECT * np.log1p(public - discovered) + _skewed(rng, n)
        vague = rng.random(n) < 0.5
        start = np.where(vague, np.floor(discovered / width) * width, discovered)
        end = np.minimum(np.where(vague, start + width - 1, discovered), public)
        lo = pd.DataFrame({"discovered": start, "public": public})
        hi = pd.DataFrame({"discovered": end, "public": public})
        drawn = draw_ordered_dates(lo, hi, draws=IMPUTATIONS, seed=int(rng.integers(2**32)))
        fits = [fit_linear(pd.Series(y), pd.DataFrame({"const": 1.0, "x": np.log1p(
            d[:, 1] - d[:, 0])})) for d in drawn]
        found = combine([f.estimate[1:] for f in fits], [f.std_error[1:] ** 2 for f in fits],
                        df_complete=n - 2, confidence=CONFIDENCE)
        return {"exact dates, HC3": _fit(y, np.log1p(public - discovered), "HC3"),
                f"Rubin, {IMPUTATIONS} draws, HC3": (float(found.ci_lo[0]),
                                                     float(found.ci_hi[0]))}
    return simulate


DESIGNS = (
    Design("normal_100", "independent events, normal data", 100, 0, _independent(100, False)),
    *(Design(f"independent_{n}", "independent events", n, 0, _independent(n))
      for n in (40, 100, 400)),
    Design("clustered_10", "events within firms", 80, 10, _clustered(10, "webb")),
    *(Design(f"clustered_{g}", "events within firms", 8 * g, g, _clustered(g, "rademacher"))
      for g in (25, 50)),
    Design("two_way_25", "events within firms and dates", 250, 25, _two_way(25, 250)),
    Design("censored_week", "discovery known to a week in half", 150, 0, _censored(150, 7)),
    Design("censored_month", "discovery known to a month in half", 150, 0, _censored(150, 30)),
)


def coverage_table(replications: int = 2000, *, seed: int = 0,
                   designs: Sequence[str] | None = None, backend: Backend | None = None
                   ) -> pd.DataFrame:
    """Coverage of nominal 95 % intervals, one row a design and estimator.

    Columns: design, title, n (about, where clusters vary in size), clusters, estimator, coverage
    (share of ``replications`` whose interval holds the effect), mc_error (its Monte Carlo standard
    error), median_width, too_high and too_low (shares of intervals wholly above and wholly
    below the effect), replications. Raises ValueError for an unknown design.
    """
    known = {d.name: d for d in DESIGNS}
    chosen = list(known) if designs is None else list(designs)
    if unknown := sorted(set(chosen) - set(known)):
        raise EstimationError(f"no design {', '.join(unknown)}; known: {', '.join(known)}")
    sizes = chunk_sizes(replications, BATCH)
    tasks = [(name, s, size) for i, name in enumerate(known) if name in chosen
             for s, size in zip(task_seeds(seed + i, len(sizes)), sizes, strict=True)]
    drawn = pd.concat(run_tasks(_replicate, tasks, backend), ignore_index=True)
    rows = []
    for (name, estimator), own in drawn.groupby(["design", "estimator"], sort=False):
        design = known[str(name)]
        share = float(((own["lo"] <= EFFECT) & (own["hi"] >= EFFECT)).mean())
        rows.append({
            "design": name, "title": design.title, "n": design.n, "clusters": design.clusters,
            "estimator": estimator, "coverage": share,
            "mc_error": (share * (1 - share) / len(own)) ** 0.5,
            "median_width": float((own["hi"] - own["lo"]).median()),
            "too_high": float((own["lo"] > EFFECT).mean()),
            "too_low": float((own["hi"] < EFFECT).mean()), "replications": len(own)})
    return pd.DataFrame(rows)


def _replicate(name: str, seed: np.random.SeedSequence, size: int) -> pd.DataFrame:
    design = next(d for d in DESIGNS if d.name == name)
    rng = np.random.default_rng(seed)
    return pd.DataFrame([
        {"design": name, "estimator": estimator, "lo": lo, "hi": hi}
        for _ in range(size) for estimator, (lo, hi) in design.simulate(rng).items()])


def coverage_page(table: pd.DataFrame, seed: int) -> str:
    """The table as a page of the documentation (Markdown)."""
    lines = [
        "# How often the intervals cover", "",
        fill("Made by `breachstudy coverage`; do not edit. In each design (a row) the effect "
             f"is known ({EFFECT:g}). The regressor is log-normal (its logarithm normal) and the "
             "errors exponential, both skewed, except where the data are called normal; with "
             "independent events the errors spread with the regressor. An estimator's nominal "
             f"{CONFIDENCE:.0%} intervals should hold the effect in {CONFIDENCE:.0%} of "
             f"{int(table['replications'].max()):,} samples (seed {seed}); ± is the Monte Carlo "
             "standard error. *Too high* and *too low* are the shares of intervals wholly above "
             "and wholly below the effect: with skewed data they differ.", WIDTH), "",
        "| design | n | clusters | estimator | coverage | too high | too low | median width |",
        "|---|--:|--:|---|--:|--:|--:|--:|"]
    for r in table.itertuples():
        width = f"{r.median_width:.3f}" if np.isfinite(r.median_width) else "∞"
        lines.append(
            f"| {r.title} | {r.n} | {r.clusters or '–'} | {r.estimator} | "
            f"{r.coverage:.1%} ± {r.mc_error:.1%} | {r.too_high:.1%} | {r.too_low:.1%} | "
            f"{width} |")
    lines += ["", fill(
        "Where discovery is known to an interval, dates are drawn uniformly within it and within "
        "the logical order, without regard to the outcome. That adds the spread but not the "
        "dependence, and pulls the coefficient toward zero as intervals widen: compare the rows "
        "of exact dates. [inference.md](inference.md) gives the estimators.", WIDTH), ""]
    return "\n".join(lines)
