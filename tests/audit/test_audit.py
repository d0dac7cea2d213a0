"""Audits: facts without their values, comparison with tolerances, rates with exact intervals."""

import datetime as dt
from math import comb
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import breachstudy
from breachstudy.audit.draw import ASKED, FILLED, draw_sheet
from breachstudy.audit.facts import COLUMNS, KINDS, all_facts, is_famous
from breachstudy.audit.score import (
    AUDIT_COLUMNS,
    audit_detection,
    compare,
    parse_span,
    score_sheet,
    summarise,
)
from breachstudy.errors import FactError
from breachstudy.facts.audit_checks import check_audits
from breachstudy.facts.read import parse_table
from breachstudy.facts.write import csv_bytes
from breachstudy.report.docs_audit import AUDIT, NONE_YET
from breachstudy.report.readme import refresh
from breachstudy.schema.codebook import tables
from breachstudy.schema.coding_book import book
from breachstudy.workflow.audit import score_text

BOOK = book()
RAW = Path(__file__).parents[2] / "data" / "raw"
DAY = dt.date(2026, 12, 1)


@pytest.fixture(scope="module")
def facts():
    raw = {n: parse_table((RAW / f"{n}.csv").read_bytes(), n, tables("raw")[n])[0]
           for n in ("event_members", "notices", "register_reports")}
    return all_facts(raw, {n: breachstudy.load(n) for n in ("events", "codes")}, BOOK)


def made_up(n=40):
    rows = []
    for kind in KINDS:
        for k in range(n):
            field = {"dates": "discovered", "who_first": "public_by", "numbers": "records_final",
                     "codes": "T2", "unseen": "T2", "links": "firm",
                     "securities": "ticker"}[kind]
            value = {"dates": "2020-03-02", "who_first": "press", "numbers": "1000",
                     "codes": "1", "unseen": "", "links": "Acme Corp (ACM)",
                     "securities": "ACM"}[kind]
            rows.append([f"{kind}:e{k:02}:{field}", kind, f"e{k:02}", "Acme", "breach", field,
                         "What?", "form", value, k % 4 != 0])
    return pd.DataFrame(rows, columns=COLUMNS)


# ---- the draw


def test_facts_are_keyed_and_cover_every_kind(facts):
    assert facts["fact_id"].is_unique
    assert set(facts["kind"]) == set(KINDS)
    claims = facts[facts["kind"] != "unseen"]
    assert claims["dataset_value"].ne("").all()
    assert facts.loc[facts["kind"] == "unseen", "dataset_value"].eq("").all()


def test_every_fact_agrees_with_itself(facts):
    for row in facts[facts["kind"] != "unseen"].groupby(["kind", "field"]).head(40).itertuples():
        assert compare(row.kind, row.field, row.dataset_value, row.dataset_value, BOOK) == "equal"


def test_register_rows_are_asked_about_with_rows_of_other_events(facts):
    rows = facts[facts["field"].str.startswith("row:")]
    answers = rows["dataset_value"].value_counts()
    assert set(answers.index) == {"yes", "no"} and answers.min() / answers.sum() > 0.1


def test_names_do_not_give_the_answer_away(facts):
    named = breachstudy.load("events").set_index("event_id")["event_name"].dropna()
    own = facts[facts["event_id"].isin(named.index)]
    words = own["event"].str.replace(r" \(\d{4}\)$", "", regex=True)
    assert not words[own["kind"] == "numbers"].str.contains(r"\b\d").any()
    months = "January|February|March|April|May|June|July|August|September|October|November|December"
    assert not words[own["kind"] == "dates"].str.contains(rf"\b(?:{months})\b").any()
    assert words[own["kind"] == "codes"].str.contains(r"\d").any()


def test_a_sheet_holds_no_value_and_both_halves_of_fame(facts):
    sheet = draw_sheet(facts, 60, 7)
    assert list(sheet.columns) == ["seed", *ASKED, *FILLED]
    assert "dataset_value" not in sheet and "is_famous" not in sheet
    assert (sheet[list(FILLED)] == "").all().all()
    counts = sheet["kind"].value_counts()
    assert len(sheet) == 60 and counts.max() - counts.min() <= 0 and "unseen" not in counts
    famous = facts.set_index("fact_id")["is_famous"].reindex(sheet["fact_id"])
    for kind in counts.index:
        own = ~famous[(sheet["kind"] == kind).to_numpy()].astype(bool)
        assert own.mean() >= 1 / 3
    assert sheet["event_id"].duplicated().sum() < 6


def test_the_same_seed_gives_the_same_sheet_and_another_another(facts):
    pd.testing.assert_frame_equal(draw_sheet(facts, 30, 1), draw_sheet(facts, 30, 1))
    assert set(draw_sheet(facts, 30, 1)["fact_id"]) != set(draw_sheet(facts, 30, 2)["fact_id"])


def test_kinds_and_audited_facts_are_respected():
    every = made_up()
    sheet = draw_sheet(every, 27, 3, ["codes"], frozenset({"codes:e00:T2"}))
    assert set(sheet["kind"]) == {"codes"} and "codes:e00:T2" not in set(sheet["fact_id"])
    with pytest.raises(ValueError, match="10 facts of kind codes on events that are not famous"):
        draw_sheet(every, 39, 3, ["codes"])
    few = every[~every["is_famous"].astype(bool)]
    with pytest.raises(ValueError, match="6 facts of kind codes are left, 8 are wanted"):
        draw_sheet(few, 12, 3, ["codes"])
    with pytest.raises(ValueError, match="no kind rumours"):
        draw_sheet(every, 4, 3, ["rumours"])
    with pytest.raises(ValueError, match="fewer than the 6 kinds"):
        draw_sheet(every, 5, 3)


def test_fame_by_documents_people_or_role():
    events = pd.DataFrame({"n_documents": [6, 5, 0, 0, 0], "role": ["listed"] * 4 + ["landmark"],
                           "n_affected": pd.array([1, 1_000_000, 1_000_001, None, 1],
                                                  dtype="Int64")})
    assert is_famous(events).tolist() == [True, False, True, False, True]


# ---- the comparison


@pytest.mark.parametrize(("kind", "field", "reader", "dataset", "verdict"), [
    ("dates", "discovered", "2014-02-24", "2014-02-24", "equal"),
    ("dates", "discovered", "2014-02", "2014-02-24", "within"),
    ("dates", "discovered", "2014-02-20/2014-03-01", "2014-03", "within"),
    ("dates", "discovered", "2014-02-24", "2014-03-05", "wrong"),
    ("dates", "discovered", "2013", "2014-01-01", "wrong"),
    ("who_first", "public_by", "press", "press", "equal"),
    ("who_first", "public_by", "firm", "press", "wrong"),
    ("numbers", "records_final", "2,900,000", "2900000", "equal"),
    ("numbers", "records_final", "2900000", "2941234", "within"),
    ("numbers", "records_final", "2900000", "2960000", "wrong"),
    ("numbers", "records_final", "3000000", "2960000", "within"),
    ("numbers", "records_final", "1000000", "1400000", "wrong"),
    ("numbers", "records_final", "78801", "78800", "within"),
    ("numbers", "records_final", "0", "0", "equal"),
    ("codes", "T2", "2", "2", "equal"),
    ("codes", "T2", "2", "1", "adjacent"),
    ("codes", "T2", "2", "0", "wrong"),
    ("codes", "A2", "0.5", "0", "adjacent"),
    ("codes", "T6", "1", "0", "wrong"),
    ("unseen", "A2", "1", "", "no_claim"),
    ("links", "firm", "Acme Corporation", "Acme Corp (ACM)", "equal"),
    ("links", "firm", "acm", "Acme Corp (ACM)", "equal"),
    ("links", "firm", "Acme Holdings Inc.", "Acme Corp", "equal"),
    ("links", "firm", "ACM (Acme Holdings of Delaware)", "Acme Corp (ACM)", "equal"),
    ("links", "firm", "Acme of Delaware, listed (ACM)", "Acme Corp (until 2023) (ACM)", "equal"),
    ("links", "firm", "Apex Corp", "Acme Corp (ACM)", "wrong"),
    ("links", "firm", "APX (Apex Corp)", "Acme Corp (ACM)", "wrong"),
    ("links", "row:x", "no", "yes", "wrong"),
    ("links", "row:x", "Yes", "yes", "equal"),
    ("securities", "cik", "320193", "0000320193", "equal"),
    ("securities", "ticker", "BRK.B", "BRK-B", "equal"),
    ("securities", "exchange", "NASDAQ", "NYSE", "wrong"),
])
def test_values_are_compared_by_the_rule_of_their_kind(kind, field, reader, dataset, verdict):
    assert compare(kind, field, reader, dataset, BOOK) == verdict


@pytest.mark.parametrize(("kind", "field", "reader"), [
    ("dates", "discovered", "March 2014"), ("dates", "discovered", "2014-13"),
    ("dates", "discovered", "2014-03-05/2014-03-01"), ("numbers", "records_final", "two million"),
    ("codes", "T2", "3"), ("links", "row:x", "perhaps"), ("unseen", "A2", "7")])
def test_values_of_another_form_are_refused(kind, field, reader):
    with pytest.raises(ValueError):
        compare(kind, field, reader, {"dates": "2014", "links": "yes"}.get(kind, "1"), BOOK)


def test_spans():
    assert parse_span("2024-02") == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert parse_span("2024") == (dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert parse_span("2024-02-03/2024-03") == (dt.date(2024, 2, 3), dt.date(2024, 3, 31))


# ---- the score


def filled(values, facts=None):
    facts = made_up() if facts is None else facts
    rows = facts.set_index("fact_id").loc[list(values)].reset_index()
    sheet = rows[list(ASKED)].assign(**dict.fromkeys(FILLED, ""), seed="7")
    for k, value in enumerate(values.values()):
        if value is None:
            sheet.loc[k, "is_not_found"] = "yes"
        else:
            sheet.loc[k, ["found_value", "found_url"]] = [value, "https://example.org/a"]
    return sheet


SHEET = {"dates:e00:discovered": "2020-03-02", "dates:e01:discovered": "2020-03",
         "dates:e02:discovered": "2021-01-01", "dates:e03:discovered": None,
         "codes:e00:T2": "1", "codes:e01:T2": "2", "codes:e02:T2": "0",
         "unseen:e03:T2": "2", "unseen:e04:T2": "0"}


@pytest.fixture
def scored():
    return score_sheet(filled(SHEET), made_up(), "s1", DAY, BOOK)


def test_a_sheet_is_scored_row_by_row(scored):
    assert list(scored.columns) == AUDIT_COLUMNS
    verdict = scored.set_index("audit_id")["verdict"]
    assert verdict["s1/dates:e01:discovered"] == "within"
    assert verdict["s1/dates:e03:discovered"] == "not_found"
    assert verdict["s1/codes:e01:T2"] == verdict["s1/codes:e02:T2"] == "adjacent"
    assert verdict["s1/unseen:e03:T2"] == "no_claim"
    assert scored["who_right"].isna().all()


def test_rates_worked_by_hand(scored):
    found = summarise(scored).set_index("kind")
    dates = found.loc["dates"]
    assert dates[["n_facts", "n_compared", "n_right", "n_equal", "n_wrong", "n_not_found"]
                 ].tolist() == [4, 3, 2, 1, 1, 1]
    assert found.loc["codes", ["n_right", "n_wrong", "n_adjacent"]].tolist() == [1, 2, 2]
    every = found.loc["all"]
    assert (every["n_right"], every["n_compared"], every["n_facts"]) == (3, 6, 7)

    def at_least(k, n, p):
        return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))

    assert at_least(3, 6, every["share_lo"]) == pytest.approx(0.025, abs=1e-9)
    assert at_least(4, 6, every["share_hi"]) == pytest.approx(0.975, abs=1e-9)
    assert "unseen" not in found.index


def test_adjudication_gives_a_difference_back_or_leaves_it_open(scored):
    done = scored.set_index("audit_id", drop=False)
    done.loc["s1/codes:e01:T2", ["who_right", "reason"]] = ["dataset", "the page is of another"]
    done.loc["s1/codes:e02:T2", ["who_right", "reason"]] = ["undecided", "sources differ"]
    done.loc["s1/dates:e02:discovered", ["who_right", "reason"]] = ["reader", "a misprint"]
    found = summarise(done.reset_index(drop=True)).set_index("kind")
    assert found.loc["codes", ["n_right", "n_wrong", "n_open", "n_compared"]].tolist() == [
        2, 0, 1, 2]
    assert found.loc["dates", "n_wrong"] == 1


def test_every_fault_of_a_sheet_is_named_at_once():
    sheet = filled(SHEET)
    sheet.loc[0, "found_value"] = "last spring"
    sheet.loc[1, "found_url"] = ""
    sheet.loc[2, ["found_value", "found_url"]] = ["", ""]
    sheet.loc[3, "found_value"] = "2020"
    sheet.loc[4, "fact_id"] = "codes:gone:T2"
    sheet.loc[5, "found_phrase"] = "one two three four five six seven eight nine"
    sheet.loc[7, "fact_id"] = sheet.loc[8, "fact_id"]
    with pytest.raises(FactError) as caught:
        score_sheet(sheet, made_up(), "s1", DAY, BOOK)
    said = str(caught.value)
    assert len(caught.value.problems) == 7
    for words in ("row 2, column found_value, value 'last spring'", "row 3, column found_url",
                  "row 4, column found_value: is neither filled", "called not found",
                  "the dataset has no such fact", "longer than eight words", "stands twice"):
        assert words in said
    with pytest.raises(FactError, match="lacks columns"):
        score_sheet(sheet.drop(columns="found_url"), made_up(), "s1", DAY, BOOK)


def test_what_auditors_found_tells_the_chance_of_detection(scored):
    found = audit_detection(scored, BOOK).set_index("item").loc["T2"]
    # e00 found and coded, e01 found and coded lower, e03 found and not seen here; two are zeros.
    assert found[["n_present", "n_found", "n_absent", "n_not_seen"]].tolist() == [3, 2, 0, 1]
    nothing = audit_detection(scored.head(0), BOOK)
    assert len(nothing) == len(BOOK.items) and nothing["n_present"].eq(0).all()
    assert nothing["share_found"].isna().all()


# ---- kept in data/raw, shown in docs and README


def table_of(frame):
    return parse_table(csv_bytes(frame), "data/raw/audits.csv", tables("raw")["audits"])


def test_saved_outcomes_pass_the_codebook_and_their_checks(scored):
    frame, problems = table_of(scored)
    assert problems == [] and check_audits(frame) == []
    wrong = frame.copy()
    wrong.loc[0, "reader_value"] = None
    wrong.loc[frame["verdict"] == "equal", "who_right"] = "dataset"
    said = " ".join(map(str, check_audits(wrong)))
    assert "does not go with the verdict" in said and "adjudicates the verdict equal" in said
    assert "gives no reason" in said


def test_the_page_holds_with_no_audit_and_with_one(scored):
    frames = {"events": pd.DataFrame({"n_documents": [9], "role": ["listed"],
                                      "n_affected": pd.array([1], dtype="Int64")})}
    empty, full = table_of(scored.head(0))[0], table_of(scored)[0]
    assert AUDIT["rates"]({"audits": empty}, frames) == NONE_YET
    assert AUDIT["differences"]({"audits": empty}, frames) == NONE_YET
    rates = AUDIT["rates"]({"audits": full}, frames)
    assert "| Dates | 4 | 1 | 3 | 2 | 1 | 1 | 0 | 0 | 66.7% (9.4% to 99.2%) |" in rates
    assert "| all facts | 7 |" in rates and "other events" in rates
    assert "Of 2 codes that the dataset does not claim to have seen, readers found the item in 1" \
        in rates
    listed = AUDIT["differences"]({"audits": full}, frames)
    assert ("| e02 | discovered | 2020-03-02 | [2021-01-01](https://example.org/a) | wrong | open "
            "| – |") in listed
    assert AUDIT["differences"]({"audits": full[full["verdict"] == "equal"]}, frames) == \
        "No fact differed."
    assert "1 of 1 events" in AUDIT["rules"]({"audits": full}, frames)


@pytest.mark.parametrize(("counts", "said"), [
    ((0, 0, 0, 0), "No facts have been drawn for the audit yet"),
    ((5, 0, 0, 5), "none could be compared"),
    ((60, 50, 49, 10), "of the 50 that were compared 49 were right: 98.0% (exact 95 % interval "
                       "89.4% to 99.9%)")])
def test_the_readme_states_the_rate_with_its_interval(counts, said):
    names = ("events", "events_listed", "listed_with_discovery", "listed_with_first_public_page",
             "listed_with_disclosure_lag", "listed_coded", "events_landmark", "listed_firms",
             "notices", "notices_with_discovery_and_notice", "milestones", "sources")
    audited = dict(zip(("audited_facts", "audited_compared", "audited_right",
                        "audited_not_found"), counts, strict=True))
    record = {"version": "1", "collected_through": "x",
              "counts": dict.fromkeys(names, 1) | audited}
    text = "\n".join(f"<!-- {n} -->\n<!-- /{n} -->" for n in ("numbers", "audit", "exhibits"))
    assert said in refresh(text, record, [])


def test_scores_are_printed_with_every_difference(scored):
    said = score_text(scored)
    assert "3 differences:" in said and "codes e01 T2: dataset 1, reader 2 (adjacent)" in said


def test_a_sheet_goes_through_the_command_line_and_is_kept_once(tmp_path):
    from breachstudy.cli.app import app

    study = tmp_path / "study"
    (study / "data").mkdir(parents=True)
    (study / "analysis").mkdir()
    (study / "data" / "raw").mkdir()
    for path in RAW.iterdir():
        target = study / "data" / "raw" / path.name
        if path.name == "audits.csv":
            target.write_bytes(path.read_bytes())
        else:
            target.symlink_to(path)
    sheet = tmp_path / "trial.csv"
    run = CliRunner()
    made = run.invoke(app, ["audit", "draw", "-o", str(sheet), "--n", "6", "--seed", "4",
                            "--kind", "codes", "--root", str(study)])
    assert made.exit_code == 0, made.output
    rows = pd.read_csv(sheet, dtype=str, keep_default_na=False)
    assert len(rows) == 6 and "dataset_value" not in rows
    rows["is_not_found"] = "yes"
    rows.loc[0, ["found_value", "found_url", "is_not_found"]] = ["1", "https://example.org", ""]
    rows.to_csv(sheet, index=False)
    args = ["audit", "score", str(sheet), "--day", "2026-12-01", "--save", "--root", str(study)]
    kept = run.invoke(app, args)
    assert kept.exit_code == 0, kept.output
    saved, problems = table_of(pd.read_csv(study / "data" / "raw" / "audits.csv", dtype=str,
                                           keep_default_na=False))
    assert problems == [] and check_audits(saved) == []
    own = saved[saved["sheet"] == "trial"]
    assert len(own) == 6 and own["verdict"].eq("not_found").sum() == 5
    again = run.invoke(app, args)
    assert isinstance(again.exception, ValueError) and "already" in str(again.exception)
