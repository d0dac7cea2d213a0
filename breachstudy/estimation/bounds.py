"""Bounds where selection leaves an effect only partly identified.

Manski (1990, Am. Econ. Rev. 80(2), 319–323) without assumptions beyond the range of the outcome;
Lee (2009, Rev. Econ. Stud. 76, 1071–1102) under monotone selection; Imbens & Manski (2004,
Econometrica 72, 1845–1857) for intervals that cover the parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import Floats, Ints, binary, codes, resample
from breachstudy.estimation.errors import EstimationError, NotEstimable

__all__ = ["Bounds", "imbens_manski", "lee_bounds", "manski_bounds"]


@dataclass(frozen=True)
class Bounds:
    """``lo`` ≤ effect ≤ ``hi`` with bootstrap errors of both ends; ``ci_lo``, ``ci_hi`` cover the
    effect itself with the asked probability (Imbens & Manski 2004). ``trimmed`` is the share
    trimmed from the group that is observed more often (Lee), else NaN."""

    lo: float
    hi: float
    lo_std_error: float
    hi_std_error: float
    ci_lo: float
    ci_hi: float
    trimmed: float
    n: int
    n_observed: int
    n_clusters: int


def imbens_manski(lo: float, hi: float, lo_se: float, hi_se: float, confidence: float = 0.95
                  ) -> tuple[float, float]:
    """Interval that covers a parameter bounded by estimates ``lo`` ≤ ``hi``.

    The factor C solves Φ(C + (hi − lo)/max(se)) − Φ(−C) = confidence: the normal quantile
    1.96 where the bounds meet, 1.64 where they are far apart. Raises ValueError if lo > hi or an
    error is negative.
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    if lo > hi or min(lo_se, hi_se) < 0:
        raise EstimationError(f"bounds must be ordered with errors ≥ 0, not {lo}, {hi}")
    widest = max(lo_se, hi_se)
    if widest == 0:
        return lo, hi
    gap = (hi - lo) / widest
    c = float(brentq(lambda v: norm.cdf(v + gap) - norm.cdf(-v) - confidence, 0.0, 20.0,
                     xtol=1e-12))
    return lo - c * lo_se, hi + c * hi_se


def _manski(y: Floats, seen: np.ndarray, t: np.ndarray, lo: float, hi: float
            ) -> tuple[float, float, float]:
    if t.all() or not t.any():
        return np.nan, np.nan, np.nan
    ends = []
    for fill_t, fill_c in ((lo, hi), (hi, lo)):
        filled = np.where(seen, y, np.where(t, fill_t, fill_c))
        ends.append(float(filled[t].mean() - filled[~t].mean()))
    return ends[0], ends[1], np.nan


def _top_mean(y: Floats, share: float) -> float:
    """Mean of the largest ``share`` of the values, the marginal one counted in part."""
    ordered = np.sort(y)[::-1]
    wanted = share * y.size
    whole = min(int(np.floor(wanted + 1e-9)), y.size)
    part = max(wanted - whole, 0.0) if whole < y.size else 0.0
    if part < 1e-9:
        return float(ordered[:whole].mean())
    return float((ordered[:whole].sum() + part * ordered[whole]) / wanted)


def _lee(y: Floats, seen: np.ndarray, t: np.ndarray) -> tuple[float, float, float]:
    if t.all() or not t.any() or not (seen & t).any() or not (seen & ~t).any():
        return np.nan, np.nan, np.nan
    rate_t, rate_c = seen[t].mean(), seen[~t].mean()
    yt, yc = y[t & seen], y[~t & seen]
    if rate_t >= rate_c:
        keep = rate_c / rate_t
        return (-_top_mean(-yt, keep) - yc.mean(), _top_mean(yt, keep) - yc.mean(), 1 - keep)
    keep = rate_t / rate_c
    return (yt.mean() - _top_mean(yc, keep), yt.mean() + _top_mean(-yc, keep), 1 - keep)


def _read(y: ArrayLike, treated: ArrayLike) -> tuple[Floats, np.ndarray, np.ndarray]:
    values = np.asarray(y, dtype=np.float64)
    t = binary(treated, "treated", values.size)
    seen = np.isfinite(values)
    if not (seen & t).any() or not (seen & ~t).any():
        raise NotEstimable("each group needs at least one observed outcome")
    return np.where(seen, values, 0.0), seen, t


@paired("y", "treated", "clusters")
def manski_bounds(y: ArrayLike, treated: ArrayLike, lo: float, hi: float, *, draws: int = 499,
                  clusters: ArrayLike | None = None, confidence: float = 0.95,
                  seed: int = 20240101) -> Bounds:
    """Worst-case bounds on the difference of means of ``y`` (n,) between ``treated`` (n,) groups
    where some outcomes are missing (NaN) and all lie in [lo, hi].

    Raises ValueError if an outcome lies outside [lo, hi] or a group has none observed.
    """
    values, seen, t = _read(y, treated)
    if not lo < hi or (values[seen] < lo).any() or (values[seen] > hi).any():
        raise EstimationError(f"outcomes must lie in [{lo}, {hi}]")
    return _bounds(lambda r: _manski(values[r], seen[r], t[r], lo, hi), seen, clusters, draws,
                   confidence, seed)


@paired("y", "treated", "clusters")
def lee_bounds(y: ArrayLike, treated: ArrayLike, *, draws: int = 499,
               clusters: ArrayLike | None = None, confidence: float = 0.95,
               seed: int = 20240101) -> Bounds:
    """Lee's bounds on the effect on those observed either way; ``y`` (n,) is NaN where unseen.

    Treatment is taken as independent of potential outcomes and to move observation in one
    direction only. The group observed more often is trimmed from above and below by the excess.

    Raises ValueError if a group has no observed outcome.
    """
    values, seen, t = _read(y, treated)
    return _bounds(lambda r: _lee(values[r], seen[r], t[r]), seen, clusters, draws, confidence,
                   seed)


def _bounds(at: Callable[[Ints], tuple[float, float, float]], seen: np.ndarray,
            clusters: ArrayLike | None, draws: int, confidence: float, seed: int) -> Bounds:
    n = seen.size
    group = codes(clusters, n)
    lo, hi, trimmed = at(np.arange(n))
    hi = max(lo, hi)  # where nothing is missing the two differ by rounding
    rng = np.random.default_rng(seed)
    found = np.array([at(resample(group, rng))[:2] for _ in range(draws)])
    se = np.nanstd(found, axis=0, ddof=1)
    ci = imbens_manski(float(lo), float(hi), float(se[0]), float(se[1]), confidence)
    return Bounds(float(lo), float(hi), float(se[0]), float(se[1]), *ci, float(trimmed), n,
                  int(seen.sum()), int(group.max()) + 1)
