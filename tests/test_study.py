"""The study: what is where, and putting back what a killed command left aside."""

import pytest

import breachstudy
from breachstudy import study as study_module
from breachstudy.dataset import load as dataset
from breachstudy.study import Study, find_study
from tests.storage.test_storage import NEW, OLD, content, put


@pytest.mark.parametrize("name", ["processed", "reports"])
def test_a_set_left_aside_is_put_back(tmp_path, name):
    study = Study(tmp_path)
    target = getattr(study, name)
    aside = target.with_name(f".{name}-previous")
    put(aside, OLD)
    study.recover()  # killed between the two renames: the old set comes back
    assert content(target) == OLD and not aside.exists()
    put(aside, OLD)
    getattr(study, f"replace_{name}")(NEW)  # killed before the clean-up: the next writer does it
    assert content(target) == NEW and [p.name for p in target.parent.iterdir()] == [name]


def test_users_read_a_dataset_left_aside_and_change_nothing(tmp_path, monkeypatch):
    study = Study(tmp_path)
    put(study.processed.with_name(".processed-previous"), {"build.json": b'{"version": "old"}'})
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr(study_module, "_PACKAGE", tmp_path / "breachstudy")
    assert dataset.build_record() == {"version": "old"}
    assert sorted(tmp_path.rglob("*")) == before
    put(study.processed, {"build.json": b'{"version": "new"}'})
    assert dataset.build_record() == {"version": "new"}


def test_loading_tables_and_results_left_aside_renames_nothing(tmp_path, monkeypatch):
    real = Study(study_module._PACKAGE.parent)
    for folder, name in ((real.processed, "sources"), (real.reports, "results")):
        aside = tmp_path / folder.relative_to(real.root).parent / f".{folder.name}-previous"
        put(aside, {f"{name}.parquet": (folder / f"{name}.parquet").read_bytes()})
    monkeypatch.setattr(study_module, "_PACKAGE", tmp_path / "breachstudy")
    before = {p: p.stat().st_mtime_ns for p in sorted(tmp_path.rglob("*"))}
    assert len(breachstudy.load("sources")) and len(breachstudy.results())
    assert {p: p.stat().st_mtime_ns for p in sorted(tmp_path.rglob("*"))} == before
    with pytest.raises(FileNotFoundError, match="breachstudy build"):
        breachstudy.load("events")
    with pytest.raises(FileNotFoundError, match="breachstudy analyze"):
        breachstudy.results("curves")
    with pytest.raises(KeyError, match="there are: results, hypotheses"):
        breachstudy.results("curve")


def test_the_study_is_found_from_below_and_its_absence_is_said(tmp_path, monkeypatch):
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "analysis").mkdir()
    deep = tmp_path / "analysis" / "x"
    deep.mkdir()
    assert find_study(deep).root == tmp_path
    monkeypatch.setattr(study_module, "_PACKAGE", tmp_path / "nowhere" / "pkg")
    with pytest.raises(FileNotFoundError, match="not inside a checkout"):
        find_study(tmp_path / "data" / "raw" / ".." / ".." / ".." )
