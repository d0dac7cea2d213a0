"""Bunching of durations at a deadline.

A polynomial through the counts of the other days gives the counterfactual; what the days up to
the deadline hold beyond it is the excess mass (Chetty, Friedman, Olsen & Pistaferri 2011, Q. J.
Econ. 126, 749–804; Kleven 2016, Annu. Rev. Econ. 8, 435–464). Indicators for round numbers, at
which people bunch without a deadline, follow Kleven & Waseem (2013, Q. J. Econ. 128, 669–723).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import Floats, codes, resample, vector
from breachstudy.estimation.errors import EstimationError, NotEstimable

__all__ = ["Bunching", "bunching"]


@dataclass(frozen=True)
class Bunching:
    """Excess mass at a deadline.

    ``day`` (d,) days of the window of estimation, ``count`` (d,) events on each and
    ``counterfactual`` (d,) what the polynomial predicts. ``excess`` = Σ(count − counterfactual)
    over the days from ``window_lo`` to ``window_hi``; ``relative`` = excess over the mean
    counterfactual there, in days' worth of events. Errors and percentile intervals are from
    ``draws`` bootstrap samples, ``n`` is the number of events in the window of estimation.
    """

    deadline: int
    window_lo: int
    window_hi: int
    day: Floats
    count: Floats
    counterfactual: Floats
    excess: float
    excess_std_error: float
    relative: float
    relative_std_error: float
    relative_ci_lo: float
    relative_ci_hi: float
    n: int
    draws: int


def _design(days: Floats, inside: np.ndarray, degree: int, round_to: Sequence[int]) -> Floats:
    scaled = (days - days.mean()) / (np.ptp(days) / 2)
    terms = [scaled**p for p in range(degree + 1)]
    terms += [(days % r == 0).astype(float) for r in round_to]
    return np.column_stack([*terms, *(np.eye(days.size)[inside])])


def _excess(count: Floats, inside: np.ndarray, design: Floats, degree: int, k: int,
            above: np.ndarray | None) -> tuple[Floats, float, float]:
    """Counterfactual, excess and relative excess. With ``above`` the counterfactual on later days
    is scaled up until its total equals the observed one (Chetty et al. 2011, eq. 15)."""
    adjusted, excess = count.astype(float), 0.0
    solve = np.linalg.pinv(design)
    fitted = np.zeros_like(adjusted)
    for _ in range(1000):
        beta = solve @ adjusted
        fitted = design[:, :k] @ beta[:k]
        found = float((count - fitted)[inside].sum())
        if above is None or abs(found - excess) < 1e-9 * max(1.0, abs(found)):
            excess = found
            break
        excess = found
        later = count[above].sum()
        if later == 0:  # a bootstrap sample without later events says nothing of a shift
            return fitted, float("nan"), float("nan")
        adjusted = np.where(above, count * (1 + excess / later), count)
    mean = fitted[inside].mean()
    return fitted, excess, excess / mean if mean > 0 else float("nan")


@paired("durations", "clusters")
def bunching(durations: ArrayLike, deadline: int, *, below: int = 3, above: int = 0,
             lo: int = 0, hi: int = 120, degree: int = 5, round_to: Sequence[int] = (),
             shift: bool = False, method: str = "cases", draws: int = 999,
             clusters: ArrayLike | None = None, confidence: float = 0.95,
             seed: int = 20240101) -> Bunching:
    """Excess mass of ``durations`` (n,), in whole days, from ``deadline − below`` to
    ``deadline + above``.

    The counterfactual is a polynomial of ``degree`` in the day over [lo, hi], with an indicator
    for multiples of each of ``round_to``; the days of the bunching window have their own
    indicators and do not shape it. ``shift`` imposes that the excess came from later days.
    ``method`` is "cases" (rows, or whole clusters, drawn again) or "residuals" (as in Chetty et
    al.: residuals of the day counts drawn again).

    Raises ValueError on missing or fractional durations, a bunching window that is not inside
    [lo, hi], too few days for the polynomial, no events, or round numbers that cannot be told
    from the rest.
    """
    values = vector(durations, "durations")
    group = codes(clusters, values.size)
    if (values != np.round(values)).any():
        raise EstimationError("durations must be whole days")
    first, last = deadline - below, deadline + above
    if not lo < first <= last < hi:
        raise EstimationError(f"the bunching window {first}–{last} must lie inside {lo}–{hi}")
    if method not in ("cases", "residuals"):
        raise EstimationError(f"method {method!r} is not one of cases, residuals")
    days = np.arange(lo, hi + 1, dtype=float)
    inside = (days >= first) & (days <= last)
    design = _design(days, inside, degree, round_to)
    if np.linalg.matrix_rank(design) < design.shape[1] or design.shape[1] >= days.size:
        raise NotEstimable("the days outside the bunching window cannot tell the terms apart; "
                              "lower "
                              "the degree, widen [lo, hi] or drop a round number")
    k = design.shape[1] - int(inside.sum())
    kept = (values >= lo) & (values <= hi)
    if not kept.any():
        raise NotEstimable(f"no duration lies in {lo}–{hi}")
    later = days > last if shift else None

    def tally(v: Floats) -> Floats:
        own = v[(v >= lo) & (v <= hi)].astype(int) - lo
        return np.bincount(own, minlength=days.size).astype(float)

    count = tally(values)
    if later is not None and count[later].sum() == 0:
        raise NotEstimable("no duration lies beyond the deadline, so none can have been shifted")
    fitted, excess, relative = _excess(count, inside, design, degree, k, later)
    rng = np.random.default_rng(seed)
    found = np.empty((draws, 2))
    residual = (count - fitted)[~inside]
    for i in range(draws):
        if method == "cases":
            again = tally(values[resample(group, rng)])
        else:
            again = np.where(inside, count, fitted)
            again = again + rng.choice(residual, days.size)
        found[i] = _excess(again, inside, design, degree, k, later)[1:]
    se = np.nanstd(found, axis=0, ddof=1)
    tail = (1 - confidence) / 2
    ci = np.nanquantile(found[:, 1], [tail, 1 - tail])
    return Bunching(deadline, first, last, days, count, fitted, excess, float(se[0]), relative,
                    float(se[1]), float(ci[0]), float(ci[1]), int(kept.sum()), draws)
