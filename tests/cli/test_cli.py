"""The commands as a user meets them: exit status, one message an error, JSON, no half files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from breachstudy.cli.app import app
from breachstudy.facts.checkout import renew
from breachstudy.study import Study

ROOT = Path(__file__).parents[2]
PLAN = '''
title = "toy"
[[sample]]
name = "all"
table = "events"
title = "all"
[[interval_summary]]
name = "lag"
question = "how long?"
status = "descriptive"
sample = "all"
lo = "disclosure_lag_lo_days"
hi = "disclosure_lag_hi_days"
min_n = 1
'''


def run(*arguments, cwd=None, **environment):
    return subprocess.run([sys.executable, "-m", "breachstudy", *arguments], cwd=cwd or ROOT,
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT), **environment})


@pytest.fixture
def checkout(tmp_path, raw_files):
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "analysis").mkdir()
    for name, data in raw_files().items():
        (tmp_path / "data" / "raw" / f"{name}.csv").write_bytes(data)
    renew(Study(tmp_path))
    return tmp_path


def commands(group, path=()):
    """Every command as the words that call it."""
    yield list(path)
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


@pytest.mark.parametrize("command", list(commands(typer.main.get_command(app))), ids=" ".join)
def test_help_reads_and_loads_nothing_heavy(command):
    code = ("import sys; sys.argv[1:] = sys.argv[1:] + ['--help']\n"
            "from breachstudy.cli.app import app\n"
            "try: app()\n"
            "except SystemExit as e: assert not e.code\n"
            "heavy = {'pandas', 'numpy', 'pyarrow', 'statsmodels', 'matplotlib', 'scipy',\n"
            "         'joblib', 'jinja2'}\n"
            "from breachstudy import MOVED\n"  # names only, behind which nothing is loaded
            "ours = [m for m in sys.modules if m.startswith('breachstudy')\n"
            "        and m.partition('.')[2] not in MOVED]\n"
            "print('HEAVY', sorted(heavy & set(sys.modules)), sorted(ours))")
    found = subprocess.run([sys.executable, "-c", code, *command], cwd=ROOT, text=True,
                           capture_output=True, check=False)
    assert found.returncode == 0, found.stderr
    loaded = ["breachstudy", "breachstudy._version", "breachstudy.cli", "breachstudy.cli.app",
              "breachstudy.cli.audit", "breachstudy.cli.eventstudy"]
    assert "Usage" in found.stdout and found.stdout.rstrip().endswith(f"HEAVY [] {loaded}")


def test_build_check_and_what_a_change_does(checkout):
    built = run("build", "--root", str(checkout))
    assert built.returncode == 0 and "7 events" in built.stdout and built.stderr == ""
    assert run("check", "--root", str(checkout)).returncode == 0
    raw = checkout / "data" / "raw" / "milestones.csv"
    raw.write_text(raw.read_text().replace("2015-03-11,2015-03-11", "2015-03-10,2015-03-10"))
    stale = run("check", "--root", str(checkout), "--json")
    failed = [f["check"] for f in json.loads(stale.stdout) if not f["ok"]]
    assert stale.returncode == 1 and failed == ["raw tables are those of the manifest",
                                                "data/processed is what data/raw gives"]
    refused = run("build", "--root", str(checkout))
    assert refused.returncode == 1 and "data/raw/milestones.csv: is not the table" in refused.stderr
    accepted = run("manifest", "--root", str(checkout))
    assert "data/raw/milestones.csv: 13 rows as before, other content" in accepted.stdout
    assert run("build", "--root", str(checkout)).returncode == 0
    assert run("check", "--root", str(checkout)).returncode == 0


def test_bad_input_is_one_message_with_status_1_and_writes_nothing(checkout):
    run("build", "--root", str(checkout))
    before = {p.name: p.read_bytes() for p in (checkout / "data" / "processed").iterdir()}
    raw = checkout / "data" / "raw" / "milestones.csv"
    raw.write_text(raw.read_text().replace("2015-03-11,2015-03-11", "3/11/2015,2015-03-11")
                   .replace("outed-2016,discovered", "outed-2015,discovered"))
    found = run("build", "--root", str(checkout))
    assert found.returncode == 1 and found.stdout == "" and "Traceback" not in found.stderr
    assert "3 problems in the input; nothing was written" in found.stderr
    assert "milestones.csv: is not the table of the manifest: 13 rows expected" in found.stderr
    assert "data/raw/milestones.csv, row 4, column date_lo, value '3/11/2015'" in found.stderr
    assert {p.name: p.read_bytes() for p in (checkout / "data" / "processed").iterdir()} == before


def test_analyze_with_a_plan_of_ones_own(checkout):
    run("build", "--root", str(checkout))
    plan = checkout / "mine.toml"
    plan.write_text(PLAN)
    found = run("analyze", "--root", str(checkout), "--plan", str(plan), "--json")
    assert found.returncode == 0, found.stderr
    row = json.loads(found.stdout)[0]
    assert row["spec"] == "lag" and row["n"] == 5
    assert not (checkout / "reports").exists()
    plan.write_text(PLAN.replace("disclosure_lag_hi_days", "lag_hi"))
    faulty = run("analyze", "--root", str(checkout), "--plan", str(plan))
    assert faulty.returncode == 1 and "no column 'lag_hi'" in faulty.stderr


@pytest.mark.parametrize(("arguments", "said"), [
    (["show", "Nobody 1812"], "no event fits"),
    (["build", "--root", "/nonexistent"], "holds no data/raw"),
    (["analyze", "--plan", "/nonexistent.toml"], "nonexistent.toml"),
    (["analyze", "--plan", "data/processed/events.parquet"], "is not text in UTF-8"),
    (["figure", "fig99", "--output", "fig99.png"], "no exhibit 'fig99'"),
])
def test_errors_are_one_line(arguments, said):
    found = run(*arguments)
    assert found.returncode == 1 and said in found.stderr and "Traceback" not in found.stderr


def test_output_has_no_colours_when_told_so():
    assert "\x1b" not in run("--help", NO_COLOR="1", FORCE_COLOR="1").stdout


def test_progress_is_shown_on_a_terminal_and_never_in_a_pipe(checkout):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "breachstudy", "build", "--root", str(checkout)]
    on_terminal = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs,
                                 text=True, check=False)
    os.close(theirs)
    said = os.read(ours, 10_000).decode()
    os.close(ours)
    assert on_terminal.returncode == 0 and "checking data/raw" in said
    assert "checking" not in on_terminal.stdout and "\x1b" not in said
    piped = run("build", "--all", "--root", str(checkout))
    assert piped.stderr == "" and "(--all)" in piped.stdout
    assert piped.stdout.partition(";")[0] == on_terminal.stdout.partition(";")[0]
    again = run("build", "--root", str(checkout))
    assert again.stdout.endswith("up to date: build; nothing ran (--all runs all)\n")


@pytest.mark.parametrize("arguments", [["describe"], ["show", "Reddit 2018"], ["check", "--help"]])
def test_no_command_colours_its_output_when_told_not_to(arguments):
    found = run(*arguments, NO_COLOR="1", FORCE_COLOR="1")
    assert found.returncode == 0 and "\x1b" not in found.stdout + found.stderr


def test_the_numbers_of_describe_are_those_of_the_tables():
    import breachstudy

    found = json.loads(run("describe", "--json").stdout)
    events = breachstudy.load("events")
    assert found["version"] == breachstudy.__version__
    years = {r["year"]: r["listed"] + r["other"] for r in found["Events by year"]}
    expected = {str(y): int(n) for y, n in events["year"].value_counts().items()}
    assert {y: n for y, n in years.items() if y != "(none)"} == expected
    assert sum(years.values()) == len(events)


def test_version():
    from breachstudy import __version__

    assert run("--version").stdout.strip() == __version__


def test_a_fault_of_the_program_shows_its_traceback(monkeypatch):
    from breachstudy.cli import app as module

    def broken():
        raise ValueError("a bug")

    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(module, "app", broken)
    with pytest.raises(ValueError, match="a bug"):
        module.main()
