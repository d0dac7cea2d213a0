"""Dates known to an interval: draws that respect their logical order, combined by Rubin's rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.errors import EstimationError, NotEstimable

__all__ = ["CombinedFit", "combine", "draw_ordered_dates"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CombinedFit:
    """m completed-data fits combined; vectors are (k,).

    ``std_error`` is the root of the total variance W + (1 + 1/m)B; ``df`` are Barnard–Rubin's;
    ``relative_increase`` is (1 + 1/m)B/W and ``fraction_missing`` the share of information lost
    to not knowing the drawn values.
    """

    estimate: Floats
    std_error: Floats
    statistic: Floats
    p_value: Floats
    ci_lo: Floats
    ci_hi: Floats
    df: Floats
    within: Floats
    between: Floats
    relative_increase: Floats
    fraction_missing: Floats
    m: int


@paired("estimates", "variances")
def combine(estimates: ArrayLike, variances: ArrayLike, *, df_complete: float = np.inf,
            confidence: float = 0.95) -> CombinedFit:
    """Rubin's rules for ``estimates`` (m, k) with ``variances`` (m, k) (squared errors).

    Rubin (1987, *Multiple Imputation for Nonresponse in Surveys*, ch. 3); degrees of freedom for
    small samples by Barnard & Rubin (1999, Biometrika 86, 948–955), which stay below
    ``df_complete``, those of one completed-data fit (n − k, or clusters − 1).

    Raises ValueError if there are fewer than two draws, shapes disagree, a value is missing, or a
    variance is not positive: a draw that failed cannot be left out quietly.
    """
    from scipy import stats

    q, u = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    if q.ndim != 2 or q.shape != u.shape or len(q) < 2:
        raise EstimationError(f"estimates {q.shape} and variances {u.shape} must both be (m, k), "
                              "m ≥ 2")
    if not (np.isfinite(q).all() and np.isfinite(u).all() and (u > 0).all()):
        raise NotEstimable("an estimate is missing or a variance is not positive in some draw")
    if not df_complete > 0:
        raise EstimationError(f"df_complete must be above zero, not {df_complete}")
    m = len(q)
    estimate, within, between = q.mean(0), u.mean(0), q.var(0, ddof=1)
    extra = (1 + 1 / m) * between
    total = within + extra
    share = extra / total  # lambda: the part of the variance that the draws add
    with np.errstate(divide="ignore"):
        df_old = (m - 1) / share**2
        if np.isinf(df_complete):
            df = df_old
        else:
            observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
            df = 1 / (1 / df_old + 1 / observed)
    increase = extra / within
    missing = np.where(np.isinf(df), 0.0, (increase + 2 / (df + 3)) / (1 + increase))
    std_error = np.sqrt(total)
    reach = stats.t.ppf((1 + confidence) / 2, df) * std_error
    return CombinedFit(
        estimate=estimate, std_error=std_error, statistic=estimate / std_error,
        p_value=2 * stats.t.sf(np.abs(estimate) / std_error, df), ci_lo=estimate - reach,
        ci_hi=estimate + reach, df=df, within=within, between=between,
        relative_increase=increase, fraction_missing=missing, m=m)


@paired("lo", "hi", "ordered")
def draw_ordered_dates(lo: pd.DataFrame, hi: pd.DataFrame, *, draws: int = 50, seed: int = 0,
                       ordered: pd.Series | None = None) -> Floats:
    """Uniform draws of dates within their intervals, truncated to their logical order.

    ``lo`` and ``hi`` (n, d) hold the first and last possible day, as dates or day numbers; their
    columns stand in logical order (start, discovered, disclosed). Every combination of whole days
    with lo ≤ day ≤ hi and day₁ ≤ day₂ ≤ … is equally likely; the draws are exact (backward
    counting of the combinations), without rejection. Rows where ``ordered`` (n,) is False, such as
    breaches that others made public before the firm knew, are drawn without the order. A missing
    date stays missing and does not bind its neighbours.

    Returns days (draws, n, d): whole numbers counted from 1970-01-01 if dates were given. A row's
    draws depend on ``seed`` and its position alone.

    Raises ValueError listing the rows whose intervals are half missing, reversed, or cannot be
    put in order: a conflict is resolved in the data, never clipped.
    """
    if list(lo.columns) != list(hi.columns) or len(lo) != len(hi) or draws < 1:
        raise EstimationError("lo and hi must have the same columns and rows, and draws be at "
                              "least 1")
    first, last = _days(lo), _days(hi)
    bound = (np.ones(len(lo), dtype=bool) if ordered is None
             else ordered.to_numpy(dtype=bool, na_value=True))
    faults = []
    for i in range(len(lo)):
        known = ~np.isnan(first[i])
        if (known != ~np.isnan(last[i])).any():
            faults.append(f"row {lo.index[i]}: a date has one end only")
        elif (first[i] > last[i]).any():
            faults.append(f"row {lo.index[i]}: an interval ends before it begins")
        elif bound[i] and (np.maximum.accumulate(first[i][known]) > last[i][known]).any():
            faults.append(f"row {lo.index[i]}: no days within the intervals are in the order "
                          f"{' ≤ '.join(map(str, lo.columns))}")
    if faults:
        raise EstimationError("dates cannot be drawn:\n  " + "\n  ".join(faults))
    found = np.full((draws, *lo.shape), np.nan)
    for i, row_seed in enumerate(np.random.SeedSequence(seed).spawn(len(lo))):
        known = np.flatnonzero(~np.isnan(first[i]))
        if known.size:
            uniform = np.random.default_rng(row_seed).random((known.size, draws))
            found[:, i, known] = _chain(first[i, known].astype(int), last[i, known].astype(int),
                                        uniform, bool(bound[i]))
    return found


def _chain(lo: NDArray[np.int_], hi: NDArray[np.int_], uniform: Floats, bound: bool) -> Floats:
    """Days (draws, d) of one row from uniform numbers (d, draws)."""
    d = len(lo)
    if not bound:
        return np.floor(lo + uniform.T * (hi - lo + 1))
    # ways[j][t]: number of ordered continuations (as a share of all) with date j on day lo[j] + t.
    ways = [np.ones(hi[j] - lo[j] + 1) for j in range(d)]
    for j in range(d - 2, -1, -1):
        tail = np.cumsum(ways[j + 1][::-1])[::-1]  # continuations from each day of j + 1 onward
        from_day = np.arange(lo[j], hi[j] + 1) - lo[j + 1]
        ways[j] = np.where(from_day < len(tail), tail[np.clip(from_day, 0, len(tail) - 1)], 0.0)
        ways[j] /= ways[j].max()
    days = np.empty((uniform.shape[1], d))
    floor = np.full(uniform.shape[1], lo[0])
    for j in range(d):
        cumulated = np.concatenate([[0.0], np.cumsum(ways[j])])
        start = cumulated[np.clip(floor - lo[j], 0, len(ways[j]))]
        target = start + uniform[j] * (cumulated[-1] - start)
        # Rounding at the last step must not run past the last possible day.
        last = np.flatnonzero(ways[j])[-1]
        step = np.minimum(np.searchsorted(cumulated, target, side="right") - 1, last)
        floor = np.maximum(lo[j] + step, floor)
        days[:, j] = floor
    return days


def _days(frame: pd.DataFrame) -> Floats:
    def convert(column: pd.Series) -> Floats:
        if pd.api.types.is_numeric_dtype(column):
            return np.asarray(column.astype("Float64").to_numpy(dtype=float, na_value=np.nan))
        stamps = pd.to_datetime(column)
        days = (stamps - pd.Timestamp(0)) // pd.Timedelta(days=1)
        return np.asarray(days.astype("Float64").to_numpy(dtype=float, na_value=np.nan))
    return np.column_stack([convert(frame[c]) for c in frame.columns])
