"""``breachstudy compile``: from the public files to the committed tables, byte for byte."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.compile import commands
from breachstudy.errors import FactError
from breachstudy.schema.codebook import tables
from breachstudy.study import Study

ROOT = Path(__file__).parents[2]
SOURCES = ROOT.parent / "shared" / "sources"
NEEDED = ("notices", "firms", "firm_links", "event_matches", "events", "event_members")

with_public_files = pytest.mark.skipif(not SOURCES.is_dir(), reason="needs the public files")


@pytest.fixture
def study(tmp_path):
    """A checkout with the tables settled by hand, and the members, whose ids stay."""
    found = Study(tmp_path)
    found.raw.mkdir(parents=True)
    for name in NEEDED:
        shutil.copy(ROOT / "data" / "raw" / f"{name}.csv", found.raw)
    return found


def is_as_committed(study, name):
    return (study.raw / f"{name}.csv").read_bytes() == (
        ROOT / "data" / "raw" / f"{name}.csv").read_bytes()


@pytest.mark.slow
@with_public_files
def test_the_notices_come_out_as_committed(study):
    (study.raw / "notices.csv").unlink()
    said = commands.notices(SOURCES / "notices", study)
    assert is_as_committed(study, "notices")
    assert said.startswith("data/raw/notices.csv") and "changed" in said.splitlines()[0]


@pytest.mark.slow
@with_public_files
def test_reports_and_events_come_out_as_committed(study):
    commands.registers(SOURCES, study)
    assert is_as_committed(study, "register_reports")
    assert is_as_committed(study, "event_members")


@with_public_files
def test_a_false_exact_link_is_refused_and_nothing_is_written(study):
    path = study.raw / "firm_links.csv"
    links = pd.read_csv(path, dtype=str, keep_default_na=False)
    links.loc[links["link_id"] == "adobe--adobe", "organisation_key"] = "adoby"
    links.to_csv(path, index=False, lineterminator="\n")
    with pytest.raises(ValueError, match=r"no company of that name and index key.*adobe--adobe"):
        commands.registers(SOURCES, study)
    assert is_as_committed(study, "event_members")


def test_unsound_and_missing_tables_are_all_named_before_any_register_is_read(study, tmp_path):
    (study.raw / "firms.csv").unlink()
    path = study.raw / "firm_links.csv"
    path.write_text(path.read_text("utf-8").replace("exact_name", "guess", 1), "utf-8")
    with pytest.raises(FactError) as error:
        commands.registers(tmp_path, study)
    assert {(p.file, p.column) for p in error.value.problems} == {
        ("data/raw/firms.csv", None), ("data/raw/firm_links.csv", "method")}


def test_missing_public_files_are_named(study, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"maine_2018_2020\.xlsx"):
        commands.notices(tmp_path, study)


def test_changes_are_counted_by_row_and_column():
    old = b"id,a,b\n1,x,\n2,y,3\n3,z,4\n"
    new = b"id,a,b\n1,x,5\n2,q,6\n4,z,4\n"
    assert commands.changes(old, new, ["id"]) == "2 rows changed; 1 new; 1 gone (a 1, b 2)"
    assert commands.changes(old, old, ["id"]) == "0 rows changed; 0 new; 0 gone"


def test_committed_matches_name_groups_that_exist():
    members = pd.read_csv(ROOT / "data/raw/event_members.csv", dtype=str).set_index("member_id")
    matches = pd.read_csv(ROOT / "data/raw/event_matches.csv", dtype=str)
    assert list(matches) == tables("raw")["event_matches"].names
    own = members.loc[matches["member_id"]]
    assert (own["event_id"].to_numpy() == matches["event_id"].to_numpy()).all()
    assert (own["reason"].fillna("").to_numpy() == matches["note"].fillna("").to_numpy()).all()
    assert own["rule"].isin(["first", "by_hand"]).all()
