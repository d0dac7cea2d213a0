"""Agreement between coders: Krippendorff's alpha, Gwet's AC1, and what they rest on.

Codes come as an array of coders × units with NaN where a coder gave no code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from breachstudy.response.errors import CodingError

__all__ = ["METRICS", "Agreement", "agreement", "forget_resamples", "gwet_ac1",
           "krippendorff_alpha", "resampled", "resamples_ahead"]

Floats = NDArray[np.float64]
METRICS = ("nominal", "ordinal", "interval", "ratio")
DRAWS, SEED = 2000, 20261124
CELLS = 250_000
"""Weights held as floats at a time: draws of thousands of units would fill memory."""


@dataclass(frozen=True)
class Agreement:
    """Agreement on one variable.

    ``alpha`` with its bootstrap interval (``alpha_lo``, ``alpha_hi``), ``ac1``, the ``share`` of
    pairable units on which all coders agree, ``n_units`` pairable units, ``n_values`` their codes,
    ``prevalence``: share of codes other than the lowest level. NaN where not defined: alpha has no
    value when all codes are the same.
    """

    metric: str
    alpha: float
    alpha_lo: float
    alpha_hi: float
    ac1: float
    share: float
    prevalence: float
    n_units: int
    n_values: int


def krippendorff_alpha(codes: object, metric: str = "nominal") -> float:
    """Krippendorff's alpha, 1 − D_o / D_e, from the coincidence matrix.

    ``codes`` (coders × units), NaN for a missing code; units with fewer than two codes do not
    count. Returns NaN where every pairable code is the same, since nothing could disagree.
    Krippendorff (2011), *Computing Krippendorff's Alpha-Reliability*.

    Raises ValueError for an unknown metric or an array that is not two-dimensional.
    """
    counts, values = _unit_counts(codes, metric)
    if not counts.size:
        return float("nan")
    total = _contributions(counts).sum(axis=0)[None]
    return float(_alpha(total, _distances(values, metric))[0])


def _unit_counts(codes: object, metric: str, least: int = 2) -> tuple[Floats, Floats]:
    """Counts (units × values) of units with at least ``least`` codes (two: pairable), and the
    sorted values."""
    if metric not in METRICS:
        raise CodingError(f"metric must be one of {METRICS}, not {metric!r}")
    array = np.asarray(codes, dtype=np.float64)
    if array.ndim != 2:
        raise CodingError(f"codes must be coders × units, not of shape {array.shape}")
    array = array[:, np.isfinite(array).sum(axis=0) >= least]
    values = np.unique(array[np.isfinite(array)])
    return (array[:, :, None] == values).sum(axis=0).astype(np.float64), values


def _contributions(counts: Floats) -> Floats:
    """What each unit adds to the coincidence matrix, (units, values, values)."""
    each = np.einsum("uc,uk->uck", counts, counts)
    each -= counts[:, :, None] * np.eye(counts.shape[1])
    return np.asarray(each / (counts.sum(axis=1) - 1.0)[:, None, None], dtype=np.float64)


def _alpha(coincidence: Floats, distance: Floats | None) -> Floats:
    """Alpha of each matrix of a stack (draws, values, values); NaN where nothing varies."""
    marginal = coincidence.sum(axis=2)
    delta = _ordinal(marginal) if distance is None else distance[None]
    observed = (coincidence * delta).sum(axis=(1, 2))
    expected = np.einsum("bc,bck,bk->b", marginal, np.broadcast_to(delta, coincidence.shape),
                         marginal)
    return _ratio(observed, expected, marginal)


def _ratio(observed: Floats, expected: Floats, marginal: Floats) -> Floats:
    """1 − D_o / D_e from sums of disagreement (draws,) and margins (draws, values)."""
    n = marginal.sum(axis=1)
    varies = expected > 0
    out = np.full(n.size, np.nan)
    out[varies] = 1.0 - observed[varies] * (n[varies] - 1.0) / expected[varies]
    return out


def _resampled_alpha(counts: Floats, distance: Floats | None, draws: int, seed: int) -> Floats:
    """Alpha of each resample of the units (draws,); NaN where nothing varies.

    Where distances are fixed, a unit enters by its margins and its disagreement alone, so that no
    matrix of coincidences is made for a draw.
    """
    each = _contributions(counts)
    n, q = counts.shape
    if distance is None:
        return np.concatenate([_alpha((w @ each.reshape(n, -1)).reshape(-1, q, q), None)
                               for w in resampled(n, draws, seed)])
    margins, apart = each.sum(axis=2), (each * distance).sum(axis=(1, 2))
    parts = []
    for w in resampled(n, draws, seed):
        marginal = w @ margins
        parts.append(_ratio(w @ apart, ((marginal @ distance) * marginal).sum(axis=1), marginal))
    return np.concatenate(parts)


def resampled(n: int, draws: int, seed: int) -> Iterator[Floats]:
    """How often each of ``n`` units stands in each bootstrap sample, (some draws, n) at a time,
    ``draws`` in all. The same n and seed give the same samples."""
    counts = _multinomial(n, draws, seed)
    step = max(1, CELLS // n)
    for i in range(0, draws, step):
        yield counts[i:i + step].astype(np.float64)


def resamples_ahead(sizes: Iterable[int], draws: int = DRAWS, seed: int = SEED) -> None:
    """Draw what the coming calls of :func:`resampled` will ask for, the sizes side by side."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy draws outside of Python's lock
        list(pool.map(lambda n: _multinomial(n, draws, seed), sorted(set(sizes), reverse=True)))


def forget_resamples() -> None:
    """Free what :func:`resampled` keeps for its next calls."""
    _multinomial.cache_clear()


@lru_cache(maxsize=128)
def _multinomial(n: int, draws: int, seed: int) -> NDArray[Any]:
    """Counts (draws, n) in small integers. Most items are coded on the same number of units, and
    drawing takes longer than all that is done with the draws."""
    rng = np.random.default_rng(seed)
    shares = np.full(n, 1.0 / n)
    step = max(1, CELLS // n)
    parts = []
    for i in range(0, draws, step):
        drawn = rng.multinomial(n, shares, size=min(step, draws - i))
        parts.append(drawn.astype(np.min_scalar_type(int(drawn.max()))))
    return np.concatenate(parts)


def _distances(values: Floats, metric: str) -> Floats | None:
    """Squared differences between values; None for ordinal ones, which depend on the margins."""
    if metric == "ordinal":
        return None
    gap = values[:, None] - values[None, :]
    if metric == "nominal":
        return np.asarray(gap != 0, dtype=np.float64)
    if metric == "interval":
        return np.asarray(gap**2, dtype=np.float64)
    total = values[:, None] + values[None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total == 0, 0.0, (gap / total) ** 2), dtype=np.float64)


def _ordinal(marginal: Floats) -> Floats:
    """Ordinal differences: codes between two ranks count fully, the two ranks by half."""
    below = np.cumsum(marginal, axis=1) - marginal / 2.0
    return np.asarray((below[:, :, None] - below[:, None, :]) ** 2, dtype=np.float64)


def gwet_ac1(codes: object, n_levels: int | None = None) -> float:
    """Gwet's AC1, which stays defined and steady where a code is rare.

    Chance agreement is Σ π(1 − π) / (q − 1), π being the mean share of a code over all coded units
    (those that one coder alone coded say as much on how common a code is) and q the ``n_levels``
    that a coder could choose from (by default those that occur). Agreement is that of the units
    with two codes or more. Gwet (2008), *British Journal of Mathematical and Statistical
    Psychology* 61, 29–48. NaN without such a unit; 1 where only one code can occur.
    """
    counts, values = _unit_counts(codes, "nominal", least=1)
    per_unit = counts.sum(axis=1)
    pairs = per_unit > 1
    if not pairs.any():
        return float("nan")
    q = max(n_levels or 0, values.size)
    if q == 1:
        return 1.0
    agree = float(((counts * (counts - 1)).sum(axis=1)[pairs]
                   / (per_unit * (per_unit - 1))[pairs]).mean())
    pi = (counts / per_unit[:, None]).mean(axis=0)
    chance = float((pi * (1 - pi)).sum() / (q - 1))
    return (agree - chance) / (1 - chance)


def agreement(codes: object, metric: str, *, n_levels: int | None = None,
              n_bootstrap: int = DRAWS, seed: int = SEED, confidence: float = 0.95) -> Agreement:
    """Alpha with a percentile bootstrap interval over units, AC1 and raw agreement.

    Resamples in which all codes are the same have no alpha and are left out of the interval.
    """
    counts, values = _unit_counts(codes, metric)
    n = counts.shape[0]
    alpha = krippendorff_alpha(codes, metric)
    lo = hi = float("nan")
    if n > 1 and np.isfinite(alpha):
        draws = _resampled_alpha(counts, _distances(values, metric), n_bootstrap, seed)
        draws = draws[np.isfinite(draws)]
        tail = 100 * (1 - confidence) / 2
        if draws.size:
            lo, hi = (float(v) for v in np.percentile(draws, [tail, 100 - tail]))
    per_unit = counts.sum(axis=1)
    share = float((counts.max(axis=1) == per_unit).mean()) if n else float("nan")
    total = float(counts.sum())
    prevalence = float(counts[:, 1:].sum() / total) if total and values.min() == 0 else (
        1.0 if total else float("nan"))
    return Agreement(metric, alpha, lo, hi, gwet_ac1(codes, n_levels), share, prevalence, n,
                     int(total))
