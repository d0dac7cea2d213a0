from __future__ import annotations

import datetime as dt

import pytest

from breachstudy.compile.durations import read_months
from breachstudy.compile.freetext_values import read_count, read_data_types, read_providers


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
    (("1.5 years",), 18), (("2.5 years of credit monitoring",), 30), (("0.5 year",), 6),
    (("1.25 years",), 15), (("2.3 years",), None), (("1,5 years",), None),
    (("1½ years",), 18), (("1 1/2 years",), 18), (("one and a half years",), 18),
    (("a year and a half",), 18), (("half a year",), 6), (("two and one half years",), 30),
    (("one or two years",), None), (("one (1) or two (2) years",), None),
    (("one year or two years",), None), (("12, 18 or 24 months",), None),
    (("one year for adults, two years for minors",), None), (("12/24 months",), None),
    (("up to 24 months",), None), (("12+ months",), None), (("12 months or longer",), None),
    (("two (3) years",), None), (("one year (12 months)",), 12), (("an additional year",), 12),
    (("thirty-six months",), 36), (("twenty two months",), 22), (("four years",), 48),
    (("sixty months",), 60), (("0 months",), None), (("12 months, 3 bureaus",), 12),
    (("1 to 2 years", "24 months"), 24),
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


@pytest.mark.parametrize(("text", "expected"), [
    ("no SSN", ()),
    ("names and addresses; Social Security numbers were not affected", ("name",)),
    ("names; SSNs not involved", ("name",)),
    ("email; passwords were not exposed", ()),
    ("Names. Passports and SSNs were not accessed or viewed.", ("name",)),
    ("names, addresses and SSNs were not affected", ()),
    ("names, SSNs were not affected", ("name",)),
    ("names were taken and SSNs were not affected", ("name",)),
    ("names, but SSNs were unaffected", ("name",)),
    ("names taken, passwords remained secure", ("name",)),
    ("SSNs weren't exposed; names", ("name",)),
    ("Names; neither SSNs nor passwords were exposed", ("name",)),
    ("name, age (but not date of birth)", ("name",)),
    ("Cards (only card numbers, not passwords or SSNs)", ("financial_account",)),
    ("Name (they believe it did NOT include medical info, SSN or credit card info)", ("name",)),
    ("the file, which did not include SSNs, held names", ("name",)),
    ("We do not believe SSNs were exposed", ()),
    ("just that no PIN or CVV or SSN data was exposed", ()),
    ("No SSN was involved, names and passwords were", ("name", "account_login")),
    ("No names or addresses", ()),
    ("names, card numbers (No bank acct nos., SSNs or Pin Nos.)", ("name", "financial_account")),
    ("Name, excluding SSN", ("name",)),
    # "no" that numbers, and "not" that denies nothing
    ("Driver's license no. or non-driver ID, financial account no., SSN",
     ("ssn", "driving_licence", "financial_account")),
    ("Names, SSN; no. of accounts 5", ("name", "ssn")),
    ("including but not limited to SSN and passwords", ("ssn", "account_login")),
    ("not only names but SSNs", ("name", "ssn")),
    ("SSNs that were not encrypted; names", ("name", "ssn")),
    ("Not specified - Unauthorized login to web-based account", ("account_login",)),
    ("Name and account number only. No evidence of any other information.",
     ("name", "financial_account")),
])
def test_denied_types_do_not_count(text: str, expected: tuple[str, ...]) -> None:
    assert read_data_types(text) == expected


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
