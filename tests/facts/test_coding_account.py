"""What docs/coding.md says of the coding so far is what the tables hold."""

import re
from pathlib import Path

import pandas as pd
import pytest

import breachstudy

RAW = Path(__file__).parents[2] / "data" / "raw"


@pytest.fixture(scope="module")
def frame():
    return pd.read_csv(RAW / "coding_frame.csv", dtype=str)


@pytest.fixture(scope="module")
def codes():
    return pd.read_csv(RAW / "coding.csv", dtype=str, keep_default_na=False)


def test_large_listed_answers_are_coded_or_said_to_be_missing(frame):
    events = breachstudy.load("events").set_index("event_id")
    seen = events[(events["lookup"] == "found") & (events["n_documents"] > 0)
                  & events["is_listed"].astype(bool)]
    large = seen.index[seen["n_affected"].ge(100_000).fillna(False)]
    sets = frame.set_index("event_id")["coding_set"].reindex(large).value_counts()
    said = (RAW.parents[1] / "docs" / "coding.md").read_text(encoding="utf-8")
    assert f"the {sets['largest']} listed events" in said
    assert f"{sets['out']} listed events of that size" in said


def test_ten_events_were_read_again_and_the_rest_was_not_reached(frame, codes):
    assert codes.loc[codes["coder"] == "recode", "event_id"].nunique() == 10
    assert set(frame["coding_set"]) == {"training", "largest", "out"}


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
