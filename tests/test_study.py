"""Writing: whatever happens, the previous or the new dataset stands there whole."""

import os
import signal
import subprocess
import sys
import time

import pytest

from breachstudy import study as study_module
from breachstudy.study import Study, find_study, replace_folder, write_atomic

OLD, NEW = {"a.txt": b"old", "b.txt": b"old"}, {"a.txt": b"new", "b.txt": b"new", "c/d": b"new"}


def content(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file()}


@pytest.mark.parametrize("atomic", [True, False])
def test_replacing_leaves_exactly_the_new_files(tmp_path, monkeypatch, atomic):
    if not atomic:
        monkeypatch.setattr(study_module, "_exchange", lambda a, b: False)
    target = tmp_path / "processed"
    replace_folder(target, OLD)
    assert content(target) == OLD
    replace_folder(target, NEW)
    assert content(target) == NEW
    assert [p.name for p in tmp_path.iterdir()] == ["processed"]


def test_a_failure_while_writing_leaves_the_old_folder(tmp_path, monkeypatch):
    target = tmp_path / "processed"
    replace_folder(target, OLD)

    def full(_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        replace_folder(target, NEW)
    assert content(target) == OLD and len(list(tmp_path.iterdir())) == 1


def test_an_interrupted_exchange_is_recovered(tmp_path):
    study = Study(tmp_path)
    study.processed.parent.mkdir(parents=True)
    aside = study.processed.with_name(".processed-previous")
    replace_folder(aside, OLD)
    study.recover()  # stopped between the two renames: the old dataset comes back
    assert content(study.processed) == OLD and not aside.exists()
    replace_folder(aside, OLD)
    replace_folder(study.processed, NEW)
    study.recover()  # stopped before the clean-up: the new one stays
    assert content(study.processed) == NEW and not aside.exists()


WRITER = """
import sys
from pathlib import Path
from breachstudy.study import Study
study = Study(Path(sys.argv[1]))
print("ready", flush=True)
i = 0
while True:
    i += 1
    study.replace_processed({f"{n}.bin": str(i % 2).encode() * 4000 for n in range(20)})
"""


def test_killed_at_any_moment_the_dataset_is_whole(tmp_path):
    study = Study(tmp_path)
    for attempt in range(6):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)],
                                   stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(0.05 + 0.013 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        study.recover()
        if study.processed.exists():
            found = content(study.processed)
            assert len(found) == 20 and len(set(found.values())) == 1


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "x" / "f.csv"
    write_atomic(path, b"one")
    assert path.read_bytes() == b"one"
    monkeypatch.setattr(study_module.Path, "replace",
                        lambda *a: (_ for _ in ()).throw(OSError("gone")))
    with pytest.raises(OSError, match="gone"):
        write_atomic(path, b"two")
    assert path.read_bytes() == b"one" and len(list(path.parent.iterdir())) == 1


def test_the_study_is_found_from_below_and_its_absence_is_said(tmp_path, monkeypatch):
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "analysis").mkdir()
    deep = tmp_path / "analysis" / "x"
    deep.mkdir()
    assert find_study(deep).root == tmp_path
    monkeypatch.setattr(study_module, "_PACKAGE", tmp_path / "nowhere" / "pkg")
    with pytest.raises(FileNotFoundError, match="not inside a checkout"):
        find_study(tmp_path / "data" / "raw" / ".." / ".." / ".." )
