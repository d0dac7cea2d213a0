"""Plans as data: what they give, and that a fault in a plan or a frame is never swallowed."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation import COLUMNS, PlanError, read_plan, run

PLAN = """
title = "toy"
confidence = 0.95
[[sample]]
name = "all"
table = "toy"
title = "rows with a lag"
where = [{ column = "lag", op = ">=", value = 0 }]
[[interval_summary]]
name = "medians"
question = "how long?"
status = "descriptive"
sample = "all"
lo = "lag"
hi = "lag_hi"
by = "sector"
min_n = 2
[[linear]]
name = "model"
question = "what predicts it?"
status = "exploratory"
sample = "all"
outcome = "lag"
outcome_transform = "log1p"
covariance = "HC3"
terms = [
  { column = "size", transform = "log10p1" },
  { column = "sector", kind = "factor", baseline = "a", missing_as = "unknown" },
]
"""


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


def test_results_follow_the_schema_and_recover_the_effects(toy):
    found = run(read_plan(PLAN), toy)
    assert list(found.columns) == list(COLUMNS)
    model = found[found["spec"] == "model"].set_index("term")
    assert abs(model.loc["log10p1(size)", "estimate"] - 0.4) < 0.1
    assert abs(model.loc["sector[b]", "estimate"] - 0.7) < 0.15
    assert "sector[unknown]" in model.index and "sector[a]" not in model.index
    # 60 rows, one negative and one missing lag are outside the sample, one size is missing
    assert model.loc["const", "n"] == 57 and model.loc["const", "n_dropped"] == 1
    assert found["plan_hash"].nunique() == 1


def test_medians_have_bounds_and_count_what_they_leave_out(toy):
    found = run(read_plan(PLAN), toy, only=["medians"])
    assert set(found["spec"]) == {"medians"}
    by_group = found.set_index("term")
    expected = toy["toy"].query("sector == 'b' and lag >= 0")["lag"].median()
    assert by_group.loc["b", "bound_lo"] == pytest.approx(expected)
    assert by_group.loc["b", "bound_hi"] == pytest.approx(expected + 2)
    assert by_group.loc["b", "n_dropped"] == 1  # the row without a sector


def test_missing_columns_tables_and_names_are_all_reported(toy):
    toy["toy"] = toy["toy"].drop(columns=["size", "lag_hi"])
    with pytest.raises(PlanError) as error:
        run(read_plan(PLAN), toy)
    assert "no column 'size'" in str(error.value) and "no column 'lag_hi'" in str(error.value)
    with pytest.raises(PlanError, match="no table 'toy'"):
        run(read_plan(PLAN), {})
    with pytest.raises(PlanError, match="no specification 'H99'"):
        run(read_plan(PLAN), toy, only=["H99"])


def test_an_empty_sample_is_an_error(toy):
    toy["toy"]["lag"] = -1.0
    with pytest.raises(PlanError, match="sample 'all' is empty"):
        run(read_plan(PLAN), toy)


def test_a_baseline_without_rows_is_an_error(toy):
    with pytest.raises(PlanError, match="no rows at its baseline 'z'"):
        run(read_plan(PLAN.replace('baseline = "a"', 'baseline = "z"')), toy)


def test_every_fault_of_a_plan_is_named():
    faulty = (PLAN.replace('op = ">="', 'op = "=>"').replace('sample = "all"', 'sample = "none"')
              .replace('status = "exploratory"', 'status = "final"')
              .replace("min_n = 2", "minimum = 2").replace('"log1p"', '"log"'))
    with pytest.raises(PlanError) as error:
        read_plan(faulty)
    text = str(error.value)
    for said in ("'=>'", "no sample 'none'", "status 'final'", "unknown minimum", "'log'"):
        assert said in text
    assert len(error.value.faults) == 6  # the missing sample is named for both specifications


def test_bins_and_years_form_groups(toy):
    import datetime as dt

    toy["toy"]["day"] = [dt.date(2015 + i % 2, 1, 1) for i in range(60)]
    plan = PLAN.replace('by = "sector"\nmin_n = 2',
                        'by = "size"\nbins = [0, 2000, 5000]\nmin_n = 1')
    found = run(read_plan(plan), toy, only=["medians"])
    assert found["term"].tolist() == ["0–1,999", "2,000–4,999", "5,000+"]
    assert found["n"].sum() == 57
    plan = PLAN.replace('by = "sector"', 'by = "day"\nby_transform = "year"')
    assert run(read_plan(plan), toy, only=["medians"])["term"].tolist() == ["2015", "2016"]
