from __future__ import annotations

import datetime as dt

import pytest

from breachstudy.compile.freetext_values import (
    read_count,
    read_data_types,
    read_months,
    read_providers,
)


@pytest.mark.parametrize(("value", "expected"), [
    (12, (12, "stated")),
    ("1,234", (1234, "stated")),
    ("13 Maine residents", (13, "stated")),
    ("~7520", (7520, "approximate")),
    ("Approx. 4.28M", (4_280_000, "approximate")),
    ("6.1 million users", (6_100_000, "approximate")),
    ("409 US", (409, "approximate")),
    ("2,827 approx.", (2827, "approximate")),
    ("17.748", (None, "unreadable")),
    ("2 additional", (None, "unreadable")),
    ("fewer than 10", (None, "unreadable")),
    ("2,091 (previously 11)", (None, "unreadable")),
    (dt.datetime(1900, 1, 9), (None, "unreadable")),
    (1.5, (None, "unreadable")),
    ("Unknown at this time", (None, "not_stated")),
    ("?", (None, "not_stated")),
    (float("nan"), (None, "not_stated")),
    (None, (None, "not_stated")),
])
def test_counts(value: object, expected: tuple[int | None, str]) -> None:
    assert read_count(value) == expected


@pytest.mark.parametrize(("texts", "expected"), [
    (("One year",), 12), (("24 months",), 24), (("Two (2) Years",), 24),
    (("Eighteen (18) months",), 18), (("12-month membership",), 12), (("12 mos",), 12),
    (("Kroll", "24 months"), 24), (("12-24 months",), None), (("12 and 24 months",), None),
    (("at least one year",), None), (("12",), None), ((None,), None),
])
def test_months(texts: tuple[str | None, ...], expected: int | None) -> None:
    assert read_months(*texts) == expected


@pytest.mark.parametrize(("texts", "expected"), [
    (("Kroll Information Assurance, LLC",), ("kroll",)),
    (("IdentityWorks",), ("experian",)),
    (("MyIDCare",), ("id_experts",)),
    (("TransUnion for adults, Equifax for minors",), ("transunion", "equifax")),
    (("12 months", "Kroll"), ("kroll",)),
    (("Shield of Acme",), ("other",)),
    (("Not applicable",), ()), (("TBD",), ()), ((None,), ()),
])
def test_providers(texts: tuple[str | None, ...], expected: tuple[str, ...]) -> None:
    assert read_providers(*texts) == expected


def test_data_types_leave_out_the_statutory_phrase_and_denials() -> None:
    phrase = ("Name in combination with SSN and financial account number or credit or debit card "
              "number, in combination with the security code, access code, password, or PIN for "
              "the account")
    assert read_data_types(phrase) == ("name", "ssn", "financial_account")
    assert read_data_types("names, website username and password") == ("name", "account_login")
    assert read_data_types("employee usernames") == ()
    assert read_data_types("Name. No financial information was involved.") == ("name",)
    assert read_data_types("tape with SSNs; it was password-protected") == ("ssn",)
    assert read_data_types("Driver's license numbers, dates of birth, passport numbers") == (
        "driving_licence", "birth_date", "passport")
    assert read_data_types("driver's license or non-driver identification card number") == (
        "driving_licence",)
    assert read_data_types("gift card numbers") == ("financial_account",)
    assert read_data_types(None) == ()
