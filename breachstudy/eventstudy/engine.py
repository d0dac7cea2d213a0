"""Event studies: from returns, events and factors to abnormal returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.eventstudy.blocks import Block, Spans, gather, take
from breachstudy.eventstudy.calendar import EventClashes, clashes, day_zero
from breachstudy.eventstudy.normal_returns import Estimates, NormalModel, estimate, model_of
from breachstudy.eventstudy.panel import Bools, Floats, Ints, Panel, build_panel
from breachstudy.eventstudy.results import EventStudyResult
from breachstudy.eventstudy.windows import WINDOWS, Window, checked_windows, cumulate

__all__ = ["event_study"]

Reasons = NDArray[np.object_]
CHUNK = 512
REQUIRED = ("security", "date")


def event_study(
    returns: pd.DataFrame | Panel,
    events: pd.DataFrame,
    factors: pd.DataFrame | pd.Series | None = None,
    *,
    model: str | NormalModel = "market",
    estimation: Window = (-270, -21),
    min_obs: int = 100,
    windows: Sequence[Window] = WINDOWS,
    event_window: Window = (-10, 30),
    non_trading: str = "next",
    exclude_other_events: bool = False,
    thin_trading: str = "none",
    beta: str = "ols",
    leads: int = 1,
    sessions: object | None = None,
    columns: Mapping[str, str] | None = None,
    keep_residuals: bool = True,
) -> EventStudyResult:
    """Abnormal returns of n events.

    Parameters
    ----------
    returns:
        decimals, wide (index of dates, a column a security) or long (``security``, ``date``,
        ``ret``); or a :class:`Panel`, to use it for several models (``factors``, ``sessions`` and
        ``columns`` are then already in it).
    events:
        one row an event: ``security`` and ``date`` (or a local timestamp); optionally
        ``event_id`` (unique), ``group``, ``after_close`` (boolean), ``firm`` (to cluster by;
        default the security) and ``market`` (the factor that is this event's market). Other
        columns are left alone.
    factors:
        market (``mkt``) and other factors by date, see :func:`build_panel`; a Series is the
        market.
    model:
        constant_mean, market_adjusted, market, ff3, ff5, carhart, or a :class:`NormalModel`.
    estimation, event_window, windows:
        inclusive offsets in sessions from day 0. ``event_window`` are the sessions that get an
        abnormal return each (widened to hold all ``windows``) and within which events of one
        security overlap.
    min_obs:
        returns needed in the estimation window.
    non_trading:
        what news on a day without a session means: next, previous or drop.
    exclude_other_events:
        leave the event windows of the security's other events out of its estimation window.
    thin_trading, beta, leads:
        ``thin_trading="trade_to_trade"``; ``beta="dimson"`` (with ``leads`` leads and lags) or
        ``"scholes_williams"``.
    keep_residuals:
        whether the result holds the estimation residuals (n × sessions), which the rank and
        calendar-time statistics need.

    An event without day 0, security or enough returns keeps its row, with the reason. Events are
    worked on in chunks: memory beyond panel and result does not grow with their number.

    Raises
    ------
    ValueError
        for missing columns, repeated event_ids, unknown options or factors, windows that meet
        the estimation window, and returns that :func:`build_panel` refuses.
    """
    chosen = model_of(model, beta=beta, leads=leads, thin_trading=thin_trading)
    spans_of = checked_windows(windows, event_window, estimation)
    if min_obs <= chosen.n_estimated:
        raise ValueError(f"min_obs {min_obs} leaves no degree of freedom for {chosen.label}, which "
                         f"estimates {chosen.n_estimated}")
    panel = _panel(returns, factors, sessions, columns)
    frame = _events(events)
    first = min(w[0] for w in (event_window, *spans_of))
    last = max(w[1] for w in (event_window, *spans_of))
    if first <= estimation[1] and last >= estimation[0]:
        raise ValueError("the windows lie on both sides of the estimation window; study them apart")

    zero = day_zero(frame["date"], panel.sessions, non_trading=non_trading,
                    after_close=frame.get("after_close"))
    security = panel.securities.get_indexer(pd.Index(frame["security"])).astype(np.int64)
    reason = zero.reason.copy()
    reason[security < 0] = "unknown_security"
    factor_rows = _factor_rows(panel, chosen, frame)
    met = clashes(security, zero.position, frame["group"].to_numpy(dtype=object), event_window,
                  estimation)

    n, n_est, n_days = len(frame), estimation[1] - estimation[0] + 1, last - first + 1
    k = chosen.n_coefficients
    out = _Arrays.empty(n, k, n_est if keep_residuals else 0, n_days, len(spans_of))
    riskless = panel.factor_row("rf") if chosen.excess else None
    spans = Spans.of(panel) if chosen.trade_to_trade else None
    out.residuals[reason != ""] = np.nan
    rows = np.flatnonzero(reason == "")
    for begin in range(0, rows.size, CHUNK):
        at = rows[begin:begin + CHUNK]
        own, day = security[at], zero.position[at]

        def block_of(start: Ints, length: int, own: Ints = own, at: Ints = at) -> Block:
            return gather(panel, own, start, length, factor_rows[at], fitted=chosen.fitted,
                          riskless_row=riskless, spans=spans)

        block = block_of(day + estimation[0], n_est)
        if exclude_other_events and met.other_in_estimation[at].any():
            block = block.without(_other_events(at, security, zero.position, met, event_window,
                                                estimation))
        shifted = _shifted(panel, chosen, factor_rows[at], day + estimation[0], n_est)
        found = estimate(chosen, block, shifted)
        out.take_in(at, found, block_of(day + first, n_days), spans_of, first, min_obs)
        reason[at] = _why(found, min_obs)
    return EventStudyResult(
        events=_described(frame, panel, zero.position, zero.moved, reason, met),
        model=chosen.label, estimation=estimation, event_window=event_window, windows=spans_of,
        sessions=panel.sessions, position=zero.position, first_offset=first,
        ar=out.ar, ar_se=out.ar_se, residuals=out.residuals if keep_residuals else None,
        coefficient_names=chosen.coefficient_names, params=out.params, n_obs=out.n_obs, df=out.df,
        s2=out.s2, car=out.car, car_se=out.car_se,
        car_reason=_car_reasons(reason, zero.position, panel.n_sessions, spans_of, out.car),
    )


@dataclass(frozen=True)
class _Arrays:
    """Results of n events, filled chunk by chunk; NaN where an event fell out. ``residuals``, by
    far the largest, begins without values: its rows are written once."""

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
    def empty(cls, n: int, k: int, n_est: int, n_days: int, n_windows: int) -> _Arrays:
        def nan(*shape: int) -> Floats:
            return np.full(shape, np.nan)

        return cls(nan(n, k), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), nan(n),
                   np.empty((n, n_est)), nan(n, n_days), nan(n, n_days), nan(n, n_windows),
                   nan(n, n_windows))

    def take_in(self, at: Ints, found: Estimates, block: Block, windows: Sequence[Window],
                first: int, min_obs: int) -> None:
        """Forecast the event sessions and store the chunk ``at``."""
        good = _why(found, min_obs) == ""
        leverage: Floats | float = 0.0
        ar = block.y
        if block.x.shape[1]:
            ar = ar - np.matmul(found.params[:, None, :], block.x)[:, 0]
            leverage = (block.x * np.matmul(found.xtx_inv, block.x)).sum(axis=1)
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


def _why(found: Estimates, min_obs: int) -> Reasons:
    """Reasons (C,) why an estimate cannot be used, empty if it can."""
    reason = np.full(found.n_obs.size, "", dtype=object)
    with np.errstate(invalid="ignore"):
        reason[~(found.s2 > 0)] = "no_variance"
    reason[found.singular] = "collinear"
    reason[found.n_obs < min_obs] = "few_observations"
    return reason


def _panel(returns: pd.DataFrame | Panel, factors: pd.DataFrame | pd.Series | None,
           sessions: object | None, columns: Mapping[str, str] | None) -> Panel:
    if isinstance(returns, Panel):
        if factors is not None or sessions is not None or columns:
            raise ValueError("a Panel holds its factors and sessions; give them to build_panel")
        return returns
    if isinstance(factors, pd.Series):
        factors = factors.to_frame("mkt")
    return build_panel(returns, factors, sessions, dict(columns) if columns else None)


def _events(events: pd.DataFrame) -> pd.DataFrame:
    """The columns of the events that are used, by position."""
    absent = [c for c in REQUIRED if c not in events.columns]
    if absent:
        raise ValueError(f"events have no column {', '.join(absent)} (they have "
                         f"{', '.join(map(str, events.columns)) or 'none'})")
    used = [c for c in ("event_id", "security", "firm", "date", "group", "after_close", "market")
            if c in events.columns]
    frame = events[used].reset_index(drop=True)
    if "event_id" not in frame:
        frame.insert(0, "event_id", np.arange(len(frame)))
    repeated = frame["event_id"].duplicated() | frame["event_id"].isna()
    if repeated.any():
        raise ValueError(f"event_id {frame['event_id'][repeated].iloc[0]!r} is missing or appears "
                         f"twice ({int(repeated.sum())} such rows); each event needs its own")
    if "group" not in frame:
        frame["group"] = "all"
    if "firm" not in frame:
        frame["firm"] = frame["security"]
    return frame


def _factor_rows(panel: Panel, model: NormalModel, frame: pd.DataFrame) -> Ints:
    """(n, q) rows of the panel's factors that explain each event's returns."""
    n = len(frame)
    if "market" in frame and "mkt" in model.factors:
        names = frame["market"].fillna("mkt")
        code = {name: panel.factor_row(str(name)) for name in names.unique()}
        market = names.map(code).to_numpy(dtype=np.int64)
    elif model.factors:
        market = np.full(n, panel.factor_row(model.factors[0]), dtype=np.int64)
    else:
        return np.empty((n, 0), dtype=np.int64)
    rest = [np.full(n, panel.factor_row(f), dtype=np.int64) for f in model.factors[1:]]
    return np.stack([market, *rest], axis=1)


def _shifted(panel: Panel, model: NormalModel, factor_rows: Ints, start: Ints, n: int
             ) -> Floats | None:
    """The market (C, 2·leads + 1, n) at offsets −leads … leads, for thin-trading betas."""
    if model.beta == "ols":
        return None
    leads = 1 if model.beta == "scholes_williams" else model.leads
    shifts = np.arange(-leads, leads + 1)
    return take(panel.factors, factor_rows[:, :1], start[:, None] + shifts[None, :], n)


def _other_events(at: Ints, security: Ints, position: Ints, met: EventClashes,
                  event_window: Window, estimation: Window) -> Bools:
    """(C, n) sessions of the estimation window in an event window of another event."""
    offsets = np.arange(estimation[0], estimation[1] + 1)
    out = np.zeros((at.size, offsets.size), dtype=bool)
    for row in np.flatnonzero(met.other_in_estimation[at]):
        event = at[row]
        same = (security == security[event]) & (position >= 0) & (position != position[event])
        gap = (position[same] - position[event])[:, None]
        out[row] = ((offsets >= gap + event_window[0])
                    & (offsets <= gap + event_window[1])).any(axis=0)
    return out


def _described(frame: pd.DataFrame, panel: Panel, position: Ints, moved: Bools,
               reason: Reasons, met: EventClashes) -> pd.DataFrame:
    """The events with day 0, what became of them, and whom they meet."""
    day = np.full(len(frame), np.datetime64("NaT"), dtype="datetime64[s]")
    known = position >= 0
    day[known] = panel.sessions[position[known]]
    firm = pd.factorize(frame["firm"], use_na_sentinel=False)[0]
    duplicate = np.full(len(frame), None, dtype=object)
    repeats = met.duplicate_of >= 0
    duplicate[repeats] = frame["event_id"].to_numpy(dtype=object)[met.duplicate_of[repeats]]
    given = {name: frame[name] for name in ("event_id", "security", "firm", "date", "group")}
    return pd.DataFrame(given | {
        "day_zero": day, "moved": moved, "status": np.where(reason == "", "ok", "dropped"),
        "reason": reason, "n_same_firm": np.bincount(firm)[firm] if len(firm) else firm,
        "n_same_security": met.n_same_security, "n_same_day": met.n_same_day,
        "overlaps_same_security": met.overlaps_same_security,
        "other_in_estimation": met.other_in_estimation, "duplicate_of": duplicate})


def _car_reasons(reason: Reasons, position: Ints,
                 n_sessions: int, windows: Sequence[Window], car: Floats
                 ) -> Reasons:
    """(n, V) why a CAR is missing: the event's reason, a window off the calendar, a missing day."""
    out = np.full(car.shape, "", dtype=object)
    for v, (a, b) in enumerate(windows):
        outside = (position + a < 0) | (position + b >= n_sessions)
        out[:, v] = np.where(np.isnan(car[:, v]), "missing_day", "")
        out[outside, v] = "outside_calendar"
        out[:, v] = np.where(reason != "", reason, out[:, v])
    return out
