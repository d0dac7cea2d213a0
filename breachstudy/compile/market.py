"""Daily returns round the events, and a portfolio of matched firms for each, from price files.

Prices stay where they are: what leaves this module are returns, volumes relative to a security's
own mean, deciles of size, and names of matched firms.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.dataset.covariates import SECTOR_GROUPS
from breachstudy.eventstudy.returns import returns_from_prices

__all__ = ["AFTER", "BEFORE", "EXTREME", "MATCHES", "MIN_MATCHES", "Market", "PriceFiles",
           "compile_market", "read_price_files", "resolve_security"]

Floats = NDArray[np.float64]
BEFORE, AFTER = 320, 300
"""Sessions kept before and after an event: the estimation window begins at −270 and the longest
outcome ends at +252; the rest lets an event date move without compiling again."""
MATCHES, MIN_MATCHES = 8, 5
QUIET_DAYS = 365
"""A matched firm has no known breach of its own within this many days of the event."""
SIZE_WINDOW = (60, 21)
"""Size is the mean of price × volume from 60 to 21 sessions before the event."""
EXTREME = 3.0
"""A daily return beyond ×3 or ÷3 is left out: the table return_checks lists them."""


@dataclass(frozen=True)
class PriceFiles:
    """``prices``: ticker, date, adj_close, close, volume. ``factors``: date and daily factors in
    decimals. ``index``: date, sp500_close. ``reused``: ticker, last day of the earlier security."""

    prices: pd.DataFrame
    factors: pd.DataFrame
    index: pd.DataFrame
    reused: dict[str, dt.date]


@dataclass(frozen=True)
class Market:
    """Compiled tables. ``returns``: security, date, ret, log_volume (long; portfolios of matched
    firms are securities named ``matched:<event_id>``). ``factors``, ``event_securities``,
    ``matched_firms``, ``return_checks`` as in the codebook."""

    returns: pd.DataFrame
    factors: pd.DataFrame
    event_securities: pd.DataFrame
    matched_firms: pd.DataFrame
    return_checks: pd.DataFrame


def read_price_files(folder: Path) -> PriceFiles:
    """Read the public price and factor files of a folder (see docs/sources.md).

    Raises FileNotFoundError that names a missing file.
    """
    prices = pd.read_parquet(folder / "prices.parquet",
                             columns=["ticker", "date", "adj_close", "close", "volume"])
    prices["date"] = pd.to_datetime(prices["date"])
    factors = pd.read_parquet(folder / "factors.parquet")
    factors["date"] = pd.to_datetime(factors["date"])
    index = pd.read_parquet(folder / "index.parquet")
    index["date"] = pd.to_datetime(index["date"])
    reused = pd.read_csv(folder / "ticker_reuse_old_segments.csv", parse_dates=["last"])
    return PriceFiles(prices, factors, index,
                      dict(zip(reused["ticker"], reused["last"].dt.date, strict=True)))


def resolve_security(ticker: str, day: dt.date, reused: dict[str, dt.date]) -> str:
    """The series of a ticker on a day: the earlier security while its segment lasts.

    A key that names the earlier security never stands for the later one, even where the prices
    of the earlier have ended.
    """
    if ticker.endswith("#old"):
        return ticker
    if ticker in reused and day <= reused[ticker]:
        return f"{ticker}#old"
    return ticker


def compile_market(files: PriceFiles, events: pd.DataFrame, firms: pd.DataFrame,
                   last_factor_day: dt.date) -> Market:
    """Returns, matched portfolios and size for every listed event with a date.

    ``events``: event_id, firm_id, price_ticker, event_date, is_listed, is_issuer_notice.
    ``firms``: the crosswalk's spells (firm_id, price_ticker, industry, valid_from, valid_to).
    """
    sessions = pd.DatetimeIndex(files.index["date"][files.index["date"] >= "2003-01-01"])
    sessions = sessions[sessions <= files.prices["date"].max()]
    own = files.prices[files.prices["date"].isin(sessions)]
    adjusted = own.pivot(index="date", columns="ticker", values="adj_close").reindex(sessions)
    returns = returns_from_prices(adjusted)
    checks = _checks(returns, own, sessions)
    values = returns.to_numpy(copy=True)
    drop = checks[checks["verdict"] == "left_out"]
    rows = sessions.get_indexer(pd.DatetimeIndex(drop["date"]))
    values[rows, returns.columns.get_indexer(pd.Index(drop["security"]))] = np.nan
    volume = own.pivot(index="date", columns="ticker", values="volume").reindex(sessions)
    close = own.pivot(index="date", columns="ticker", values="close").reindex(sessions)
    close = close.fillna(adjusted)
    size = _size(close.to_numpy(), volume.to_numpy())
    tickers = {t: i for i, t in enumerate(returns.columns)}

    listed = events[events["is_listed"].astype(bool) & events["event_date"].notna()].sort_values(
        "event_id")
    busy = _breach_days(events)
    universe = _universe(firms, tickers)
    days = sessions.to_numpy().astype("datetime64[D]")
    securities: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    portfolios: list[pd.DataFrame] = []
    for event in listed.itertuples(index=False):
        security = resolve_security(event.price_ticker, event.event_date, files.reused)
        at = int(np.searchsorted(days, np.datetime64(event.event_date)))
        row: dict[str, Any] = {"event_id": event.event_id, "security": security,
                               "date_used": event.event_date, "size_decile": None, "n_matched": 0,
                               "matched_by": None, "reason": None}
        securities.append(row)
        if security not in tickers:
            row["reason"] = "no_prices"
            continue
        if at >= days.size or not np.isfinite(values[max(at - BEFORE, 0):at + 1,
                                                     tickers[security]]).any():
            row["reason"] = "prices_end_before"
            continue
        lo, hi = max(at - BEFORE, 0), min(at + AFTER, days.size - 1)
        spans[security].append((lo, hi))
        row["size_decile"] = _decile(size[at], tickers[security])
        chosen, by = _matched(event, security, at, values, size, universe, busy, tickers)
        row["n_matched"], row["matched_by"] = len(chosen), by
        if not chosen:
            continue
        columns = [tickers[c] for c, _, _ in chosen]
        portfolio, enough = _mean_of(values[lo:hi + 1][:, columns])
        portfolios.append(pd.DataFrame({
            "security": f"matched:{event.event_id}", "date": days[lo:hi + 1][enough],
            "ret": portfolio[enough], "log_volume": np.nan}))
        members += [{"event_id": event.event_id, "rank": k, "security": c, "firm_id": f,
                     "log_size_gap": round(gap, 4)}
                    for k, (c, f, gap) in enumerate(chosen, start=1)]
    parts = [_extract(s, own_spans, days, values[:, tickers[s]], volume[s].to_numpy())
             for s, own_spans in sorted(spans.items())]
    long = pd.concat([*parts, *portfolios], ignore_index=True)
    long["ret"] = long["ret"].round(6).astype("float32")
    long["log_volume"] = long["log_volume"].round(3).astype("float32")
    kept = set(spans) | {m["security"] for m in members}
    return Market(long, _factors(files, last_factor_day), pd.DataFrame(securities),
                  pd.DataFrame(members),
                  checks[checks["security"].isin(kept)].reset_index(drop=True))


def _checks(returns: pd.DataFrame, own: pd.DataFrame, sessions: pd.DatetimeIndex) -> pd.DataFrame:
    """Returns beyond half in a day, and what was done with each."""
    values = returns.to_numpy()
    day, column = np.nonzero(np.abs(values) > 0.5)
    close = own.pivot(index="date", columns="ticker", values="close").reindex(sessions)
    plain = returns_from_prices(close).to_numpy()
    found = values[day, column]
    left_out = np.abs(np.log1p(found)) > np.log(EXTREME)
    unadjusted = plain[day, column]
    return pd.DataFrame({
        "security": returns.columns[column], "date": sessions[day].date, "ret": found.round(6),
        "ret_unadjusted": unadjusted.round(6),
        "verdict": np.where(left_out, "left_out", "kept")}).sort_values(["security", "date"])


def _size(close: Floats, volume: Floats) -> Floats:
    """Mean price × volume over the window before each session; the last known one within about a
    year where volumes are missing."""
    traded = pd.DataFrame(close * volume)
    length = SIZE_WINDOW[0] - SIZE_WINDOW[1] + 1
    mean = traded.rolling(length, min_periods=length // 2).mean().shift(SIZE_WINDOW[1])
    return np.asarray(mean.ffill(limit=400), dtype=np.float64)


def _decile(row: Floats, column: int) -> int | None:
    known = row[np.isfinite(row) & (row > 0)]
    if not np.isfinite(row[column]) or row[column] <= 0 or known.size < 100:
        return None
    rank = (known < row[column]).mean()
    return int(min(rank * 10, 9)) + 1


def _breach_days(events: pd.DataFrame) -> dict[str, list[dt.date]]:
    out: dict[str, list[dt.date]] = defaultdict(list)
    known = events[events["firm_id"].notna() & events["event_date"].notna()
                   & ~events["is_issuer_notice"].fillna(False).astype(bool)]
    for firm, day in zip(known["firm_id"], known["event_date"], strict=True):
        out[firm].append(day)
    return out


Universe = list[tuple[str, str, str, dt.date | None, dt.date | None]]


def _universe(firms: pd.DataFrame, tickers: dict[str, int]) -> Universe:
    """Securities that can serve as matches: ticker, firm, industry and the days of the spell."""
    out: Universe = []
    for spell in firms.sort_values(["price_ticker", "firm_id"]).to_dict("records"):
        if spell["price_ticker"] in tickers and isinstance(spell["industry"], str):
            start, end = (d if isinstance(d, dt.date) else None
                          for d in (spell["valid_from"], spell["valid_to"]))
            out.append((spell["price_ticker"], spell["firm_id"], spell["industry"], start, end))
    return out


def _matched(event: Any, security: str, at: int, values: Floats, size: Floats, universe: Universe,
             busy: dict[str, list[dt.date]], tickers: dict[str, int]
             ) -> tuple[list[tuple[str, str, float]], str | None]:
    """The firms of the industry nearest in size that have no breach near the event; of the wider
    sector where the industry has too few. (ticker, firm, log size gap), by nearness."""
    industry = next((i for _, f, i, _, _ in universe if f == event.firm_id), None)
    own_size = size[at, tickers[security]]
    if industry is None or not np.isfinite(own_size) or own_size <= 0:
        return [], None
    group = next(g for g, own in SECTOR_GROUPS.items() if industry in own)
    levels = (("industry", {industry}), ("sector", set(SECTOR_GROUPS[group])))
    for by, industries in levels:
        found: dict[str, tuple[str, str, float]] = {}
        for ticker, firm, kind, start, end in universe:
            if kind not in industries or firm == event.firm_id or ticker == security or (
                    start and event.event_date < start) or (end and event.event_date > end):
                continue
            if any(abs((event.event_date - d).days) <= QUIET_DAYS for d in busy.get(firm, ())):
                continue
            column = tickers[ticker]
            other = size[at, column]
            if not np.isfinite(other) or other <= 0:
                continue
            window = values[max(at - 270, 0):at + 11, column]
            if window.size < 281 or np.isnan(window[-21:]).any() or (
                    np.isfinite(window[:250]).sum() < 200):
                continue
            gap = float(np.log(other / own_size))
            if firm not in found or abs(gap) < abs(found[firm][2]):
                found[firm] = (ticker, firm, gap)
        if len(found) >= MIN_MATCHES:
            return sorted(found.values(), key=lambda m: (abs(m[2]), m[0]))[:MATCHES], by
    return [], None


def _mean_of(block: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Equal-weight mean of the members with a return, where at least MIN_MATCHES have one."""
    known = np.isfinite(block)
    n = known.sum(axis=1)
    enough = n >= MIN_MATCHES
    return np.where(known, block, 0.0).sum(axis=1) / np.maximum(n, 1), enough


def _extract(security: str, spans: list[tuple[int, int]], days: NDArray[np.datetime64],
             returns: Floats, volume: Floats) -> pd.DataFrame:
    keep = np.zeros(days.size, dtype=bool)
    for lo, hi in spans:
        keep[lo:hi + 1] = True
    keep &= np.isfinite(returns)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(volume > 0, np.log(volume), np.nan)
    inside = logs[keep]
    mean = np.nanmean(inside) if np.isfinite(inside).any() else np.nan
    return pd.DataFrame({"security": security, "date": days[keep], "ret": returns[keep],
                         "log_volume": inside - mean})


def _factors(files: PriceFiles, last: dt.date) -> pd.DataFrame:
    """Daily factors in decimals with the return of the S&P 500 index beside them."""
    frame = files.factors.rename(columns=str.lower)
    names = {"mkt-rf": "mkt_rf", "umd": "mom"}
    frame = frame.rename(columns=names).sort_values("date")
    index = files.index.sort_values("date")
    index = index.assign(sp500=index["sp500_close"].pct_change().round(6))[["date", "sp500"]]
    frame = frame.merge(index, on="date", how="left")
    keep = frame["date"].between(pd.Timestamp("2003-01-01"), pd.Timestamp(last))
    columns = ["mkt_rf", "smb", "hml", "rmw", "cma", "mom", "rf", "sp500"]
    out = frame.loc[keep, ["date", *columns]].reset_index(drop=True)
    out[columns] = out[columns].round(6)
    return out.assign(date=out["date"].dt.date)
