"""Event windows: their names, and cumulated abnormal returns with forecast-error variances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from breachstudy.eventstudy.blocks import Block
from breachstudy.eventstudy.errors import OptionError
from breachstudy.eventstudy.normal_returns import Estimates
from breachstudy.eventstudy.panel import Bools, Floats

__all__ = ["WINDOWS", "Cumulated", "Window", "checked_windows", "cumulate", "window_name"]

Window = tuple[int, int]
WINDOWS: tuple[Window, ...] = ((-1, 1), (0, 1), (0, 3), (-1, 5), (0, 10), (-10, -2))


def window_name(window: Window) -> str:
    """Name of a window as used in columns: (−1, 1) is ``m1_p1``, (0, 3) is ``0_p3``."""
    return "_".join(f"m{-d}" if d < 0 else f"p{d}" if d else "0" for d in window)


def checked_windows(windows: Sequence[Window], event_window: Window, estimation: Window
                    ) -> tuple[Window, ...]:
    """The windows as a tuple. Raises OptionError for one that is empty, repeated or meets the
    estimation window, whose residuals are not forecast errors."""
    out = tuple((int(a), int(b)) for a, b in windows)
    for name, (first, last) in [("estimation", estimation), ("event_window", event_window),
                                *(("window", w) for w in out)]:
        if first > last:
            raise OptionError(f"{name} ({first}, {last}) is empty: its first session is after its "
                             "last")
        if name != "estimation" and first <= estimation[1] and last >= estimation[0]:
            raise OptionError(f"{name} ({first}, {last}) meets the estimation window {estimation}")
    if len(set(out)) < len(out):
        raise OptionError(f"a window is given twice: {out}")
    return out


@dataclass(frozen=True)
class Cumulated:
    """Abnormal returns of C events cumulated over V windows.

    ``car``, ``car_se`` (C, V), NaN unless ``complete`` (C, V): every session of the window has an
    abnormal return. A partial sum is another quantity and is never given.
    """

    car: Floats
    car_se: Floats
    complete: Bools


def cumulate(windows: Sequence[Window], first: int, ar: Floats, block: Block, found: Estimates
             ) -> Cumulated:
    """Sum abnormal returns ``ar`` (C, n), whose first offset is ``first``.

    The variance of a window of L sessions is s²(L + x_s'(X'X)⁻¹x_s), x_s the sum of its
    regressors. With trade-to-trade returns L is what their spans add up to, and a window is
    complete if they cover exactly its sessions.
    """
    events = ar.shape[0]
    car = np.full((events, len(windows)), np.nan)
    se, complete = car.copy(), np.zeros(car.shape, dtype=bool)
    zeroed = np.where(block.valid, ar, 0.0)
    for v, (a, b) in enumerate(windows):
        part = slice(a - first, b - first + 1)
        length = b - a + 1
        valid = block.valid[:, part]
        covered = np.where(valid, block.span[:, part], 0.0).sum(axis=1)
        ok = valid[:, -1] & (covered == length)
        leverage: Floats | float = 0.0
        if block.x.shape[1]:
            x_sum = block.x[:, :, part].sum(axis=2)
            leverage = np.einsum("ek,ekl,el->e", x_sum, found.xtx_inv, x_sum)
        total = zeroed[:, part].sum(axis=1)
        error = np.sqrt(found.s2 * (length + leverage))
        ok &= np.isfinite(total) & np.isfinite(error)
        car[:, v] = np.where(ok, total, np.nan)
        se[:, v] = np.where(ok, error, np.nan)
        complete[:, v] = ok
    return Cumulated(car, se, complete)
