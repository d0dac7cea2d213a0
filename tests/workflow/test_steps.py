"""Only stale steps run: what each step rests on, and what a change of it sets going."""

import json
import os
from dataclasses import replace

import pandas as pd
import pytest

from breachstudy.dataset.load import load_results
from breachstudy.estimation.results import COLUMNS
from breachstudy.facts.checkout import renew as renew_manifest
from breachstudy.plan.runner import StudyResults
from breachstudy.study import Study
from breachstudy.workflow import imports, renew, steps
from breachstudy.workflow.dataset import dataset_changes, renew_dataset
from breachstudy.workflow.renew import Work

LAG_ROWS = 7


@pytest.fixture
def study(tmp_path):
    """A checkout of a few bytes: the steps are functions of the test's own."""
    made = {"data/processed/build.json": json.dumps(
                {"counts": {"events": 1},
                 "outputs": {"events.parquet": "a", "attrition.csv": "b"}}),
            **{f"analysis/{n}.toml": n for n in ("plan", "study", "freeze")},
            **{f"data/raw/{n}.csv": n for n in ("event_securities", "factors", "corrections",
                                                "published_findings", "notices")},
            "data/raw/returns.parquet": "returns"}
    for name, text in made.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Study(tmp_path)


class Counted:
    """Steps that say that they ran; their results are rows of the stored ones."""

    def __init__(self):
        frames = {n: load_results(n) for n in renew.RESULT_TABLES}
        whole = frames["results"].astype(COLUMNS)
        self.lag_rows = whole.head(LAG_ROWS)
        self.found = StudyResults(**{**frames, "results": whole.iloc[LAG_ROWS:60].reset_index(
            drop=True)})
        self.ran = []

    def work(self):
        return Work(lambda: self._did("lags", self.lag_rows),
                    lambda: self._did("study", self.found),
                    lambda _: self._did("exhibits", {"figures/fig1.svg": b"<svg/>",
                                                     "tables/tab1.md": b"|"}),
                    lambda files: self._did("report", {
                        "report.html": b"page", "report.md": str(len(files)).encode()}))

    def _did(self, step, made):
        self.ran.append(step)
        return made


@pytest.fixture
def counted():
    return Counted()


def run(study, stored, counted, everything=False):
    counted.ran = []
    return renew.renew(study, stored, counted.work(), everything).files


def change(study, name):
    if name == "build.json":
        path = study.processed / name
        record = json.loads(path.read_text())
        record["outputs"]["events.parquet"] = "another"
        path.write_text(json.dumps(record))
    else:
        path = study.root / name
        path.write_text(path.read_text() + " ")


def test_nothing_runs_twice_and_all_runs_when_told_to(study, counted):
    first = run(study, {}, counted)
    assert counted.ran == ["lags", "study", "exhibits", "report"]
    for path in study.root.rglob("*"):
        os.utime(path, (1, 1))  # times of files are no input
    assert run(study, first, counted) == first and counted.ran == []
    assert run(study, first, counted, everything=True) == first
    assert counted.ran == ["lags", "study", "exhibits", "report"]


@pytest.mark.parametrize(("name", "runs"), [
    ("analysis/plan.toml", ["lags", "exhibits", "report"]),
    ("analysis/study.toml", ["study", "exhibits", "report"]),
    ("analysis/freeze.toml", ["exhibits", "report"]),
    ("data/raw/factors.csv", ["study"]),  # the same results come of it: nothing follows
    ("data/raw/event_securities.csv", ["study"]),
    ("data/raw/returns.parquet", ["study"]),
    ("data/raw/published_findings.csv", ["exhibits", "report"]),
    ("data/raw/corrections.csv", ["study", "exhibits", "report"]),
    ("data/raw/notices.csv", []),  # reaches the analysis through the dataset alone
    ("build.json", ["lags", "study", "exhibits", "report"]),
])
def test_a_change_sets_going_what_rests_on_it(study, counted, name, runs):
    first = run(study, {}, counted)
    change(study, name)
    second = run(study, first, counted)
    assert counted.ran == runs
    assert {n for n in first if first[n] != second[n]} == ({"record.json"} if runs else set())
    assert run(study, second, counted) == second and counted.ran == []


@pytest.mark.parametrize(("name", "runs"), [
    ("figures/fig1.svg", ["exhibits"]), ("tables/tab1.md", ["exhibits"]),
    ("report.md", ["report"]), ("results.parquet", ["lags", "study"]),
    ("curves.parquet", ["study"]), ("record.json", ["lags", "study", "exhibits", "report"])])
@pytest.mark.parametrize("how", ["gone", "changed"])
def test_a_file_that_is_not_what_was_made_is_made_again(study, counted, name, runs, how):
    first = run(study, {}, counted)
    spoilt = {n: d for n, d in first.items() if n != name}
    if how == "changed":
        spoilt[name] = b"{}"
    assert run(study, spoilt, counted) == first
    assert counted.ran == runs


@pytest.mark.parametrize("step", ["lags", "study", "exhibits", "report"])
def test_changed_code_leaves_no_stale_results(study, counted, step, monkeypatch):
    first = run(study, {}, counted)
    monkeypatch.setitem(steps.STEPS, step, replace(steps.STEPS[step],
                                                   alone=("breachstudy.cli.app",)))
    second = run(study, first, counted)
    assert counted.ran == [step]
    assert json.loads(second["record.json"])["code"][step] != json.loads(
        first["record.json"])["code"][step]


def test_what_one_part_finds_anew_goes_into_the_shared_file(study, counted):
    first = run(study, {}, counted)
    counted.lag_rows = counted.lag_rows.head(3)
    change(study, "analysis/plan.toml")
    second = run(study, first, counted)
    made = renew.stored_results(second).results.astype(COLUMNS)
    pd.testing.assert_frame_equal(made, pd.concat(
        [counted.lag_rows, counted.found.results], ignore_index=True))
    counted.found = replace(counted.found, results=counted.found.results.head(5))
    change(study, "analysis/study.toml")
    third = run(study, second, counted)
    assert counted.ran == ["study", "exhibits", "report"]
    assert len(renew.stored_results(third).results) == 8
    assert third["results.parquet"] == run(study, {}, counted)["results.parquet"]


def test_one_line_says_what_ran_and_why():
    assert steps.said({"lags": [], "report": []}) == \
        "up to date: lags, report; nothing ran (--all runs all)"
    assert steps.said({"lags": ["code"], "study": [], "report": list("abcde")}) == \
        "ran lags (changed: code), report (changed: a, b, c and 2 more); up to date: study"
    assert steps.said({"build": ["--all"]}) == "ran build (--all)"


@pytest.fixture
def package(tmp_path):
    """a imports b inside a function, b has a definition beside it, c stands alone."""
    root = tmp_path / "breachstudy"
    for name, text in {"__init__.py": "", "a/__init__.py": "", "b/__init__.py": "",
                       "a/one.py": "def f():\n    from breachstudy.b import two\n",
                       "b/two.py": "X = 1\n", "b/columns.toml": "x = 1\n",
                       "c.py": "import breachstudy.a.one\n"}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


def code(root, *entries):
    imports.code_hash.cache_clear()
    imports._imports.cache_clear()
    imports._sources.cache_clear()
    return imports.code_hash(entries, (), root)


@pytest.mark.parametrize(("name", "text", "counts"), [
    ("b/two.py", b"X = 2\n", True), ("b/two.py", b"X = 1\r\n", False),
    ("b/columns.toml", b"x = 2\n", True), ("b/__init__.py", b"Y = 1\n", True),
    ("c.py", b"X = 2\n", False), ("b/two.pyc", b"compiled", False)])
def test_the_code_of_a_step_is_what_it_reaches(package, name, text, counts):
    before = code(package, "breachstudy.a.one")
    (package / name).write_bytes(text)
    assert (code(package, "breachstudy.a.one") != before) == counts
    with pytest.raises(KeyError):
        code(package, "breachstudy.nowhere")


@pytest.fixture
def checkout(tmp_path, raw_files):
    study = Study(tmp_path)
    study.raw.mkdir(parents=True)
    for name, data in raw_files().items():
        (study.raw / f"{name}.csv").write_bytes(data)
    renew_manifest(study)
    return study


def test_the_dataset_is_built_when_it_is_not_what_its_inputs_give(checkout, monkeypatch):
    assert dataset_changes(checkout) == ["not run yet"]
    counts, ran = renew_dataset(checkout)
    assert counts["events"] == 7 and ran == "ran build (not run yet)"
    assert dataset_changes(checkout) == []
    before = (checkout.processed / "build.json").read_bytes()
    assert renew_dataset(checkout) == (
        counts, "up to date: build; nothing ran (--all runs all)")
    (checkout.processed / "codes.parquet").write_bytes(b"other")
    (checkout.processed / "stray.txt").write_bytes(b"")
    (checkout.raw / "firms.csv").write_bytes((checkout.raw / "firms.csv").read_bytes() + b"\n")
    assert dataset_changes(checkout) == [
        "data/raw/firms.csv", "data/processed/codes.parquet", "data/processed/stray.txt"]
    (checkout.raw / "firms.csv").write_bytes((checkout.raw / "firms.csv").read_bytes()[:-1])
    renew_dataset(checkout)
    assert (checkout.processed / "build.json").read_bytes() == before
    monkeypatch.setitem(steps.STEPS, "build", replace(steps.STEPS["build"], entries=(
        "breachstudy.workflow.build", "breachstudy.cli.app")))
    assert dataset_changes(checkout) == ["code"]
