"""Nearest-neighbour matching with replacement, and its large-sample error.

Abadie & Imbens (2006, Econometrica 74, 235–267) for the estimator and its variance, (2011,
J. Bus. Econ. Stat. 29, 1–11) for the bias adjustment. The bootstrap is not valid here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import Floats, binary, matrix, unblank, vector
from breachstudy.estimation.errors import EstimationError, MissingError, NotEstimable

__all__ = ["METRICS", "MatchedEffect", "match"]

METRICS = ("mahalanobis", "scaled")


@dataclass(frozen=True)
class MatchedEffect:
    """Effect on the treated by matching.

    ``weights`` (n_matched, n_control) are the shares of each control in the counterfactual of a
    matched treated row (rows sum to one); ``matched`` (n_matched,) and ``controls`` (n_control,)
    are row numbers of the data; ``distance`` (n_matched,) the largest distance used. ``times_used``
    (n_control,) sums the shares. ``n_unmatched`` treated rows had no control within the caliper:
    the estimand is then the effect on the matched treated.
    """

    estimate: float
    std_error: float
    ci_lo: float
    ci_hi: float
    p_value: float
    weights: Floats
    matched: np.ndarray
    controls: np.ndarray
    distance: Floats
    times_used: Floats
    n_unmatched: int

    def row_weights(self, n: int) -> Floats:
        """Weights (n,) for a balance table: 1 for a matched treated row, its use for a control."""
        out = np.zeros(n)
        out[self.matched] = 1.0
        out[self.controls] = self.times_used
        return out


def _root(x: Floats, metric: str) -> Floats:
    """A factor R (k, k) such that the distance of a and b is |(a − b) R|."""
    if metric == "scaled":
        spread = x.std(axis=0, ddof=1)
        if (spread <= 0).any():
            raise NotEstimable("a covariate does not vary; leave it out")
        return np.diag(1 / spread)
    if metric == "mahalanobis":
        cov = np.atleast_2d(np.cov(x, rowvar=False))
        if np.linalg.matrix_rank(cov) < len(cov):
            raise NotEstimable("the covariates are collinear; leave out a redundant column")
        return np.linalg.cholesky(np.linalg.inv(cov))
    raise EstimationError(f"metric {metric!r} is not one of {', '.join(METRICS)}")


def _distances(a: Floats, b: Floats) -> Floats:
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(a, b), dtype=np.float64)


def _nearest(distance: Floats, m: int) -> Floats:
    """Shares (a, b) of the m nearest columns of each row; ties at the m-th place share it."""
    cut = np.partition(distance, m - 1, axis=1)[:, m - 1]
    chosen = distance <= cut[:, None] * (1 + 1e-12)
    return np.asarray(chosen / chosen.sum(axis=1, keepdims=True))


def _residual_variance(y: Floats, z: Floats, j: int) -> Floats:
    """σ²(x) of each row from its j nearest rows of the same group (Abadie & Imbens, eq. 14)."""
    out = np.empty(y.size)
    for start in range(0, y.size, 1024):  # in blocks: thousands of controls square to gigabytes
        rows = np.arange(start, min(start + 1024, y.size))
        d = _distances(z[rows], z)
        d[np.arange(rows.size), rows] = np.inf
        shares = _nearest(d, j)
        size = (shares > 0).sum(axis=1)
        out[rows] = size / (size + 1) * (y[rows] - shares @ y) ** 2
    return out


@paired("y", "treated", "x", "exact")
def match(y: ArrayLike, treated: ArrayLike, x: pd.DataFrame, *, m: int = 1,
          caliper: float | None = None, metric: str = "mahalanobis",
          exact: ArrayLike | None = None, bias_adjust: bool = False, variance_matches: int = 1,
          confidence: float = 0.95) -> MatchedEffect:
    """Average effect on the treated from the ``m`` nearest controls, with replacement.

    ``x`` (n, k) sets the distance: Mahalanobis, or each covariate scaled by its standard
    deviation. A treated row whose m-th match lies beyond ``caliper`` (in units of the distance)
    is left out and counted. ``exact`` (n,) restricts matches to the same level. ``bias_adjust``
    removes what least squares on x among the controls says of the remaining differences.
    The error is that of Abadie & Imbens (2006), for the population, with ``variance_matches``
    rows of the same group.

    Raises ValueError on missing values, an empty group, fewer controls than ``m`` or no match.
    """
    from scipy.stats import norm

    outcome = vector(y, "y")
    n = outcome.size
    t = binary(treated, "treated", n)
    values, _ = matrix(x, "x", n)
    rows, controls = np.flatnonzero(t), np.flatnonzero(~t)
    if m < 1:
        raise EstimationError(f"m must lie between 1 and the {controls.size} controls, not {m}")
    if m > controls.size:
        raise NotEstimable(f"m must lie between 1 and the {controls.size} controls, not {m}")
    if variance_matches < 1 or min(rows.size, controls.size) <= variance_matches:
        raise NotEstimable("each group needs more rows than variance_matches")
    z = values @ _root(values, metric)
    distance = _distances(z[rows], z[controls])
    if exact is not None:
        level = pd.factorize(unblank(pd.Series(np.asarray(exact))))[0]
        if len(level) != n or (level < 0).any():
            raise MissingError(f"exact needs {n} values and none missing")
        distance = np.where(level[rows][:, None] == level[controls][None], distance, np.inf)
    reach = np.partition(distance, m - 1, axis=1)[:, m - 1]
    keep = np.isfinite(reach) if caliper is None else reach <= caliper
    if not keep.any():
        raise NotEstimable("no treated row has a match; widen the caliper or drop exact")
    shares = _nearest(distance[keep], m)
    kept = rows[keep]
    counterfactual = shares @ outcome[controls]
    if bias_adjust:
        design = np.column_stack([np.ones(controls.size), values[controls]])
        used = np.sqrt(shares.sum(axis=0))  # weighted as the controls are used
        beta = np.linalg.lstsq(design * used[:, None], outcome[controls] * used, rcond=None)[0]
        counterfactual = counterfactual + (values[kept] - shares @ values[controls]) @ beta[1:]
    gains = outcome[kept] - counterfactual
    estimate = float(gains.mean())
    times = shares.sum(axis=0)
    spread = _residual_variance(outcome[controls], z[controls], variance_matches)
    extra = (times**2 - (shares**2).sum(axis=0)) @ spread
    se = float(np.sqrt(((gains - estimate) ** 2).sum() + extra) / kept.size)
    q = float(norm.ppf(0.5 + confidence / 2))
    p = float(2 * norm.sf(abs(estimate) / se)) if se > 0 else float("nan")
    return MatchedEffect(estimate, se, estimate - q * se, estimate + q * se, p, shares, kept,
                         controls, reach[keep], times, int((~keep).sum()))
