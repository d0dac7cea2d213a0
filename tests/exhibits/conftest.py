"""Invented results in the schema of the study, small enough to check a figure by hand."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.results import results_frame
from breachstudy.exhibits.figure import Levels, as_inputs
from breachstudy.plan.derived import (
    Moderation,
    decay_bands,
    equivalence_bands,
    fitted_surface,
    mean_bands,
    moderation_bands,
    power_bands,
)
from breachstudy.plan.kinds.decay import Decay

LEVELS = Levels(0.95, 0.05, 0.8)


def mean(window, model, estimate, t, n=50, df=49.0):
    return {"spec": "h0_page", "kind": "mean_return", "outcome": f"car_{window}", "group": model,
            "term": "cross_sectional_t", "estimate": estimate, "statistic": t, "n": n, "df": df}


def coefficient(term, estimate, std_error):
    return {"spec": "h4_car", "kind": "coefficient", "term": term, "estimate": estimate,
            "std_error": std_error, "df": 80.0, "n": 90}


def effect(spec, term, estimate):
    wide = None if estimate is None else 0.01
    return {"spec": spec, "kind": "effect", "term": term, "estimate": estimate, "n": 60,
            "std_error": wide, "ci_lo": None if estimate is None else estimate - 0.02,
            "ci_hi": None if estimate is None else estimate + 0.02, "smallest_effect": 0.005,
            "verdict": None if estimate is not None else "not run"}


ROWS = [
    mean("m1_p1", "market", -0.02, -4.0), mean("m1_p1", "ff3", -0.015, -3.0),
    mean("0_p1", "market", -0.018, -3.6), mean("0_p10", "market", -0.02, -2.0),
    mean("m10_m2", "market", 0.001, 0.2), mean("m10_m2", "ff3", 0.002, 0.5),
    {"spec": "h9_decay", "kind": "decay", "term": "loss_at_first", "estimate": -0.02,
     "std_error": 0.005, "n": 50},
    {"spec": "h9_decay", "kind": "decay", "term": "loss_at_horizon", "estimate": -0.04,
     "std_error": 0.01, "n": 50, "outcome": "share of the loss of sessions 0 to 90"},
    {"spec": "h9_decay", "kind": "focus", "term": "share in the first 3", "estimate": 0.45,
     "ci_lo": 0.2, "ci_hi": 0.9, "n": 50, "outcome": "share of the loss of sessions 0 to 90"},
    coefficient("lag_analysis_days", 0.004, 0.003), coefficient("candour", 0.002, 0.004),
    coefficient("speed_x_candour", -0.001, 0.002),
    {"spec": "h4_car", "kind": "focus", "term": "speed_x_candour", "estimate": -0.001,
     "ci_lo": -0.005, "ci_hi": 0.003, "n": 90},
    {"spec": "lag_curve", "kind": "turnbull", "group": "washington", "term": "30", "n": 500,
     "estimate": 0.25, "ci_lo": 0.2, "ci_hi": 0.301},
    {"spec": "lag_curve", "kind": "turnbull", "group": "maine_list;washington", "term": "30",
     "n": 60, "estimate": 0.5, "ci_lo": 0.4, "ci_hi": 0.6},
    {"spec": "lag_aft", "kind": "aft", "term": "const", "estimate": 3.7, "n": 900},
    {"spec": "lag_aft", "kind": "aft", "term": "industry[professional_services]", "n": 900,
     "estimate": 0.40547, "ci_lo": 0.0, "ci_hi": 0.69315, "p_value": 0.0004,
     "covariance": "robust, lognormal"},
    {"spec": "deadlines_washington_30", "kind": "bunching", "term": "30", "estimate": 5.2,
     "ci_lo": -2.9, "ci_hi": 8.3, "statistic": 40.2, "n": 676},
    {"spec": "curve_lag", "kind": "curve", "term": "share_significant", "estimate": 0.125,
     "p_permutation": 0.04, "n": 540, "question": "The lag?", "detail": "500 permutations"},
    effect("fast_weighted", "difference", 0.012), effect("fast_weighted", "overlap", 0.010),
    effect("fast_weighted", "aipw", None), effect("candid_weighted", "difference", None),
]
HYPOTHESES = pd.DataFrame({
    "hypothesis": ["H0", "H1", "H2", "H6b"], "claim": ["cost", "speed", "honesty", "values"],
    "seed_sign": ["-", "-", "+", "-"], "test": ["h0_page", "h1_car", "h2_car", None],
    "question": ["a?", "b?", "c?", None], "status": ["exploratory", "confirmatory",
                                                     "confirmatory", None],
    "estimate": [-0.016, -0.003, None, None], "std_error": [0.003, 0.004, None, None],
    "ci_lo": [-0.022, -0.011, None, None], "ci_hi": [-0.010, 0.005, None, None],
    "n": [150.0, 120.0, None, None], "n_clusters": [100.0, 90.0, None, None],
    "p_equivalence": [0.99, 0.3, None, None], "smallest_effect": [0.005] * 3 + [None],
    "outcome": ["car_m1_p1"] * 3 + [None], "mde": [0.009, 0.011, None, None],
    "verdict": ["supported", "inconclusive", "not run", "not testable"]})


DECAY = Decay(name="h9_decay", question="How fast?", status="exploratory", sample="page",
              first=3, horizon=90)
MODERATED = Moderation(np.array([[0.004, 0.002, -0.001]]),
                       np.array([[0.003**2, 0.002**2, -1e-6]]), 80.0, 90)
FOCUS = pd.DataFrame([{"spec": "h1_car", "estimate": -0.003, "std_error": 0.004, "df": 70.5,
                       "smallest_effect": 0.005, "n": 120}])


@pytest.fixture
def given():
    results = results_frame(ROWS)
    bands = pd.concat([
        mean_bands(results, 0.95), decay_bands(results, [DECAY], 0.95),
        equivalence_bands(FOCUS, 0.05), power_bands(FOCUS, 0.05),
        moderation_bands("h4_car", MODERATED, 0.95)], ignore_index=True)
    empty = dict.fromkeys(("curves", "lag_curves", "deadlines", "paths", "balance"),
                          pd.DataFrame())
    return as_inputs({"results": results, "hypotheses": HYPOTHESES, **empty, "bands": bands,
                      "surfaces": fitted_surface("h4_car", MODERATED)}, {}, LEVELS)


@pytest.fixture
def published():
    return pd.DataFrame({
        "finding_id": ["R1", "R2", "R3", "R4", "R5", "R6"],
        "study": ["Adams, Brown & Clark", "Dow", "Eve & Fox", "Gay", "Hill", "Ives"],
        "year": [2004.0, None, 2010.0, 2015.0, 2016.0, 2017.0],
        "hypothesis": ["H0", "H0", "H0", "H1", "H1", "H2"],
        "stakeholder": ["investors", "investors", "consumers", "investors", "investors",
                        "investors"],
        "outcome": ["abnormal return", "stock return", "spending", "CAR", "CAR", "CAR"],
        "finding": ["-2.1 %", "direction only", "-5 %", "direction only", "1.5 % per item",
                    "direction only"],
        "sign": ["-", "-", "-", "-", "+", "0"]})
