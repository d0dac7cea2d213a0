"""Years that cannot be are refused in every raw table, with the row and the column."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.facts.read import parse_table
from breachstudy.facts.validate import check_tables
from breachstudy.schema.codebook import COLLECTED_THROUGH, DATES_FROM, tables

ROOT = Path(__file__).parents[2]
SPEC = tables("raw")["milestones"]


def problems(lo, hi):
    row = dict.fromkeys(SPEC.names, "") | {
        "milestone_id": "acme-2018/incident_start/1", "event_id": "acme-2018",
        "type": "incident_start", "date_lo": lo, "date_hi": hi, "date_precision": "span",
        "source_id": "x", "evidence": "since 5 March"}
    data = (",".join(row) + "\n" + ",".join(row.values()) + "\n").encode()
    frame, found = parse_table(data, "milestones.csv", SPEC)
    return [p for p in found + check_tables({"milestones": frame}, {"milestones": SPEC})
            if p.column in ("date_lo", "date_hi")]


@pytest.mark.parametrize("year", ["0018", "1018", "1918", "1999", "2102", "2103"])
def test_years_that_cannot_be_are_refused(year):
    found = problems(f"{year}-03-05", f"{year}-03-05")
    assert {(p.row, p.column) for p in found} == {(2, "date_lo"), (2, "date_hi")}
    assert all("Check the year" in p.remedy for p in found)


def test_the_first_and_the_last_day_are_taken():
    assert problems(str(DATES_FROM), str(COLLECTED_THROUGH)) == []
    assert problems(str(DATES_FROM - dt.timedelta(days=1)), str(COLLECTED_THROUGH))


def test_no_committed_table_has_such_a_year():
    for name, spec in tables("raw").items():
        path = ROOT / "data" / "raw" / f"{name}.csv"
        dates = [c.name for c in spec.columns if c.type == "date"]
        if dates and path.is_file():
            frame = pd.read_csv(path, dtype=str, usecols=dates)
            assert (frame.min().dropna() >= DATES_FROM.isoformat()).all(), name
