"""Events and their sources, as committed: the checks hold, and what changed is as logged."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.errors import FactError
from breachstudy.facts import event_checks as checks
from breachstudy.facts.validate import load_raw
from breachstudy.report.docs_corrections import MEASURES
from breachstudy.schema.codebook import tables
from breachstudy.study import Study
from breachstudy.workflow.build import build
from breachstudy.workflow.check import check_events

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def committed():
    """Raw frames and built frames of what is committed."""
    study = Study(ROOT)
    made = build(study.raw_files(), study.raw_returns())
    return load_raw(study.raw_files(), tables("raw")), made.frames


def test_nothing_is_unexplained(committed):
    assert [f"{f.check}: {f.detail}" for f in check_events(*committed) if not f.ok] == []


def test_what_changed_is_as_logged(committed):
    raw, built = committed
    events = built["events"].set_index("event_id")
    changes = raw["event_changes"]
    retired = changes[changes["column"] == "event_id"]
    assert not set(retired["event_id"]) & set(events.index)
    # No other event where the row was of no listed firm.
    assert set(retired["after"].dropna()) <= set(events.index)
    for change in changes[changes["column"] != "event_id"].itertuples():
        value = events.at[change.event_id, change.column]
        shown = "" if pd.isna(value) else str(value).lower() if isinstance(
            value, bool) or str(value) in {"True", "False"} else str(value)
        logged = "" if pd.isna(change.after) else change.after
        assert shown == logged, f"{change.event_id}/{change.column}"


def test_measures_are_those_counted_before(committed):
    raw, built = committed
    assert set(raw["fact_measures"]["measure"]) == set(MEASURES)
    now = {n: f(built["events"], built["milestones"]) for n, (_, f) in MEASURES.items()}
    assert now["register_discoveries"] == now["outside_the_news"] == now["uncoded_revisions"] == 0


@pytest.mark.parametrize(("event_id", "column", "value"), [
    ("sally-beauty-2014", "discovered_lo", dt.date(2014, 2, 24)),
    ("home-depot-2014", "discovered_lo", dt.date(2014, 9, 2)),
    ("ihg-2017", "event_date", dt.date(2016, 12, 28)),
    ("mgm-2020", "event_date", dt.date(2020, 2, 19)),
    ("walgreens-2013-a", "ticker", "WAG"),
    ("walgreens-2015-a", "ticker", "WBA"),
    ("gannett-2017", "car_reason", "no_prices"),
    ("caesars-2016", "cik", "0000858339"),
    ("caesars-2017", "car_reason", "prices_end_before"),
])
def test_named_cases(committed, event_id, column, value):
    events = committed[1]["events"].set_index("event_id")
    assert events.at[event_id, column] == value


def test_named_rows_left_their_event(committed):
    members = committed[0]["event_members"].set_index("member_id")["event_id"]
    for row, event_id in (("report--indiana-ag-03504", "capital-one-2019"),
                          ("report--california-ag-02216", "jpmorgan-2014"),
                          ("report--indiana-ag-03684", "quest-amca-2019")):
        assert members[row] != event_id


def test_a_correction_in_the_raw_table_must_stand_there(committed):
    study = Study(ROOT)
    files = dict(study.raw_files())
    files["firms"] = files["firms"].replace(b"WAG,WBA", b"WBA,WBA")
    with pytest.raises(FactError, match=r"new_value, value 'WAG': the table holds 'WBA'"):
        load_raw(files, tables("raw"))


def changed(frame, key, value, **cells):
    row = frame[key] == value
    assert row.any()
    out = frame.copy()
    for column, cell in cells.items():
        out[column] = out[column].astype(object)
        out.loc[row, column] = cell
    return out


def test_each_check_finds_its_fault(committed):
    raw, built = committed
    events, milestones = built["events"], built["milestones"]

    def found(check, **frames):
        return " ".join(check(raw, {**built, **frames}))

    moved = {**raw, "event_members": changed(
        raw["event_members"], "member_id", "report--indiana-ag-03504", event_id="capital-one-2019")}
    assert "indiana-ag-03504" in " ".join(checks.misjoined_members(moved, built))
    late = changed(events, "event_id", "conduent-2025", event_date=dt.date(2025, 10, 24))
    assert "conduent-2025: claim of 2025-01-21" in found(checks.news_before_the_day, events=late)
    twice = changed(events, "event_id", "sally-beauty-2015", event_date=dt.date(2014, 3, 5))
    assert "sally-beauty-2014" in found(checks.shared_days, events=twice)
    outed = changed(events, "event_id", "sony-2014", is_outed=True)
    assert found(checks.unsourced_outings, events=outed) == "sony-2014"
    revised = changed(events, "event_id", "anthem-2015", scope_revised_lo=dt.date(2015, 2, 24),
                      scope_revised_hi=dt.date(2015, 2, 24))
    assert found(checks.wrong_revisions, events=revised) == "anthem-2015"
    other = changed(events, "event_id", "walgreens-2013-a", ticker="WBA")
    assert found(checks.securities_of_other_days, events=other) == "walgreens-2013-a"
    end = milestones[(milestones["type"] == "incident_start")
                     & (milestones["source_id"] == "indiana_ag")].head(1).assign(
        type="incident_end")
    both = pd.concat([milestones, end.assign(milestone_id="copy/incident_end/row"),
                      end.assign(type="incident_start", milestone_id="copy/incident_start/row")])
    both.loc[both["milestone_id"].str.startswith("copy/"), "event_id"] = "copy"
    assert found(checks.copied_ends, milestones=both) == "copy/incident_end/row"
    blog = {**raw, "milestones": changed(raw["milestones"], "milestone_id",
                                         "hilton-2015/first_public/1", by="press")}
    assert " ".join(checks.blogs_called_press(blog, built)) == "hilton-2015/first_public/1"
    kept = raw["severity"]["value"] != "11222718"
    parts = {**raw, "severity": raw["severity"][kept]}
    assert " ".join(checks.parts_called_all(parts, built)) == "vtech-2015"
    client = changed(events, "event_id", "amgen-2024", discovered_lo=dt.date(2024, 4, 10))
    assert found(checks.discoveries_apart, events=client) == "amgen-2024"


@pytest.mark.parametrize(("event_id", "column", "value"), [
    ("grainger-2017", "incident_end_lo", dt.date(2017, 8, 23)),  # Oregon and Washington
    ("staples-2015-a", "is_issuer_notice", True),  # in the merchant's name
    ("magellan-2020", "n_affected_basis", "register_total"),  # larger than the page's
    ("golden-entertainment-2020", "n_affected", 17_683),  # the page's is larger
    ("walgreens-2014-b", "public_by", "regulator"),
    ("american-airlines-2022", "firm_statement_lo", dt.date(2022, 9, 19)),
])
def test_kinds_found_by_the_audit(committed, event_id, column, value):
    assert committed[1]["events"].set_index("event_id").at[event_id, column] == value
