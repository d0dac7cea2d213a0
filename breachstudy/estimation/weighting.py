"""Weights that balance groups, and the weighted and augmented estimators of a treatment effect.

Entropy balancing solves for the weights closest to the base weights that meet the moments
exactly (Hainmueller 2012, Polit. Anal. 20, 25–46; Tübbicke 2022, J. Econom. Methods 11, 71–89 for
a continuous treatment). Propensity scores come from a statsmodels logit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import (
    Floats,
    Ints,
    binary,
    codes,
    matrix,
    summed,
    varies,
    vector,
    with_constant,
)
from breachstudy.estimation.errors import EstimationError, NotEstimable

__all__ = ["ESTIMANDS", "Effect", "EntropyWeights", "Propensity", "aipw", "entropy_balance",
           "entropy_balance_dose", "entropy_effect", "ipw", "propensity", "weighted_difference"]

ESTIMANDS = ("ATE", "ATT", "ATO")


@dataclass(frozen=True)
class EntropyWeights:
    """Balancing weights (n,) and the largest remaining ``gap`` of a standardised moment.

    For a binary treatment a treated row keeps its base weight, and the control weights sum to
    those of the treated; for a dose the weights sum to n. ``converged`` if gap < tolerance.
    """

    weights: Floats
    gap: float
    iterations: int
    converged: bool


@dataclass(frozen=True)
class Propensity:
    """A logit of the treatment: ``score`` (n,), ``coefficients`` (k + 1,) with the constant first,
    in the order of ``names``."""

    names: tuple[str, ...]
    coefficients: Floats
    score: Floats


@dataclass(frozen=True)
class Effect:
    """A treatment effect: mean outcomes ``mean_treated`` − ``mean_control`` = ``estimate``.

    ``influence`` (n,) is the estimated influence function, whose cluster sums give ``std_error``;
    the interval uses the normal distribution. ``n_clipped`` scores were moved to the clip bound.
    """

    estimand: str
    estimate: float
    std_error: float
    ci_lo: float
    ci_hi: float
    p_value: float
    mean_treated: float
    mean_control: float
    influence: Floats
    n: int
    n_clusters: int
    n_clipped: int


def _tilt(moments: Floats, target: Floats, base: Floats, tolerance: float, iterations: int
          ) -> tuple[Floats, float, int, bool]:
    """Newton on the dual: weights q·exp(M λ)/Σ with Σ w M = target; M (n, k), weights sum to 1."""
    centred = moments - target
    scale = centred.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    z = centred / scale
    lam = np.zeros(z.shape[1])
    start = np.log(base / base.sum())

    def dual(v: Floats) -> tuple[float, Floats]:
        exponent = start + z @ v
        top = exponent.max()
        e = np.exp(exponent - top)
        return float(top + np.log(e.sum())), e / e.sum()

    value, w = dual(lam)
    gap, done = float(np.abs(w @ z).max()), 0
    polished = False  # one more step than the tolerance asks for: where the loop ends must not show
    while (gap >= tolerance or not polished) and done < iterations:
        polished = gap < tolerance
        done += 1
        gradient = w @ z
        hessian = (z * w[:, None]).T @ z - np.outer(gradient, gradient)
        step = np.linalg.lstsq(hessian, gradient, rcond=1e-12)[0]
        size = 1.0
        trial, found = dual(lam - step)
        while trial > value - 1e-4 * size * float(gradient @ step) and size > 1e-10:
            size /= 2
            trial, found = dual(lam - size * step)
        lam, value, w = lam - size * step, trial, found
        gap = float(np.abs(w @ z).max())
    return w, gap, done, gap < tolerance


@paired("x", "treated", "base")
def entropy_balance(x: pd.DataFrame, treated: ArrayLike, *, moments: int = 1,
                    base: ArrayLike | None = None, tolerance: float = 1e-8,
                    max_iterations: int = 200) -> EntropyWeights:
    """Control weights that give the controls the treated's means of ``x`` (n, k), and with
    ``moments=2`` those of the squares too, so that variances match (Hainmueller 2012).

    Squares of a two-valued covariate add nothing and are left out. Raises ValueError on missing
    values, an empty group, or targets outside the convex hull of the controls (then no weights
    exist: coarsen, or use fewer moments).
    """
    values, _ = matrix(x, "x")
    n = len(values)
    t = binary(treated, "treated", n)
    q = np.ones(n) if base is None else vector(base, "base", n)
    if (q <= 0).any():
        raise EstimationError("base weights must be positive")
    if moments not in (1, 2):
        raise EstimationError(f"moments must be 1 or 2, not {moments}")
    columns = _balanced_columns(values, t, moments)
    target = q[t] @ columns[t] / q[t].sum()
    w, gap, done, ok = _tilt(columns[~t], target, q[~t], tolerance, max_iterations)
    if not ok:
        raise NotEstimable(f"no weights balance these moments (largest standardised gap "
                              f"{gap:.3g}): "
                              "the treated means lie outside the range of the controls")
    weights = q.copy()
    weights[~t] = w * q[t].sum()
    return EntropyWeights(weights, gap, done, ok)


def _balanced_columns(values: Floats, t: NDArray[np.bool_], moments: int) -> Floats:
    if moments == 1:
        return values
    many = [j for j, c in enumerate(values.T) if np.unique(c).size > 2]
    return np.column_stack([values, (values[:, many] - values[t][:, many].mean(axis=0)) ** 2])


@paired("x", "dose", "base")
def entropy_balance_dose(x: pd.DataFrame, dose: ArrayLike, *, powers: int = 1,
                         base: ArrayLike | None = None, tolerance: float = 1e-8,
                         max_iterations: int = 200) -> EntropyWeights:
    """Weights under which ``dose`` (n,) and its powers are uncorrelated with ``x`` (n, k), while
    the means of both stay as they are (Tübbicke 2022).

    Raises ValueError on missing values, or if no such weights exist.
    """
    values, _ = matrix(x, "x")
    n = len(values)
    d = vector(dose, "dose", n)
    q = np.ones(n) if base is None else vector(base, "base", n)
    if (q <= 0).any() or powers < 1:
        raise EstimationError("base weights must be positive and powers at least 1")
    if not varies(d):
        raise NotEstimable("the dose does not vary")
    z = (d - q @ d / q.sum()) / d.std()
    steps = [z**p for p in range(1, powers + 1)]
    dose_terms = np.column_stack([s - q @ s / q.sum() for s in steps])
    centred = values - q @ values / q.sum()
    products = [centred * column[:, None] for column in dose_terms.T]
    stacked = np.column_stack([centred, dose_terms, *products])
    w, gap, done, ok = _tilt(stacked, np.zeros(stacked.shape[1]), q, tolerance, max_iterations)
    if not ok:
        raise NotEstimable(f"no weights remove these correlations (largest gap {gap:.3g}); use "
                              "fewer "
                              "covariates or powers")
    return EntropyWeights(w * n, gap, done, ok)


@paired("y", "treated", "x", "clusters")
def entropy_effect(y: ArrayLike, treated: ArrayLike, x: pd.DataFrame, *, moments: int = 1,
                   clusters: ArrayLike | None = None, confidence: float = 0.95) -> Effect:
    """Effect on the treated by entropy balancing on ``x`` (n, k), with an error that counts the
    estimation of the weights.

    The influence function is that of the stacked equations of weights and means: outcomes less
    their weighted projection on the balanced moments among the controls (Zhao & Percival 2017,
    J. Causal Inference 5(1)). Raises ValueError as :func:`entropy_balance`.
    """
    outcome = vector(y, "y")
    n = outcome.size
    t = binary(treated, "treated", n)
    w = entropy_balance(x, treated, moments=moments).weights
    design = np.column_stack([np.ones(n), _balanced_columns(matrix(x, "x", n)[0], t, moments)])
    root = np.sqrt(w[~t])
    beta = np.linalg.lstsq(design[~t] * root[:, None], outcome[~t] * root, rcond=None)[0]
    rest = outcome - design @ beta
    mu1, mu0 = float(outcome[t].mean()), float(w[~t] @ outcome[~t] / w[~t].sum())
    influence = np.where(t, rest - (mu1 - mu0), -w * rest) / t.mean()
    return _effect("ATT", mu1, mu0, influence, codes(clusters, n), confidence, 0)


@paired("x", "treated")
def propensity(x: pd.DataFrame, treated: ArrayLike) -> Propensity:
    """Logit of ``treated`` (n,) on a constant and ``x`` (n, k).

    Raises ValueError on missing values, collinear columns or separation (a covariate that tells
    the groups apart, so that no overlap exists).
    """
    values, names = matrix(x, "x")
    t = binary(treated, "treated", len(values))
    design = with_constant(values)
    beta = _logit(design, t)
    return Propensity(("const", *names), beta, _expit(design @ beta))


def _expit(v: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(v), dtype=np.float64)


def _logit(design: Floats, t: Floats | np.ndarray) -> Floats:
    import warnings

    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fit = sm.Logit(t.astype(float), design).fit(disp=0, maxiter=200)
    except (PerfectSeparationError, np.linalg.LinAlgError, Warning) as error:
        raise NotEstimable("the logit of the treatment does not converge: the covariates "
                              "separate "
                              "treated from control rows, so they do not overlap") from error
    return np.asarray(fit.params, dtype=np.float64)


def _effect(estimand: str, mu1: float, mu0: float, influence: Floats, groups: Ints,
            confidence: float, n_clipped: int) -> Effect:
    from scipy.stats import norm

    n, g = influence.size, int(groups.max()) + 1
    se = float(np.sqrt((summed(influence, groups) ** 2).sum()) / n)
    estimate = mu1 - mu0
    z = float(norm.ppf(0.5 + confidence / 2))
    p = float(2 * norm.sf(abs(estimate) / se)) if se > 0 else float("nan")
    return Effect(estimand, estimate, se, estimate - z * se, estimate + z * se, p, mu1, mu0,
                  influence, n, g, n_clipped)


@paired("y", "treated", "weights", "clusters")
def weighted_difference(y: ArrayLike, treated: ArrayLike, weights: ArrayLike, *,
                        clusters: ArrayLike | None = None, confidence: float = 0.95,
                        estimand: str = "ATT") -> Effect:
    """Difference of weighted means of ``y`` (n,), weights (n,) taken as known.

    For weights that were estimated such an error leaves out that they remove the part of the
    outcome the covariates explain: see :func:`entropy_effect` and :func:`ipw`.

    Raises ValueError on missing or negative weights, missing values or an empty group.
    """
    outcome = vector(y, "y")
    n = outcome.size
    t, w = binary(treated, "treated", n), vector(weights, "weights", n)
    if (w < 0).any() or w[t].sum() <= 0 or w[~t].sum() <= 0:
        raise NotEstimable("weights must not be negative and must not all be zero in a group")
    a, b = w * t, w * ~t
    mu1, mu0 = float(a @ outcome / a.sum()), float(b @ outcome / b.sum())
    influence = n * (a * (outcome - mu1) / a.sum() - b * (outcome - mu0) / b.sum())
    return _effect(estimand, mu1, mu0, influence, codes(clusters, n), confidence, 0)


def _tilting(estimand: str, e: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights of treated and control rows and their derivatives in the linear index."""
    one, v = np.ones_like(e), e * (1 - e)
    if estimand == "ATE":
        return 1 / e, 1 / (1 - e), -(1 - e) / e, e / (1 - e)
    if estimand == "ATT":
        return one, e / (1 - e), 0 * one, e / (1 - e)
    if estimand == "ATO":
        return 1 - e, e, -v, v
    raise EstimationError(f"estimand {estimand!r} is not one of {', '.join(ESTIMANDS)}")


@paired("y", "treated", "x", "clusters")
def ipw(y: ArrayLike, treated: ArrayLike, x: pd.DataFrame, *, estimand: str = "ATE",
        clip: float = 0.0, clusters: ArrayLike | None = None, confidence: float = 0.95) -> Effect:
    """Normalised inverse-probability weighting (Hájek), with logit scores on ``x`` (n, k).

    ``estimand`` is ATE, ATT or ATO (overlap weights: Li, Morgan & Zaslavsky 2018, JASA 113,
    390–400). The error is that of the stacked estimating equations, so it counts the estimation
    of the scores (Lunceford & Davidian 2004, Stat. Med. 23, 2937–2960). ``clip`` moves scores
    into [clip, 1 − clip] and treats the moved ones as fixed.

    Raises ValueError on missing values, separation, or an unknown estimand.
    """
    outcome = vector(y, "y")
    n = outcome.size
    t = binary(treated, "treated", n)
    values, _ = matrix(x, "x", n)
    design = with_constant(values)
    raw = _expit(design @ _logit(design, t))
    e = _clipped(raw, clip)
    free = e == raw
    w1, w0, d1, d0 = _tilting(estimand, e)
    parts, means = [], []
    hessian = (design * (raw * (1 - raw))[:, None]).T @ design / n
    try:
        score = np.linalg.solve(hessian, (design * (t - raw)[:, None]).T).T
    except np.linalg.LinAlgError:
        raise NotEstimable("the scores leave no information on the covariates: treated and control "
                           "rows hardly overlap") from None
    for group, w, d in ((t, w1, d1), (~t, w0, d0)):
        mass = (w * group).mean()
        mu = float((w * group) @ outcome / (w * group).sum())
        slope = ((d * free * group * (outcome - mu))[:, None] * design).mean(axis=0)
        parts.append((w * group * (outcome - mu) + score @ slope) / mass)
        means.append(mu)
    return _effect(estimand, means[0], means[1], parts[0] - parts[1], codes(clusters, n),
                   confidence, int((~free).sum()))


def _clipped(e: Floats, clip: float) -> Floats:
    if not 0 <= clip < 0.5:
        raise EstimationError(f"clip must lie in [0, 0.5), not {clip}")
    return np.clip(e, clip, 1 - clip) if clip > 0 else e


def _folds(fold: ArrayLike | int, groups: Ints, seed: int) -> Ints:
    n = groups.size
    if not isinstance(fold, (int, np.integer)):
        return codes(np.asarray(fold), n, "folds")
    if fold < 2:
        raise EstimationError("cross-fitting needs at least two folds")
    count = int(groups.max()) + 1
    if count < fold:
        raise NotEstimable(f"{count} clusters cannot be split into {fold} folds")
    own = np.random.default_rng(seed).permutation(count) % int(fold)
    return np.asarray(own[groups], dtype=np.intp)


@paired("y", "treated", "x", "folds", "clusters")
def aipw(y: ArrayLike, treated: ArrayLike, x: pd.DataFrame, *, estimand: str = "ATE",
         folds: ArrayLike | int = 5, clip: float = 0.01, clusters: ArrayLike | None = None,
         seed: int = 20240101, confidence: float = 0.95) -> Effect:
    """Augmented inverse-probability weighting with cross-fitting: logit scores and one least
    squares per group on ``x`` (n, k), fitted on the other folds.

    Consistent if either model is right (Robins, Rotnitzky & Zhao 1994, JASA 89, 846–866);
    cross-fitting as in Chernozhukov et al. (2018, Econom. J. 21, C1–C68). ``estimand`` is ATE or
    ATT. ``folds`` is a number, drawn by ``seed`` over whole clusters, or the fold of each row (n,).

    Raises ValueError on missing values, separation or collinearity within a fold, or too few rows.
    """
    outcome = vector(y, "y")
    n = outcome.size
    t = binary(treated, "treated", n)
    values, _ = matrix(x, "x", n)
    design = with_constant(values)
    if estimand not in ("ATE", "ATT"):
        raise EstimationError(f"estimand {estimand!r} is not one of ATE, ATT")
    groups = codes(clusters, n)
    fold = _folds(folds, groups, seed)
    raw, m1, m0 = np.empty(n), np.empty(n), np.empty(n)
    for f in range(int(fold.max()) + 1):
        out, own = fold != f, fold == f
        raw[own] = _expit(design[own] @ _logit(design[out], t[out]))
        for m, group in ((m1, t), (m0, ~t)):
            rows = out & group
            if np.linalg.matrix_rank(design[rows]) < design.shape[1]:
                raise NotEstimable(f"fold {f}: the outcome model of one group has too few rows "
                                      "or "
                                      "collinear covariates; use fewer covariates or folds")
            m[own] = design[own] @ np.linalg.lstsq(design[rows], outcome[rows], rcond=None)[0]
    e = _clipped(raw, clip)
    if estimand == "ATE":
        psi1 = m1 + t * (outcome - m1) / e
        psi0 = m0 + ~t * (outcome - m0) / (1 - e)
        mu1, mu0 = float(psi1.mean()), float(psi0.mean())
        influence = psi1 - psi0 - (mu1 - mu0)
    else:
        p = t.mean()
        mu1 = float(outcome[t].mean())
        psi0 = t * m0 + ~t * (outcome - m0) * e / (1 - e)
        mu0 = float(psi0.mean() / p)
        influence = (t * outcome - psi0 - t * (mu1 - mu0)) / p
    return _effect(estimand, mu1, mu0, influence, groups, confidence, int((e != raw).sum()))
