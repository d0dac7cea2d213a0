"""Names as registers print them; all made up for these tests except well-known forms."""

from __future__ import annotations

import pytest

from breachstudy.compile.names import (
    display_name,
    is_personal_name,
    organisation_key,
    parse_name,
    slug,
    strip_address,
)


@pytest.mark.parametrize(("text", "expected"), [
    ("Acme Widgets, Inc., 12 Main Street, Springfield, IL 62704", "Acme Widgets, Inc."),
    ("Acme Widgets LLC, P.O. Box 77, Springfield, IL 62704", "Acme Widgets LLC"),
    ("Acme Widgets, One Acme Plaza, Springfield, IL 62704", "Acme Widgets"),
    ("Acme Widgets,44 Elm Avenue, Suite 9, Springfield, IL 62704 (paper)", "Acme Widgets"),
    ("Acme Widgets, Inc.1313 Elm Blvd, Springfield, IL 62704", "Acme Widgets, Inc."),
    ("Acme Widgets, Upper Elm Street, Springfield, IL 62704", "Acme Widgets"),
    ("Acme Widgets, Office of the General Counsel, A-12 Old Hall, Provo, Utah 84602",
     "Acme Widgets"),
    ("Acme Widgets Inc., Cedar Falls, IA", "Acme Widgets Inc."),
    ("Acme College, Boca Raton, Florida", "Acme College, Boca Raton, Florida"),
    ("Acme Widgets, Pat Q. Public, Chief Privacy Officer", "Acme Widgets"),
    ("Acme Widgets, 800-555-0123", "Acme Widgets"),
    ("1234567 Ontario, Inc.", "1234567 Ontario, Inc."),
    ("Century 21 Department Stores", "Century 21 Department Stores"),
    ("4A's Benefits", "4A's Benefits"),
])
def test_addresses_and_persons_go(text: str, expected: str) -> None:
    assert strip_address(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("AT&amp;T Inc.", "AT&T Inc."),
    ('Acme Widgets, Inc. ("Acme")', "Acme Widgets, Inc."),
    ("Acme Widgets, Inc. (“Acme” or the “Company”)", "Acme Widgets, Inc."),
    ("Acme Widgets (AWI)", "Acme Widgets"),
    ("Acme\xa0Widgets  ", "Acme Widgets"),
    ("Acme Widgets (email and paper)", "Acme Widgets"),
    ("Acme Widgets (Update)", "Acme Widgets"),
    ("Update Legal", "Update Legal"),
    ("Acme 401(k) Plan", "Acme 401(k) Plan"),
])
def test_display(text: str, expected: str) -> None:
    assert display_name(text) == expected


@pytest.mark.parametrize(("left", "right"), [
    ("The Acme Widget Company, Inc.", "ACME WIDGET"),
    ("J. C. Penney Company, L.L.C.", "J.C. Penney"),
    ("Smith & Wesson Corp.", "Smith and Wesson Corporation"),
    ("Acmé Bank, N.A.", "Acme Bank, National Association"),
    ("Macy's, Inc.", "Macys"),
    ("www.acme.com", "Acme.com"),
    ("Acme Corp. and its affiliates", "Acme"),
    ("U.S. Acme", "US Acme"),
])
def test_keys_that_agree(left: str, right: str) -> None:
    assert organisation_key(left) == organisation_key(right)


@pytest.mark.parametrize(("left", "right"), [
    ("Delta Dental of Maine", "Delta Dental of Idaho"),
    ("Acme Bank", "Acme Trust"),
    ("Acme Holdings", "Acme"),
    ("Health Services", "Health Services Seattle"),
])
def test_keys_that_differ(left: str, right: str) -> None:
    assert organisation_key(left) != organisation_key(right)


def test_a_key_is_never_empty_for_a_name() -> None:
    assert organisation_key("The Company") == "company"
    assert organisation_key("Co.") == "co"
    assert organisation_key("") == ""


def test_trade_names_principals_and_remarks() -> None:
    name = parse_name("Acme Holdings, LLC d/b/a Widget World, 12 Main St., Springfield, IL 62704")
    assert (name.organisation, name.dba) == ("Acme Holdings, LLC", "Widget World")
    assert "Main" not in name.as_filed
    name = parse_name("Acme Mail, 12 Main Street, Springfield, IL 62704 (o/b/o Widget World)")
    assert (name.organisation, name.on_behalf_of) == ("Acme Mail", "Widget World")
    name = parse_name("Acme (as data maintainer) on behalf of Widget World, Inc. (as data owner)")
    assert (name.organisation, name.on_behalf_of) == ("Acme", "Widget World, Inc.")
    name = parse_name("Widget World (Acme Vendor, LLC)")
    assert (name.organisation, name.remark) == ("Widget World", "Acme Vendor, LLC")
    name = parse_name("Acme dba Widget World (Acme Vendor, LLC)")
    assert (name.dba, name.remark) == ("Widget World", "Acme Vendor, LLC")
    name = parse_name("Widget World, a wholly owned subsidiary of Acme, Inc.")
    assert name.organisation == "Widget World"
    assert name.remark == "a wholly owned subsidiary of Acme, Inc."
    name = parse_name("Widget World through Acme Vendor")
    assert (name.organisation, name.remark) == ("Widget World", "through Acme Vendor")


def test_bundles_are_noted() -> None:
    assert parse_name("Acme, LLC and Widget World, LLC").is_bundled
    assert parse_name("Acme Group / Widget Partners").is_bundled
    assert parse_name("Acme Mail o/b/o Widgets, Gadgets and Gears").is_bundled
    assert not parse_name("Acme and Sons, Inc.").is_bundled
    assert not parse_name("Acme Corp., Inc.").is_bundled
    assert not parse_name("Acme Widgets, Inc. and its affiliates").is_bundled


@pytest.mark.parametrize(("text", "expected"), [
    ("Pat Q. Public", True),
    ("Pat Q. Public, CPA", True),
    ("Pat Public, M.D., Springfield, Illinois", True),
    ("Pat Q. Public DDS", True),
    ("Dr. Pat Public", True),
    ("Dr. Pat Public, LLC", False),
    ("Dr. Public & Associates", False),
    ("Pat Q. Public, PC", False),
    ("Pat Q. Public & Co.", False),
    ("Pat Public, MD, Dermatologist, PC", False),
    ("Pat Q. Public Insurance", False),
    ("Acme Widgets", False),
])
def test_persons(text: str, expected: bool) -> None:
    assert is_personal_name(text) is expected


def test_a_trade_name_replaces_the_person() -> None:
    name = parse_name("Pat Q. Public d/b/a Widget World")
    assert (name.organisation, name.as_filed, name.dba) == ("Widget World", "Widget World", "")


def test_nothing_left_raises() -> None:
    with pytest.raises(ValueError, match="no organisation"):
        parse_name("  ")


def test_slug() -> None:
    assert slug("The Acmé & Sons Company, Inc.") == "acme-and-sons"
    assert slug("word " * 20) == "-".join(["word"] * 9)
    assert slug("") == "unnamed"
