"""Parametric tests that the mean abnormal return of a window is zero.

With CAR_i of n events, SE_i its forecast standard error and SCAR_i = CAR_i / SE_i:

- cross-sectional t: mean(CAR) / (sd(CAR)/√n), n − 1 degrees of freedom (Brown & Warner 1980,
  J. Finan. Econ. 8, 205–258).
- Patell: Σ SCAR_i / √(Σ d_i/(d_i − 2)), d_i the residual degrees of freedom, standard normal
  (Patell 1976, J. Account. Res. 14, 246–276). It assumes that the event leaves variances as they
  were.
- BMP: mean(SCAR) / (sd(SCAR)/√n) (Boehmer, Musumeci & Poulsen 1991, J. Finan. Econ. 30, 253–272);
  the forecast-error correction is in SE_i.
- Kolari–Pynnönen: BMP · √((1 − r) / (1 + (n − 1) r)) (2010, Rev. Financ. Stud. 23, 3996–4025), r
  a mean correlation of the events, in two versions. ``kolari_pynnonen_2010`` is the published one,
  made for events of one day: r is the mean correlation of the estimation residuals of all pairs,
  whatever sessions their windows share. ``kolari_pynnonen_overlap`` is for events of different
  days: a pair counts by the share of window sessions in common, see :func:`mean_correlation`.
  With one common day 0 and no repeated cluster the two are one.
- Brown–Warner: Σ_t AAR_t / (√L · sd of the mean estimation residual), t with its degrees of freedom
  (Brown & Warner 1985, J. Finan. Econ. 14, 3–31, "crude dependence adjustment"). Made for one
  common day 0; elsewhere the mean residual is that of the portfolio in event time.
- skewness-adjusted t: √n (S + γS²/3 + γ²S³/27 + γ/(6n)), S = mean/sd and γ the sample skewness,
  standard normal (Hall 1992, J. R. Stat. Soc. B 54, 221–228). Below 30 events it carries a note.

Cross-sectional t, BMP and ``kolari_pynnonen_overlap`` use standard errors clustered by
``WindowSample.cluster`` with G/(G − 1) and G − 1 degrees of freedom; with one event a cluster these
are the formulas above. A firm with k events otherwise counts as k independent ones.
``kolari_pynnonen_2010`` is not clustered, as published.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from breachstudy.eventstudy.errors import OptionError
from breachstudy.eventstudy.panel import Bools, Floats, Ints
from breachstudy.eventstudy.samples import WindowSample
from breachstudy.eventstudy.statistic import (
    TestStatistic,
    two_sided_t,
    two_sided_z,
    unavailable,
)

__all__ = ["bmp", "brown_warner", "clustered_t", "cross_sectional_t", "kolari_pynnonen_2010",
           "kolari_pynnonen_overlap", "mean_correlation", "patell", "residual_correlation",
           "skewness_adjusted_t"]

MIN_COMMON = 30
PAIR_ROWS = 1024
PAIRED_ROWS = 128
# All pairs of more events would take minutes; the published correction is for small samples.
MOST_PAIRED = 5000
FEW_FOR_SKEWNESS = 30


def clustered_t(values: Floats, cluster: Ints) -> tuple[float, int]:
    """Mean over its standard error, and G − 1. NaN if the values do not vary."""
    n = values.size
    if n < 2:
        return float("nan"), 0
    sums = np.bincount(cluster, weights=values - values.mean())
    sums = sums[np.bincount(cluster) > 0]
    groups = sums.size
    if groups < 2:
        return float("nan"), 0
    error = np.sqrt((sums**2).sum() * groups / (groups - 1)) / n
    return (float(values.mean() / error) if error > 0 else float("nan")), groups - 1


def cross_sectional_t(sample: WindowSample) -> TestStatistic:
    """The cross-sectional t of the mean CAR."""
    value, df = clustered_t(sample.car, sample.cluster)
    if not np.isfinite(value):
        return unavailable("cross_sectional_t", sample.n, "too_few_events")
    return TestStatistic("cross_sectional_t", value, two_sided_t(value, df), df, sample.n)


def patell(sample: WindowSample) -> TestStatistic:
    """Patell's Z. Events with two residual degrees of freedom or fewer have no variance."""
    if sample.n == 0 or (sample.df <= 2).any():
        return unavailable("patell", sample.n, "too_few_events")
    value = float(sample.scar.sum() / np.sqrt((sample.df / (sample.df - 2)).sum()))
    return TestStatistic("patell", value, two_sided_z(value), None, sample.n)


def bmp(sample: WindowSample) -> TestStatistic:
    """The standardised cross-sectional test of Boehmer, Musumeci and Poulsen."""
    value, df = clustered_t(sample.scar, sample.cluster)
    if not np.isfinite(value):
        return unavailable("bmp", sample.n, "too_few_events")
    return TestStatistic("bmp", value, two_sided_t(value, df), df, sample.n)


def kolari_pynnonen_overlap(sample: WindowSample) -> TestStatistic:
    """BMP adjusted for the correlation of events whose windows share sessions."""
    return _adjusted("kolari_pynnonen_overlap", sample, sample.cluster, mean_correlation)


def kolari_pynnonen_2010(sample: WindowSample) -> TestStatistic:
    """BMP adjusted as published: by the mean residual correlation of all pairs of events."""
    if sample.n > MOST_PAIRED:
        return unavailable("kolari_pynnonen_2010", sample.n, "too_many_events")
    return _adjusted("kolari_pynnonen_2010", sample, np.arange(sample.n), residual_correlation)


def _adjusted(name: str, sample: WindowSample, cluster: Ints,
              correlation: Callable[[WindowSample], float]) -> TestStatistic:
    if sample.residuals is None:
        return unavailable(name, sample.n, "no_residuals")
    value, df = clustered_t(sample.scar, cluster)
    if not np.isfinite(value):
        return unavailable(name, sample.n, "too_few_events")
    r = correlation(sample)
    inflation = (1 + (sample.n - 1) * r) / (1 - r) if r < 1 else np.nan
    if not (np.isfinite(inflation) and inflation > 0):
        return unavailable(name, sample.n, "correlation_not_usable")
    value = float(value / np.sqrt(inflation))
    return TestStatistic(name, value, two_sided_t(value, df), df, sample.n)


def residual_correlation(sample: WindowSample) -> float:
    """Mean correlation of the estimation residuals of all pairs of events, paired by date.

    The r̄ of Kolari & Pynnönen (2010). Pairs whose estimation windows share fewer than 30 residuals
    count as uncorrelated. Raises OptionError if the study kept no residuals.
    """
    if sample.residuals is None:
        raise OptionError("the study kept no residuals; run it with keep_residuals=True")
    order = np.argsort(sample.position, kind="stable")
    position = sample.position[order]
    valid = np.isfinite(sample.residuals[order])
    z = np.where(valid, sample.residuals[order], 0.0)
    n, e = z.shape
    if n < 2:
        return float("nan")
    total = 0.0
    for begin in range(0, n, PAIRED_ROWS):
        rows = np.arange(begin, min(begin + PAIRED_ROWS, n))
        last = int(np.searchsorted(position, position[rows[-1]] + e - MIN_COMMON, side="right"))
        others = np.arange(begin, last)
        # Both blocks on the calendar, from the first estimation session of the earliest event.
        width = int(position[others[-1]] - position[begin]) + e
        x, x_known = _on_calendar(z, valid, position, rows, int(position[begin]), width)
        for start in range(0, others.size, PAIR_ROWS):
            some = others[start:start + PAIR_ROWS]
            y, y_known = _on_calendar(z, valid, position, some, int(position[begin]), width)
            r = np.nan_to_num(_correlations(x, x_known, y, y_known), nan=0.0)
            later = some[None, :] > rows[:, None]
            total += 2 * float(r[later].sum())
    return float(total / (n * (n - 1)))


def _on_calendar(z: Floats, valid: Bools, position: Ints, rows: Ints, first: int, width: int
                 ) -> tuple[Floats, Floats]:
    """Residuals (a, width) of ``rows`` by calendar session, and which are known (0 or 1)."""
    at = (position[rows] - first)[:, None] + np.arange(z.shape[1])
    values, known = np.zeros((rows.size, width)), np.zeros((rows.size, width))
    np.put_along_axis(values, at, z[rows], axis=1)
    np.put_along_axis(known, at, valid[rows].astype(np.float64), axis=1)
    return values, known


def mean_correlation(sample: WindowSample) -> float:
    """Mean correlation of the SCARs of pairs of events.

    Returns move together on the same day of the calendar, not at the same distance from two
    events. So residuals of two events are paired by date, and their correlation counts by the
    share of event-window sessions the two have in common; events further apart than the window
    are uncorrelated (Kolari, Pape & Pynnönen 2018). With one common day 0 this is the mean residual
    correlation of Kolari & Pynnönen (2010). Pairs within a cluster are left out: the clustered
    standard error has them already. NaN if pairs share fewer than 30 residuals each.
    """
    if sample.residuals is None:
        raise OptionError("the study kept no residuals; run it with keep_residuals=True")
    order = np.argsort(sample.position, kind="stable")
    position, cluster = sample.position[order], sample.cluster[order]
    valid = np.isfinite(sample.residuals[order])
    z = np.where(valid, sample.residuals[order], 0.0)
    known = valid.astype(np.float64)
    n, e = z.shape
    total, unknown = 0.0, 0
    days, starts = np.unique(position, return_index=True)
    ends = np.append(starts[1:], n)
    for a, day in enumerate(days):
        for b in range(a, days.size):
            gap = int(days[b] - day)
            if gap >= sample.length:
                break
            share = (sample.length - gap) / sample.length
            later = slice(starts[b], ends[b])
            for begin in range(int(starts[a]), int(ends[a]), PAIR_ROWS):
                rows = slice(begin, min(begin + PAIR_ROWS, int(ends[a])))
                # Session s of the earlier event is session s − gap of the later one.
                r = _correlations(z[rows, gap:], known[rows, gap:], z[later, :e - gap],
                                  known[later, :e - gap])
                apart = cluster[rows][:, None] != cluster[later][None, :]
                unknown += int((np.isnan(r) & apart).sum()) * (1 if a == b else 2)
                total += share * float(np.nansum(np.where(apart, r, 0.0))) * (1 if a == b else 2)
    sizes = np.bincount(cluster)
    pairs = n * n - int((sizes**2).sum()) - unknown
    return total / pairs if pairs > 0 else (float("nan") if unknown else 0.0)


def _correlations(x: Floats, x_known: Floats, y: Floats, y_known: Floats) -> Floats:
    """Pearson correlations (a, b) of rows of x and y over the sessions both know."""
    count = x_known @ y_known.T
    with np.errstate(invalid="ignore", divide="ignore"):
        sx, sy = x @ y_known.T, x_known @ y.T
        cov = x @ y.T - sx * sy / count
        vx = (x * x) @ y_known.T - sx * sx / count
        vy = x_known @ (y * y).T - sy * sy / count
        r = cov / np.sqrt(vx * vy)
    return np.where(count >= MIN_COMMON, r, np.nan)


def brown_warner(sample: WindowSample) -> TestStatistic:
    """The portfolio's mean CAR against the time series of its mean residual."""
    if sample.residuals is None:
        return unavailable("brown_warner", sample.n, "no_residuals")
    known = np.isfinite(sample.residuals)
    count = known.sum(axis=0)
    mean = np.where(known, sample.residuals, 0.0).sum(axis=0)[count > 0] / count[count > 0]
    spread = mean.std(ddof=1) if mean.size > 1 else 0.0
    if sample.n == 0 or not spread > 0:
        return unavailable("brown_warner", sample.n, "too_few_events")
    value = float(sample.car.mean() / (np.sqrt(sample.length) * spread))
    return TestStatistic("brown_warner", value, two_sided_t(value, mean.size - 1), mean.size - 1,
                         sample.n)


def skewness_adjusted_t(sample: WindowSample) -> TestStatistic:
    """Hall's transformation of the t statistic of the mean CAR."""
    n = sample.n
    sd = sample.car.std(ddof=1) if n > 2 else 0.0
    if sd == 0:
        return unavailable("skewness_adjusted_t", n, "too_few_events")
    mean = sample.car.mean()
    s = mean / sd
    g = n / ((n - 1) * (n - 2)) * (((sample.car - mean) / sd) ** 3).sum()
    value = float(np.sqrt(n) * (s + g * s**2 / 3 + g**2 * s**3 / 27 + g / (6 * n)))
    return TestStatistic("skewness_adjusted_t", value, two_sided_z(value), None, n,
                         note="few_for_skewness" if n < FEW_FOR_SKEWNESS else "")
