"""Distributions of interval-valued durations.

A duration known only to lie in ``[lo, hi]`` is interval-censored. :func:`turnbull` gives the
nonparametric maximum-likelihood estimate of its distribution (Turnbull 1976, J. R. Stat. Soc. B
38, 290–295; Peto 1973 for the support), and :func:`interval_median` the sharp bounds on the
sample median that use no assumption on where in its interval a duration lies.

**Ends.** Durations counted in whole days are closed intervals: both ends are possible, and a
right-censored one may end on its last day. With ties that is not the convention of Kaplan & Meier
(:func:`breachstudy.estimation.survival.kaplan_meier`), for which an interval is (lo, hi], an exact
duration stays a point, and a row censored at an event time outlives it: ``ends="left_open"``, which
for exact and right-censored rows is the Kaplan–Meier estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import codes, resample
from breachstudy.estimation.errors import EstimationError, MissingError, NotEstimable

__all__ = ["IntervalMedian", "Turnbull", "TurnbullBand", "interval_median", "turnbull",
           "turnbull_band"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
ENDS = ("closed", "left_open")


@dataclass(frozen=True)
class Turnbull:
    """NPMLE of an interval-censored distribution.

    ``left`` and ``right`` (k,) are the ends of the innermost intervals, ``mass`` (k,) their
    probabilities, which sum to one; ``cdf`` (k,) is the distribution function at ``right``.
    Within an interval the distribution is not identified. ``is_open`` (k,): ``left`` itself is not
    in the interval. ``n`` observations, ``iterations`` of the EM algorithm, ``converged`` if the
    largest change fell below the tolerance.
    """

    left: Floats
    right: Floats
    mass: Floats
    cdf: Floats
    n: int
    iterations: int
    converged: bool
    is_open: Bools

    def quantile(self, p: float) -> tuple[float, float]:
        """The innermost interval that holds the ``p`` quantile. Raises ValueError outside (0,1)."""
        if not 0 < p < 1:
            raise EstimationError(f"p must lie strictly between 0 and 1, not {p}")
        i = int(np.searchsorted(self.cdf, p - 1e-12))
        return float(self.left[i]), float(self.right[i])

    def at(self, times: ArrayLike) -> tuple[Floats, Floats]:
        """Bounds (t,) on the distribution function at ``times``: mass that lies wholly below, and
        mass that may. They differ only within an innermost interval."""
        t = np.asarray(times, dtype=float)
        total = np.concatenate([[0.0], np.cumsum(self.mass)])
        below = total[np.searchsorted(self.right, t, side="right")]
        started = np.searchsorted(self.left, t, side="right")
        # One that starts at t without holding it has not begun.
        n_open = np.concatenate([[0], np.cumsum(self.is_open)])
        started = started - (n_open[started] - n_open[np.searchsorted(self.left, t, side="left")])
        reach = total[started]
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
        raise EstimationError(f"lo and hi must be vectors of equal length, not {a.shape} and "
                              f"{b.shape}")
    if a.size == 0:
        raise NotEstimable("there are no observations")
    if np.isnan(a).any() or np.isnan(b).any():
        raise MissingError("lo and hi must not be missing; drop such rows and count them")
    if (a > b).any():
        raise EstimationError("an interval has lo > hi")
    return a, b


@paired("lo", "hi")
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


# At one time a closed start comes before an end, so that a point is an interval, an open one after.
_CLOSED, _END, _OPEN = 0, 1, 2


def _support(start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Peto's innermost intervals: a start followed by an end with no other between. Ends are whole
    numbers, 3·rank of the time + the place at it."""
    ends = np.unique(np.concatenate([start, end]))
    inner = np.flatnonzero((ends[:-1] % 3 != _END) & (ends[1:] % 3 == _END))
    return ends[inner], ends[inner + 1]


@paired("lo", "hi")
def turnbull(lo: ArrayLike, hi: ArrayLike, *, ends: str = "closed", tolerance: float = 1e-9,
             max_iterations: int = 20_000) -> Turnbull:
    """Nonparametric maximum-likelihood distribution of interval-censored data (n,).

    Self-consistency (EM) iterations on the innermost intervals until no mass changes by more
    than ``tolerance``. Equal intervals are pooled. An infinite ``hi`` is a right-censored
    observation. ``ends``: "closed", [lo, hi]; or "left_open", (lo, hi] where lo < hi (see the
    module).

    Raises ValueError on empty, missing or inverted intervals, or unknown ``ends``.
    """
    if ends not in ENDS:
        raise EstimationError(f"ends must be one of {ENDS}, not {ends!r}")
    a, b = _ends(lo, hi)
    pairs, weight = np.unique(np.column_stack([a, b]), axis=0, return_counts=True)
    is_open = (pairs[:, 0] < pairs[:, 1]) & (ends == "left_open")
    times, rank = np.unique(pairs, return_inverse=True)
    rank = 3 * rank.reshape(pairs.shape)
    start, end = rank[:, 0] + np.where(is_open, _OPEN, _CLOSED), rank[:, 1] + _END
    left, right = _support(start, end)
    inside = (left[None, :] >= start[:, None]) & (right[None, :] <= end[:, None])
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
    return Turnbull(times[left // 3], times[right // 3], mass, np.minimum(np.cumsum(mass), 1.0),
                    int(a.size), iterations, converged, left % 3 == _OPEN)


@paired("lo", "hi", "clusters")
def turnbull_band(lo: ArrayLike, hi: ArrayLike, times: ArrayLike, *, ends: str = "closed",
                  draws: int = 499, clusters: ArrayLike | None = None, confidence: float = 0.95,
                  tolerance: float = 1e-6, seed: int = 20240101) -> TurnbullBand:
    """Bootstrap bands of the Turnbull estimate of ``lo``, ``hi`` (n,) at ``times`` (t,).

    ``ends`` as there. Rows, or whole ``clusters`` (n,), are drawn with replacement. Percentile
    bands converge slower than the square root of n where intervals are wide (Sen & Xu 2015, Comput.
    Stat. Data Anal. 81, 121–130), so read them as a description. Raises ValueError as
    :func:`turnbull`.
    """
    a, b = _ends(lo, hi)
    t = np.asarray(times, dtype=float)
    groups = codes(clusters, a.size)
    rng = np.random.default_rng(seed)
    found = turnbull(a, b, ends=ends, tolerance=tolerance)
    paths = np.empty((draws, 2, t.size))
    for i in range(draws):
        rows = resample(groups, rng)
        paths[i] = turnbull(a[rows], b[rows], ends=ends, tolerance=tolerance).at(t)
    tail = (1 - confidence) / 2
    lower, upper = found.at(t)
    return TurnbullBand(t, lower, upper, np.quantile(paths[:, 0], tail, axis=0),
                        np.quantile(paths[:, 1], 1 - tail, axis=0), draws,
                        int(groups.max()) + 1)
