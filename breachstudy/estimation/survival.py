"""Time to an event: Kaplan–Meier, and cumulative incidence with competing risks.

Kaplan & Meier (1958, JASA 53, 457–481); Aalen & Johansen (1978, Scand. J. Stat. 5, 141–150).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import Floats, codes, summed, vector
from breachstudy.estimation.errors import EstimationError, NotEstimable

__all__ = ["CumulativeIncidence", "KaplanMeier", "cumulative_incidence", "kaplan_meier"]


@dataclass(frozen=True)
class KaplanMeier:
    """Survival at the event times ``time`` (d,), with ``at_risk`` and ``events`` (d,).

    ``std_error`` is Greenwood's; the interval is on the log scale, cut at 1. At a survival of
    zero error and interval have no value (NaN).
    """

    time: Floats
    survival: Floats
    std_error: Floats
    ci_lo: Floats
    ci_hi: Floats
    at_risk: Floats
    events: Floats
    n: int

    def quantile(self, p: float) -> float:
        """First time at which at least the share ``p`` has had the event; inf if never."""
        if not 0 < p < 1:
            raise EstimationError(f"p must lie strictly between 0 and 1, not {p}")
        reached = np.flatnonzero(self.survival <= 1 - p + 1e-12)
        return float(self.time[reached[0]]) if reached.size else float("inf")


@dataclass(frozen=True)
class CumulativeIncidence:
    """Probability of each of c ``causes`` by the event times ``time`` (d,).

    ``incidence`` and ``std_error`` are (d, c); ``survival`` (d,) is the share without any event,
    so that each row of incidence and survival sums to one. Errors are the infinitesimal
    jackknife, summed within clusters; intervals (d, c) are on the log(−log) scale.
    """

    time: Floats
    causes: tuple[int, ...]
    incidence: Floats
    std_error: Floats
    ci_lo: Floats
    ci_hi: Floats
    survival: Floats
    at_risk: Floats
    n: int
    n_clusters: int

    def at(self, when: float, cause: int) -> tuple[float, float, float, float]:
        """Incidence of ``cause`` by time ``when`` with its error and interval: step function."""
        j = self.causes.index(cause)
        i = int(np.searchsorted(self.time, when, side="right")) - 1
        if i < 0:
            return 0.0, 0.0, 0.0, 0.0
        return (float(self.incidence[i, j]), float(self.std_error[i, j]),
                float(self.ci_lo[i, j]), float(self.ci_hi[i, j]))


def _read(time: ArrayLike, cause: ArrayLike) -> tuple[Floats, np.ndarray]:
    t = vector(time, "time")
    c = vector(cause, "cause", t.size)
    if (t < 0).any():
        raise EstimationError("times must not be negative")
    if (c != np.round(c)).any() or (c < 0).any():
        raise EstimationError("cause must be 0 for censored, and 1, 2, … for the causes")
    if not (c > 0).any():
        raise NotEstimable("no row has an event")
    return t, c.astype(int)


@paired("time", "event")
def kaplan_meier(time: ArrayLike, event: ArrayLike, confidence: float = 0.95) -> KaplanMeier:
    """Survival of right-censored ``time`` (n,), ``event`` 1 where it was seen and 0 if censored.

    A row censored at an event time is still at risk there, and its own event would come later: for
    the Turnbull estimate of the same rows that is ``ends="left_open"``. Raises ValueError on
    missing or negative times, other codes, or no event.
    """
    from scipy.stats import norm

    t, c = _read(time, event)
    if (c > 1).any():
        raise EstimationError("event must hold 0 and 1 only; competing causes need "
                              "cumulative_incidence")
    grid = np.unique(t[c > 0])
    events = np.array([(t[c > 0] == g).sum() for g in grid], dtype=float)
    at_risk = np.array([(t >= g).sum() for g in grid], dtype=float)
    survival = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))
        spread = np.where(survival > 0, spread, np.nan)
        z = float(norm.ppf(0.5 + confidence / 2))
        lo, hi = survival * np.exp(-z * spread), np.minimum(survival * np.exp(z * spread), 1)
    return KaplanMeier(grid, survival, survival * spread, lo, hi, at_risk, events, t.size)


@paired("time", "cause", "clusters")
def cumulative_incidence(time: ArrayLike, cause: ArrayLike, *, clusters: ArrayLike | None = None,
                         confidence: float = 0.95) -> CumulativeIncidence:
    """Aalen–Johansen cumulative incidence of ``time`` (n,) by ``cause`` (n,): 0 censored, 1, 2 …

    A competing event ends the risk of the others and is not a censoring: one minus Kaplan–Meier
    of one cause would overstate it. ``clusters`` (n,), such as firms, widen the errors.

    Raises ValueError on missing or negative times, other codes, or no event.
    """
    from scipy.stats import norm

    t, c = _read(time, cause)
    group = codes(clusters, t.size)
    grid = np.unique(t[c > 0])
    names = tuple(int(v) for v in np.unique(c[c > 0]))
    risk = (t[:, None] >= grid[None]).astype(float)  # (n, d)
    at_risk = risk.sum(axis=0)
    here = t[:, None] == grid[None]
    count = np.column_stack([(here & (c == k)[:, None]).sum(axis=0) for k in names])
    hazard = count / at_risk[:, None]
    total = hazard.sum(axis=1)
    survival = np.cumprod(1 - total)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.cumsum(before[:, None] * hazard, axis=0)
    # Influence of row i on log S(t): −Σ (dN_i − Y_i dΛ)/(Y (1 − ΔΛ)); at S = 0 it is frozen.
    alive = np.where(total < 1, 1 - total, 1.0)
    drift = (here & (c > 0)[:, None]) - risk * total[None]
    log_s = -np.cumsum(drift / (at_risk * alive)[None], axis=1)
    log_before = np.column_stack([np.zeros(t.size), log_s[:, :-1]])
    errors = []
    for j, k in enumerate(names):
        own = ((here & (c == k)[:, None]) - risk * hazard[:, j][None]) / at_risk[None]
        influence = np.cumsum(before * (own + log_before * hazard[:, j]), axis=1)
        errors.append(np.sqrt((summed(influence, group) ** 2).sum(axis=0)))
    se = np.column_stack(errors)
    z = float(norm.ppf(0.5 + confidence / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        width = z * se / np.abs(incidence * np.log(incidence))
        inner = (incidence > 0) & (incidence < 1)
        lo = np.where(inner, incidence ** np.exp(width), incidence)
        hi = np.where(inner, incidence ** np.exp(-width), incidence)
    return CumulativeIncidence(grid, names, incidence, se, lo, hi, survival, at_risk, t.size,
                               int(group.max()) + 1)
