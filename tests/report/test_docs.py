"""Numbers in README.md and docs/ are those of the data."""

from math import comb
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.estimation.shares import exact_interval
from breachstudy.exhibits.registry import listed
from breachstudy.facts.validate import load_raw
from breachstudy.report.docs import PARTS, refresh_page
from breachstudy.report.docs_before import before_and_after
from breachstudy.report.readme import refresh
from breachstudy.schema.codebook import tables
from breachstudy.study import Study
from breachstudy.workflow.build import build
from breachstudy.workflow.pages import DECISIONS, decisions_page

ROOT = Path(__file__).parents[2]
STALE = "is not up to date: run 'breachstudy build' and 'breachstudy readme'"


@pytest.fixture(scope="module")
def committed():
    """Build record, raw frames and built frames of what is committed."""
    files = Study(ROOT).raw_files()
    made = build(files, Study(ROOT).raw_returns())
    return made.record, load_raw(files, tables("raw")), made.frames


@pytest.mark.parametrize("name", list(PARTS))
def test_pages_say_what_the_data_hold(name, committed):
    _, raw, frames = committed
    text = (ROOT / "docs" / name).read_text("utf-8")
    assert refresh_page(name, text, raw, frames) == text, f"docs/{name} {STALE}"


def test_the_readme_says_what_the_build_counts(committed):
    text = (ROOT / "README.md").read_text("utf-8")
    assert refresh(text, committed[0], listed(Study(ROOT).reports)) == text, f"README.md {STALE}"


def test_every_exhibit_and_page_named_in_the_readme_is_there():
    text = (ROOT / "README.md").read_text("utf-8")
    for name in ("dates", "sources", "notices", "firms", "events", "analysis", "decisions",
                 "adding-an-event", "outcomes", "coding", "eventstudy", "inference", "confounding",
                 "coverage", "audit"):
        assert f"docs/{name}.md" in text and (ROOT / "docs" / f"{name}.md").is_file()
    for _, _, path in listed(Study(ROOT).reports):
        assert f"(reports/{path})" in text


def test_lost_markers_are_named(committed):
    with pytest.raises(ValueError, match=r"docs/firms\.md has no <!-- firms -->"):
        refresh_page("firms.md", "# Firms\n", *committed[1:])
    with pytest.raises(ValueError, match=r"README\.md has no <!-- audit -->"):
        refresh("<!-- numbers -->\n<!-- /numbers -->", committed[0], [])


@pytest.mark.parametrize(("wrong", "n"), [(1, 60), (3, 60), (12, 20)])
def test_the_interval_of_an_error_rate_leaves_two_and_a_half_percent_on_each_side(wrong, n):
    lo, hi = exact_interval(wrong, n)

    def at_most(k, p):
        return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))

    assert 1 - at_most(wrong - 1, lo) == pytest.approx(0.025, abs=1e-9)
    assert at_most(wrong, hi) == pytest.approx(0.025, abs=1e-9)


def test_no_error_and_nothing_but_errors_have_one_sided_intervals():
    assert exact_interval(0, 60) == (0.0, pytest.approx(1 - 0.025 ** (1 / 60)))
    assert exact_interval(60, 60) == (pytest.approx(0.025 ** (1 / 60)), 1.0)


def test_results_before_and_after_the_mending_are_those_stored():
    study = Study(ROOT)
    text = (ROOT / "docs" / DECISIONS).read_text("utf-8")
    assert decisions_page(text, study) == text, f"docs/{DECISIONS} {STALE}"
    before = pd.DataFrame([{"test": "h1_car", "estimate": -0.02, "ci_lo": -0.03, "ci_hi": -0.01,
                            "n": 80, "verdict": "not_seen"}])
    now = pd.DataFrame([{"hypothesis": "H1", "test": "h1_car", "question": "Q?", "estimate": None,
                         "ci_lo": None, "ci_hi": None, "n": 7, "verdict": "not run",
                         "unit": "share of value"}])
    row = before_and_after(before, now).splitlines()[-1]
    assert row == "| H1 | Q? | −2.00% [−3.00% to −1.00%] | 80 | not seen | – | 7 | not run |"
