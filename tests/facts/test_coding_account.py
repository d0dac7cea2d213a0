"""What docs/coding.md says of the coding so far is what the tables hold."""

import re
from pathlib import Path

import pandas as pd
import pytest

import breachstudy
from breachstudy.response.detection import found_where_seen
from breachstudy.schema.coding_book import book

RAW = Path(__file__).parents[2] / "data" / "raw"
SAID = " ".join((RAW.parents[1] / "docs" / "coding.md").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def frame():
    return pd.read_csv(RAW / "coding_frame.csv", dtype=str)


@pytest.fixture(scope="module")
def codes():
    return pd.read_csv(RAW / "coding.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def coverage():
    return pd.read_csv(RAW / "coding_coverage.csv", dtype=str, keep_default_na=False)


def test_every_answer_with_a_document_is_coded_and_counted_in_the_docs(frame):
    events = breachstudy.load("events").set_index("event_id")
    seen = events.index[(events["lookup"] == "found") & (events["n_documents"] > 0)]
    assert set(seen) == set(frame["event_id"])
    sets = frame["coding_set"].value_counts()
    assert "out" not in sets
    assert f"{sets['largest']} listed events with at least 100,000 people affected" in SAID
    assert f"the other {sets['random']} listed events" in SAID
    assert f"{sets['landmark']} unlisted or foreign" in SAID


def test_sets_are_what_they_say(frame):
    events = breachstudy.load("events").set_index("event_id")
    own = frame.set_index("event_id")["coding_set"]
    listed = events.loc[own.index, "is_listed"].astype(bool)
    large = events.loc[own.index, "n_affected"].ge(100_000).fillna(False)
    assert listed[own.isin(["largest", "random"])].all()
    # drawn as large, before rows of another breach left the event
    fixes = pd.read_csv(RAW / "corrections.csv", dtype=str)
    left = set(fixes.loc[(fixes["table"] == "event_members") & (fixes["kind"] == "joined"),
                         "old_value"])
    assert large[(own == "largest") & ~own.index.isin(left)].all()
    assert not large[own == "random"].any()
    assert not listed[own == "landmark"].any()


def test_later_codings_are_counted_in_the_docs(codes):
    again = codes[codes["coder"].isin(["recode", "second_look"])].groupby("coder")[
        "event_id"].nunique()
    assert f"{again['recode']} events of the first round were read again from scratch" in SAID
    assert f"{again['second_look']} events of the first round were read a second time" in SAID


def test_drift_is_as_the_docs_say():
    table = breachstudy.load("agreement").set_index(["comparison", "variable", "stratum"])
    own = table.loc["second_look"].xs("all", level="stratum")
    for index in ("candour", "accommodation", "evasion"):
        assert own.loc[index, "shift_lo"] <= 0 <= own.loc[index, "shift_hi"]
    assert abs(own.loc["candour", "mean_shift"]) < 0.01
    assert (f"accommodation {-own.loc['accommodation', 'mean_shift']:.2f} and evasion "
            f"{-own.loc['evasion', 'mean_shift']:.2f} lower") in SAID
    assert f"{-100 * own.loc['seen', 'mean_shift']:.0f} in 100 codes" in SAID


def test_candour_is_agreed_on_less_where_little_was_seen():
    table = breachstudy.load("agreement")
    alpha = table[(table["comparison"] == "A_B") & (table["variable"] == "candour")].set_index(
        "stratum")["alpha"]
    assert alpha["coverage_0_1"] < min(alpha["coverage_2"], alpha["coverage_3_4"])
    assert "the coders agree less on candour" in SAID


def test_the_rounds_and_their_differences_are_as_the_docs_say(frame, codes, coverage):
    training = set(frame.loc[frame["coding_set"] == "training", "event_id"])
    book = coverage[coverage["coder"] == "A"].set_index("event_id")["book_version"]
    wide = codes[codes["coder"].isin(["A", "B"])].pivot(
        index=["event_id", "item"], columns="coder", values="value")
    wide = wide[~wide.index.get_level_values("event_id").isin(training)]
    differ = wide["A"] != wide["B"]
    version = wide.index.get_level_values("event_id").map(book)
    assert differ[version == "1.2"].mean() <= differ[version == "1.1"].mean()
    for said, own in (("first round", "1.1"), ("second round", "1.2")):
        part = differ[version == own]
        n_events = part.index.get_level_values("event_id").nunique()
        assert (f"{said}: {n_events} events, {int(part.sum())} differences in "
                f"{len(part):,} codes") in SAID


def test_codes_rest_on_listed_documents(codes):
    listed = pd.read_csv(RAW / "documents.csv", dtype=str)
    own = codes[codes["source_id"].ne("")]
    missing = own.merge(listed[["event_id", "source_id"]].drop_duplicates(), how="left",
                        indicator=True).query("_merge == 'left_only'")
    assert missing.empty
    assert codes.loc[codes["evidence"].ne(""), "source_id"].ne("").all()


def test_third_readings_without_a_listed_page_are_not_found(codes):
    own = codes[codes["reason"].str.endswith(": not found")]
    assert own["value"].eq("9").all()
    reasons = own["reason"].value_counts()
    number = {5: "five", 2: "two"}
    assert f"{number[reasons['no listed page decides it: not found']]} third readings" in SAID
    on_others = reasons["executive seen only on a page not listed: not found"]
    assert f"{number[on_others]} that rested on a page" in SAID


def test_agreeing_coders_seldom_quote_the_very_same_words(frame, codes):
    training = set(frame.loc[frame["coding_set"] == "training", "event_id"])
    wide = codes[codes["coder"].isin(["A", "B"]) & codes["evidence"].ne("")].assign(
        words=lambda d: [re.sub(r"[^a-z0-9 ]", "", e.lower()).strip() for e in d["evidence"]])
    pairs = wide.pivot(index=["event_id", "item"], columns="coder",
                       values=["value", "words"]).dropna()
    pairs = pairs[pairs["value", "A"] == pairs["value", "B"]]
    same = pairs["words", "A"] == pairs["words", "B"]
    of_training = same.index.get_level_values("event_id").isin(training)
    assert same[of_training].mean() < 0.5
    assert same[~of_training].mean() < 0.5


def test_the_own_text_shows_what_accounts_leave_out():
    codes = breachstudy.load("codes")
    sets = breachstudy.load("events").set_index("event_id")["coding_set"]
    found = found_where_seen(codes[codes["event_id"].map(sets) != "training"], book()).set_index(
        "item")
    for item in ("A1", "A2", "A7"):
        own = found.loc[item]
        assert book()[item].shown_by == "own"
        assert own["found_seen"] / own["n_seen"] > own["found_hidden"] / own["n_hidden"]


def test_no_absence_stands_without_its_part():
    codes = breachstudy.load("codes")
    absent = codes[codes["value"].eq(0).fillna(False)]
    assert absent["is_absence_seen"].all() and len(absent)
    moved = codes[codes["status"] == "not_seen"]
    assert moved["code"].eq("0").all() and moved["value"].isna().all() and len(moved)
    assert not moved["is_absence_seen"].any()


def test_pages_listed_at_the_limit_break_off_and_shorter_ones_end():
    listed = pd.read_csv(RAW / "documents.csv").set_index("document_id")["chars_visible"]
    seen = pd.read_csv(RAW / "document_checks.csv").set_index("document_id")["breaks_off"]
    long = listed.reindex(seen.index) >= book().visibility.cut_from
    assert seen[long].mean() > 0.85 and long.sum() > 40
    assert not seen[~long].any() and (~long).sum() > 15


def test_absences_looked_for_again_are_a_draw_of_those_that_do_not_stand():
    checks = pd.read_csv(RAW / "absence_checks.csv")
    codes = breachstudy.load("codes").set_index(["event_id", "item"])
    own = codes.reindex(pd.MultiIndex.from_frame(checks[["event_id", "item"]]))
    # Membership of events may change; what is left of the draw must still not stand.
    assert own["status"].dropna().eq("not_seen").mean() > 0.9
    assert checks.loc[checks["verdict"] == "found", ["source_url", "evidence"]].notna().all().all()
