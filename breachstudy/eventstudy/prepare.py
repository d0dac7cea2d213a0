"""What is known of all events before anything is estimated: places, flags, first reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.eventstudy.calendar import DayZero, EventClashes, clashes, day_zero
from breachstudy.eventstudy.dates import named_rows
from breachstudy.eventstudy.errors import EventsError, OptionError, UnknownColumnError
from breachstudy.eventstudy.estimating import Arrays, Places, Reasons, Recipe
from breachstudy.eventstudy.normal_returns import NormalModel
from breachstudy.eventstudy.panel import Bools, Floats, Ints, Panel, build_panel
from breachstudy.eventstudy.results import EventStudyResult, absent_labels
from breachstudy.eventstudy.windows import Window

__all__ = ["Prepared", "panel_of", "prepare"]

REQUIRED = ("security", "date")
USED = ("event_id", "security", "firm", "date", "group", "after_close", "market")


@dataclass(frozen=True)
class Prepared:
    """n events on a panel: ``events`` as the result describes them, ``security`` and ``position``
    (n,) in the panel (−1 where there is none), ``factor_rows`` (n, q), the first ``reason`` (n,)
    why an event falls out, and how they meet."""

    panel: Panel
    recipe: Recipe
    event_window: Window
    events: pd.DataFrame
    security: Ints
    position: Ints
    factor_rows: Ints
    reason: Reasons
    met: EventClashes
    exclude_others: bool
    notes: tuple[str, ...]

    @property
    def usable(self) -> Ints:
        """Rows of the events that can be estimated."""
        return np.flatnonzero(self.reason == "")

    def places(self, at: Ints) -> Places:
        """Where the events ``at`` lie."""
        left_out = None
        if self.exclude_others and self.met.other_in_estimation[at].any():
            left_out = self._other_events(at)
        return Places(self.security[at], self.position[at], self.factor_rows[at], left_out)

    @cached_property
    def _by_security(self) -> tuple[Ints, Ints]:
        """Securities in order, and the positions of their events."""
        known = np.flatnonzero((self.security >= 0) & (self.position >= 0))
        order = known[np.lexsort((self.position[known], self.security[known]))]
        return self.security[order], self.position[order]

    def _other_events(self, at: Ints) -> Bools:
        """(C, n_est) sessions of the estimation window in an event window of another event."""
        first, last = self.recipe.estimation
        offsets = np.arange(first, last + 1)
        out = np.zeros((at.size, offsets.size), dtype=bool)
        securities, positions = self._by_security
        for row in np.flatnonzero(self.met.other_in_estimation[at]):
            event = at[row]
            own = slice(*np.searchsorted(securities, [self.security[event],
                                                      self.security[event] + 1]))
            gap = positions[own] - self.position[event]
            gap = gap[gap != 0][:, None]
            out[row] = ((offsets >= gap + self.event_window[0])
                        & (offsets <= gap + self.event_window[1])).any(axis=0)
        return out

    def result(self, out: Arrays, reason: Reasons, rows: slice | None = None) -> EventStudyResult:
        """The result of all events, or of those in ``rows``, from their arrays and reasons."""
        part = slice(None) if rows is None else rows
        recipe, position = self.recipe, self.position[part]
        events = self.events.iloc[part].assign(
            status=np.where(reason == "", "ok", "dropped"), reason=reason)
        return EventStudyResult(
            events=events if rows is None else events.reset_index(drop=True),
            model=recipe.model.label, estimation=recipe.estimation,
            event_window=self.event_window, windows=recipe.windows,
            sessions=self.panel.sessions, position=position, first_offset=recipe.first,
            ar=out.ar, ar_se=out.ar_se,
            residuals=out.residuals if recipe.keep_residuals else None,
            coefficient_names=recipe.model.coefficient_names, params=out.params, n_obs=out.n_obs,
            df=out.df, s2=out.s2, car=out.car, car_se=out.car_se,
            car_reason=_car_reasons(reason, position, self.panel.n_sessions, recipe.windows,
                                    out.car),
            notes=self.notes)


def prepare(panel: Panel, events: pd.DataFrame, recipe: Recipe, event_window: Window, *,
            exclude_others: bool, carry: Sequence[str], **day: Any) -> Prepared:
    """Day 0, securities, flags and first reasons of all events. ``day`` are options of
    :func:`day_zero`, ``carry`` further columns of the events to keep."""
    frame = _events(events, carry)
    zero = day_zero(frame["date"], panel.sessions, after_close=frame.get("after_close"), **day)
    security = panel.securities.get_indexer(pd.Index(frame["security"])).astype(np.int64)
    reason = zero.reason.copy()
    reason[security < 0] = "unknown_security"
    met = clashes(security, zero.position, frame["group"].to_numpy(dtype=object), event_window,
                  recipe.estimation)
    return Prepared(panel, recipe, event_window, _described(frame, panel, zero, met, carry),
                    security, zero.position, _factor_rows(panel, recipe.model, frame), reason, met,
                    exclude_others, (*panel.notes, *zero.notes))


def panel_of(returns: pd.DataFrame | Panel, factors: pd.DataFrame | pd.Series | None,
           sessions: object | None, columns: Mapping[str, str] | None, unit: str) -> Panel:
    """The panel given, or one built from the tables. Raises OptionError for both."""
    if isinstance(returns, Panel):
        if factors is not None or sessions is not None or columns or unit != "decimal":
            raise OptionError("a Panel holds its factors, sessions and unit; give them to "
                              "build_panel")
        return returns
    if isinstance(factors, pd.Series):
        factors = factors.to_frame("mkt")
    return build_panel(returns, factors, sessions, dict(columns) if columns else None, unit)


def _events(events: pd.DataFrame, carry: Sequence[str]) -> pd.DataFrame:
    """The columns of the events that are used, by position."""
    unknown = [c for c in carry if c not in events.columns]
    if unknown:
        raise UnknownColumnError(f"events have no column {', '.join(map(repr, unknown))} (they "
                                 f"have {', '.join(map(str, events.columns))})")
    absent = [c for c in REQUIRED if c not in events.columns]
    if absent:
        raise EventsError(f"events have no column {', '.join(absent)} (they have "
                         f"{', '.join(map(str, events.columns)) or 'none'})")
    used = [c for c in USED if c in events.columns]
    frame = events[[*used, *(c for c in carry if c not in used)]].reset_index(drop=True)
    if "event_id" not in frame:
        frame.insert(0, "event_id", np.arange(len(frame)))
    repeated = frame["event_id"].duplicated() | absent_labels(frame["event_id"])
    if repeated.any():
        raise EventsError(f"event_id {frame['event_id'][repeated].iloc[0]!r} is missing or appears "
                          f"twice (rows {named_rows(np.flatnonzero(repeated) + 1)}); each event "
                          "needs its own")
    if "group" not in frame:
        frame["group"] = "all"
    if "firm" not in frame:
        frame["firm"] = frame["security"]
    return frame


def _factor_rows(panel: Panel, model: NormalModel, frame: pd.DataFrame) -> Ints:
    """(n, q) rows of the panel's factors that explain each event's returns."""
    n = len(frame)
    if "market" in frame and "mkt" in model.factors:
        names = frame["market"].mask(absent_labels(frame["market"]), "mkt")
        code = {name: panel.factor_row(str(name)) for name in names.unique()}
        market = names.map(code).to_numpy(dtype=np.int64)
    elif model.factors:
        market = np.full(n, panel.factor_row(model.factors[0]), dtype=np.int64)
    else:
        return np.empty((n, 0), dtype=np.int64)
    rest = [np.full(n, panel.factor_row(f), dtype=np.int64) for f in model.factors[1:]]
    return np.stack([market, *rest], axis=1)


def _described(frame: pd.DataFrame, panel: Panel, zero: DayZero, met: EventClashes,
               carry: Sequence[str]) -> pd.DataFrame:
    """The events with day 0 and whom they meet; what becomes of them is not known yet."""
    position = zero.position
    day = np.full(len(frame), np.datetime64("NaT", "s"), dtype="datetime64[s]")
    known = position >= 0
    day[known] = panel.sessions[position[known]]
    firm = pd.factorize(frame["firm"].mask(absent_labels(frame["firm"])))[0]
    known_firm = firm >= 0
    n_firm = np.zeros(len(frame), dtype=np.int64)
    if known_firm.any():
        n_firm[known_firm] = np.bincount(firm[known_firm])[firm[known_firm]]
    duplicate = np.full(len(frame), None, dtype=object)
    repeats = met.duplicate_of >= 0
    duplicate[repeats] = frame["event_id"].to_numpy(dtype=object)[met.duplicate_of[repeats]]
    given = {name: frame[name] for name in ("event_id", "security", "firm", "date", "group")}
    return pd.DataFrame(given | {
        "day_zero": day, "moved": zero.moved, "status": "", "reason": "", "n_same_firm": n_firm,
        "n_same_security": met.n_same_security, "n_same_day": met.n_same_day,
        "overlaps_same_security": met.overlaps_same_security,
        "other_in_estimation": met.other_in_estimation, "duplicate_of": duplicate}
        | {name: frame[name] for name in carry})


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
