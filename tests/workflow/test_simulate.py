"""The page of coverage is written whole, or not at all."""

import pytest

from breachstudy.estimation import coverage
from breachstudy.study import Study
from breachstudy.workflow.simulate import write_coverage


def test_page_is_written_and_repeats(tmp_path, monkeypatch):
    monkeypatch.setattr(coverage, "DESIGNS", coverage.DESIGNS[:1])
    study = Study(tmp_path)
    assert write_coverage(study, 100, seed=3, jobs=1) == "docs/coverage.md"
    first = (tmp_path / "docs" / "coverage.md").read_text("utf-8")
    assert first.count("| independent events, normal data |") == 4
    assert "(seed 3)" in " ".join(first.split())
    write_coverage(study, 100, seed=3)
    assert (tmp_path / "docs" / "coverage.md").read_text("utf-8") == first


def test_too_few_replications_write_nothing(tmp_path):
    with pytest.raises(ValueError, match="at least 100"):
        write_coverage(Study(tmp_path), 20)
    assert not (tmp_path / "docs").exists()
