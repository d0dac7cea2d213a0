"""How strong an omitted variable would have to be to change a conclusion.

Cinelli & Hazlett (2020, J. R. Stat. Soc. B 82, 39–67): partial R², robustness values, bounds by
benchmark covariates. Oster (2019, J. Bus. Econ. Stat. 37, 187–204): proportional selection.
VanderWeele & Ding (2017, Ann. Intern. Med. 167, 268–274): E-values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import Floats, inverse_gram, matrix, varies, vector
from breachstudy.estimation.errors import EstimationError, NotEstimable

__all__ = ["Contour", "EValue", "OmittedVariable", "Oster", "adjusted_estimate", "benchmarks",
           "contour", "e_value", "omitted_variable", "oster", "partial_r2", "robustness_value"]


@dataclass(frozen=True)
class OmittedVariable:
    """Sensitivity of one coefficient: classical ``estimate``, ``std_error``, ``t``, ``df``.

    ``partial_r2`` of treatment with outcome is also what a confounder that explains all remaining
    variation of the outcome would need with the treatment. ``rv`` is the robustness value for a
    reduction by 100·q %, ``rv_alpha`` for losing significance at ``alpha``.
    """

    treatment: str
    estimate: float
    std_error: float
    t: float
    df: int
    partial_r2: float
    rv: float
    rv_alpha: float
    q: float
    alpha: float


@dataclass(frozen=True)
class Contour:
    """Grids over the strength of a confounder: ``r2_treatment`` (a,), ``r2_outcome`` (b,), and
    the adjusted ``estimate`` and ``t`` (b, a), rows by outcome."""

    r2_treatment: Floats
    r2_outcome: Floats
    estimate: Floats
    t: Floats


@dataclass(frozen=True)
class Oster:
    """``delta``: the selection on unobservables relative to observables that makes the
    coefficient ``target``, given ``r2_max``. ``beta_star``: the coefficient under
    proportional selection ``delta_assumed``, the root nearest the controlled one, since the
    equation may have three; ``roots`` holds all real ones. ``short_*`` and ``long_*`` are
    without and with controls."""

    delta: float
    beta_star: float
    roots: tuple[float, ...]
    target: float
    delta_assumed: float
    r2_max: float
    short_estimate: float
    short_r2: float
    long_estimate: float
    long_r2: float


@dataclass(frozen=True)
class EValue:
    """Smallest association, on the risk-ratio scale, of an unmeasured confounder with treatment
    and with outcome that explains away the ``point``, or moves the interval to one (``ci``; 1 if
    it already holds one). ``ratio`` is the approximate risk ratio."""

    ratio: float
    point: float
    ci: float


def partial_r2(t: float, df: float) -> float:
    """Partial R² of a term with statistic ``t`` on ``df`` degrees of freedom: t²/(t² + df)."""
    if df <= 0:
        raise EstimationError(f"df must be positive, not {df}")
    return t * t / (t * t + df)


def robustness_value(t: float, df: float, *, q: float = 1.0, alpha: float | None = None) -> float:
    """Robustness value RV_q, or RV_{q,α} if ``alpha`` is given (Cinelli & Hazlett 2020, sec. 4.2).

    The partial R² a confounder needs with both treatment and outcome to bring the estimate down
    by 100·q % — or, with ``alpha``, within the critical value of it. The critical value uses
    df − 1, for the confounder takes one. Raises ValueError if df ≤ 1 or q ≤ 0.
    """
    from scipy.stats import t as student

    if df <= 1 or q <= 0:
        raise EstimationError(f"df must exceed 1 and q be positive, not df={df}, q={q}")
    f = q * abs(t) / np.sqrt(df)
    critical = 0.0
    if alpha is not None:
        if not 0 < alpha < 1:
            raise EstimationError(f"alpha must lie strictly between 0 and 1, not {alpha}")
        critical = float(student.ppf(1 - alpha / 2, df - 1)) / np.sqrt(df - 1)
    gap = f - critical
    if gap <= 0:
        return 0.0
    if critical > 0 and f > 1 / critical:
        # An interior optimum: the confounder needs less with the treatment than with the outcome.
        return float((f**2 - critical**2) / (1 + f**2))
    return float((np.sqrt(gap**4 + 4 * gap**2) - gap**2) / 2)


def _ols(y: Floats, x: Floats, names: Sequence[str]) -> tuple[Floats, Floats, int, float]:
    """Coefficients, classical errors, degrees of freedom, residual sum of squares."""
    inverse = inverse_gram(x, names)
    beta = inverse @ (x.T @ y)
    beta = beta + inverse @ (x.T @ (y - x @ beta))  # one refinement against rounding
    df = len(y) - x.shape[1]
    if df < 2:
        raise NotEstimable(f"{len(y)} rows leave {df} degrees of freedom; at least 2 are needed")
    rss = float(((y - x @ beta) ** 2).sum())
    return beta, np.sqrt(np.diag(inverse) * rss / df), df, rss


def _place(names: Sequence[str], wanted: str) -> int:
    if wanted not in names:
        raise EstimationError(f"no column {wanted!r}; known: {', '.join(names)}")
    return list(names).index(wanted)


@paired("y", "x")
def omitted_variable(y: ArrayLike, x: pd.DataFrame, treatment: str, *, q: float = 1.0,
                     alpha: float = 0.05) -> OmittedVariable:
    """Sensitivity statistics of the coefficient on ``treatment`` in the least squares of ``y``
    (n,) on ``x`` (n, k), which holds its constant.

    Errors are classical: partial R² is defined by them. Raises ValueError on missing values,
    collinear columns or an unknown treatment.
    """
    values, names = matrix(x, "x")
    outcome = vector(y, "y", len(values))
    j = _place(names, treatment)
    beta, se, df, _ = _ols(outcome, values, names)
    t = float(beta[j] / se[j])
    return OmittedVariable(treatment, float(beta[j]), float(se[j]), t, df, partial_r2(t, df),
                           robustness_value(t, df, q=q),
                           robustness_value(t, df, q=q, alpha=alpha), q, alpha)


def adjusted_estimate(estimate: float, std_error: float, df: int, r2_treatment: ArrayLike,
                      r2_outcome: ArrayLike) -> tuple[Floats, Floats]:
    """Estimate and error after a confounder of the given partial R² with treatment and outcome,
    arrays that broadcast; the bias is taken toward zero.

    Bias = se·√df·√(R²_y R²_d/(1 − R²_d)); se′ = se·√((1 − R²_y)/(1 − R²_d))·√(df/(df − 1)).
    Raises ValueError if a partial R² leaves [0, 1), or [0, 1] for the outcome.
    """
    d, o = np.asarray(r2_treatment, dtype=float), np.asarray(r2_outcome, dtype=float)
    if ((d < 0) | (d >= 1)).any() or ((o < 0) | (o > 1)).any():
        raise EstimationError("partial R² must lie in [0, 1)")
    bias = std_error * np.sqrt(df) * np.sqrt(o * d / (1 - d))
    value = np.sign(estimate) * (abs(estimate) - bias)
    error = std_error * np.sqrt((1 - o) / (1 - d)) * np.sqrt(df / (df - 1))
    return np.asarray(value), np.asarray(error)


@paired("y", "x")
def benchmarks(y: ArrayLike, x: pd.DataFrame, treatment: str,
               covariates: Sequence[str | Sequence[str]], *, k: Sequence[float] = (1, 2, 3),
               alpha: float = 0.05) -> pd.DataFrame:
    """Bounds for a confounder ``k`` times as strong as an observed covariate, or group of them.

    One row for each covariate × k: ``covariate``, ``k``, ``r2_treatment``, ``r2_outcome``,
    ``estimate``, ``std_error``, ``t``, ``ci_lo``, ``ci_hi``. The bounds of Cinelli & Hazlett
    (2020, sec. 4.4): R²_{d~z|x} = k f²_{d~xj|x−j}, and that of the outcome by η². A strength that
    would exceed one is not possible and has NaN. Raises ValueError on unknown columns.
    """
    from scipy.stats import t as student

    values, names = matrix(x, "x")
    outcome = vector(y, "y", len(values))
    j = _place(names, treatment)
    beta, se, df, rss = _ols(outcome, values, names)
    rest = [i for i in range(len(names)) if i != j]
    rest_names = [names[i] for i in rest]
    d = values[:, j]
    d_rss = _ols(d, values[:, rest], rest_names)[3]
    critical = float(student.ppf(1 - alpha / 2, df - 1))
    rows = []
    for group in covariates:
        own = [group] if isinstance(group, str) else list(group)
        dropped = {_place(names, c) for c in own}
        if j in dropped:
            raise EstimationError(f"the treatment {treatment!r} cannot be its own benchmark")
        short = [i for i in rest if i not in dropped]
        if not short:
            raise EstimationError("a benchmark must leave at least one other column, the constant")
        r2_d = 1 - d_rss / _ols(d, values[:, short], [names[i] for i in short])[3]
        both = [*short, j]
        r2_y = 1 - rss / _ols(outcome, values[:, both], [names[i] for i in both])[3]
        f2_d, f2_y = r2_d / (1 - r2_d), r2_y / (1 - r2_y)
        for times in k:
            strength, effect = times * f2_d, np.nan
            if strength < 1:
                cross = times * r2_d**2 / ((1 - times * r2_d) * (1 - r2_d))
                if cross < 1:
                    eta2 = ((np.sqrt(times) + np.sqrt(cross)) / np.sqrt(1 - cross)) ** 2
                    effect = min(1.0, eta2 * f2_y)
            row = {"covariate": " + ".join(own), "k": float(times)}
            if np.isnan(effect):
                row |= dict.fromkeys(("r2_treatment", "r2_outcome", "estimate", "std_error", "t",
                                      "ci_lo", "ci_hi"), float("nan"))
            else:
                value, error = map(float, adjusted_estimate(float(beta[j]), float(se[j]), df,
                                                            strength, effect))
                row |= {"r2_treatment": strength, "r2_outcome": effect, "estimate": value,
                        "std_error": error, "t": value / error if error > 0 else np.inf,
                        "ci_lo": value - critical * error, "ci_hi": value + critical * error}
            rows.append(row)
    return pd.DataFrame(rows)


def contour(found: OmittedVariable, *, limit: float = 0.4, points: int = 41) -> Contour:
    """Adjusted estimates and t statistics on a square grid of partial R² from 0 to ``limit``.

    Raises ValueError unless 0 < limit < 1 and there are at least two points.
    """
    if not 0 < limit < 1 or points < 2:
        raise EstimationError("limit must lie strictly between 0 and 1, with at least two points")
    grid = np.linspace(0, limit, points)
    value, error = adjusted_estimate(found.estimate, found.std_error, found.df,
                                     grid[None, :], grid[:, None])
    return Contour(grid, grid, value, value / error)


@paired("y", "x")
def oster(y: ArrayLike, x: pd.DataFrame, treatment: str, *, base: Sequence[str] = ("const",),
          r2_max: float | None = None, target: float = 0.0, delta: float = 1.0) -> Oster:
    """Oster's δ and bias-adjusted β*, from the least squares of ``y`` (n,) on ``x`` (n, k).

    ``base`` columns (the constant, and controls known to be unrelated to the omitted ones) are in
    both the short and the long regression and are partialled out, as in Stata's ``psacalc``
    option ``mcontrol``. ``r2_max`` defaults to min(1, 1.3 R² of the long one). With
    ν = β̃ − β the equation linking δ and β is cubic (Oster 2019, propositions 2 and 3).

    Raises ValueError on missing values, unknown columns, no controls besides ``base``, or an
    ``r2_max`` below the R² of the long regression.
    """
    values, names = matrix(x, "x")
    outcome = vector(y, "y", len(values))
    j = _place(names, treatment)
    kept = [_place(names, c) for c in base]
    others = [i for i in range(len(names)) if i != j and i not in kept]
    if not others:
        raise NotEstimable("there are no controls besides the base; nothing is observed to "
                              "compare")

    def partialled(v: Floats) -> Floats:
        if not kept:
            return v
        z = values[:, kept]
        return np.asarray(v - z @ np.linalg.lstsq(z, v, rcond=None)[0])

    if not varies(outcome):
        raise NotEstimable("the outcome does not vary; there is no R² to compare")
    total = outcome - outcome.mean()
    py, pd_, px = partialled(outcome), partialled(values[:, j]), partialled(values[:, others])
    n = len(py)
    labels = [treatment, *(names[i] for i in others)]
    short, long = (_ols(py, m, labels[:m.shape[1]])
                   for m in (pd_[:, None], np.column_stack([pd_, px])))
    tss = float(total @ total)
    r_short, r_long = 1 - short[3] / tss, 1 - long[3] / tss
    top = min(1.0, 1.3 * r_long) if r2_max is None else r2_max
    if not r_long <= top <= 1:
        raise EstimationError(f"r2_max must lie between {r_long:.4f} and 1, not {top}")
    b0, b1 = float(short[0][0]), float(long[0][0])
    var_x = float(pd_ @ pd_) / n
    tau = _ols(pd_, px, labels[1:])[3] / n
    var_y = tss / n
    gap, spare, gain = b0 - b1, (top - r_long) * var_y, (r_long - r_short) * var_y
    cubic = tau * var_x - tau**2
    # Powers ν³, ν², ν, 1 of numerator and denominator of δ.
    above = np.array([cubic, 2 * tau * gap * var_x, gain * tau + var_x * tau * gap**2, 0.0])
    below = np.array([cubic, tau * gap * var_x, spare * (var_x - tau), spare * gap * var_x])
    nu = b1 - target
    bottom = float(np.polyval(below, nu))
    found = float(np.polyval(above, nu)) / bottom if bottom != 0 else float("inf")
    roots = _real_roots(above - delta * below)
    candidates = tuple(b1 - r for r in roots)
    pick = min(roots, key=abs, default=float("nan"))
    return Oster(found, b1 - pick, candidates, target, delta, float(top), b0, r_short, b1, r_long)


def _real_roots(coefficients: Floats) -> tuple[float, ...]:
    largest = np.abs(coefficients).max()
    scaled = np.where(np.abs(coefficients) < 1e-12 * largest, 0.0, coefficients)
    found = np.roots(np.trim_zeros(scaled, "f"))
    real = found[np.abs(found.imag) < 1e-7 * np.maximum(1.0, np.abs(found.real))].real
    return tuple(sorted(map(float, real)))


def e_value(estimate: float, ci_lo: float, ci_hi: float, *, measure: str = "RR",
            sd: float | None = None) -> EValue:
    """E-value of a ratio or a difference of means with its interval.

    ``measure`` is RR, OR (a common outcome: RR ≈ √OR), OR_rare (RR ≈ OR), HR (a common outcome)
    or MD: a difference of means, divided by the outcome's ``sd`` and taken to RR ≈ exp(0.91 d).
    Raises ValueError on an unordered interval, a ratio that is not positive, or an unknown measure.
    """
    if not ci_lo <= estimate <= ci_hi:
        raise EstimationError(f"the interval [{ci_lo}, {ci_hi}] does not hold the estimate "
                              f"{estimate}")
    values = np.array([estimate, ci_lo, ci_hi], dtype=float)
    if measure == "MD":
        if sd is None or sd <= 0:
            raise EstimationError("measure MD needs the standard deviation of the outcome, sd > 0")
        ratios = np.exp(0.91 * values / sd)
    elif measure in ("RR", "OR", "OR_rare", "HR"):
        if (values <= 0).any():
            raise EstimationError("ratios must be positive")
        if measure == "OR":
            ratios = np.sqrt(values)
        elif measure == "HR":
            ratios = (1 - 0.5 ** np.sqrt(values)) / (1 - 0.5 ** np.sqrt(1 / values))
        else:
            ratios = values
    else:
        raise EstimationError(f"measure {measure!r} is not one of RR, OR, OR_rare, HR, MD")
    ratio, lo, hi = map(float, ratios)
    near = lo if ratio >= 1 else hi
    crossed = lo <= 1 <= hi
    return EValue(ratio, _e(ratio), 1.0 if crossed else _e(near))


def _e(ratio: float) -> float:
    away = ratio if ratio >= 1 else 1 / ratio
    return float(away + np.sqrt(away * (away - 1)))
