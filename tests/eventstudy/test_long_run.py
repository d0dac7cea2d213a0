"""Buy-and-hold returns, portfolios and calendar time, by hand."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.eventstudy import build_panel, compound
from breachstudy.eventstudy.long_run import (
    buy_and_hold,
    calendar_time_alpha,
    portfolio_returns,
    size_portfolios,
)

DAYS = pd.bdate_range("2020-01-06", periods=6)
RETURNS = pd.DataFrame({"a": [0.0, 0.1, 0.1, -0.1, 0.0, 0.2],
                        "b": [0.0, 0.0, 0.1, 0.1, np.nan, 0.0],
                        "c": [0.01] * 6}, DAYS)


def events(*rows):
    return pd.DataFrame([{"event_id": f"e{i}", "security": s, "date": DAYS[d], "benchmark": b}
                         for i, (s, d, b) in enumerate(rows)])


def test_buy_and_hold_compounds_both_sides():
    given = events(("a", 0, "c"), ("b", 2, "c"), ("a", 4, "c"), ("z", 0, "c"))
    found = buy_and_hold(build_panel(RETURNS), given, RETURNS[["c"]], horizon=(1, 3))
    assert found["held"][0] == pytest.approx(1.1 * 1.1 * 0.9 - 1)
    assert found["bhar"][0] == pytest.approx(1.1 * 1.1 * 0.9 - 1.01**3)
    assert found["reason"].tolist() == ["", "missing_day", "outside_calendar", "unknown_security"]
    assert found["bhar"][1:].isna().all()


def test_a_benchmark_with_a_gap_makes_no_partial_product():
    found = buy_and_hold(build_panel(RETURNS), events(("a", 2, "b")), RETURNS[["b"]],
                         horizon=(1, 2))
    assert found["reason"].tolist() == ["missing_benchmark"]
    with pytest.raises(ValueError, match="no benchmark x"):
        buy_and_hold(build_panel(RETURNS), events(("a", 2, "x")), RETURNS[["b"]])


def test_portfolio_is_the_mean_of_those_that_trade():
    members = pd.DataFrame({"portfolio": ["p", "p", "q"], "security": ["a", "b", "c"]})
    found = portfolio_returns(RETURNS, members)
    assert found["p"].tolist() == pytest.approx([0.0, 0.05, 0.1, 0.0, 0.0, 0.1])
    assert portfolio_returns(RETURNS, members, min_members=2)["p"].isna().sum() == 1
    with pytest.raises(ValueError, match="no returns of x"):
        portfolio_returns(RETURNS, members.assign(security="x"))


def test_size_portfolios_hold_from_the_session_after_formation():
    size = pd.DataFrame({"a": [1.0, 9.0], "b": [2.0, 2.0], "c": [np.nan, 1.0]}, DAYS[[0, 3]])
    found, member = size_portfolios(RETURNS, size, 2)
    assert member.loc[DAYS[0]].tolist()[:2] == [1.0, 2.0] and np.isnan(member.iloc[0, 2])
    assert member.loc[DAYS[3]].tolist() == [2.0, 2.0, 1.0]
    assert np.isnan(found[1].iloc[0])          # not yet formed
    assert found[1].iloc[1:4].tolist() == pytest.approx([0.1, 0.1, -0.1])   # a
    assert found[1].iloc[4:].tolist() == pytest.approx([0.01, 0.01])        # c
    assert found[2].iloc[4:].tolist() == pytest.approx([0.0, 0.1])  # a and b, then a alone


def test_calendar_time_holds_a_firm_once_and_finds_its_alpha():
    rng = np.random.default_rng(2)
    days = pd.bdate_range("2018-01-01", periods=400)
    m = rng.normal(0, 0.01, 400)
    returns = pd.DataFrame(0.8 * m[:, None] + rng.normal(0, 0.001, (400, 3)), days, list("abc"))
    given = pd.DataFrame({"security": ["a", "a", "b"], "date": days[[20, 25, 30]]})
    returns.iloc[21:331, :2] += 0.003
    panel = build_panel(returns, pd.DataFrame({"mkt": m}, days))
    found = calendar_time_alpha(panel, given, factors=("mkt",), riskless=None, horizon=(1, 300))
    assert found.alpha == pytest.approx(0.003, abs=4 * found.std_errors[0])
    assert found.params[1] == pytest.approx(0.8, abs=0.05)
    assert found.periods == 310            # sessions 21 to 330
    assert found.mean_firms == pytest.approx((305 + 300) / 310)  # a once on 21–325, b on 31–330
    with pytest.raises(ValueError, match="covariance must be one of"):
        calendar_time_alpha(panel, given, factors=("mkt",), covariance="white")
    with pytest.raises(ValueError, match="too few"):
        calendar_time_alpha(panel, given, factors=("mkt",), riskless=None, min_firms=9)


def test_compounding_needs_every_session():
    found = compound(RETURNS[["a", "b"]], pd.Index([1, 1, 1, 2, 2, 2]))
    assert found["a"].tolist() == pytest.approx([0.21, 0.9 * 1.2 - 1])
    assert found["b"].isna().tolist() == [False, True]
    with pytest.raises(ValueError, match="2 period labels for 6"):
        compound(RETURNS, pd.Index([1, 2]))
