"""Files as people send them: recognised with a line, or refused with the place."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from breachstudy.cli.eventstudy import parse_window, register
from breachstudy.errors import FactError
from breachstudy.eventstudy import EventsError, FactorsError, OptionError, UnknownColumnError
from breachstudy.eventstudy.own.cells import decimal_mark, read_dates, read_numbers
from breachstudy.eventstudy.own.files import own_tables
from breachstudy.eventstudy.own.read import read_file

FRAME = pd.DataFrame({"date": ["2018-03-05", "2018-03-06"], "Ä": ["0.01", "-0.02"]})
DAYS = pd.bdate_range("2017-01-02", periods=300)


def text(frame):
    return frame.astype("string").fillna("")


@pytest.mark.parametrize(("encoding", "note"), [
    ("utf-8", None), ("utf-8-sig", None), ("utf-16", "UTF-16"), ("utf-16-le", "without a mark"),
    ("utf-16-be", "without a mark"), ("cp1252", "Windows-1252")])
@pytest.mark.parametrize(("mark", "word"), [(",", None), (";", "semicolons"), ("\t", "tabs"),
                                            ("|", "bars")])
def test_encodings_and_delimiters_are_recognised(tmp_path, encoding, note, mark, word):
    path = tmp_path / "r.csv"
    FRAME.to_csv(path, index=False, sep=mark, encoding=encoding)
    found = read_file(path)
    assert found.frame.columns.tolist() == ["date", "Ä"]
    assert found.frame.astype(str).values.tolist() == FRAME.values.tolist()
    said = " ".join(found.notes)
    assert (note or "") in said and (word or "") in said
    assert len(found.notes) == (note is not None) + (word is not None)


def test_gzip_and_lines_after_the_last_row(tmp_path):
    path = tmp_path / "r.csv.gz"
    path.write_bytes(gzip.compress(FRAME.to_csv(index=False).encode() + b"\n,\n\n"))
    assert len(read_file(path).frame) == 2


def test_files_that_cannot_be_tables_are_refused(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("date,a\n2018-03-05,0.1\n2018-03-06,0.1,7\n2018-03-07,0.1\n")
    with pytest.raises(FactError, match=r"r\.csv, row 3, value '2018-03-06,0\.1,7': 3 cells under "
                       "a header of 2"):
        read_file(path)
    path.write_text("  \n")
    with pytest.raises(FactError, match="an empty file"):
        read_file(path)
    path.write_text("date,a, a\n2018-03-05,0.1,0.2\n")
    with pytest.raises(FactError, match="columns appear twice: a"):
        read_file(path)
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none.csv")


@pytest.mark.parametrize("kind", ["unnamed", "named", "two", "two unnamed", "plain", "doubled"])
def test_a_parquet_index_becomes_columns(tmp_path, kind):
    wide = pd.DataFrame({"a": [0.1, 0.2, 0.3]}, index=DAYS[:3])
    wide.index.freq = None
    frame = {"unnamed": wide, "named": wide.rename_axis("day"),
             "two": wide.rename_axis("date").stack().rename_axis(["date", "security"]).rename(
                 "ret").to_frame(),
             "two unnamed": wide.stack().rename("ret").to_frame(),
             "plain": wide.rename_axis("date").reset_index(),
             "doubled": wide.rename_axis("date").assign(date=wide.index)}[kind]
    path = tmp_path / "r.parquet"
    if kind == "doubled":
        frame = frame.rename_axis("date")
    frame.to_parquet(path)
    found = read_file(path)
    events = text(pd.DataFrame({"security": ["a"], "date": ["2017-01-03"]}))
    returns = own_tables(found.frame, events).returns
    assert returns["a"].tolist() == [0.1, 0.2, 0.3]
    assert bool(found.notes) == (kind not in ("plain", "doubled"))


def test_excel_is_read_with_its_types(tmp_path):
    path = tmp_path / "e.xlsx"
    frame = pd.DataFrame({"ticker": [14593, 10107], "date": pd.to_datetime(
        ["2018-03-05 00:00", "2018-03-06 17:30"]), "firm": ["x", None]})
    with pd.ExcelWriter(path) as book:
        frame.to_excel(book, sheet_name="mine", index=False)
        frame.to_excel(book, sheet_name="old", index=False)
    found = read_file(path)
    assert found.notes == ("e.xlsx: Excel, sheet 'mine' (not read: 'old')",)
    returns = pd.DataFrame({"date": ["2018-03-05"], "14593": ["0.1"], "10107": ["0.1"]})
    events = own_tables(text(returns), found.frame).events
    assert events["security"].tolist() == ["14593", "10107"]
    assert events["date"].tolist() == frame["date"].tolist()
    assert events["firm"].isna().tolist() == [False, True]


def dates(values, **options):
    return read_dates(pd.Series(values, dtype="string"), **options)


@pytest.mark.parametrize(("values", "second"), [
    (["13.03.2018", "05.03.2018"], "2018-03-05"), (["03/13/2018", "03/05/2018"], "2018-03-05"),
    (["13-3-2018", "5-3-2018"], "2018-03-05"), (["2018/03/13", "2018/3/5"], "2018-03-05"),
    (["20180313", "20180305"], "2018-03-05"), (["13 Mar 2018", "5 March 2018"], "2018-03-05"),
    (["Mar 13, 2018", "March 5, 2018"], "2018-03-05"), (["13-Mar-2018", "5-Mar-2018"],
                                                        "2018-03-05")])
def test_dates_in_the_manners_of_people(values, second):
    found = dates(values)
    assert not found.faults
    assert found.values.tolist() == [pd.Timestamp("2018-03-13"), pd.Timestamp(second)]


def test_day_and_month_that_cannot_be_told_apart():
    found = dates(["03/04/2018", "05/05/2018"])
    assert [(m.tolist(), w) for m, w, _ in found.faults] == [
        ([True, False], "day and month cannot be told apart in any row of this column")]
    assert found.values[1] == pd.Timestamp("2018-05-05")
    assert dates(["03/04/2018"], order="dmy").values[0] == pd.Timestamp("2018-04-03")
    assert dates(["03/04/2018"], order="mdy").values[0] == pd.Timestamp("2018-03-04")
    mixed = dates(["13.03.2018", "14.03.2018", "03.13.2018"])
    assert mixed.faults[0][0].tolist() == [False, False, True]
    assert dates(["03/13/2018"], order="dmy").faults[0][1] == "not in the order dmy"


@pytest.mark.parametrize("value", ["2018", "2018-03", "March 2018", "03/2018"])
def test_a_month_is_no_date(value):
    assert dates([value, "2018-03-05"]).faults[0][1] == "a month or a year, not a day"


@pytest.mark.parametrize("value", ["soon", "2018-02-30", "31.02.2018", "13 Foo 2018", "0018-03-05",
                                   "3018-03-05", ""])
def test_what_is_no_day_is_refused(value):
    found = dates([value, "13.03.2018" if "." in value else "2018-03-05"])
    assert [m.tolist() for m, _, _ in found.faults] == [[True, False]]


def test_offsets_in_tables_and_in_events():
    day = dates(["2018-03-05T00:00:00+09:00", "2018-03-06T00:00:00+09:00"])
    assert not day.faults and day.values.dt.day.tolist() == [5, 6] and "as it is written" in (
        day.notes[0])
    assert "in UTC" in dates(["2018-03-05T15:00:00Z"]).faults[0][1]
    stamps = dates(["2018-03-05T15:00:00Z", "2018-03-06"], times=True)
    assert stamps.values.tolist() == ["2018-03-05T15:00:00Z", "2018-03-06T00:00:00"]


@pytest.mark.parametrize(("cells", "mark", "is_open"), [
    (["0,01", "-0,5"], ",", False), (["1,234"], ".", True), (["1,234", "12,5"], ",", False),
    (["1,234.5", "2,000"], ".", False), (["0.01", "5"], ".", False), (["1.234,5"], ",", False),
    (["0,123"], ",", False), (["1,234,567"], ".", True)])
def test_the_decimal_mark_is_found_or_left_open(cells, mark, is_open):
    assert decimal_mark([pd.Series(cells, dtype="string")]) == (mark, is_open)


@pytest.mark.parametrize(("cell", "mark", "value"), [
    ("1.234,5", ",", 1234.5), ("1,234.5", ".", 1234.5), ("−0.5", ".", -0.5), ("1,5 %", ",", 0.015),
    ("2%", ".", 0.02), ("1e-3", ".", 0.001), ("1 234.5", ".", 1234.5), ("", ".", np.nan),
    ("n/a", ".", np.nan), (".5", ".", 0.5)])
def test_numbers_in_the_manners_of_people(cell, mark, value):
    found = read_numbers(pd.Series([cell], dtype="string"), mark)
    assert not found.faults
    assert found.values[0] == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(("cell", "mark"), [("1.234", ","), ("12,34", "."), ("1,2,3", "."),
                                            ("abc", "."), ("1.2.3", "."), ("-", ".")])
def test_what_is_no_number_is_refused_or_empty(cell, mark):
    found = read_numbers(pd.Series([cell], dtype="string"), mark)
    if cell == "1.234":  # thousands, where commas are decimal marks
        assert found.values[0] == 1234
    elif cell == "-":
        assert np.isnan(found.values[0])
    else:
        assert found.faults[0][1] == "not a number"


@given(st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 4)), min_size=1, max_size=20))
def test_decimal_commas_are_read_back(values):
    cells = pd.Series([f"{v:.4f}".replace(".", ",") for v in values], dtype="string")
    assert decimal_mark([cells]) == (",", False)
    assert read_numbers(cells, ",").values.tolist() == pytest.approx(values, abs=1e-9)


@given(st.lists(st.dates(min_value=pd.Timestamp("1990-01-01").date(),
                         max_value=pd.Timestamp("2030-12-31").date()), min_size=2, max_size=30)
       .filter(lambda ds: any(d.day > 12 for d in ds)), st.sampled_from([".", "/", "-"]),
       st.booleans())
def test_dates_with_a_telling_day_are_read_back(days, mark, month_first):
    form = f"%m{mark}%d{mark}%Y" if month_first else f"%d{mark}%m{mark}%Y"
    found = dates([d.strftime(form) for d in days])
    assert not found.faults
    assert found.values.dt.date.tolist() == days


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A folder with sound files, and the command in it."""
    rng = np.random.default_rng(5)
    market = rng.normal(0, 0.01, 300)
    returns = pd.DataFrame(market[:, None] + rng.normal(0, 0.02, (300, 6)), DAYS, list("abcdef"))
    returns.round(6).rename_axis("date").reset_index().to_csv(tmp_path / "r.csv", index=False)
    pd.DataFrame({"date": DAYS, "mkt": market.round(6)}).to_csv(tmp_path / "f.csv", index=False)
    pd.DataFrame({"security": list("abcdef"), "date": DAYS[200], "sector": list("xxxyyy"),
                  "group": ["g"] * 5 + [""]}).to_csv(tmp_path / "e.csv", index=False)
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    register(app)

    def call(*extra, events="e.csv", returns=("--returns", "r.csv"),
             factors=("--factors", "f.csv")):
        return CliRunner().invoke(app, ["eventstudy", "--events", events, *returns, *factors,
                                        "--estimation", "-150,-11", "--event-window", "-2,3",
                                        "--window", "-1,1", *extra])
    call.returns = returns
    return call


def test_prices_give_the_cars_of_returns(study, tmp_path):
    (1 + study.returns).cumprod().round(9).rename_axis("date").reset_index().iloc[::-1].to_csv(
        tmp_path / "p.csv", index=False)
    assert study("--cars", "a.csv").exit_code == 0
    found = study("--cars", "b.parquet", returns=("--prices", "p.csv"))
    assert found.exit_code == 0, found.output
    assert "p.csv: rows came newest first" in found.output
    right, own = pd.read_csv("a.csv"), pd.read_parquet("b.parquet")
    np.testing.assert_allclose(own["car"], right["car"], atol=1e-4)
    assert own.columns.tolist() == right.columns.tolist()
    assert study("--cars", "a.txt").exception.__class__ is OptionError
    assert study(returns=()).exit_code == 2 and study("--prices", "p.csv").exit_code == 2


def test_negative_prices_are_crsp_or_refused():
    crsp = pd.DataFrame({"permno": "1", "date": ["20180305", "20180306", "20180307"],
                         "prc": ["10", "-11", "0"]})
    events = pd.DataFrame({"permno": ["1"], "date": ["20180306"]})
    found = own_tables(text(crsp), text(events), prices=True)
    assert found.returns["1"].tolist()[1] == pytest.approx(0.1)
    assert any("means of bid and ask" in n for n in found.notes)
    assert any("zero" in n for n in found.notes)
    with pytest.raises(FactError, match="row 3, column close, value '-11': a negative price"):
        own_tables(text(crsp.rename(columns={"prc": "close"})), text(events), prices=True)


def test_returns_at_delisting_are_used():
    crsp = pd.DataFrame({"permno": "1", "date": ["20180305", "20180306", "20180307"],
                         "ret": ["0.1", "-0.05", ""], "dlret": ["", "-0.2", "-1"]})
    events = pd.DataFrame({"permno": ["1"], "date": ["20180306"]})
    found = own_tables(text(crsp), text(events))
    assert found.returns["1"].tolist() == pytest.approx([0.1, 0.95 * 0.8 - 1, -1.0])
    assert any("2 returns at delisting in dlret were used" in n for n in found.notes)
    with pytest.raises(FactError, match=r"column dlret, value '-1\.2': a return below"):
        own_tables(text(crsp.assign(dlret=["", "-1.2", ""])), text(events))


def test_questions_put_wrongly_are_answered(study, tmp_path):
    error = study("--by", "nope").exception
    assert isinstance(error, UnknownColumnError)
    assert str(error) == ("e.csv has no column nope to group or cluster by; it has security, date, "
                          "sector, group")
    assert "1 events have no group to group by: 7" in str(study("--by", "group").exception)
    error = study("--model", "ff3").exception
    assert isinstance(error, FactorsError) and "needs mkt_rf, smb, hml, rf" in str(error)
    assert "no file of factors was given" in str(study(factors=()).exception)
    assert study("--model", "constant_mean", factors=()).exit_code == 0
    (tmp_path / "none.csv").write_text("security,date\n")
    assert "none.csv: no events" in str(study(events="none.csv").exception)
    (tmp_path / "early.csv").write_text("security,date\na,2017-01-05\nb,1999-01-01\n")
    error = study(events="early.csv").exception
    assert isinstance(error, EventsError) and str(error).startswith("no event could be studied:")
    assert "give earlier returns" in str(error) and "begin earlier" in str(error)
    assert "no exchange 'NOPE'" in str(_timed(study, tmp_path).exception)
    with pytest.raises(OptionError, match="two whole numbers"):
        parse_window("-1,1,2")
    assert parse_window("−1, +1") == (-1, 1)


def _timed(study, tmp_path):
    (tmp_path / "t.csv").write_text("security,date\na,2017-10-05 14:00\n")
    return study("--exchange", "NOPE", events="t.csv")


def test_answers_come_in_words_tables_and_a_figure(study):
    found = study("--by", "sector", "--plot", "p.svg", "--out", "o", "--format", "parquet",
                  "--cars", "c.csv")
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert any(line.startswith("Mean CAR(−1, +1), sector x: ")
               and "(3 events), 95% interval" in line for line in lines)
    tests = pd.read_parquet("o/tests.parquet")
    assert tests["group"].unique().tolist() == ["x", "y"]
    caar = pd.read_parquet("o/caar.parquet")
    assert len(caar) == 12 and caar["n"].eq(3).all()
    assert Path("p.svg").read_text("utf-8").startswith("<?xml")
    # The numbers of the headline are those of the table.
    x = tests[(tests["group"] == "x") & (tests["statistic"] == "cross_sectional_t")].iloc[0]
    shown = f"{100 * x['mean_car']:+.2f} %".replace("-", "−")
    assert f"sector x: {shown} (3 events)" in found.output
    assert study("--plot", "p.bmp").exception.__class__ is OptionError
    assert "p.png" in study("--plot", "p.png").output
