"""The crosswalk: keys of legal names, candidates, and links that hold on a day."""

import datetime as dt

import pandas as pd
import pytest

from breachstudy.compile.firms import (
    exact_candidates,
    link_records,
    securities_key,
    unconfirmed_links,
)

SECURITIES = pd.DataFrame(
    [(1, "ACME HOLDINGS INC /DE/", "ACM", "NYSE"), (1, "ACME HOLDINGS INC /DE/", "ACM-P", "NYSE"),
     (2, "Bolt & Nut Corp", "BN", "Nasdaq"), (3, "BP PLC", "BP", "NYSE")],
    columns=["cik", "name", "ticker", "exchange"])


def link(key, firm, start=None, end=None, **more):
    return {"link_id": f"{firm}--{key}", "organisation_key": key, "firm_id": firm, "unit": firm,
            "valid_from": start, "valid_to": end, **more}


@pytest.mark.parametrize(("name", "key"), [
    ("HCA Healthcare, Inc.", "hca healthcare"),
    ("HCA HEALTHCARE HOLDINGS INC /DE/", "hca healthcare"),
    ("Acme Group \\NEW\\", "acme"),
])
def test_marks_of_a_legal_name_are_left_off(name, key):
    assert securities_key(name) == key


def test_candidates_have_the_same_name_and_each_firm_stands_once():
    found = exact_candidates(["acme", "bolt and nut", "bp", "acme motors"], SECURITIES)
    assert found[["organisation_key", "cik"]].values.tolist() == [
        ["acme", 1], ["bolt and nut", 2]]  # two letters are too few to tell a firm


def test_a_link_holds_from_its_first_to_its_last_day():
    links = pd.DataFrame([link("quiet", "small", None, dt.date(2016, 3, 31)),
                          link("quiet", "acme", dt.date(2016, 4, 1), None)])
    days = [dt.date(2016, 3, 31), dt.date(2016, 4, 1), None]
    keys = pd.Series(["quiet", "qui et", "quiet"])  # registers print names run together
    assert link_records(keys, pd.Series(days, dtype=object), links)["firm_id"].tolist() == [
        "small", "acme", None]
    assert link_records(keys[:1], pd.Series([None], dtype=object), pd.DataFrame(
        [link("quiet", "acme")]))["firm_id"].tolist() == ["acme"]


def test_links_that_overlap_are_refused():
    links = pd.DataFrame([link("quiet", "small", None, dt.date(2016, 4, 1)),
                          link("quiet", "acme", dt.date(2016, 4, 1), None)])
    with pytest.raises(ValueError, match=r"'quiet' has 2 links on 2016-04-01.*not overlap"):
        link_records(pd.Series(["quiet"]), pd.Series([dt.date(2016, 4, 1)]), links)


def test_a_link_by_exact_name_needs_the_name_and_the_key_of_its_firm():
    links = pd.DataFrame([link("acme", "acme", method="exact_name"),
                          link("bolt and nut", "acme", method="exact_name"),
                          link("gone", "acme", method="exact_name"),
                          link("other", "acme", method="by_hand")])
    firms = pd.DataFrame({"firm_id": ["acme", "acme"], "cik": ["0000000001", None]})
    assert unconfirmed_links(links, firms, SECURITIES) == ["acme--bolt and nut", "acme--gone"]
