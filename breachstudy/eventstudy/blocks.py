"""Returns and regressors of many events, taken from the panel as dense blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from breachstudy.eventstudy.panel import Bools, Floats, Ints, Panel

__all__ = ["Block", "Spans", "gather", "take"]


@dataclass(frozen=True)
class Block:
    """Returns and regressors of C events over n sessions.

    ``y`` (C, n): returns to explain (over the riskless rate, or over the market when nothing is
    fitted). ``x`` (C, k, n): regressors, intercept first. ``span`` (C, n): sessions each return
    covers, all one unless trade-to-trade. ``valid`` (C, n): return and regressors are known.
    Entries that are not valid are zero in ``y`` and ``x``. ``raw`` (C, n): the security's own
    returns, NaN where there is none.
    """

    y: Floats
    x: Floats
    span: Floats
    valid: Bools
    raw: Floats

    def without(self, left_out: Bools) -> Block:
        """The block with sessions ``left_out`` (C, n) no longer valid."""
        valid = self.valid & ~left_out
        return Block(np.where(valid, self.y, 0.0), np.where(valid[:, None, :], self.x, 0.0),
                     self.span, valid, self.raw)


@dataclass(frozen=True)
class Spans:
    """What trade-to-trade returns need: ``last`` (S, T), the session of the trade before (−1 if
    none), ``total`` (q, T + 1), running sums of the factors, and ``n_missing`` (q, T + 1), of the
    sessions on which a factor is not known."""

    last: Ints
    total: Floats
    n_missing: Ints

    @classmethod
    def of(cls, panel: Panel) -> Spans:
        """Spans of a panel."""
        shape = (panel.factors.shape[0], panel.n_sessions + 1)
        total, n_missing = np.zeros(shape), np.zeros(shape, dtype=np.int64)
        unknown = np.isnan(panel.factors)
        np.cumsum(np.where(unknown, 0.0, panel.factors), axis=1, out=total[:, 1:])
        np.cumsum(unknown, axis=1, out=n_missing[:, 1:])
        return cls(panel.last_trade(), total, n_missing)

    def over(self, rows: Ints, begins: Ints, ends: Ints) -> Floats:
        """Factors (C, q, n) summed over sessions begins … ends − 1 (C, n); NaN if one lacks."""
        at = rows[:, :, None]
        sums = self.total[at, ends[:, None]] - self.total[at, begins[:, None]]
        gaps = self.n_missing[at, ends[:, None]] - self.n_missing[at, begins[:, None]]
        return np.where(gaps == 0, sums, np.nan)


def take(matrix: Floats, row: Ints, start: Ints, n: int) -> Floats:
    """``matrix[row, start : start + n]`` for each event, shape of ``row`` + (n,).

    ``start`` broadcasts against ``row``; what lies outside the calendar is NaN. Windows inside it
    are copied as runs, which is several times faster than indexing element by element.
    """
    row, start = np.broadcast_arrays(row, start)
    length = matrix.shape[1]
    out: Floats
    inside = (start >= 0) & (start + n <= length)
    if n <= length and inside.all():
        out = np.lib.stride_tricks.sliding_window_view(matrix, n, axis=1)[row, start]
        return out
    at = start[..., None] + np.arange(n)
    known = (at >= 0) & (at < length)
    return np.where(known, matrix[row[..., None], np.clip(at, 0, length - 1)], np.nan)


def gather(panel: Panel, security: Ints, start: Ints, n: int, factor_rows: Ints, *,
           fitted: bool, riskless_row: int | None = None, spans: Spans | None = None) -> Block:
    """Collect n sessions from ``start`` (C,) on for C events.

    ``security`` (C,) are rows of the panel's returns; ``factor_rows`` (C, q) rows of its factors,
    so that events may have different benchmark indices. ``riskless_row`` is subtracted from the
    returns; without ``fitted`` the first factor is. ``spans`` asks for trade-to-trade returns.
    """
    y = raw = take(panel.values, security, start, n)
    if spans is None:
        span: Floats = np.broadcast_to(np.float64(1.0), y.shape)
        rows = factor_rows
        if fitted:  # rows of the design: the intercept, then the factors
            rows = np.concatenate([np.zeros_like(start)[:, None], factor_rows + 1], axis=1)
        x = take(panel.design if fitted else panel.factors, rows, start[:, None], n)
        if riskless_row is not None:
            y = y - take(panel.factors, np.full(security.shape, riskless_row), start, n)
    else:
        at = start[:, None] + np.arange(n)
        clipped = np.clip(at, 0, panel.n_sessions - 1)
        before = spans.last[security[:, None], clipped]
        known = (at == clipped) & (before >= 0)
        span = np.where(known, clipped - before, 0).astype(np.float64)
        ends, begins = clipped + 1, np.maximum(before, 0) + 1
        x = spans.over(factor_rows, begins, ends)
        if fitted:
            x = np.concatenate([span[:, None], x], axis=1)
        if riskless_row is not None:
            y = y - spans.over(np.full((security.size, 1), riskless_row), begins, ends)[:, 0]
        y = np.where(known, y, np.nan)
    if not fitted:
        y = y - x[:, 0]
        x = x[:, :0]
    valid = np.isfinite(y)
    if x.shape[1] > 1 and not panel.factors_complete:
        valid &= np.isfinite(x).all(axis=1)
    if not valid.all():
        y = np.where(valid, y, 0.0)
        x = np.where(valid[:, None, :], x, 0.0)
    return Block(y, x, span, valid, raw)
