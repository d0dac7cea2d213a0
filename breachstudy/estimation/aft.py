"""Accelerated failure time models of interval-censored durations.

log T = x'β + σ ε with ε standard normal (lognormal), logistic (log-logistic) or smallest extreme
value (Weibull); Kalbfleisch & Prentice (2002), *The Statistical Analysis of Failure Time Data*,
chapters 2–3. The error is the sandwich of Huber (1967), summed within clusters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import Floats, codes, inverse_gram, matrix, summed
from breachstudy.estimation.errors import EstimationError, MissingError, NotEstimable

__all__ = ["DISTRIBUTIONS", "AftFit", "fit_aft"]

DISTRIBUTIONS = ("lognormal", "weibull", "loglogistic")


@dataclass(frozen=True)
class AftFit:
    """Maximum likelihood; vectors are (k,) in the order of ``names``, whose last is ``log_scale``.

    exp(estimate) of a covariate is a time ratio. ``std_error`` is robust (clustered if asked),
    ``model_std_error`` from the observed information; ``covariance`` (k, k) is the robust one.
    ``n_exact``, ``n_interval``, ``n_left`` and ``n_right`` count the kinds of observation.
    """

    names: tuple[str, ...]
    estimate: Floats
    std_error: Floats
    model_std_error: Floats
    statistic: Floats
    p_value: Floats
    ci_lo: Floats
    ci_hi: Floats
    covariance: Floats
    log_likelihood: float
    distribution: str
    n: int
    n_clusters: int
    n_exact: int
    n_interval: int
    n_left: int
    n_right: int

    def quantile(self, x: Floats, p: float) -> Floats:
        """The ``p`` quantile of the duration (m,) at rows ``x`` (m, k − 1) of covariates."""
        if not 0 < p < 1:
            raise EstimationError(f"p must lie strictly between 0 and 1, not {p}")
        if self.distribution == "lognormal":
            z = _normal_quantile(p)
        elif self.distribution == "weibull":
            z = float(np.log(-np.log1p(-p)))
        else:
            z = float(np.log(p / (1 - p)))
        return np.asarray(np.exp(x @ self.estimate[:-1] + np.exp(self.estimate[-1]) * z))


def _normal_quantile(p: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(p))


_FLAT = ("the likelihood does not converge: the intervals do not tell the scale, or one group is "
         "wholly censored")

# For each distribution: F, 1 − F, f, f′, and the first two derivatives of log f.
Law = Callable[[Floats], tuple[Floats, Floats, Floats, Floats, Floats, Floats]]


def _lognormal(z: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    from scipy.special import ndtr

    f = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return ndtr(z), ndtr(-z), f, -z * f, -z, -np.ones_like(z)


def _loglogistic(z: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    from scipy.special import expit

    cdf, tail = expit(z), expit(-z)
    f = cdf * tail
    return cdf, tail, f, f * (tail - cdf), tail - cdf, -2 * f


def _weibull(z: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    e = np.exp(np.minimum(z, 700.0))
    tail = np.exp(-e)
    f = e * tail
    return -np.expm1(-e), tail, f, f * (1 - e), 1 - e, -e


_LAWS: dict[str, Law] = {"lognormal": _lognormal, "weibull": _weibull,
                         "loglogistic": _loglogistic}


def _terms(y_lo: Floats, y_hi: Floats, exact: np.ndarray, eta: Floats, s: float, law: Law
           ) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Log-likelihood of each row and its derivatives in η and s = log σ: ℓ, ℓ_η, ℓ_s, ℓ_ηη,
    ℓ_ηs, ℓ_ss. An infinite end contributes nothing."""
    sigma = np.exp(s)

    def end(y: Floats) -> tuple[Floats, ...]:
        finite = np.isfinite(y)
        z = np.where(finite, (np.where(finite, y, 0.0) - eta) / sigma, 0.0)
        cdf, tail, f, df, g, dg = law(z)
        high = y == np.inf
        cdf = np.where(finite, cdf, np.where(high, 1.0, 0.0))
        tail = np.where(finite, tail, np.where(high, 0.0, 1.0))
        return z, cdf, tail, f * finite, df * finite, g, dg

    zl, cl, tl, fl, dfl, g, dg = end(y_lo)
    zu, cu, tu, fu, dfu, _, _ = end(y_hi)
    mass = np.where(cl > 0.5, tl - tu, cu - cl)  # in the upper tail F loses its digits
    mass = np.maximum(np.where(exact, 1.0, mass), 1e-300)
    d1, d2 = -(fu - fl) / sigma / mass, -(zu * fu - zl * fl) / mass
    d11 = (dfu - dfl) / sigma**2 / mass - d1 * d1
    d12 = ((fu - fl) + (zu * dfu - zl * dfl)) / sigma / mass - d1 * d2
    d22 = ((zu * fu - zl * fl) + (zu**2 * dfu - zl**2 * dfl)) / mass - d2 * d2
    with np.errstate(divide="ignore", invalid="ignore"):
        log_density = np.log(np.maximum(fl, 1e-300)) - s - np.where(exact, y_lo, 0.0)
    return (np.where(exact, log_density, np.log(mass)),
            np.where(exact, -g / sigma, d1), np.where(exact, -zl * g - 1, d2),
            np.where(exact, dg / sigma**2, d11), np.where(exact, g / sigma + zl * dg / sigma, d12),
            np.where(exact, zl * g + zl**2 * dg, d22))


@paired("lo", "hi", "x", "clusters")
def fit_aft(lo: ArrayLike, hi: ArrayLike, x: pd.DataFrame, *, distribution: str = "lognormal",
            clusters: ArrayLike | None = None, confidence: float = 0.95,
            max_iterations: int = 200) -> AftFit:
    """Accelerated failure time model of durations known to lie in [lo, hi] (n,).

    ``lo`` = ``hi`` is an exact duration, ``lo`` = 0 left-censored, ``hi`` = inf right-censored.
    ``x`` (n, k) holds its constant. Lags counted in whole days that can be zero: a lag of d days
    is a duration in [d, d + 1], so pass ``hi + 1``.

    Raises ValueError on missing or inverted intervals, an exact zero, an interval [0, inf] that
    tells nothing, collinear columns, or no convergence.
    """
    from scipy.stats import norm

    if distribution not in DISTRIBUTIONS:
        raise EstimationError(f"distribution {distribution!r} is not one of "
                              f"{', '.join(DISTRIBUTIONS)}")
    values, names = matrix(x, "x")
    a, b = np.asarray(lo, dtype=float), np.asarray(hi, dtype=float)
    n = len(values)
    if a.shape != (n,) or b.shape != (n,) or np.isnan(a).any() or np.isnan(b).any():
        raise MissingError(f"lo and hi need {n} values and none missing")
    if (a > b).any() or (a < 0).any():
        raise EstimationError("an interval has lo > hi, or starts below zero")
    if (b == 0).any():
        raise EstimationError("an exact duration of zero has no logarithm; a lag of d whole days "
                              "is a "
                              "duration in [d, d + 1], so pass hi + 1")
    if ((a == 0) & np.isinf(b)).any():
        raise EstimationError("an interval from zero to infinity tells nothing; drop such rows")
    if np.isinf(a).any():
        raise EstimationError("lo must be finite")
    inverse_gram(values, names)
    unit = np.append(np.sqrt((values**2).mean(axis=0)), 1.0)  # one scale for all terms
    values = values / unit[:-1]
    group = codes(clusters, n)
    exact = a == b
    with np.errstate(divide="ignore"):
        y_lo, y_hi = np.log(a), np.log(b)
    law = _LAWS[distribution]
    middle = np.where(np.isinf(b), y_lo, np.where(a == 0, y_hi - 0.7, np.log(np.where(
        np.isinf(b), 1.0, (a + np.where(np.isinf(b), 0, b)) / 2))))
    beta = np.linalg.lstsq(values, middle, rcond=None)[0]
    theta = np.append(beta, np.log(max(float((middle - values @ beta).std()), 1e-2)))

    def at(v: Floats) -> tuple[float, Floats, Floats]:
        ll, l1, l2, l11, l12, l22 = _terms(y_lo, y_hi, exact, values @ v[:-1], float(v[-1]), law)
        score = np.column_stack([values * l1[:, None], l2])
        cross = values.T @ l12
        hessian = np.block([[(values * l11[:, None]).T @ values, cross[:, None]],
                            [cross[None, :], np.array([[l22.sum()]])]])
        return float(ll.sum()), score, hessian

    value, score, hessian = at(theta)
    for _ in range(max_iterations):
        gradient = score.sum(axis=0)
        information = -hessian
        shift = max(0.0, 1e-6 - float(np.linalg.eigvalsh(information)[0]))
        step = np.linalg.solve(information + 2 * shift * np.eye(len(theta)), gradient)
        if float(gradient @ step) < 1e-10 * max(1.0, abs(value)):
            # So near, Newton's step doubles the digits: it is taken, so that where the loop ends,
            # which the last digit of the gradient decides, does not show in the result.
            theta = theta + step
            value, score, hessian = at(theta)
            break
        size = min(1.0, 5.0 / float(np.abs(step).max()))
        trial = at(theta + size * step)
        while not trial[0] >= value - 1e-12 * abs(value) and size > 1e-8:
            size /= 2
            trial = at(theta + size * step)
        theta = theta + size * step
        value, score, hessian = trial
    else:
        raise NotEstimable(_FLAT)
    # Flat in some direction: the last step was small because there is nothing to climb. An error
    # of 50 on the scale of log time says nothing about any duration.
    information = -hessian
    if not np.linalg.eigvalsh(information)[0] > 0:
        raise NotEstimable(_FLAT)
    bread = np.linalg.inv(information)
    spread = np.where(values.std(axis=0) > 1e-9, values.std(axis=0), 1.0)
    if (np.sqrt(np.diag(bread)) * np.append(spread, 5.0) > 50).any():
        raise NotEstimable(_FLAT)
    theta, bread = theta / unit, bread / np.outer(unit, unit)
    influence = summed((score * unit) @ bread, group)
    covariance = influence.T @ influence
    se = np.sqrt(np.diag(covariance))
    z = float(norm.ppf(0.5 + confidence / 2))
    left = (a == 0) & ~exact
    return AftFit(
        names=(*names, "log_scale"), estimate=theta, std_error=se,
        model_std_error=np.sqrt(np.diag(bread)), statistic=theta / se,
        p_value=2 * norm.sf(np.abs(theta / se)), ci_lo=theta - z * se, ci_hi=theta + z * se,
        covariance=covariance, log_likelihood=value, distribution=distribution, n=n,
        n_clusters=int(group.max()) + 1, n_exact=int(exact.sum()),
        n_interval=int((~exact & ~left & np.isfinite(b)).sum()), n_left=int(left.sum()),
        n_right=int(np.isinf(b).sum()))
