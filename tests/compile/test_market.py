"""Returns and matched portfolios from invented prices; the committed tables hold together."""

import datetime as dt

import numpy as np
import pandas as pd

from breachstudy.compile.market import PriceFiles, compile_market, resolve_security

DAYS = pd.bdate_range("2014-01-01", periods=700)
AT = 400


def price_files(n=120, jump=None):
    rng = np.random.default_rng(0)
    rows = []
    for i in range(n):
        path = 20 * np.exp(np.cumsum(rng.normal(0, 0.01, 700)))
        if jump and i == 1:
            path[AT + 3:] *= jump
        rows.append(pd.DataFrame({"ticker": f"T{i:03}", "date": DAYS, "adj_close": path,
                                  "close": path, "volume": 1000.0 * (i + 1)}))
    factors = pd.DataFrame({"date": DAYS, **dict.fromkeys(
        ["mkt_rf", "smb", "hml", "rmw", "cma", "mom", "rf"], 0.001)})
    index = pd.DataFrame({"date": DAYS, "sp500_close": 100.0})
    return PriceFiles(pd.concat(rows), factors, index, {})


def tables():
    firms = pd.DataFrame([{"firm_id": f"f{i:03}", "price_ticker": f"T{i:03}",
                           "industry": "retail" if i < 12 else "health",
                           "valid_from": None, "valid_to": None} for i in range(120)])
    events = pd.DataFrame([{"event_id": "f001-2015", "firm_id": "f001", "price_ticker": "T001",
                            "event_date": DAYS[AT].date(), "is_listed": True,
                            "is_issuer_notice": False},
                           {"event_id": "f002-2015", "firm_id": "f002", "price_ticker": "T002",
                            "event_date": DAYS[AT].date() + dt.timedelta(days=200),
                            "is_listed": True, "is_issuer_notice": False}])
    return events, firms


def test_matches_share_the_industry_are_near_in_size_and_quiet():
    events, firms = tables()
    made = compile_market(price_files(), events, firms, dt.date(2016, 12, 31))
    own = made.matched_firms[made.matched_firms["event_id"] == "f001-2015"]
    # Of the retailers f000 to f011, f001 is the breached one and f002 has a breach of its own near.
    assert set(own["firm_id"]) <= {f"f{i:03}" for i in range(12)} - {"f001", "f002"}
    assert len(own) == 8 and own["log_size_gap"].abs().is_monotonic_increasing
    row = made.event_securities.set_index("event_id").loc["f001-2015"]
    assert row["matched_by"] == "industry" and 1 <= row["size_decile"] <= 10
    names = {f"T{int(f[1:]):03}" for f in own["firm_id"]}
    wide = made.returns[made.returns["security"] == "matched:f001-2015"].set_index("date")["ret"]
    prices = price_files().prices.pivot(index="date", columns="ticker", values="adj_close")
    expected = (prices[sorted(names)] / prices[sorted(names)].shift() - 1).mean(axis=1)
    assert np.allclose(wide, expected.reindex(wide.index), atol=1e-6)


def test_returns_divide_by_the_earlier_price_and_no_level_leaves():
    events, firms = tables()
    files = price_files()
    made = compile_market(files, events, firms, dt.date(2016, 12, 31))
    own = made.returns[made.returns["security"] == "T001"].set_index("date")["ret"]
    price = files.prices[files.prices["ticker"] == "T001"].set_index("date")["adj_close"]
    day = DAYS[AT]
    assert np.isclose(own[day], price[day] / price[DAYS[AT - 1]] - 1, atol=1e-6)
    assert set(made.returns.columns) == {"security", "date", "ret", "log_volume"}
    assert abs(made.returns.loc[made.returns["security"] == "T001", "log_volume"]).max() < 1e-3


def test_a_jump_beyond_threefold_is_left_out_and_listed():
    events, firms = tables()
    made = compile_market(price_files(jump=10), events, firms, dt.date(2016, 12, 31))
    checks = made.return_checks.set_index(["security", "date"])["verdict"]
    assert checks["T001", DAYS[AT + 3].date()] == "left_out"
    own = made.returns[made.returns["security"] == "T001"]
    assert DAYS[AT + 3] not in set(own["date"]) and DAYS[AT + 4] in set(own["date"])


def test_a_reused_ticker_is_the_earlier_security_while_that_lasts():
    reused = {"AMTD": dt.date(2019, 7, 5)}
    assert resolve_security("AMTD", dt.date(2014, 1, 2), reused) == "AMTD#old"
    assert resolve_security("AMTD", dt.date(2019, 7, 6), reused) == "AMTD"
    assert resolve_security("EFX", dt.date(2017, 9, 7), reused) == "EFX"
