"""What an event study found, in words: the mean first, then who fell out and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from breachstudy.eventstudy import MODELS, REASONS, EventStudyResult, FactorsError, window_sample
from breachstudy.eventstudy.dates import named_rows
from breachstudy.eventstudy.parametric import clustered_t
from breachstudy.eventstudy.results import labels_of
from breachstudy.eventstudy.statistic import NOTES, UNAVAILABLE
from breachstudy.eventstudy.windows import Window

__all__ = ["check_factors", "fallen_out", "headlines", "remarks", "window_words"]

REMEDIES = {
    "date_missing": "give the date",
    "before_calendar": "give returns (and factors) that begin earlier",
    "after_calendar": "give returns (and factors) that reach later",
    "no_session": "choose --non-trading next or previous",
    "unknown_security": "give the returns of these securities",
    "few_observations": "give earlier returns, or ask for fewer (--min-obs, --estimation)",
    "collinear": "choose another model or estimation window",
    "no_variance": "look at these securities: a price that stands still has no abnormal return",
    "outside_calendar": "give returns that cover the window, or choose a shorter one (--window)",
    "missing_day": "fill in the return of that session, or choose a shorter window (--window)",
}


def window_words(window: Window) -> str:
    """A window as written in papers: (−1, +1)."""
    return "(" + ", ".join(f"{d:+d}".replace("-", "−") if d else "0" for d in window) + ")"


def _percent(value: float) -> str:
    return f"{100 * value:+.2f} %".replace("-", "−")


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"


def headlines(result: EventStudyResult, tests: pd.DataFrame, window: Window, *,
              by: str | None = None, cluster: str | None = "firm", confidence: float = 0.95
              ) -> list[str]:
    """One sentence a group: the mean CAR of ``window`` with its interval and tests.

    ``tests`` are those of that window from :func:`window_tests`, with the same ``by`` and
    ``cluster``. The interval is that of the clustered t.
    """
    groups = None if by is None else labels_of(result.events, by, result.ok, "group")
    out = []
    for level in [None] if groups is None else sorted(groups[result.ok].unique()):
        among = None if groups is None else groups.eq(level).fillna(False).to_numpy(dtype=bool)
        sample = window_sample(result, window, among=among, cluster=cluster)
        name = f"Mean CAR{window_words(window)}" + ("" if level is None else f", {by} {level}")
        if sample.n == 0:
            out.append(f"{name}: no event has a complete window.")
            continue
        mean = float(sample.car.mean())
        t, df = clustered_t(sample.car, sample.cluster)
        events = f"{sample.n:,} event{'s' if sample.n != 1 else ''}"
        if not np.isfinite(t):
            out.append(f"{name}: {_percent(mean)} ({events}); too few to say how sure that is.")
            continue
        reach = float(stats.t.ppf((1 + confidence) / 2, df)) * abs(mean / t) if t else np.nan
        clusters = int(np.unique(sample.cluster).size)
        by_cluster = f", {clusters:,} clusters by {cluster}" if clusters < sample.n else ""
        how = f"t = {t:.2f} with {df:,} degrees of freedom{by_cluster}".replace("-", "−")
        p = float(2 * stats.t.sf(abs(t), df))
        own = tests if level is None else tests[tests["group"] == level]
        boot = own[own["statistic"] == "wild_bootstrap"]["p_value"]
        also = (f"; wild bootstrap p {_p(float(boot.iloc[0]))}"
                if len(boot) and pd.notna(boot.iloc[0]) else "")
        out.append(f"{name}: {_percent(mean)} ({events}), {confidence:.0%} interval "
                   f"{_percent(mean - reach)} to {_percent(mean + reach)}; {how}, p {_p(p)}{also}.")
    return out


def fallen_out(result: EventStudyResult, window: Window) -> list[str]:
    """Who is not in the mean of ``window``, why, and what would help: a line a reason."""
    v = result.window_index(window)
    reason = pd.Series(result.car_reason[:, v])
    total = len(reason)
    ids = result.events["event_id"]
    lines: list[str] = []
    for why, n in reason[reason != ""].value_counts().items():
        who = named_rows(ids[(reason == why).to_numpy()])
        lines.append(f"{n:,} of {total:,} fell out (event_id {who}): {REASONS[str(why)]}; "
                     f"{REMEDIES[str(why)]}")
    there = (reason == "").to_numpy()
    again = there & ~result.is_first(there)
    if again.any():
        lines.append(f"{int(again.sum()):,} of {total:,} repeat a security and day 0 and do not "
                     f"count again (event_id {named_rows(ids[again])})")
    return lines or [f"all {total:,} events are in it"]


def remarks(tests: pd.DataFrame) -> list[str]:
    """What the statistics' notes and missing values mean."""
    out = []
    for column, meaning in (("note", NOTES), ("reason", UNAVAILABLE)):
        found = tests[tests[column] != ""].groupby(column)["statistic"].unique()
        out += [f"{', '.join(names)}: {meaning[str(key)]}" for key, names in found.items()]
    return out


def check_factors(model: str, factors: pd.DataFrame | None, has_file: bool) -> None:
    """Raises FactorsError, with what to give, if the model's factors are not there."""
    if model not in MODELS:
        return  # the engine names those there are
    chosen = MODELS[model]
    needed = [*chosen.factors, *(["rf"] if chosen.excess else [])]
    there = [] if factors is None else list(map(str, factors.columns))
    if {"mkt_rf", "rf"} <= set(there):
        there.append("mkt")
    lacking = [f for f in needed if f not in there]
    if lacking:
        given = (f"the file has {', '.join(there) or 'no factors'}" if has_file
                 else "no file of factors was given")
        raise FactorsError(
            f"the model {model} needs {', '.join(lacking)}, and {given}. Give --factors FILE with "
            f"the columns date, {', '.join(needed)} (decimals), or --model constant_mean, which "
            "needs none")
