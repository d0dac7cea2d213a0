"""Event studies: from returns, events and factors to abnormal returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from breachstudy.eventstudy.blocks import Spans
from breachstudy.eventstudy.errors import OptionError
from breachstudy.eventstudy.estimating import (
    CHUNK,
    Arrays,
    Reasons,
    Recipe,
    estimate_part,
    fill,
)
from breachstudy.eventstudy.normal_returns import NormalModel, model_of
from breachstudy.eventstudy.panel import Ints, Panel
from breachstudy.eventstudy.prepare import Prepared, panel_of, prepare
from breachstudy.eventstudy.results import EventStudyResult
from breachstudy.eventstudy.windows import WINDOWS, Window, checked_windows

if TYPE_CHECKING:
    from breachstudy.estimation.parallel import Backend

__all__ = ["event_study", "event_study_parts"]

TASK = 8_192
"""Events in one task of a backend, and events in one part."""


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
    exchange: str | None = "XNYS",
    close: time | None = None,
    exclude_other_events: bool = False,
    thin_trading: str = "none",
    beta: str = "ols",
    leads: int = 1,
    sessions: object | None = None,
    columns: Mapping[str, str] | None = None,
    unit: str = "decimal",
    carry: Sequence[str] = (),
    keep_daily: bool = True,
    keep_residuals: bool = True,
    backend: Backend | str | None = None,
) -> EventStudyResult:
    """Abnormal returns of n events.

    Parameters
    ----------
    returns:
        wide (index of dates, a column a security) or long (``security``, ``date``,
        ``ret``); or a :class:`Panel`, to use it for several models (``factors``, ``sessions``,
        ``columns`` and ``unit`` are then already in it).
    events:
        one row an event: ``security`` and ``date`` (or a local timestamp); optionally
        ``event_id`` (unique), ``group``, ``after_close`` (boolean), ``firm`` (to cluster by;
        default the security) and ``market`` (the factor that is this event's market; an empty
        one is ``mkt``). Other columns are left alone, unless named in ``carry``.
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
    exchange, close:
        whose close makes a clock time "after the close", half-days included, and whose zone
        counts; or one fixed time. See :func:`day_zero`.
    exclude_other_events:
        leave the event windows of the security's other events out of its estimation window.
    thin_trading, beta, leads:
        ``thin_trading="trade_to_trade"``; ``beta="dimson"`` (with ``leads`` leads and lags) or
        ``"scholes_williams"``.
    unit:
        of returns and factors: decimal, percent or log.
    carry:
        further columns of the events to keep in the result, to group or cluster by.
    keep_daily, keep_residuals:
        whether the result holds daily abnormal returns (n × sessions), which mean paths need, and
        the estimation residuals, which rank and correlation statistics need. Without both a
        million events fit in some hundred megabytes.
    backend:
        where the work runs: here (None), as the environment says ("environment": see
        :mod:`breachstudy.estimation.parallel`), or a Backend of that module: processes, threads,
        Dask. The numbers are the same everywhere.

    An event without day 0, security or enough returns keeps its row, with the reason. Events are
    worked on in chunks: memory beyond panel and result does not grow with their number. For results
    that need not be held at once see :func:`event_study_parts`.

    Raises
    ------
    EventStudyError
        of a kind, each a ValueError too: EventsError for missing columns, repeated event_ids or
        dates that are none; OptionError for unknown options and windows that meet the estimation
        window; FactorsError, ReturnsError and CalendarError from :func:`build_panel`.
    """
    prepared = _prepared(
        returns, events, factors, model=model, estimation=estimation, min_obs=min_obs,
        windows=windows, event_window=event_window, non_trading=non_trading, exchange=exchange,
        close=close, exclude_other_events=exclude_other_events, thin_trading=thin_trading,
        beta=beta, leads=leads, sessions=sessions, columns=columns, unit=unit, carry=carry,
        keep_daily=keep_daily, keep_residuals=keep_residuals)
    out, reason = prepared.recipe.arrays(len(prepared.events)), prepared.reason.copy()
    out.residuals[reason != ""] = np.nan
    for at, part, why in _worked(prepared, prepared.usable, backend, out):
        reason[at] = why
        if part is not None:
            out.put(at, part)
    return prepared.result(out, reason)


def event_study_parts(
    returns: pd.DataFrame | Panel,
    events: pd.DataFrame,
    factors: pd.DataFrame | pd.Series | None = None,
    *,
    size: int = TASK,
    backend: Backend | str | None = None,
    **options: Any,
) -> Iterator[EventStudyResult]:
    """The event study in parts of ``size`` events, in their order, each a result of its own.

    For more events than a result can hold: write each part and let it go. Flags and counts
    (n_same_firm, duplicate_of …) are those among all events. ``options`` and errors as
    :func:`event_study`; memory beyond the panel is that of the parts at work, and about a hundred
    bytes an event.
    """
    if size < 1:
        raise OptionError(f"size must be at least 1, not {size}")
    prepared = _prepared(returns, events, factors, **options)
    for begin in range(0, len(prepared.events), size):
        rows = slice(begin, min(begin + size, len(prepared.events)))
        usable = begin + np.flatnonzero(prepared.reason[rows] == "")
        out, reason = prepared.recipe.arrays(rows.stop - begin), prepared.reason[rows].copy()
        out.residuals[reason != ""] = np.nan
        for at, part, why in _worked(prepared, usable, backend, out, begin):
            reason[at - begin] = why
            if part is not None:
                out.put(at - begin, part)
        yield prepared.result(out, reason, rows)


def _prepared(
    returns: pd.DataFrame | Panel, events: pd.DataFrame,
    factors: pd.DataFrame | pd.Series | None = None, *, model: str | NormalModel = "market",
    estimation: Window = (-270, -21), min_obs: int = 100, windows: Sequence[Window] = WINDOWS,
    event_window: Window = (-10, 30), exclude_other_events: bool = False,
    thin_trading: str = "none", beta: str = "ols", leads: int = 1, sessions: object | None = None,
    columns: Mapping[str, str] | None = None, unit: str = "decimal", carry: Sequence[str] = (),
    keep_daily: bool = True, keep_residuals: bool = True, **day: Any,
) -> Prepared:
    """Checked options, the panel and the places of all events; see :func:`event_study`."""
    chosen = model_of(model, beta=beta, leads=leads, thin_trading=thin_trading)
    spans_of = checked_windows(windows, event_window, estimation)
    if min_obs <= chosen.n_estimated:
        raise OptionError(f"min_obs {min_obs} leaves no degree of freedom for {chosen.label}, "
                          f"which estimates {chosen.n_estimated}")
    first = min(w[0] for w in (event_window, *spans_of))
    last = max(w[1] for w in (event_window, *spans_of))
    if first <= estimation[1] and last >= estimation[0]:
        raise OptionError("the windows lie on both sides of the estimation window; study them "
                          "apart")
    recipe = Recipe(chosen, estimation, first, last, spans_of, min_obs, keep_daily, keep_residuals)
    return prepare(panel_of(returns, factors, sessions, columns, unit), events, recipe,
                   event_window, exclude_others=exclude_other_events, carry=carry, **day)


def _worked(prepared: Prepared, rows: Ints, backend: Backend | str | None, out: Arrays,
            begin: int = 0) -> Iterator[tuple[Ints, Arrays | None, Reasons]]:
    """Rows that were estimated, with their reasons: into ``out`` (whose first row is event
    ``begin``) if the work is done here, else with their arrays, wave by wave."""
    panel, recipe = prepared.panel, prepared.recipe
    where = None
    if backend is not None:
        from breachstudy.estimation.parallel import SEQUENTIAL, Backend, run_tasks

        where = Backend.from_environment() if backend == "environment" else (
            Backend(backend, -1) if isinstance(backend, str) else backend)
    if where is None or where.name == SEQUENTIAL:
        spans = Spans.of(panel) if recipe.model.trade_to_trade else None
        for start in range(0, rows.size, CHUNK):
            at = rows[start:start + CHUNK]
            yield at, None, fill(out, at - begin, panel, recipe, prepared.places(at), spans)
        return
    # A part is one wave; a small part is split so that every worker has some of it.
    size = max(min(TASK, -(-rows.size // where.workers)), 1)
    parts = [rows[i:i + size] for i in range(0, rows.size, size)]
    lean = replace(panel, notes=())
    wave = 2 * where.workers
    for i in range(0, len(parts), wave):
        tasks = [(lean, recipe, prepared.places(at)) for at in parts[i:i + wave]]
        for at, (arrays, why) in zip(parts[i:i + wave], run_tasks(estimate_part, tasks, where),
                                     strict=True):
            yield at, arrays, why
