"""What others wrote cannot act where it is shown: terminal, Markdown, LaTeX, CSV, JSON."""

import datetime as dt
import json

import pandas as pd
import pytest

from breachstudy.exhibits.tables import Exhibit, Link, pipe_table
from breachstudy.report.browser import browser_data
from breachstudy.report.show import event_text
from breachstudy.schema.inert import (
    CONTROL,
    csv_cell,
    csv_frame,
    json_text,
    markdown_text,
    visible,
    visible_lines,
    web_address,
)

EVIL = "Acme\x1b[2J\x9b31m\u202e\nInc|<script>alert(1)</script>[x](javascript:alert(1))"


def test_controls_are_shown_by_their_code_and_everything_else_stays():
    assert visible("a\x1b[31m\tb\u202e\udc80") == "a\\x1b[31m\\tb\\u202e\\udc80"
    plain = "Zürich – “Čedok” £5 株式会社 \xa0€"
    assert visible(plain) == plain
    assert visible_lines("a\x1bb\n\tc") == "a\\x1bb\n\tc"


@pytest.mark.parametrize(("text", "shown"), [
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("\\<script>", "\\\\&lt;script&gt;"),
    ("<javascript:alert(1)>", "&lt;javascript:alert(1)&gt;"),
    ("<!-- x -->", "&lt;!-- x --&gt;"),
    ("[x](javascript:alert(1))", "[x]\\(javascript:alert(1))"),
    ("[x]: javascript:alert(1)", "[x]\\: javascript:alert(1)"),
    ("a|b", "a\\|b"), ("a\\|b", "a\\\\\\|b"), ("a\nb", "a\\\\nb"),
    ("p <0.001, [−1, 2]", "p <0.001, [−1, 2]"), ("**bold** `code`", "**bold** `code`"),
])
def test_markdown(text, shown):
    assert markdown_text(text) == shown


def test_only_addresses_of_the_web_become_links():
    assert pipe_table(("a",), [(Link(("x|y", "https://a.example/b_(c)")),)], "l").endswith(
        "| [x\\|y](https://a.example/b_(c)) |")
    for address in ("javascript:alert(1)", "data:text/html,x", "//a.example", "https:// x", ""):
        assert web_address(address) is None
        assert pipe_table(("a",), [(Link(("x", address)),)], "l").endswith("| x |")
    assert "](" in str(Link(("x", "https://a.example/)b")))
    assert str(Link(("x", "https://a.example/)b|<"))) == "[x](https://a.example/%29b%7C%3C)"


@pytest.mark.parametrize(("cell", "stored"), [
    ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"), ("@SUM(A1)", "'@SUM(A1)"),
    ("+1+cmd|'/C calc'!A0", "'+1+cmd|'/C calc'!A0"), ("-A1", "'-A1"), ("-2 USD", "'-2 USD"),
    ("+0.12%", "+0.12%"), ("-1.5 %", "-1.5 %"), ("-0.3 [-0.5, +0.1]", "-0.3 [-0.5, +0.1]"),
    ("+0.1% to +0.4%", "+0.1% to +0.4%"), ("-", "-"), ("−0.3%", "−0.3%"), ("a\x1bb", "a\\x1bb"),
    ("plain = text", "plain = text"), (-3, -3), (1.5, 1.5), (None, None),
])
def test_a_spreadsheet_runs_no_cell(cell, stored):
    assert csv_cell(cell) == stored


def test_numbers_and_days_in_a_frame_are_untouched():
    frame = pd.DataFrame({"n": [-1, 2], "=x": pd.Series(["=1", None], dtype="str"),
                          "day": pd.Series([dt.date(2020, 1, 2), None], dtype="object")})
    made = csv_frame(frame)
    assert made["n"].tolist() == [-1, 2] and made["n"].dtype == frame["n"].dtype
    assert made["'=x"].iloc[0] == "'=1" and made["day"].iloc[0] == dt.date(2020, 1, 2)
    twice = pd.DataFrame([["@a", "b"]], columns=["x", "x"])
    assert csv_frame(twice).to_csv(index=False) == "x,x\n'@a,b\n"


def test_every_form_of_a_table_is_inert():
    made = Exhibit("tab", EVIL, pd.DataFrame({EVIL: [EVIL, "=1+1"], "n": ["−2", "+3%"]}), EVIL,
                   (EVIL,))
    forms = {f: getattr(made, f)() for f in ("markdown", "csv", "latex", "html")}
    for form, text in forms.items():
        assert not CONTROL.search(text.replace("\n", "")), form
    assert len(forms["markdown"].splitlines()) == 8 and "](" not in forms["markdown"]
    for form in ("markdown", "html"):
        assert "<script" not in forms[form]
    assert "'=1+1,+3%" in forms["csv"]
    assert "\\textbackslash{}x1b[2J" in forms["latex"]


def test_json_escapes_the_controls_that_json_leaves():
    text = json_text({"a": EVIL})
    assert not CONTROL.search(text.replace("\n", "")) and json.loads(text) == {"a": EVIL}
    assert "ü" in json_text(["ü"])


def test_show_prints_no_control_character():
    import breachstudy

    events, milestones = breachstudy.load("events"), breachstudy.load("milestones")
    event = events[events["event_id"] == "reddit-2018"].iloc[0].copy()
    event["organisation"] = EVIL
    own = milestones[milestones["event_id"] == "reddit-2018"].copy()
    own["evidence"] = EVIL
    clean = event_text(events[events["event_id"] == "reddit-2018"].iloc[0], own.assign(
        evidence="said so"))
    shown = event_text(event, own)
    assert not CONTROL.search(shown.replace("\n", ""))
    assert len(shown.splitlines()) == len(clean.splitlines()) and "\\x1b[2J" in shown


def test_the_browser_of_the_report_holds_no_other_address():
    import breachstudy

    frames = {n: breachstudy.load(n) for n in ("events", "sources", "milestones", "codes",
                                               "abnormal_returns")}
    frames["events"] = frames["events"][frames["events"]["event_id"] == "reddit-2018"]
    frames["milestones"] = frames["milestones"].assign(url="javascript:alert(1)")
    event = browser_data(frames)["events"][0]
    assert event["timeline"] and {m["url"] for m in event["timeline"]} == {None}
