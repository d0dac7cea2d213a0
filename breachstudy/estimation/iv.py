"""Two-stage least squares with inference that stays valid when instruments are weak.

Anderson & Rubin (1949, Ann. Math. Stat. 20, 46–63) sets from the robust reduced form; effective F
of Montiel Olea & Pflueger (2013, J. Bus. Econ. Stat. 31, 358–369). Andrews, Stock & Sun (2019,
Annu. Rev. Econ. 11, 727–753) review both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import Floats, codes, inverse_gram, matrix, summed, vector
from breachstudy.estimation.decay import Intervals, quadratic_set
from breachstudy.estimation.errors import EstimationError, NotEstimable

__all__ = ["COVARIANCES", "IvFit", "anderson_rubin", "fit_iv"]

COVARIANCES = ("classical", "HC1", "cluster")


@dataclass(frozen=True)
class IvFit:
    """The coefficient on one endogenous regressor.

    ``estimate``, ``std_error``, ``ci_*``: two-stage least squares with the normal distribution.
    ``first_stage`` and ``reduced_form`` (m,) are coefficients of the m ``instruments``.
    ``first_stage_f`` is the robust Wald F of the instruments, ``effective_f`` that of Montiel Olea
    & Pflueger (the two agree with one instrument). ``ar_statistic`` and ``ar_p_value`` test a
    coefficient of zero; ``ar_set`` is the Anderson–Rubin set, a tuple of intervals: unbounded if
    the instruments may be irrelevant, empty if no coefficient fits the exclusions. ``is_weak``
    if the effective F is below 10 (the rule of Staiger & Stock 1997, Econometrica 65, 557–586,
    applied to it); read only the set then.
    """

    estimate: float
    std_error: float
    ci_lo: float
    ci_hi: float
    p_value: float
    instruments: tuple[str, ...]
    first_stage: Floats
    reduced_form: Floats
    first_stage_f: float
    effective_f: float
    is_weak: bool
    ar_statistic: float
    ar_p_value: float
    ar_set: Intervals
    covariance: str
    n: int
    n_clusters: int


def _joint(residuals: Floats, projected: Floats, group: np.ndarray, covariance: str, df: int,
           n: int) -> Floats:
    """Covariance (2m, 2m) of reduced-form and first-stage coefficients stacked, whose rows are
    ``projected`` (n, m) times the residuals (n, 2)."""
    if covariance == "classical":
        return np.asarray(np.kron(residuals.T @ residuals / df, projected.T @ projected),
                          dtype=np.float64)
    scores = np.concatenate([projected * residuals[:, [0]], projected * residuals[:, [1]]], axis=1)
    parts = summed(scores, group)
    g = len(parts)
    factor = n / df if covariance == "HC1" else g / (g - 1) * (n - 1) / df
    return np.asarray(parts.T @ parts * factor)


def anderson_rubin(reduced_form: Floats, first_stage: Floats, joint: Floats, beta: float) -> float:
    """(γ − βπ)' V(β)⁻¹ (γ − βπ), which is χ² with m degrees of freedom at the true β.

    ``reduced_form`` γ and ``first_stage`` π are (m,), ``joint`` (2m, 2m) their covariance.
    """
    m = len(first_stage)
    gap = reduced_form - beta * first_stage
    cross = joint[:m, m:]
    v = joint[:m, :m] - beta * (cross + cross.T) + beta**2 * joint[m:, m:]
    return float(gap @ np.linalg.solve(v, gap))


def _ar_set(gamma: Floats, pi: Floats, joint: Floats, critical: float) -> Intervals:
    """The β whose statistic does not exceed ``critical``."""
    if len(pi) == 1:
        return quadratic_set(float(pi[0] ** 2 - critical * joint[1, 1]),
                             float(-2 * (gamma[0] * pi[0] - critical * joint[0, 1])),
                             float(gamma[0] ** 2 - critical * joint[0, 0]))
    from scipy.optimize import brentq

    # β = centre + scale·tan(θ) puts the whole line on (−π/2, π/2): no end is cut off.
    m = len(pi)
    scale = float(np.sqrt(np.trace(joint[:m, :m]) / np.trace(joint[m:, m:])))
    weight = np.linalg.pinv(joint[m:, m:])
    centre = float(pi @ weight @ gamma / (pi @ weight @ pi))

    def excess(theta: float) -> float:
        return anderson_rubin(gamma, pi, joint, centre + scale * np.tan(theta)) - critical

    grid = np.linspace(-np.pi / 2 + 1e-7, np.pi / 2 - 1e-7, 4001)
    values = np.array([excess(v) for v in grid])
    if (values <= 0).all():
        return ((-np.inf, np.inf),)
    found, start = [], -np.inf if values[0] <= 0 else None
    for i in range(len(grid) - 1):
        if (values[i] <= 0) == (values[i + 1] <= 0):
            continue
        edge = centre + scale * float(np.tan(brentq(excess, grid[i], grid[i + 1], xtol=1e-14)))
        if start is None:
            start = edge
        else:
            found.append((float(start), edge))
            start = None
    if start is not None:
        found.append((float(start), float("inf")))
    return tuple(found)


@paired("y", "endogenous", "instruments", "controls", "clusters")
def fit_iv(y: ArrayLike, endogenous: ArrayLike, instruments: pd.DataFrame, controls: pd.DataFrame,
           *, covariance: str = "HC1", clusters: ArrayLike | None = None,
           confidence: float = 0.95) -> IvFit:
    """Two-stage least squares of ``y`` (n,) on ``endogenous`` (n,), instrumented by
    ``instruments`` (n, m), given ``controls`` (n, k) that hold their constant.

    ``covariance`` is classical, HC1 or cluster (with Stata's small-sample factors). Raises
    ValueError on missing values, collinear columns (named), too few rows or clusters, or
    instruments exactly unrelated to the regressor.
    """
    from scipy.stats import chi2, norm

    if covariance not in COVARIANCES:
        raise EstimationError(f"covariance {covariance!r} is not one of {', '.join(COVARIANCES)}")
    outcome = vector(y, "y")
    n = outcome.size
    d = vector(endogenous, "endogenous", n)
    z, z_names = matrix(instruments, "instruments", n)
    x, x_names = matrix(controls, "controls", n)
    if covariance == "cluster" and clusters is None:
        raise NotEstimable("cluster needs a variable with at least two clusters")
    group = codes(clusters if covariance == "cluster" else None, n)
    m, k = z.shape[1], x.shape[1]
    inverse_gram(np.column_stack([x, z]), [*x_names, *z_names])
    if n <= k + m:
        raise NotEstimable(f"{n} rows cannot estimate {k + m} terms")

    def out(v: Floats) -> Floats:
        return np.asarray(v - x @ np.linalg.lstsq(x, v, rcond=None)[0])

    yt, dt, zt = out(outcome), out(d), out(z)
    gram = inverse_gram(zt, z_names)
    pi, gamma = gram @ (zt.T @ dt), gram @ (zt.T @ yt)
    residuals = np.column_stack([yt - zt @ gamma, dt - zt @ pi])
    joint = _joint(residuals, zt @ gram, group, covariance, n - k - m, n)
    fitted = zt @ pi
    strength = float(fitted @ dt)
    if strength <= 1e-12 * float(dt @ dt):
        raise NotEstimable("the instruments are unrelated to the regressor")
    beta = float(fitted @ yt) / strength
    error = (yt - beta * dt)[:, None]
    meat = _joint(np.column_stack([error, error]), (fitted / strength)[:, None], group, covariance,
                  n - k - 1, n)[0, 0]
    se = float(np.sqrt(meat))
    first = joint[m:, m:]
    wald = float(pi @ np.linalg.solve(first, pi)) / m
    effective = float(pi @ (zt.T @ zt) @ pi / np.trace(first @ (zt.T @ zt)))
    level = float(chi2.ppf(confidence, m))
    statistic = anderson_rubin(gamma, pi, joint, 0.0)
    q = float(norm.ppf(0.5 + confidence / 2))
    return IvFit(beta, se, beta - q * se, beta + q * se, float(2 * norm.sf(abs(beta) / se)),
                 z_names, pi, gamma, wald, effective, effective < 10, statistic,
                 float(chi2.sf(statistic, m)), _ar_set(gamma, pi, joint, level), covariance, n,
                 int(group.max()) + 1)
