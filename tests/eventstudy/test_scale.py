"""Parts and backends give the numbers of the whole, to the bit."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from breachstudy import MOVED
from breachstudy.estimation.parallel import Backend
from breachstudy.eventstudy import OptionError, event_study, event_study_parts, window_tests
from breachstudy.eventstudy.estimating import Arrays

N = 1_300  # more than two chunks
DAYS = pd.bdate_range("2012-01-02", periods=500)
ARRAYS = ("ar", "ar_se", "car", "car_se", "params", "n_obs", "df", "s2", "residuals", "position")
STUDY = {"estimation": (-120, -11), "min_obs": 60, "event_window": (-2, 3),
         "windows": [(-1, 1), (0, 3)], "exclude_other_events": True}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(2)
    market = pd.Series(rng.normal(0, 0.01, 500), DAYS)
    returns = pd.DataFrame(market.to_numpy()[:, None] + rng.normal(0, 0.02, (500, 40)), DAYS,
                           [f"s{i}" for i in range(40)])
    returns = returns.mask(rng.random(returns.shape) < 0.01)
    events = pd.DataFrame({"security": [f"s{i}" for i in rng.integers(0, 42, N)],
                           "date": DAYS[rng.integers(0, 500, N)],
                           "sector": rng.choice(["a", "b"], N)})
    return returns, events, market


@pytest.fixture(scope="module")
def whole(data):
    returns, events, market = data
    return event_study(returns, events, market, carry=["sector"], **STUDY)


@pytest.mark.parametrize("size", [1, 333, 5_000])
def test_parts_are_the_whole(data, whole, size):
    returns, events, market = data
    chosen, right = events, whole
    if size == 1:  # one event alone is summed in another order: the last bit may differ
        chosen = events[:40]
        right = event_study(returns, chosen, market, carry=["sector"], **STUDY)
    parts = list(event_study_parts(returns, chosen, market, size=size, carry=["sector"], **STUDY))
    assert len(parts) == -(-len(chosen) // size)
    for name in ARRAYS:
        joined = np.concatenate([getattr(p, name) for p in parts])
        np.testing.assert_allclose(joined, getattr(right, name), rtol=1e-11 * (size == 1),
                                   atol=1e-15 * (size == 1), err_msg=name)
    np.testing.assert_array_equal(np.concatenate([p.car_reason for p in parts]), right.car_reason)
    pd.testing.assert_frame_equal(pd.concat([p.events for p in parts], ignore_index=True),
                                  right.events)


@pytest.mark.parametrize("backend", [Backend(), Backend("threading", 2), Backend("loky", 2),
                                     "threading", "environment"])
def test_backends_give_the_same_numbers(data, whole, backend, monkeypatch):
    monkeypatch.setenv("BREACHSTUDY_BACKEND", "threading")
    returns, events, market = data
    found = event_study(returns, events, market, carry=["sector"], backend=backend, **STUDY)
    for name in (*ARRAYS, "car_reason"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name), err_msg=name)
    pd.testing.assert_frame_equal(found.events, whole.events)


def test_dask_gives_the_same_numbers(data, whole):
    distributed = pytest.importorskip("distributed")
    returns, events, market = data
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False,
                                  dashboard_address=None) as cluster, (
            distributed.Client(cluster)):
        found = event_study(returns, events, market, carry=["sector"], backend=Backend("dask", 2),
                            **STUDY)
    np.testing.assert_array_equal(found.car, whole.car)


def test_a_lean_result_has_the_same_cars_and_says_what_it_lacks(data, whole):
    returns, events, market = data
    lean = event_study(returns, events, market, keep_daily=False, keep_residuals=False, **STUDY)
    np.testing.assert_array_equal(lean.car, whole.car)
    np.testing.assert_array_equal(lean.car_se, whole.car_se)
    assert lean.ar.shape == (N, 0) and lean.residuals is None
    names = ["cross_sectional_t", "patell", "bmp", "sign", "wilcoxon"]
    pd.testing.assert_frame_equal(window_tests(lean, statistics=names, cluster="security"),
                                  window_tests(whole, statistics=names, cluster="security"))
    assert window_tests(lean, statistics=["rank"], cluster="security")["reason"].eq(
        "no_residuals").all()
    for call in (lean.caar, lean.ar_frame):
        with pytest.raises(OptionError, match="keep_daily=True"):
            call()
    with pytest.raises(OptionError, match="size must be"):
        next(event_study_parts(returns, events, market, size=0))


def test_carried_columns_group_and_cluster(whole):
    found = window_tests(whole, by="sector", cluster="sector", statistics=["cross_sectional_t"])
    assert found["group"].unique().tolist() == ["a", "b"]


def test_arrays_without_daily_returns_hold_none():
    assert Arrays.empty(3, 2, 0, 0, 1).ar.size == 0


def test_the_room_can_be_used_alone():
    code = ("import sys, breachstudy.eventstudy; "
            "print('\\n'.join(m for m in sys.modules if m.startswith(('breachstudy.', "
            "'exchange_calendars', 'joblib', 'matplotlib'))))")
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                            check=True).stdout.split()
    own = {"breachstudy.errors", "breachstudy._version",
           *(f"breachstudy.{old}" for old in MOVED)}  # names only, behind which nothing is loaded
    assert [m for m in loaded if not m.startswith("breachstudy.eventstudy") and m not in own] == []
