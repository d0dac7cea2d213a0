"""The committed plans: read, frozen by their hash, and able to run on the committed dataset."""

import hashlib
from pathlib import Path

import pytest

from breachstudy.dataset.load import read_tables
from breachstudy.errors import PlanError
from breachstudy.plan.describe import plan_summary
from breachstudy.plan.freeze import check_frozen, read_freeze
from breachstudy.plan.read import read_plan
from breachstudy.plan.registry import KINDS

from .builder import plan, small, toml, whole

ROOT = Path(__file__).parents[2]
ANALYSIS = ROOT / "analysis"


def committed(file):
    return read_plan((ANALYSIS / file).read_text("utf-8"), file)


def freeze():
    return read_freeze((ANALYSIS / "freeze.toml").read_text("utf-8"))


def test_a_small_plan_reads():
    made = plan(small())
    assert made.names == ["h1"] and made.regressions["h1"].terms[0].standardise
    assert made.hash == hashlib.sha256(toml(small()).encode()).hexdigest()
    assert made.controls["none"].terms == ()


def test_the_committed_plan_is_the_frozen_one():
    check_frozen((ANALYSIS / "study.toml").read_text("utf-8"), freeze())
    made = committed("study.toml")
    assert made.primary_inference == "wild_bootstrap"
    confirmatory = [s for s in made.of("linear") if s.status == "confirmatory"]
    assert len(confirmatory) == 10
    assert {h.id for h in made.hypotheses.values() if h.family == "primary"} == {
        "H1", "H2", "H3", "H4", "H6"}


@pytest.mark.parametrize("file", ["study.toml", "plan.toml"])
def test_the_committed_plans_can_run_on_the_committed_dataset(file):
    made = plan_summary(committed(file), read_tables(ROOT / "data" / "processed"), freeze())
    assert made["faults"] == [] and made["frozen"] is (file == "study.toml")
    assert all(s["n"] is not None for s in made["samples"])


def test_a_changed_plan_is_refused_until_it_is_amended():
    text, other = toml(small()), toml(small()) + "# changed\n"
    def sha(t):
        return hashlib.sha256(t.encode()).hexdigest()

    frozen = {"frozen": {"file": "study.toml", "sha256": sha(text), "commit": "abcdef0"}}
    head = toml(frozen).replace("}", ", date = 2026-01-01 }")
    amended = head + (f'[[amendment]]\ndate = 2026-01-02\nreason = "r"\ntouches = ["h1"]\n'
                      f'old_sha256 = "{sha(text)}"\nnew_sha256 = "{sha(other)}"\n')
    check_frozen(text, read_freeze(head))
    with pytest.raises(PlanError, match="record an amendment"):
        check_frozen(other, read_freeze(head))
    check_frozen(other, read_freeze(amended))
    with pytest.raises(PlanError, match=r"file = 'study.toml': the plan of the study is mine.toml"):
        check_frozen(text, read_freeze(head), "mine.toml")


def test_the_plan_of_the_tests_has_every_kind_and_the_docs_name_it():
    made = plan(whole())
    page = (ROOT / "docs" / "analysis.md").read_text("utf-8")
    for name, kind in KINDS.items():
        assert made.of(name), name
        assert f"`{name}`" in page and kind.about
