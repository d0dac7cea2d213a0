"""Reading raw tables: every kind of bad input is one located problem, all in one run."""

import datetime as dt

import pandas as pd
import pytest

from breachstudy.errors import FactError
from breachstudy.facts.read import parse_table
from breachstudy.facts.validate import load_one, load_raw
from breachstudy.schema.codebook import Column, ForeignKey, Table

EVENTS = Table(
    "events", "Events", "one breach", "", ("event_id",), ("event_id",), (),
    (
        Column("event_id", "string", "Event", required=True, pattern="[a-z0-9-]+"),
        Column("kind", "string", "Kind", levels={"a": "first", "b": "second"}),
        Column("types", "string", "Types", levels={"x": "x", "y": "y"}, separator=";"),
        Column("n", "integer", "Number", minimum=0, maximum=100),
        Column("share", "number", "Share"),
        Column("is_big", "boolean", "Big"),
        Column("evidence", "string", "Evidence", max_words=3),
        Column("date_lo", "date", "Earliest"),
        Column("date_hi", "date", "Latest"),
        Column("date_precision", "string", "Precision"),
        Column("source_id", "string", "Source"),
    ),
)
EVENTS = Table(**{**{f: getattr(EVENTS, f) for f in EVENTS.__dataclass_fields__},
                  "foreign_keys": (ForeignKey(("source_id",), "sources.source_id"),)})
SOURCES = Table("sources", "Sources", "one page", "", ("source_id",), ("source_id",), (),
                (Column("source_id", "string", "Source", required=True),))
CORRECTIONS = Table(
    "corrections", "Corrections", "one fix", "", ("correction_id",), ("correction_id",), (),
    tuple(Column(n, "string", n.title(), required=n not in ("old_value", "new_value"))
          for n in ("correction_id", "table", "key", "column", "old_value", "new_value",
                    "reason")),
    may_be_empty=True,
)
SPECS = {"events": EVENTS, "sources": SOURCES, "corrections": CORRECTIONS}
HEADER = ("event_id,kind,types,n,share,is_big,evidence,date_lo,date_hi,date_precision,source_id\n")
GOOD = HEADER + 'e-1,a,x;y,12,0.5,true,"said, so",2014-09-02,2014-09-02,day,s1\n' \
    "e-2,,,,,,,,,,\n"
FIXES = "correction_id,table,key,column,old_value,new_value,reason\n"


def files(events=GOOD, sources="source_id\ns1\n", corrections=FIXES):
    return {"events": events.encode() if isinstance(events, str) else events,
            "sources": sources.encode(), "corrections": corrections.encode()}


def problems(**changed):
    with pytest.raises(FactError) as error:
        load_raw(files(**changed), SPECS)
    return error.value.problems


def test_good_files_are_typed():
    frames = load_raw(files(), SPECS)
    first, second = frames["events"].to_dict("records")
    assert first["date_lo"] == dt.date(2014, 9, 2) and first["n"] == 12
    assert first["evidence"] == "said, so" and first["is_big"] is True
    assert str(frames["events"]["n"].dtype) == "Int64"
    assert frames["events"].loc[1].drop(["event_id", "_row"]).isna().all()
    assert frames["events"]["_row"].tolist() == [2, 3]
    assert second["event_id"] == "e-2"


ROW = "e-1,a,x,12,0.5,true,said so,2014-09-02,2014-09-02,day,s1\n"


@pytest.mark.parametrize(("old", "new", "column", "said"), [
    ("2014-09-02,2014-09-02", "9/2/2014,2014-09-02", "date_lo", "spreadsheet"),
    ("2014-09-02,2014-09-02", "41884,2014-09-02", "date_lo", "spreadsheet"),
    ("2014-09-02,2014-09-02", "2-Sep-14,2014-09-02", "date_lo", "spreadsheet"),
    ("2014-09-02,2014-09-02", "2014-02-30,2014-09-02", "date_lo", "calendar"),
    ("2014-09-02,2014-09-02", "soon,2014-09-02", "date_lo", "not a date"),
    ("2014-09-02,2014-09-02", "2014-09-03,2014-09-02", "date_lo", "later than date_hi"),
    ("2014-09-02,2014-09-02", ",2014-09-02", "date_lo", "only one end"),
    ("2014-09-02,2014-09-02", "2014-09-01,2014-09-02", "date_precision", "longer than a day"),
    ("2014-09-02,2014-09-02", "2114-09-02,2114-09-02", "date_lo", "after the last day"),
    (",12,", ",1.200,", "n", "whole number"),
    (",12,", ",-3,", "n", "below 0"),
    (",12,", ",101,", "n", "above 100"),
    (",0.5,", ',"0,5",', "share", "not a number"),
    (",true,", ",TRUE,", "is_big", "true or false"),
    (",a,", ",c,", "kind", "not a level"),
    (",x,", ",x;z,", "types", "'z' is not a level"),
    (",x,", ",x;x,", "types", "twice"),
    ("said so", "said so on Monday", "evidence", "more than 3 words"),
    ("said so", " said so", "evidence", "spaces at its ends"),
    ("e-1,", "E 1,", "event_id", "does not match"),
    ("e-1,", ",", "event_id", "empty but required"),
    (",s1", ",s9", "source_id", "no row in data/raw/sources.csv"),
])
def test_a_bad_cell_is_located(old, new, column, said):
    found = problems(events=HEADER + ROW.replace(old, new, 1))
    assert len(found) >= 1
    hit = next(p for p in found if said in p.what and p.column == column)
    assert (hit.file, hit.row, hit.column) == ("data/raw/events.csv", 2, column)
    assert hit.remedy and str(hit).startswith(f"data/raw/events.csv, row 2, column {column}")


@pytest.mark.parametrize(("data", "said"), [
    (b"", "the file is empty"),
    (b" \n", "the file is empty"),
    (HEADER.encode(), "a header but no rows"),
    (b"\xef\xbb\xbf" + GOOD.encode(), "byte-order mark"),
    (GOOD.encode("utf-16"), "UTF-16"),
    (GOOD.replace("said", "Zürich").encode("latin-1"), "not UTF-8"),
    (GOOD.replace("\n", "\r\n").encode(), "carriage return"),
    (GOOD.encode().replace(b"e-2", b"e\x00"), "NUL"),
    (GOOD.replace("kind", "sort").encode(), "unknown"),
    (GOOD.replace("kind", "sort").encode(), "missing"),
    (GOOD.replace(",kind,", ",event_id,").encode(), "stands twice"),
    ((GOOD + "e-3,a\n").encode(), "the row has 2 cells"),
    ((GOOD + '"e-3,a\n').encode(), "cannot be read"),
    ((GOOD + GOOD.splitlines()[1] + "\n").encode(), "stands in rows 2, 4"),
    ((HEADER + ROW.replace("e-1", "e-9") + ROW).encode(), "stands after 'e-9'"),
])
def test_a_bad_file_is_located(data, said):
    found = problems(events=data)
    assert any(said in p.what for p in found), [str(p) for p in found]


def test_a_line_break_in_a_cell_is_refused_and_rows_are_counted_past_it():
    events = HEADER + ROW.replace("said so", '"said\nso"') + ROW.replace("e-1", "e-2").replace(
        ",12,", ",x,")
    assert [(p.row, p.column) for p in problems(events=events)] == [(2, "evidence"), (4, "n")]


def test_all_problems_of_all_files_come_at_once():
    found = problems(events=HEADER + ROW.replace(",12,", ",x,").replace(
        "2014-09-02,2014", "2,2014", 1),
                     sources="source_id\ns1\ns1\n",
                     corrections=FIXES + "c1,nowhere,k,c,,,why\n")
    assert {(p.file, p.column) for p in found} == {
        ("data/raw/events.csv", "n"), ("data/raw/events.csv", "date_lo"),
        ("data/raw/sources.csv", "source_id"), ("data/raw/corrections.csv", "table")}


def test_unknown_and_missing_files():
    given = files()
    given["evnts"] = given.pop("events")
    with pytest.raises(FactError) as error:
        load_raw(given, SPECS)
    said = {p.file: p.what for p in error.value.problems if p.row is None}
    assert "not a known table" in said["data/raw/evnts.csv"]
    assert "missing" in said["data/raw/events.csv"]


def test_a_correction_replaces_one_cell():
    fixes = FIXES + "c1,events,e-1,n,12,21,transposed digits\n" \
        "c2,events,e-1,date_lo,2014-09-02,2014-09-01,misread\n" \
        "c3,events,e-1,date_precision,day,,misread\n"
    frames = load_raw(files(corrections=fixes), SPECS)
    row = frames["events"].loc[0]
    assert row["n"] == 21 and row["date_lo"] == dt.date(2014, 9, 1)
    assert frames["events"]["date_precision"].isna().all()
    assert str(frames["events"]["n"].dtype) == "Int64"


@pytest.mark.parametrize(("fix", "column", "said"), [
    ("c1,events,e-1,n,13,21,why", "old_value", "the table holds '12'"),
    ("c1,events,e-9,n,12,21,why", "key", "names 0 rows"),
    ("c1,events,e-1,m,12,21,why", "column", "not a column"),
    ("c1,events,e-1,event_id,e-1,e-3,why", "column", "can be corrected"),
    ("c1,events,e-1,n,12,many,why", "new_value", "not a whole number"),
    ("c1,events,e-1,n,12,21,", "reason", "empty but required"),
])
def test_a_correction_that_does_not_fit_is_refused(fix, column, said):
    found = problems(corrections=FIXES + fix + "\n")
    assert any(p.file == "data/raw/corrections.csv" and p.column == column and said in p.what
               for p in found), [str(p) for p in found]


def test_report_counts_and_shortens():
    frame, found = parse_table((HEADER + ROW.replace(",12,", ",x,") * 1).encode(), "f.csv", EVENTS)
    assert len(frame) == 1 and len(found) == 1
    error = FactError(found * 30)
    assert error.report().startswith("30 problems") and len(error.report(5).splitlines()) == 7


def test_one_table_is_read_as_among_all_without_reading_them():
    given = files(corrections=FIXES + "c1,events,e-1,n,12,21,as the source says\n"
                                      "c2,sources,gone,kind,a,b,of another table\n")
    alone = load_one({n: given[n] for n in ("events", "corrections")}, "events", SPECS)
    assert alone["n"].tolist()[0] == 21
    whole = load_raw(files(corrections=FIXES + "c1,events,e-1,n,12,21,as it says\n"), SPECS)
    pd.testing.assert_frame_equal(alone, whole["events"])


@pytest.mark.parametrize(("changed", "file", "said"), [
    ({"events": GOOD.replace(",12,", ",many,")}, "events", "not a whole number"),
    ({"events": GOOD + "e-2,,,,,,,,,,\n"}, "events", "the key stands in rows 3, 4"),
    ({"events": GOOD.replace("2014-09-02,2014-09-02", "2014-09-03,2014-09-02")}, "events",
     "is later than"),
    ({"corrections": FIXES + "c1,events,e-1,n,13,21,why\n"}, "corrections", "the table holds"),
])
def test_one_table_has_its_own_checks(changed, file, said):
    with pytest.raises(FactError) as error:
        load_one(files(**changed), "events", SPECS)
    assert any(p.file == f"data/raw/{file}.csv" and said in p.what for p in error.value.problems)


def test_a_table_that_is_missing_is_said():
    with pytest.raises(FactError, match=r"data/raw/events\.csv: the file is missing"):
        load_one({"corrections": FIXES.encode()}, "events", SPECS)
