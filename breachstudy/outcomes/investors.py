"""What investors made of an event: abnormal returns, volume, volatility, buy-and-hold returns.

Frames in, frames out. Day 0 is the first session that could price the first public news; events
whose news came after the close move to the next session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.errors import InputError
from breachstudy.eventstudy import EventStudyResult, Panel, event_study, window_name
from breachstudy.eventstudy.calendar import as_sessions
from breachstudy.eventstudy.long_run import buy_and_hold
from breachstudy.outcomes.timing import is_after_close
from breachstudy.schema.codebook import Column

__all__ = ["CAR_WINDOWS", "ESTIMATION", "MODELS", "PATH", "Investors", "event_studies",
           "investor_outcomes", "no_outcomes", "returns_panel", "with_outcomes"]

Floats = NDArray[np.float64]
ESTIMATION, MIN_OBS = (-270, -21), 100
PRIMARY = (-1, 1)
CAR_WINDOWS = ((-10, -2), (-1, 1), (0, 1), (0, 3), (-1, 5), (0, 10), (0, 30), (0, 90))
MODELS = ("market", "market_adjusted", "constant_mean", "ff3", "carhart", "ff5")
PATH = (-10, 90)
"""Sessions whose abnormal return is published."""
VOLATILITY_WINDOW = (2, 61)
VOLUME_WINDOWS = ((-120, -21), (0, 1))
HORIZONS = {"6m": (1, 126), "12m": (1, 252)}
CHUNK = 100_000
DIGITS = 8
"""Abnormal returns are rounded, since the last bits differ between machines."""


@dataclass(frozen=True)
class Investors:
    """``columns`` by event_id for the events table; ``cars``: event × model × window, long;
    ``abnormal_returns``: event × session, market model, long."""

    columns: pd.DataFrame
    cars: pd.DataFrame
    abnormal_returns: pd.DataFrame


def returns_panel(returns: pd.DataFrame, factors: pd.DataFrame) -> Panel:
    """The long returns (security, date, ret) on the sessions of the factors.

    ``mkt`` is mkt_rf + rf. Days after the last factor are left out: no model can price them.
    """
    frame = factors.sort_values("date")
    sessions = as_sessions(frame["date"])
    names = [c for c in frame.columns if c != "date"]
    known = frame[names].to_numpy(dtype=np.float64).T
    mkt = known[names.index("mkt_rf")] + known[names.index("rf")]
    code, securities = _codes(returns["security"])
    values = np.full((len(securities), sessions.size), np.nan)
    column = np.full(int(np.ptp(sessions.astype(np.int64))) + 1, -1, dtype=np.int32)
    first = sessions[0].astype(np.int64)
    column[sessions.astype(np.int64) - first] = np.arange(sessions.size)
    ret, dates = returns["ret"].to_numpy(), returns["date"].to_numpy()
    for begin in range(0, len(returns), CHUNK):  # in parts, to keep the copies small
        part = slice(begin, begin + CHUNK)
        day = dates[part].astype("datetime64[D]").astype(np.int64) - first
        at = column[np.clip(day, 0, column.size - 1)]
        inside = (day >= 0) & (day < column.size) & (at >= 0)
        values[code[part][inside], at[inside]] = ret[part][inside].astype(np.float64).round(6)
    return Panel(sessions, pd.Index(securities), values, np.vstack([known, mkt]),
                 (*names, "mkt"))


def _codes(securities: pd.Series) -> tuple[NDArray[np.int64], pd.Index]:
    """Codes and sorted names of the securities that occur."""
    kept = securities.astype("category").cat.remove_unused_categories()
    ordered = kept.cat.reorder_categories(sorted(kept.cat.categories))
    return ordered.cat.codes.to_numpy(dtype=np.int64), ordered.cat.categories.astype("str")


def investor_outcomes(events: pd.DataFrame, securities: pd.DataFrame, returns: pd.DataFrame,
                      factors: pd.DataFrame) -> Investors:
    """All outcomes of investors.

    ``events``: event_id, firm_id, is_listed, event_date, event_date_basis, public_time,
    scope_revised_lo and _hi. ``securities``: event_id, security, date_used, size_decile, reason
    (what was compiled). ``returns``: security, date, ret, log_volume. ``factors``: date and
    factors, decimals.

    An event keeps its row with ``car_reason`` where it has no primary CAR. Raises ValueError if a
    listed event with a date is missing from ``securities``, or was compiled for another date so
    far off that its windows are not covered.
    """
    own = _study_events(events, securities)
    panel = returns_panel(returns, factors)
    results = _studies(panel, own, residuals=("market",))
    market = results["market"]
    out = _columns(own, market).join(_stale(own, market, panel))
    out = out.join(_matched(own, panel, market))
    out = out.join(_revision(events, own, panel))
    out = out.join(_volatility(market)).join(_long_run(own, panel))
    del panel  # the largest array by far; volumes need room of their own
    out = out.join(_volume(own, market, returns))
    total = out["car_m1_p1"] + out["revision_car_m1_p1"].fillna(0)
    out["total_car_m1_p1"] = total.where(~out["is_revision_unpriced"])
    out = out.drop(columns="is_revision_unpriced")
    unlisted = events.set_index("event_id").index.difference(out.index)
    reasons = events.set_index("event_id").loc[unlisted]
    out = out.reindex(out.index.append(unlisted).sort_values())
    out.loc[unlisted, "car_reason"] = np.where(
        ~reasons["is_listed"].astype(bool), "not_listed", "no_date")
    return Investors(out, _cars(results), _path(market))


def _studies(panel: Panel, own: pd.DataFrame, residuals: Sequence[str]
             ) -> dict[str, EventStudyResult]:
    return {name: event_study(panel, own, model=name, estimation=ESTIMATION, min_obs=MIN_OBS,
                              windows=CAR_WINDOWS, event_window=PATH,
                              keep_residuals=name in residuals) for name in MODELS}


def event_studies(events: pd.DataFrame, securities: pd.DataFrame, returns: pd.DataFrame,
                  factors: pd.DataFrame) -> dict[str, EventStudyResult]:
    """The event studies behind the outcomes, by model, with their residuals, for tests of means.

    Arguments and errors as :func:`investor_outcomes`.
    """
    return _studies(returns_panel(returns, factors), _study_events(events, securities), MODELS)


def with_outcomes(events: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
    """Events joined with their outcomes of investors.

    An event coded as revised whose revision has no date has no total loss: the second part of it
    is unknown, not zero.
    """
    out = events.merge(columns, left_on="event_id", right_index=True, how="left",
                       validate="one_to_one")
    undated = out["is_revised_up"].fillna(False).astype(bool) & (
        out["revision_reason"] == "not_revised")
    out["total_car_m1_p1"] = out["total_car_m1_p1"].mask(undated)
    out["revision_reason"] = out["revision_reason"].mask(undated, "day_unknown")
    return out


def _study_events(events: pd.DataFrame, securities: pd.DataFrame) -> pd.DataFrame:
    listed = events[events["is_listed"].astype(bool) & events["event_date"].notna()]
    own = listed[["event_id", "firm_id", "event_date", "event_date_basis", "public_time"]].merge(
        securities, on="event_id", how="left", validate="one_to_one")
    absent = own.loc[own["security"].isna(), "event_id"]
    moved = own[(pd.to_datetime(own["event_date"]) - pd.to_datetime(own["date_used"])).abs()
                > pd.Timedelta(days=25)]["event_id"]
    if len(absent) or len(moved):
        raise InputError(
            f"data/raw/event_securities.csv, column event_id: {len(absent)} listed events are "
            f"missing and {len(moved)} have another date by now "
            f"({', '.join([*absent, *moved][:8])}); run 'breachstudy compile market'")
    late = [is_after_close(t) if b == "page_day" else None
            for t, b in zip(own["public_time"], own["event_date_basis"], strict=True)]
    return own.assign(date=pd.to_datetime(own["event_date"]), firm=own["firm_id"],
                      is_after_close=pd.array(late, dtype="boolean"),
                      after_close=[bool(v) for v in late]).sort_values(
                          "event_id", ignore_index=True)


def _columns(own: pd.DataFrame, market: EventStudyResult) -> pd.DataFrame:
    """Market-model CARs, day 0, flags and the reason for a missing primary CAR."""
    index = pd.Index(own["event_id"], name="event_id")
    events = market.events
    out: dict[str, Any] = {
        "day_zero": [d.date() if pd.notna(d) else None for d in events["day_zero"]],
        "is_after_close": own["is_after_close"].array,
        "size_decile": own["size_decile"].astype("Int64").array,
        "n_same_day": events["n_same_day"].astype("Int64").array,
        "overlaps_own_event": events["overlaps_same_security"].astype("boolean").array,
    }
    for v, window in enumerate(CAR_WINDOWS):
        out[f"car_{window_name(window)}"] = _number(market.car[:, v])
    v = CAR_WINDOWS.index(PRIMARY)
    out["car_m1_p1_se"] = _number(market.car_se[:, v])
    compiled = own["reason"].fillna("").to_numpy(dtype=object)
    reason = np.where(compiled != "", compiled, market.car_reason[:, v])
    out["car_reason"] = [r or None for r in reason]
    out["beta"] = _number(market.params[:, 1])
    return pd.DataFrame(out, index=index)


def _stale(own: pd.DataFrame, market: EventStudyResult, panel: Panel) -> pd.DataFrame:
    """Share of returns in the estimation window that are exactly zero: prices that stand still
    because nobody trades (Lesmond, Ogden & Trzcinka 1999, *Rev. Financ. Stud.* 12, 1113–1141)."""
    row = panel.securities.get_indexer(pd.Index(own["security"]))
    first = market.position + ESTIMATION[0]
    good = (row >= 0) & (market.position >= 0) & (first >= 0)
    where = np.clip(first[:, None] + np.arange(ESTIMATION[1] - ESTIMATION[0] + 1), 0,
                    panel.n_sessions - 1)
    block = panel.values[np.maximum(row, 0)[:, None], where]
    known = np.isfinite(block).sum(axis=1)
    share = (block == 0).sum(axis=1) / np.maximum(known, 1)
    share = np.where(good & (known >= MIN_OBS), share, np.nan)
    return pd.DataFrame({"zero_return_share": _number(share)},
                        index=pd.Index(own["event_id"], name="event_id"))


def no_outcomes(events: pd.DataFrame, columns: Sequence[Column]) -> Investors:
    """Where no returns were given: every one of ``columns`` missing, with the reason."""
    index = pd.Index(events["event_id"], name="event_id")
    out = pd.DataFrame({c.name: pd.Series(None, index=index, dtype=c.dtype) for c in columns},
                       index=index)
    listed = events["is_listed"].astype(bool).to_numpy()
    dated = events["event_date"].notna().to_numpy()
    out["car_reason"] = np.where(~listed, "not_listed", np.where(dated, "no_prices", "no_date"))
    cars = pd.DataFrame({"event_id": [], "model": [], "window": [], "car": [], "car_se": [],
                         "scar": [], "n_obs": [], "reason": []})
    return Investors(out, cars, pd.DataFrame({"event_id": [], "offset": [], "ar": []}))


def _number(values: Floats) -> Any:
    """Rounded nullable numbers."""
    return pd.array(np.round(values, DIGITS), dtype="Float64")


def _matched(own: pd.DataFrame, panel: Panel, market: EventStudyResult) -> pd.DataFrame:
    """The matched portfolio's own CAR, and the firm's CAR less it."""
    names = "matched:" + own["event_id"]
    study = own.assign(security=names, date=own["date"])
    found = event_study(panel, study[["event_id", "security", "firm", "date", "after_close"]],
                        estimation=ESTIMATION, min_obs=MIN_OBS, windows=CAR_WINDOWS,
                        event_window=PATH, keep_residuals=False)
    v = CAR_WINDOWS.index(PRIMARY)
    return pd.DataFrame({
        "n_matched": own["n_matched"].astype("Int64").array,
        "matched_car_m1_p1": _number(found.car[:, v]),
        "matched_adjusted_car_m1_p1": _number(market.car[:, v] - found.car[:, v]),
    }, index=pd.Index(own["event_id"], name="event_id"))


def _revision(events: pd.DataFrame, own: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """CAR round the first revision of the scope, where its day is known and lies more than three
    sessions after day 0, so that its window shares no session with the disclosure's."""
    index = pd.Index(own["event_id"], name="event_id")
    dates = events.set_index("event_id").reindex(index)
    exact = dates["scope_revised_lo"].notna() & (
        dates["scope_revised_lo"] == dates["scope_revised_hi"])
    study = own.assign(date=pd.to_datetime(dates["scope_revised_lo"].where(exact)).array,
                       after_close=False)
    found = event_study(panel, study[["event_id", "security", "firm", "date", "after_close"]],
                        estimation=ESTIMATION, min_obs=MIN_OBS, windows=(PRIMARY,),
                        event_window=PRIMARY, keep_residuals=False)
    first = panel.sessions.searchsorted(own["date"].to_numpy().astype("datetime64[D]"))
    apart = (found.position >= 0) & (found.position - first > 3)
    car = np.where(apart, found.car[:, 0], np.nan)
    within = (found.position >= 0) & ~apart
    revised = dates["scope_revised_lo"].notna().to_numpy()
    known = np.where(within, "within_window", found.car_reason[:, 0])
    reason = np.where(~revised, "not_revised",
                      np.where(~exact.to_numpy(), "day_unknown", known))
    unpriced = revised & np.isnan(car) & ~within
    return pd.DataFrame({
        "revision_car_m1_p1": _number(car),
        "revision_reason": [r or None for r in reason],
        "is_revision_unpriced": unpriced,
    }, index=index)


def _volatility(market: EventStudyResult) -> pd.DataFrame:
    """log of the standard deviation of abnormal returns in the 60 sessions from day 2 on, over
    that of the estimation residuals."""
    a, b = (v - market.first_offset for v in VOLATILITY_WINDOW)
    after = market.ar[:, a:b + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt((after**2).mean(axis=1))
        change = np.log(spread / np.sqrt(market.s2))
    return pd.DataFrame({"volatility_change": _number(change)},
                        index=pd.Index(market.events["event_id"], name="event_id"))


def _volume(own: pd.DataFrame, market: EventStudyResult, returns: pd.DataFrame) -> pd.DataFrame:
    """Mean log volume on days 0 and 1 less its mean over the sessions −120 to −21."""
    known = returns[returns["log_volume"].notna()]  # portfolios have no volume
    code, names = _codes(known["security"])
    at = market.sessions.searchsorted(known["date"].to_numpy().astype("datetime64[D]"))
    inside = at < market.sessions.size
    values = np.full((len(names) + 1, market.sessions.size), np.nan)
    values[code[inside], at[inside]] = known["log_volume"].to_numpy(dtype=np.float64)[inside]
    row = pd.Index(names).get_indexer(pd.Index(own["security"]))
    means = []
    for first, last in VOLUME_WINDOWS:
        where = market.position[:, None] + np.arange(first, last + 1)
        good = (market.position >= 0) & (where[:, 0] >= 0) & (where[:, -1] < values.shape[1])
        block = values[row[:, None], np.clip(where, 0, values.shape[1] - 1)]
        count = np.isfinite(block).sum(axis=1)
        good &= count >= (last - first + 1) * 0.8
        total = np.where(np.isfinite(block), block, 0.0).sum(axis=1)
        means.append(np.where(good, total / np.maximum(count, 1), np.nan))
    return pd.DataFrame({"abnormal_volume": _number(means[1] - means[0])},
                        index=pd.Index(own["event_id"], name="event_id"))


def _long_run(own: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Buy-and-hold abnormal returns over 6 and 12 months against market and matched portfolio."""
    market = pd.DataFrame({"mkt": panel.factors[panel.factor_row("mkt")]},
                          index=pd.DatetimeIndex(panel.sessions))
    events = own[["event_id", "security", "date", "after_close"]].assign(benchmark="mkt")
    portfolios = events.assign(security="matched:" + own["event_id"])
    out: dict[str, Any] = {}
    for label, horizon in HORIZONS.items():
        firm = buy_and_hold(panel, events, market, horizon=horizon)
        matched = buy_and_hold(panel, portfolios, market, horizon=horizon)
        out[f"bhar_{label}_market"] = _number(firm["bhar"].to_numpy(dtype=np.float64))
        out[f"bhar_{label}_reason"] = [r or None for r in firm["reason"]]
        out[f"bhar_{label}_matched"] = _number(
            (firm["held"] - matched["held"]).to_numpy(dtype=np.float64))
    return pd.DataFrame(out, index=pd.Index(own["event_id"], name="event_id"))


def _cars(results: Mapping[str, EventStudyResult]) -> pd.DataFrame:
    parts = []
    for name, found in results.items():
        tidy = found.tidy()[["event_id", "window", "car", "car_se", "scar", "n_obs", "reason"]]
        parts.append(tidy.assign(model=name))
    out = pd.concat(parts, ignore_index=True)
    for column in ("car", "car_se", "scar"):
        out[column] = _number(out[column].to_numpy(dtype=np.float64))
    out["reason"] = [r or None for r in out["reason"]]
    out["n_obs"] = out["n_obs"].astype("Int64")
    return out.sort_values(["event_id", "model", "window"], ignore_index=True)


def _path(market: EventStudyResult) -> pd.DataFrame:
    frame = market.ar_frame()
    frame = frame[frame["ar"].notna()]
    return pd.DataFrame({
        "event_id": frame["event_id"].to_numpy(dtype=object),
        "offset": frame["offset"].astype("Int64").to_numpy(),
        "ar": _number(frame["ar"].to_numpy(dtype=np.float64)),
    }).sort_values(["event_id", "offset"], ignore_index=True)
