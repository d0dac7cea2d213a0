"""Inputs that once gave a wrong number without a word; the right value is worked out beside it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from breachstudy.errors import BreachstudyError
from breachstudy.eventstudy import (
    MODELS,
    EventsError,
    EventStudyError,
    FactorsError,
    ReturnsError,
    UnknownColumnError,
    UnknownWindowError,
    build_panel,
    compound,
    event_study,
    returns_from_prices,
    window_sample,
    window_tests,
)
from breachstudy.eventstudy.long_run import calendar_time_alpha, portfolio_returns
from breachstudy.eventstudy.nonparametric import generalised_sign, sign, wilcoxon
from breachstudy.eventstudy.parametric import bmp, kolari_pynnonen_2010, kolari_pynnonen_overlap
from breachstudy.eventstudy.samples import WindowSample

T = 180
DAYS = pd.bdate_range("2016-01-04", periods=T)
STUDY = {"estimation": (-120, -11), "min_obs": 60, "event_window": (-2, 2), "windows": [(-1, 1)]}
FACTORS = ("mkt_rf", "smb", "hml", "rmw", "cma", "mom")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(8)
    factors = pd.DataFrame(rng.normal(0, 0.01, (T, 6)), DAYS, FACTORS).assign(rf=0.0002)
    factors["mkt"] = factors["mkt_rf"] + factors["rf"]
    returns = pd.DataFrame({f"s{i}": factors["mkt"] + rng.normal(0, 0.02, T) for i in range(8)})
    events = pd.DataFrame({"security": returns.columns, "date": DAYS[150]})
    return returns, factors, events


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("constant", [0.0, 0.00037])
def test_a_security_that_stands_still_has_no_variance_in_any_model(data, model, constant):
    returns, factors, events = data
    halted = returns.assign(halt=constant)
    halted.loc[DAYS[150], "halt"] = -0.2
    both = pd.concat([events, pd.DataFrame({"security": ["halt"], "date": DAYS[150]})])
    found = event_study(halted, both, factors, model=model, **STUDY)
    assert found.events["reason"].tolist() == [""] * 8 + ["no_variance"]
    right = event_study(returns, events, factors, model=model, **STUDY)
    for name in ("patell", "bmp"):
        assert (window_tests(found, statistics=[name])["value"][0]
                == window_tests(right, statistics=[name])["value"][0])


def test_an_exact_fit_has_no_variance(data):
    returns, factors, events = data
    geared = returns.assign(s0=2 * factors["mkt"] + 0.001)
    found = event_study(geared, events, factors, **STUDY)
    assert found.events["reason"].tolist() == ["no_variance"] + [""] * 7
    thin = event_study(returns.assign(s0=0.0), events, factors, thin_trading="trade_to_trade",
                       **STUDY)
    assert thin.events["reason"].tolist() == ["no_variance"] + [""] * 7


def test_events_without_a_firm_are_not_one_firm(data):
    returns, factors, events = data
    firms = events.assign(firm=["f0", "f1", "", None, " ", "f2", "f3", "f4"],
                          event_id=list("abcdefgh"))
    found = event_study(returns, firms, factors, **STUDY)
    assert found.events["n_same_firm"].tolist() == [1, 1, 0, 0, 0, 1, 1, 1]
    with pytest.raises(EventsError, match="3 events have no firm to cluster by: c, d, e"):
        window_tests(found)
    with pytest.raises(EventsError, match="no firm to cluster by"):
        found.caar(cluster="firm")
    alone = window_tests(found, statistics=["cross_sectional_t"], cluster="security").iloc[0]
    right = stats.ttest_1samp(found.car[:, 0], 0)
    assert (alone["n_clusters"], alone["df"]) == (8, 7)
    assert alone["value"] == pytest.approx(right.statistic, rel=1e-12)


def test_events_without_a_group_do_not_leave_quietly(data):
    returns, factors, events = data
    found = event_study(returns, events.assign(group=["x"] * 4 + ["y"] * 3 + [None]), factors,
                        **STUDY)
    with pytest.raises(EventsError, match="1 events have no group to group by: 7"):
        window_tests(found, by="group")
    with pytest.raises(UnknownColumnError, match="no column 'sector'"):
        window_tests(found, by="sector")
    with pytest.raises(UnknownWindowError, match="neither among"):
        window_sample(found, (0, 5))


def test_an_empty_market_is_the_market(data):
    returns, factors, events = data
    own = events.assign(market=["smb", "", None, float("nan"), " ", "mkt", "hml", "mkt"])
    found = event_study(returns, own, factors, **STUDY)
    plain = event_study(returns, events, factors, **STUDY)
    np.testing.assert_array_equal(found.car[1:6], plain.car[1:6])
    assert found.car[0, 0] != plain.car[0, 0]


def test_a_security_day_in_two_groups_counts_once_in_the_pool(data):
    returns, factors, events = data
    twice = pd.concat([events.assign(group="own"), events[:5].assign(group="vendor")])
    found = event_study(returns, twice, factors, **STUDY)
    once = event_study(returns, events, factors, **STUDY)
    pooled, right = window_tests(found), window_tests(once)
    pd.testing.assert_frame_equal(pooled, right)
    assert window_tests(found, by="group").groupby("group")["n"].first().to_dict() == {
        "own": 8, "vendor": 5}
    pd.testing.assert_frame_equal(found.caar(), once.caar())
    assert window_sample(found, (-1, 1), drop_duplicates=False).n == 13


def sample_of(car, residuals=None):
    n = len(car)
    return WindowSample((0, 0), np.asarray(car, float), np.ones(n), np.full(n, 50), np.arange(n),
                        np.arange(n), residuals, np.ones(n), np.asarray(car, float)[:, None],
                        np.ones(1, dtype=bool))


def test_a_zero_has_no_sign():
    sample = sample_of([0.0] * 12 + [0.02, 0.01, 0.04, -0.01])
    found = sign(sample)
    assert found.value == pytest.approx((3 - 2) / np.sqrt(1.0)) and found.n == 4
    assert wilcoxon(sample).n == 4
    residuals = np.tile([0.0, 0.0, 0.0, 1.0, 1.0, -1.0], (16, 1))
    share = generalised_sign(sample_of(sample.car, residuals)).value
    assert share == pytest.approx((3 - 4 * 2 / 3) / np.sqrt(4 * 2 / 9))
    assert sign(sample_of([0.0, 1e-15])).reason == "too_few_events"


@given(st.lists(st.sampled_from([-2.0, -1.0, 1.0, 3.0]), min_size=2, max_size=30),
       st.integers(0, 20))
def test_zeros_change_no_sign_test(car, zeros):
    for test in (sign, wilcoxon):
        assert test(sample_of([*car, *[0.0] * zeros])).value == test(sample_of(car)).value


def test_both_corrections_for_correlation(data):
    rng = np.random.default_rng(3)
    returns, factors, _ = data
    shared = returns.add(rng.normal(0, 0.02, T), axis=0)
    spread = pd.DataFrame({"security": shared.columns, "date": DAYS[150:158]})
    sample = window_sample(event_study(shared, spread, factors, **STUDY), (-1, 1))
    # All pairs alike, by date, in plain loops.
    pairs = []
    for i in range(8):
        for j in range(8):
            if i != j:
                gap = sample.position[j] - sample.position[i]
                a = sample.residuals[i][max(gap, 0):110 + min(gap, 0)]
                b = sample.residuals[j][max(-gap, 0):110 - max(gap, 0)]
                pairs.append(np.corrcoef(a, b)[0, 1])
    r = np.mean(pairs)
    assert r > 0.3
    right = bmp(sample).value * np.sqrt((1 - r) / (1 + 7 * r))
    published, overlap = kolari_pynnonen_2010(sample), kolari_pynnonen_overlap(sample)
    assert published.value == pytest.approx(right, rel=1e-10)
    # By overlap, pairs three sessions apart or more are uncorrelated: a smaller correction.
    assert abs(published.value) < abs(overlap.value) < abs(bmp(sample).value)
    together = pd.DataFrame({"security": shared.columns, "date": DAYS[150]})
    one_day = window_sample(event_study(shared, together, factors, **STUDY), (-1, 1))
    assert kolari_pynnonen_2010(one_day).value == pytest.approx(
        kolari_pynnonen_overlap(one_day).value, rel=1e-10)
    far = spread.assign(date=[DAYS[130], *[DAYS[150]] * 6, DAYS[177]])
    apart = window_sample(event_study(shared, far, factors, **STUDY), (-1, 1))
    assert np.isfinite(kolari_pynnonen_2010(apart).value)


def test_the_skewness_adjusted_t_warns_of_few_events(data):
    returns, factors, events = data
    found = window_tests(event_study(returns, events, factors, **STUDY)).set_index("statistic")
    assert found.loc["skewness_adjusted_t", "note"] == "few_for_skewness"
    assert (found["note"].drop("skewness_adjusted_t") == "").all()
    many = pd.concat([events.assign(date=DAYS[d]) for d in range(150, 154)])
    many = window_tests(event_study(returns, many, factors, **STUDY)).set_index("statistic")
    assert many.loc["skewness_adjusted_t", "note"] == ""


def test_more_than_the_whole_loss_is_refused_with_its_rows(data):
    returns, factors, events = data
    wrong = returns.copy()
    wrong.iloc[3, 1], wrong.iloc[9, 4] = -1.4, -2.0
    with pytest.raises(ReturnsError, match=r"s1 on 2016-01-07: -1\.4; s4 on 2016-01-15: -2"):
        event_study(wrong, events, factors, **STUDY)
    assert build_panel(wrong, unit="percent").unit == "percent"
    assert build_panel(returns.assign(s0=-1.0)).values.min() == -1  # all is lost
    prices = pd.DataFrame({"a": [10.0, -11.0], "b": [0.0, 2.0]}, DAYS[:2])
    with pytest.raises(ReturnsError, match=r"a on 2016-01-05: -11.*absolute value"):
        returns_from_prices(prices)


def test_text_that_is_no_number_is_refused_with_its_place(data):
    returns, factors, events = data
    wrong = returns.astype(object)
    wrong.iloc[5, 2] = "n.a."
    with pytest.raises(ReturnsError, match=r"return of s2 on 2016-01-11 is not a number: 'n\.a\.'"):
        event_study(wrong, events, factors, **STUDY)
    long = pd.DataFrame({"security": ["a", None], "date": DAYS[:2], "ret": [0.1, 0.2]})
    with pytest.raises(ReturnsError, match="1 rows have no security"):
        build_panel(long)


def test_lags_count_sessions_of_the_calendar(data):
    returns, factors, _ = data
    # Firms are held in two spells with a gap between; the lag must not reach across it.
    events = pd.DataFrame({"security": ["s0", "s1"], "date": [DAYS[20], DAYS[100]]})
    panel = build_panel(returns, factors)
    wanted = {"factors": ("mkt_rf",), "horizon": (1, 30), "lags": 4}
    calendar = calendar_time_alpha(panel, events, **wanted)
    closed = calendar_time_alpha(panel, events, gaps="closed", **wanted)
    spells = [slice(21, 51), slice(101, 131)]
    y = np.concatenate([returns[f"s{i}"].to_numpy()[s] for i, s in enumerate(spells)]) - 0.0002
    x = np.concatenate([factors["mkt_rf"].to_numpy()[s] for s in spells])
    x = np.column_stack([np.ones(60), x])
    bread = np.linalg.inv(x.T @ x)
    scores = x * (y - x @ bread @ x.T @ y)[:, None]

    def errors(blocks):
        meat = scores.T @ scores
        for block in blocks:
            for lag in range(1, 5):
                gamma = block[lag:].T @ block[:-lag]
                meat = meat + (1 - lag / 5) * (gamma + gamma.T)
        return np.sqrt(np.diag(bread @ meat @ bread) * 60 / 58)

    np.testing.assert_allclose(calendar.std_errors, errors([scores[:30], scores[30:]]), rtol=1e-10)
    np.testing.assert_allclose(closed.std_errors, errors([scores]), rtol=1e-10)
    assert abs(calendar.std_errors[0] / closed.std_errors[0] - 1) > 1e-6
    with pytest.raises(ValueError, match="gaps must be one of"):
        calendar_time_alpha(panel, events, gaps="none", **wanted)


def test_rows_that_do_not_belong_together_are_refused(data):
    returns, factors, events = data
    found = event_study(returns, events, factors, **STUDY)
    mask = pd.Series([True] * 4 + [False] * 4)
    assert window_sample(found, (-1, 1), among=mask).n == 4
    with pytest.raises(EventsError, match="labelled otherwise"):
        window_sample(found, (-1, 1), among=mask[::-1])
    months = pd.Series(DAYS.to_period("M"), DAYS)
    assert len(compound(returns, months)) == months.nunique()
    with pytest.raises(ReturnsError, match="labelled differently"):
        compound(returns, months[::-1])
    with pytest.raises(ReturnsError, match="have no period"):
        compound(returns, months.mask(months.index < DAYS[3]))
    members = pd.DataFrame({"portfolio": ["p", None], "security": ["s0", "s1"]})
    with pytest.raises(EventsError, match="1 members have no portfolio"):
        portfolio_returns(returns, members)


def test_errors_have_names_and_are_still_value_errors(data):
    returns, factors, events = data
    with pytest.raises(FactorsError) as error:
        event_study(returns, events, factors[["smb"]], **STUDY)
    assert isinstance(error.value, EventStudyError | BreachstudyError)
    assert isinstance(error.value, ValueError)
    assert str(UnknownColumnError("no 'x'")) == "no 'x'"
