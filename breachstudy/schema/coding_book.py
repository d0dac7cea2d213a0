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

__all__ = ["NOT_APPLICABLE", "NOT_FOUND", "Amendment", "Book", "Item", "book", "read_book"]

NOT_FOUND, NOT_APPLICABLE = "9", "8"
Levels = dict[Annotated[str, Field(pattern=r"^\d+(\.\d+)?$")], Text]


class Item(Strict):
    """One item. ``levels`` maps a code ("0", "0.5", "1" …) to its meaning; ``index`` is the index
    that it enters, ``apart`` for items analysed alone, ``control`` for controls; ``look_ahead``
    marks items that are settled only after disclosure."""

    id: Name
    name: Name
    title: Text
    scale: Literal["ordinal", "binary"]
    index: Literal["candour", "accommodation", "evasion", "apart", "control"]
    levels: Levels
    rule: Text
    example: Text
    counter_example: Text
    source_idea: Text
    look_ahead: bool = False

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


class _Codes(Strict):
    not_found: Literal["9"]
    not_applicable: Literal["8"]
    rule: Text


class Book(Strict):
    """The book: version, what is coded, coverage levels, the rule of codes, items in order,
    amendments."""

    version: Text
    unit: Text
    document: Text
    coverage: Mapping[str, str]
    codes: _Codes
    items: Annotated[tuple[Item, ...], AsTuple, Field(min_length=1)]
    amendments: Annotated[tuple[Amendment, ...], AsTuple] = ()

    @property
    def code_rule(self) -> str:
        """What 0, 8 and 9 mean."""
        return self.codes.rule

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
        seen.add(item.id)
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
