"""Rebuild everything elsewhere and say, file by file, what is identical and what differs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from breachstudy.storage import storing
from breachstudy.study import Study
from breachstudy.workflow.analyze import analyze_study
from breachstudy.workflow.build import build
from breachstudy.workflow.compare import Comparison, compare_folders

__all__ = ["compare_studies", "rebuild"]


def rebuild(study: Study, into: Path, progress: Callable[[str], None] = lambda _: None) -> Study:
    """Build, analyse and render in ``into`` from copies of data/raw and analysis alone."""
    with storing(into):
        for part in ("data/raw", "analysis"):
            shutil.copytree(study.root / part, into / part)
    fresh = Study(into)
    progress("building …")
    fresh.replace_processed(build(fresh.raw_files(), fresh.raw_returns()).files)
    analyze_study(fresh, None, None, None, progress, everything=True)
    return fresh


def compare_studies(committed: Study, fresh: Study) -> list[Comparison]:
    """Every output of the two: the dataset, then results and exhibits."""
    return [*compare_folders(committed.processed, fresh.processed, "data/processed"),
            *compare_folders(committed.reports, fresh.reports, "reports")]
