"""Long horizons: buy-and-hold abnormal returns, and the alpha of a calendar-time portfolio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from breachstudy.eventstudy.calendar import day_zero
from breachstudy.eventstudy.dates import ordered
from breachstudy.eventstudy.errors import EventsError, FactorsError, OptionError, ReturnsError
from breachstudy.eventstudy.panel import Bools, Floats, Panel
from breachstudy.eventstudy.windows import Window

__all__ = ["CalendarTimeAlpha", "buy_and_hold", "calendar_time_alpha", "portfolio_returns",
           "size_portfolios"]

COVARIANCES = ("hac", "hc1", "wls")
GAPS = ("calendar", "closed")


def portfolio_returns(returns: pd.DataFrame, members: pd.DataFrame, *, min_members: int = 1
                      ) -> pd.DataFrame:
    """Equal-weight returns of one portfolio an event, rebalanced each session.

    ``returns`` wide (sessions × securities), ``members`` with ``portfolio`` and ``security``.
    Result: sessions × portfolios, the mean of the members that have a return, NaN with fewer than
    ``min_members``. Raises EventsError for members without a name, ReturnsError for those without
    returns.
    """
    unnamed = members[["portfolio", "security"]].isna().any(axis=1)
    if unnamed.any():
        raise EventsError(f"{int(unnamed.sum()):,} members have no portfolio or security")
    absent = sorted(set(members["security"]) - set(returns.columns), key=str)
    if absent:
        raise ReturnsError(f"no returns of {', '.join(map(str, absent[:5]))} "
                           f"({len(absent)} members)")
    out = {}
    for name, group in members.groupby("portfolio", sort=True):
        part = returns[list(group["security"])]
        out[name] = part.mean(axis=1).where(part.count(axis=1) >= min_members)
    return pd.DataFrame(out, index=returns.index)


def size_portfolios(returns: pd.DataFrame, size: pd.DataFrame, n_portfolios: int = 10
                    ) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Equal-weight returns of size portfolios, and who is in which.

    ``size`` (formation dates × securities) is known at the close of its date. A portfolio formed
    on a date holds from the next session until, inclusive, the next formation. Quantiles are taken
    over the securities with a size on the date. Result: sessions × portfolios 1 (smallest) … n,
    and formation dates × securities with the portfolio, NaN where there is no size.
    """
    size, _ = ordered(size, "size")
    ranks = size.rank(axis=1, pct=True, method="first")
    member = np.ceil((ranks * n_portfolios).round(9)).reindex(columns=returns.columns)
    forms = pd.DatetimeIndex(member.index)
    which = np.searchsorted(forms.to_numpy(), pd.DatetimeIndex(returns.index).to_numpy(),
                            side="left") - 1
    held = np.where(which[:, None] >= 0, member.to_numpy()[np.maximum(which, 0)], np.nan)
    values = returns.to_numpy(dtype=np.float64)
    out = {}
    for p in range(1, n_portfolios + 1):
        inside = (held == p) & np.isfinite(values)
        count = inside.sum(axis=1)
        total = np.where(inside, values, 0.0).sum(axis=1)
        out[p] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return pd.DataFrame(out, index=returns.index), member


def buy_and_hold(panel: Panel, events: pd.DataFrame, benchmarks: pd.DataFrame, *,
                 horizon: Window = (1, 252), non_trading: str = "next",
                 exchange: str | None = "XNYS") -> pd.DataFrame:
    """Buy-and-hold abnormal returns: Π(1 + R_i) − Π(1 + R_b) over ``horizon`` (simple returns).

    Barber & Lyon (1997, J. Finan. Econ. 43, 341–372); test them with skewness-adjusted and
    bootstrap statistics (Lyon, Barber & Tsai 1999, J. Finance 54, 165–201). ``events``: event_id,
    security, date, and ``benchmark``, a column of ``benchmarks`` (sessions by date). One row an
    event: event_id, day_zero, held, benchmark_held, bhar, reason. A missing session of either
    makes it missing; a delisted security is not replaced.
    """
    absent = sorted(set(events["benchmark"]) - set(benchmarks.columns), key=str)
    if absent:
        raise FactorsError(f"no benchmark {', '.join(map(str, absent[:5]))} ({len(absent)} absent)")
    frame = events.reset_index(drop=True)
    benchmarks, _ = ordered(benchmarks, "benchmarks")
    zero = day_zero(frame["date"], panel.sessions, non_trading=non_trading, exchange=exchange,
                    after_close=frame.get("after_close"))
    security = panel.securities.get_indexer(pd.Index(frame["security"]))
    aligned = benchmarks.reindex(pd.DatetimeIndex(panel.sessions).astype(
        pd.DatetimeIndex(benchmarks.index).dtype)).to_numpy(dtype=np.float64)
    column = pd.Index(benchmarks.columns).get_indexer(pd.Index(frame["benchmark"]))
    n = len(frame)
    held, other = np.full(n, np.nan), np.full(n, np.nan)
    reason = zero.reason.copy()
    reason[security < 0] = "unknown_security"
    for i in np.flatnonzero(reason == ""):
        a, b = zero.position[i] + horizon[0], zero.position[i] + horizon[1] + 1
        if a < 0 or b > panel.n_sessions:
            reason[i] = "outside_calendar"
            continue
        own, bench = panel.values[security[i], a:b], aligned[a:b, column[i]]
        held[i], other[i] = np.prod(1 + own) - 1, np.prod(1 + bench) - 1
        if np.isnan(held[i]) or np.isnan(other[i]):
            reason[i] = "missing_day" if np.isnan(held[i]) else "missing_benchmark"
    day = np.full(n, np.datetime64("NaT", "s"), dtype="datetime64[s]")
    known = zero.position >= 0
    day[known] = panel.sessions[zero.position[known]]
    return pd.DataFrame({"event_id": frame["event_id"], "day_zero": day, "held": held,
                         "benchmark_held": other, "bhar": held - other, "reason": reason})


@dataclass(frozen=True)
class CalendarTimeAlpha:
    """Regression of a calendar-time portfolio on factors.

    ``names``: alpha and the factors; ``params``, ``std_errors``, ``t_values``, ``p_values`` (k,);
    ``df``; ``periods`` used, the mean number of firms held in them, and the covariance.
    """

    names: tuple[str, ...]
    params: Floats
    std_errors: Floats
    t_values: Floats
    p_values: Floats
    df: int
    periods: int
    mean_firms: float
    covariance: str

    @property
    def alpha(self) -> float:
        """Abnormal return a period."""
        return float(self.params[0])


def calendar_time_alpha(
    panel: Panel, events: pd.DataFrame, *, factors: Sequence[str] = ("mkt_rf", "smb", "hml"),
    horizon: Window = (1, 252), riskless: str | None = "rf", min_firms: int = 1,
    covariance: str = "hac", lags: int = 5, gaps: str = "calendar", non_trading: str = "next",
    exchange: str | None = "XNYS",
) -> CalendarTimeAlpha:
    """Alpha of the portfolio that holds each firm for ``horizon`` sessions after its event.

    Each session the portfolio is the equal-weight mean of the returns of the securities with an
    event so recent (each once, however many events it has); its return over ``riskless`` is
    regressed on ``factors`` over the sessions with ``min_firms`` (Jaffe 1974; Mandelker 1974;
    Fama 1998, J. Finan. Econ. 49, 283–306). Overlapping holding periods are one portfolio, so
    dependence between events is in its variance.

    ``covariance``: ``"hac"`` Newey–West with ``lags`` (Bartlett weights, no prewhitening),
    ``"hc1"``, or ``"wls"`` with the number of firms as weights.

    ``gaps``: sessions without a firm have no return, and lags can count either way over them.
    ``"calendar"``: a lag is one of sessions, and products across a gap are left out; ``"closed"``:
    the sessions left are taken as consecutive (amplitude modulated and equal spacing in Datta & Du
    2012, Int. Finance Discuss. Pap. 1060). Without gaps the two are one.

    Raises OptionError for an unknown option or too few sessions, FactorsError for an unknown
    factor.
    """
    if gaps not in GAPS:
        raise OptionError(f"gaps must be one of {GAPS}, not {gaps!r}")
    if covariance not in COVARIANCES:
        raise OptionError(f"covariance must be one of {COVARIANCES}, not {covariance!r}")
    held = _held(panel, events, horizon, non_trading, exchange)
    from scipy import stats  # see statistic.py

    inside = held & np.isfinite(panel.values)
    count = inside.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        y = np.where(inside, panel.values, 0.0).sum(axis=0) / count
    if riskless is not None:
        y = y - panel.factors[panel.factor_row(riskless)]
    x = np.stack([np.ones(panel.n_sessions),
                  *(panel.factors[panel.factor_row(f)] for f in factors)], axis=1)
    keep = (count >= max(min_firms, 1)) & np.isfinite(y) & np.isfinite(x).all(axis=1)
    y, x, count = y[keep], x[keep], count[keep]
    n, k = x.shape
    if n <= k:
        raise OptionError(f"{n} sessions with {min_firms} firms are too few for {k} coefficients")
    weight = count / count.mean() if covariance == "wls" else np.ones(n)
    bread = np.linalg.inv((x * weight[:, None]).T @ x)
    params = bread @ (x * weight[:, None]).T @ y
    e = y - x @ params
    if covariance == "wls":
        v = bread * (weight * e**2).sum() / (n - k)
    else:
        scores = x * e[:, None]
        meat = scores.T @ scores
        if covariance == "hac":
            spaced = scores
            if gaps == "calendar":  # zero where no firm was held
                spaced = np.zeros((panel.n_sessions, k))
                spaced[keep] = scores
            for lag in range(1, lags + 1):
                gamma = spaced[lag:].T @ spaced[:-lag]
                meat += (1 - lag / (lags + 1)) * (gamma + gamma.T)
        v = bread @ meat @ bread * (n / (n - k))
    se = np.sqrt(np.diag(v))
    t = params / se
    return CalendarTimeAlpha(("alpha", *factors), params, se, t, 2 * stats.t.sf(np.abs(t), n - k),
                             n - k, n, float(count.mean()), covariance)


def _held(panel: Panel, events: pd.DataFrame, horizon: Window, non_trading: str,
          exchange: str | None) -> Bools:
    """(S, T) whether a security is held on a session."""
    frame = events.reset_index(drop=True)
    zero = day_zero(frame["date"], panel.sessions, non_trading=non_trading, exchange=exchange,
                    after_close=frame.get("after_close"))
    security = panel.securities.get_indexer(pd.Index(frame["security"]))
    held = np.zeros(panel.values.shape, dtype=bool)
    for s, position in zip(security, zero.position, strict=True):
        if s >= 0 and position >= 0:
            held[s, max(position + horizon[0], 0):max(position + horizon[1] + 1, 0)] = True
    return held
