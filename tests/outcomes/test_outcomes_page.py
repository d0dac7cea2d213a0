"""The generated parts of docs/outcomes.md."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.report.docs_outcomes import mean_row, studied


def test_a_mean_and_its_clustered_error_by_hand():
    values = pd.Series([-0.02, -0.04, 0.01, pd.NA], dtype="Float64")
    n, mean, error, median, below = mean_row(values, pd.Series(["a", "a", "b", "c"]))
    # mean −5/300; residual sums: cluster a −8/300, cluster b +8/300; G = 2, n = 3
    assert (n, mean, median) == (3, pytest.approx(-5 / 300), -0.02)
    assert error == pytest.approx(np.sqrt(2 * 2 * (8 / 300) ** 2) / 3)
    assert below == pytest.approx(2 / 3)


def test_no_values_and_one_cluster_have_no_error():
    none = pd.Series([pd.NA, pd.NA], dtype="Float64")
    assert mean_row(none, pd.Series(["a", "b"]))[0] == 0
    one = mean_row(pd.Series([0.1, 0.2], dtype="Float64"), pd.Series(["a", "a"]))
    assert one[1] == pytest.approx(0.15) and np.isnan(one[2])


def test_unlisted_training_and_issuers_events_are_left_out():
    events = pd.DataFrame({"event_id": ["a", "b", "c", "d"], "is_listed": [True, False, True, True],
                           "is_training": [False, False, True, False],
                           "is_issuer_notice": [False, False, False, True]})
    assert studied(events)["event_id"].tolist() == ["a"]
