"""Size and power of the test statistics on real returns with random pseudo-events.

After Brown & Warner (1985, J. Finan. Econ. 14, 3–31): samples of events drawn at random from real
returns have no abnormal return on average, so the share of samples in which a test rejects is its
size. Adding a return to day 0 of each event gives its power. Event-induced variance is a shock to
day 0 with mean zero and the variance of the event's residuals, which doubles the variance of that
session (Boehmer, Musumeci & Poulsen 1991).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.eventstudy.engine import event_study
from breachstudy.eventstudy.errors import OptionError
from breachstudy.eventstudy.inference import STATISTICS, window_statistics
from breachstudy.eventstudy.panel import Floats, Ints, Panel
from breachstudy.eventstudy.samples import WindowSample, window_sample
from breachstudy.eventstudy.windows import Window, window_name

__all__ = ["LEVELS", "SizePower", "size_and_power"]

LEVELS = (0.01, 0.05, 0.10)
EFFECTS = (0.005, 0.01, 0.02)
SPARE = 3
ATTEMPTS = 40


@dataclass(frozen=True)
class SizePower:
    """``table``: one row a scenario (dates: random or clustered; variance: same or doubled),
    effect, window, statistic and level: samples in which the statistic could be computed, rejection
    rate, its Monte Carlo standard error, and for effect zero the two-sided bounds within which 95 %
    of such rates fall if the size is right."""

    table: pd.DataFrame
    samples: int
    n_events: int
    seed: int
    window: Window
    n_securities: int
    first: str
    last: str


def size_and_power(
    panel: Panel, *, samples: int = 1000, n_events: int = 50, seed: int = 20170907,
    window: Window = (-1, 1), estimation: Window = (-270, -21), min_obs: int = 200,
    model: str = "market", effects: Sequence[float] = EFFECTS, draws: int = 499,
    statistics: Sequence[str] = tuple(STATISTICS),
) -> SizePower:
    """Rejection rates of ``statistics`` (columns of :class:`SizePower`).

    ``samples`` samples of ``n_events`` events each, without replacement of securities within a
    sample: at random sessions, and, clustered, all on one. The same samples serve every effect and
    variance, so that their differences are not sampling noise. ``draws`` are those of the wild
    bootstrap. Raises OptionError if the panel cannot fill the samples.
    """
    if samples < 1 or n_events < 2:
        raise OptionError("needs at least one sample of two events")
    if not window[0] <= 0 <= window[1]:
        raise OptionError(f"window {window} does not hold day 0, to which effects are added")
    rng = np.random.default_rng(seed)
    rows = []
    study: dict[str, Any] = {"model": model, "estimation": estimation, "min_obs": min_obs,
                             "windows": [window], "event_window": window}
    for dates in ("random", "clustered"):
        drawn = _draw(panel, rng, samples, n_events, study, dates == "clustered")
        for variance in ("same", "doubled"):
            shocks = rng.standard_normal((samples, n_events)) * (variance == "doubled")
            for effect in (0.0, *effects):
                p = np.full((samples, len(statistics)), np.nan)
                for s, sample in enumerate(drawn):
                    tried = sample.with_shock(shocks[s] * sample.sigma + effect, -window[0])
                    p[s] = [t.p_value for t in window_statistics(tried, statistics, draws=draws,
                                                                 seed=s)]
                rows += _rates(p, statistics, dates, variance, effect, window)
    sessions = panel.sessions
    return SizePower(pd.DataFrame(rows), samples, n_events, seed, window, len(panel.securities),
                     str(sessions[0]), str(sessions[-1]))


def _rates(p: Floats, statistics: Sequence[str], dates: str, variance: str, effect: float,
           window: Window) -> list[dict[str, object]]:
    """Rows for one scenario from p-values (samples, statistics)."""
    rows: list[dict[str, object]] = []
    for j, name in enumerate(statistics):
        known = p[np.isfinite(p[:, j]), j]
        for level in LEVELS:
            rate = float((known < level).mean()) if known.size else float("nan")
            n = max(known.size, 1)
            half = 1.96 * np.sqrt(level * (1 - level) / n)
            rows.append({
                "dates": dates, "variance": variance, "effect": effect,
                "window": window_name(window), "statistic": name, "level": level,
                "samples": int(known.size), "rejection_rate": rate,
                "mc_error": float(np.sqrt(rate * (1 - rate) / n)),
                "size_lo": max(level - half, 0.0) if effect == 0 else np.nan,
                "size_hi": level + half if effect == 0 else np.nan})
    return rows


def _draw(panel: Panel, rng: np.random.Generator, samples: int, n_events: int,
          study: dict[str, Any], clustered: bool) -> list[WindowSample]:
    """Samples of events that have a complete window and enough returns to estimate."""
    first, last = _sessions(panel, study)
    out: list[WindowSample] = []
    tradable = np.isfinite(panel.values)
    each = SPARE * n_events
    for _ in range(ATTEMPTS):
        wanted = samples - len(out)
        if wanted == 0:
            return out
        batch = min(wanted, max(20_000 // each, 1))
        security = np.empty((batch, each), dtype=np.int64)
        position = np.empty((batch, each), dtype=np.int64)
        for b in range(batch):
            if clustered:
                position[b] = rng.integers(first, last)
                there = np.flatnonzero(tradable[:, position[b, 0]])
            else:
                position[b] = rng.integers(first, last, each)
                there = np.arange(tradable.shape[0])
            if there.size < n_events:
                security[b] = rng.integers(0, tradable.shape[0], each)
                continue
            order = rng.permutation(there)
            security[b] = np.resize(order, each)
        out += _samples(panel, security, position, n_events, study)[:wanted]
    if len(out) < samples:
        raise OptionError(f"only {len(out)} of {samples} samples of {n_events} events could be "
                         "filled; give more securities or sessions, or fewer events")
    return out


def _sessions(panel: Panel, study: dict[str, Any]) -> tuple[int, int]:
    """First and one past the last session that leave room for both windows."""
    first = max(-study["estimation"][0], -study["event_window"][0])
    last = panel.n_sessions - max(study["event_window"][1], 0)
    if last <= first:
        raise OptionError(f"{panel.n_sessions} sessions are too few for the windows")
    return first, last


def _samples(panel: Panel, security: Ints, position: Ints, n_events: int,
             study: dict[str, Any]) -> list[WindowSample]:
    """One sample a row of ``security`` that has enough usable events with different securities."""
    batch, each = security.shape
    flat = security.ravel()
    events = pd.DataFrame({"security": panel.securities[flat],
                           "date": panel.sessions[position.ravel()].astype("datetime64[s]"),
                           "group": np.repeat(np.arange(batch), each)})
    result = event_study(panel, events, **study)
    window: Window = result.windows[0]
    usable = np.isfinite(result.car[:, 0]) & (result.car_se[:, 0] > 0)
    whole = window_sample(result, window, cluster="security", drop_duplicates=False)
    index = np.cumsum(usable) - 1
    out = []
    for b in range(batch):
        at = np.arange(b * each, (b + 1) * each)
        at = at[usable[at]]
        _, once = np.unique(flat[at], return_index=True)
        at = at[np.sort(once)][:n_events]
        if at.size == n_events:
            out.append(whole.pick(index[at]))
    return out
