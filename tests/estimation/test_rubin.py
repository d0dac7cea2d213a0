"""Rubin's rules and ordered dates: R's mice, enumeration by hand, and properties."""

import datetime as dt
import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from breachstudy.estimation.rubin import combine, draw_ordered_dates

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/estimation/rubin.json").read_text())
EXACT = 1e-12
Q = np.array([[0.42], [0.51], [0.38], [0.47], [0.55]])
U = np.array([[0.031], [0.028], [0.035], [0.030], [0.033]])


def test_as_in_mice():
    found = combine(Q, U, df_complete=40)
    for ours, theirs in [(found.estimate, "qbar"), (found.std_error**2, "total"),
                         (found.df, "df"), (found.relative_increase, "r"),
                         (found.fraction_missing, "fmi")]:
        np.testing.assert_allclose(ours, GOLDEN[theirs], rtol=EXACT)
    np.testing.assert_allclose(combine(Q, U).df, GOLDEN["df_large"], rtol=EXACT)


def test_by_hand():
    # q = 1, 3; u = 1, 1: mean 2, W = 1, B = 2, T = 1 + 1.5·2 = 4; λ = 3/4, df = 1/(9/16).
    found = combine([[1.0], [3.0]], [[1.0], [1.0]])
    assert (found.estimate[0], found.std_error[0]) == (2.0, 2.0)
    assert found.df[0] == pytest.approx(16 / 9)
    assert found.p_value[0] == pytest.approx(2 * stats.t.sf(1, 16 / 9))


def test_draws_that_agree_lose_nothing():
    found = combine(np.full((20, 2), 1.5), np.full((20, 2), 0.04), df_complete=30)
    np.testing.assert_allclose(found.std_error, 0.2)
    np.testing.assert_allclose(found.df, 31 / 33 * 30)  # Barnard & Rubin's observed-data df
    large = combine(np.full((20, 2), 1.5), np.full((20, 2), 0.04))
    assert np.isinf(large.df).all() and (large.fraction_missing == 0).all()


def test_df_never_exceed_those_of_complete_data():
    rng = np.random.default_rng(1)
    for _ in range(100):
        found = combine(rng.normal(size=(5, 3)), rng.uniform(0.1, 9, (5, 3)), df_complete=12)
        assert (found.df <= 12).all() and (found.std_error**2 >= found.within).all()


def _frames(lo, hi, columns=("start", "discovered", "public")):
    return pd.DataFrame(lo, columns=list(columns)), pd.DataFrame(hi, columns=list(columns))


def test_every_ordered_combination_is_equally_likely():
    lo, hi = _frames([[0, 1, 2]], [[3, 3, 4]])
    allowed = [c for c in product(range(4), range(1, 4), range(2, 5)) if c[0] <= c[1] <= c[2]]
    drawn = draw_ordered_dates(lo, hi, draws=20_000, seed=2)[:, 0]
    counts = pd.Series([tuple(d) for d in drawn.astype(int)]).value_counts()
    assert set(counts.index) == set(allowed)
    assert stats.chisquare(counts).pvalue > 1e-4


def test_without_order_the_box_is_uniform():
    lo, hi = _frames([[0, 0]], [[2, 1]], ("discovered", "public"))
    drawn = draw_ordered_dates(lo, hi, draws=6000, seed=3, ordered=pd.Series([False]))[:, 0]
    counts = pd.Series([tuple(d) for d in drawn.astype(int)]).value_counts()
    assert len(counts) == 6 and stats.chisquare(counts).pvalue > 1e-4


def test_order_and_bounds_hold_for_wide_and_missing_dates():
    rng = np.random.default_rng(4)
    days = np.sort(rng.integers(0, 3000, (60, 3)), axis=1).astype(float)
    lo, hi = _frames(days - rng.integers(0, 700, (60, 3)), days + rng.integers(0, 700, (60, 3)))
    lo.iloc[::7, 1] = hi.iloc[::7, 1] = np.nan
    drawn = draw_ordered_dates(lo, hi, draws=30, seed=5)
    assert (np.isnan(drawn) == np.isnan(lo.to_numpy())).all()
    known = np.nan_to_num(drawn, nan=-1e9)
    assert (np.diff(np.maximum.accumulate(known, axis=2), axis=2) >= 0).all()
    full = ~np.isnan(drawn)
    assert (drawn[full] >= np.broadcast_to(lo, drawn.shape)[full]).all()
    assert (drawn[full] <= np.broadcast_to(hi, drawn.shape)[full]).all()
    assert (np.diff(drawn[:, ~lo.isna().any(axis=1)], axis=2) >= 0).all()
    assert (drawn[full] == np.floor(drawn[full])).all()


def test_dates_become_days_and_exact_dates_stay():
    day = dt.date(2019, 4, 12)
    lo, hi = _frames([[day, None]], [[day, None]], ("discovered", "public"))
    drawn = draw_ordered_dates(lo, hi, draws=3)
    assert (drawn[:, 0, 0] == (day - dt.date(1970, 1, 1)).days).all()
    assert np.isnan(drawn[:, 0, 1]).all()


def test_a_row_is_drawn_alike_whatever_stands_after_it():
    lo, hi = _frames([[0, 1, 2], [5, 5, 5]], [[9, 9, 9], [50, 60, 70]])
    both = draw_ordered_dates(lo, hi, draws=10, seed=6)
    alone = draw_ordered_dates(lo[:1], hi[:1], draws=10, seed=6)
    assert (both[:, :1] == alone).all()


def test_conflicts_are_listed_never_clipped():
    lo, hi = _frames([[5, 1, 9], [0, np.nan, 4], [8, 0, 0], [0, 0, 0]],
                     [[4, 2, 9], [1, 3, 5], [9, 3, 9], [0, 0, 0]])
    with pytest.raises(ValueError, match="cannot be drawn") as error:
        draw_ordered_dates(lo, hi)
    assert [line.split(":")[0].strip() for line in str(error.value).splitlines()[1:]] == [
        "row 0", "row 1", "row 2"]
    assert "start ≤ discovered ≤ public" in str(error.value)


@pytest.mark.parametrize(("q", "u", "message"), [
    ([[1.0]], [[1.0]], "m ≥ 2"),
    ([[1.0], [np.nan]], [[1.0], [1.0]], "missing"),
    ([[1.0], [2.0]], [[1.0], [0.0]], "not positive"),
])
def test_faulty_draws(q, u, message):
    with pytest.raises(ValueError, match=message):
        combine(q, u)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 60)), min_size=3,
                         max_size=3), min_size=1, max_size=6), st.integers(0, 2**31))
def test_any_dates_that_have_an_order_are_drawn_in_it(rows, seed):
    start = np.array([[a for a, _ in r] for r in rows], dtype=float)
    width = np.array([[b for _, b in r] for r in rows], dtype=float)
    days = np.sort(start, axis=1)  # the days themselves are in order, their intervals overlap
    lo, hi = _frames(days - width, days + width)
    drawn = draw_ordered_dates(lo, hi, draws=5, seed=seed)
    assert drawn.shape == (5, len(rows), 3) and (drawn == np.floor(drawn)).all()
    assert (drawn >= lo.to_numpy()).all() and (drawn <= hi.to_numpy()).all()
    assert (np.diff(drawn, axis=2) >= 0).all()
    np.testing.assert_array_equal(drawn, draw_ordered_dates(lo, hi, draws=5, seed=seed))
    later = draw_ordered_dates(lo + 1000, hi + 1000, draws=5, seed=seed)
    np.testing.assert_array_equal(later, drawn + 1000)
