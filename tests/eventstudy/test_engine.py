"""The engine: cases worked by hand, reasons, thin trading, and what must not change results."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.eventstudy import build_panel, engine, event_study
from breachstudy.eventstudy.windows import window_name

DAYS = pd.bdate_range("2019-01-01", periods=160)


@pytest.fixture(scope="module")
def market():
    rng = np.random.default_rng(21)
    return pd.DataFrame({"mkt": rng.normal(0, 0.01, 160), "rf": 0.0001}, DAYS)


@pytest.fixture(scope="module")
def returns(market):
    rng = np.random.default_rng(22)
    return pd.DataFrame(0.001 + 0.8 * market[["mkt"]].to_numpy() + rng.normal(0, 0.02, (160, 5)),
                        DAYS, list("abcde"))


STUDY = {"estimation": (-90, -11), "min_obs": 60, "event_window": (-2, 5),
         "windows": [(-1, 1), (0, 3)]}


def events(*rows):
    return pd.DataFrame([{"security": s, "date": DAYS[i]} for s, i in rows])


def test_constant_mean_by_hand():
    # Estimation returns 1, 2, 3 %: mean 2 %, s² = 1 (per cent squared), then 5 % and 1 %.
    days = pd.bdate_range("2020-01-06", periods=5)
    own = pd.DataFrame({"a": [1.0, 2.0, 3.0, 5.0, 1.0]}, days)
    found = event_study(own, pd.DataFrame({"security": ["a"], "date": [days[3]]}),
                        model="constant_mean", estimation=(-3, -1), min_obs=3,
                        event_window=(0, 1), windows=[(0, 1)])
    assert found.ar[0].tolist() == [3.0, -1.0]
    assert found.ar_se[0] == pytest.approx([np.sqrt(4 / 3)] * 2)
    assert found.car[0, 0] == 2.0
    assert found.car_se[0, 0] == pytest.approx(np.sqrt(2 + 4 / 3))  # not √2 · √(4/3)
    assert (found.s2[0], found.df[0], found.n_obs[0]) == (1.0, 2, 3)


def test_market_adjusted_estimates_nothing(returns, market):
    found = event_study(returns, events(("a", 120)), market, model="market_adjusted", **STUDY)
    ar = (returns["a"] - market["mkt"]).to_numpy()
    assert found.ar[0] == pytest.approx(ar[118:126])
    assert found.s2[0] == pytest.approx((ar[30:110] ** 2).mean())
    assert found.car_se[0, 0] == pytest.approx(np.sqrt(3 * found.s2[0]))
    assert found.params.shape == (1, 0) and found.df[0] == 80


def test_events_that_fall_out_say_why(returns, market):
    returns = returns.copy()
    returns.iloc[30:80, 1] = np.nan
    returns["flat"] = 0.0
    returns.iloc[121, 3] = np.nan
    given = events(("a", 120), ("b", 120), ("zz", 120), ("a", 60), ("d", 120), ("a", 158),
                   ("flat", 120))
    given.loc[7] = ["a", pd.NaT]
    found = event_study(returns, given, market, **STUDY)
    assert found.events["reason"].tolist() == [
        "", "few_observations", "unknown_security", "few_observations", "", "", "no_variance",
        "date_missing"]
    assert found.events["status"].eq("ok").sum() == 3
    assert found.car_reason[4].tolist() == ["missing_day"] * 2
    assert found.car_reason[5].tolist() == ["", "outside_calendar"]
    assert np.isnan(found.car[4]).all()
    assert len(found.tidy()) == 16
    assert found.tidy().set_index("reason").loc[""]["car"].notna().all()
    frame = found.car_frame()
    assert list(frame.columns[:3]) == ["car_m1_p1", "car_m1_p1_se", "car_m1_p1_reason"]


def test_collinear_regressors_are_named(returns, market):
    given = market.assign(mkt_rf=market["mkt"], smb=2 * market["mkt"], hml=1.0)
    found = event_study(returns, events(("a", 120)), given, model="ff3", **STUDY)
    assert found.events["reason"][0] == "collinear"
    assert np.isnan(found.params).all()


def test_results_do_not_depend_on_chunks_order_or_company(returns, market, monkeypatch):
    rows = [(s, i) for s in "abcde" for i in (110, 120, 140)]
    whole = event_study(returns, events(*rows), market, **STUDY)
    monkeypatch.setattr(engine, "CHUNK", 4)
    small = event_study(returns, events(*rows[::-1]), market, **STUDY)
    np.testing.assert_allclose(small.car[::-1], whole.car, rtol=1e-12)
    alone = event_study(returns, events(rows[7]), market, **STUDY)
    np.testing.assert_allclose(alone.car[0], whole.car[7], rtol=1e-12)


def test_long_wide_and_panel_are_one(returns, market):
    long = returns.rename_axis("date").reset_index().melt("date", var_name="security",
                                                          value_name="ret")
    given = events(("a", 120), ("c", 130))
    wide = event_study(returns, given, market, **STUDY)
    np.testing.assert_array_equal(event_study(long, given, market, **STUDY).car, wide.car)
    panel = build_panel(returns, market)
    np.testing.assert_array_equal(event_study(panel, given, **STUDY).car, wide.car)


def test_adding_to_returns_adds_to_cars(returns, market):
    given = events(("a", 120))
    base = event_study(returns, given, market, **STUDY)
    higher = returns.copy()
    higher.iloc[119:122, 0] += 0.01
    found = event_study(higher, given, market, **STUDY)
    assert found.car[0, 0] - base.car[0, 0] == pytest.approx(0.03)
    assert found.car_se[0, 0] == base.car_se[0, 0]


def test_other_events_can_be_kept_out_of_the_estimation_window(returns, market):
    given = events(("a", 70), ("a", 130))
    found = event_study(returns, given, market, estimation=(-69, -11), min_obs=30,
                        event_window=(-2, 5), windows=[(0, 1)], exclude_other_events=True)
    # The second estimation window, 61–119, holds sessions 68–75 of the first event's window.
    assert found.n_obs.tolist() == [59, 51]
    assert np.isnan(found.residuals[1, 7:15]).all()
    kept = [i for i in range(61, 120) if not 68 <= i <= 75]
    slope, intercept = np.polyfit(market["mkt"].iloc[kept], returns["a"].iloc[kept], 1)
    assert found.params[1] == pytest.approx([intercept, slope])


def test_dimson_sums_the_slopes(returns, market):
    m = market["mkt"]
    found = event_study(returns, events(("a", 120)), market, beta="dimson", leads=1, **STUDY)
    x = np.column_stack([np.ones(80), m.iloc[29:109], m.iloc[30:110], m.iloc[31:111]])
    b = np.linalg.lstsq(x, returns["a"].iloc[30:110], rcond=None)[0]
    assert found.params[0, 1] == pytest.approx(b[1:].sum())
    assert found.params[0, 0] == pytest.approx(
        returns["a"].iloc[30:110].mean() - b[1:].sum() * m.iloc[30:110].mean())
    assert found.df[0] == 76


def test_scholes_williams_by_its_formula(returns, market):
    m, y = market["mkt"].to_numpy(), returns["a"].to_numpy()[30:110]
    found = event_study(returns, events(("a", 120)), market, beta="scholes_williams", **STUDY)
    lag, now, lead = m[29:109], m[30:110], m[31:111]
    slopes = [np.cov(x, y)[0, 1] / np.var(x, ddof=1) for x in (lag, now, lead)]
    rho = np.corrcoef(lag, now)[0, 1]
    assert found.params[0, 1] == pytest.approx(sum(slopes) / (1 + 2 * rho))


def test_trade_to_trade_spans_the_gap(returns, market):
    # No trade on day 0: the return of day 1 covers both, and so do the factors and the variance.
    thin = returns.copy()
    thin.iloc[120, 0] = np.nan
    thin.iloc[121, 0] = returns.iloc[120:122, 0].sum()
    given = events(("a", 120))
    one = event_study(thin, given, market, **STUDY)
    assert one.car_reason[0].tolist() == ["missing_day"] * 2
    found = event_study(thin, given, market, thin_trading="trade_to_trade", **STUDY)
    dense = event_study(returns, given, market, **STUDY)
    np.testing.assert_allclose(found.car, dense.car, rtol=1e-10)
    np.testing.assert_allclose(found.car_se, dense.car_se, rtol=1e-10)
    # A window that begins inside the gap has no return of its own.
    cut = event_study(thin, given, market, thin_trading="trade_to_trade",
                      **STUDY | {"windows": [(1, 3)]})
    assert cut.car_reason[0, 0] == "missing_day"


def test_trade_to_trade_weights_by_the_span(market):
    rng = np.random.default_rng(4)
    y = pd.Series(rng.normal(0, 0.02, 160), DAYS)
    y.iloc[60:64] = np.nan
    found = event_study(y.to_frame("a"), events(("a", 120)), market,
                        thin_trading="trade_to_trade", **STUDY)
    rows = [i for i in range(30, 110) if not 60 <= i < 64]
    span = np.array([5.0 if i == 64 else 1.0 for i in rows])
    m = market["mkt"].to_numpy()
    sums = np.array([m[60:65].sum() if i == 64 else m[i] for i in rows])
    x = np.column_stack([span, sums]) / np.sqrt(span)[:, None]
    target = y.iloc[rows].to_numpy() / np.sqrt(span)
    b, rss = np.linalg.lstsq(x, target, rcond=None)[:2]
    assert found.params[0] == pytest.approx(b)
    assert found.s2[0] == pytest.approx(rss[0] / 74)


def test_the_path_holds_one_sample(returns, market):
    broken = returns.copy()
    broken.iloc[124, 1] = np.nan
    found = event_study(broken, events(*((s, 120) for s in "abc")), market, **STUDY)
    path = found.caar()
    assert (path["n"] == 2).all()
    assert path["caar"].to_numpy() == pytest.approx(path["aar"].cumsum().to_numpy())
    total = found.ar[[0, 2]].cumsum(axis=1)[:, -1]
    assert path["caar_se"].iloc[-1] == pytest.approx(abs(total[0] - total[1]) / 2)


@pytest.mark.parametrize(("change", "message"), [
    ({"model": "apt"}, "model must be one of"),
    ({"windows": [(-12, 1)]}, r"window \(-12, 1\) meets the estimation window"),
    ({"windows": [(3, 1)]}, "is empty"),
    ({"windows": [(0, 1), (0, 1)]}, "given twice"),
    ({"model": "ff3"}, "factor 'mkt_rf' is not among the factors given"),
    ({"min_obs": 2}, "leaves no degree of freedom"),
    ({"beta": "dimson", "model": "market_adjusted"}, "belongs to the market model"),
    ({"thin_trading": "yes"}, "thin_trading must be"),
])
def test_wrong_options_are_refused(returns, change, message, market):
    with pytest.raises(ValueError, match=message):
        event_study(returns, events(("a", 120)), market[["mkt"]], **STUDY | change)


def test_wrong_frames_are_refused(returns, market):
    with pytest.raises(ValueError, match="no column date"):
        event_study(returns, pd.DataFrame({"security": ["a"]}), market)
    twice = events(("a", 120), ("b", 120)).assign(event_id=["x", "x"])
    with pytest.raises(ValueError, match="event_id 'x'"):
        event_study(returns, twice, market, **STUDY)
    with pytest.raises(ValueError, match="infinite"):
        event_study(returns.replace(returns.iloc[3, 2], np.inf), events(("a", 120)), market)
    with pytest.raises(ValueError, match="not a session"):
        build_panel(pd.concat([returns, returns.iloc[[0]].set_axis([pd.Timestamp("2019-01-05")])]
                              ).sort_index(), market)
    with pytest.raises(KeyError, match="not among those studied"):
        event_study(returns, events(("a", 120)), market, **STUDY).window_index((0, 9))


def test_window_names():
    assert [window_name(w) for w in [(-1, 1), (0, 3), (-10, -2), (0, 0)]] == [
        "m1_p1", "0_p3", "m10_m2", "0_0"]
