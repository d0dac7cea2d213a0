"""Settings that imitate other machines: each changes what it says, and none is passed over in
silence."""

import json
import subprocess
import sys

import pytest

from breachstudy.errors import BreachstudyError
from breachstudy.study import Study
from breachstudy.workflow import anywhere
from breachstudy.workflow.anywhere import SETTINGS, Outcome, Setting, outcome_table, run_setting
from breachstudy.workflow.compare import DIFFERENT, IDENTICAL, WITHIN


def test_every_setting_but_the_own_changes_something():
    for s in SETTINGS[1:]:
        own = SETTINGS[0]
        assert (s.variables, s.without, s.folder, s.umask) != (
            own.variables, own.without, own.folder, own.umask), s.name
    assert len({s.name for s in SETTINGS}) == len(SETTINGS)


def test_a_processor_without_the_instructions_is_told_and_not_counted_as_identical(monkeypatch,
                                                                                   tmp_path):
    monkeypatch.setattr(anywhere, "_features", lambda: {"AVX512F": False})
    found = run_setting(Setting("x", "y", needs="AVX512F"), Study(tmp_path))
    assert not found.ok and found.skipped == "the processor has no AVX512F"
    assert "not run: the processor has no AVX512F" in outcome_table([found])


def test_a_run_that_fails_is_an_error_and_not_a_verdict(tmp_path):
    with pytest.raises(BreachstudyError, match="own: the run ended with status"):
        run_setting(SETTINGS[0], Study(tmp_path / "none"))


def test_the_verdicts_of_a_run_are_counted(monkeypatch, tmp_path):
    said = [{"file": "a", "verdict": IDENTICAL, "detail": ""},
            {"file": "b", "verdict": DIFFERENT, "detail": "row 3"}]
    seen = {}

    def run(command, env, umask, **_):
        seen.update(env=env, umask=umask)
        return subprocess.CompletedProcess(command, 1, json.dumps(said).encode(), b"")
    monkeypatch.setattr(anywhere.subprocess, "run", run)
    found = run_setting(Setting("x", "y", {"TZ": "Z"}, folder="ö p", umask=0o077), Study(tmp_path))
    assert found.counts == {IDENTICAL: 1, WITHIN: 0, DIFFERENT: 1} and not found.ok
    assert found.different == ("b: different (row 3)",)
    assert seen["env"]["TZ"] == "Z" and seen["env"]["TMPDIR"].endswith("ö p")
    assert seen["umask"] == 0o077
    assert "| `x` | y | 1 | 0 | 1 |" in outcome_table([found])
    assert Outcome(SETTINGS[0], {IDENTICAL: 3, WITHIN: 0, DIFFERENT: 0}).ok


def test_numpy_is_told_which_instructions_to_leave_out_by_their_names_in_this_version():
    wanted = [n for n in anywhere._dispatched() if any(p in n for p in anywhere.AVX2)]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import numpy; from numpy._core._multiarray_umath "
         "import __cpu_features__ as f; print([n for n in f if f[n]])"],
        env={"NPY_DISABLE_CPU_FEATURES": " ".join(wanted)}, capture_output=True, text=True,
        check=False)
    assert done.returncode == 0, done.stderr
    assert not [n for n in wanted if f"'{n}'" in done.stdout]
