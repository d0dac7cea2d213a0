"""The committed dataset: data tests, and what other tools make of it."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from breachstudy.check import check_frames
from breachstudy.codebook import tables
from breachstudy.dataset import read_tables

PROCESSED = Path(__file__).parents[1] / "data" / "processed"


def test_what_must_hold_of_the_built_tables_holds():
    findings = check_frames(read_tables(PROCESSED))
    assert len(findings) >= 9
    assert not [(f.check, f.detail) for f in findings if not f.ok]


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
