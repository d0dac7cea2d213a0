"""Whatever is broken in data/raw ends in one error of ours that names the file (and the cell)."""

import datetime as dt
import signal
import sys

import numpy as np
import pandas as pd
import pytest

from breachstudy.compile import commands
from breachstudy.errors import SHOWN, FactError, Problem
from breachstudy.facts import validate
from breachstudy.facts.checkout import held, renew, renew_entries
from breachstudy.facts.manifest import changes, manifest_problems, read_manifest, renewed
from breachstudy.facts.returns import read_returns, returns_bytes
from breachstudy.schema.codebook import COLLECTED_THROUGH, DATES_FROM, Column, tables
from breachstudy.storage.regular import read_regular
from breachstudy.study import Study
from breachstudy.workflow.build import load_facts
from tests.conftest import to_csv
from tests.tools.mutations import (
    all_mutations,
    cell_mutations,
    file_mutations,
    manifest_mutations,
    return_mutations,
    special_mutations,
)
from tests.tools.sweep_raw import apply

SECONDS = 20
"""After which a read counts as hanging."""


def daily(seed=1, n=200):
    """Returns of one event's security and of its matched portfolio."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2014-06-02", periods=n)
    return pd.concat([pd.DataFrame({"security": name, "date": days,
                                    "ret": rng.normal(0, 0.015, n).clip(-0.4, 0.4),
                                    "log_volume": rng.normal(0, 0.3, n)})
                      for name in ("ACM", "matched:acme-2015")])


@pytest.fixture
def study(tmp_path, study_rows):
    """An invented study on disk that is sound: every raw table, returns, manifest."""
    study_rows["event_securities"] = [
        {"event_id": "acme-2015", "security": "ACM", "date_used": "2015-03-11",
         "size_decile": "5", "n_matched": "3"}]
    study_rows["factors"] = [
        {"date": "2015-03-11", "mkt_rf": "0.001", "smb": "0", "hml": "0", "rf": "0.0001"}]
    study_rows["cases"] = [
        {"case_id": "acme/01", "event_ids": "acme-2015", "organisation": "Acme",
         "breach": "the cards", "measure": "buzz", "value": "-4.5", "unit": "points",
         "is_for_response": "false", "source_id": "p1", "evidence": "said so"}]
    found = Study(tmp_path)
    found.raw.mkdir(parents=True)
    for name in tables("raw"):
        (found.raw / f"{name}.csv").write_bytes(to_csv(name, study_rows.get(name, [])))
    (found.raw / "returns.parquet").write_bytes(returns_bytes(daily(), {}))
    renew(found)
    return found


def on_disk(study):
    return {p.name: p.read_bytes() for p in study.raw.iterdir()}


def read(study):
    return load_facts(study.raw_files(), study.raw_returns(), held(study))


def refused(study):
    """The error with which the study is refused; anything else, or waiting, fails the test."""
    def hangs(*_):
        raise AssertionError(f"still reading after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(SECONDS)
    try:
        with pytest.raises(FactError) as error:
            read(study)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return error.value


def test_the_invented_study_is_sound(study):
    raw, returns = read(study)
    assert len(raw["event_securities"]) == 1 and len(returns) == 400


def once(read_table):
    """``read_table`` that remembers what it read."""
    seen = {}

    def remembered(data, file, spec):
        if (file, data) not in seen:
            seen[file, data] = read_table(data, file, spec)
        return seen[file, data]

    return remembered


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are those of Unix")
@pytest.mark.parametrize(("make", "least"), [
    (lambda files: cell_mutations(files, most=2), 45), (lambda files: file_mutations(files, 1), 29),
    (lambda files: return_mutations(), 33), (lambda files: manifest_mutations(), 7),
    (lambda files: special_mutations(), 21)], ids=["cells", "files", "returns", "manifest",
                                                   "specials"])
def test_every_mutation_is_one_located_error(study, make, least, monkeypatch):
    # a table that is as before is not parsed again: that would be most of the time
    monkeypatch.setattr(validate, "read_table", once(validate.read_table))
    sound = on_disk(study)
    mutations = make(sound)
    assert len(mutations) >= least
    for mutation in mutations:
        apply(mutation, study.raw)
        error = refused(study)
        own = [p for p in error.problems if p.file == f"data/raw/{mutation.file}"]
        assert own, f"{mutation.name}: {error}"
        told = [p for p in own if "manifest" not in p.what]
        assert told or mutation.by_manifest or mutation.file == "manifest.json" or any(
            "manifest" not in p.what for p in error.problems), f"{mutation.name}: {error}"
        if mutation.row is not None:
            assert (mutation.row, mutation.column) in {(p.row, p.column) for p in own} or any(
                p.row == mutation.row and mutation.column in str(p.column) for p in own), (
                    f"{mutation.name}: {error}")
        elif mutation.column is not None:
            assert mutation.column in {p.column for p in own}, f"{mutation.name}: {error}"
        assert all(p.remedy for p in error.problems)
        assert len(str(error)) < 20_000 and all(line.isprintable()
                                                for line in str(error).splitlines())
        restore(study, sound)
    assert len(read(study)[1]) == 400


def restore(study, sound):
    for path in study.raw.iterdir():
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        elif path.name not in sound or path.is_symlink() or not path.is_file() or (
                path.read_bytes() != sound[path.name]):
            path.unlink()
    for name, data in sound.items():
        if not (study.raw / name).exists():
            (study.raw / name).write_bytes(data)


def test_the_sweep_of_the_committed_tables_would_be_long_enough(study):
    assert len({m.name for m in all_mutations(on_disk(study), most=4)}) >= 160


# The manifest.

def test_a_table_that_lost_its_last_rows_is_refused_with_both_counts_and_the_command(study):
    path = study.raw / "milestones.csv"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:10]))
    said = str(refused(study))
    assert ("data/raw/milestones.csv: is not the table of the manifest: 13 rows expected, "
            "9 rows found") in said and "'breachstudy manifest'" in said
    assert renew(study) == ["data/raw/milestones.csv: 13 → 9 rows (4 FEWER)"]
    assert held(study) == [] and renew(study) == []


def test_a_change_without_another_number_of_rows_is_found_and_told(study):
    path = study.raw / "events.csv"
    path.write_bytes(path.read_bytes().replace(b"Muddle", b"Puddle"))
    assert "7 rows expected, 7 rows found" in str(refused(study))
    assert renew(study) == ["data/raw/events.csv: 7 rows as before, other content"]


def test_new_and_lost_tables_are_told(study):
    (study.raw / "returns.parquet").unlink()
    found = [p for p in held(study) if p.file.endswith("returns.parquet")]
    assert "it is not there" in found[0].what
    assert renew(study) == ["data/raw/returns.parquet: no longer there, had 400 rows"]
    (study.raw / "returns.parquet").write_bytes(returns_bytes(daily(n=10), {}))
    assert "does not list the table" in held(study)[0].what
    assert renew(study) == ["data/raw/returns.parquet: new, 20 rows"]


def test_what_cannot_be_counted_is_not_accepted(study):
    before = study.raw_manifest()
    (study.raw / "events.csv").write_bytes(b"\xff")
    with pytest.raises(FactError, match=r"events\.csv: its rows cannot be counted"):
        renew(study)
    assert study.raw_manifest() == before


def test_a_merge_that_left_both_versions_is_renewed_from_nothing(study):
    sound = study.raw_manifest()
    study.manifest.write_bytes(b"<<<<<<< ours\n" + sound)
    assert "is no manifest" in held(study)[0].what
    renew(study)
    assert study.raw_manifest() == sound


def test_a_command_renews_the_entries_of_what_it_wrote_and_no_other(study):
    for name in ("events", "sources"):
        path = study.raw / f"{name}.csv"
        path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[-1])
    renew_entries(study, ["events.csv"])
    assert [p.file for p in held(study)] == ["data/raw/sources.csv"]


def test_compiling_a_table_renews_its_entry(study):
    for name in ("acsi_seasons", "harris_waves"):
        (study.raw / f"{name}.csv").unlink()
    row = {"wave": "2019", "year": 2019, "first_day": dt.date(2019, 1, 2),
           "last_day": dt.date(2019, 1, 9), "source_id": "p1"}
    spec = tables("raw")["harris_waves"]
    frame = pd.DataFrame([{n: row.get(n) for n in spec.names}])
    assert "1 rows" in commands._write(study, {"harris_waves": frame})
    assert {p.file for p in held(study)} == {"data/raw/acsi_seasons.csv"}


def test_the_committed_tables_are_those_of_the_manifest():
    from breachstudy.study import find_study

    assert held(find_study()) == []


def test_one_line_a_table(study):
    lines = study.raw_manifest().decode().splitlines()
    assert len(lines) == len(tables("raw")) + 3
    assert set(read_manifest(study.raw_manifest())) == set(study.raw_tables())


def test_changes_are_between_manifests():
    old = renewed({}, {"a.csv": b"x\n1\n", "b.csv": b"x\n"})
    new = renewed(old, {"a.csv": b"x\n1\n2\n"})
    assert changes(old, new) == ["data/raw/a.csv: 1 → 2 rows (1 more)"]
    assert manifest_problems(None, {})[0].what == "the file is missing"


# What one fault may not do: bury the message.

def test_references_into_a_table_that_could_not_be_read_are_left(study):
    path = study.raw / "events.csv"
    path.write_bytes(path.read_bytes().replace(b"Acme", b"Acm\xff", 1))
    error = refused(study)
    assert {p.file for p in error.problems} == {"data/raw/events.csv"}
    assert [p.what for p in error.problems if "UTF-8" in p.what]


def test_references_to_a_key_that_was_refused_are_left_and_others_told(study):
    for name, old, new in (("events", b"outed-2016,", b"Outed 2016,"),
                           ("documents", b"outed-2016,p2", b"Outed 2016,p2"),
                           ("milestones", b"acme-2018,", b"acme-1999,")):
        path = study.raw / f"{name}.csv"
        path.write_bytes(path.read_bytes().replace(old, new, 1))
    values = {(p.file, p.value) for p in refused(study).problems if "has no row" in p.what}
    assert ("data/raw/documents.csv", "Outed 2016") not in values
    assert ("data/raw/milestones.csv", "acme-1999") in values


def test_a_long_list_is_cut_and_the_rest_counted_by_file():
    cells = [Problem(f"data/raw/{f}.csv", row, "n", "x", "is not a number", "Write digits")
             for f in ("b", "a") for row in range(2, 1002)]
    whole = Problem("data/raw/z.csv", None, None, None, "the file is empty", "Restore it")
    error = FactError([*cells, whole])
    lines = str(error).splitlines()
    assert len(error.problems) == 2001 and len(lines) == SHOWN + 2
    assert "z.csv" in lines[1]
    assert lines[-1] == "  … and 1,951 more: data/raw/a.csv 951, data/raw/b.csv 1,000"


# Single rules that the mutations do not show.

def test_a_window_of_days_is_the_columns_own_or_the_studys():
    assert Column("d", "date", "D").window == (DATES_FROM, COLLECTED_THROUGH)
    own = tables("raw")["factors"]["date"]
    assert own.window[0] == dt.date(2003, 1, 1)
    with pytest.raises(ValueError, match="only dates"):
        Column("n", "integer", "N", earliest=dt.date(2000, 1, 1))


def test_every_address_is_one_of_the_web():
    for kind in ("raw", "processed"):
        for spec in tables(kind).values():
            for column in spec.columns:
                if column.name.endswith("url"):
                    assert column.pattern.startswith("https?://"), f"{spec.name}.{column.name}"


def test_returns_say_what_was_seen_and_what_can_be():
    scaled = daily().assign(ret=lambda f: (f["ret"] * 100).clip(lower=-0.99))
    with pytest.raises(FactError) as error:
        read_returns(returns_bytes(scaled, {}))
    said = str(error.value)
    assert "the median absolute return is" in said and "between 0.001 and 0.05" in said
    assert "lie beyond 0.5 either way" in said


def test_a_link_to_a_regular_file_is_read(tmp_path):
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "t.csv").symlink_to("real")
    assert read_regular([tmp_path / "t.csv"]) == {"t.csv": b"x"}
