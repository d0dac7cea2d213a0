"""Joint test of a curve: one permutation refitted model by model, size, power, a Dask cluster."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation import curve_test as module
from breachstudy.estimation.curve_test import curve_test
from breachstudy.estimation.parallel import Backend, task_seeds
from breachstudy.estimation.permutation import permuted_rows
from breachstudy.estimation.spec_curve import (
    SpecError,
    Specification,
    control_subsets,
    fit_curve,
    specification_grid,
)

N = 60
SPECS = specification_grid(["y", "z"], ["t", "u"], control_subsets(["a", "b"]), ["all", "some"])


def _frame(seed, effect=0.0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(N, 3)), columns=["t", "a", "b"])
    frame["u"] = frame["t"] + 0.5 * rng.normal(size=N)
    frame["y"] = effect * frame["t"] + frame["a"] + rng.exponential(size=N)
    frame["z"] = frame["y"] + rng.normal(size=N)
    return frame


SOME = {"some": pd.Series(np.arange(N) % 4 > 0)}


def test_permuted_curves_equal_refits():
    frame = _frame(1)
    frame.loc[:5, "u"] = np.nan
    frame.loc[3:9, "a"] = np.nan
    found = curve_test(frame, SPECS, samples=SOME, draws=99, seed=4)
    rows = permuted_rows((np.arange(N) > 5).astype(int), module.BATCH,
                         np.random.default_rng(task_seeds(4, 2)[0]))
    for b in range(3):
        shuffled = frame.copy()
        shuffled[["t", "u"]] = frame[["t", "u"]].to_numpy()[rows[b]]
        curve = fit_curve(shuffled, SPECS, samples=SOME)
        assert found.null[b, 0] == pytest.approx(abs(np.median(curve.estimate)), rel=1e-8)
        signs = np.sign(curve.estimate) * (curve.p_value <= 0.05)
        assert found.null[b, 1] == max((signs > 0).mean(), (signs < 0).mean())


def test_statistics_by_hand():
    # Two models with t = 2 and −1 at infinite df: median (1 − 3)/2, one of two significant up.
    got = module._summary(np.array([[1.0, -3.0]]), np.array([[2.0, -1.0]]),
                          np.array([1e12, 1e12]), 1, 0.05)[0]
    assert got == pytest.approx([-1.0, 0.5, (2 - 1) / 2**0.5], abs=1e-6)
    down = module._summary(np.array([[1.0, -3.0]]), np.array([[2.0, -1.0]]),
                           np.array([1e12, 1e12]), -1, 0.05)[0]
    assert down == pytest.approx([1.0, 0.0, -(2 - 1) / 2**0.5], abs=1e-6)


def test_observed_statistics_are_those_of_the_curve():
    frame = _frame(2, effect=0.6)
    curve = fit_curve(frame, SPECS, samples=SOME)
    found = curve_test(frame, SPECS, samples=SOME, sign=1, draws=99)
    assert found.observed[0] == pytest.approx(np.median(curve.estimate))
    assert found.observed[1] == ((curve.p_value <= 0.05) & (curve.estimate > 0)).mean()
    table = found.tidy()
    assert list(table["statistic"]) == list(module.STATISTICS) and found.n_specs == len(SPECS)


def test_finds_an_effect_and_its_sign():
    frame = _frame(3, effect=1.0)
    assert (curve_test(frame, SPECS, samples=SOME, sign=1, draws=199).p_value <= 0.01).all()
    assert (curve_test(frame, SPECS, samples=SOME, sign=-1, draws=199).p_value > 0.9).any()


def test_size_is_held_where_single_models_would_be_picked():
    specs = specification_grid(["y", "z"], ["t"], control_subsets(["a", "b"]))
    joint, any_model = [], []
    for seed in range(120):
        frame = _frame(100 + seed)
        joint.append(curve_test(frame, specs, draws=99, seed=seed).p_value[2])
        any_model.append(fit_curve(frame, specs).p_value.min())
    # Three standard errors of a share of 0.1 in 120.
    assert np.mean(np.array(joint) <= 0.1) < 0.1 + 3 * (0.09 / 120) ** 0.5
    assert np.mean(np.array(any_model) <= 0.1) > np.mean(np.array(joint) <= 0.1)


def test_strata_are_respected():
    frame = _frame(5)
    strata = pd.Series(np.arange(N) // 30)
    shift = frame.assign(t=frame["t"] + 50 * strata, u=frame["u"] + 50 * strata,
                         y=frame["y"] + 100 * strata, z=frame["z"] + 100 * strata)
    # Between strata everything moves together; within them nothing does.
    specs = specification_grid(["y"], ["t"], [("s",)])
    within = curve_test(shift.assign(s=strata), specs, strata=strata, draws=199)
    assert within.p_value[0] > 0.05
    assert curve_test(shift, specification_grid(["y"], ["t"]), draws=199).p_value[0] < 0.02


def test_a_local_dask_cluster_gives_the_same_numbers_bit_for_bit():
    distributed = pytest.importorskip("distributed")
    frame = _frame(6)
    here = curve_test(frame, SPECS, samples=SOME, draws=200, seed=7, backend=Backend())
    with (distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,
                                   processes=True) as cluster,
          distributed.Client(cluster)):
        there = curve_test(frame, SPECS, samples=SOME, draws=200, seed=7,
                           backend=Backend("dask", 2))
        by_address = curve_test(frame, SPECS, samples=SOME, draws=200, seed=7,
                                backend=Backend("dask", 2, cluster.scheduler_address))
    for other in (there, by_address):
        assert (other.null == here.null).all() and (other.p_value == here.p_value).all()


def test_faulty_calls():
    frame = _frame(8)
    with pytest.raises(SpecError, match=r"sign is(.|\n)*5 draws(.|\n)*strata must not"):
        curve_test(frame, SPECS, sign=3, draws=5, strata=frame["t"].mask(frame["t"] > 0))
    with pytest.raises(SpecError, match="u is a treatment here"):
        curve_test(frame, [Specification("y", "t", ("u",)), Specification("y", "u")], draws=99)
