"""Tables on invented results: rounding, words and what is left out."""

import pandas as pd

from breachstudy.exhibits.lag_tables import (
    clocks_table,
    deadlines_table,
    ratios_table,
    shares_table,
)
from breachstudy.exhibits.study_tables import curves_table, replication_table, verdict_table


def test_shares_are_of_single_registers(given):
    body = shares_table(given).body
    assert body.to_dict("records") == [{
        "Clock": "To the first notice", "Source": "Washington",
        "within 30 days": "25% (20% to 30%)", "n": "500"}]


def test_time_ratios_are_exponentials_and_the_constant_is_left_out(given):
    made = ratios_table(given)
    assert made.body.to_dict("records") == [{
        "Term": "Industry: professional services", "Time ratio": "1.50",
        "95% interval": "1.00 to 2.00", "p": "<0.001"}]
    assert "n = 900" in made.notes and "robust, lognormal" in made.notes


def test_an_excess_may_be_negative(given):
    row = deadlines_table(given).body.iloc[0]
    assert row["95% interval"] == "−2.90 to 8.30" and row["Excess notices"] == "40"


def test_a_joint_test_says_what_was_seen(given):
    made = curves_table(given)
    row = made.body.iloc[0]
    assert (row["Seen"], row["p, permutation"], row["Specifications"]) == ("12.5%", "0.040", "540")
    assert made.notes.endswith("The lag?: 500 permutations.")


def test_clocks_show_intervals_and_a_dash_for_nothing(given):
    clocks = ("dwell", "disclosure_lag", "notification_lag", "containment_lag",
              "exposure_to_disclosure", "revision_lag")
    events = pd.DataFrame({"event_id": ["reddit-2018", "microsoft-webmail-2019"]})
    for name in clocks:
        events[f"{name}_lo_days"] = [3, None]
        events[f"{name}_hi_days"] = [3 if name == "dwell" else 9, None]
    given.frames["events"] = events
    body = clocks_table(given).body
    assert body["Reddit 2018"].tolist() == ["3 d"] + ["3 to 9 d"] * 5
    assert set(body["Microsoft webmail 2019"]) == {"–"}


def test_the_literature_stands_beside_tests_that_ran(given, published):
    body = replication_table(given.with_frame("results", pd.concat([given.results, pd.DataFrame([{
        "spec": "h0_page", "kind": "focus", "estimate": -0.016}])])), published).body
    assert body["Study"].tolist()[:2] == ["Adams, Brown & Clark (2004)", "Dow"]
    assert set(body.loc[body["Hypothesis"] == "H1", "Ours"]) == {"−0.30%"}
    assert "H2" not in set(body["Hypothesis"])  # our test did not run


def test_a_verdict_without_a_test_keeps_its_claim(given):
    hypotheses = given.hypotheses.assign(p_value=0.2, p_bootstrap=None, p_adjusted=None)
    body = verdict_table(given.with_frame("hypotheses", hypotheses)).body
    last = body.iloc[-1]
    assert (last["Test"], last["Effect"], last["Verdict"]) == ("values", "–", "not testable")
    assert body.iloc[1]["Effect"] == "−0.30%" and body.iloc[1]["Could find"] == "1.10%"
