"""Statistics: cases worked by hand, invariances, size, and what makes them unavailable."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from breachstudy.eventstudy import STATISTICS, USUAL, event_study, window_statistics, window_tests
from breachstudy.eventstudy.parametric import clustered_t
from breachstudy.eventstudy.resampling import wild_bootstrap
from breachstudy.eventstudy.samples import WindowSample


def sample(car, *, scar=None, df=None, cluster=None, residuals=None, ar=None, inside=None,
           position=None, window=(0, 0)):
    car = np.array(car, dtype=float)
    n = car.size
    ar = car[:, None] if ar is None else np.array(ar, dtype=float)
    return WindowSample(
        window=window, car=car, se=np.ones(n) if scar is None else car / np.array(scar),
        df=np.full(n, 100) if df is None else np.array(df),
        position=np.arange(n) * 500 if position is None else np.array(position),
        cluster=np.arange(n) if cluster is None else np.array(cluster),
        residuals=None if residuals is None else np.array(residuals, dtype=float),
        sigma=np.ones(n), ar=ar,
        inside=np.ones(ar.shape[1], dtype=bool) if inside is None else np.array(inside))


def value(name, given):
    return STATISTICS[name](given)


def test_cross_sectional_t_by_hand():
    # 1, 2, 3: mean 2, sd 1, t = 2√3.
    found = value("cross_sectional_t", sample([1, 2, 3]))
    assert found.value == pytest.approx(2 * np.sqrt(3)) and found.df == 2
    assert found.p_value == pytest.approx(2 * stats.t.sf(2 * np.sqrt(3), 2))


def test_patell_by_hand():
    # SCAR 1, 2 with 6 and 10 degrees of freedom: 3 / √(6/4 + 10/8).
    found = value("patell", sample([1, 1], scar=[1, 2], df=[6, 10]))
    assert found.value == pytest.approx(3 / np.sqrt(1.5 + 1.25))


def test_clustered_t_by_hand():
    # Values 1, 3 | 5: mean 3, sums of deviations −2 and 2; variance (4 + 4)·2/9.
    t, df = clustered_t(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1]))
    assert t == pytest.approx(3 / np.sqrt(16 / 9)) and df == 1


def test_rank_by_hand():
    # Two events, three estimation sessions and day 0, which is the largest and second largest.
    # Ranks/(1 + 4) − 1/2: (−.3, −.1, .1, .3) and (−.3, .3, −.1, .1).
    given = sample([9, 5], residuals=[[1, 2, 3], [1, 8, 4]], ar=[[9], [5]])
    daily = np.array([-0.6, 0.2, 0.0, 0.4]) / np.sqrt(2)
    expected = daily[3] / np.sqrt((daily**2).mean())
    assert value("rank", given).value == pytest.approx(expected)


def test_rank_of_a_missing_return_by_hand():
    # The second event has two residuals: its three values have ranks over 4.
    given = sample([9, 5], residuals=[[1, 2, 3], [np.nan, 8, 4]], ar=[[9], [5]])
    daily = np.array([-0.3, (-0.1 + 0.25) / np.sqrt(2), (0.1 - 0.25) / np.sqrt(2),
                      0.3 / np.sqrt(2)])
    assert value("rank", given).value == pytest.approx(daily[3] / np.sqrt((daily**2).mean()))


def test_signs_by_hand():
    residuals = [[1, 1, -1, 1], [-1, -1, 1, -1], [1, -1, 1, -1]]  # shares 3/4, 1/4, 1/2
    given = sample([1, 2, 3], residuals=residuals)
    assert value("sign", given).value == pytest.approx(1.5 / np.sqrt(0.75))
    assert value("generalised_sign", given).value == pytest.approx(1.5 / np.sqrt(0.75))
    skewed = sample([1, 2, 3], residuals=[[1, -1, -1, -1]] * 3)
    assert value("generalised_sign", skewed).value == pytest.approx(
        (3 - 0.75) / np.sqrt(3 * 0.25 * 0.75))


def test_wilcoxon_by_hand():
    # |values| 1, 2, 3, 4 with signs −, +, +, +: V = 9; P(V ≥ 9 or ≤ 1) = 4/16.
    found = value("wilcoxon", sample([-1, 2, 3, 4]))
    assert (found.value, found.p_value) == (9.0, pytest.approx(0.25))


def test_skewness_adjustment_vanishes_without_skewness():
    found = value("skewness_adjusted_t", sample([-2, 0, 1, 2, 4]))  # symmetric about 1
    assert found.value == pytest.approx(value("cross_sectional_t", sample([-2, 0, 1, 2, 4])).value)


def test_wild_bootstrap_enumerates_all_signs():
    car = np.array([0.5, 1.0, -0.2, 2.0, 0.9])
    observed = abs(stats.ttest_1samp(car, 0).statistic)
    all_t = [abs(stats.ttest_1samp(car * np.array(w), 0).statistic)
             for w in itertools.product([-1, 1], repeat=5)]
    expected = np.mean([t >= observed - 1e-9 for t in all_t])
    found = wild_bootstrap(sample(car), draws=32)
    assert found.p_value == expected
    assert found.value == pytest.approx(stats.ttest_1samp(car, 0).statistic)


def test_wild_bootstrap_draws_near_the_enumeration_and_repeats():
    rng = np.random.default_rng(8)
    car = rng.normal(0.4, 1, 14)
    exact = wild_bootstrap(sample(car), draws=2**14)
    drawn = wild_bootstrap(sample(car), draws=4000, seed=3)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=4 * np.sqrt(0.25 / 4000))
    assert wild_bootstrap(sample(car), draws=4000, seed=3) == drawn


def test_wild_bootstrap_draws_one_sign_a_cluster():
    # Pairs of equal values, each pair a cluster: the same as one value a pair.
    car = np.array([0.5, 1.0, -0.2, 2.0, 0.9])
    pairs = sample(np.repeat(car, 2), cluster=np.repeat(np.arange(5), 2))
    assert wild_bootstrap(pairs).p_value == wild_bootstrap(sample(car)).p_value


SYMMETRIC = ["cross_sectional_t", "patell", "bmp", "kolari_pynnonen_overlap",
             "kolari_pynnonen_2010", "brown_warner", "rank", "grank_t", "sign",
             "skewness_adjusted_t"]


@pytest.mark.parametrize("name", SYMMETRIC)
def test_statistics_turn_with_the_sign_of_returns_and_know_no_units(name):
    rng = np.random.default_rng(5)
    days = pd.bdate_range("2020-01-01", periods=120)
    market = pd.Series(rng.normal(0, 0.01, 120), days)
    returns = pd.DataFrame(rng.normal(0, 0.02, (120, 8)), days, list("abcdefgh"))
    events = pd.DataFrame({"security": returns.columns, "date": days[100:108]})
    study = {"estimation": (-90, -11), "min_obs": 60, "event_window": (-2, 2),
             "windows": [(-1, 1)]}

    def found(scale):
        result = event_study(returns * scale, events, market * scale,
                             unit="percent" if scale == 100 else "decimal", **study)
        return window_tests(result, statistics=[name])["value"][0]

    assert found(-1.0) == pytest.approx(-found(1.0), rel=1e-9)
    assert found(100.0) == pytest.approx(found(1.0), rel=1e-9)


def test_every_statistic_is_there_for_each_group_and_window():
    rng = np.random.default_rng(6)
    days = pd.bdate_range("2020-01-01", periods=120)
    returns = pd.DataFrame(rng.normal(0, 0.02, (120, 6)), days, list("abcdef"))
    events = pd.DataFrame({"security": list("abcdef"), "date": days[100],
                           "group": ["x"] * 3 + ["y"] * 3})
    result = event_study(returns, events, pd.Series(rng.normal(0, 0.01, 120), days),
                         estimation=(-90, -11), min_obs=60, event_window=(-2, 2),
                         windows=[(0, 0), (-1, 1)])
    found = window_tests(result, by="group")
    assert len(found) == 2 * 2 * len(USUAL)
    assert (found["n"] == 3).all() and found["reason"].eq("").all()
    assert found["p_value"].between(0, 1).all()
    with pytest.raises(KeyError, match="neither among those studied"):
        window_tests(result, [(0, 1)])
    with pytest.raises(KeyError, match="no column 'sector'"):
        window_tests(result, cluster="sector")
    with pytest.raises(ValueError, match="no statistic t2"):
        window_tests(result, statistics=["t2"])


def test_unavailable_statistics_say_why():
    alone = {t.name: t for t in window_statistics(sample([1.0], residuals=[[1, -1]]))}
    for name in ("cross_sectional_t", "bmp", "kolari_pynnonen_overlap", "grank_t", "wild_bootstrap",
                 "skewness_adjusted_t"):
        assert np.isnan(alone[name].value) and alone[name].reason == "too_few_events"
    bare = {t.name: t.reason for t in window_statistics(sample([1.0, 2.0, 4.0]))}
    assert {k for k, v in bare.items() if v == "no_residuals"} == {
        "kolari_pynnonen_overlap", "brown_warner", "rank", "grank_t", "generalised_sign"}
    empty = window_statistics(sample([], residuals=np.empty((0, 5)), ar=np.empty((0, 1))))
    assert all(np.isnan(t.value) and t.reason for t in empty)
    none = window_statistics(sample([], ar=np.empty((0, 1))))
    assert all(t.reason for t in none)
    short = sample([1, 2, 4], position=[5, 5, 5], residuals=[[1, 2, 0], [3, 1, 2], [0, 1, 5]])
    assert value("kolari_pynnonen_overlap", short).reason == "correlation_not_usable"


def test_size_with_event_induced_variance():
    # Under no effect but doubled volatility on the event day, BMP rejects at its level and
    # Patell far too often. 400 studies of 30 events: Monte Carlo error of 5 % is 1.1 points.
    rng = np.random.default_rng(9)
    reject = {"bmp": 0, "patell": 0, "cross_sectional_t": 0}
    for _ in range(400):
        z = 2 * rng.standard_t(100, 30)
        for t in window_statistics(sample(z, scar=z), list(reject)):
            reject[t.name] += t.p_value < 0.05
    assert abs(reject["bmp"] / 400 - 0.05) < 0.033
    assert reject["patell"] / 400 > 0.25
