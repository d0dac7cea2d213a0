"""Balance and overlap of groups before and after weighting.

Standardised mean differences are scaled by the unweighted standard deviations, so that a change
after weighting is a change of means and not of scale (Stuart 2010, Statist. Sci. 25, 1–21;
Austin 2009, Stat. Med. 28, 3083–3107).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import Floats, binary, matrix, varies, vector
from breachstudy.estimation.errors import EstimationError, NotEstimable

__all__ = ["Balance", "DoseBalance", "Overlap", "balance", "dose_balance",
           "effective_sample_size", "overlap"]


@dataclass(frozen=True)
class Balance:
    """Balance of k covariates; vectors are (k,) in the order of ``names``.

    ``smd`` is (mean treated − mean control) / √((s₁² + s₀²)/2) with unweighted variances;
    ``variance_ratio`` the ratio of weighted variances, treated over control; ``ks`` the largest
    distance of the weighted distribution functions. ``ess_*`` are Kish's effective sample sizes.
    A covariate constant in both groups has NaN for ``smd`` if means are equal, else ±inf.
    """

    names: tuple[str, ...]
    mean_treated: Floats
    mean_control: Floats
    smd: Floats
    variance_ratio: Floats
    ks: Floats
    n_treated: int
    n_control: int
    ess_treated: float
    ess_control: float

    def frame(self) -> pd.DataFrame:
        """One row a covariate."""
        return pd.DataFrame({
            "covariate": list(self.names), "mean_treated": self.mean_treated,
            "mean_control": self.mean_control, "smd": self.smd,
            "variance_ratio": self.variance_ratio, "ks": self.ks})


@dataclass(frozen=True)
class DoseBalance:
    """Weighted Pearson correlations (k,) of covariates with a continuous treatment (NaN where one
    of the two does not vary), and Kish's effective sample size ``ess`` of n rows."""

    names: tuple[str, ...]
    correlation: Floats
    n: int
    ess: float


@dataclass(frozen=True)
class Overlap:
    """Overlap of propensity scores.

    ``support_lo``/``support_hi`` bound the common range (larger minimum, smaller maximum);
    ``n_outside`` rows lie beyond it. ``coefficient`` is the overlap of the two histograms on
    equal bins, 1 for equal distributions. ``cutoff`` is the trimming threshold of Crump, Hotz,
    Imbens & Mitnik (2009, Biometrika 96, 187–199), 0 if none is called for, and ``n_trimmed``
    the rows outside [cutoff, 1 − cutoff].
    """

    support_lo: float
    support_hi: float
    n_outside: int
    coefficient: float
    cutoff: float
    n_trimmed: int
    n: int


def effective_sample_size(weights: ArrayLike) -> float:
    """Kish's (Σw)² / Σw² (Kish 1965, *Survey Sampling*). Raises ValueError on negative weights or
    a sum of zero."""
    w = vector(weights, "weights")
    if (w < 0).any() or w.sum() <= 0:
        raise EstimationError("weights must not be negative and must not all be zero")
    return float(w.sum() ** 2 / (w @ w))


def _weighted_cdf_gap(values: Floats, a: Floats, b: Floats) -> float:
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    gap = np.cumsum(a[order]) / a.sum() - np.cumsum(b[order]) / b.sum()
    last = np.append(ordered[1:] != ordered[:-1], True)  # at ties only the last step counts
    return float(np.abs(gap[last]).max())


def _moments(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Weighted means and variances; with equal weights the usual n − 1 variance."""
    total = w.sum()
    mean = w @ x / total
    correction = 1.0 - (w @ w) / total**2
    if correction <= 1e-12:
        return mean, np.full(x.shape[1], np.nan)
    return mean, w @ (x - mean) ** 2 / total / correction


@paired("x", "treated", "weights")
def balance(x: pd.DataFrame, treated: ArrayLike, weights: ArrayLike | None = None) -> Balance:
    """Balance of ``x`` (n, k) between treated and control rows, weighted by ``weights`` (n,).

    Raises ValueError on missing values, an empty group, or negative weights.
    """
    values, names = matrix(x, "x")
    n = len(values)
    t = binary(treated, "treated", n)
    w = np.ones(n) if weights is None else vector(weights, "weights", n)
    ess = [effective_sample_size(w[g]) for g in (t, ~t)]
    mean_t, var_t = _moments(values[t], w[t])
    mean_c, var_c = _moments(values[~t], w[~t])
    spread = [_moments(values[g], np.ones(int(g.sum())))[1] for g in (t, ~t)]
    with np.errstate(divide="ignore", invalid="ignore"):
        smd = (mean_t - mean_c) / np.sqrt((spread[0] + spread[1]) / 2)
        ratio = var_t / var_c
    ks = [_weighted_cdf_gap(c, w * t, w * ~t) for c in values.T]
    return Balance(names, mean_t, mean_c, smd, ratio, np.array(ks), int(t.sum()),
                   int((~t).sum()), ess[0], ess[1])


@paired("x", "dose", "weights")
def dose_balance(x: pd.DataFrame, dose: ArrayLike, weights: ArrayLike | None = None
                 ) -> DoseBalance:
    """Weighted correlations of ``x`` (n, k) with a continuous treatment ``dose`` (n,).

    Raises ValueError on missing values or negative weights.
    """
    values, names = matrix(x, "x")
    d = vector(dose, "dose", len(values))
    w = np.ones(len(d)) if weights is None else vector(weights, "weights", len(d))
    ess = effective_sample_size(w)
    w = w / w.sum()
    a, b = values - w @ values, d - w @ d
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (w * b) @ a / np.sqrt((w @ a**2) * (w @ b**2))
    r[[not varies(c) for c in values.T]] = np.nan
    if not varies(d):
        r[:] = np.nan
    return DoseBalance(names, r, len(d), ess)


def _crump_cutoff(score: Floats) -> float:
    """Smallest α with 1/(α(1−α)) ≤ 2·E[1/(e(1−e)) | 1/(e(1−e)) ≤ 1/(α(1−α))]; 0 if no row
    needs to go."""
    cost = np.sort(1.0 / (score * (1.0 - score)))
    mean = np.cumsum(cost) / np.arange(1, cost.size + 1)
    if cost[-1] <= 2 * mean[-1]:
        return 0.0
    # The largest γ that obeys γ ≤ 2·mean(cost ≤ γ): just above each kept prefix the bound 2·mean
    # holds until the next cost.
    keep = np.flatnonzero(cost <= 2 * mean)[-1]
    gamma = min(2 * mean[keep], cost[keep + 1])
    return float(0.5 - np.sqrt(0.25 - 1.0 / gamma))


@paired("score", "treated")
def overlap(score: ArrayLike, treated: ArrayLike, bins: int = 20) -> Overlap:
    """Overlap of propensity scores (n,), strictly between 0 and 1, of treated and controls.

    Raises ValueError if a score lies outside (0, 1) or a group is empty.
    """
    e = vector(score, "score")
    t = binary(treated, "treated", e.size)
    if (e <= 0).any() or (e >= 1).any():
        raise NotEstimable("scores must lie strictly between 0 and 1")
    lo = max(e[t].min(), e[~t].min())
    hi = min(e[t].max(), e[~t].max())
    edges = np.linspace(0, 1, bins + 1)
    shares = [np.histogram(e[g], edges)[0] / g.sum() for g in (t, ~t)]
    cutoff = _crump_cutoff(e)
    return Overlap(float(lo), float(hi), int(((e < lo) | (e > hi)).sum()),
                   float(np.minimum(*shares).sum()), cutoff,
                   int(((e < cutoff) | (e > 1 - cutoff)).sum()), int(e.size))
