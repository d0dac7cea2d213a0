"""``breachstudy compile`` on registers of our own in the forms of the published ones.

That the public files give the committed tables byte for byte is seen by hand, with
benchmarks/compare_sources.py.
"""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.compile import commands
from breachstudy.compile.notices import REGISTER_FILES as NOTICE_FILES
from breachstudy.compile.register_reports import REGISTER_FILES as REPORT_FILES
from breachstudy.errors import FactError
from breachstudy.schema.codebook import tables
from breachstudy.study import Study

from .test_notices import form, older, types, washington

ROOT = Path(__file__).parents[2]
NEEDED = ("notices", "firms", "firm_links", "event_matches", "events", "event_members")


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


@pytest.fixture
def registers(tmp_path):
    """Every register in the form in which it is published, with rows made up in our words: Maine's
    and Washington's notices, California's list, and the others without a row."""
    folder = tmp_path / "public" / "notices"
    folder.mkdir(parents=True)
    maine = form({"name": "Zebra Mills, Inc.", "discovered": "4/1/2019", "total": "100"})
    lists = older(("Yellow Barn", "Unauthorized access 1/2/2017", "2/3/2017", "Name", "5"))
    for key, frame, head in (("maine_form", maine, 0), ("maine_list", lists, 1)):
        frame.to_excel(folder / NOTICE_FILES[key], index=False, startrow=head)
    washington({"Name": "Zulu Tea", "Id": "1,001"}).to_csv(folder / NOTICE_FILES["washington"],
                                                           index=False)
    types(("1,001", "Name")).to_csv(folder / NOTICE_FILES["washington_types"], index=False)
    columns = [f"c{i}" for i in range(10)]
    rows = {"california_ag": [("Adobe", "6/20/2017", "7/14/2017"),
                              ("Nobody Known", "6/20/2017", "7/14/2017")]}
    for register, names in REPORT_FILES.items():
        frame = pd.DataFrame([[*r, *[None] * (10 - len(r))] for r in rows.get(register, [])],
                             columns=columns)
        for name in names:
            if name.endswith("xlsx"):
                frame.to_excel(folder / name, index=False)
            else:
                frame.to_csv(folder / name, index=False)
    return folder.parent


def test_notices_are_read_as_published_written_and_said_again_as_before(study, registers):
    (study.raw / "notices.csv").unlink()
    said = commands.notices(registers, study)
    assert said.startswith("data/raw/notices.csv: 3 rows, changed\n3 rows of 3 registers")
    made = pd.read_csv(study.raw / "notices.csv", dtype=str).set_index("organisation")
    assert set(made["source_id"]) == {"maine_ag_form", "maine_ag_list", "washington_ag"}
    assert made.loc["Zebra Mills, Inc.", "discovered_lo"] == "2019-04-01"
    assert "3 rows, as before" in commands.notices(registers, study)


def test_reports_of_listed_firms_are_written_and_those_of_others_counted(study, registers):
    path = study.raw / "event_matches.csv"
    matches = pd.read_csv(path, dtype=str, keep_default_na=False)
    matches[matches["member_id"].str.startswith("notice--")].to_csv(
        path, index=False, lineterminator="\n")
    said = commands.registers(registers, study)
    assert "2 rows of registers = 1 reports of listed firms + 1 of others + 0 dropped" in said
    made = pd.read_csv(study.raw / "register_reports.csv", dtype=str)
    assert made["organisation"].tolist() == ["Adobe"]
    assert made["reported_lo"].tolist() == ["2017-07-14"]
    members = pd.read_csv(study.raw / "event_members.csv", dtype=str)
    assert members["member_ref"].str.startswith("california-ag-").sum() == 1


def test_a_false_exact_link_is_refused_and_nothing_is_written(study, registers):
    (registers / "firms").mkdir()
    names = pd.read_csv(study.raw / "firm_links.csv", dtype=str)
    firms = pd.read_csv(study.raw / "firms.csv", dtype=str).dropna(subset=["cik"])
    own = names[names["method"].eq("exact_name")].merge(firms, on="firm_id")
    pd.DataFrame({"cik": own["cik"].astype(int), "name": own["organisation"],
                  "ticker": own["ticker"], "exchange": own["exchange"]}).to_csv(
        registers / "firms" / commands.SECURITIES, index=False)
    path = study.raw / "firm_links.csv"
    links = pd.read_csv(path, dtype=str, keep_default_na=False)
    links.loc[links["link_id"] == "adobe--adobe", "organisation_key"] = "adoby"
    links.to_csv(path, index=False, lineterminator="\n")
    with pytest.raises(ValueError, match=r"no company of that name and index key.*adobe--adobe"):
        commands.registers(registers, study)
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
