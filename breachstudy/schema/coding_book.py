"""The coding book as data: the items that a coder judges, their levels and their rules.

The book stands in ``book.toml``. Columns of coded items, checks of the raw codes and the printed
book are derived from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field

from breachstudy.errors import DefinitionError, UnknownNameError
from breachstudy.schema.strict import AsTuple, Name, Strict, Text, load_toml, parse

__all__ = ["NOT_APPLICABLE", "NOT_FOUND", "Amendment", "Book", "Item", "Visibility", "book",
           "read_book"]

NOT_FOUND, NOT_APPLICABLE = "9", "8"
Levels = dict[Annotated[str, Field(pattern=r"^\d+(\.\d+)?$")], Text]


class Item(Strict):
    """One item. ``levels`` maps a code ("0", "0.5", "1" …) to its meaning; ``index`` is the index
    that it enters, ``apart`` for items analysed alone, ``control`` for controls; ``look_ahead``
    marks items that are settled only after disclosure. ``stands`` names the part of a document
    where the item stands, ``shown_by`` the documents that can show its absence (keys of
    :class:`Visibility`). ``since``: the version of the book that brought the item, where coding had
    begun before it: events need not have its code, but what one of A and B coded, both did."""

    id: Name
    name: Name
    title: Text
    scale: Literal["ordinal", "binary"]
    index: Literal["candour", "accommodation", "evasion", "apart", "control"]
    stands: Name
    shown_by: Name
    levels: Levels
    rule: Text
    example: Text
    counter_example: Text
    source_idea: Text
    look_ahead: bool = False
    since: str = ""

    @property
    def column(self) -> str:
        """Name of its column in the events table."""
        return f"{self.id.lower()}_{self.name}"

    @property
    def maximum(self) -> float:
        """The highest level; indices rescale an item by it."""
        return max(float(code) for code in self.levels)


class Amendment(Strict):
    """A change of a rule during training: version that it made, day, item and reason."""

    version: Text
    date: Text
    item: Text
    change: Text
    reason: Text


class Visibility(Strict):
    """When an absence could be seen.

    A document of ``cut_from`` listed characters or more breaks off. Kinds in ``own_kinds`` are the
    organisation's own text, and so are accounts at a coverage of ``own_opening_coverage`` (its
    opening) or ``own_whole_coverage`` (all of it). Documents dated more than ``days`` after the
    first public news do not count. ``stands`` and ``shown_by`` explain the words that items use.
    """

    cut_from: int
    cut_reason: Text
    own_kinds: Annotated[tuple[str, ...], AsTuple]
    own_whole_coverage: int
    own_opening_coverage: int
    days: int
    rule: Text
    stands: Mapping[str, str]
    shown_by: Mapping[str, str]


class _Codes(Strict):
    not_found: Literal["9"]
    not_applicable: Literal["8"]
    rule: Text


class _Indices(Strict):
    min_share: float
    rule: Text


class Book(Strict):
    """The book: version, what is coded, coverage levels, the rule of codes, what an absence needs,
    what an index needs, items in order, amendments."""

    version: Text
    unit: Text
    document: Text
    coverage: Mapping[str, str]
    codes: _Codes
    visibility: Visibility
    indices: _Indices
    items: Annotated[tuple[Item, ...], AsTuple, Field(min_length=1)]
    amendments: Annotated[tuple[Amendment, ...], AsTuple] = ()

    @property
    def code_rule(self) -> str:
        """What 0, 8 and 9 mean."""
        return self.codes.rule

    @property
    def min_share(self) -> float:
        """Share of its items that an index needs."""
        return self.indices.min_share

    @property
    def index_rule(self) -> str:
        """How an index is made of its items."""
        return self.indices.rule

    def __getitem__(self, item: str) -> Item:
        for found in self.items:
            if found.id == item:
                return found
        raise UnknownNameError(f"the coding book has no item {item!r}; "
                       f"known: {', '.join(i.id for i in self.items)}")

    def of_index(self, index: str) -> tuple[Item, ...]:
        """Items that enter one index, in order."""
        return tuple(i for i in self.items if i.index == index)


def read_book(text: str, file: str = "book.toml") -> Book:
    """Parse the coding book. Raises DefinitionError with every fault: unknown or missing keys,
    wrong types, an item defined twice, an amendment of no item."""
    faults: list[str] = []
    made = parse(Book, load_toml(text, file), f"{file}: ", faults)
    seen: set[str] = set()
    for i, item in enumerate(made.items if made else (), start=1):
        place = f"{file}, [[items]] {i} {item.id}: "
        if item.id in seen:
            faults.append(f"{place}the id stands twice")
        for key, known in (("stands", made.visibility.stands),
                           ("shown_by", made.visibility.shown_by)) if made else ():
            if getattr(item, key) not in known:
                faults.append(f"{place}{key}: {getattr(item, key)!r} is not explained in "
                              "[visibility]")
        seen.add(item.id)
        if made and item.since and item.since not in {a.version for a in made.amendments}:
            faults.append(f"{place}since: no [[amendments]] tells of version {item.since!r}")
        if {NOT_FOUND, NOT_APPLICABLE} & set(item.levels):
            faults.append(f"{place}levels: 8 and 9 are kept for missing codes")
        if "0" not in item.levels:
            faults.append(f"{place}levels: has no level 0")
    if made is None or faults:
        raise DefinitionError(faults)
    return made


@cache
def book() -> Book:
    """The coding book. Raises DefinitionError as :func:`read_book`."""
    return read_book((resources.files(__package__) / "book.toml").read_text(encoding="utf-8"))
