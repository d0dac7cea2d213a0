"""The rules of the coding: each broken rule is one located problem, and a sound table has none."""

import pandas as pd
import pytest

from breachstudy.facts.coding_checks import check_coding
from breachstudy.schema.coding_book import book

ITEMS = [i.id for i in book().items]


def frames(coverage=2, frame=("a",), **changes):
    """Two coders, one event, all items absent, unless said: (coder, item) → fields."""
    rows = []
    for coder in "AB":
        rows += [{"event_id": "a", "coder": coder, "item": i, "value": "0", "evidence": None,
                  "source_id": None, "reason": None} for i in ITEMS]
    for row in rows:
        row.update(changes.get(f"{row['coder']}_{row['item']}", {}))
    rows += [v for k, v in changes.items() if k.startswith("row_")]
    coding = pd.DataFrame([r for r in rows if not r.get("drop")])
    coding["_row"] = range(2, len(coding) + 2)
    return {
        "coding": coding,
        "coding_coverage": pd.DataFrame([{"event_id": "a", "coder": c, "coverage": coverage}
                                         for c in "AB"]),
        "coding_frame": pd.DataFrame({"event_id": list(frame),
                                      "coding_set": ["random"] * len(frame)}),
    }


def third(**fields):
    return {"event_id": "a", "coder": "adjudicated", "item": "T2", "value": "2",
            "evidence": "stolen password", "source_id": "s", "reason": "vector named", **fields}


def told(found):
    return [f"{p.column}|{p.what}" for p in found]


PRESENT = {"value": "2", "evidence": "stolen password"}


def test_a_third_reading_finds_absence_only_where_both_coders_could_see_it():
    tables = frames(A_T2=PRESENT, row_1=third(value="0", evidence=None))
    assert told(check_coding(tables, book())) == []
    tables["coding_coverage"].loc[0, "coverage"] = 1
    assert any("absence of T2 is coded at coverage 1" in told_one and found.row == len(
        tables["coding"]) + 1 for found in check_coding(tables, book())
        for told_one in told([found]))


def test_a_sound_table_has_no_problem():
    assert told(check_coding(frames(), book())) == []
    settled = frames(A_T2=PRESENT, row_1=third())
    assert told(check_coding(settled, book())) == []


@pytest.mark.parametrize(("tables", "column", "what"), [
    (frames(A_T2={"value": "7"}, B_T2={"value": "7"}), "value", "is no level of T2"),
    (frames(A_T2={"value": "2"}, B_T2=PRESENT), "evidence", "T2 is coded 2 without evidence"),
    (frames(A_T9={}, row_1={**third(), "item": "Z1"}), "item", "is not an item"),
    (frames(A_T2=PRESENT), "value", "A and B differ on a/T2"),
    (frames(row_1=third(value="0", evidence=None)), "coder", "A and B agree on a/T2"),
    (frames(A_T2=PRESENT, row_1=third(reason=None)), "reason", "gives no reason"),
    (frames(A_T3={"drop": True}), "item", "lacks T3"),
    (frames(frame=()), "event_id", "is coded but not in the frame"),
    (frames(frame=("a", "b")), "event_id", "is in the set 'random' but has no codes"),
])
def test_each_broken_rule_is_told(tables, column, what):
    found = told(check_coding(tables, book()))
    assert any(t.startswith(f"{column}|") and what in t for t in found), found


def test_an_item_added_later_is_coded_by_both_or_by_none():
    """It needs no codes for the events coded before it."""
    items = [i.model_copy(update={"since": "1.3"}) if i.id == "T3" else i for i in book().items]
    later = book().model_copy(update={"items": tuple(items)})
    assert told(check_coding(frames(A_T3={"drop": True}, B_T3={"drop": True}), later)) == []
    found = told(check_coding(frames(A_T3={"drop": True}), later))
    assert len(found) == 1 and found[0].startswith("item|") and "lacks T3" in found[0]
    assert any("lacks T3" in t for t in told(check_coding(
        frames(A_T3={"drop": True}, B_T3={"drop": True}), book())))


def test_absence_needs_enough_seen_except_who_was_first_and_when():
    found = check_coding(frames(coverage=1), book())
    assert len(found) == 2 * (len(ITEMS) - 2)
    assert {p.column for p in found} == {"value"}
    assert not any(i in " ".join(told(found)) for i in ("T1", "E7"))


def test_one_coder_alone_is_told():
    tables = frames()
    tables["coding"] = tables["coding"][tables["coding"]["coder"] == "A"]
    assert any("one of A and B only" in t for t in told(check_coding(tables, book())))
