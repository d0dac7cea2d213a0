"""Rank and sign tests that abnormal returns of a window are nothing unusual.

- rank: U_it = K_it/(1 + M_i) − 1/2 with K_it the rank of event i's abnormal return on session t
  among its M_i in estimation and event window. On session t, Σ_i U_it/√n_t over its root mean
  square over all sessions; for L sessions the sum of the daily values over √L (Corrado 1989,
  J. Finan. Econ. 23, 385–395; missing returns: Corrado & Zivney 1992, J. Finan. Quant. Anal. 27,
  465–478; several sessions: Cowan 1992, Rev. Quant. Finan. Account. 2, 343–358). Standard normal.
- GRANK-T: the CAR is one return more. It is standardised, by its forecast error and by the
  cross-section's standard deviation, and ranked among the standardised residuals; with
  Z = Ū_0/S_Ū and T = E + 1 sessions, Z√((T − 2)/(T − 1 − Z²)) is t with T − 2 degrees of freedom
  (Kolari & Pynnönen 2011, J. Empir. Finance 18, 953–971).
- sign: (n⁺ − n/2)/(√n/2). Generalised sign: (n⁺ − np)/√(np(1 − p)), p the mean share of positive
  residuals in the estimation windows (Cowan 1992). Standard normal. A zero has no sign: zero CARs
  are not among the n, zero residuals not in the share (Dixon & Mood 1946, J. Am. Stat. Assoc. 41,
  557–566).
- Wilcoxon: the sum of the ranks of positive CARs (Wilcoxon 1945); zeros are left out; exact below
  50 events without ties or zeros, else normal with continuity correction.
"""

from __future__ import annotations

import numpy as np

from breachstudy.eventstudy.panel import Floats
from breachstudy.eventstudy.samples import WindowSample
from breachstudy.eventstudy.statistic import (
    TestStatistic,
    two_sided_t,
    two_sided_z,
    unavailable,
)

__all__ = ["generalised_sign", "grank_t", "rank", "sign", "wilcoxon"]

EXACT_BELOW = 50
# A CAR of less than this share of its forecast error is the rounding of a zero.
ZERO = 1e-12


def scaled_ranks(values: Floats) -> Floats:
    """K/(1 + M) − 1/2 within each row (n, T) of M known values, NaN where missing."""
    from scipy import stats  # see statistic.py

    known = np.isfinite(values)
    ranks = stats.rankdata(np.where(known, values, np.nan), axis=1, nan_policy="omit")
    out: Floats = ranks / (1.0 + known.sum(axis=1, keepdims=True)) - 0.5
    return out


def rank(sample: WindowSample) -> TestStatistic:
    """Corrado's rank test, for one session or several."""
    if sample.residuals is None:
        return unavailable("rank", sample.n, "no_residuals")
    if sample.n == 0:
        return unavailable("rank", sample.n, "too_few_events")
    u = scaled_ranks(np.concatenate([sample.residuals, sample.ar], axis=1))
    n_t = np.isfinite(u).sum(axis=0)
    known = n_t > 0
    daily = np.nansum(u, axis=0)[known] / np.sqrt(n_t[known])
    inside = np.concatenate([np.zeros(sample.residuals.shape[1], dtype=bool), sample.inside])
    scale = np.sqrt((daily**2).mean())
    if not scale > 0:
        return unavailable("rank", sample.n, "too_few_events")
    value = float(daily[inside[known]].sum() / np.sqrt(sample.length) / scale)
    return TestStatistic("rank", value, two_sided_z(value), None, sample.n)


def grank_t(sample: WindowSample) -> TestStatistic:
    """The generalised rank test of Kolari and Pynnönen."""
    if sample.residuals is None:
        return unavailable("grank_t", sample.n, "no_residuals")
    spread = sample.scar.std(ddof=1) if sample.n > 1 else 0.0
    if not spread > 0:
        return unavailable("grank_t", sample.n, "too_few_events")
    standardised = sample.residuals / sample.sigma[:, None]
    u = scaled_ranks(np.column_stack([standardised, sample.scar / spread]))
    n_t = np.isfinite(u).sum(axis=0)
    known = n_t > 0
    mean = np.nansum(u, axis=0)[known] / n_t[known]
    sessions = mean.size
    s = np.sqrt((n_t[known] / sample.n * mean**2).mean())
    z = mean[-1] / s
    value = float(z * np.sqrt((sessions - 2) / (sessions - 1 - z**2)))
    df = sessions - 2
    return TestStatistic("grank_t", value, two_sided_t(value, df), df, sample.n)


def sign(sample: WindowSample) -> TestStatistic:
    """The sign test of the CARs against one half."""
    return _sign_test("sign", sample, 0.5)


def generalised_sign(sample: WindowSample) -> TestStatistic:
    """Cowan's sign test against the share of positive residuals."""
    if sample.residuals is None:
        return unavailable("generalised_sign", sample.n, "no_residuals")
    if sample.n == 0:
        return unavailable("generalised_sign", sample.n, "too_few_events")
    residuals = np.where(np.isfinite(sample.residuals), sample.residuals, 0.0)
    signed = (residuals != 0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        share = (residuals > 0).sum(axis=1) / signed
    share = share[signed > 0]
    if not share.size:
        return unavailable("generalised_sign", sample.n, "too_few_events")
    return _sign_test("generalised_sign", sample, float(share.mean()))


def _sign_test(name: str, sample: WindowSample, share: float) -> TestStatistic:
    x = _signed(sample)
    n = x.size
    if n == 0 or not 0 < share < 1:
        return unavailable(name, n, "too_few_events")
    value = float(((x > 0).sum() - n * share) / np.sqrt(n * share * (1 - share)))
    return TestStatistic(name, value, two_sided_z(value), None, n)


def wilcoxon(sample: WindowSample) -> TestStatistic:
    """Wilcoxon's signed-rank test of the CARs; zeros are left out."""
    from scipy import stats  # see statistic.py

    x = _signed(sample)
    if x.size < 1:
        return unavailable("wilcoxon", sample.n, "too_few_events")
    size = np.abs(x)
    exact = x.size == sample.n < EXACT_BELOW and np.unique(size).size == x.size
    found = stats.wilcoxon(x, method="exact" if exact else "asymptotic", correction=not exact)
    value = float(stats.rankdata(size)[x > 0].sum())
    return TestStatistic("wilcoxon", value, float(found.pvalue), None, x.size)


def _signed(sample: WindowSample) -> Floats:
    """The CARs that are not zero."""
    known: Floats = sample.car[np.abs(sample.car) > ZERO * sample.se]
    return known
