"""Size and power: repeatable, right where the truth is known, on a page that says what it holds."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.eventstudy.panel import build_panel
from breachstudy.eventstudy.size_power import size_and_power
from breachstudy.workflow.size_power_page import size_power_page

STATISTICS = ["cross_sectional_t", "patell", "bmp", "kolari_pynnonen_overlap", "rank"]
SMALL = {"samples": 60, "n_events": 12, "estimation": (-80, -11), "min_obs": 60,
         "statistics": STATISTICS, "effects": (0.10,)}


def panel(common=0.0, seed=0):
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2010-01-01", periods=400)
    market, other = rng.normal(0, 0.01, 400), rng.normal(0, 0.02, 400)
    returns = market[:, None] + common * other[:, None] + rng.normal(0, 0.02, (400, 60))
    returns[rng.random(returns.shape) < 0.001] = np.nan
    return build_panel(pd.DataFrame(returns, days, [f"s{i}" for i in range(60)]),
                       pd.DataFrame({"mkt": market}, days))


def rates(found, **where):
    rows = found.table
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows.set_index("statistic")["rejection_rate"]


@pytest.fixture(scope="module")
def found():
    return size_and_power(panel(common=1.0), seed=5, **SMALL)


def test_power_exceeds_size_and_large_effects_are_found(found):
    power = rates(found, dates="random", variance="same", effect=0.10, level=0.05)
    assert (power >= 0.9).all()


def test_patell_over_rejects_when_the_variance_doubles(found):
    doubled = rates(found, dates="random", variance="doubled", effect=0.0, level=0.10)
    assert doubled["patell"] > doubled["bmp"]


def test_clustered_dates_with_correlated_firms_need_the_correlation(found):
    same_day = rates(found, dates="clustered", variance="same", effect=0.0, level=0.05)
    assert same_day["bmp"] > 0.3
    assert same_day["kolari_pynnonen_overlap"] < 0.2
    assert same_day["rank"] < 0.2


def test_the_seed_decides(found):
    again = size_and_power(panel(common=1.0), seed=5, **SMALL)
    pd.testing.assert_frame_equal(again.table, found.table)
    other = size_and_power(panel(common=1.0), seed=6, **SMALL)
    assert not other.table["rejection_rate"].equals(found.table["rejection_rate"])


def test_page_holds_every_rate_and_marks_wrong_sizes(found):
    page = size_power_page(found)
    assert "60 samples of 12 pseudo-events" in page and "seed 5" in page
    row = next(line for line in page.splitlines() if line.startswith("| bmp |"))
    assert len(row.split("|")) == 2 + 1 + 4 * 3
    value = rates(found, dates="clustered", variance="same", effect=0.0, level=0.05)["bmp"]
    assert f"{100 * value:.1f}*" in row


def test_a_panel_that_cannot_fill_the_samples_is_refused():
    with pytest.raises(ValueError, match="could be filled"):
        size_and_power(panel(), **SMALL | {"n_events": 61})
    with pytest.raises(ValueError, match="too few for the windows"):
        size_and_power(panel(), **SMALL | {"estimation": (-500, -11)})
    with pytest.raises(ValueError, match="does not hold day 0"):
        size_and_power(panel(), **SMALL, window=(1, 2))
