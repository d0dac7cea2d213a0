"""Absent is not unseen: which absences the documents could have shown, and what follows."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from breachstudy.response.columns import build_response
from breachstudy.response.detection import detection_table, found_where_seen
from breachstudy.response.indices import centred_index, coded_index
from breachstudy.response.visibility import absence_seen, seen_parts, with_effective_values
from breachstudy.schema.coding_book import book

BOOK = book()
ITEMS = [i.id for i in BOOK.items]
CUT = BOOK.visibility.cut_from
DAY = dt.date(2020, 3, 2)


def documents(*rows):
    return pd.DataFrame([{"event_id": e, "kind": kind, "chars_visible": chars, "published": day}
                         for e, kind, chars, day in rows])


def seen_of(docs, coverage=2, first=None):
    level = pd.Series({"e": coverage}, dtype="Int64")
    return absence_seen(seen_parts(docs, level, first, BOOK), BOOK).loc["e"]


CASES = {
    # one cut account: its head only
    "cut_account": ([("press", CUT)], 2, {"T2": True, "T5": False, "A9": False, "A2": False}),
    # two cut accounts: head and middle
    "two_cut": ([("press", CUT)] * 2, 2, {"T2": True, "T5": True, "E3": False, "A2": False}),
    # one character less, and the account ends
    "whole_account": ([("press", CUT - 1)], 2, {"T5": True, "A9": True, "E3": True, "A2": False,
                                                "A7": False, "A8": False}),
    # the organisation's own opening shows head and middle, not the end
    "own_opening": ([("letter", CUT)], 3, {"T3": True, "T6": True, "A2": False, "A6": False}),
    # its text whole shows the apology; an officer may still speak in accounts
    "own_whole": ([("letter", CUT - 1)], 3, {"A1": True, "A2": True, "A7": True, "A8": False}),
    "own_and_account": ([("letter", CUT - 1), ("press", CUT - 1)], 3, {"A8": True, "A2": True}),
    # accounts that carry the text whole, by both coders' word
    "coverage_4": ([("press", CUT)], 4, {"A2": True, "A9": True, "A8": False}),
    "nothing": ([("court", CUT)], 0, {"T1": True, "E5": True, "E7": True, "T2": True, "T5": False}),
}


@pytest.mark.parametrize("name", list(CASES))
def test_an_absence_is_seen_where_its_part_was_visible(name):
    given, coverage, wanted = CASES[name]
    found = seen_of(documents(*(("e", kind, chars, None) for kind, chars in given)), coverage)
    assert {item: bool(found[item]) for item in wanted} == wanted


def test_documents_after_the_first_week_show_nothing_of_it():
    late = documents(("e", "letter", 900, DAY + dt.timedelta(days=8)))
    week = documents(("e", "letter", 900, DAY + dt.timedelta(days=7)))
    first = pd.Series({"e": DAY})
    assert not seen_of(late, first=first)["A2"] and seen_of(week, first=first)["A2"]
    # Without a day, dated documents count.
    assert seen_of(late)["A2"] and seen_of(late, first=pd.Series({"x": DAY}))["A2"]


def test_an_event_without_documents_has_no_visible_part():
    found = seen_of(documents(("other", "letter", 900, None)))
    assert not found.drop(["T1", "E5", "E6", "E7"]).any()


def test_seeing_more_never_hides_an_absence():
    rng = np.random.default_rng(5)
    kinds = ["press", "letter", "firm_statement", "court"]
    for _ in range(50):
        rows = [("e", rng.choice(kinds), int(rng.choice([900, CUT])), None)
                for _ in range(rng.integers(1, 5))]
        less, more = seen_of(documents(*rows[:-1]) if rows[:-1] else documents(
            ("x", "press", 1, None))), seen_of(documents(*rows))
        assert (more | ~less).all()


def final_of(codes):
    missing = {"8": "not_applicable", "9": "not_found"}
    return pd.DataFrame([{"event_id": "e", "item": i, "code": c,
                          "value": None if c in missing else float(c),
                          "status": missing.get(c, "coded")}
                         for i, c in codes.items()]).astype({"value": "Float64"})


def test_only_a_zero_that_could_not_be_seen_loses_its_value():
    final = final_of({"A2": "0", "A7": "1", "A8": "9", "T8": "8", "T2": "0"})
    seen = pd.DataFrame(False, index=["e"], columns=ITEMS).assign(T2=True)
    found = with_effective_values(final, seen).set_index("item")
    assert found["status"].to_dict() == {"A2": "not_seen", "A7": "coded", "A8": "not_found",
                                         "T8": "not_applicable", "T2": "coded"}
    assert found["code"].tolist() == final["code"].tolist()
    assert pd.isna(found.at["A2", "value"])
    assert found.at["A7", "value"] == 1 and found.at["T2", "value"] == 0
    again = with_effective_values(found.reset_index(), seen).set_index("item")
    pd.testing.assert_frame_equal(again[found.columns], found)


def test_an_unknown_cell_is_refused():
    with pytest.raises(KeyError, match="no visibility of e/A2"):
        with_effective_values(final_of({"A2": "0"}), pd.DataFrame({"T2": [True]}, index=["e"]))


def coding(event, coder, **codes):
    return [{"event_id": event, "coder": coder, "item": i, "value": codes.get(i, "0"),
             "evidence": None, "source_id": None, "reason": None} for i in ITEMS]


def built(**codes):
    """An event seen in cut accounts and its twin seen whole, coded alike."""
    rows = [r for e in ("cut", "whole") for c in "AB" for r in coding(e, c, **codes)]
    cover = pd.DataFrame([{"event_id": e, "coder": c, "coverage": 2, "compensation_months": pd.NA}
                          for e in ("cut", "whole") for c in "AB"]).astype(
        {"compensation_months": "Int64"})
    docs = documents(("cut", "press", CUT, None), ("cut", "press", CUT, None),
                     ("whole", "letter", 900, None), ("whole", "press", 900, None))
    frame = pd.DataFrame({"event_id": ["cut", "whole"], "coding_set": "random"})
    return build_response(pd.DataFrame(rows), cover, frame, docs, None, BOOK)


def test_what_is_found_in_a_cut_page_does_not_raise_the_index():
    codes = {"A2": "1", "A3": "1", "A5": "2"}
    found = built(**codes)
    versions = found.versions.set_index(["index", "version", "event_id"])["value"]
    own = versions.loc["accommodation"]
    # Whole: 3 of 8 at their highest level.
    assert own["baseline", "whole"] == own["found_counts", "whole"] == 3 / 8
    # Cut: A3 and A5 could be seen, too few for an index; the apology that was found would count.
    assert pd.isna(own["baseline", "cut"]) and pd.isna(own["found_counts", "cut"])
    assert own["absent_as_zero", "cut"] == 3 / 8
    assert found.columns.loc["cut", "n_absences_not_seen"] == (found.codes.query(
        "event_id == 'cut'")["status"] == "not_seen").sum() > 0
    assert found.columns.loc["whole", "n_absences_not_seen"] == 0
    assert found.columns.loc["cut", "a2_apology"] == 1
    assert pd.isna(found.columns.loc["cut", "a7_contact_channel"])


def test_agreement_rests_on_what_could_be_seen():
    table = built(A2="1").agreement.set_index(["comparison", "stratum", "variable"])["n_events"]
    assert table["A_B", "all", "A2"] == 1 and table["A_B_written", "all", "A2"] == 2
    assert table["A_B", "all", "T2"] == table["A_B_written", "all", "T2"] == 2


def test_a_centred_index_does_not_depend_on_which_common_items_were_seen():
    # Item T2 is nearly always high, T6 nearly never; both events sit at the mean of what they show.
    values = pd.DataFrame(np.nan, index=[f"e{i}" for i in range(12)], columns=ITEMS)
    values["T2"], values["T3"], values["T6"], values["T4"] = 2.0, 2.0, 0.0, 0.0
    values.loc["e0", ["T6", "T4"]] = np.nan
    values.loc["e1", ["T2", "T3"]] = np.nan
    items = tuple(BOOK[i] for i in ("T2", "T3", "T4", "T6"))
    plain = coded_index(values.astype("Float64"), items)["value"]
    assert plain["e0"] == 1 and plain["e1"] == 0
    assert centred_index(values.astype("Float64"), items).tolist() == pytest.approx([0.5] * 12)


def test_the_chance_of_finding_worked_by_hand():
    rows = []
    for n in range(10):
        # A and B both find the apology in six, each finds one more alone, two have none.
        a, b = "1" if n < 7 else "0", "1" if n < 6 or n == 7 else "0"
        rows += coding(f"e{n}", "A", A2=a) + coding(f"e{n}", "B", A2=b)
        if a != b:
            rows += [r | {"reason": "x"} for r in coding(f"e{n}", "adjudicated", A2="1")
                     if r["item"] == "A2"]
        rows += coding(f"e{n}", "second_look", A2="9" if n == 0 else "1" if n < 5 else "0")
    seen = pd.DataFrame(True, index=[f"e{n}" for n in range(10)], columns=ITEMS)
    seen.loc["e5", "A2"] = False
    level = pd.Series(2, index=seen.index)
    found = detection_table(pd.DataFrame(rows), seen, level, BOOK).set_index(
        ["comparison", "stratum", "item"])
    both = found.loc["A_B", "all", "A2"]
    assert (both["n_present"], both["n_found"], both["n_absent"]) == (14, 12, 2)
    assert both["share_found"] == 12 / 14
    # Exact interval of 6 pairs of 8, carried over by 2J / (1 + J).
    assert both["share_lo"] == pytest.approx(2 * 0.349144 / 1.349144, abs=1e-5)
    assert both["share_hi"] == pytest.approx(2 * 0.968136 / 1.968136, abs=1e-5)
    again = found.loc["second_look", "all", "A2"]
    # Eight are there: found in e1 to e4, 9 in e0, hidden in e5, absent in e6 and e7.
    assert again[["n_present", "n_found", "n_absent", "n_not_seen"]].tolist() == [8, 4, 2, 2]
    assert found.loc["A_B", "coverage_2", "A2"]["n_found"] == 12
    assert found.loc["A_B", "coverage_3_4", "A2"]["n_present"] == 0


def test_counts_of_moved_codes_add_up():
    codes = built(A2="1", T2="2").codes
    found = found_where_seen(codes, BOOK).set_index("item")
    assert found["n_moved"].sum() == (codes["status"] == "not_seen").sum()
    assert found["n_zero"].sum() == (codes["code"] == "0").sum()
    assert found.loc["A2", ["n_zero", "n_seen", "found_seen", "n_hidden", "found_hidden"]
                     ].tolist() == [0, 1, 1, 1, 1]
    assert found.loc["A7", ["n_zero", "n_moved", "n_seen", "n_hidden"]].tolist() == [2, 1, 1, 1]
