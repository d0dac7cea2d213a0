"""check reads the disk: whatever is not as it was built is found and named."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from breachstudy.facts.checkout import renew
from breachstudy.study import Study
from breachstudy.workflow.check import check_study
from breachstudy.workflow.dataset import renew_dataset


@pytest.fixture
def built(tmp_path, raw_files):
    study = Study(tmp_path)
    study.raw.mkdir(parents=True)
    for name, data in raw_files().items():
        (study.raw / f"{name}.csv").write_bytes(data)
    renew(study)
    renew_dataset(study)
    return study


def failed(study):
    return {f.check: f.detail for f in check_study(study) if not f.ok}


def test_nothing_is_found_in_what_was_just_built(built):
    assert failed(built) == {} and len(check_study(built)) >= 15


@pytest.mark.parametrize("name", ["events.parquet", "attrition.csv", "codebook.md",
                                  "datapackage.json"])
@pytest.mark.parametrize("how", ["appended", "gone"])
def test_a_processed_file_that_is_not_what_was_built_is_named(built, name, how):
    path = built.processed / name
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")
    assert f"data/processed/{name} not what was built" in failed(built)[
        "hashes in build.json match"]


def test_a_stray_file_is_named(built):
    (built.processed / "notes.txt").write_text("mine")
    assert "data/processed/notes.txt" in failed(built)["hashes in build.json match"]


def test_a_value_changed_in_a_table_is_found_by_hash_and_by_data_test(built):
    path = built.processed / "events.parquet"
    table = pq.read_table(path)
    at = table.schema.get_field_index("disclosure_lag_days")
    lag = [None if v is None else v - 5 for v in table["disclosure_lag_days"].to_pylist()]
    pq.write_table(table.set_column(at, table.schema.field(at), pa.array(lag, pa.float64())), path)
    found = failed(built)
    assert "data/processed/events.parquet" in found["hashes in build.json match"]
    assert "acme-2015" in found["exact lags equal the difference of their dates"]


def test_a_table_that_cannot_be_read_is_named_and_the_rest_still_checked(built):
    (built.processed / "notices.parquet").write_bytes(b"PAR1")
    found = failed(built)
    assert "notices.parquet" in found["tables are as the codebook says"]
    assert "data/processed/notices.parquet" in found["hashes in build.json match"]


@pytest.mark.parametrize("how", ["changed", "gone", "added", "unsound"])
def test_a_raw_file_changed_since_the_build_is_named(built, how):
    path = built.raw / "milestones.csv"
    text = path.read_text()
    if how == "gone":
        path.unlink()
    elif how == "added":
        path = built.raw / "more.csv"
        path.write_text("a\n1\n")
    else:
        path.write_text(text.replace("2015-03-11,2015-03-11", {
            "changed": "2015-03-12,2015-03-12", "unsound": "3/11/2015,2015-03-11"}[how]))
    found = failed(built)
    assert f"data/raw/{path.name} changed since the build" in found[
        "data/processed is what data/raw gives"]
    assert path.name in found["raw tables are those of the manifest"]
    assert ("raw facts are sound" in found) == (how != "changed")
    assert how == "changed" or f"data/raw/{path.name}" in found["raw facts are sound"]


@pytest.mark.parametrize(("key", "value", "check"), [
    (("outputs", "events.parquet"), "0" * 64, "hashes in build.json match"),
    (("inputs", "data/raw/events.csv"), "0" * 64, "data/processed is what data/raw gives"),
    (("counts", "events"), 8, "counts in build.json are those of the tables"),
    (("version",), "9.9", "data/processed was built by this code"),
    (("code",), "0" * 64, "data/processed was built by this code"),
    (("collected_through",), "2030-01-01", "data/processed was built by this code")])
def test_a_build_record_that_was_edited_is_found(built, key, value, check):
    path = built.processed / "build.json"
    record = json.loads(path.read_text())
    part = record
    for name in key[:-1]:
        part = part[name]
    part[key[-1]] = value
    path.write_text(json.dumps(record))
    found = failed(built)
    assert set(found) == {check} and key[-1] in found[check]


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}"])
def test_a_build_record_that_cannot_be_read_is_said(built, text):
    path = built.processed / "build.json"
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    assert "data/processed/build.json" in failed(built)["data/processed has a build record"]
