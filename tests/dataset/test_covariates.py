"""Covariates: each derived value by hand, missing kept missing."""

import math

import pandas as pd
import pytest

from breachstudy.dataset.covariates import covariates


def events(**columns):
    base = {"year": pd.array([2013, 2014, 2021, None], dtype="Int64"),
            "sector": ["retail", "insurance", "unknown", None],
            "audience": ["business", "both", "consumers", None],
            "n_affected": pd.array([999, None, 0, 10], dtype="Int64"),
            "prior_breaches": pd.array([0, 2, None, 1], dtype="Int64"),
            "lag_analysis_days": pd.array([30, 31, None, 0], dtype="Float64"),
            "candour": pd.array([0.2, 0.6, 0.9, None], dtype="Float64"),
            "role": ["listed", "listed", "seed", "listed"],
            "coding_set": ["largest", "random", "training", None]}
    return pd.DataFrame(base | columns)


def test_values_by_hand():
    found = covariates(events())
    assert found["log_affected"].tolist() == [3.0, 0.0, 0.0, round(math.log10(11), 6)]
    assert found["is_affected_unknown"].tolist() == [False, True, False, False]
    assert found["era"].tolist()[:3] == ["to 2013", "2014-2017", "2021 on"]
    assert found["sector_group"].tolist()[:2] == ["consumer", "finance"]
    assert found["is_fast"].tolist() == [True, False, pd.NA, True]
    assert found["is_business_audience"].tolist() == [True, False, False, pd.NA]
    assert found["is_training"].tolist() == [False, False, True, False]
    # Median of the sample (0.2, 0.6) is 0.4: the training case does not move it.
    assert found["is_candid"].tolist() == [False, True, True, pd.NA]


def test_missing_stays_missing():
    found = covariates(events())
    assert pd.isna(found["era"][3]) and pd.isna(found["sector_group"][2])
    assert pd.isna(found["has_prior_breach"][2])


def test_a_sector_without_group_is_named():
    with pytest.raises(ValueError, match="mining; add them"):
        covariates(events(sector=["mining", "insurance", None, None]))
