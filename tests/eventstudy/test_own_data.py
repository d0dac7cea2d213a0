"""The reader's own files: shapes, CRSP, located problems all at once, and the command."""

import json

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from breachstudy.cli.eventstudy import parse_window, register
from breachstudy.errors import FactError
from breachstudy.eventstudy import event_study
from breachstudy.eventstudy.own.files import own_returns, own_tables

DAYS = pd.bdate_range("2017-01-02", periods=120)


def text(frame):
    """A frame as it comes from a CSV: all text."""
    return frame.astype("string").fillna("")


@pytest.fixture
def crsp():
    rng = np.random.default_rng(3)
    market = rng.normal(0, 0.01, 120)
    frame = pd.concat([pd.DataFrame({
        "PERMNO": permno, "date": DAYS.strftime("%Y%m%d"),
        "RET": np.round(market + rng.normal(0, 0.02, 120), 6), "vwretd": np.round(market, 6)})
        for permno in (14593, 10107)], ignore_index=True)
    out = text(frame)
    out.loc[3, "RET"], out.loc[4, "RET"], out.loc[125, "RET"] = "C", "B", "-66.0"
    return out


EVENTS = pd.DataFrame({"permno": ["14593", "10107"], "date": ["20170602", "2017-06-05 17:30"]})
STUDY = {"estimation": (-90, -11), "min_obs": 60, "event_window": (-2, 3), "windows": [(-1, 1)]}


def test_crsp_is_read_as_it_is(crsp):
    found = own_tables(crsp, EVENTS)
    assert found.returns.columns.tolist() == ["10107", "14593"]
    assert found.returns["14593"].isna().sum() == 2 and found.returns["10107"].isna().sum() == 1
    assert any("1 × C" in n and "1 × B" in n for n in found.notes)
    assert any("1 missing-value codes" in n for n in found.notes)
    result = event_study(found.returns, found.events, found.factors, **STUDY)
    assert result.ok.all()
    # After the close of Monday 5 June: day 0 is the 6th.
    assert result.events["day_zero"].dt.strftime("%m-%d").tolist() == ["06-02", "06-06"]


def test_wide_and_long_are_one(crsp):
    long = own_tables(crsp, EVENTS)
    wide = long.returns.rename_axis("date").reset_index()
    factors = long.factors.reset_index()
    found = own_tables(text(wide.assign(date=wide["date"].dt.strftime("%Y-%m-%d"))), EVENTS,
                       text(factors))
    pd.testing.assert_frame_equal(found.returns, long.returns, check_names=False,
                                  check_index_type=False, check_column_type=False,
                                  check_freq=False)
    np.testing.assert_allclose(found.factors["mkt"], long.factors["mkt"])


@pytest.mark.parametrize("written", ["2017-01", "2017", "2017/01"])
def test_a_month_or_a_year_is_no_day(crsp, written):
    with pytest.raises(FactError, match=f"row 3, column date, value '{written}': a month or a"):
        own_tables(crsp, EVENTS.assign(date=[EVENTS["date"].iloc[0], written]))


@pytest.mark.parametrize("written", ["today", "now", "0018-01-05", "1018-01-05", "2017-13-05"])
def test_what_is_no_date_is_said(crsp, written):
    said = "(not a date|a year that cannot be meant)"
    with pytest.raises(FactError, match=f"value '{written}': {said}"):
        own_tables(crsp, EVENTS.assign(date=[EVENTS["date"].iloc[0], written]))


def test_every_problem_is_located_and_all_come_at_once(crsp):
    crsp.loc[7, "RET"], crsp.loc[8, "RET"], crsp.loc[9, "date"] = "n.a.?", "-1.5", "20171340"
    crsp.loc[11, ["PERMNO", "date"]] = crsp.loc[10, ["PERMNO", "date"]].tolist()
    events = EVENTS.assign(event_id=["x", "x"], after_close=["perhaps", "yes"])
    events.loc[1, "permno"] = "99999"
    factors = pd.DataFrame({"date": ["2017-01-02", "2017-01-02"], "mkt": ["0.01", "high"]})
    with pytest.raises(FactError) as error:
        own_tables(crsp, events, factors, names=("r.csv", "e.csv", "f.csv"))
    report = str(error.value)
    for located in ["r.csv, row 9, column RET, value 'n.a.?': not a number",
                    "r.csv, row 10, column RET, value '-1.5': a return below −100 %",
                    "r.csv, row 11, column date, value '20171340': not a date",
                    "r.csv, row 13, column date, value '20170116': the security has two returns",
                    "e.csv, row 3, column permno, value '99999': this security has no returns",
                    "e.csv, row 3, column event_id, value 'x': event_id is empty or not unique",
                    "e.csv, row 2, column after_close, value 'perhaps': neither yes nor no",
                    "f.csv, row 3, column date, value '2017-01-02': this date has two rows",
                    "f.csv, row 3, column mkt, value 'high': not a number"]:
        # Securities are known only once the returns are sound.
        if "no returns" not in located:
            assert located in report
    with pytest.raises(FactError, match="row 3, column permno, value '99999': this security"):
        own_tables(crsp.drop(index=[7, 8, 9, 11]), EVENTS.assign(permno=["14593", "99999"]))


@pytest.mark.parametrize(("frame", "message"), [
    (pd.DataFrame({"x": ["1"]}), "no column with the date"),
    (pd.DataFrame({"permno": ["1"], "date": ["2017-01-02"]}), "no column with the return"),
    (pd.DataFrame({"date": ["2017-01-02", "2017-01-02"], "a": ["0", "0"]}), "this date has two"),
    (pd.DataFrame({"date": ["2017-01-02"], "a": ["1.5"]}), "They look like per cent"),
])
def test_tables_of_another_shape_are_refused(frame, message):
    with pytest.raises(FactError, match=message):
        own_returns(frame)


def test_factors_by_the_names_of_their_library():
    returns = pd.DataFrame({"date": ["2017-01-02"], "a": ["0.01"]})
    given = pd.DataFrame({"date": ["20170102"], "Mkt-RF": ["0.01"], "SMB": ["0"], "RF": ["0"],
                          "source": ["library"]})
    assert own_returns(returns, given)[1].columns.tolist() == ["mkt_rf", "smb", "rf"]
    with pytest.raises(FactError, match="divide by 100"):
        own_returns(returns, given.assign(**{"Mkt-RF": "0.31"}))


def test_many_faults_of_one_kind_are_counted():
    frame = pd.DataFrame({"date": [f"bad {i}" for i in range(50)], "a": "0"})
    with pytest.raises(FactError, match="30 more rows"):
        own_returns(frame)


@pytest.fixture
def run(tmp_path, crsp):
    app = typer.Typer()
    register(app)
    crsp.to_csv(tmp_path / "returns.csv", index=False)
    EVENTS.to_csv(tmp_path / "events.csv", index=False)

    def call(*extra, returns="returns.csv"):
        return CliRunner().invoke(app, [
            "eventstudy", "--events", str(tmp_path / "events.csv"), "--returns",
            str(tmp_path / returns), "--estimation", "-90,-11", "--min-obs", "60",
            "--event-window", "-2,3", "--window", "-1,1", "--window", "0:1", *extra])
    return call


def test_command_prints_and_writes(run, tmp_path):
    found = run("--out", str(tmp_path / "out"))
    assert found.exit_code == 0, found.output
    assert "Mean CAR(−1, +1): " in found.output and "(2 events)" in found.output
    assert "CAR(−1, +1): all 2 events are in it" in found.output
    cars = pd.read_csv(tmp_path / "out/cars.csv")
    assert cars["window"].tolist() == ["m1_p1", "0_p1"] * 2
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "events.csv", "cars.csv", "tests.csv", "abnormal_returns.csv", "caar.csv"}


def test_command_answers_in_json(run):
    found = json.loads(run("--json", "--model", "constant_mean").output)
    assert found["events"] == {"ok": 2}
    assert {t["window"] for t in found["tests"]} == {"m1_p1", "0_p1"}


def test_command_says_what_is_wrong(run, tmp_path):
    assert isinstance(run(returns="none.csv").exception, FileNotFoundError)
    (tmp_path / "bad.json").write_bytes(b"")
    assert "neither CSV nor Parquet nor Excel" in str(run(returns="bad.json").exception)
    for name in ("bad.parquet", "bad.xlsx", "bad.gz"):
        (tmp_path / name).write_bytes(b"no")
        assert f"{name}: it cannot be read" in str(run(returns=name).exception)
    with pytest.raises(ValueError, match="two whole numbers"):
        parse_window("1")
    assert parse_window("-1:1") == parse_window("-1,1") == (-1, 1)
