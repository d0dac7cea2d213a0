"""Picking and outliers: what must hold of any claims, and every step of the order by hand."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breachstudy.facts.outliers import APART_DAYS, OUTLIERS, TOGETHER_DAYS, Claim, find_outliers
from breachstudy.facts.picking import AGREE_DAYS, FIRSTS, LASTS, SOURCE_RANK, pick_milestones

TYPES = sorted({"first_public", "discovered", "incident_start", "review_complete"} | FIRSTS | LASTS)
START = dt.date(2018, 1, 1)


@st.composite
def tables(draw):
    rows = []
    for i in range(draw(st.integers(1, 8))):
        lo = START + dt.timedelta(days=draw(st.integers(0, 900)))
        width = draw(st.sampled_from([0, 0, 0, 6, 29, 364]))
        rows.append({
            "milestone_id": f"m{i}", "event_id": draw(st.sampled_from(["e", "f"])),
            "type": draw(st.sampled_from(TYPES[:6])), "date_lo": lo,
            "date_hi": lo + dt.timedelta(days=width), "date_precision": "day",
            "source_kind": draw(st.sampled_from(sorted(SOURCE_RANK))),
            "origin": draw(st.sampled_from(["page", "register"])),
            "set_aside": draw(st.sampled_from([None, None, None, "a slip"]))})
    return pd.DataFrame(rows)


@settings(max_examples=12, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_one_claim_a_milestone_and_never_one_set_aside(frame, random):
    found = pick_milestones(frame)
    assert len(found) == len(frame)
    chosen = found[found["is_picked"]]
    assert chosen["outlier"].isna().all() and chosen["pick_rule"].notna().all()
    assert found.loc[~found["is_picked"], "pick_rule"].isna().all()
    for _, own in found.groupby(["event_id", "type"]):
        usable = own["set_aside"].isna().any()
        assert own["is_picked"].sum() == int(usable)
        assert not own["outlier"].isna().any() or usable
        for row in own.itertuples():
            if not usable:
                assert not row.is_disagreeing
                continue
            best = own[own["is_picked"]].iloc[0]
            assert row.is_disagreeing == (row.date_lo > best["date_hi"]
                                          or row.date_hi < best["date_lo"])
    assert set(found["outlier"].dropna()) <= set(OUTLIERS)
    assert (found["outlier"].eq("by_hand") == found["set_aside"].notna()).all()
    order = list(range(len(frame)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(found, pick_milestones(frame.iloc[order]))


@st.composite
def events(draw):
    """Claims of one event, by key."""
    def one(i):
        lo = START + dt.timedelta(days=draw(st.integers(0, 900)))
        width = draw(st.sampled_from([0, 0, 0, 6, 29, 364]))
        return Claim(draw(st.sampled_from(TYPES[:6])), lo, lo + dt.timedelta(days=width),
                     draw(st.integers(1, 6)), draw(st.booleans()), draw(st.integers(0, 5)) == 0)
    return {i: one(i) for i in range(draw(st.integers(1, 8)))}


@settings(max_examples=100, deadline=None)
@given(events())
def test_outliers_leave_a_claim_of_each_type_and_say_why(claims):
    found = find_outliers(claims)
    assert set(found.values()) <= set(OUTLIERS)
    assert {i for i, why in found.items() if why == "by_hand"} == {
        i for i, c in claims.items() if c.is_aside}
    for type_ in {c.type for c in claims.values()}:
        live = [i for i, c in claims.items() if c.type == type_ and not c.is_aside]
        assert not live or set(live) - set(found)
    for i, why in found.items():
        if why == "apart":
            own = [c for k, c in claims.items() if c.type == claims[i].type and k != i]
            assert sum(c.apart(claims[i]) > APART_DAYS for c in own) >= 2
            assert any(a is not b and a.apart(b) <= TOGETHER_DAYS for a in own for b in own)


@settings(max_examples=100, deadline=None)
@given(st.dates(dt.date(2000, 1, 1), dt.date(2020, 1, 1)), st.integers(0, 40), st.integers(-90, 90),
       st.integers(0, 40))
def test_claims_are_as_far_apart_as_their_nearest_days(day, width, gap, other):
    def claim(lo, days):
        return Claim("discovered", lo, lo + dt.timedelta(days=days), 1, True)

    a, b = claim(day, width), claim(day + dt.timedelta(days=gap), other)
    nearest = min(abs((x - y).days) for x in (day + dt.timedelta(days=k) for k in range(width + 1))
                  for y in (b.lo, b.hi))
    inside = a.lo <= b.hi and b.lo <= a.hi
    assert a.apart(b) == b.apart(a) == (0 if inside else nearest)
    assert a.days == width and (a.apart(b) <= AGREE_DAYS or not inside)


def claims(*rows):
    """One event: (type, first day, last day or None, kind of source, origin)."""
    return pd.DataFrame([
        {"milestone_id": f"m{i}", "event_id": "e", "type": t, "date_lo": dt.date.fromisoformat(a),
         "date_hi": dt.date.fromisoformat(b or a), "date_precision": "day", "source_kind": k,
         "origin": o, "set_aside": None} for i, (t, a, b, k, o) in enumerate(rows)])


def pick(*rows):
    found = pick_milestones(claims(*rows))
    chosen = found[found["is_picked"]]
    return chosen["milestone_id"].tolist(), chosen["pick_rule"].tolist()


@pytest.mark.parametrize("better,worse", [
    ("regulator", "filing"), ("firm_statement", "court"), ("filing", "court"),
    ("letter", "court"), ("court", "press"), ("press", "researcher"),
    ("researcher", "reference")])
def test_kinds_of_sources_in_their_order(better, worse):
    assert pick(("contained", "2018-03-01", None, worse, "page"),
                ("contained", "2018-03-09", None, better, "page")) == (["m1"], ["source_rank"])


@pytest.mark.parametrize("a,b", [("filing", "firm_statement"), ("filing", "letter")])
def test_own_words_of_any_kind_are_equal(a, b):
    assert pick(("incident_start", "2018-03-09", None, a, "page"),
                ("incident_start", "2018-03-01", None, b, "page")) == (["m1"], ["earliest"])
