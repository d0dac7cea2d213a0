"""Commands that write: the set is whole or the old one, and a refusal is one message."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.dataset.load import RESULT_TABLES
from breachstudy.errors import StaleError, StorageError
from breachstudy.facts.checkout import renew
from breachstudy.plan.runner import StudyResults
from breachstudy.storage import read_folder
from breachstudy.study import Study
from breachstudy.workflow import analyze, drawing

ROOT = Path(__file__).parents[2]
HERE = Study(ROOT)


def run(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "breachstudy", *arguments], cwd=ROOT,
                          stderr=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)},
                          **{"stdout": subprocess.PIPE, **options})


def fill(root, raw_files):
    (root / "data" / "raw").mkdir(parents=True)
    (root / "analysis").mkdir()
    for name, data in raw_files().items():
        (root / "data" / "raw" / f"{name}.csv").write_bytes(data)
    renew(Study(root))
    return root


@pytest.fixture
def checkout(tmp_path, raw_files):
    return fill(tmp_path / "checkout", raw_files)


def test_a_command_puts_back_what_a_killed_one_left_aside(checkout):
    assert run("build", "--root", str(checkout)).returncode == 0
    built = read_folder(checkout / "data" / "processed")
    (checkout / "data" / "processed").rename(checkout / "data" / ".processed-previous")
    (checkout / ".reports-previous" / "tables").mkdir(parents=True)
    (checkout / ".reports-previous" / "tables" / "tab8_verdicts.md").write_text("whole")
    shown = run("exhibits", "--root", str(checkout))
    assert "tab8" in shown.stdout and shown.returncode == 0 and shown.stderr == ""
    assert read_folder(checkout / "data" / "processed") == built
    assert (checkout / "reports" / "tables" / "tab8_verdicts.md").read_text() == "whole"
    assert {p.name for p in checkout.iterdir()} == {"data", "analysis", "reports"}


def test_a_build_on_a_full_disk_is_one_message_and_keeps_the_dataset(small_disk, raw_files):
    checkout = fill(small_disk / "checkout", raw_files)
    built = run("build", "--root", str(checkout))
    assert built.returncode == 0, built.stderr
    before = read_folder(checkout / "data" / "processed")
    with ((small_disk / "filler").open("wb", buffering=0) as filler,
          pytest.raises(OSError, match="No space")):
        while True:
            filler.write(bytes(4096))
    found = run("build", "--all", "--root", str(checkout))
    assert found.returncode == 1 and found.stdout == "" and found.stderr.count("\n") == 1
    assert f"breachstudy: {checkout / 'data' / 'processed'} cannot be written: No space" \
        in found.stderr
    assert read_folder(checkout / "data" / "processed") == before
    assert {p.name for p in (checkout / "data").iterdir()} == {"raw", "processed"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", [["--version"], ["exhibits"]])
def test_output_that_cannot_be_written_is_one_message(command):
    with Path("/dev/full").open("w") as full:
        found = run(*command, stdout=full)
    assert found.returncode == 1 and found.stderr.count("\n") == 1
    assert "the output of this command cannot be written: No space left" in found.stderr


def test_a_reader_that_has_enough_is_no_fault():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        found = run("exhibits", stdout=closed)
    assert found.stderr == ""


def test_a_root_that_cannot_be_looked_into_is_one_message():
    found = run("build", "--root", "x" * 5000)
    assert found.returncode == 1 and "holds no data/raw" in found.stderr
    assert "Traceback" not in found.stderr


def test_the_same_bytes_and_uniform_modes_under_a_strict_umask(checkout):
    made = {}
    for umask, file, folder in ((0o022, 0o644, 0o755), (0o077, 0o600, 0o700)):
        assert run("build", "--all", "--root", str(checkout), umask=umask).returncode == 0
        processed = checkout / "data" / "processed"
        made[umask] = read_folder(processed)
        assert stat.S_IMODE(processed.stat().st_mode) == folder
        assert {stat.S_IMODE(p.stat().st_mode) for p in processed.iterdir()} == {file}
    assert made[0o022] == made[0o077]


@pytest.fixture
def copy(tmp_path):
    """This checkout with its own reports, whose report is stale."""
    (tmp_path / "data").mkdir()
    for part in ("data/raw", "analysis"):
        (tmp_path / part).symlink_to(ROOT / part)
    shutil.copytree(HERE.processed, tmp_path / "data" / "processed")
    shutil.copytree(HERE.reports, tmp_path / "reports")
    (tmp_path / "reports" / "report.html").write_text("stale")
    (tmp_path / "reports" / "report.md").unlink()
    return Study(tmp_path)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><title>the new figure</title></svg>'


def with_new_figure(files):
    return {**files, **{n: SVG for n in files if n.endswith("fig12_sensitivity_candour.svg")}}


@pytest.fixture
def fast(monkeypatch):
    """The analysis without its minutes: what is stored, and one figure that is new."""
    stored = read_folder(HERE.reports)
    exhibits = {n: d for n, d in stored.items() if n.startswith(("figures/", "tables/"))}
    frames = {n: pd.read_parquet(HERE.reports / f"{n}.parquet")
              for n in RESULT_TABLES}
    lags = frames["results"].head(0)
    monkeypatch.setattr(analyze, "_run", lambda _, plan, *__: StudyResults(
        **frames | ({} if plan.hypotheses else {"results": lags})))
    monkeypatch.setattr(analyze, "exhibit_files", lambda *_, **__: with_new_figure(exhibits))


def embedded(html, svg):
    import base64

    return base64.b64encode(svg) in html or svg in html


@pytest.mark.slow
def test_analyze_leaves_figures_and_report_of_one_run(copy, fast):
    old = (HERE.reports / "figures" / "fig12_sensitivity_candour.svg").read_bytes()
    before = read_folder(copy.reports)
    found = analyze.analyze_study(copy, None, None, None, lambda _: None, everything=True)
    stored = read_folder(copy.reports)
    assert stored["figures/fig12_sensitivity_candour.svg"] == SVG
    assert embedded(stored["report.html"], SVG) and not embedded(stored["report.html"], old)
    assert b"Hypotheses" in stored["report.md"]
    assert set(found.written) == {f"reports/{n}" for n, d in stored.items()
                                  if before.get(n) != d}
    assert drawing.renew_report(copy) == {}  # it is the report of what is stored
    again = drawing.renew_report(copy, everything=True)  # from what is stored: the same
    assert read_folder(copy.reports) == stored
    assert again == {n: stored[n] for n in ("report.html", "report.md")}
    assert {p.name for p in copy.root.iterdir()} == {"data", "analysis", "reports"}


@pytest.mark.slow
def test_the_report_follows_the_stored_figures(copy):
    files = with_new_figure(read_folder(copy.reports))
    copy.replace_reports({**files, "report.html": b"stale"})
    assert run("report", "--root", str(copy.root)).returncode == 0
    stored = read_folder(copy.reports)
    assert embedded(stored["report.html"], SVG)
    renewed = ("report.html", "report.md", "record.json")
    assert {n: d for n, d in stored.items() if n not in renewed} == \
        {n: d for n, d in files.items() if n not in renewed}


def test_reports_keep_if_the_dataset_is_built_anew_meanwhile(copy, fast, monkeypatch):
    before = read_folder(copy.reports)

    def rebuilt(*_):
        record = copy.processed / "build.json"
        record.write_bytes(record.read_bytes() + b"\n")
        return {}

    monkeypatch.setattr(analyze, "report_files", rebuilt)
    with pytest.raises(StaleError, match="built anew while the analysis ran"):
        analyze.analyze_study(copy, None, None, None, lambda _: None, everything=True)
    assert read_folder(copy.reports) == before


def test_a_folder_that_cannot_be_written_is_told_before_the_analysis_runs(copy, monkeypatch):
    shutil.rmtree(copy.reports)
    copy.reports.write_text("a file")
    monkeypatch.setattr(analyze, "_run", lambda *_: pytest.fail("it ran"))
    with pytest.raises(StorageError, match="move it away"):
        analyze.analyze_study(copy, None, None, None, lambda _: None)
