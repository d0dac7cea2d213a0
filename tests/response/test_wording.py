"""Wording measured on sentences of our own; the openings of letters as compiled."""

import datetime as dt
import json
import math
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from breachstudy.cli.app import app
from breachstudy.compile.letters import (
    Letter,
    compile_letters,
    is_measurable,
    read_letters,
)
from breachstudy.dataset.letters import build_letters
from breachstudy.facts.write import csv_bytes
from breachstudy.report.docs_wording import precision_recall
from breachstudy.schema.codebook import table
from breachstudy.wording import (
    apology,
    hedges,
    list_items,
    measure,
    offers_monitoring,
    offers_refund,
    passives,
    readability,
    sentences,
    syllables,
    template_shares,
    words,
)
from tests.published import ANSWERS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("text", "n"), [
    ("On Jan. 9, Borel Inc. lost 2.7 million files. We told the U.S. Treasury.", 2),
    ("It ran in the U.S. We closed it at 4 p.m. The rest is known.", 3),
    ("Dr. Oak and J. Fir wrote to Elm Corp. about form No. 12.", 1),
    ("Was it open? No. We had shut it!", 3),
    ("The page broke.Your account is safe.", 2),
    ("We hold:\n• names\n• dates\n", 3),
    ("A heading\n\nA paragraph", 2),
    ("See www.oak.example/a.html or mail us at a.b@oak.example.", 1),
])
def test_sentences_end_where_a_reader_ends_them(text, n):
    assert len(sentences(text)) == n, sentences(text)


@pytest.mark.parametrize(("word", "n"), [
    ("cat", 1), ("the", 1), ("table", 2), ("stolen", 2), ("used", 1), ("needed", 2), ("called", 1),
    ("settled", 2), ("enabled", 3), ("changes", 2), ("names", 1), ("files", 1), ("safely", 2),
    ("statement", 2), ("information", 4), ("notifying", 4), ("individual", 5), ("video", 3),
    ("unique", 2), ("employee", 3), ("initiated", 5), ("apologize", 4), ("FBI", 3), ("2019", 1),
    ("third-party", 3), ("company's", 3)])
def test_syllables_follow_the_rules(word, n):
    assert syllables(word) == n


def test_words_keep_what_belongs_together():
    assert words("Acme's e-mail of 1/5/2018: 3.5 million (U.S.)") == [
        "Acme's", "e-mail", "of", "1/5/2018", "3.5", "million", "U.S"]


@pytest.mark.parametrize(("text", "n"), [
    ("The naïve résumé of José Muñoz was exposed.", 8),
    ("The nai\u0308ve re\u0301sume\u0301 of Jose\u0301 was exposed.", 7),
    ("The infor\u00admation was exposed.", 4), ("The in\u200bformation was exposed.", 4),
    ("We regret&nbsp;this and thank AT&amp;T.", 6), ("We\u00a0lost\u202fit.", 3),
    ("\ufeffOur in\u2011house e\u2010mail list", 4)])
def test_words_are_what_a_reader_counts(text, n):
    assert measure(text).n_words == len(words(text)) == n


@pytest.mark.parametrize(("word", "n"), [
    ("José", 2), ("résumé", 3), ("naïve", 2), ("Muñoz", 2), ("café", 2), ("Zoë", 2),
    ("coöperate", 4), ("infor\u00admation", 4)])
def test_syllables_of_accented_words(word, n):
    assert syllables(word) == n


UNSEEN = st.sampled_from(["\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff"])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(["data", "José", "Muñoz", "e-mail", "3.5", "naïve", "it's"]),
                min_size=1, max_size=12),
       UNSEEN, st.sampled_from([" ", "\u00a0", "\u202f", "&nbsp;"]), st.data())
def test_what_has_no_width_changes_no_count(tokens, unseen, space, data):
    plain = " ".join(tokens)
    parted = [t[:k] + unseen + t[k:] for t in tokens
              for k in [data.draw(st.integers(0, len(t)))]]
    written = space.join(parted)
    assert words(written) == words(plain) == tokens
    assert words(unicodedata.normalize("NFD", written)) == tokens
    assert measure(written) == measure(plain)


def test_readability_by_hand():
    # 2 sentences, 10 words, 15 syllables, 2 long words: 10/2 = 5 words a sentence, 1.5 syllables
    found = readability(10, 2, [3, 3, 1, 1, 1, 1, 1, 1, 1, 2])
    assert found.flesch_reading_ease == pytest.approx(206.835 - 5.075 - 126.9)
    assert found.flesch_kincaid_grade == pytest.approx(1.95 + 17.7 - 15.59)
    assert found.smog_grade is None
    assert readability(3, 3, [3, 3, 3]).smog_grade == pytest.approx(
        1.043 * math.sqrt(30) + 3.1291)
    with pytest.raises(ValueError, match="0 words"):
        readability(0, 1, [])


def test_readability_of_the_published_sentence():
    expected = ANSWERS["readability"]
    found = measure("The cat sat on the mat.")
    assert found.flesch_reading_ease == pytest.approx(expected["flesch"])
    assert found.flesch_kincaid_grade == pytest.approx(expected["grade"])


@pytest.mark.parametrize(("text", "found"), [
    ("Files were stolen.", [("stolen", False)]),
    ("Files were stolen by a clerk.", [("stolen", True)]),
    ("Files were taken by mistake.", [("taken", False)]),
    ("Files were copied, and by noon we knew.", [("copied", False)]),
    ("Your name may not have been properly hidden.", [("hidden", False)]),
    ("A thief stole files.", []),
    ("We are committed to you.", []),
    ("We have reported it.", []),
])
def test_passives_and_their_agents(text, found):
    assert [(p.participle, p.has_agent) for p in passives(text)] == found


def test_agentless_breach_verbs_are_those_done_to_the_data():
    text = "Data was accessed. Data was viewed by a thief. Police were informed."
    assert measure(text).n_agentless_breach_verbs == 1
    assert measure(text).n_passives == 3
    assert measure("A thief saw it. Data was lost.").passive_share == 0.5


@pytest.mark.parametrize(("text", "n"), [
    ("Your data may be lost.", 1), ("It could possibly leak.", 2),
    ("On May 5 we closed it.", 0), ("In May we closed it.", 0), ("They stole it.", 0),
    ("To our knowledge it is safe.", 1)])
def test_hedges_are_no_months(text, n):
    assert len(hedges(text)) == n


@pytest.mark.parametrize(("text", "level"), [
    ("We apologise for this breach.", "incident"),
    ("We are sorry.", "incident"),
    ("We regret any inconvenience this incident may cause.", "inconvenience"),
    ("We apologize for the error and for any inconvenience.", "incident"),
    ("We regret to inform you of a theft.", "none"),
    ("Regrettably, files were lost.", "none"),
    ("We closed the page.", "none")])
def test_apologies_are_for_the_incident_or_the_bother(text, level):
    assert apology(text) == level


@pytest.mark.parametrize(("text", "monitoring", "refund"), [
    ("We offer one year of free credit monitoring.", True, False),
    ("We will refund the fee.", False, True),
    ("Watch your credit. We are offering advice.", False, False),
    ("You may buy identity theft protection.", False, False)])
def test_offers(text, monitoring, refund):
    assert (offers_monitoring(text), offers_refund(text)) == (monitoring, refund)


def test_lists_have_two_items():
    assert list_items("They hold:\n• names\n• cards") == 2
    assert list_items("We (1) closed it and (2) told you.") == 2
    assert list_items("As said in (1) we closed it.") == 0


@pytest.mark.parametrize(("name", "text", "value"), [
    ("negations_per_100", "We did not see it and can't say", 25.0),
    ("negations_per_100", "Form No. 5 is here now ok", 0.0),
    ("weak_modals_per_100", "It might leak", 100 / 3),
    ("weak_modals_per_100", "It will leak", 0.0),
    ("uncertainty_per_100", "The number is unknown", 25.0),
    ("uncertainty_per_100", "The number is ten", 0.0),
    ("litigious_per_100", "A court will decide", 25.0),
    ("litigious_per_100", "We told law enforcement", 0.0),
    ("numerals_per_100", "In 2019 we lost 3,000 files", 100 / 3),
    ("numerals_per_100", "Last year we lost files", 0.0),
    ("first_person_plural_share", "We lost our files", 0.5),
    ("first_person_plural_share", "The US firm lost files", 0.0),
    ("n_data_types", "They took passwords and phone numbers", 2),
    ("n_data_types", "They took chairs", 0),
    ("first_data_type_share", "They took your passwords", 0.75),
    ("first_data_type_share", "They took chairs", None)])
def test_rates_and_shares(name, text, value):
    found = getattr(measure(text), name)
    assert found == (pytest.approx(value) if value is not None else None)


def test_a_text_without_words_is_refused():
    with pytest.raises(ValueError, match="no word"):
        measure(" … ")


def test_templates_are_shared_with_other_writers_only():
    same = "on 5 May we learned of a theft"
    other = "on 9 May we learned of a theft"
    alone = "thieves broke into the barn last night"
    assert template_shares([same, other, alone], ["a", "b", "c"]) == [1.0, 1.0, 0.0]
    assert template_shares([same, other, "short"], ["a", "a", "c"]) == [0.0, 0.0, None]
    with pytest.raises(ValueError, match="2 texts but 1 writers"):
        template_shares(["a", "b"], ["x"])


def test_the_command_prints_every_measure(tmp_path):
    path = tmp_path / "statement.txt"
    path.write_text("We are sorry. Data was stolen.", "utf-8")
    made = CliRunner().invoke(app, ["wording", str(path), "--json"])
    assert made.exit_code == 0 and json.loads(made.output)["apology"] == "incident"
    assert "passive_share               0.500" in CliRunner().invoke(
        app, ["wording", str(path)]).output


def entry(day, text):
    return (f'<p class="hidden"></p>\n[{day}](https://a.example/x_(1).pdf) | Theft\n{{: .a }}\n'
            f"<details>\n  <summary>Abstract</summary>\n{text}\n</details>\n")


COLLECTION = ("# A\n## Acme, Inc.\n" + entry("May 02, 2015", "We are sorry that we lost your file "
                                              "on the way to our bank.")
              + entry("", "Files were stolen from our office in the night of Monday.")
              + "## Zed LLC\n" + entry("", "A thief took the files of our clients, and we told "
                                            "them all."))
REGISTER = pd.DataFrame([("acme", 7, dt.date(2015, 5, 2), dt.date(2015, 6, 1)),
                         ("acme", 9, dt.date(2016, 5, 2), dt.date(2016, 6, 1)),
                         ("zed", 11, None, dt.date(2017, 1, 3))],
                        columns=["key", "row", "began", "reported"])


def test_letters_are_matched_by_organisation_and_first_day():
    made = compile_letters(read_letters(COLLECTION), REGISTER)
    rows = made.letters.set_index("letter_id")
    assert rows.index.tolist() == ["0001-acme", "0002-acme", "0003-zed"]
    assert rows["register_match"].tolist() == ["same_start", "several_rows", "only_row"]
    assert rows["reported"].tolist()[::2] == [dt.date(2015, 6, 1), dt.date(2017, 1, 3)]
    assert rows["apology"].tolist()[0] == "incident" and rows["apology"].isna().tolist()[1:] == [
        True, True]
    assert made.summary["letters"] == 3


def test_letters_get_the_event_of_their_row_and_no_text():
    made = compile_letters(read_letters(COLLECTION), REGISTER).letters
    members = pd.DataFrame({"member_kind": ["report", "notice"], "event_id": ["acme-2015", "x"],
                            "member_ref": ["california-ag-00007", "california-ag-00011"]})
    built = build_letters(made, members)
    assert built["event_id"].tolist()[0] == "acme-2015"
    assert built["event_id"].isna().tolist() == [False, True, True]
    assert b"on the way" not in csv_bytes(made)


def test_unmeasurable_openings_are_left_out():
    assert not is_measurable("TBD")
    assert not is_measurable("El 3 de mayo la empresa supo de la pérdida de los datos de usted")
    assert is_measurable("On 3 May the firm learned that it had lost your data")
    made = compile_letters([Letter(1, "Acme", None, "TBD")], REGISTER)
    assert made.summary["left_out"] == 1 and made.letters.empty


def test_an_entry_that_cannot_be_read_is_no_silent_loss():
    with pytest.raises(ValueError, match="4 entries but 3"):
        read_letters(COLLECTION + "<details>\n")


def test_precision_and_recall_count_the_reading():
    checks = pd.DataFrame({"measure": ["hedges", "hedges", "passives"], "n_marked": [2, 1, 5],
                           "n_right": [1, 1, 5], "n_by_hand": [2, 1, 5]})
    assert precision_recall(checks, "hedges") == (2, 3, 2, 3)


def test_committed_letters_and_their_checks_by_hand_fit_each_other():
    # benchmarks/compare_sources.py makes the table again from the letters themselves
    letters = pd.read_csv(ROOT / "data/raw/letter_wording.csv", dtype={"letter_id": str})
    checks = pd.read_csv(ROOT / "data/raw/letter_checks.csv", dtype={"letter_id": str})
    assert list(letters) == table("raw", "letter_wording").names
    assert letters["letter_id"].is_unique and set(checks["letter_id"]) <= set(letters["letter_id"])
    assert set(checks["measure"]) == {"passives", "hedges", "apology"}
    assert (checks["n_right"] <= checks[["n_marked", "n_by_hand"]].min(axis=1)).all()
