"""The codebook is the only definition: pages, Parquet, data package and docs agree with it."""

import io
import json
import re
import subprocess
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest

import breachstudy
from breachstudy.schema.codebook import Column, ForeignKey, Table, table, tables
from breachstudy.schema.parquet import to_parquet
from breachstudy.schema.render import codebook_markdown
from breachstudy.workflow.build import build


def test_every_definition_is_complete():
    for kind in ("raw", "processed"):
        for spec in tables(kind).values():
            assert spec.title and spec.row and spec.primary_key
            for column in spec.columns:
                assert column.label, f"{spec.name}.{column.name}"
                assert column.available in ("at_disclosure", "after")
                if re.search(r"_(days|months)$", column.name):
                    assert column.unit in ("days", "months"), f"{spec.name}.{column.name}"


def test_references_point_at_keys():
    for kind in ("raw", "processed"):
        for spec in tables(kind).values():
            for key in spec.foreign_keys:
                target, column = key.references.split(".")
                # a firm has several spells: its id is no key of the table, yet a column of it
                known = table(kind, target)
                assert column in (known.names if target == "firms" else known.primary_key)


def test_look_ahead_columns_are_marked():
    events = table("processed", "events")
    for name in ("scope_revised_lo", "revision_lag_days", "records_final"):
        assert events[name].available == "after"
    for name in ("disclosure_lag_days", "records_first", "public_by"):
        assert events[name].available == "at_disclosure"


def test_frames_and_pages_follow_the_codebook(raw_files):
    made = build(raw_files())
    page = made.files["codebook.md"].decode()
    described = {t["name"]: t for t in json.loads(made.files["codebook.json"])["tables"]}
    for name, spec in tables("processed").items():
        stored = pq.read_schema(io.BytesIO(made.files[f"{name}.parquet"]))
        assert stored.names == spec.names == list(made.frames[name].columns)
        assert [c["name"] for c in described[name]["columns"]] == spec.names
        section = page.split(f"## {name}\n")[1].split("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` \|", section, flags=re.M) == spec.names
        for column in spec.columns:
            meta = stored.field(column.name).metadata
            assert meta[b"label"].decode() == column.label
            assert meta.get(b"unit", b"").decode() == column.unit
        assert stored.metadata[b"dataset_version"].decode() == breachstudy.__version__


def test_the_codebook_stays_a_function_whatever_else_is_imported():
    code = ("import breachstudy, breachstudy.schema.codebook, breachstudy.cli\n"
            "found = breachstudy.codebook('events')\n"
            "assert set(breachstudy.codebook()['table']) > {'events'}\n"
            "print(len(found))")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                           check=False)
    assert found.returncode == 0, found.stderr
    assert int(found.stdout) == len(table("processed", "events").columns)


def test_the_data_package_is_accepted(raw_files, tmp_path):
    frictionless = pytest.importorskip("frictionless")
    for name, data in build(raw_files()).files.items():
        (tmp_path / name).write_bytes(data)
    package = frictionless.Package(str(tmp_path / "datapackage.json"))
    assert frictionless.validate(package.to_descriptor(), type="package",
                                 basepath=str(tmp_path)).valid
    report = package.validate()
    assert report.valid, report.flatten(["title", "message"])[:3]


TINY = Table("tiny", "Tiny", "one row", "", ("k",), ("k",), (), (
    Column("k", "string", "Key", required=True),
    Column("n", "integer", "Number", minimum=0),
    Column("c", "string", "Code", levels={"a": "one"}),
))


def test_departures_from_the_codebook_are_all_named():
    frame = pd.DataFrame({"k": ["x", None], "n": [-1, 2], "c": ["a", "b"], "extra": [1, 2]})
    with pytest.raises(ValueError) as error:
        to_parquet(frame, TINY, "0")
    for said in ("tiny.extra: not in the codebook", "tiny.k: 1 empty cells",
                 "tiny.n: values below 0", "tiny.c: codes without a meaning: b"):
        assert said in str(error.value)
    with pytest.raises(ValueError, match=r"tiny\.n: missing"):
        to_parquet(frame[["k", "c"]], TINY, "0")


def test_faulty_definitions_are_refused():
    with pytest.raises(ValueError, match="not one of"):
        Column("x", "text", "X")
    with pytest.raises(ValueError, match="defined twice"):
        Table("t", "T", "r", "", ("x",), ("x",), (), (Column("x", "string", "X"),) * 2)
    with pytest.raises(ValueError, match="'y' is not defined"):
        Table("t", "T", "r", "", ("x",), ("x",), (ForeignKey(("y",), "a.b"),),
              (Column("x", "string", "X"),))
    with pytest.raises(KeyError, match="known"):
        table("raw", "nonsense")


def test_pages_escape_what_would_break_a_table():
    spec = Table("t", "T", "r", "", ("x",), ("x",), (),
                 (Column("x", "string", "a | b", "two\nlines"),))
    assert r"a \| b. two lines" in codebook_markdown({"t": spec}, "1")
