"""What an event study found: frozen arrays, and frames of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.eventstudy.dates import Days, named_rows
from breachstudy.eventstudy.errors import (
    EventsError,
    OptionError,
    UnknownColumnError,
    UnknownWindowError,
)
from breachstudy.eventstudy.panel import Bools, Floats, Ints
from breachstudy.eventstudy.windows import Window, window_name

__all__ = ["REASONS", "EventStudyResult", "absent_labels", "labels_of"]

REASONS: dict[str, str] = {
    "date_missing": "the event has no date",
    "before_calendar": "day 0 is before the first session",
    "after_calendar": "day 0 is after the last session",
    "no_session": "news on a day without a session, dropped by the rule",
    "unknown_security": "no returns of this security were given",
    "few_observations": "fewer returns in the estimation window than asked for",
    "collinear": "the regressors are collinear in the estimation window",
    "no_variance": "the security's returns do not vary in the estimation window, or the model fits "
                   "them exactly",
    "outside_calendar": "the window reaches beyond the first or last session",
    "missing_day": "a session of the window has no return, or no factor",
}


@dataclass(frozen=True)
class EventStudyResult:
    """Abnormal returns of n events over W sessions and V windows.

    ``events`` (n rows): event_id, security, firm, date, group, day_zero, moved (day 0 is another
    day than the news), status (ok or dropped), reason (a key of :data:`REASONS`), n_same_firm,
    n_same_security, n_same_day, overlaps_same_security, other_in_estimation, duplicate_of.
    ``ar``, ``ar_se`` (n, W): abnormal returns and forecast standard errors from offset
    ``first_offset`` on, NaN where missing. ``residuals`` (n, E) of the estimation window, or None.
    ``position`` (n,): day 0 in ``sessions``, −1 if none. ``params`` (n, k), ``n_obs``, ``df``,
    ``s2`` (n,): estimates, residual degrees of freedom and variance. ``car``, ``car_se`` (n, V):
    cumulated abnormal returns, their forecast standard errors; ``car_reason`` (n, V): empty, or why
    missing. Units are those of the returns. ``notes`` say what was done to the tables
    on the way (sorted, a time zone taken).
    """

    events: pd.DataFrame
    model: str
    estimation: Window
    event_window: Window
    windows: tuple[Window, ...]
    sessions: Days
    position: Ints
    first_offset: int
    ar: Floats
    ar_se: Floats
    residuals: Floats | None
    coefficient_names: tuple[str, ...]
    params: Floats
    n_obs: Ints
    df: Ints
    s2: Floats
    car: Floats
    car_se: Floats
    car_reason: NDArray[np.object_]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> Bools:
        """(n,) events with usable estimates."""
        usable: Bools = self.events["status"].eq("ok").to_numpy(dtype=bool)
        return usable

    @property
    def offsets(self) -> Ints:
        """(W,) sessions from day 0 of the columns of ``ar``."""
        return np.arange(self.first_offset, self.first_offset + self.ar.shape[1])

    @property
    def scar(self) -> Floats:
        """(n, V) standardised CARs: CAR over its forecast standard error."""
        return self.car / self.car_se

    @property
    def sar(self) -> Floats:
        """(n, W) standardised abnormal returns: AR over its forecast standard error."""
        return self.ar / self.ar_se

    def _need_daily(self) -> None:
        if not self.ar.shape[1]:
            raise OptionError("the study kept no daily abnormal returns; run it with "
                              "keep_daily=True")

    def is_first(self, among: Bools) -> Bools:
        """(n,) events ``among`` (n,) that are the first of their security and day 0: a security-day
        is one reaction, however many groups list it."""
        first = np.ones(len(self.events), dtype=bool)
        often = (self.events["n_same_security"].to_numpy() > 1) & (
            self.events["n_same_day"].to_numpy() > 1) & among & (self.position >= 0)
        rows = np.flatnonzero(often)
        if rows.size:
            pair = pd.DataFrame({"s": self.events["security"].to_numpy()[rows],
                                 "p": self.position[rows]})
            first[rows] = ~pair.duplicated().to_numpy()
        return first

    def window_index(self, window: Window) -> int:
        """Column of a window. Raises UnknownWindowError, naming those there are."""
        if window not in self.windows:
            raise UnknownWindowError(f"window {window} is not among those studied: "
                                     f"{self.windows}")
        return self.windows.index(window)

    def tidy(self) -> pd.DataFrame:
        """One row an event and window: car, car_se, scar, n_obs, df, or the reason for none."""
        n, v = self.car.shape
        repeated = self.events[["event_id", "security", "firm", "group", "day_zero"]]
        frame = repeated.loc[repeated.index.repeat(v)].reset_index(drop=True)
        return frame.assign(
            model=self.model, window=np.tile([window_name(w) for w in self.windows], n),
            car=self.car.ravel(), car_se=self.car_se.ravel(), scar=self.scar.ravel(),
            n_obs=np.repeat(self.n_obs, v), df=np.repeat(self.df, v),
            reason=self.car_reason.ravel())

    def car_frame(self) -> pd.DataFrame:
        """One row an event (index event_id): ``car_m1_p1``, ``car_m1_p1_se``,
        ``car_m1_p1_reason``, … for each window."""
        columns: dict[str, object] = {}
        for v, window in enumerate(self.windows):
            name = f"car_{window_name(window)}"
            columns[name] = self.car[:, v]
            columns[f"{name}_se"] = self.car_se[:, v]
            columns[f"{name}_reason"] = self.car_reason[:, v]
        return pd.DataFrame(columns, index=pd.Index(self.events["event_id"], name="event_id"))

    def ar_frame(self) -> pd.DataFrame:
        """Long abnormal returns: event_id, offset, date, ar, ar_se; one row an event of status ok
        and session of the calendar, NaN where the session has no return."""
        self._need_daily()
        at = np.flatnonzero(self.ok)
        where = self.position[at, None] + self.offsets[None, :]
        inside = (where >= 0) & (where < self.sessions.size)
        row, column = np.nonzero(inside)
        return pd.DataFrame({
            "event_id": self.events["event_id"].to_numpy()[at[row]],
            "offset": self.offsets[column],
            "date": self.sessions[where[inside]].astype("datetime64[s]"),
            "ar": self.ar[at[row], column],
            "ar_se": self.ar_se[at[row], column],
        })

    def caar(self, by: str | None = None, *, cluster: str | None = None) -> pd.DataFrame:
        """Mean abnormal returns and their cumulation over ``event_window``.

        One row an offset (and level of ``by``, a column of ``events``): n, aar, aar_se, caar,
        caar_se. Only events with every session of the event window enter, so that a step of the
        path is a return and not a change of sample; the same security and day 0 counts once. Errors
        are cross-sectional, or, with ``cluster`` ("firm", "day_zero", …), clustered. Raises
        UnknownColumnError, and EventsError where an event has no level or cluster.
        """
        self._need_daily()
        window = slice(self.event_window[0] - self.first_offset,
                       self.event_window[1] - self.first_offset + 1)
        ar = self.ar[:, window]
        whole: Bools = np.asarray(np.isfinite(ar).all(axis=1))
        frames = []
        groups = None if by is None else labels_of(self.events, by, whole, "group")
        for level in ["all"] if groups is None else sorted(groups[whole].unique()):
            own: Bools = (whole if groups is None
                          else whole & groups.eq(level).to_numpy(dtype=bool))
            keep: Bools = own & self.is_first(own)
            labels = None if cluster is None else (
                labels_of(self.events, cluster, keep, "cluster").to_numpy()[keep])
            aar, aar_se = _mean(ar[keep], labels)
            caar, caar_se = _mean(ar[keep].cumsum(axis=1), labels)
            frames.append(pd.DataFrame({
                "group": level, "offset": self.offsets[window], "n": int(keep.sum()), "aar": aar,
                "aar_se": aar_se, "caar": caar, "caar_se": caar_se}))
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(
            columns=["group", "offset", "n", "aar", "aar_se", "caar", "caar_se"])


def absent_labels(column: pd.Series) -> pd.Series:
    """(n,) labels that are missing: NaN, NaT, None or blank text. Blank is not a group."""
    if not (pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)
            or isinstance(column.dtype, pd.CategoricalDtype)):
        return column.isna()
    codes, levels = pd.factorize(column)  # a million cells have few labels
    blank = np.array([isinstance(v, str) and not v.strip() for v in levels], dtype=bool)
    return pd.Series((codes < 0) | np.append(blank, False)[codes], index=column.index)


def labels_of(events: pd.DataFrame, name: str, among: Bools, use: str) -> pd.Series:
    """A column of the events to group or cluster by. Raises UnknownColumnError if it is not there,
    EventsError, with the events, if one ``among`` (n,) them has no label: events without a firm are
    not one firm."""
    if name not in events:
        raise UnknownColumnError(f"events have no column {name!r} to {use} by (they have "
                                 f"{', '.join(map(str, events.columns))})")
    column = events[name]
    absent = absent_labels(column).to_numpy(dtype=bool) & among
    if absent.any():
        raise EventsError(f"{int(absent.sum()):,} events have no {name} to {use} by: "
                          f"{named_rows(events['event_id'][absent])}; fill it in, leave these "
                          "events out, or choose another column")
    return column


def _mean(values: Floats, labels: NDArray[np.object_] | None) -> tuple[Floats, Floats]:
    """Column means of (n, W) and their standard errors, clustered by ``labels`` if given; the
    small-sample factor G/(G − 1) makes singleton clusters agree with s/√n."""
    n = values.shape[0]
    if n == 0:
        empty = np.full(values.shape[1], np.nan)
        return empty, empty
    mean = values.mean(axis=0)
    centred = values - mean
    if labels is not None:
        codes, levels = pd.factorize(labels, use_na_sentinel=False)
        sums = np.zeros((len(levels), values.shape[1]))
        np.add.at(sums, codes, centred)
        centred = sums
    groups = centred.shape[0]
    if groups < 2:
        return mean, np.full(values.shape[1], np.nan)
    return mean, np.sqrt((centred**2).sum(axis=0) * groups / (groups - 1)) / n
