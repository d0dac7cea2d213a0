"""Outcomes of investors on invented returns whose abnormal parts are known."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from breachstudy.errors import FactError
from breachstudy.facts.returns import read_returns, returns_bytes
from breachstudy.outcomes.investors import investor_outcomes, returns_panel, with_outcomes

ROOT = Path(__file__).parents[2]
SESSIONS = pd.bdate_range("2015-01-01", periods=700)
AT = 400
EXACT = 1e-6
"""Returns are stored to six digits, so sums of three differ by at most a few in the seventh."""


def market():
    rng = np.random.default_rng(1)
    mkt = rng.normal(0, 0.01, len(SESSIONS)).round(6)
    return pd.DataFrame({"date": SESSIONS.date, "mkt_rf": mkt, "smb": rng.normal(0, .005, 700),
                         "hml": rng.normal(0, .005, 700), "rmw": rng.normal(0, .005, 700),
                         "cma": rng.normal(0, .005, 700), "mom": rng.normal(0, .005, 700),
                         "rf": 0.0, "sp500": mkt})


def series(name, shocks=(), beta=1.0, noise=0.001, seed=2, volume=True):
    factors = market()
    rng = np.random.default_rng(seed)
    ret = beta * factors["mkt_rf"].to_numpy() + rng.normal(0, noise, 700)
    for offset, size in shocks:
        ret[AT + offset] += size
    return pd.DataFrame({"security": name, "date": SESSIONS, "ret": ret.round(6),
                         "log_volume": rng.normal(0, .1, 700) if volume else np.nan})


def event(**fields):
    return {"event_id": "bolt-2016", "firm_id": "bolt", "is_listed": True,
            "event_date": SESSIONS[AT].date(), "event_date_basis": "page_day",
            "public_time": None, "scope_revised_lo": None, "scope_revised_hi": None,
            "is_revised_up": pd.NA, **fields}


def securities(**fields):
    return {"event_id": "bolt-2016", "security": "BLT", "date_used": SESSIONS[AT].date(),
            "size_decile": 5, "n_matched": 6, "matched_by": "industry", "reason": None, **fields}


def outcomes(events, listed, returns):
    frame = pd.DataFrame(events)
    return investor_outcomes(frame, pd.DataFrame(listed).astype({"size_decile": "Int64"}),
                             pd.concat(returns), market())


def test_a_known_loss_is_found_and_the_matched_portfolio_is_not_hit():
    returns = [series("BLT", [(0, -0.10), (1, -0.05), (5, 0.04)], beta=1.3),
               series("matched:bolt-2016", seed=9, volume=False)]
    row = outcomes([event()], [securities()], returns).columns.loc["bolt-2016"]
    # Noise of 0.1% a day: three days have a standard error of 0.17%.
    assert row["car_m1_p1"] == pytest.approx(-0.15, abs=0.007)
    assert row["car_0_p10"] == pytest.approx(-0.11, abs=0.015)
    assert row["car_m10_m2"] == pytest.approx(0, abs=0.012)
    assert row["matched_car_m1_p1"] == pytest.approx(0, abs=0.007)
    assert row["matched_adjusted_car_m1_p1"] == pytest.approx(
        row["car_m1_p1"] - row["matched_car_m1_p1"], abs=EXACT)
    assert row["beta"] == pytest.approx(1.3, abs=0.05) and row["day_zero"] == SESSIONS[AT].date()
    assert pd.isna(row["car_reason"]) and row["total_car_m1_p1"] == row["car_m1_p1"]


def test_news_after_the_close_moves_day_zero_but_not_for_register_dates():
    returns = [series("BLT", [(0, -0.10)])]
    late = outcomes([event(public_time="late Friday (after close)")], [securities()], returns)
    assert late.columns.loc["bolt-2016", "day_zero"] == SESSIONS[AT + 1].date()
    register = outcomes([event(public_time="evening", event_date_basis="register")],
                        [securities()], returns)
    assert register.columns.loc["bolt-2016", "day_zero"] == SESSIONS[AT].date()
    assert register.columns.loc["bolt-2016", "is_after_close"] is pd.NA


def test_a_missing_day_gives_a_reason_never_a_partial_sum():
    returns = series("BLT", [(0, -0.10)])
    returns = returns[returns["date"] != SESSIONS[AT + 1]]
    row = outcomes([event()], [securities()], [returns]).columns.loc["bolt-2016"]
    assert pd.isna(row["car_m1_p1"]) and row["car_reason"] == "missing_day"
    assert row["car_m10_m2"] == pytest.approx(0, abs=0.012)


def test_a_revision_adds_its_own_window():
    day = SESSIONS[AT + 20].date()
    found = outcomes([event(scope_revised_lo=day, scope_revised_hi=day)], [securities()],
                     [series("BLT", [(0, -0.10), (20, -0.03)])]).columns.loc["bolt-2016"]
    assert found["revision_car_m1_p1"] == pytest.approx(-0.03, abs=0.007)
    assert found["total_car_m1_p1"] == pytest.approx(-0.13, abs=0.012)


@pytest.mark.parametrize(("lo", "hi", "reason", "total"), [
    (None, None, "not_revised", True), (AT + 2, AT + 2, "within_window", True),
    (AT + 20, AT + 40, "day_unknown", False)])
def test_why_a_revision_has_no_window(lo, hi, reason, total):
    days = [None if d is None else SESSIONS[d].date() for d in (lo, hi)]
    found = outcomes([event(scope_revised_lo=days[0], scope_revised_hi=days[1])], [securities()],
                     [series("BLT")]).columns.loc["bolt-2016"]
    assert found["revision_reason"] == reason
    assert pd.notna(found["total_car_m1_p1"]) == total


def test_coded_as_revised_without_a_date_has_no_total_loss():
    events = pd.DataFrame([event(is_revised_up=True)]).astype({"is_revised_up": "boolean"})
    found = investor_outcomes(events, pd.DataFrame([securities()]), series("BLT"), market())
    assert pd.isna(with_outcomes(events, found.columns)["total_car_m1_p1"][0])


def test_volume_and_volatility_rise_where_they_were_raised():
    returns = series("BLT", [(d, (-1) ** d * 0.02) for d in range(2, 62)])
    returns.loc[AT:AT + 1, "log_volume"] += 1.5
    row = outcomes([event()], [securities()], [returns]).columns.loc["bolt-2016"]
    assert row["abnormal_volume"] == pytest.approx(1.5, abs=0.25)
    assert row["volatility_change"] == pytest.approx(np.log(20), abs=0.15)


def test_days_on_which_the_price_stood_still_are_counted():
    returns = series("BLT")
    returns.loc[AT - 270:AT - 246, "ret"] = 0.0  # 25 of the 250 days before
    row = outcomes([event()], [securities()], [returns]).columns.loc["bolt-2016"]
    assert row["zero_return_share"] == pytest.approx(0.1, abs=EXACT)


def test_buy_and_hold_is_a_difference_of_products():
    returns = [series("BLT", beta=0.5), series("matched:bolt-2016", seed=9, volume=False)]
    row = outcomes([event()], [securities()], returns).columns.loc["bolt-2016"]
    span = slice(AT + 1, AT + 127)
    products = [np.prod(1 + r["ret"].to_numpy()[span]) for r in returns]
    assert row["bhar_6m_matched"] == pytest.approx(products[0] - products[1], abs=EXACT)
    mkt = np.prod(1 + market()["mkt_rf"].to_numpy()[span])
    assert row["bhar_6m_market"] == pytest.approx(products[0] - mkt, abs=EXACT)


def test_events_that_were_not_compiled_or_moved_far_are_named():
    with pytest.raises(ValueError, match="1 listed events are missing"):
        outcomes([event()], [securities(event_id="other")], [series("BLT")])
    with pytest.raises(ValueError, match="1 have another date by now"):
        outcomes([event()], [securities(date_used=dt.date(2015, 3, 2))], [series("BLT")])


def test_unlisted_and_undated_events_say_so():
    events = [event(), event(event_id="x", is_listed=False),
              event(event_id="y", event_date=None)]
    found = outcomes(events, [securities()], [series("BLT")]).columns
    assert found.loc["x", "car_reason"] == "not_listed"
    assert found.loc["y", "car_reason"] == "no_date"


def test_returns_survive_the_file_and_faults_are_told_at_once():
    frame = series("BLT")
    data = returns_bytes(frame, {"source": "invented"})
    back = read_returns(data)
    assert np.allclose(back["ret"], frame["ret"], atol=1e-7) and data == returns_bytes(
        frame, {"source": "invented"})
    doubled = returns_bytes(pd.concat([frame, frame.head(2).assign(ret=-1.5)]), {})
    with pytest.raises(FactError) as error:
        read_returns(doubled)
    assert "2 problems" in str(error.value) and "2 such rows" in str(error.value)
    with pytest.raises(FactError, match="is not a Parquet file"):
        read_returns(b"no")


def test_equifax_fell_as_the_published_closes_say():
    """Closes of 142.72 and 123.23 on 7 and 8 September 2017."""
    returns = read_returns((ROOT / "data" / "raw" / "returns.parquet").read_bytes())
    own = returns[(returns["security"] == "EFX") & (returns["date"] == "2017-09-08")]
    # Adjusted prices carry four digits, and the return is stored in single precision.
    assert own["ret"].iloc[0] == pytest.approx(123.23 / 142.72 - 1, abs=1e-4)


def test_target_rose_as_the_published_closes_say():
    returns = read_returns((ROOT / "data" / "raw" / "returns.parquet").read_bytes())
    own = returns[returns["security"] == "TGT"].set_index("date")["ret"]
    assert own["2013-12-19"] == pytest.approx(62.15 / 63.55 - 1, abs=1e-4)
    assert own["2013-12-20"] == pytest.approx(62.49 / 62.15 - 1, abs=1e-4)


def test_the_panel_leaves_out_days_without_factors():
    extra = series("BLT")
    extra.loc[len(extra)] = ["BLT", SESSIONS[-1] + pd.Timedelta(days=7), 0.5, 0.0]
    panel = returns_panel(extra, market())
    assert panel.n_sessions == 700 and np.nanmax(panel.values) < 0.5
