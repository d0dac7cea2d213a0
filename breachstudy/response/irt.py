"""Samejima's graded response model, by marginal maximum likelihood.

For item j with ordered levels 0 … K, P(level ≥ k | θ) = 1 / (1 + exp(−(a_j θ − b_jk))), with
thresholds b rising in k and θ standard normal (Samejima 1969, *Psychometrika Monograph* 17). A
missing code adds nothing to the likelihood, so it is taken as missing at random given the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from breachstudy.response.errors import CodingError

__all__ = ["GradedResponse", "fit_graded_response", "graded_response_scores"]

Floats = NDArray[np.float64]
NODES = 31
PRIOR_SD = 1.5
"""Weak normal prior on discriminations, which keeps them finite where an item separates."""


@dataclass(frozen=True)
class GradedResponse:
    """A fitted model. ``discrimination`` (items,), ``thresholds``: a rising array an item (levels
    − 1,), ``scores`` (events,) posterior means of θ, ``log_likelihood``, ``converged``."""

    discrimination: Floats
    thresholds: tuple[Floats, ...]
    scores: Floats
    log_likelihood: float
    converged: bool


def _nodes() -> tuple[Floats, Floats]:
    points, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return points, weights / weights.sum()


def _one_hot(codes: Floats) -> list[Floats]:
    """Per item: events × occurring levels, zero rows where the code is missing."""
    out = []
    for column in codes.T:
        levels = np.unique(column[np.isfinite(column)])
        out.append((column[:, None] == levels).astype(np.float64))
    return out


def _unpack(theta: Floats, sizes: list[int]) -> tuple[Floats, list[Floats]]:
    items = len(sizes)
    thresholds, at = [], items
    for size in sizes:
        raw = theta[at:at + size - 1]
        steps = np.concatenate([raw[:1], np.exp(raw[1:])])
        thresholds.append(np.cumsum(steps))
        at += size - 1
    return theta[:items], thresholds


def fit_graded_response(codes: object) -> GradedResponse:
    """Fit the model to codes (events × items), NaN where missing.

    Items with one level only carry no information and get discrimination 0. Raises ValueError if
    the array is not two-dimensional or no item varies.
    """
    array = np.asarray(codes, dtype=np.float64)
    if array.ndim != 2:
        raise CodingError(f"codes must be events × items, not of shape {array.shape}")
    varies = np.array([np.unique(c[np.isfinite(c)]).size > 1 for c in array.T])
    if not varies.any():
        raise CodingError("no item varies; the graded response model needs items with two levels")
    hot = _one_hot(array[:, varies])
    sizes = [h.shape[1] for h in hot]
    points, weights = _nodes()

    start = [np.ones(len(sizes))]
    for h in hot:
        above = 1.0 - np.cumsum(h.sum(axis=0))[:-1] / h.sum()
        cut = -np.log(above / (1 - above))
        start.append(np.concatenate([cut[:1], np.log(np.maximum(np.diff(cut), 1e-2))]))

    def objective(theta: Floats) -> tuple[float, Floats]:
        slopes, thresholds = _unpack(theta, sizes)
        log_like = np.zeros((array.shape[0], NODES))
        pieces = []
        for h, a, b in zip(hot, slopes, thresholds, strict=True):
            upper = 1.0 / (1.0 + np.exp(-(a * points[:, None] - b)))
            padded = np.hstack([np.ones((NODES, 1)), upper, np.zeros((NODES, 1))])
            prob = np.maximum(padded[:, :-1] - padded[:, 1:], 1e-12)
            log_like += h @ np.log(prob).T
            pieces.append((upper, prob))
        joint = np.exp(log_like) * weights
        total = joint.sum(axis=1)
        posterior = joint / total[:, None]
        gradient = np.zeros_like(theta)
        at = len(sizes)
        for j, (h, (upper, prob)) in enumerate(zip(hot, pieces, strict=True)):
            ratio = (posterior.T @ h) / prob              # nodes × levels
            slope = upper * (1 - upper)                   # d upper / d eta
            d_eta = (ratio[:, 1:] - ratio[:, :-1]) * slope
            gradient[j] = (d_eta * points[:, None]).sum()
            d_b = -d_eta.sum(axis=0)
            size = sizes[j]
            tail = np.cumsum(d_b[::-1])[::-1]             # b_k = b_1 + sum of later steps
            raw = theta[at:at + size - 1]
            gradient[at] = tail[0]
            gradient[at + 1:at + size - 1] = tail[1:] * np.exp(raw[1:])
            at += size - 1
        penalty = (slopes**2).sum() / (2 * PRIOR_SD**2)
        gradient[:len(sizes)] -= slopes / PRIOR_SD**2
        return float(-np.log(total).sum() + penalty), -gradient

    found = minimize(objective, np.concatenate(start), jac=True, method="L-BFGS-B",
                     options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-9})
    slopes, thresholds = _unpack(found.x, sizes)
    if slopes.sum() < 0:
        slopes = -slopes  # the sign of θ is free; scores must rise with the codes
        refit = np.concatenate([slopes, found.x[len(sizes):]])
        found = minimize(objective, refit, jac=True, method="L-BFGS-B")
        slopes, thresholds = _unpack(found.x, sizes)
    log_like = np.zeros((array.shape[0], NODES))
    for h, a, b in zip(hot, slopes, thresholds, strict=True):
        upper = 1.0 / (1.0 + np.exp(-(a * points[:, None] - b)))
        padded = np.hstack([np.ones((NODES, 1)), upper, np.zeros((NODES, 1))])
        log_like += h @ np.log(np.maximum(padded[:, :-1] - padded[:, 1:], 1e-12)).T
    joint = np.exp(log_like) * weights
    scores = (joint @ points) / joint.sum(axis=1)
    full = np.zeros(array.shape[1])
    full[varies] = slopes
    cuts = iter(thresholds)
    every = tuple(next(cuts) if v else np.empty(0) for v in varies)
    return GradedResponse(full, every, scores, float(np.log(joint.sum(axis=1)).sum()),
                          bool(found.success))


def graded_response_scores(codes: object) -> Floats:
    """Posterior means of θ, (events,), of :func:`fit_graded_response`."""
    return fit_graded_response(codes).scores
