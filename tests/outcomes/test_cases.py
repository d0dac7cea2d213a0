"""The committed table of published figures: what must hold of each of its rows."""

import pytest

from breachstudy import load


@pytest.fixture(scope="module")
def cases():
    return load("cases")


def test_every_figure_has_a_page_and_events_that_are_there(cases):
    assert len(cases) > 100 and cases["url"].str.startswith("http").all()
    named = cases["event_ids"].dropna().str.split(";").explode()
    assert set(named) <= set(load("events")["event_id"])


def test_a_penalty_says_whether_it_is_for_the_response(cases):
    penalty = cases["measure"].isin(["penalty", "penalty_proposed", "redress"])
    assert (cases["is_for_response"].notna() == penalty).all()
    late = cases[cases["is_for_response"].fillna(False).astype(bool)]
    assert {"altaba", "pearson"} <= set(late["case_id"].str.split("/").str[0])


def test_scores_lie_on_their_scales_and_money_is_not_negative(cases):
    polls = cases[cases["unit"] == "score"]
    assert polls["value"].between(-100, 100).all()
    assert (cases.loc[cases["unit"].isin(["usd", "gbp", "eur"]), "value"] >= 0).all()
    assert cases.loc[cases["unit"] == "flag", "value"].eq(1).all()


def test_buzz_fell_after_the_news_wherever_both_sides_are_given(cases):
    buzz = cases[(cases["measure"] == "buzz") & cases["unit"].eq("score")]
    sides = buzz.pivot_table(index=["organisation", "breach", "body"], columns="stage",
                             values="value", aggfunc={"value": "mean"}).dropna()
    assert len(sides) >= 5 and (sides["after"] < sides["before"]).all()
