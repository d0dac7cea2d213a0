"""Distributions of interval-valued durations.

A duration known only to lie in ``[lo, hi]`` is interval-censored. :func:`turnbull` gives the
nonparametric maximum-likelihood estimate of its distribution (Turnbull 1976, J. R. Stat. Soc. B
38, 290–295; Peto 1973 for the support), and :func:`interval_median` the sharp bounds on the
sample median that use no assumption on where in its interval a duration lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from breachstudy.errors import NotEstimable
from breachstudy.estimation.arrays import codes, resample

__all__ = ["IntervalMedian", "Turnbull", "TurnbullBand", "interval_median", "turnbull",
           "turnbull_band"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Turnbull:
    """NPMLE of an interval-censored distribution.

    ``left`` and ``right`` (k,) are the ends of the innermost intervals, ``mass`` (k,) their
    probabilities, which sum to one; ``cdf`` (k,) is the distribution function at ``right``.
    Within an interval the distribution is not identified. ``n`` observations, ``iterations``
    of the EM algorithm, ``converged`` if the largest change fell below the tolerance.
    """

    left: Floats
    right: Floats
    mass: Floats
    cdf: Floats
    n: int
    iterations: int
    converged: bool

    def quantile(self, p: float) -> tuple[float, float]:
        """The innermost interval that holds the ``p`` quantile. Raises ValueError outside (0,1)."""
        if not 0 < p < 1:
            raise ValueError(f"p must lie strictly between 0 and 1, not {p}")
        i = int(np.searchsorted(self.cdf, p - 1e-12))
        return float(self.left[i]), float(self.right[i])

    def at(self, times: ArrayLike) -> tuple[Floats, Floats]:
        """Bounds (t,) on the distribution function at ``times``: mass that lies wholly below, and
        mass that may. They differ only within an innermost interval."""
        t = np.asarray(times, dtype=float)
        total = np.concatenate([[0.0], np.cumsum(self.mass)])
        below = total[np.searchsorted(self.right, t, side="right")]
        reach = total[np.searchsorted(self.left, t, side="right")]
        return np.minimum(below, 1.0), np.minimum(reach, 1.0)


@dataclass(frozen=True)
class TurnbullBand:
    """Distribution function of interval-censored data at ``times`` (t,), with pointwise bands.

    ``lower`` and ``upper`` (t,) bound what is identified; ``band_lo`` and ``band_hi`` (t,) are
    percentiles over ``draws`` bootstrap samples of the lower and of the upper bound, so the band
    covers the whole identified interval.
    """

    times: Floats
    lower: Floats
    upper: Floats
    band_lo: Floats
    band_hi: Floats
    draws: int
    n_clusters: int


@dataclass(frozen=True)
class IntervalMedian:
    """Bounds ``lo`` ≤ median ≤ ``hi`` of n interval-valued observations; ``point`` is the median
    of the midpoints, and ``ci_lo``/``ci_hi`` a distribution-free interval for the population
    median: lower order statistic of the lower ends, upper one of the upper ends."""

    lo: float
    hi: float
    point: float
    ci_lo: float
    ci_hi: float
    n: int


def _ends(lo: ArrayLike, hi: ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(lo, dtype=float), np.asarray(hi, dtype=float)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"lo and hi must be vectors of equal length, not {a.shape} and {b.shape}")
    if a.size == 0:
        raise NotEstimable("there are no observations")
    if np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("lo and hi must not be missing; drop such rows and count them")
    if (a > b).any():
        raise ValueError("an interval has lo > hi")
    return a, b


def interval_median(lo: ArrayLike, hi: ArrayLike, confidence: float = 0.95) -> IntervalMedian:
    """Sharp bounds on the median of interval-valued data (n,), in the unit of the data.

    The median is monotone in each observation, so it lies between the median of the lower and
    of the upper ends. The interval for the population median inverts the sign test (Conover
    1999, section 3.2) on both ends; with few observations it is the range.

    Raises ValueError on empty, missing or inverted intervals.
    """
    from scipy.stats import binom

    a, b = _ends(lo, hi)
    n = a.size
    k = int(binom.ppf((1 - confidence) / 2, n, 0.5))
    k = k if binom.cdf(k, n, 0.5) <= (1 - confidence) / 2 else k - 1
    first, last = (max(k, 0), n - 1 - max(k, 0))
    return IntervalMedian(
        lo=float(np.median(a)),
        hi=float(np.median(b)),
        point=float(np.median((a + b) / 2)),
        ci_lo=float(np.sort(a)[first]),
        ci_hi=float(np.sort(b)[last]),
        n=n,
    )


def _support(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Peto's innermost intervals: a left end followed by a right end with no end between."""
    ends = [(x, 0) for x in set(a.tolist())] + [(x, 1) for x in set(b.tolist())]
    ends.sort()  # at a tie a left end comes first: closed intervals may be points
    pairs = [(ends[i][0], ends[i + 1][0]) for i in range(len(ends) - 1)
             if ends[i][1] == 0 and ends[i + 1][1] == 1]
    left, right = np.array(pairs, dtype=float).T
    return left, right


def turnbull(lo: ArrayLike, hi: ArrayLike, *, tolerance: float = 1e-9,
             max_iterations: int = 20_000) -> Turnbull:
    """Nonparametric maximum-likelihood distribution of interval-censored data (n,).

    Self-consistency (EM) iterations on the innermost intervals until no mass changes by more
    than ``tolerance``. Equal intervals are pooled. An infinite ``hi`` is a right-censored
    observation.

    Raises ValueError on empty, missing or inverted intervals.
    """
    a, b = _ends(lo, hi)
    pairs, weight = np.unique(np.column_stack([a, b]), axis=0, return_counts=True)
    left, right = _support(a, b)
    inside = (left[None, :] >= pairs[:, :1]) & (right[None, :] <= pairs[:, 1:])
    share = weight / weight.sum()
    mass = np.full(left.size, 1 / left.size)
    converged, iterations = False, 0
    while not converged and iterations < max_iterations:
        iterations += 1
        expected = share / (inside @ mass)
        updated = mass * (inside.T @ expected)
        converged = bool(np.abs(updated - mass).max() < tolerance)
        mass = updated
    mass = mass / mass.sum()
    return Turnbull(left, right, mass, np.minimum(np.cumsum(mass), 1.0), int(a.size),
                    iterations, converged)


def turnbull_band(lo: ArrayLike, hi: ArrayLike, times: ArrayLike, *, draws: int = 499,
                  clusters: ArrayLike | None = None, confidence: float = 0.95,
                  tolerance: float = 1e-6, seed: int = 20240101) -> TurnbullBand:
    """Bootstrap bands of the Turnbull estimate of ``lo``, ``hi`` (n,) at ``times`` (t,).

    Rows, or whole ``clusters`` (n,), are drawn with replacement. Percentile bands converge slower
    than the square root of n where intervals are wide (Sen & Xu 2015, Comput. Stat. Data Anal. 81,
    121–130), so read them as a description. Raises ValueError as :func:`turnbull`.
    """
    a, b = _ends(lo, hi)
    t = np.asarray(times, dtype=float)
    groups = codes(clusters, a.size)
    rng = np.random.default_rng(seed)
    found = turnbull(a, b, tolerance=tolerance)
    paths = np.empty((draws, 2, t.size))
    for i in range(draws):
        rows = resample(groups, rng)
        paths[i] = turnbull(a[rows], b[rows], tolerance=tolerance).at(t)
    tail = (1 - confidence) / 2
    lower, upper = found.at(t)
    return TurnbullBand(t, lower, upper, np.quantile(paths[:, 0], tail, axis=0),
                        np.quantile(paths[:, 1], 1 - tail, axis=0), draws,
                        int(groups.max()) + 1)
