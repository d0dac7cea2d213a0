"""Bring the parts of README.md and docs/ that are written by data and code up to them."""

from __future__ import annotations

import pandas as pd

from breachstudy.dataset.load import read_tables
from breachstudy.exhibits.registry import listed
from breachstudy.facts.validate import load_raw
from breachstudy.report.docs import PARTS, refresh_page
from breachstudy.report.docs_before import before_and_after
from breachstudy.report.readme import refresh, replace_part
from breachstudy.schema.codebook import tables
from breachstudy.storage import write_atomic
from breachstudy.study import Study
from breachstudy.workflow.architecture import rooms_part
from breachstudy.workflow.dataset import read_build

__all__ = ["ARCHITECTURE", "DECISIONS", "architecture_page", "decisions_page", "refresh_pages"]

ARCHITECTURE = "architecture.md"
DECISIONS = "decisions.md"


def refresh_pages(study: Study) -> tuple[str, ...]:
    """Renew the pages from the built dataset and the package; gives their names.

    Raises FactError for unsound raw facts, FileNotFoundError if the dataset is not built, and
    ValueError for a page without its markers.
    """
    record = read_build(study)
    if record is None:
        raise FileNotFoundError("the dataset has not been built yet; run 'breachstudy build'")
    raw = load_raw(study.raw_files(), tables("raw"))
    frames = read_tables(study.processed)
    readme = study.root / "README.md"
    pages = {readme: refresh(readme.read_text("utf-8"), record, listed(study.reports))}
    for name in PARTS:
        page = study.docs / name
        pages[page] = refresh_page(name, page.read_text("utf-8"), raw, frames)
    decisions = study.docs / DECISIONS
    pages[decisions] = decisions_page(pages[decisions], study)
    page = study.docs / ARCHITECTURE
    pages[page] = architecture_page(page.read_text("utf-8"))
    for path, text in pages.items():
        write_atomic(path, text.encode())
    return tuple(path.relative_to(study.root).as_posix() for path in pages)


def decisions_page(text: str, study: Study) -> str:
    """The page of decisions with the results before and after the facts were mended."""
    before = pd.read_csv(study.analysis / "results_before_mending.csv", comment="#")
    stored = pd.read_parquet(study.reports / "hypotheses.parquet")
    return replace_part(text, "results-before-and-after", before_and_after(before, stored),
                        f"docs/{DECISIONS}")


def architecture_page(text: str) -> str:
    """The page on the architecture with its generated part brought up to the imports."""
    return replace_part(text, "rooms", rooms_part(), f"docs/{ARCHITECTURE}")
