"""Specifications of lags: what they give, and that what cannot be had is said."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from breachstudy.errors import PlanError
from breachstudy.estimation import COLUMNS
from breachstudy.plan.runner import run_study

from .builder import of, plan


def lag_plan():
    return {
        "title": "toy",
        "sample": [{"name": "all", "table": "toy", "title": "Rows with a lag", "where": [
            {"column": "lag", "op": ">=", "value": 0}]}],
        "interval_summary": [
            {"name": "medians", "question": "how long?", "status": "descriptive", "sample": "all",
             "lo": "lag", "hi": "lag_hi", "by": "sector", "min_n": 2}],
        "linear": [
            {"name": "model", "question": "what predicts it?", "status": "exploratory",
             "sample": "all", "outcome": "lag", "outcome_transform": "log1p", "terms": [
                 {"column": "size", "transform": "log10p1"},
                 {"column": "sector", "kind": "factor", "baseline": "a",
                  "missing_as": "unknown"}]}]}


@pytest.fixture
def toy():
    rng = np.random.default_rng(1)
    n = 60
    size = rng.integers(1, 10_000, n)
    sector = rng.choice(["a", "b", "c"], n)
    lag = np.exp(1 + 0.4 * np.log10(size + 1) + (sector == "b") * 0.7
                 + rng.normal(0, 0.1, n)) - 1
    frame = pd.DataFrame({"lag": lag, "lag_hi": lag + 2, "size": size, "sector": sector})
    frame["size"] = frame["size"].astype("Int64")
    frame.loc[3, "size"] = pd.NA
    frame.loc[5, "sector"] = None
    frame.loc[6, "lag"] = -4.0
    frame.loc[7, "lag"] = np.nan
    return {"toy": frame}


def run(data, frames, only=None):
    return run_study(plan(data), frames, dict, only=only).results


def test_results_follow_the_schema_and_recover_the_effects(toy):
    found = run(lag_plan(), toy)
    assert list(found.columns) == list(COLUMNS)
    model = found[found["spec"] == "model"].set_index("term")
    assert abs(model.loc["log10p1(size)", "estimate"] - 0.4) < 0.1
    assert abs(model.loc["sector[b]", "estimate"] - 0.7) < 0.15
    assert model.loc["sector[b]", ["group", "per"]].tolist() == ["sector", "level against a"]
    assert "sector[unknown]" in model.index and "sector[a]" not in model.index
    # 60 rows, one negative and one missing lag are outside the sample, one size is missing
    assert model.loc["const", "n"] == 57 and model.loc["const", "n_dropped"] == 1
    assert found["plan_hash"].nunique() == 1


def test_medians_have_bounds_and_count_what_they_leave_out(toy):
    found = run(lag_plan(), toy, ["medians"])
    assert set(found["spec"]) == {"medians"}
    by_group = found.set_index("term")
    expected = toy["toy"].query("sector == 'b' and lag >= 0")["lag"].median()
    assert by_group.loc["b", "bound_lo"] == pytest.approx(expected, rel=1e-6)
    assert by_group.loc["b", "bound_hi"] == pytest.approx(expected + 2, rel=1e-6)
    assert by_group.loc["b", "n_dropped"] == 1  # the row without a sector


def test_missing_columns_tables_and_names_are_all_reported(toy):
    toy["toy"] = toy["toy"].drop(columns=["size", "lag_hi"])
    with pytest.raises(PlanError) as error:
        run(lag_plan(), toy)
    assert "no column 'size'" in str(error.value) and "no column 'lag_hi'" in str(error.value)
    with pytest.raises(PlanError, match="table = 'toy': no such table"):
        run(lag_plan(), {})
    with pytest.raises(PlanError, match="no specification or hypothesis 'H99'"):
        run(lag_plan(), toy, ["H99"])


@pytest.mark.parametrize(("table", "kind", "more"), [
    ("interval_summary", "interval_median", {}), ("turnbull", "turnbull", {}),
    ("aft", "aft", {"distribution": "lognormal", "terms": []})])
def test_intervals_that_end_before_they_begin_are_refused(toy, table, kind, more):
    data = lag_plan()
    del data["linear"]
    data[table] = [{"name": "x", "question": "q", "status": "descriptive", "sample": "all",
                    "lo": "lag_hi", "hi": "lag", **more}]
    with pytest.raises(PlanError, match=r"hi = 'lag': lies below 'lag_hi' in 58 rows"):
        run(data, toy)
    of(data, "x").update(lo="lag", hi="lag_hi")
    assert kind in set(run(data, toy)["kind"])


def test_what_an_empty_sample_or_a_lacking_baseline_gives_is_said(toy):
    of_none = {"toy": toy["toy"].assign(lag=-1.0)}
    found = run(lag_plan(), of_none)
    assert found["verdict"].tolist() == ["not run"] * 2 and found["estimate"].isna().all()
    data = lag_plan()
    of(data, "model")["terms"][1]["baseline"] = "z"
    row = run(data, toy, ["model"]).iloc[0]
    assert row["verdict"] == "not run" and "no rows at its baseline 'z'" in row["detail"]
    toy["toy"].loc[1, "lag"] = -0.5
    data["sample"][0]["where"] = []
    assert "logarithm is undefined" in run(data, toy, ["model"]).iloc[0]["detail"]


def test_bins_and_years_form_groups(toy):
    toy["toy"]["day"] = [dt.date(2015 + i % 2, 1, 1) for i in range(60)]
    data = lag_plan()
    of(data, "medians").update(by="size", bins=[0, 2000, 5000], min_n=1)
    found = run(data, toy, ["medians"])
    assert found["term"].tolist() == ["0–1,999", "2,000–4,999", "5,000+"]
    assert found["n"].sum() == 57
    del of(data, "medians")["bins"]
    of(data, "medians").update(by="day", by_transform="year")
    assert run(data, toy, ["medians"])["term"].tolist() == ["2015", "2016"]
    of(data, "medians")["by"] = "sector"
    with pytest.raises(PlanError, match="holds text; give a column of dates"):
        run(data, toy, ["medians"])
