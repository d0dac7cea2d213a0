"""How fast a loss comes, and how fast it fades: the path of cumulative average effects.

The share of a loss that falls in the first days is a ratio of means, for which Fieller (1954,
J. R. Stat. Soc. B 16, 175–185) gives a set that stays honest when the whole loss may be zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import Floats, codes, resample, summed
from breachstudy.estimation.errors import EstimationError

__all__ = ["Decay", "decay", "fieller"]

Intervals = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Decay:
    """The path (T,) of the mean cumulative effect over days 0 … T − 1, and what it says.

    ``share``: part of the effect at the last day that had come by day ``first`` − 1, with the
    bootstrap interval and ``share_set``, Fieller's set, a tuple of intervals (an unbounded one
    means that a total of zero cannot be ruled out). ``days_to_half``: days until half of the
    effect of the last day is reached. ``half_life``: days from the extreme of the path until
    half of it is gone; inf if not within the path. Days are interpolated and counted from 0.
    """

    path: Floats
    path_std_error: Floats
    first: int
    share: float
    share_ci_lo: float
    share_ci_hi: float
    share_set: Intervals
    days_to_half: float
    days_to_half_ci_lo: float
    days_to_half_ci_hi: float
    half_life: float
    half_life_ci_lo: float
    half_life_ci_hi: float
    extreme_day: int
    n: int
    n_clusters: int
    draws: int


def fieller(a: float, b: float, var_a: float, var_b: float, cov: float, critical: float
            ) -> Intervals:
    """All ρ with (a − ρb)² ≤ critical²·(var_a − 2ρ cov + ρ² var_b): a confidence set of a/b.

    One interval if b is distinct from zero, else two rays or the whole line. Raises ValueError
    on negative variances.
    """
    if var_a < 0 or var_b < 0:
        raise EstimationError("variances must not be negative")
    c2 = critical**2
    return quadratic_set(b * b - c2 * var_b, -2 * (a * b - c2 * cov), a * a - c2 * var_a)


def quadratic_set(p: float, q: float, r: float) -> Intervals:
    """The ρ with p ρ² + q ρ + r ≤ 0, as a tuple of intervals in order; empty if there is none."""
    inf = float("inf")
    if p == 0:
        if q == 0:
            return ((-inf, inf),) if r <= 0 else ()
        return ((-inf, -r / q),) if q > 0 else ((-r / q, inf),)
    root = q * q - 4 * p * r
    if root < 0:
        return ((-inf, inf),) if p < 0 else ()
    ends = sorted((-q + s * np.sqrt(root)) / (2 * p) for s in (-1, 1))
    lo, hi = float(ends[0]), float(ends[1])
    return ((lo, hi),) if p > 0 else ((-inf, lo), (hi, inf))


def _crossing(path: Floats, level: float, start: int, falling: bool) -> float:
    """First day ≥ start, interpolated, at which the path is at or below (above) the level."""
    hit = path[start:] <= level if falling else path[start:] >= level
    if not hit.any():
        return float("inf")
    i = start + int(np.argmax(hit))
    if i == start:
        return float(start)
    return float(i - 1 + (level - path[i - 1]) / (path[i] - path[i - 1]))


def _summary(path: Floats, first: int) -> tuple[float, float, float]:
    total = path[-1]
    share = float(path[first - 1] / total) if total != 0 else float("nan")
    signed = path * (np.sign(total) or 1.0)
    to_half = _crossing(signed, abs(total) / 2, 0, False) if total != 0 else float("nan")
    peak = int(np.argmax(np.abs(path)))
    size = np.abs(path[peak])
    if size == 0:
        return share, to_half, float("nan")
    gone = _crossing(path * np.sign(path[peak]), size / 2, peak, True)
    return share, to_half, gone - peak


def _quantile(draws: Floats, p: float) -> float:
    """An order statistic, so that infinite draws stay infinite instead of becoming NaN."""
    kept = np.sort(draws[~np.isnan(draws)])
    return float(kept[min(int(np.ceil(p * kept.size)), kept.size) - 1]) if kept.size else np.nan


@paired("effects", "clusters")
def decay(effects: ArrayLike, *, first: int = 3, clusters: ArrayLike | None = None,
          draws: int = 1999, confidence: float = 0.95, seed: int = 20240101) -> Decay:
    """Decay of the mean effect of n events over T days from ``effects`` (n, T), the abnormal
    return, or change, of each day from day 0 on.

    Rows, or whole ``clusters`` (n,), are drawn again for the percentile intervals. Raises
    ValueError on missing values (a short path must be left out and counted, not filled), fewer
    than two events, or ``first`` outside 1 … T − 1.
    """
    from scipy.stats import norm

    daily = np.asarray(effects, dtype=np.float64)
    if daily.ndim != 2 or len(daily) < 2:
        raise EstimationError(f"effects must be events × days with at least two events, not "
                              f"{daily.shape}")
    n, days = daily.shape
    if not np.isfinite(daily).all():
        short = int((~np.isfinite(daily)).any(axis=1).sum())
        raise EstimationError(f"{short} events have a missing day; leave them out and count them")
    if not 1 <= first < days:
        raise EstimationError(f"first must lie between 1 and {days - 1}, not {first}")
    group = codes(clusters, n)
    g = int(group.max()) + 1
    paths = np.cumsum(daily, axis=1)
    path = paths.mean(axis=0)
    parts = summed(paths - path, group) / n
    cov = parts.T @ parts * g / (g - 1)
    rng = np.random.default_rng(seed)
    found = np.array([_summary(paths[resample(group, rng)].mean(axis=0), first)
                      for _ in range(draws)])
    share, to_half, gone = _summary(path, first)
    tail = (1 - confidence) / 2
    ends = [(_quantile(c, tail), _quantile(c, 1 - tail)) for c in found.T]
    honest = fieller(float(path[first - 1]), float(path[-1]), float(cov[first - 1, first - 1]),
                     float(cov[-1, -1]), float(cov[first - 1, -1]), float(norm.ppf(1 - tail)))
    return Decay(path, np.sqrt(np.diag(cov)), first, share, *ends[0], honest, to_half, *ends[1],
                 gone, *ends[2], int(np.argmax(np.abs(path))), n, g, draws)
