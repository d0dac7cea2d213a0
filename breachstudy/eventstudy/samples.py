"""The sample of one window, as the test statistics take it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.eventstudy.errors import EventsError, OptionError, UnknownWindowError
from breachstudy.eventstudy.panel import Bools, Floats, Ints
from breachstudy.eventstudy.results import EventStudyResult, labels_of
from breachstudy.eventstudy.windows import Window

__all__ = ["WindowSample", "window_sample"]


@dataclass(frozen=True)
class WindowSample:
    """n events with a complete window of L sessions.

    ``car``, ``se`` (n,): cumulated abnormal return and its forecast standard error.
    ``df`` (n,): residual degrees of freedom. ``position`` (n,): day 0. ``cluster`` (n,): codes
    from 0. ``residuals`` (n, E) of the estimation window and ``sigma`` (n,) their standard
    deviation; ``estimation_position`` the offset of the first. ``ar`` (n, W): abnormal returns of
    the event window; ``inside`` (W,): which of its sessions belong to the window.
    """

    window: Window
    car: Floats
    se: Floats
    df: Ints
    position: Ints
    cluster: Ints
    residuals: Floats | None
    sigma: Floats
    ar: Floats
    inside: Bools

    @property
    def n(self) -> int:
        """Number of events."""
        return int(self.car.size)

    @property
    def scar(self) -> Floats:
        """(n,) standardised CARs."""
        return self.car / self.se

    def pick(self, rows: Ints) -> WindowSample:
        """The sample of some of its events, each once or more; their clusters numbered anew."""
        return replace(
            self, car=self.car[rows], se=self.se[rows], df=self.df[rows],
            position=self.position[rows], sigma=self.sigma[rows], ar=self.ar[rows],
            cluster=np.unique(self.cluster[rows], return_inverse=True)[1].astype(np.int64),
            residuals=None if self.residuals is None else self.residuals[rows])

    def with_shock(self, shock: Floats, session: int) -> WindowSample:
        """The sample with ``shock`` (n,) added to the abnormal return of one session, given as a
        column of ``ar`` that belongs to the window."""
        if not self.inside[session]:
            raise OptionError(f"session {session} is not in the window")
        ar = self.ar.copy()
        ar[:, session] += shock
        return replace(self, car=self.car + shock, ar=ar)

    @property
    def length(self) -> int:
        """Sessions in the window."""
        return self.window[1] - self.window[0] + 1


def window_sample(result: EventStudyResult, window: Window, *,
                  among: Bools | pd.Series | None = None,
                  cluster: str | None = "firm", drop_duplicates: bool = True) -> WindowSample:
    """Events of ``result`` with a complete ``window``: one that was studied, or a single session.

    ``among`` (all events,) restricts them; a Series must have the index of ``result.events``.
    ``cluster`` is a column of the events, or None for each its own. The same security and day 0 is
    one reaction and counts once, even if several groups list it, unless ``drop_duplicates`` is
    False. Raises UnknownWindowError and UnknownColumnError for what is not there, EventsError for
    an event without a cluster.
    """
    if window in result.windows:
        v = result.window_index(window)
        car, se = result.car[:, v], result.car_se[:, v]
    elif window[0] == window[1] and window[0] in result.offsets:
        day = window[0] - result.first_offset
        car, se = result.ar[:, day], result.ar_se[:, day]
    else:
        raise UnknownWindowError(f"window {window} is neither among those studied "
                                 f"{result.windows} nor a single session of the event window")
    keep = np.isfinite(car) & np.isfinite(se) & (se > 0)
    if among is not None:
        keep &= _among(among, result.events.index)
    if drop_duplicates:
        keep &= result.is_first(keep)
    labels: NDArray[np.int64] = np.arange(int(keep.sum()), dtype=np.int64)
    if cluster is not None:
        column = labels_of(result.events, cluster, keep, "cluster")
        labels = pd.factorize(column[keep])[0].astype(np.int64)
    offsets = result.offsets
    days = (offsets >= min(result.event_window[0], window[0])) & (
        offsets <= max(result.event_window[1], window[1]))
    residuals = result.residuals
    if residuals is not None and not keep.all():  # the largest array: no copy without need
        residuals = residuals[keep]
    return WindowSample(
        window=window, car=car[keep], se=se[keep], df=result.df[keep],
        position=result.position[keep], cluster=labels, residuals=residuals,
        sigma=np.sqrt(result.s2[keep]), ar=result.ar[np.ix_(keep, days)],
        inside=((offsets >= window[0]) & (offsets <= window[1]))[days])


def _among(among: Bools | pd.Series, index: pd.Index) -> Bools:
    """The mask by position. Raises EventsError if it is labelled or counted otherwise."""
    if isinstance(among, pd.Series):
        if not among.index.equals(index):
            raise EventsError("among is labelled otherwise than the events of the result; give it "
                              "their index, or an array to pair by position")
        if among.isna().any():
            raise EventsError(f"among is missing for {int(among.isna().sum()):,} events")
    mask: Bools = np.asarray(among, dtype=bool)
    if mask.shape != (len(index),):
        raise EventsError(f"among has {mask.size} values for {len(index)} events")
    return mask
