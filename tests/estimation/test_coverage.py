"""Coverage by simulation: an interval that is exact, one by hand, and the designs themselves."""

import numpy as np
import pytest
from scipy import stats

from breachstudy.estimation import coverage as module
from breachstudy.estimation.coverage import DESIGNS, Design, coverage_page, coverage_table
from breachstudy.estimation.parallel import Backend


def _normal_mean(rng):
    y = module.EFFECT + rng.normal(size=12)
    reach = stats.t.isf(0.025, 11) * y.std(ddof=1) / 12**0.5
    return {"exact": (y.mean() - reach, y.mean() + reach)}


def test_an_exact_interval_covers_as_often_as_it_says(monkeypatch):
    monkeypatch.setattr(module, "DESIGNS", (Design("mean", "a mean", 12, 0, _normal_mean),))
    row = coverage_table(2000, seed=3).iloc[0]
    # Three Monte Carlo standard errors of 95 % in 2,000.
    assert row["coverage"] == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / 2000) ** 0.5)
    assert row["coverage"] + row["too_high"] + row["too_low"] == pytest.approx(1)


def test_shares_by_hand(monkeypatch):
    e = module.EFFECT
    given = iter([(e - 1, e + 1), (e + 0.5, e + 1), (e - 3, e), (e - 2, e - 1), (e, np.inf)])
    monkeypatch.setattr(module, "DESIGNS", (
        Design("given", "given", 1, 7, lambda rng: {"it": next(given)}),))
    table = coverage_table(5, backend=Backend())
    row = table.iloc[0]
    assert (row["coverage"], row["too_high"], row["too_low"]) == (3 / 5, 1 / 5, 1 / 5)
    assert (row["median_width"], row["clusters"], row["replications"]) == (2, 7, 5)
    assert row["mc_error"] == pytest.approx((0.24 / 5) ** 0.5)
    page = coverage_page(table, 0)
    assert "| given | 1 | 7 | it | 60.0% ± 21.9% | 20.0% | 20.0% | 2.000 |" in page


def test_wild_bootstrap_covers_where_ignoring_clusters_does_not():
    table = coverage_table(150, seed=4, designs=["clustered_25"]).set_index("estimator")["coverage"]
    boot = table["wild cluster bootstrap (rademacher)"]
    assert boot > table["clustered (CR1, t with G − 1)"] > table["HC3 (clusters ignored)"]
    assert boot > 0.95 - 4 * (0.95 * 0.05 / 150) ** 0.5


def test_every_design_draws_intervals_of_every_estimator():
    for design in DESIGNS:
        found = design.simulate(np.random.default_rng(5))
        assert len(found) >= 2 and all(lo < hi for lo, hi in found.values()), design.name


def test_numbers_depend_on_seed_and_design_alone():
    one = coverage_table(60, seed=6, designs=["independent_40"])
    two = coverage_table(60, seed=6, designs=["independent_40", "independent_100"],
                         backend=Backend("threading", 2))
    assert one.equals(two[two["design"] == "independent_40"].reset_index(drop=True))
    assert not one.equals(coverage_table(60, seed=7, designs=["independent_40"]))


def test_unknown_design():
    with pytest.raises(ValueError, match="no design moon; known: normal_100, independent_40"):
        coverage_table(10, designs=["moon"])
