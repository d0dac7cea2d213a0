"""The committed dataset: data tests, and what other tools make of it."""

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from breachstudy.compile.names import organisation_key
from breachstudy.dataset.load import read_tables
from breachstudy.facts.validate import load_raw
from breachstudy.schema.codebook import tables
from breachstudy.study import Study
from breachstudy.workflow.check import check_frames

PROCESSED = Path(__file__).parents[2] / "data" / "processed"


def test_what_must_hold_of_the_built_tables_holds():
    # tests/workflow/test_check_frames.py breaks each of these and sees it told
    assert not [(f.check, f.detail) for f in check_frames(read_tables(PROCESSED)) if not f.ok]


def test_the_seed_cases_come_out_with_the_clocks_of_the_design():
    events = read_tables(PROCESSED)["events"].set_index("event_id")
    clocks = events[["dwell_days", "disclosure_lag_days", "exposure_to_disclosure_days"]]
    assert clocks.loc["reddit-2018"].tolist() == [5, 43, 48]
    assert clocks.loc["microsoft-webmail-2019", "disclosure_lag_days"] == 15
    assert set(events.index[events["role"] == "seed"]) == {"reddit-2018",
                                                           "microsoft-webmail-2019"}


def test_no_issuer_s_notice_was_read_in_pages():
    events = read_tables(PROCESSED)["events"]
    notices = events[events["is_issuer_notice"]]
    assert len(notices) and (notices["origin"] == "register").all()


def test_labels_units_and_version_are_inside_every_file():
    for name, spec in tables("processed").items():
        stored = pq.read_schema(PROCESSED / f"{name}.parquet")
        assert stored.names == spec.names
        for column in spec.columns:
            assert stored.field(column.name).metadata[b"label"].decode() == column.label


def test_frictionless_accepts_the_data_package():
    frictionless = pytest.importorskip("frictionless")
    package = frictionless.Package(str(PROCESSED / "datapackage.json"))
    # it reads Parquet row by row; the build itself holds every cell to the codebook
    report = package.validate(limit_rows=100)
    assert report.valid and report.stats["tasks"] == len(tables("processed")), report.flatten(
        ["title", "message"])[:3]


@pytest.fixture(scope="module")
def raw():
    return load_raw(Study(PROCESSED.parents[1]).raw_files(), tables("raw"))


@pytest.mark.parametrize("name", ["firms", "firm_links"])
def test_every_security_and_link_says_where_its_evidence_stands(raw, name):
    table = raw[name]
    nowhere = table["source_id"].isna() & table["source_url"].isna()
    assert table.loc[nowhere, table.columns[0]].tolist() == []


def test_spells_of_a_security_and_links_of_a_name_never_overlap(raw):
    for name, key in (("firms", "firm_id"), ("firm_links", "organisation_key")):
        assert raw[name][key].duplicated().any(), f"{name}: nothing could overlap"
        for value, group in raw[name].groupby(key):
            spans = sorted((a if isinstance(a, dt.date) else dt.date.min,
                            b if isinstance(b, dt.date) else dt.date.max)
                           for a, b in zip(group["valid_from"], group["valid_to"], strict=True))
            assert all(first[1] < second[0] for first, second in pairwise(spans)), value


def test_listed_is_said_only_of_a_day_on_which_a_security_is_known(raw):
    events = read_tables(PROCESSED)["events"]
    listed = events[events["is_listed"]]
    assert listed["price_ticker"].notna().all() and listed["firm_id"].notna().all()
    assert set(listed["firm_id"]) <= set(raw["firms"]["firm_id"])


def test_a_rejected_name_is_not_linked_at_the_same_time(raw):
    rejected = raw["firm_links_rejected"]
    false_friends = rejected[rejected["reason_code"].isin(["false_friend", "not_a_firm",
                                                           "franchise"])]
    keys = {organisation_key(n) for n in false_friends["organisation"]}
    assert keys & set(raw["firm_links"]["organisation_key"]) == set()
