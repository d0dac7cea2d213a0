"""Estimation of many events at once, in chunks that bound the memory, here or elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from breachstudy.eventstudy.blocks import Block, Spans, gather, take
from breachstudy.eventstudy.normal_returns import Estimates, NormalModel, estimate
from breachstudy.eventstudy.panel import Bools, Floats, Ints, Panel
from breachstudy.eventstudy.windows import Window, cumulate

__all__ = ["CHUNK", "Arrays", "Places", "Reasons", "Recipe", "estimate_part", "fill"]

Reasons = NDArray[np.object_]
CHUNK = 512


@dataclass(frozen=True)
class Recipe:
    """What is estimated: the model, its windows, and the sessions ``first`` … ``last`` round day 0
    that get an abnormal return; ``keep_daily`` and ``keep_residuals`` say what the result holds."""

    model: NormalModel
    estimation: Window
    first: int
    last: int
    windows: tuple[Window, ...]
    min_obs: int
    keep_daily: bool
    keep_residuals: bool

    @property
    def n_est(self) -> int:
        """Sessions of the estimation window."""
        return self.estimation[1] - self.estimation[0] + 1

    def arrays(self, n: int) -> Arrays:
        """Room for n events."""
        return Arrays.empty(n, self.model.n_coefficients, self.n_est if self.keep_residuals else 0,
                            self.last - self.first + 1 if self.keep_daily else 0,
                            len(self.windows))


@dataclass(frozen=True)
class Places:
    """Where C events lie in a panel: rows of the ``security`` (C,), ``position`` (C,) of day 0,
    ``factor_rows`` (C, q), and ``left_out`` (C, n_est), sessions kept out of the estimation."""

    security: Ints
    position: Ints
    factor_rows: Ints
    left_out: Bools | None

    def slice(self, part: slice) -> Places:
        """Some of the events."""
        return Places(self.security[part], self.position[part], self.factor_rows[part],
                      None if self.left_out is None else self.left_out[part])


@dataclass(frozen=True)
class Arrays:
    """Results of n events, filled chunk by chunk; NaN where an event fell out. ``residuals``, by
    far the largest, begins without values: its rows are written once. Without daily returns
    (or residuals) their arrays have no columns."""

    params: Floats
    n_obs: Ints
    df: Ints
    s2: Floats
    residuals: Floats
    ar: Floats
    ar_se: Floats
    car: Floats
    car_se: Floats

    @classmethod
    def empty(cls, n: int, k: int, n_est: int, n_days: int, n_windows: int) -> Arrays:
        def nan(*shape: int) -> Floats:
            return np.full(shape, np.nan)

        return cls(nan(n, k), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), nan(n),
                   np.empty((n, n_est)), nan(n, n_days), nan(n, n_days), nan(n, n_windows),
                   nan(n, n_windows))

    def put(self, at: Ints, part: Arrays) -> None:
        """Store the arrays of the events ``at``."""
        for name in ("params", "n_obs", "df", "s2", "residuals", "ar", "ar_se", "car", "car_se"):
            getattr(self, name)[at] = getattr(part, name)

    def take_in(self, at: Ints, found: Estimates, block: Block, windows: Sequence[Window],
                first: int, min_obs: int) -> None:
        """Forecast the event sessions and store the chunk ``at``."""
        good = _why(found, min_obs) == ""
        leverage: Floats | float = 0.0
        ar = block.y
        if block.x.shape[1]:
            ar = ar - np.matmul(found.params[:, None, :], block.x)[:, 0]
            if self.ar.shape[1]:
                leverage = (block.x * np.matmul(found.xtx_inv, block.x)).sum(axis=1)
        if self.ar.shape[1]:
            with np.errstate(invalid="ignore"):
                ar_se = np.sqrt(found.s2[:, None] * (block.span + leverage))
            keep = block.valid & good[:, None]
            self.ar[at] = np.where(keep, ar, np.nan)
            self.ar_se[at] = np.where(keep, ar_se, np.nan)
        with np.errstate(invalid="ignore"):
            summed = cumulate(windows, first, ar, block, found)
        self.car[at] = np.where(good[:, None], summed.car, np.nan)
        self.car_se[at] = np.where(good[:, None], summed.car_se, np.nan)
        self.n_obs[at] = found.n_obs
        self.df[at] = np.where(good, found.df, 0)
        self.s2[at] = np.where(good, found.s2, np.nan)
        self.params[at] = np.where(good[:, None], found.params, np.nan)
        if self.residuals.shape[1]:
            self.residuals[at] = found.residuals
            if not good.all():
                self.residuals[at[~good]] = np.nan


def fill(out: Arrays, at: Ints, panel: Panel, recipe: Recipe, places: Places,
         spans: Spans | None) -> Reasons:
    """Estimate the events ``places`` into the rows ``at`` of ``out``; reasons (C,) why not."""
    model = recipe.model
    riskless = panel.factor_row("rf") if model.excess else None

    def block_of(start: Ints, length: int) -> Block:
        return gather(panel, places.security, start, length, places.factor_rows,
                      fitted=model.fitted, riskless_row=riskless, spans=spans)

    start = places.position + recipe.estimation[0]
    block = block_of(start, recipe.n_est)
    if places.left_out is not None:
        block = block.without(places.left_out)
    found = estimate(model, block, _shifted(panel, model, places.factor_rows, start, recipe.n_est))
    out.take_in(at, found, block_of(places.position + recipe.first, recipe.last - recipe.first + 1),
                recipe.windows, recipe.first, recipe.min_obs)
    return _why(found, recipe.min_obs)


def estimate_part(panel: Panel, recipe: Recipe, places: Places) -> tuple[Arrays, Reasons]:
    """Arrays and reasons of C events, chunk by chunk: the work of one task."""
    n = places.security.size
    out, reason = recipe.arrays(n), np.full(n, "", dtype=object)
    spans = Spans.of(panel) if recipe.model.trade_to_trade else None
    for begin in range(0, n, CHUNK):
        part = slice(begin, begin + CHUNK)
        at = np.arange(n)[part]
        reason[at] = fill(out, at, panel, recipe, places.slice(part), spans)
    return out, reason


def _why(found: Estimates, min_obs: int) -> Reasons:
    """Reasons (C,) why an estimate cannot be used, empty if it can."""
    reason = np.full(found.n_obs.size, "", dtype=object)
    reason[found.still] = "no_variance"
    reason[found.singular] = "collinear"
    reason[found.n_obs < min_obs] = "few_observations"
    return reason


def _shifted(panel: Panel, model: NormalModel, factor_rows: Ints, start: Ints, n: int
             ) -> Floats | None:
    """The market (C, 2·leads + 1, n) at offsets −leads … leads, for thin-trading betas."""
    if model.beta == "ols":
        return None
    leads = 1 if model.beta == "scholes_williams" else model.leads
    shifts = np.arange(-leads, leads + 1)
    return take(panel.factors, factor_rows[:, :1], start[:, None] + shifts[None, :], n)
