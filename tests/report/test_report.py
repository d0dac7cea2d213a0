"""The report: words, escaping, and the page in a browser."""

import datetime as dt
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.exhibits.figure import Levels
from breachstudy.exhibits.numbers import points, share
from breachstudy.report import words
from breachstudy.report.browser import embedded
from breachstudy.report.words import answer

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "reports" / "report.html"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
NAN = float("nan")


def row(**fields):
    return {"verdict": "inconclusive", "estimate": -0.0033, "ci_lo": -0.0106, "ci_hi": 0.0034,
            "outcome": "car_m1_p1", "n": 1250, "smallest_effect": 0.005, "mde": 0.0098,
            "detail": None, **fields}


def sentence(fields):
    return words.sentence(fields, Levels(0.95, 0.05, 0.8))


def test_numbers_and_verdicts_in_words():
    assert points(-0.0161) == "−1.61" and points(NAN) == "–" and share(0.486) == "49%"
    assert answer("too_small_to_matter") == "Too small to matter"
    text = sentence(row())
    assert text == ("−0.33 percentage points of return (95% interval −1.06 to +0.34, n = 1,250); "
                    "the test would have found 0.98 with power 0.8.")
    assert "would have found" not in sentence(row(verdict="supported"))
    assert sentence(row(outcome="acsi_change", estimate=1.0, ci_lo=-1.0, ci_hi=3.0, mde=2.0)) == (
        "+1.00 points of satisfaction (95% interval −1.00 to +3.00, n = 1,250); the test would "
        "have found 2.00 with power 0.8.")
    assert sentence(row(outcome="share of the loss", ci_lo=0.1, ci_hi=1.2, estimate=0.4)) == (
        "The share is 40% (95% interval 10% to 120%, n = 1,250).")
    assert sentence(row(estimate=NAN, verdict="not run", detail="n = 3.")) == "Not run: n = 3."


def test_embedded_data_cannot_leave_its_element():
    data = {"events": [{"name": "</script><script>alert(1)</script>&\u2028"}]}
    text = embedded(data)
    assert "<" not in text and ">" not in text and "&" not in text and "\u2028" not in text
    assert json.loads(text) == data


class Page(HTMLParser):
    """Headings, images, table heads, links and ids of a page."""

    def __init__(self):
        super().__init__()
        self.headings, self.images, self.links, self.ids = [], [], [], []
        self.heads, self.requests = 0, []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.images.append(given)
        if tag == "th":
            self.heads += "scope" not in given
        if tag == "a":
            self.links.append(given.get("href", ""))
        if "id" in given:
            self.ids.append(given["id"])
        if tag in ("script", "link", "iframe") and ("src" in given or "href" in given):
            self.requests.append(given)


@pytest.fixture(scope="module")
def page():
    parsed = Page()
    parsed.feed(REPORT.read_text("utf-8"))
    return parsed


def test_the_page_needs_nothing_else(page):
    assert page.requests == []
    assert page.images and all(i["src"].startswith("data:image/") for i in page.images)
    assert REPORT.stat().st_size < 6_000_000


def test_the_page_is_accessible(page):
    assert page.headings.count(1) == 1 and page.headings[0] == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert all(len(i.get("alt", "")) > 20 for i in page.images)
    assert page.heads == 0, "a table head without scope"
    assert len(page.ids) == len(set(page.ids))
    assert all(h[1:] in page.ids for h in page.links if h.startswith("#") and len(h) > 1)


def test_every_hypothesis_of_the_plan_is_answered():
    from breachstudy.plan.read import read_plan

    plan = read_plan((ROOT / "analysis" / "study.toml").read_text("utf-8"))
    text = REPORT.read_text("utf-8")
    for h in plan.hypotheses.values():
        assert f'<span class="id">{h.id}</span>' in text
    assert plan.hash[:16] in text


def dump(path, fragment, tmp_path):
    found = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}",
         "--virtual-time-budget=3000", "--dump-dom", f"file://{path}{fragment}"],
        capture_output=True, text=True, timeout=120, check=False)
    return found.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_browser_lists_events_and_opens_one(tmp_path):
    page = dump(REPORT, "#event=equifax-2017", tmp_path)
    assert re.search(r'id="count" role="status">[\d,]+ events<', page)
    opened = page[page.index('id="event"'):]
    assert "<h3>Equifax, 2017</h3>" in opened and "discovered" in opened
    assert 'aria-label="Cumulative abnormal return' in opened
    assert re.search(r'<a href="https?://[^"]+" rel="noreferrer">page</a>', opened)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_hostile_name_is_shown_and_not_run(tmp_path):
    text = REPORT.read_text("utf-8")
    hostile = {"events": [{
        "id": "x-2020", "name": "<img src=x onerror=document.title='RUN'>", "year": 2020,
        "sector": None, "lag": None, "candour": None, "car": None, "what": "</script><b>x</b>",
        "facts": [], "codes": [], "timeline": [{
            "type": "public", "date": "2020-01-01", "by": None, "evidence": "<i>words</i>",
            "url": "javascript:alert(1)"}]}]}
    start = text.index('id="data">') + len('id="data">')
    end = text.index("</script>", start)
    path = tmp_path / "hostile.html"
    path.write_text(text[:start] + embedded(hostile) + text[end:], encoding="utf-8")
    page = dump(path, "#event=x-2020", tmp_path)
    opened = page[page.index('id="event"'):]
    assert "&lt;img src=x" in opened and "&lt;i&gt;words&lt;/i&gt;" in opened
    assert "<title>Speed, candour" in page and "javascript:" not in opened.split("<script")[0]


def test_browser_data_of_an_invented_event():
    from breachstudy.report.browser import browser_data
    from breachstudy.schema.codebook import tables

    columns = tables("processed")["events"].names
    event = dict.fromkeys(columns) | {
        "event_id": "a-2020", "organisation": "A", "n_documents": 2, "is_listed": True,
        "year": 2020, "lag_analysis_days": 3.0, "car_m1_p1": -0.012345}
    frames = {
        "events": pd.DataFrame([event]),
        "sources": pd.DataFrame({"source_id": ["s"], "url": ["https://x.example/"]}),
        "milestones": pd.DataFrame([{
            "event_id": "a-2020", "type": "first_public", "date_lo": dt.date(2020, 1, 2),
            "date_hi": dt.date(2020, 1, 5), "by": "firm", "evidence": "said so",
            "url": "https://x.example/", "is_picked": True}]),
        "codes": pd.DataFrame([{"event_id": "a-2020", "item": "T2", "code": "9", "status":
                                "not_found", "code_a": "9", "code_b": "9", "evidence": None,
                                "source_id": None}]),
        "abnormal_returns": pd.DataFrame({"event_id": "a-2020", "offset": [-10, -9],
                                          "ar": [0.01, -0.02]})}
    made = browser_data(frames)["events"][0]
    assert made["car"] == -0.0123 and made["path"] == [[-10, 1.0], [-9, -1.0]]
    assert made["timeline"][0]["date"] == "2020-01-02 to 2020-01-05"
    assert made["codes"][0]["meaning"] == "not found"


def test_the_report_takes_tables_and_figures_as_they_stand():
    from breachstudy.storage import read_folder
    from breachstudy.study import Study
    from breachstudy.workflow.drawing import report_files

    stored = read_folder(ROOT / "reports")
    html, text = b"<table><caption>Of the set</caption></table>", b"**Of the set**"
    changed = {**stored, "tables/tab8_verdicts.html": html, "tables/tab8_verdicts.md": text}
    made = report_files(Study(ROOT), changed)
    assert html in made["report.html"] and text in made["report.md"]
    assert stored["tables/tab9_robustness.html"].strip() in made["report.html"]
    gone = {n: d for n, d in stored.items() if not n.startswith("tables/tab9_")}
    assert b"tab9" not in report_files(Study(ROOT), gone)["report.md"]
    with pytest.raises(FileNotFoundError, match=r"reports/figures/fig6_verdicts\.svg is missing"):
        report_files(Study(ROOT), {n: d for n, d in stored.items()
                                   if n != "figures/fig6_verdicts.svg"})
