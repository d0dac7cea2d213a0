"""Coding error carried into estimates: simulation–extrapolation, and draws between coders.

SIMEX adds more error of the known kind and extrapolates back to none (Cook & Stefanski 1994, JASA
89, 1314–1328; Küchenhoff, Mwalili & Lesaffre 2006, Biometrics 62, 85–96 for misclassified levels).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import Floats, vector
from breachstudy.estimation.errors import EstimationError

__all__ = ["EXTRAPOLATIONS", "Simex", "draw_between_coders", "error_sd", "misclassification",
           "simex", "simex_levels"]

EXTRAPOLATIONS = ("linear", "quadratic", "rational")
Estimator = Callable[[Floats], tuple[ArrayLike, ArrayLike]]


@dataclass(frozen=True)
class Simex:
    """``naive`` (k,) as if there were no error, ``estimate`` (k,) extrapolated to none, with
    ``std_error`` (k,) by Stefanski & Cook (1995, JASA 90, 1247–1256), NaN where the extrapolated
    variance is not positive. ``levels`` (a,) of added error, starting at 0, and the mean
    estimates there, ``path`` (a, k)."""

    naive: Floats
    estimate: Floats
    std_error: Floats
    levels: Floats
    path: Floats
    extrapolation: str
    draws: int


@paired("first", "second")
def error_sd(first: ArrayLike, second: ArrayLike) -> float:
    """Standard deviation of the error of one coder, from two independent codings (n,) of the same
    units: sd of the difference over √2. Raises ValueError on missing values or n < 2."""
    a = vector(first, "first")
    b = vector(second, "second", a.size)
    if a.size < 2:
        raise EstimationError("at least two units are needed")
    return float((a - b).std(ddof=1) / np.sqrt(2))


@paired("truth", "coded")
def misclassification(truth: ArrayLike, coded: ArrayLike, levels: Sequence[float]) -> Floats:
    """Matrix (c, c) of the probability of a coded level (row) given the true one (column).

    ``truth`` and ``coded`` (n,) are the adjudicated and one coder's codes of the same units.
    Raises ValueError on codes outside ``levels``, or a level that never occurs in ``truth``.
    """
    a = vector(truth, "truth")
    b = vector(coded, "coded", a.size)
    order = np.asarray(levels, dtype=float)
    strange = sorted(set(np.concatenate([a, b])) - set(order))
    if strange:
        raise EstimationError(f"codes outside the levels: {', '.join(f'{v:g}' for v in strange)}")
    counts = np.array([[((a == t) & (b == c)).sum() for t in order] for c in order], dtype=float)
    empty = [f"{v:g}" for v, s in zip(order, counts.sum(axis=0), strict=True) if s == 0]
    if empty:
        raise EstimationError(f"levels that never occur in truth: {', '.join(empty)}; pool them")
    return np.asarray(counts / counts.sum(axis=0))


def matrix_power(pi: Floats, power: float) -> Floats:
    """Real power of a misclassification matrix (c, c) by its eigenvalues.

    Raises ValueError if the power is not a matrix of probabilities: then the error is too large,
    or of a form that repeated coding cannot produce.
    """
    values, vectors = np.linalg.eig(pi)
    raised = vectors @ np.diag(values.astype(complex) ** power) @ np.linalg.inv(vectors)
    real = raised.real
    if np.abs(raised.imag).max() > 1e-8 or real.min() < -1e-8:
        raise EstimationError(f"the misclassification matrix has no power {power:g} that is a "
                              "matrix of "
                              "probabilities; the coding is too noisy to extrapolate")
    real = np.maximum(real, 0.0)
    return np.asarray(real / real.sum(axis=0))


def extrapolate(levels: Floats, path: Floats, how: str, to: float = -1.0) -> Floats:
    """Value at ``to`` of a curve fitted to ``path`` (a, k) over ``levels`` (a,).

    Linear and quadratic by least squares; "rational" is a + b/(c + λ) through the first, middle
    and last point, the exact form for the slope of a line with normal error.
    """
    if how not in EXTRAPOLATIONS:
        raise EstimationError(f"extrapolation {how!r} is not one of {', '.join(EXTRAPOLATIONS)}")
    degree = 1 if how == "linear" else 2
    if len(levels) <= degree:
        raise EstimationError(f"{how} extrapolation needs more than {degree} levels of error")
    if how != "rational":
        beta = np.linalg.lstsq(np.vander(levels, degree + 1), path, rcond=None)[0]
        return np.asarray((np.vander([to], degree + 1) @ beta)[0])
    at = [0, len(levels) // 2, len(levels) - 1]
    l0, l1, l2 = levels[at]
    out = []
    for column in path.T:
        y0, y1, y2 = column[at]
        # a + b/(c + λ) through three points: cross-ratio gives c.
        ratio = (y0 - y1) * (l2 - l1), (y1 - y2) * (l1 - l0)
        if np.isclose(ratio[0], ratio[1], rtol=1e-12, atol=0):  # straight: c is infinite
            out.append(y0 + (y2 - y0) * (to - l0) / (l2 - l0))
            continue
        c = (ratio[0] * l0 - ratio[1] * l2) / (ratio[1] - ratio[0])
        b = (y0 - y1) * (c + l0) * (c + l1) / (l1 - l0)
        out.append(y0 - b / (c + l0) + b / (c + to))
    return np.array(out)


def _run(fit: Estimator, naive_data: Floats, noisy: Callable[[float], Floats],
         levels: Sequence[float], draws: int, how: str) -> Simex:
    steps = np.array([0.0, *levels], dtype=float)
    if (np.diff(steps) <= 0).any() or draws < 2:
        raise EstimationError("levels must increase from above 0, with at least two draws")
    coefficient, covariance = fit(naive_data)
    naive = np.atleast_1d(np.asarray(coefficient, dtype=float))
    path, spread = [naive], [np.diag(np.atleast_2d(np.asarray(covariance, dtype=float)))]
    for level in steps[1:]:
        found = [fit(noisy(float(level))) for _ in range(draws)]
        b = np.array([np.atleast_1d(np.asarray(f[0], dtype=float)) for f in found])
        v = np.array([np.diag(np.atleast_2d(np.asarray(f[1], dtype=float))) for f in found])
        path.append(b.mean(axis=0))
        spread.append(v.mean(axis=0) - b.var(axis=0, ddof=1))
    means = np.array(path)
    estimate = extrapolate(steps, means, how)
    variance = extrapolate(steps, np.array(spread), "quadratic" if how == "rational" else how)
    with np.errstate(invalid="ignore"):
        error = np.where(variance > 0, np.sqrt(variance), np.nan)
    return Simex(naive, estimate, error, steps, means, how, draws)


def simex(fit: Estimator, regressor: ArrayLike, sd: float, *,
          levels: Sequence[float] = (0.5, 1.0, 1.5, 2.0), draws: int = 100,
          extrapolation: str = "quadratic", seed: int = 20240101) -> Simex:
    """SIMEX for a ``regressor`` (n,) measured with independent normal error of known ``sd``.

    ``fit`` takes the regressor (n,) and returns the coefficients (k,) and covariance (k, k) of the
    model. At each level λ the added error has variance λ·sd². Raises ValueError on missing values,
    sd ≤ 0, too few levels or draws, or an unknown extrapolation.
    """
    w = vector(regressor, "regressor")
    if sd <= 0:
        raise EstimationError(f"sd must be positive, not {sd}")
    rng = np.random.default_rng(seed)
    return _run(fit, w, lambda v: w + np.sqrt(v) * sd * rng.standard_normal(w.size), levels, draws,
                extrapolation)


def simex_levels(fit: Estimator, codes: ArrayLike, order: Sequence[float], pi: ArrayLike, *,
                 levels: Sequence[float] = (0.5, 1.0, 1.5, 2.0), draws: int = 100,
                 extrapolation: str = "quadratic", seed: int = 20240101) -> Simex:
    """SIMEX for ordinal or nominal ``codes`` (n,) misclassified by ``pi`` (c, c) over ``order``.

    ``pi`` is as :func:`misclassification` gives it: columns, the true levels, sum to one. At level
    λ codes are drawn again from pi^λ. Raises ValueError on codes outside ``order``, columns that
    do not sum to one, or a matrix without such powers.
    """
    observed = vector(codes, "codes")
    names = np.asarray(order, dtype=float)
    matrix = np.asarray(pi, dtype=float)
    if matrix.shape != (names.size, names.size) or (matrix < 0).any() or not np.allclose(
            matrix.sum(axis=0), 1):
        raise EstimationError(f"pi must be {names.size} × {names.size} with columns that sum to "
                              "one")
    if not np.isin(observed, names).all():
        raise EstimationError("codes hold values outside order")
    place = np.array([int(np.flatnonzero(names == v)[0]) for v in observed])
    powers = {float(v): np.cumsum(matrix_power(matrix, float(v)), axis=0) for v in levels}
    rng = np.random.default_rng(seed)

    def noisy(level: float) -> Floats:
        cut = powers[level][:, place]
        drawn = (rng.random(place.size)[None] > cut).sum(axis=0)
        return np.asarray(names[np.minimum(drawn, names.size - 1)])

    return _run(fit, observed, noisy, levels, draws, extrapolation)


def draw_between_coders(codings: ArrayLike, m: int, *, seed: int = 20240101) -> Floats:
    """``m`` completed vectors (m, n): each unit takes the code of one of its coders at random.

    ``codings`` (coders, n), NaN where a coder gave no code. Fit the model to each row and combine
    by Rubin's rules: what coders dispute becomes variance between draws. Raises ValueError if a
    unit has no code or m < 2.
    """
    array = np.asarray(codings, dtype=np.float64)
    if array.ndim != 2 or m < 2:
        raise EstimationError("codings must be coders × units, with at least two draws")
    seen = np.isfinite(array)
    if not seen.any(axis=0).all():
        raise EstimationError(f"{int((~seen.any(axis=0)).sum())} units have no code; leave them "
                              "out and "
                              "count them")
    rng = np.random.default_rng(seed)
    key = np.where(seen[None], rng.random((m, *array.shape)), np.inf)
    return np.asarray(np.take_along_axis(array[None].repeat(m, axis=0), key.argmin(axis=1)[:, None],
                                         axis=1)[:, 0])
