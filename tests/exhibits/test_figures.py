"""Figures on invented results: what they draw is what the results say."""

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from breachstudy.exhibits.checks import power_figure
from breachstudy.exhibits.effects import (
    balance_figure,
    covariate_name,
    estimator_figure,
    surface_figure,
)
from breachstudy.exhibits.flow import flow_figure
from breachstudy.exhibits.lags import _balanced
from breachstudy.exhibits.literature import mean_losses, replication_figure, sign_counts
from breachstudy.exhibits.numbers import percent
from breachstudy.exhibits.returns import decay_figure, means_figure
from breachstudy.exhibits.study import verdict_figure
from breachstudy.exhibits.style import render, style


def texts(figure):
    """Texts that a figure shows, after it was drawn."""
    FigureCanvasAgg(figure).draw()
    return [t.get_text() for axis in figure.axes for t in axis.texts if t.get_visible()]


def test_the_placebo_window_comes_last_and_models_keep_their_marks(given):
    with style():
        made = means_figure(given)
    axis = made.figure.axes[0]
    labels = [t.get_text() for t in axis.get_yticklabels()]
    assert labels[0] == "−1 to +1" and labels[-1].startswith("−10 to −2")
    assert [t.get_text() for t in axis.get_legend().get_texts()] == ["Market model",
                                                                     "Fama–French 3"]
    assert "−2.00%" in made.alt and "−1.50%" in made.alt and "n = 50" in made.caption


def test_the_build_up_of_the_loss_ends_at_the_horizon(given):
    with style():
        made = decay_figure(given)
    assert made.data["session"].tolist() == [1, 10, 90]
    last = made.data.iloc[-1]
    assert last["estimate"] == -0.04
    assert last["ci_hi"] - last["ci_lo"] == pytest.approx(2 * 1.959964 * 0.01, rel=1e-6)
    assert "loss of 90 sessions that came in the first 3: 45% (95% interval 20% to 90%)" in (
        made.caption)
    assert "+90 −4.0%" in made.alt


def test_the_surface_draws_the_fitted_plane_with_its_twist(given):
    with style():
        made = surface_figure(given)
    along = made.data[made.data["part"] == "effect of speed"]
    assert along["candour"].iloc[[0, -1]].tolist() == [-2.0, 2.0]
    assert along["estimate"].iloc[[0, -1]].tolist() == pytest.approx([0.006, 0.002])
    drawn = made.figure.axes[1].collections[0].get_paths()[0].vertices
    assert drawn[:, 1].max() == pytest.approx(along["ci_hi"].max())
    corner = made.data[made.data["part"] == "fitted"].iloc[-1]
    assert corner["estimate"] == pytest.approx(2 * 0.004 + 2 * 0.002 - 4 * 0.001)
    assert "−0.10%" in made.caption and "n = 90" in made.caption


def test_an_estimator_without_an_estimate_says_so_and_a_contrast_without_any_is_left_out(given):
    with style():
        made = estimator_figure(given)
    assert len(made.figure.axes) == 1
    assert made.figure.axes[0].get_title(loc="left") == "Within 30 days against later (n = 60)"
    shown = texts(made.figure)
    assert shown.count("could not be had") == 4  # two of six estimators have an estimate
    assert "±0.5 points of return" in made.caption


def test_power_is_that_of_the_realised_error_and_equivalence_its_interval(given):
    with style():
        made = power_figure(given)
    own = made.data[made.data["test"] == "h1_car"].set_index("effect")
    assert own.loc[0.0, "power"] == pytest.approx(0.05, abs=1e-6)
    size = made.data[made.data["test"] == "h1_car by size"].set_index("n")["power"]
    assert size.is_monotonic_increasing
    band = made.data[made.data["test"] == "h1_car equivalence"].iloc[0]
    assert band["df"] == 70.5  # the test's own, not its number of clusters less one
    assert band["hi"] - band["lo"] == pytest.approx(2 * 1.666754 * 0.004, rel=1e-5)
    assert "H1 1.10 points" in made.alt


def test_the_forest_keeps_returns_and_satisfaction_apart(given):
    points = given.hypotheses.iloc[[1]].assign(
        test="h1_acsi", outcome="acsi_change", estimate=-0.4, ci_lo=-1.4, ci_hi=0.6,
        smallest_effect=1.0, n=40)
    both = given.with_frame("hypotheses", pd.concat([given.hypotheses, points],
                                                    ignore_index=True))
    with style():
        one, two = verdict_figure(given), verdict_figure(both)
    assert len(one.figure.axes) == 1 and len(two.figure.axes) == 2
    assert "±0.5 points of return, ±1 points of satisfaction" in two.caption
    assert "H0 −1.60% [−2.20%, −1.00%], supported" in one.alt
    assert "H1 −0.40 [−1.40, +0.60], inconclusive" in two.alt
    assert texts(two.figure)[-1] == "inconclusive, n = 40"
    assert "H2" not in one.alt  # it did not run


def test_only_mean_reactions_of_investors_in_percent_are_compared(published):
    found = mean_losses(published)
    assert found["finding_id"].tolist() == ["R1"]
    assert found["estimate"].tolist() == pytest.approx([-0.021])


def test_signs_are_counted_beside_ours(published, given):
    found = sign_counts(published, given.hypotheses).set_index("hypothesis")
    assert found.loc["H1", ["negative", "none", "positive", "ours"]].tolist() == [1, 0, 1, "-"]
    assert found.loc["H2", ["negative", "none", "positive", "ours"]].tolist() == [0, 1, 0, ""]
    with style():
        made = replication_figure(given, published)
    assert "−2.10%" in made.alt and "−1.60%" in made.alt
    labels = [t.get_text() for t in made.figure.axes[0].get_yticklabels()]
    assert labels == ["Adams et al. 2004", "this study, dated by pages (n = 150)"]


ATTRITION = pd.DataFrame({
    "chain": ["notice lag"] * 3, "step": [0, 1, 2], "stage": ["all", "dated", "possible"],
    "unit": ["notices"] * 3, "n": [1000, 100, 90], "n_dropped": [0, 900, 10],
    "reason": [None, "no date", "order"]})


def test_the_sample_flow_shows_every_number_and_reason():
    with style():
        made = flow_figure(ATTRITION)
    assert set(texts(made.figure)) == {"1,000", "100", "90", "−900  no date", "−10  order"}
    assert "notice lag: 1,000 to 90" in made.alt


def test_panels_are_balanced_over_two_columns():
    assert _balanced([20, 15, 12, 9]) == [[0, 3], [1, 2]]
    assert _balanced([4]) == [[0]]


@pytest.mark.parametrize(("name", "words"), [
    ("sector_group[finance]", "sector: finance"), ("has_prior_breach[True]", "earlier breach"),
    ("size_decile", "size decile"), ("unheard_of", "unheard_of")])
def test_covariates_have_names_in_words(name, words):
    assert covariate_name(name) == words


def test_percent_has_a_sign_and_a_dash_for_nothing():
    assert percent(-0.0123) == "−1.23%" and percent(0.5, 0) == "+50%"
    assert percent(float("nan")) == "–"


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_no_date_or_version_is_in_the_bytes(given, kind):
    with style():
        first, again = (render(means_figure(given).figure, kind) for _ in range(2))
    assert first == again
    assert b"CreationDate" not in first and b"dc:date" not in first


def test_a_covariate_keeps_its_row_in_every_panel_of_the_balance_plot(given):
    rows = [("fast_weighted", "size_decile"), ("fast_weighted", "is_affected_unknown[True]"),
            ("candid_weighted", "size_decile")]
    data = pd.DataFrame(rows, columns=["spec", "covariate"]).assign(
        smd_raw=0.3, smd_overlap=0.0, smd_entropy=0.0)
    made = balance_figure(given.with_frame("balance", data))
    FigureCanvasAgg(made.figure).draw()
    left, right = made.figure.axes
    assert left.get_ylim() == right.get_ylim()
    raw = [line.get_ydata() for axis in (left, right) for line in axis.lines
           if line.get_label() == "as observed"]
    assert list(raw[0]) == list(raw[1]) == [1.0, 0.0]
