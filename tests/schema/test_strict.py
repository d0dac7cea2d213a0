"""Definitions in TOML are strict: faults are named, all at once, and nothing is converted."""

from importlib import resources

import pytest

from breachstudy.errors import DefinitionError
from breachstudy.schema.codebook import read_table, tables
from breachstudy.schema.coding_book import book, read_book

TABLE = """
[table]
name = "t"
title = "T"
row = "one row"
primary_key = ["k"]
[[columns]]
name = "k"
type = "string"
label = "Key"
[[columns]]
name = "d"
type = "date_interval"
label = "Day"
[[foreign_keys]]
columns = ["k"]
references = "a.b"
"""


def faults_of(text, file="raw/t.toml"):
    faults = []
    made = read_table(text, file, faults)
    assert (made is None) == bool(faults)
    return "\n".join(faults)


def test_a_table_reads():
    faults = []
    made = read_table(TABLE, "raw/t.toml", faults)
    assert faults == [] and made.names == ["k", "d_lo", "d_hi", "d_precision"]


@pytest.mark.parametrize(("line", "told"), [
    ('[table]\nnme = "x"', "raw/t.toml: table: unknown key 'nme' (did you mean 'name'?)"),
    ('[table]\nmay_be_empty = "no"', "table: may_be_empty = 'no': give true or false"),
    ('[[columns]]\nname = "x"', "[[columns]] 1 x: the key 'label' is missing"),
    ('[[columns]]\nname = "x"\nlabel = "X"\ntype = "text"', "type = 'text': use one of string"),
    ('[[columns]]\nname = "x"\nlabel = "X"\ntype = "number"\nminimum = "3"',
     "minimum = '3': give a number"),
    ('[[columns]]\nname = "x"\nlabel = "X"\ntype = "string"\nrequired = 1',
     "required = 1: give true or false"),
    ('[[columns]]\nname = "x"\nlabel = "X"\ntype = "string"\nlevels = { a = 1 }',
     "levels: a = 1: give text in quotes"),
    ('[[columns]]\nname = "x"\nlabel = "X"\ntype = "string"\navailable = "later"',
     "available = 'later': use one of at_disclosure, after"),
    ('[[columns]]\nname = "x"\nlabel = "X"\ntype = "date"\nearliest = "2020-01-01"',
     "earliest = '2020-01-01': give a day"),
    ('[[columns]]\nuse = "evnts"', "use = 'evnts': no raw table (did you mean 'events'?)"),
    ('[[columns]]\nuse = "events"\nnames = ["organistion"]', "has no column 'organistion'"),
    ('[[columns]]\nuse = "events"\nall = true', "unknown key 'all'; known: except, names"),
    ('[[foreign_keys]]\ncolumns = ["z"]\nreferences = "a.b"', "key column 'z' is not defined"),
    ('[[foreign_keys]]\ncolumns = "k"\nreferences = "a.b"', "columns = 'k': give a list"),
    ('[conditional]\ncolumn = "k"\nby = "z"', "key column 'z' is not defined"),
    ('[colums]\nx = 1', "unknown key 'colums' (did you mean 'columns'?)"),
])
def test_each_fault_of_a_table_is_named(line, told):
    if line.startswith("[table]"):
        text = TABLE.replace("[table]", line)
    else:  # a key of the table's head must stand before the first column
        place = TABLE.index("[[columns]]") if line.startswith("[[columns]]") else len(TABLE)
        text = f"{TABLE[:place]}{line}\n{TABLE[place:]}"
    assert told in faults_of(text)


def test_a_file_is_named_like_its_table_and_holds_toml():
    assert "the file must be t.toml" in faults_of(TABLE, "raw/u.toml")
    assert "not valid TOML" in faults_of("[table", "raw/t.toml")
    assert "the key 'table' is missing" in faults_of("", "raw/t.toml")


def test_the_own_definitions_have_no_fault():
    assert len(tables("raw")) > 30 and len(tables("processed")) > 10
    assert book().code_rule.startswith("9:")


BOOK = (resources.files("breachstudy.schema") / "book.toml").read_text("utf-8")


@pytest.mark.parametrize(("tail", "told"), [
    ('[[items]]\nid = "T1"\n', "items 26: the key 'name' is missing"),
    ("extra = 3", "unknown key 'extra'"),
    ('[[amendments]]\nversion = 1\n', "version = 1: give text in quotes"),
])
def test_faults_of_the_coding_book_are_named(tail, told):
    with pytest.raises(DefinitionError) as error:
        read_book(tail + "\n" + BOOK if "extra" in tail else BOOK + "\n" + tail)
    assert told in str(error.value) and "book.toml" in str(error.value)


def test_items_of_the_coding_book_are_checked_together():
    item = BOOK[BOOK.index("[[items]]"):BOOK.index("[[items]]", BOOK.index("[[items]]") + 5)]
    twice = BOOK[:BOOK.index("[[amendments]]")] + item + BOOK[BOOK.index("[[amendments]]"):]
    with pytest.raises(DefinitionError, match=r"\[\[items\]\] 26 T1: the id stands twice"):
        read_book(twice)
    untold = BOOK.replace('id = "T1"\n', 'id = "T1"\nsince = "0.9"\n')
    with pytest.raises(DefinitionError, match=r"1 T1: since: no .* tells of version '0\.9'"):
        read_book(untold)
